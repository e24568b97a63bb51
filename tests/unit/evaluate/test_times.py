"""Cuts, windows, lags, zones, versions, validity and holds, on the smallest rows that show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from pmpo.evaluate import evaluate
from pmpo.model.time import zone
from tests.offices import Office, Run, charter_text

if TYPE_CHECKING:
    from pathlib import Path


def run(
    base: Path,
    rows: Any,
    formula: str,
    as_of: str,
    *,
    source: str = "time: at\nknown_at: none\ntz: UTC",
    known_by: str | None = None,
    missing: str = "policy: exclude",
    more: str = "",
    every: str = "",
) -> Run:
    """Measure one formula over `facts`, whose rows all belong to unit `a` unless they say so."""
    office = Office(base)
    office.write("items", {"sku": ["a", "b"]})
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    if "sku" not in table.column_names:
        table = table.append_column("sku", pa.array(["a"] * table.num_rows))
    office.write("facts", table)
    told = "\n".join("  " + line for line in source.strip().splitlines())
    text = charter_text(
        sources=f"items: {{from: items.parquet, mode: snapshot}}\n"
        f"facts:\n  from: facts.parquet\n  join: {{unit: sku}}\n{told}",
        signals=f"x:\n  formula: {formula}\n  source: facts\n  better: higher\n"
        f"  value: {{0: 0, 10: 100}}\n  missing: {{{missing}}}",
        more=more,
    )
    return office.run(text.replace("every: 1 week", f"every: {every}") if every else text, as_of,
                      known_by=known_by)  # fmt: skip


def at(*texts: str) -> dict[str, list[Any]]:
    """One row per moment, worth 1, 2, 4, …, so that a sum tells which rows were seen."""
    moments = [datetime.fromisoformat(text) for text in texts]
    return {"at": moments, "n": [2**i for i in range(len(texts))]}


# Windows --------------------------------------------------------------------------------------


def test_a_window_is_half_open(tmp_path: Path) -> None:
    """Its first moment belongs to it, its last does not."""
    rows = at("2024-01-08 00:00", "2024-01-07 23:59:59.999999", "2024-01-14 23:59:59.999999",
              "2024-01-15 00:00")  # fmt: skip
    done = run(tmp_path, rows, "TRAILING(SUM(n), '1 week')", "2024-01-15")
    assert done.signal("x")["a"] == 1 + 4


def test_an_offset_moves_the_window_back(tmp_path: Path) -> None:
    """Two windows of one length side by side share no row and leave none out."""
    rows = at("2024-01-14 12:00", "2024-01-08 00:00", "2024-01-07 12:00", "2024-01-01 00:00",
              "2023-12-31 23:00")  # fmt: skip
    formula = "TRAILING(SUM(n), '1 week') * 100 + TRAILING(SUM(n), '1 week', '1 week')"
    assert run(tmp_path, rows, formula, "2024-01-15").signal("x")["a"] == 300 + 12


def test_a_month_ends_with_the_month(tmp_path: Path) -> None:
    """One month before 31 March is the last of February, leap years included."""
    rows = at("2024-02-28 12:00", "2024-02-29 00:00", "2024-03-30 12:00")
    done = run(tmp_path, rows, "TRAILING(SUM(n), '1 month')", "2024-03-31")
    assert done.signal("x")["a"] == 2 + 4


def test_a_window_ends_where_the_source_is_complete(tmp_path: Path) -> None:
    """With a lag of two days a week ends two days before the moment asked for."""
    rows = at("2024-01-13 00:00", "2024-01-12 23:59", "2024-01-06 00:00", "2024-01-05 23:59")
    done = run(tmp_path, rows, "TRAILING(SUM(n), '1 week')", "2024-01-15",
               source="time: at\nlag: 2 days\ntz: UTC")  # fmt: skip
    assert done.signal("x")["a"] == 2 + 4


def test_a_row_is_known_when_its_lag_is_over(tmp_path: Path) -> None:
    """Without a window the cut itself leaves out what cannot be known yet."""
    rows = at("2024-01-13 00:00", "2024-01-13 00:00:00.000001")
    source = "time: at\nlag: 2 days\ntz: UTC"
    assert run(tmp_path, rows, "SUM(n)", "2024-01-15", source=source).signal("x")["a"] == 1


def test_counts_tell_no_rows_at_all_from_none_in_the_window(tmp_path: Path) -> None:
    """A unit with older rows counts zero in the window; one without any is missing."""
    rows = at("2023-01-01")
    done = run(tmp_path, rows, "TRAILING(COUNT(*), '1 week')", "2024-01-15")
    assert done.signal("x") == {"a": 0.0, "b": None}


# Zones ----------------------------------------------------------------------------------------

NEW_YORK = "time: at\nknown_at: none\ntz: America/New_York"


@pytest.mark.parametrize(
    ("as_of", "seen"),
    [
        ("2024-01-15T00:00:00-05:00", 3),  # midnight in New York
        ("2024-01-15T05:00:00+00:00", 3),  # the same moment
        ("2024-01-15T14:00:00+09:00", 3),  # the same moment
        ("2024-01-15T00:00:00+00:00", 1),  # five hours before it
    ],
)
def test_boundaries_stand_on_the_clock_of_the_source(tmp_path: Path, as_of: str, seen: int) -> None:
    """A moment given in any zone cuts the source's own wall times."""
    rows = at("2024-01-14 08:00", "2024-01-14 23:30")
    done = run(tmp_path, rows, "TRAILING(SUM(n), '1 day')", as_of, source=NEW_YORK)
    assert done.signal("x")["a"] == seen


