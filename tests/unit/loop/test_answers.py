"""Who answers what is due, and with what: an answer that leaves it open is refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pmpo.decide.waive import waiver_of
from pmpo.diagnostics import PmpoError
from pmpo.model.entry import Actor
from pmpo.office.reviewing import hold_against_data
from tests.decided import ANNA, BEN, CHARTER, CLEO, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

LATER = date(2024, 3, 3)
WAIVER = waiver_of("sold", "worst", because="late", expires=LATER)


def test_what_waits_for_approval_does_not_stand(tmp_path: Path) -> None:
    """Neither a proposal nor a waiver leaves the queue while it still waits."""
    made = trial(tmp_path)
    made.desk.propose(wish(), ANNA)
    made.desk.waive(WAIVER, ANNA)
    size = made.office.ledger().size
    for item in made.desk.due():
        with pytest.raises(PmpoError, match="due/not-answered-so") as refused:
            made.desk.stands(item.id, BEN, "it is fine")
        help = refused.value.findings[0].help
        assert f"`pmpo approve {item.waits} --as NAME`" in (help or "")
        assert f"`pmpo withdraw {item.waits} --as NAME`" in (help or "")
    assert made.office.ledger().size == size


def test_an_answer_in_an_older_log_does_not_hide_what_waits(tmp_path: Path) -> None:
    """A proposal is due as long as it waits, whatever was said of the item."""
    made = trial(tmp_path)
    first = made.desk.propose(wish(), ANNA).decision
    [item] = made.desk.due()
    other = made.desk.propose(wish(units=("b",), resolves=(item.id,), gives_up=()), ANNA)
    assert other.unmet[0].id.startswith("trade_off")
    made.desk.propose(
        wish(units=("d",), verdict="hold", gains=None, gives_up=None, expectation=None,
             resolves=(item.id,)), ANNA,
    )  # fmt: skip
    [held] = [one for one in made.desk.state().decisions.values() if one.id != first.id]
    made.desk.approve(held.id, BEN)
    assert [one.waits for one in made.desk.due()] == [first.id]


@pytest.mark.parametrize("why", ["", "  "])
def test_an_answer_has_a_reason(tmp_path: Path, why: str) -> None:
    """Whoever lets something stand or puts it aside says why."""
    text = CHARTER.replace("review_by: 2030-01-01", "review_by: 2024-02-01")
    made = trial(tmp_path, charter=text)
    [item] = made.desk.due()
    with pytest.raises(PmpoError, match="due/because"):
        made.desk.stands(item.id, ANNA, why)
    with pytest.raises(PmpoError, match="due/because"):
        made.desk.snooze(item.id, ANNA, LATER, why)
    assert [one.id for one in made.desk.due()] == [item.id]


def test_only_those_whose_it_is_answer(tmp_path: Path) -> None:
    """The owner of an item by role, or the owner of the program; nobody else."""
    text = CHARTER.replace("review_by: 2030-01-01", "review_by: 2024-02-01")
    made = trial(tmp_path, charter=text)
    [item] = made.desk.due()
    assert item.owner == "finance"
    with pytest.raises(PmpoError, match="answer it: finance, lead"):
        made.desk.stands(item.id, CLEO, "it is fine")
    made.desk.snooze(item.id, BEN, date(2024, 2, 3), "he owns the program")
    made.clock.now = made.clock.now.replace(day=3)
    made.desk.stands(item.id, ANNA, "it is hers")
    assert made.desk.due() == ()


def test_what_waits_is_theirs_who_may_approve(tmp_path: Path) -> None:
    """The queue names who may open the gate, not who proposed, and what they type."""
    from pmpo.loop.due import answered_by

    made = trial(tmp_path)
    id = made.desk.propose(wish(), ANNA).decision.id
    [item] = made.desk.due()
    assert item.owner == "ben"
    assert answered_by(item) == (f"pmpo approve {id} --as NAME", f"pmpo withdraw {id} --as NAME")


def test_roles_without_people_have_four_eyes(tmp_path: Path) -> None:
    """Where roles act as people, who proposed is not told to approve it, and cannot."""
    made = trial(tmp_path, office="office: 1\nroles: {lead: L., finance: F.}\n")
    lead, finance = Actor("lead"), Actor("finance")
    own = made.desk.propose(wish(), lead)
    assert (own.decision.status, own.decision.proposal.mode) == ("proposed", "team")
    [told] = made.desk.approve(own.decision.id, lead).unmet
    assert told.id == "approve/four-eyes"
    assert told.meets.startswith(f"nobody else may: `pmpo withdraw {own.decision.id}")
    [item] = made.desk.due()
    assert item.owner == "lead"
    made.desk.withdraw(own.decision.id, lead, "")
    other = made.desk.propose(wish(), finance)
    assert [one.meets for one in other.unmet] == [
        f"let lead approve it: `pmpo approve {other.decision.id} --as NAME`"
    ]
    assert made.desk.approve(other.decision.id, lead).decision.status == "decided"


def test_what_is_opened_again_is_due_until_something_takes_its_place(tmp_path: Path) -> None:
    """A reopened decision does not stand by itself, and the next verdict ends it."""
    made = trial(tmp_path, office="office: 1\nmode: solo\nroles: {lead: L., finance: F.}\n")
    lead = Actor("lead")
    first = made.desk.propose(wish(), lead).decision
    assert made.desk.due() == ()
    made.desk.reopen(first.id, lead, "the shelf is gone")
    [item] = made.desk.due()
    assert (item.kind, item.decisions) == ("decision-reopened", (first.id,))
    assert "the shelf is gone" in item.reason
    with pytest.raises(PmpoError, match="due/not-answered-so") as refused:
        made.desk.stands(item.id, lead, "no matter")
    assert f"--supersedes {first.id}" in (refused.value.findings[0].help or "")
    made.desk.propose(wish(because="another shelf", supersedes=first.id), lead)
    assert made.desk.due() == ()


def test_what_an_assumption_opened_holds_again_when_it_stands(tmp_path: Path) -> None:
    """One cause is one item: its answer decides about the decisions that it opened."""
    made = trial(tmp_path, office="office: 1\nmode: solo\nroles: {lead: L., finance: F.}\n")
    lead = Actor("lead")
    first = made.desk.propose(wish(assumptions=("cost-share",)), lead).decision
    made.bills(("a", 10, 300))
    hold_against_data(made.desk, made.office.latest(), made.office.folder, lead)
    [item] = made.desk.due()
    assert (item.kind, made.desk.decision(first.id).status) == ("assumption-broken", "reopened")
    made.desk.stands(item.id, lead, "a single wrong invoice")
    assert made.desk.due() == ()
    assert made.desk.decision(first.id).status == "decided"


def test_a_decision_answers_what_is_due_and_nothing_else(tmp_path: Path) -> None:
    """An id that nothing has is refused; what is put aside can be answered, too."""
    text = CHARTER.replace("review_by: 2030-01-01", "review_by: 2024-02-01")
    made = trial(tmp_path, charter=text)
    [item] = made.desk.due()
    odd = made.desk.propose(wish(resolves=("due-nonsense", item.id)), ANNA)
    assert [(one.id, odd.recorded) for one in odd.unmet] == [("resolves/unknown", 0)]
    assert "`due-nonsense`" in odd.unmet[0].reason
    made.desk.snooze(item.id, BEN, LATER, "later")
    [first, second] = (
        made.desk.propose(wish(resolves=(item.id,), because=why), ANNA).decision
        for why in ("one", "two")
    )
    made.desk.approve(first.id, BEN)
    assert item.id in made.desk.state().answered
    third = made.desk.propose(wish(units=("d",), resolves=(item.id,)), ANNA)
    assert "resolves/unknown" in [one.id for one in third.unmet]
    late = made.desk.approve(second.id, BEN)
    assert [one.id for one in late.unmet] == ["supersedes/missing"]


def test_what_is_put_aside_is_told(tmp_path: Path) -> None:
    """Who made it quiet, until when and why stays in sight, and in the minutes."""
    from pmpo.office.reviewing import hold

    text = CHARTER.replace("review_by: 2030-01-01", "review_by: 2024-02-01")
    made = trial(tmp_path, charter=text)
    [item] = made.desk.due()
    made.desk.snooze(item.id, BEN, LATER, "after the *move*")
    assert made.desk.due() == ()
    [quiet] = made.desk.put_aside()
    assert (quiet.id, quiet.snoozed_until) == (item.id, LATER)
    assert quiet.put_aside is not None
    assert (quiet.put_aside.actor.name, quiet.put_aside.because) == ("ben", "after the *move*")
    run = made.office.latest()
    text = hold(made.desk, run, made.office.folder, BEN, present=(), notes="").text
    assert "## Put aside" in text
    assert f"- `{item.id}`" in text
    assert r"(until 2024-03-03, by ben: after the \*move\*)" in text
    made.clock.now = made.clock.now.replace(month=3, day=3)
    assert (len(made.desk.due()), made.desk.put_aside()) == (1, ())


@pytest.mark.parametrize("typed", ["due-", "{0}x"])
def test_an_id_that_is_cut_or_mistyped_names_the_one_meant(tmp_path: Path, typed: str) -> None:
    """As evaluations do, so that nobody has to look for it."""
    made = trial(tmp_path)
    id = made.desk.propose(wish(), ANNA).decision.id
    [item] = made.desk.due()
    with pytest.raises(PmpoError) as refused:
        made.desk.stands(typed.format(item.id), BEN, "x")
    assert f"did you mean `{item.id}`?" in (refused.value.findings[0].help or "")
    with pytest.raises(PmpoError) as refused:
        made.desk.decision(typed.replace("due", "de").format(id))
    assert f"did you mean `{id}`?" in (refused.value.findings[0].help or "")


def test_who_still_has_to_sign_is_told(tmp_path: Path) -> None:
    """A charter that one has signed is due for the others, until it is ratified or changed."""
    made = trial(tmp_path)
    assert made.desk.due() == ()
    made.desk.ratify(ANNA, findings=())
    [item] = made.desk.due()
    assert (item.kind, item.owner) == ("signature-waiting", "ben or cleo")
    assert item.reason.startswith(
        "the charter is signed by anna and not ratified: 1 of 2 signatures are there"
    )
    with pytest.raises(PmpoError, match="not among those who may answer"):
        made.desk.stands(item.id, ANNA, "mine")
    path = made.office.charter_path("shelves")
    path.write_text(CHARTER + "# another wording\n", encoding="utf-8")
    assert made.desk.due() == ()
    path.write_text(CHARTER, encoding="utf-8")
    made.desk.snooze(item.id, CLEO, date(2024, 2, 5), "on Monday")
    assert made.desk.due() == ()
    made.clock.now = made.clock.now.replace(day=5)
    assert [one.id for one in made.desk.due()] == [item.id]
    made.desk.ratify(BEN, findings=())
    assert made.desk.due() == ()
