"""What people have committed to stays: it leaves by breach, as a paid override, or in due time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pmpo.decide.madr import madr
from pmpo.diagnostics import PmpoError
from tests.decided import ANNA, BEN, CHARTER, CLEO, NOW, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.office.decisions import Answer
    from tests.decided import Trial

FENCED = CHARTER.replace("capacity: 2", "capacity: 2, fence: 4 weeks")
BANDED = FENCED.replace(
    "axes:\n",
    "bands:\n  gain: {signal: earned, edges: [25], labels: [low, high], missing: unknown}\naxes:\n",
)
TABLED = BANDED.replace(
    "axes:\n",
    """tables:
  do:
    hit: UNIQUE
    inputs: [gain]
    outputs: [act]
    rules:
      - {id: A, when: ['"high"'], then: [show], because: It earns.}
      - {id: B, when: ['"low","unknown"'], then: [move], because: It does not.}
axes:
""",
)
PAID = {"reason_code": "strategy", "switching_cost": "the shelf is built"}


def taken(made: Trial, *units: str, **more: Any) -> str:
    """A decision that units are taken, with the statement that the numbers make; its id."""
    said = wish(units=units or ("a",), **{"because": "it sells", **more})
    numbers = made.desk.propose(said, ANNA, dry_run=True).numbers
    assert numbers is not None
    said = replace(said, gains=numbers.gains, gives_up=numbers.gives_up)
    id = made.desk.propose(said, ANNA).decision.id
    made.desk.approve(id, BEN)
    return id


def ending(made: Trial, old: str, verdict: str = "reject", unit: str = "a", **more: Any) -> Answer:
    """What comes of proposing an end of what was taken, as cleo would."""
    fine: dict[str, Any] = {"gains": None, "gives_up": None, "expectation": None}
    said = {"units": (unit,), "verdict": verdict, "because": "others need the room"}
    return made.desk.propose(wish(**{**fine, **said, "supersedes": old, **more}), CLEO)


def lacks(answer: Answer) -> list[str]:
    """The ids of unmet conditions."""
    return [one.id for one in answer.unmet]


@pytest.mark.parametrize("verdict", ["reject", "hold", "stop"])
def test_inside_its_fence_a_unit_leaves_only_as_a_paid_override(
    tmp_path: Path, verdict: str
) -> None:
    """A reason code and the cost are asked for, with the day until which it stays."""
    made = trial(tmp_path, charter=FENCED)
    old = taken(made)
    refused = ending(made, old, verdict)
    assert lacks(refused) == ["fence/reason-code", "fence/switching-cost"]
    assert refused.unmet[0].reason == (
        f"the fence of `a` lasts until 2024-03-01 09:00 UTC ({old} committed to it); nothing was "
        "breached, so that ending it earlier is an override"
    )
    half = ending(made, old, verdict, reason_code="strategy", switching_cost=" ")
    assert lacks(half) == ["fence/switching-cost"]
    paid = ending(made, old, verdict, **PAID)
    assert lacks(paid) == ["approve/nobody"]
    made.desk.approve(paid.decision.id, BEN)
    assert made.desk.decision(old).status == "superseded"
    told = madr(made.desk.decision(paid.decision.id), made.desk.charter)
    assert "\nSwitching cost: the shelf is built.\n" in told


def test_a_hold_inside_the_fence_says_why_too(tmp_path: Path) -> None:
    """Holding needs no reason; holding what was promised does."""
    made = trial(tmp_path, charter=FENCED)
    held = ending(made, taken(made), "hold", because="", **PAID)
    assert lacks(held) == ["because/missing"]


def test_when_the_fence_is_over_it_leaves_like_any_other(tmp_path: Path) -> None:
    """The fence ends at its moment, and a second before it still holds."""
    made = trial(tmp_path, charter=FENCED)
    old = taken(made)
    begun = made.desk.decision(old).decided_at
    assert begun is not None
    made.clock.now = begun + timedelta(weeks=4, seconds=-1)
    until = made.desk.fence(made.desk.decision(old))
    assert until == begun + timedelta(weeks=4)
    assert lacks(ending(made, old)) == ["fence/reason-code", "fence/switching-cost"]
    made.clock.now = begun + timedelta(weeks=4)
    assert made.desk.fence(made.desk.decision(old)) is None
    assert lacks(ending(made, old)) == ["approve/nobody"]


def test_the_fence_is_counted_on_the_charters_clock(tmp_path: Path) -> None:
    """A month from 2 February in Tokyo ends on 2 March there, in a leap year too."""
    text = CHARTER.replace("capacity: 2", "capacity: 2, fence: 1 month")
    made = trial(tmp_path, charter=text.replace("tz: UTC", "tz: Asia/Tokyo"))
    until = made.desk.fence(made.desk.decision(taken(made)))
    assert until is not None
    assert f"{until:%Y-%m-%d %H:%M} {until.tzinfo}" == "2024-03-02 18:00 Asia/Tokyo"


def test_without_a_fence_nothing_more_is_asked(tmp_path: Path) -> None:
    """The same charter without `fence` lets a unit leave at once."""
    made = trial(tmp_path)
    old = taken(made)
    assert made.desk.fence(made.desk.decision(old)) is None
    assert lacks(ending(made, old)) == ["approve/nobody"]


def test_a_broken_assumption_is_a_breach_and_a_persons_wish_is_none(tmp_path: Path) -> None:
    """Opening a decision again by hand does not open its fence; a broken assumption does."""
    made = trial(tmp_path, charter=FENCED)
    old = taken(made, assumptions=("cost-share",))
    made.desk.reopen(old, CLEO, "I like another one")
    assert made.desk.state().occupied() == {"a": "committed"}
    assert lacks(ending(made, old)) == ["fence/reason-code", "fence/switching-cost"]

    other = trial(tmp_path / "other", charter=FENCED)
    old = taken(other, assumptions=("cost-share",))
    other.bills(("d", 10, 400))
    other.office.run("shelves", as_of="2024-01-30")
    other.office.now = other.clock
    other.office.test_assumptions("shelves", ANNA)
    reopened = other.desk.decision(old)
    assert (reopened.status, bool(reopened.reopened and reopened.reopened.due)) == (
        "reopened",
        True,
    )
    assert lacks(ending(other, old)) == ["approve/nobody"]
    assert other.desk.progress(old, "stopped", CLEO).stage == "stopped"


@pytest.mark.parametrize("charter", [BANDED, TABLED], ids=["bands", "outcome"])
def test_a_crossed_threshold_is_a_breach(tmp_path: Path, charter: str) -> None:
    """Only the unit whose band or outcome is another one may leave; the other one stays."""
    made = trial(tmp_path, charter=charter)
    old = taken(made, "a", "b")
    made.bills(("a", 1, 20))
    made.office.run("shelves", as_of="2024-01-31")
    assert lacks(ending(made, old)) == ["approve/nobody"]
    other = ending(made, old, unit="b")
    assert lacks(other) == ["fence/reason-code", "fence/switching-cost"]
    assert "fence of `b` lasts" in other.unmet[0].reason
    by_judgement = ending(made, old, basis="judgement")
    assert lacks(by_judgement) == ["fence/reason-code", "fence/switching-cost"]


def test_a_unit_that_lost_its_rank_may_leave(tmp_path: Path) -> None:
    """What cannot be measured any more is no promise that can be kept."""
    made = trial(tmp_path, charter=FENCED)
    old = taken(made)
    text = FENCED.replace(
        "sources:\n", "scope: {out: [{where: \"sku = 'a'\", because: Gone.}]}\nsources:\n", 1
    )
    path = made.office.charter_path("shelves")
    path.write_text(text, encoding="utf-8")
    made.office.run("shelves", as_of="2024-01-31")
    assert lacks(ending(made, old)) == ["approve/nobody"]


def test_a_lost_evaluation_opens_no_fence(tmp_path: Path) -> None:
    """Where nobody knows what a unit was taken for, no breach can be shown."""
    import shutil

    made = trial(tmp_path, charter=BANDED)
    old = taken(made)
    made.bills(("a", 1, 20))
    made.office.run("shelves", as_of="2024-01-31")
    grounds = made.desk.decision(old).proposal.grounds.evaluation
    (folder,) = (tmp_path / ".pmpo" / "evaluations").glob(f"{grounds}*")
    shutil.rmtree(folder)
    assert lacks(ending(made, old)) == ["fence/reason-code", "fence/switching-cost"]


def test_staying_is_no_leaving(tmp_path: Path) -> None:
    """Accepting again, or overriding for the same action again, asks for nothing more."""
    made = trial(tmp_path, charter=TABLED)
    old = taken(made)
    again = taken(made, supersedes=old)
    assert made.desk.decision(again).stages == {"a": "committed"}
    moved = taken(made, supersedes=again, verdict="override", action="move", **PAID)
    assert made.desk.decision(moved).status == "decided"
    said = {"verdict": "override", "reason_code": "strategy", "supersedes": moved}
    assert made.desk.decision(taken(made, action="move", **said)).status == "decided"


def test_an_override_for_something_else_states_its_cost(tmp_path: Path) -> None:
    """It has its reason code by itself; what the change costs is asked for."""
    made = trial(tmp_path, charter=TABLED)
    old = taken(made)
    said = wish(
        verdict="override", action="move", reason_code="strategy", because="x", supersedes=old
    )
    assert lacks(made.desk.propose(said, ANNA)) == ["fence/switching-cost"]


def test_taking_another_unit_instead_ends_a_commitment_as_well(tmp_path: Path) -> None:
    """Naming the decision about one unit ends that unit, without naming it."""
    made = trial(tmp_path, charter=FENCED)
    old = taken(made, "a")
    said = wish(units=("c",), because="instead", supersedes=old)
    found = made.desk.propose(said, ANNA)
    fences = [one for one in found.unmet if one.id.startswith("fence/")]
    assert [one.id for one in fences] == ["fence/reason-code", "fence/switching-cost"]
    assert "the fence of `a` lasts" in fences[0].reason


def test_no_note_stops_what_the_fence_holds(tmp_path: Path) -> None:
    """It may be executed and done; stopping it is decided, and the answer says how."""
    made = trial(tmp_path, charter=FENCED)
    id = taken(made, "a", "b")
    size = made.office.ledger().size
    with pytest.raises(PmpoError, match="decision/fenced") as refused:
        made.desk.progress(id, "stopped", CLEO, ["b"])
    assert "`b` is committed until 2024-03-01 09:00 UTC" in str(refused.value)
    assert f"--verdict stop --supersedes {id}" in (refused.value.findings[0].help or "")
    assert made.office.ledger().size == size
    made.desk.progress(id, "done", CLEO, ["a"])
    made.clock.now = datetime(2024, 3, 1, 9, 1, tzinfo=UTC)
    assert made.desk.progress(id, "stopped", CLEO, ["b"]).stages == {"a": "done", "b": "stopped"}


def test_a_proposal_can_wait_until_the_fence_is_over(tmp_path: Path) -> None:
    """A fence that the charter gained since is judged at the approval, and ends by then."""
    made = trial(tmp_path)
    old = taken(made)
    waiting = ending(made, old).decision.id
    made.office.charter_path("shelves").write_text(FENCED, encoding="utf-8")
    refused = made.desk.approve(waiting, BEN)
    assert lacks(refused) == ["fence/reason-code", "fence/switching-cost"]
    made.clock.now = NOW + timedelta(weeks=4, seconds=1)
    assert made.desk.approve(waiting, BEN).decision.status == "decided"


def test_the_cost_changes_no_id_of_older_proposals() -> None:
    """A proposal that states none has the bytes it had before it could be stated."""
    from pmpo.model.decision import Grounds, Proposal

    grounds = Grounds(evaluation="", result="", charter_text="", charter_logic="", draft=False)
    plain = Proposal(
        program="p", units=("a",), verdict="hold", mode="solo", proposer="x", grounds=grounds
    )
    assert "switching_cost" not in plain.as_json()
    paid = replace(plain, switching_cost="two days")
    assert Proposal.from_json(paid.as_json()) == paid
    assert Proposal.from_json(plain.as_json()) == plain


def test_an_assumption_that_breaks_opens_the_fence_of_what_was_open_before(tmp_path: Path) -> None:
    """Whoever opened a decision by hand first does not keep its fence shut when it is breached."""
    made = trial(tmp_path, charter=FENCED)
    old = taken(made, assumptions=("cost-share",))
    made.desk.reopen(old, CLEO, "I like another one")
    made.bills(("d", 10, 400))
    made.office.run("shelves", as_of="2024-01-30")
    made.office.now = made.clock
    made.office.test_assumptions("shelves", ANNA)
    assert made.desk.fence(made.desk.decision(old)) is None
    assert lacks(ending(made, old)) == ["approve/nobody"]
    (item,) = [one for one in made.desk.due() if one.kind == "assumption-broken"]
    made.desk.stands(item.id, ANNA, "the bill was wrong")
    assert made.desk.fence(made.desk.decision(old)) is not None
    assert lacks(ending(made, old, "hold")) == ["fence/reason-code", "fence/switching-cost"]


def test_a_draft_opens_no_fence_once_a_charter_counts(tmp_path: Path) -> None:
    """Else whoever edits the file would breach what they like to end."""
    made = trial(tmp_path, charter=FENCED)
    made.desk.ratify(ANNA)
    made.desk.ratify(BEN)
    made.office.run("shelves", as_of="2024-01-30")
    old = taken(made)
    out = FENCED.replace(
        "sources:\n", "scope: {out: [{where: \"sku = 'a'\", because: Gone.}]}\nsources:\n", 1
    )
    made.office.charter_path("shelves").write_text(out, encoding="utf-8")
    made.office.run("shelves", as_of="2024-01-31")
    assert lacks(ending(made, old)) == ["fence/reason-code", "fence/switching-cost"]


def test_going_back_to_what_was_recommended_is_a_change_as_well(tmp_path: Path) -> None:
    """An override that is accepted away again ends what people committed to a moment before."""
    made = trial(tmp_path, charter=TABLED)
    moved = taken(made, verdict="override", action="move", reason_code="strategy")
    back = wish(because="after all not", supersedes=moved)
    refused = made.desk.propose(back, ANNA)
    assert lacks(refused) == ["fence/reason-code", "fence/switching-cost"]
    assert lacks(
        made.desk.propose(wish(because="after all not", supersedes=moved, **PAID), ANNA)
    ) == ["approve/nobody"]


def test_another_action_by_judgement_is_a_change_as_well(tmp_path: Path) -> None:
    """By judgement any action can be accepted: only the same one lets a unit stay."""
    made = trial(tmp_path, charter=FENCED)
    old = taken(made, basis="judgement", action="roll out")
    assert made.desk.decision(old).status == "decided"
    said = wish(basis="judgement", because="x", supersedes=old)
    refused = made.desk.propose(replace(said, action="roll back"), ANNA)
    assert lacks(refused) == ["fence/reason-code", "fence/switching-cost"]
    again = made.desk.propose(replace(said, action="roll out"), ANNA)
    assert lacks(again) == ["approve/nobody"]
