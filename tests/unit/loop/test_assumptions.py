"""The checks of assumptions: measured with what they name, and refused before they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo.model.entry import Actor
from pmpo.store.ledger.keys import write_key
from pmpo.store.ledger.note import SigningKey
from tests.decided import ANNA, CHARTER, OFFICE, trial

if TYPE_CHECKING:
    from pathlib import Path

    from tests.decided import Trial

PLAIN = "check: {source: bills, holds: SUM(cost) <= 0.75 * SUM(price)}"


def office(base: Path, check: str = PLAIN, by: str = "name") -> Trial:
    """The trial with a parameter that varies by a column of the items, used by a signal."""
    assert PLAIN in CHARTER
    charter = CHARTER.replace(PLAIN, check)
    charter = charter.replace("formula: SUM(price)\n", "formula: SUM(price) * PARAM('weight')\n")
    settings = f"parameters:\n  weight: {{by: {by}, values: {{Apple: 2, '*': 1}}}}\n"
    return trial(base, charter=charter.replace("signals:\n  sold", f"{settings}signals:\n  sold"))


def errors(made: Trial) -> list[tuple[str, str]]:
    """What keeps the charter from being run, with its place."""
    found = made.office.check("shelves")
    return [(one.code, one.path) for one in found if one.severity == "error"]


def test_parameters_of_units_do_not_reach_a_check(tmp_path: Path) -> None:
    """A check that names no parameter is measured, whatever others vary by; so is a review."""
    made = office(tmp_path)
    assert errors(made) == []
    tests = made.office.test_assumptions("shelves", ANNA)
    assert [(one.assumption.name, one.holds) for one in tests.tested] == [("cost-share", True)]
    assert made.office.review("shelves", Actor("ben")).due >= 0


def test_a_number_by_a_column_that_the_source_lacks_is_refused(tmp_path: Path) -> None:
    """`check` names the assumption, the number, the column and the source."""
    check = "check: {source: bills, holds: SUM(cost) <= PARAM('weight') * SUM(price)}"
    made = office(tmp_path, check)
    assert errors(made) == [("assumption/unknown-column", "assumptions.cost-share.check")]
    [told] = [one for one in made.office.check("shelves") if one.severity == "error"]
    assert told.message == (
        "the check of assumption `cost-share` uses `weight`, which varies by `name`, and its "
        "source `bills` has no such column"
    )
    assert told.span is not None


@pytest.mark.parametrize("holds", ["SUM(costs) <= SUM(price)", "SUM(cost) <=", "SUM(cost)"])
def test_a_check_that_is_no_condition_is_refused(tmp_path: Path, holds: str) -> None:
    """Unknown columns and broken formulas are found by `check`, where the assumption stands."""
    made = office(tmp_path, f"check: {{source: bills, holds: {holds}}}")
    found = errors(made)
    assert found
    assert {path for _, path in found} == {"assumptions.cost-share.check"}


def test_one_number_for_each_row_may_vary_by_the_source(tmp_path: Path) -> None:
    """Inside an aggregate a number is looked up row by row, by a column of the source."""
    once = "check: {source: bills, holds: SUM(cost) <= PARAM('weight') * SUM(price)}"
    refused = office(tmp_path / "once", once, by="sku")
    assert errors(refused) == [("assumption/unknown-column", "assumptions.cost-share.check")]
    check = "check: {source: bills, holds: SUM(cost * PARAM('weight')) <= SUM(price)}"
    made = office(tmp_path / "each", check, by="sku")
    assert errors(made) == []
    [told] = made.office.test_assumptions("shelves", ANNA).tested
    assert told.holds is True


def test_a_review_held_with_a_key_signs_what_broke(tmp_path: Path) -> None:
    """Whoever chairs with a key signs what the review finds broken, and that it was held."""
    key = SigningKey.new("ben")
    write_key(tmp_path / "ben.key", key)
    named = OFFICE.replace("ben: {", f'ben: {{key: "{key.verifier}", ')
    charter = CHARTER.replace("holds: SUM(cost) <= 0.75", "holds: SUM(cost) <= 0.01")
    made = trial(tmp_path / "office", office=named, charter=charter)
    ben = made.office.desk("shelves").actor("ben", tmp_path / "ben.key")
    made.office.review("shelves", ben)
    written = {one.entry.kind: one.entry.actor.how for one in made.office.ledger().entries()}
    assert (written["Raised"], written["Reviewed"]) == ("key", "key")
    assert made.office.verify().findings == ()
