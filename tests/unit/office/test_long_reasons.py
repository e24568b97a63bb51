"""Reasons that no entry of the ledger holds are refused before anything is written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from pmpo.decide.waive import waiver_of
from pmpo.diagnostics import PmpoError
from pmpo.office.clock import correct_clock
from pmpo.office.reviewing import hold
from pmpo.office.rotating import rotate
from tests.decided import ANNA, BEN, CHARTER, CLEO, trial, wish
from tests.scenarios.terminal import below

if TYPE_CHECKING:
    from collections.abc import Callable

    from pmpo.office.wish import Wish
    from tests.decided import Trial

LONG: Final = "because " * 10_000
LATER: Final = date(2024, 3, 3)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """An office with a decision, a proposal, a waiver that waits, and something due."""
    text = CHARTER.replace("review_by: 2030-01-01", "review_by: 2024-02-01")
    made = trial(tmp_path_factory.mktemp("long"), charter=text)
    made.desk.approve(made.desk.propose(wish(), ANNA).decision.id, BEN)
    made.desk.propose(no("c", "more"), ANNA)
    made.desk.waive(waiver_of("sold", "worst", because="x", expires=LATER), ANNA)
    return made


def no(unit: str, because: str) -> Wish:
    """A wish to reject a unit."""
    return wish(units=(unit,), verdict="reject", gains=None, gives_up=None, because=because)


def decision(made: Trial) -> str:
    """The decision about Apple."""
    [one] = [one.id for one in made.desk.state().decisions.values() if one.holds]
    return one


def proposal(made: Trial) -> str:
    """What waits for approval."""
    [one] = [one.id for one in made.desk.state().decisions.values() if one.status == "proposed"]
    return one


def due(made: Trial) -> str:
    """The assumption whose day has come."""
    [one] = [one.id for one in made.desk.due() if one.kind == "assumption-past-review"]
    return one


def waiver(made: Trial) -> str:
    """The waiver that waits."""
    [one] = made.desk.state().asked
    return one


def review(made: Trial) -> object:
    """Hold a review in which very many took part."""
    present, folder = ["x" * 100] * 1000, made.office.folder
    return hold(made.desk, made.office.latest(), folder, BEN, present=present, notes="")


ACTS: Final[dict[str, Callable[[Trial], object]]] = {
    "waive": lambda made: made.desk.waive(
        waiver_of("earned", "worst", because=LONG, expires=LATER), ANNA
    ),
    "reopen": lambda made: made.desk.reopen(decision(made), BEN, LONG),
    "withdraw": lambda made: made.desk.withdraw(proposal(made), BEN, LONG),
    "withdraw a waiver": lambda made: made.desk.withdraw_waiver(waiver(made), BEN, LONG),
    "stands": lambda made: made.desk.stands(due(made), ANNA, LONG),
    "snooze": lambda made: made.desk.snooze(due(made), ANNA, LATER, LONG),
    "ratify": lambda made: made.desk.ratify(CLEO, findings=(), effective=LATER, because=LONG),
    "review": review,
    "rotate": lambda made: rotate(made.office, "ben", None, LONG, made.clock, lost=False),
    "clock": lambda made: correct_clock(
        made.office, "ben", None, LONG, lambda: made.clock() - timedelta(days=9)
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_no_entry_holds_is_refused_before_anything_is_written(made: Trial, act: str) -> None:
    """Each act names the text and how much fits, and leaves the office as it was."""
    made.desk.ratify(CLEO, findings=(), dry_run=True)
    before = below(made.office.folder)
    with pytest.raises(PmpoError) as refused:
        ACTS[act](made)
    [found] = refused.value.findings
    name = "present" if act == "review" else "because"
    assert found.code == "ledger/entry-too-large"
    assert found.message.startswith(f"`{name}` has ")
    assert f"let `{name}` have at most 6" in (found.help or "")
    after = below(made.office.folder)
    assert {path for path in after if before.get(path) != after[path]} == set()
