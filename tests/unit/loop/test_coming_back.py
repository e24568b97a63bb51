"""Once around the loop: a decision rests on an assumption, it breaks, somebody answers."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from pmpo.decide.madr import madr
from pmpo.decide.waive import waiver_of
from pmpo.diagnostics import PmpoError
from pmpo.model.decision import Action
from pmpo.model.entry import Actor
from pmpo.office.reviewing import hold, hold_against_data
from tests.decided import CHARTER, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.decided import Trial

LEAD = Actor("lead")


@pytest.fixture
def made(tmp_path: Path) -> Trial:
    """One person alone, with one decision that rests on the assumption."""
    made = trial(tmp_path, office="office: 1\nmode: solo\nroles: {lead: L., finance: F.}\n")
    made.desk.propose(wish(assumptions=("cost-share",), because="it sells"), LEAD)
    return made


def look(made: Trial) -> int:
    """Hold the assumptions against the data; how many entries that wrote."""
    run = made.office.latest()
    return hold_against_data(made.desk, run, made.office.folder, LEAD).recorded


def test_a_broken_assumption_comes_back_and_is_answered(made: Trial) -> None:
    """One item with owner and reason, the decision open again, and a new verdict resolves both."""
    [first] = made.desk.state().decisions.values()
    assert look(made) == 0
    assert made.desk.due() == ()
    made.bills(("a", 10, 300))
    assert look(made) == 2
    assert look(made) == 0
    [item] = made.desk.due()
    assert (item.kind, item.owner, item.decisions) == ("assumption-broken", "finance", (first.id,))
    assert "SUM(cost) <= 0.75 * SUM(price)" in item.reason
    assert made.desk.decision(first.id).status == "reopened"
    answer = made.desk.propose(
        wish(
            verdict="hold", gains=None, gives_up=None, expectation=None, because="until costs fall",
            supersedes=first.id, resolves=(item.id,),
        ),
        LEAD,
    )  # fmt: skip
    assert answer.unmet == ()
    assert made.desk.due() == ()
    assert made.desk.decision(first.id).status == "superseded"
    assert (look(made), made.desk.due()) == (0, ())  # on these data it was answered
    made.office.run("shelves", as_of="2024-01-31")
    assert look(made) == 1
    [again] = made.desk.due()
    assert again.id != item.id


def test_it_can_stand_or_wait(made: Trial) -> None:
    """What is due is answered by saying that it stands, or put aside until a day."""
    made.bills(("a", 10, 300))
    look(made)
    [item] = made.desk.due()
    made.desk.snooze(item.id, LEAD, date(2024, 2, 9), "the invoice is disputed")
    assert made.desk.due() == ()
    made.clock.now += timedelta(days=7)
    assert [one.id for one in made.desk.due()] == [item.id]
    made.desk.stands(item.id, LEAD, "a single wrong invoice")
    assert made.desk.due() == ()
    assert (look(made), made.desk.due()) == (0, ())
    with pytest.raises(PmpoError, match="no due item that is open"):
        made.desk.stands(item.id, LEAD, "twice")
    with pytest.raises(PmpoError, match="has come already"):
        made.desk.snooze(item.id, LEAD, date(2024, 2, 1), "too late")


def test_dates_bring_things_back(tmp_path: Path) -> None:
    """Reviews, expectations, actions, assumptions and waivers come up on their day, not before."""
    text = CHARTER.replace("review_by: 2030-01-01", "review_by: 2024-03-01")
    text += "trade_offs:\n  - {between: [growth, margin], because: share, review_by: 2024-02-29}\n"
    made = trial(tmp_path, charter=text, office="office: 1\nmode: solo\nroles: {lead: L.}\n")
    waiver = waiver_of("sold", "worst", because="late", expires=date(2024, 3, 3))
    made.desk.waive(waiver, LEAD)
    todo = Action(what="move it", owner="supply", due=date(2024, 3, 4), done_when="it stands there")
    made.desk.propose(wish(next_look=date(2024, 3, 2), actions=(todo,)), LEAD)
    days = {
        date(2024, 2, 28): set[str](),
        date(2024, 2, 29): {"trade-off-past-review"},
        date(2024, 3, 1): {"assumption-past-review"},
        date(2024, 3, 2): {"review-date"},
        date(2024, 3, 3): {"waiver-expired"},
        date(2024, 3, 5): {"action-overdue"},
        date(2024, 6, 1): {"expectation-date"},
    }
    seen: set[str] = set()
    for day, new in days.items():
        made.clock.now = made.clock.now.replace(month=day.month, day=day.day)
        seen |= new
        assert {item.kind for item in made.desk.due()} == seen
    [traded] = [one for one in made.desk.due() if one.kind == "trade-off-past-review"]
    [decision] = made.desk.state().decisions.values()
    assert traded.decisions == (decision.id,)
    made.desk.progress(decision.id, "done", LEAD)
    assert "action-overdue" not in {item.kind for item in made.desk.due()}


def test_a_proposal_waits_for_approval(tmp_path: Path) -> None:
    """What nobody has approved yet is due, and gone when it is withdrawn."""
    made = trial(tmp_path)
    one = made.desk.propose(wish(), Actor("anna")).decision
    assert [item.kind for item in made.desk.due()] == ["approval-waiting"]
    made.desk.withdraw(one.id, Actor("anna"), "not now")
    assert made.desk.due() == ()
    waiver = waiver_of("sold", "worst", because="late", expires=date(2024, 3, 3))
    made.desk.waive(waiver, Actor("anna"))
    [item] = made.desk.due()
    assert (item.kind, item.owner) == ("approval-waiting", "ben")
    assert waiver.id in item.reason
    made.desk.grant(waiver.id, Actor("ben"))
    assert made.desk.due() == ()


def test_minutes_say_what_was_decided_and_what_is_open(made: Trial) -> None:
    """The file beside the charter has the hash that the ledger holds, and anchors the ledger."""
    made.bills(("a", 10, 300))
    look(made)
    run, folder = made.office.latest(), made.office.folder
    held = hold(made.desk, run, folder, LEAD, present=("finance",), notes="*x*")
    assert held.due == 1
    assert held.path.read_text(encoding="utf-8") == held.text
    entry = list(made.office.ledger().entries(kind="Reviewed"))[-1].entry
    assert entry.body["minutes"] == "sha256:" + hashlib.sha256(held.text.encode()).hexdigest()
    for part in ("accept Apple (a) (reopened", "does not hold as of", "*x*", "pmpo-ledger/"):
        assert part in held.text
    again = hold(made.desk, run, folder, LEAD, present=(), notes="")
    assert again.path != held.path
    assert "Nothing." in again.text
    with pytest.raises(PmpoError, match="not among those who may review"):
        hold(
            made.desk,
            made.office.latest(),
            made.office.folder,
            Actor("finance"),
            present=(),
            notes="",
        )


def test_a_decision_record_says_it_all(made: Trial) -> None:
    """The Markdown of a decision names its context, options, consequences and proof."""
    [one] = made.desk.state().decisions.values()
    page = madr(one, made.desk.charter_of(one))
    for part in (
        "status: provisional", "# Apple (a): accepted as recommended", "| 1 | Apple (a) | 75.0 |",
        "Good, because it gains growth (+5.0 points)", "Nothing is given up",
        "Rests on `cost-share`", "Expected: sold >= 90 by 2024-06-01", one.id,
        "Evaluation `ev-", "the decision is provisional",
    ):  # fmt: skip
        assert part in page, page


def test_the_clock_may_not_run_backwards(made: Trial) -> None:
    """Days decide what is due, so an entry dated before the last one is refused, and said why."""
    made.clock.now -= timedelta(hours=3)
    size = made.office.ledger().size
    with pytest.raises(PmpoError, match="3 hours behind"):
        made.desk.propose(wish(units=("b",), gains=("margin",), gives_up=("growth",)), LEAD)
    assert made.office.ledger().size == size
