"""One decision about many units: each of them goes its own way, and none is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pmpo.decide.madr import madr
from pmpo.diagnostics import PmpoError
from tests.decided import ANNA, BEN, CLEO, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.decided import Trial

NOT_TAKEN = {"gains": None, "gives_up": None, "expectation": None, "because": "no room"}


def taken(made: Trial, *units: str, supersedes: str = "") -> str:
    """A decision that several units are taken, with the statement the numbers make; its id."""
    said = wish(units=units, because="all of them sell", supersedes=supersedes)
    numbers = made.desk.propose(said, ANNA, dry_run=True).numbers
    assert numbers is not None
    said = replace(said, gains=numbers.gains, gives_up=numbers.gives_up)
    answer = made.desk.propose(said, ANNA)
    assert [one.id for one in answer.unmet] == ["approve/nobody"]
    made.desk.approve(answer.decision.id, BEN)
    return answer.decision.id


def rejected(made: Trial, unit: str, old: str) -> str:
    """A decision that one unit is rejected, in place of an older one; its id."""
    said = wish(units=(unit,), verdict="reject", supersedes=old, **NOT_TAKEN)
    id = made.desk.propose(said, ANNA).decision.id
    made.desk.approve(id, BEN)
    return id


def test_who_decides_anew_about_one_unit_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    """Rejecting one of three takes the place of the old decision for that one only."""
    made = trial(tmp_path)
    old = taken(made, "a", "b", "c")
    assert made.desk.state().occupied() == dict.fromkeys("abc", "committed")
    new = rejected(made, "b", old)
    state = made.desk.state()
    one = state.decisions[old]
    assert (one.status, one.units, one.replaced) == ("decided", ("a", "c"), {"b": new})
    assert state.occupied() == {"a": "committed", "c": "committed"}
    assert state.settled() == {"a", "b", "c"}
    assert [found.id for found in state.of_unit("b")] == [new]
    assert f"- Superseded by `{new}`, of Bread (b)\n" in madr(one, made.desk.charter)
    rejected(made, "a", old)
    last = rejected(made, "c", old)
    ended = made.desk.decision(old)
    assert (ended.status, ended.superseded_by) == ("superseded", last)
    assert made.desk.state().occupied() == {}


def test_a_decision_that_names_none_of_its_units_takes_the_place_of_all(tmp_path: Path) -> None:
    """What is taken instead of two others ends both."""
    made = trial(tmp_path)
    old = taken(made, "a", "b")
    taken(made, "c", supersedes=old)
    assert made.desk.decision(old).status == "superseded"
    assert made.desk.state().occupied() == {"c": "committed"}


def test_no_unit_gets_a_second_decision_beside_one_that_holds(tmp_path: Path) -> None:
    """Superseding one decision does not open a way around another about a further unit."""
    made = trial(tmp_path)
    first, second = taken(made, "a"), taken(made, "b")
    said = wish(units=("a", "b"), verdict="reject", supersedes=first, **NOT_TAKEN)
    (unmet,) = made.desk.propose(said, ANNA).unmet
    assert unmet.id == "supersedes/missing"
    assert f"propose what takes its place, apart: `pmpo decide 'b' --supersedes {second}" in (
        unmet.meets
    )


def test_each_unit_of_a_decision_has_its_own_stage(tmp_path: Path) -> None:
    """One is done while another has not begun; one for all passes over what is there."""
    made = trial(tmp_path)
    id = taken(made, "a", "b", "c")
    one = made.desk.progress(id, "executing", CLEO, ["Apple", "b"])
    assert (one.stages, one.stage) == (
        {"a": "executing", "b": "executing", "c": "committed"},
        "committed",
    )
    made.desk.progress(id, "done", CLEO, ["a"])
    assert made.desk.state().occupied() == {"b": "executing", "c": "committed"}
    size = made.office.ledger().size
    assert made.desk.progress(id, "done", CLEO, ["a"]).stages["a"] == "done"
    assert made.office.ledger().size == size
    with pytest.raises(PmpoError, match=f"`a` of {id} is done already, and does not go back"):
        made.desk.progress(id, "executing", CLEO)
    assert set(made.desk.progress(id, "done", CLEO).stages.values()) == {"done"}
    told = madr(made.desk.decision(id), made.desk.charter)
    assert "- Executing on 2024-02-02, as cleo noted, of Apple (a), Bread (b)\n" in told
    assert "- Done on 2024-02-02, as cleo noted\n" in told


def test_a_stage_is_refused_for_a_unit_the_decision_does_not_speak_of(tmp_path: Path) -> None:
    """Neither for one it never named, nor for one that another decision is about by now."""
    made = trial(tmp_path)
    id = taken(made, "a", "b")
    with pytest.raises(PmpoError, match="says nothing of `c`"):
        made.desk.progress(id, "done", CLEO, ["c"])
    new = rejected(made, "b", id)
    with pytest.raises(PmpoError, match=f"says nothing of `b` any more: {new} took its place"):
        made.desk.progress(id, "done", CLEO, ["b"])
    assert made.desk.progress(id, "done", CLEO).stages == {"a": "done", "b": "committed"}