@pytest.mark.parametrize(
    ("as_of", "hours"),
    [("2024-03-11T00:00:00-04:00", 23), ("2024-11-04T00:00:00-05:00", 25)],
    ids=["23 hours", "25 hours"],
)
@pytest.mark.parametrize("aware", [False, True], ids=["wall times", "instants"])
def test_a_day_on_which_clocks_change_is_one_day(
    tmp_path: Path, as_of: str, hours: int, aware: bool
) -> None:
    """Trailing one day spans midnight to midnight on the wall, however long that is."""
    end = datetime.fromisoformat(as_of).astimezone(UTC)
    instants = [end - timedelta(minutes=30) - timedelta(hours=h) for h in range(30)]
    offsets = {23: (4, 5), 25: (5, 4)}[hours]
    change = end - timedelta(hours=hours - 2)
    walls = [
        (one - timedelta(hours=offsets[0] if one >= change else offsets[1])).replace(tzinfo=None)
        for one in instants
    ]
    kind = pa.timestamp("us", "UTC") if aware else pa.timestamp("us")
    rows = pa.table({"at": pa.array(instants if aware else walls, kind), "n": [1] * 30})
    done = run(tmp_path, rows, "TRAILING(COUNT(*), '1 day')", as_of, source=NEW_YORK)
    assert done.signal("x")["a"] == hours


def test_instants_and_wall_times_give_the_same_table(tmp_path: Path) -> None:
    """A column with offsets and the same rows as wall times measure alike."""
    walls = [datetime(2024, 1, day, 22) for day in (3, 7, 12, 14)]
    instants = [wall.replace(tzinfo=UTC) + timedelta(hours=5) for wall in walls]
    found = []
    for name, values, kind in (
        ("walls", walls, pa.timestamp("us")),
        ("instants", instants, pa.timestamp("us", "Asia/Tokyo")),
    ):
        (tmp_path / name).mkdir()
        rows = pa.table({"at": pa.array(values, kind), "n": [1, 2, 4, 8]})
        formula = "TRAILING(SUM(n), '1 week') + (AS_OF() - MAX(at)) / DURATION('1 hour') / 1000"
        found.append(run(tmp_path / name, rows, formula, "2024-01-15T00:00-05:00", source=NEW_YORK))
    assert found[0].signal("x") == {"a": 12.002, "b": None}
    assert found[0].identity == found[1].identity


def test_one_moment_in_two_zones_is_one_evaluation(tmp_path: Path) -> None:
    """The id names the instant, so the result may not depend on the zone it was written in."""
    rows = at("2024-01-10")
    more = "parameters: {p: {value: {2024-01-01: 1, 2024-01-15: 2}}}\n"
    more += "bands: {b: {signal: x, edges: [PARAM('p')], labels: [low, high]}}"
    one = run(tmp_path, rows, "SUM(n) * PARAM('p')", "2024-01-15T00:00+00:00", more=more)
    two = run(tmp_path, rows, "SUM(n) * PARAM('p')", "2024-01-14T20:00-04:00", more=more)
    assert one.signal("x")["a"] == 2.0
    assert one.identity == two.identity
    elsewhere = replace(one.table, as_of=one.table.as_of.astimezone(zone("America/New_York")))
    again = evaluate(one.charter, elsewhere)
    assert (again.id, again.result_hash) == one.identity[1:]


# Modes ----------------------------------------------------------------------------------------


def test_the_latest_known_version_counts(tmp_path: Path) -> None:
    """A correction replaces its row from the moment it is known, with its new time and values."""
    rows = {
        "id": [1, 1, 1, 2],
        "at": [datetime(2024, 1, day) for day in (3, 4, 20, 5)],
        "loaded": [datetime(2024, 1, day) for day in (3, 8, 9, 5)],
        "n": [1, 2, 4, 8],
    }
    source = "mode: versions\nkey: [id]\ntime: at\nknown_at: loaded\ntz: UTC"
    seen = {}
    for as_of in ("2024-01-06", "2024-01-08", "2024-01-10", "2024-02-01"):
        seen[as_of[-5:]] = run(tmp_path, rows, "SUM(n)", as_of, source=source).signal("x")["a"]
    assert seen == {"01-06": 9, "01-08": 10, "01-10": 8, "02-01": 12}


