"""One decision about many units: each of them goes its own way, and none is lost on the way."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pmpo.cli.decide_views import decision_json
from pmpo.decide.fence import leaving
from pmpo.decide.gate import Facts, unmet_by_proposal
from pmpo.decide.madr import madr
from pmpo.decide.state import Decision, replaced_by
from pmpo.diagnostics import PmpoError
from pmpo.office.reviewing import hold
from tests.decided import ANNA, BEN, CLEO, trial, wish

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

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


def test_nothing_ends_unnamed(tmp_path: Path) -> None:
    """A unit that a batch does not have, mistyped by judgement, ends none of the batch."""
    made = trial(tmp_path)
    old = taken(made, "a", "b")
    slip = wish(units=("aa",), verdict="reject", basis="judgement", supersedes=old, **NOT_TAKEN)
    (unmet,) = made.desk.propose(slip, ANNA).unmet
    assert unmet.id == "supersedes/other-units"
    assert unmet.reason == f"{old} is about `a`, `b`, and nothing would end unnamed"
    assert made.desk.state().occupied() == {"a": "committed", "b": "committed"}


def test_one_unit_is_taken_instead_of_another(tmp_path: Path) -> None:
    """Where a decision is about one unit, naming the decision names the unit."""
    made = trial(tmp_path)
    old = taken(made, "a")
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
    assert f"propose what takes its place, apart: `pmpo decide b --supersedes {second}" in (
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


def _review(made: Trial, times: int = 1) -> None:
    for _ in range(times):
        hold(made.desk, made.office.latest(), made.office.folder, BEN, present=(), notes="")


def test_who_decides_about_what_was_replaced_does_not_end_the_rest(tmp_path: Path) -> None:
    """A unit that another decision is about by now is named, and names none of the others."""
    made = trial(tmp_path)
    old = taken(made, "a", "b")
    made.desk.ratify(ANNA)
    new = rejected(made, "b", old)
    made.desk.ratify(BEN)  # what was decided before holds; the draft of the second lapses
    state = made.desk.state()
    lapsed = replace(
        state.decisions[new], provisional=True, confirmed=False, reviewed=(made.desk.now(),) * 2
    )
    late = replace(state, decisions={**state.decisions, new: lapsed})
    proposal = replace(lapsed.proposal, because="again")
    assert replaced_by(proposal, late.decisions[old]) == ()
    facts = Facts(made.desk.charter, made.desk.people, late, made.desk.today)
    (unmet,) = [
        one for one in unmet_by_proposal(proposal, ANNA, facts) if one.id.startswith("supersedes")
    ]
    assert unmet.id == "supersedes/not-standing"
    assert unmet.reason == f"{old} says nothing of `b` any more: {new} took its place"


def test_what_lapsed_comes_back_without_the_units_decided_anew(tmp_path: Path) -> None:
    """Two decisions that hold for one unit could never be replaced by any third one."""
    made = trial(tmp_path)
    old = taken(made, "a", "b")
    _review(made, 2)
    assert made.desk.decision(old).status == "lapsed"
    new = rejected(made, "b", "")
    made.desk.ratify(ANNA)
    made.desk.ratify(BEN)
    state = made.desk.state()
    assert (state.decisions[old].units, state.decisions[old].replaced) == (("a",), {"b": new})
    assert [one.id for one in state.of_unit("b")] == [new]
    last = rejected(made, "a", old)
    assert made.desk.decision(old).superseded_by == last


def test_a_note_about_all_is_about_those_it_still_spoke_of(tmp_path: Path) -> None:
    """What another decision was about by then was not noted as done, in no output."""
    made = trial(tmp_path)
    old = taken(made, "a", "b", "c")
    rejected(made, "b", old)
    one = made.desk.progress(old, "done", CLEO)
    assert decision_json(one)["progress"][0]["units"] == ["a", "c"]
    assert "as cleo noted, of Apple (a), Cheese (c)\n" in madr(one, made.desk.charter)


def test_what_to_type_holds_an_apostrophe(tmp_path: Path) -> None:
    """A unit called `men's` is quoted so that a shell reads it as it is."""
    made = trial(tmp_path)
    first = wish(units=("men's",), basis="judgement", because="x", verdict="reject")
    answer = made.desk.propose(first, ANNA)
    made.desk.approve(answer.decision.id, BEN)
    (unmet,) = made.desk.propose(replace(first, because="y"), ANNA).unmet
    typed = shlex.split(unmet.meets.split("`")[1])
    assert typed[:5] == ["pmpo", "decide", "men's", "--supersedes", answer.decision.id]


def test_many_decisions_about_many_units_are_judged_in_one_pass(tmp_path: Path) -> None:
    """Three hundred about a thousand units each: as many steps as they name units, not squared."""
    made = trial(tmp_path)
    some = made.desk.propose(wish(), ANNA).decision
    decisions = {
        f"de-{i}": replace(
            some,
            id=f"de-{i}",
            proposal=replace(some.proposal, units=tuple(f"{i}/{j}" for j in range(1_000))),
            decided_at=some.proposed_at,
        )
        for i in range(300)
    }
    state = replace(made.desk.state(), decisions=decisions)
    proposal = replace(decisions["de-7"].proposal, verdict="stop", supersedes="de-7")
    facts = Facts(made.desk.charter, made.desk.people, state, made.desk.today)
    reading, reads = Decision.units.fget, 0  # type: ignore[attr-defined]

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal reads
        reads += event == "call" and frame.f_code is reading.__code__

    sys.setprofile(count)
    try:
        assert leaving(proposal, state) == {}
        assert "stop/nothing" in {one.id for one in unmet_by_proposal(proposal, ANNA, facts)}
    finally:
        sys.setprofile(None)
    assert 0 < reads < 100 * len(decisions)  # of the 300,000 looks that unit by unit would take
