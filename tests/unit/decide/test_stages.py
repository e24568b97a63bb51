"""How far what was decided has come, and who may take back what they proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import PmpoError
from tests.decided import ANNA, BEN, CLEO, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.decided import Trial


def decided(made: Trial) -> str:
    """A decision that was accepted; its id."""
    id = made.desk.propose(wish(), ANNA).decision.id
    made.desk.approve(id, BEN)
    return id


def test_what_is_done_goes_back_only_when_it_is_open_again(tmp_path: Path) -> None:
    """Done does not become executing or stopped, and saying it twice is saying it once."""
    made = trial(tmp_path)
    id = decided(made)
    assert made.desk.progress(id, "executing", CLEO).stage == "executing"
    made.desk.progress(id, "done", CLEO)
    size = made.office.ledger().size
    assert made.desk.progress(id, "done", CLEO).stage == "done"
    for stage in ("executing", "stopped"):
        with pytest.raises(PmpoError, match="decision/stage"):
            made.desk.progress(id, stage, CLEO)
    assert made.office.ledger().size == size
    with pytest.raises(PmpoError, match="decision/because"):
        made.desk.reopen(id, CLEO, "")
    made.desk.reopen(id, CLEO, "it fell down")
    assert made.desk.progress(id, "executing", CLEO).stage == "executing"


def test_only_what_was_begun_is_stopped(tmp_path: Path) -> None:
    """Neither a unit nobody took nor one that was held can be stopped."""
    made = trial(tmp_path)
    still = {"gains": None, "gives_up": None, "expectation": None, "because": "no room"}
    none = made.desk.propose(wish(verdict="stop", **still), ANNA)
    assert [one.id for one in none.unmet] == ["stop/nothing"]
    held = made.desk.propose(wish(units=("b",), verdict="hold", **still), ANNA).decision.id
    made.desk.approve(held, BEN)
    with pytest.raises(PmpoError, match="is being done: its verdict is hold"):
        made.desk.progress(held, "stopped", CLEO)
    taken = decided(made)
    ended = made.desk.propose(wish(verdict="stop", supersedes=taken, **still), ANNA)
    assert ended.unmet[0].id == "approve/nobody"
    made.desk.approve(ended.decision.id, BEN)
    assert made.desk.decision(ended.decision.id).stage == "stopped"
    with pytest.raises(PmpoError, match="decision/not-open"):
        made.desk.progress(taken, "done", CLEO)


def test_a_proposal_is_withdrawn_by_whose_it_is(tmp_path: Path) -> None:
    """Who proposed it, or who owns the program; nobody else takes it away."""
    made = trial(tmp_path)
    id = made.desk.propose(wish(), ANNA).decision.id
    with pytest.raises(PmpoError, match="not among those who may withdraw it"):
        made.desk.withdraw(id, CLEO, "I would rather not")
    assert made.desk.withdraw(id, BEN, "the owner may").status == "withdrawn"
