"""The office's calendars in measurements: which periods they give, and what the id says of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmpo.model.canonical import hash_json
from pmpo.office import Office
from tests.offices import charter_text

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.office import Run

TEXT = charter_text(
    sources="""\
items: {from: items.parquet, mode: snapshot}
facts: {from: facts.parquet, key: [id], time: at, known_at: at, tz: UTC, join: {unit: sku}}
""",
    signals="""\
x:
  formula: TRAILING(COUNT(*), '1 period')
  source: facts
  align: fiscal
  better: higher
  value: {0: 0, 100: 100}
  missing: {policy: block}
""",
    more="calendar: shop",
)
SHARED = """\
office: 1
tz: Asia/Tokyo
calendars:
  shop:
    working_days: [MO, TU]
    fiscal: {pattern: 4-4-5, starts: [2024-01-29]}
  other: {working_days: [SU]}
"""


def run(base: Path, shared: str = SHARED, text: str = TEXT) -> Run:
    """Measure a row for every day of two years in an office with this office.yaml."""
    folder = base / "programs" / "trial"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "charter.yaml").write_text(text, encoding="utf-8")
    (base / "office.yaml").write_text(shared, encoding="utf-8")
    days = [datetime(2023, 1, 1) + timedelta(days=n) for n in range(730)]
    pq.write_table(pa.table({"sku": ["a"]}), base / "items.parquet")
    rows = {"id": range(730), "sku": ["a"] * 730, "at": days}
    pq.write_table(pa.table(rows), base / "facts.parquet")
    return Office(base).run(as_of="2024-08-14")


def test_the_period_is_the_calendars(tmp_path: Path) -> None:
    """In the middle of August the last whole period of 4-4-5 is the five weeks of July."""
    done = run(tmp_path)
    assert done.record.evaluation.table.data["signal_x"].to_pylist() == [35.0]
    months = SHARED.replace("{pattern: 4-4-5, starts: [2024-01-29]}", "{starts: [2024-01-20]}")
    assert run(tmp_path, months).record.evaluation.table.data["signal_x"].to_pylist() == [30.0]


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("2024-01-29", "2023-01-30", True),
        ("[MO, TU]", "[MO]", True),
        ("tz: Asia/Tokyo", "tz: UTC", True),
        ("[MO, TU]", "[TU, MO]", False),
        ("[SU]", "[SA]", False),
    ],
)
def test_the_id_names_the_calendar_that_was_used(
    tmp_path: Path, old: str, new: str, changes: bool
) -> None:
    """What a used calendar says is part of the identity; the order it says it in is not."""
    first = run(tmp_path).record.evaluation
    second = run(tmp_path, SHARED.replace(old, new)).record.evaluation
    assert (first.identity["calendar"] != second.identity["calendar"]) is changes
    assert (first.id != second.id) is changes


def test_without_a_calendar_the_identity_stays(tmp_path: Path) -> None:
    """A program that uses no calendar has the same id in every office."""
    plain = TEXT.replace("align: fiscal", "align: month").replace("period", "month")
    done = run(tmp_path, text=plain).record.evaluation
    assert done.identity["calendar"] == hash_json({})
    assert done.table.data["signal_x"].to_pylist() == [31.0]


def test_the_calendar_is_stored(tmp_path: Path) -> None:
    """Whoever looks back finds the periods as they were, not as they are now."""
    done = run(tmp_path)
    run(tmp_path, SHARED.replace("2024-01-29", "2023-01-30"))
    stored = Office(tmp_path).evaluation(done.record.evaluation.id).record.evaluation
    assert stored.table.calendars["shop"]["fiscal"] == {
        "pattern": "4-4-5",
        "starts": ["2024-01-29"],
    }
    assert hash_json(dict(stored.table.calendars)) == stored.identity["calendar"]
