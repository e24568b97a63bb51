"""A waiver shows on the board while it holds, for those whom it changes something, and ends."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmpo.decide.waive import waiver_of
from tests.decided import ANNA, BEN, Trial, trial
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pmpo.office import Run

WHILE, AFTER = "2024-01-30", "2024-02-10"
EXPIRES = date(2024, 2, 10)


@pytest.fixture
def late(tmp_path: Path) -> Trial:
    """Egg and Fig have no bills, so that nobody knows what was earned with them."""
    made = trial(tmp_path)
    items = {"sku": list("abcdef"), "name": ["Apple", "Bread", "Cheese", "Dill", "Egg", "Fig"]}
    pq.write_table(pa.table(items), made.office.folder / "items.parquet")
    made.office.now = made.clock
    made.office.run("shelves", as_of=WHILE)
    return made


def waive(
    made: Trial,
    signal: str,
    policy: Any,
    units: Sequence[str] = (),
    value: Decimal | None = None,
    expires: date = EXPIRES,
) -> str:
    """Grant a waiver; the trial's day is 2024-02-02."""
    asked = waiver_of(
        signal, policy, because="bills are late", expires=expires, units=tuple(units), value=value
    )
    made.desk.waive(asked, ANNA)
    granted = made.desk.grant(asked.id, BEN)
    assert granted.granted, granted.unmet
    return asked.id


def places(run: Run) -> dict[str, tuple[str, ...]]:
    """The waivers of each unit on the board."""
    return {row.unit: row.waived for row in run.rows() if row.waived}


def test_a_waiver_ends_when_it_ends(late: Trial) -> None:
    """Egg is ranked while the waiver holds, and out again from its end on; both are seen."""
    before = late.office.run("shelves", as_of=WHILE)
    assert (before.waived, places(before)) == ([], {})
    id = waive(late, "earned", "worst", ["e"])
    during = late.office.run("shelves", as_of=WHILE)
    [told] = during.summary()["waivers"]
    assert (told["id"], told["applied_to"], told["expires"]) == (id, ["e"], "2024-02-10")
    assert places(during) == {"e": ("earned until 2024-02-10",)}
    [earned] = [one for one in during.why("e").contributions if one.signal == "earned"]
    assert "waived by ben until 2024-02-10" in earned.reasons[0]
    after = late.office.run("shelves", as_of=AFTER)
    assert (after.waived, places(after)) == ([], {})
    assert [row.unit for row in after.rows()] == [row.unit for row in before.rows()]
    assert late.office.evaluation(during.evaluation.id).waived == during.waived


def test_it_ends_on_its_day_whatever_the_data_reaches(late: Trial) -> None:
    """Data that lags does not lengthen it; what was evaluated with it is replayed with it."""
    before = late.office.run("shelves", as_of=WHILE)
    id = waive(late, "earned", "worst", ["e"])
    late.clock.now = datetime(2024, 2, 9, 23, 59, tzinfo=UTC)
    during = late.office.run("shelves", as_of=WHILE)
    assert [one.waiver.id for one in during.waived] == [id]
    late.clock.now = datetime(2024, 2, 10, tzinfo=UTC)
    after = late.office.run("shelves", as_of=WHILE)
    assert (after.waived, after.evaluation.id) == ([], before.evaluation.id)
    assert late.office.plan("shelves", as_of=WHILE).comparison is not None
    replayed = late.office.again.replay(during.evaluation.id)
    assert replayed.verdict == "same"
    assert late.office.evaluation(during.evaluation.id).evaluation.waivers[0].id == id


def test_the_board_says_it_in_every_format(late: Trial) -> None:
    """A line below the table; a column in CSV and Markdown; a list in JSON and Arrow."""
    waive(late, "earned", "worst", ["e"], expires=date(2999, 2, 10))
    run = late.office.run("shelves", as_of=WHILE)
    folder = late.office.folder
    said = pmpo("board", cwd=folder).out
    assert "waived: earned for 1 item (e), worst until 2999-02-10  (ben: bills are late)" in said
    assert "waived: earned for 1 item (e)" in pmpo("run", "--as-of", WHILE, cwd=folder).out
    rows = {row["unit"]: row for row in pmpo("board", "--format", "json", cwd=folder).json()}
    assert rows["e"]["waived"] == ["earned until 2999-02-10"]
    assert rows["a"]["waived"] == []
    listed = csv.DictReader(StringIO(pmpo("board", "--format", "csv", cwd=folder).out))
    assert {row["unit"]: row["waived"] for row in listed if row["waived"]} == {
        "e": "earned until 2999-02-10"
    }
    assert "| earned until 2999-02-10 |" in pmpo("board", "--format", "md", cwd=folder).out
    arrow = run.board()
    assert dict(zip(arrow["unit"].to_pylist(), arrow["waived"].to_pylist(), strict=True))["e"] == [
        "earned until 2999-02-10"
    ]


def test_of_two_waivers_for_one_value_the_first_is_shown(late: Trial) -> None:
    """It is the one that counts; the other one is shown with those that are left to it."""
    one = waive(late, "earned", "impute", ["e"], Decimal(5))
    every = waive(late, "earned", "worst")
    run = late.office.run("shelves", as_of=WHILE)
    first = min(one, every)
    expected = {one: ("e",), every: ("f",)} if first == one else {one: (), every: ("e", "f")}
    assert {each.waiver.id: each.units for each in run.waived} == expected
    [egg] = [each for each in run.why("e").contributions if each.signal == "earned"]
    assert ("5 stands for it" in egg.reasons[0]) == (first == one)


def test_a_waiver_that_changes_nothing_is_shown_as_such(late: Trial) -> None:
    """Where nobody in scope lacks the signal, the line says so; the evaluation still names it."""
    waive(late, "earned", "worst", ["a"])
    run = late.office.run("shelves", as_of=WHILE)
    assert [one.units for one in run.waived] == [()]
    assert "waived: earned for no item now" in pmpo("board", cwd=late.office.folder).out
    assert run.evaluation.waivers[0].units == ("a",)


def test_a_plan_holds_the_waivers_that_a_run_would(late: Trial) -> None:
    """A draft of the same logic moves nobody against the board that people have seen."""
    waive(late, "earned", "worst", ["e"])
    run = late.office.run("shelves", as_of=WHILE)
    path = late.office.charter_path("shelves")
    draft = late.office.folder / "draft.yaml"
    draft.write_text(path.read_text("utf-8").replace("weight: 50", "weight: 50.0"), "utf-8")
    planned = late.office.plan(draft=str(draft), against=str(path), as_of=WHILE)
    [status] = [one for one in planned.comparison.matrices if one.kind == "status"]
    assert planned.comparison.is_same
    assert status.counts["ranked", "ranked"] == len(run.rows()) == 5


def test_a_waiver_for_a_unit_of_another_key_names_nobody(late: Trial) -> None:
    """When units get a key of two parts, `e` is none of them, and the run says so."""
    waive(late, "earned", "worst", ["e"])
    path = late.office.charter_path("shelves")
    text = path.read_text("utf-8").replace("key: [sku], label: name", "key: [sku, name]")
    path.write_text(text, "utf-8")
    run = late.office.run("shelves", as_of=WHILE)
    assert [one.units for one in run.waived] == [()]
    assert len(run.rows()) == 4