def test_versions_without_any_time_are_ordered_by_all_their_columns(tmp_path: Path) -> None:
    """Nobody knows which came last, so the largest row wins whatever order they stand in."""
    found = set()
    for name, order in (("one", [1, 5, 3]), ("two", [3, 1, 5])):
        (tmp_path / name).mkdir()
        rows = {"id": [1, 1, 1], "n": order}
        source = "mode: versions\nkey: [id]\nknown_at: none"
        found.add(run(tmp_path / name, rows, "SUM(n)", "2024-01-08", source=source).identity)
    assert len(found) == 1


def test_validity_begins_with_its_start_and_ends_before_its_end(tmp_path: Path) -> None:
    """On the day of change the new row holds, and only it."""
    rows = {
        "since": [datetime(2024, 1, 1), datetime(2024, 1, 10)],
        "until": pa.array([datetime(2024, 1, 10), None], pa.timestamp("us")),
        "n": [1, 2],
    }
    source = "mode: scd2\nkey: [sku]\nvalid_from: since\nvalid_to: until\ntz: UTC"
    for as_of, n in (("2024-01-09T23:59:59", 1), ("2024-01-10", 2), ("2024-06-01", 2)):
        assert run(tmp_path, rows, "SUM(n)", as_of, source=source).signal("x")["a"] == n


def test_known_by_moves_what_is_known_and_nothing_else(tmp_path: Path) -> None:
    """A later `known_by` adds late rows about then; what happened later stays out."""
    rows = {**at("2024-01-03", "2024-01-04", "2024-01-20"),
            "loaded": [datetime(2024, 1, day) for day in (3, 25, 20)]}  # fmt: skip
    source = "time: at\nknown_at: loaded\ntz: UTC"
    then = run(tmp_path, rows, "SUM(n)", "2024-01-08", source=source)
    now = run(tmp_path, rows, "SUM(n)", "2024-01-08", source=source, known_by="2024-02-01")
    assert (then.signal("x")["a"], now.signal("x")["a"]) == (1, 3)
    assert then.evaluation.id != now.evaluation.id


# Hold -----------------------------------------------------------------------------------------


def held(base: Path, age: str, rows: Any = None, **named: Any) -> Run:
    """One week's sum as of 5 February, held for as long as `age`."""
    rows = at("2024-01-10", "2024-01-02") if rows is None else rows
    return run(base, rows, "TRAILING(SUM(n), '1 week')", "2024-02-05",
               missing=f"policy: hold, max_age: {age}, then: exclude", **named)  # fmt: skip


def test_hold_takes_the_newest_earlier_measurement(tmp_path: Path) -> None:
    """Three refreshes back is the first that has a value; its age is counted and grades it C."""
    done = held(tmp_path, "4 weeks")
    assert (done.signal("x"), done.held("x")) == ({"a": 1.0, "b": None}, {"a": 3, "b": None})
    assert (done.result("status")["a"], done.result("quality")["a"]) == ("ranked", "C")


def test_hold_reaches_no_further_than_its_age(tmp_path: Path) -> None:
    """One refresh short of the value, the unit does what `then` says."""
    done = held(tmp_path, "2 weeks")
    assert (done.signal("x")["a"], done.held("x")["a"]) == (None, None)
    assert (done.result("status")["a"], done.result("quality")["a"]) == ("excluded", "D")


def test_hold_sees_only_what_was_known_then(tmp_path: Path) -> None:
    """A row that came late is not part of the earlier measurement that is held."""
    rows = {**at("2024-01-10", "2024-01-11"), "loaded": [datetime(2024, 1, 10),
            datetime(2024, 2, 1)]}  # fmt: skip
    source = "time: at\nknown_at: loaded\ntz: UTC"
    done = held(tmp_path, "4 weeks", rows, source=source)
    assert (done.signal("x")["a"], done.held("x")["a"]) == (1.0, 3)


def test_a_fresh_value_is_never_replaced(tmp_path: Path) -> None:
    """Hold fills only what is missing."""
    rows = {**at("2024-02-01", "2024-01-10"), "sku": ["a", "b"]}
    done = held(tmp_path, "8 weeks", rows)
    assert done.signal("x") == {"a": 1.0, "b": 2.0}
    assert done.held("x") == {"a": 0, "b": 3}
    assert done.result("quality") == {"a": "C", "b": "C"}
