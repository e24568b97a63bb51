"""Counting stock by hand: what was not counted this week is carried, for two weeks at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo import Office
from pmpo.diagnostics import PmpoError
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.office import Run

CHARTER = """\
charter: 1
program: stock
purpose: {statement: Order what runs out., measured_by: [sales, stock]}
owner: lead
refresh: {every: 1 week}
tz: UTC
unit: {name: item, source: items, key: [item]}
sources:
  items: {from: items.csv, mode: snapshot, captured: 2024-01-01}
  counts:
    from: counts.csv
    mode: append
    time: week
    lag: 1 day
    join: {items: item}
    columns: {sold: integer, count: integer, week: date}
signals:
  sales:
    formula: TRAILING(SUM(sold), '1 week')
    source: counts
    precision: 0
    better: higher
    value: {0: 0, 10: 100}
    missing: {policy: exclude}
  stock:
    formula: TRAILING(SUM(count), '1 week')
    source: counts
    precision: 0
    missing: {policy: block}
axes:
  demand: {weight: 100, signals: {sales: 100}}
tables:
  order:
    inputs: [sales, stock]
    missing: {stock: {policy: last, max_age: 2 weeks, then: uncounted}}
    outputs: [action]
    rules:
      - {id: R1, when: ['-', '"uncounted"'], then: [count]}
      - {id: R2, when: ['-', '<= 12'], then: [order]}
      - {id: R3, when: ['-', '> 12'], then: [wait]}
"""
COUNTS = {"a": ("10", "", "", ""), "b": ("20", "25", "", ""), "c": ("", "", "", "7")}
WEEKS = ("2024-01-08", "2024-01-15", "2024-01-22", "2024-01-29")


def built(folder: Path) -> Office:
    """The office before anything was run."""
    (folder / "programs" / "stock").mkdir(parents=True)
    (folder / "programs" / "stock" / "charter.yaml").write_text(CHARTER, "utf-8")
    (folder / "items.csv").write_text("item\na\nb\nc\n", "utf-8")
    days = ("2024-01-01", *WEEKS[:3])
    lines = [
        f"{item},{day},{sold},{count}"
        for item, sold in (("a", 5), ("b", 4), ("c", 3))
        for day, count in zip(days, COUNTS[item], strict=True)
    ]
    (folder / "counts.csv").write_text("\n".join(["item,week,sold,count", *lines, ""]), "utf-8")
    return Office(folder)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Four weeks, each recorded."""
    office = built(tmp_path_factory.mktemp("stock"))
    for week in WEEKS:
        office.run(as_of=week, record_as="me", threads=1)
    return office


@pytest.fixture(scope="module")
def runs(office: Office) -> list[Run]:
    """The recorded evaluations, the earliest first."""
    found = [office.evaluation(one.id) for one in office.evaluations()]
    return sorted(found, key=lambda run: run.evaluation.as_of)


def outcomes(run: Run) -> dict[str, str | None]:
    """What is to be done with each unit."""
    return {row.unit: row.outcome for row in run.rows()}


def test_a_count_is_carried_for_two_weeks_and_then_asked_for(runs: list[Run]) -> None:
    """`a` was counted in the first week only, `b` in the first two, `c` in the last."""
    assert [outcomes(run) for run in runs] == [
        {"a": "order", "b": "wait", "c": "count"},
        {"a": "order", "b": "wait", "c": "count"},
        {"a": "order", "b": "wait", "c": "count"},
        {"a": "count", "b": "wait", "c": "order"},
    ]
    grades = [{row.unit: row.quality for row in run.rows()} for run in runs]
    assert grades == [
        {"a": "B", "b": "B", "c": "D"},
        {"a": "C", "b": "B", "c": "D"},
        {"a": "C", "b": "C", "c": "D"},
        {"a": "D", "b": "C", "c": "B"},
    ]


def test_what_is_carried_is_counted(runs: list[Run]) -> None:
    """The summary says per table and input for how many units, and how old the oldest value is."""
    assert [run.summary()["carried"] for run in runs[:3]] == [
        [],
        [{"table": "order", "input": "stock", "units": 1, "oldest": "2024-01-08T00:00:00+00:00"}],
        [{"table": "order", "input": "stock", "units": 2, "oldest": "2024-01-08T00:00:00+00:00"}],
    ]


def test_why_tells_the_value_and_its_age(office: Office, runs: list[Run]) -> None:
    """The value that stands in, one that is too old, and none where none is needed."""
    told = runs[3].why("b")
    [table] = told.tables
    last = table.carried["stock"]
    assert (last.value, last.as_of, last.days, last.stands) == (
        25.0, "2024-01-15T00:00:00+00:00", 14, True,
    )  # fmt: skip
    assert table.values["stock"] == 25.0
    assert told.quality["reasons"]["stock"][0] == (
        "not measured: table order carries the value as of 2024-01-15"
    )
    assert not runs[3].why("c").tables[0].carried
    said = {unit: pmpo("why", unit, cwd=office.folder).said for unit in "ab"}
    assert "carried: stock 25 as of 2024-01-15, 14 days old (at most 2 weeks)" in said["b"]
    assert "not carried: stock 10 as of 2024-01-08, 21 days old (older than 2" in said["a"]
    board = pmpo("board", cwd=office.folder).said
    assert "carried: stock for 1 item, the oldest of 2024-01-15" in board


def test_without_a_recorded_evaluation_nothing_is_carried(tmp_path: Path) -> None:
    """A plain run is no memory: the week after it, what was not counted has to be counted."""
    fresh = built(tmp_path)
    fresh.run(as_of=WEEKS[0], threads=1)
    again = fresh.run(as_of=WEEKS[1], threads=1)
    assert again.summary()["prior"] is None
    assert outcomes(again) == {"a": "count", "b": "wait", "c": "count"}


def test_replay_plan_and_backtest_carry_too(office: Office) -> None:
    """Replays are the same to the bit; a draft and a history build on the weeks before."""
    assert {one.verdict for one in office.again.replay_all()} == {"same"}
    draft = CHARTER.replace("max_age: 2 weeks", "max_age: 3 weeks")
    before, after = office.charter_path("stock"), office.folder / "draft.yaml"
    after.write_text(draft, "utf-8")
    planned = office.plan(draft=str(after), against=str(before), as_of=WEEKS[3])
    [moved] = [one for one in planned.comparison.matrices if one.kind == "outcome"]
    assert [(cell.before, cell.after, cell.units) for cell in moved.changed] == [
        ("count", "order", ("a",))
    ]
    [change] = office.diff(str(before), str(after)).changes
    assert change.words == "`missing.stock.max_age` of table `order` 2 weeks → 3 weeks"
    found = office.backtest("order", periods=4, as_of=WEEKS[3], threads=1)
    assert found.behaviour.strips["a"] == ("order", "order", "order", "count")
    assert "no value is carried there" in found.notes[0]


def test_what_would_move_a_unit_starts_at_the_carried_value(office: Office) -> None:
    """25 are carried for `b`; at 12 it would be ordered."""
    told = pmpo("why", "b", "--to", "order", "--format", "json", cwd=office.folder).json()
    [stock] = [one for one in told["levers"] if one["signal"] == "stock"]
    assert (stock["value"], stock["to"], stock["change"]) == ("25", "12", "-13")


def test_check_knows_what_a_carried_input_can_be(office: Office) -> None:
    """It may be missing after all, so that the rule for the label is alive and needed."""
    assert [one.code for one in office.check("stock")] == ["charter/no-cadence"]
    (office.folder / "programs" / "other").mkdir()
    for instead, code in (
        (CHARTER.replace("      - {id: R1, when: ['-', '\"uncounted\"'], then: [count]}\n", ""),
         "table/gap"),
        (CHARTER.replace(", then: uncounted", ""), "table/type"),
        (CHARTER.replace("max_age: 2 weeks, ", ""), "charter/bad-policy"),
    ):  # fmt: skip
        path = office.folder / "programs" / "other" / "charter.yaml"
        path.write_text(instead.replace("program: stock", "program: other"), "utf-8")
        assert code in [one.code for one in office.check("other")]


CASES = """\
tests: 1
cases:
  - {name: counted, signals: {sales: 5, stock: 3}, expect: {outcome: order}}
  - {name: plenty, signals: {sales: 5, stock: 13}, expect: {outcome: wait}}
  - {name: nothing known, signals: {sales: 5}, expect: {outcome: count, rules: {order: R1}}}
"""


def test_a_case_has_nothing_to_carry(office: Office) -> None:
    """A case without the value tests what happens where none is known; all rules are covered."""
    cases = office.charter_path("stock").with_name("tests.yaml")
    cases.write_text(CASES, "utf-8")
    report = office.test("stock", threads=1).report
    assert (report.failed, report.boundaries) == (0, ())
    assert [one.unused for one in report.coverage] == [()]
    cases.unlink()


def test_a_lost_prior_stops_what_would_forget(tmp_path: Path) -> None:
    """Carrying on without what was recorded would change outcomes without a word."""
    office = built(tmp_path)
    first = office.run(as_of=WEEKS[0], record_as="me", threads=1)
    folder = next(office.folder.glob(f".pmpo/evaluations/*{first.evaluation.id[-12:]}*"))
    folder.rename(office.folder / "elsewhere")
    with pytest.raises(PmpoError, match="not stored as it was recorded"):
        office.run(as_of=WEEKS[1], threads=1)
