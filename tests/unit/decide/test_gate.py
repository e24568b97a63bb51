"""The gate: each condition is met by a fine proposal, and missed by one that lacks it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pmpo.decide.madr import madr
from pmpo.decide.propose import expectation
from pmpo.decide.waive import waiver_of
from pmpo.diagnostics import PmpoError
from pmpo.model.decision import Action
from pmpo.model.entry import Actor
from pmpo.office.reviewing import hold
from tests.decided import ANNA, BEN, CHARTER, CLEO, OFFICE, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.decided import Trial

ALL_NEEDS = "[expectation, conflict, next_look, assumptions, no_expired_waiver, trade_off]"
FINE: dict[str, Any] = {"next_look": date(2024, 5, 1), "assumptions": ("cost-share",)}
QUIET: dict[str, Any] = {"gains": None, "gives_up": None, "expectation": None}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """An office whose gate asks for everything that does not need a key."""
    text = CHARTER.replace("[expectation, conflict]", ALL_NEEDS)
    return trial(tmp_path_factory.mktemp("strict"), charter=text)


def unmet(of: Trial, **more: Any) -> list[str]:
    """The ids of what a wish lacks; nothing is recorded."""
    answer = of.desk.propose(wish(**{**FINE, **more}), ANNA, dry_run=True)
    assert all(one.reason and one.meets for one in answer.unmet)
    return [one.id for one in answer.unmet]


def test_a_fine_proposal_lacks_nothing(strict: Trial) -> None:
    """What every other case changes one thing of passes."""
    assert unmet(strict) == []


@pytest.mark.parametrize(
    ("changed", "lacking"),
    [
        ({"units": ()}, ["units/none"]),
        ({"gains": None, "gives_up": None}, ["trade_off/missing"]),
        ({"gains": ("growth",)}, ["trade_off/contradicted/margin"]),
        ({"gains": (), "gives_up": ("growth",)},
         ["trade_off/contradicted/growth", "trade_off/contradicted/margin"]),
        ({"gains": ("growth", "margin", "luck")}, ["trade_off/unknown-axis"]),
        ({"expectation": None}, ["expectation/missing"]),
        ({"expectation": expectation("luck > 1".replace(">", ">="), date(2024, 6, 1))},
         ["expectation/unknown-signal"]),
        ({"expectation": expectation("sold >= 1", date(2024, 2, 2))}, ["expectation/past"]),
        ({"conflict": ""}, ["conflict/missing"]),
        ({"next_look": None}, ["next_look/missing"]),
        ({"next_look": date(2024, 2, 2)}, ["next_look/past"]),
        ({"assumptions": ()}, ["assumptions/missing"]),
        ({"assumptions": ("cost-share", "luck")}, ["assumptions/unknown"]),
        ({"verdict": "override"},
         ["override/action", "override/reason-code", "because/missing"]),
        ({"verdict": "override", "action": "wait", "reason_code": "mood", "because": "x"},
         ["override/reason-code"]),
        ({"verdict": "override", "action": "wait", "reason_code": "strategy", "because": "x"}, []),
        ({"verdict": "reject", "gains": None, "gives_up": None, "expectation": None},
         ["because/missing"]),
        ({"verdict": "hold", "gains": None, "gives_up": None, "expectation": None}, []),
        ({"basis": "judgement"}, ["because/judgement"]),
        ({"actions": (Action(what="w", owner="ben", due=date(2024, 2, 1), done_when="d"),)},
         ["action/past"]),
        ({"supersedes": "de-000000000000"}, ["supersedes/unknown"]),
    ],
)  # fmt: skip
def test_what_a_proposal_lacks(strict: Trial, changed: dict[str, Any], lacking: list[str]) -> None:
    """Each condition has an id, a reason and what would meet it."""
    assert unmet(strict, **changed) == lacking


def test_strangers_and_units_from_elsewhere(strict: Trial) -> None:
    """Who is not known may not propose, and a unit that nobody has is told by its name."""
    answer = strict.desk.propose(wish(**FINE), Actor("mallory"))
    assert [one.id for one in answer.unmet] == ["propose/not-allowed"]
    with pytest.raises(PmpoError, match="there is no item `zz`"):
        strict.desk.propose(wish(units=("zz",)), ANNA)


def test_the_numbers_are_those_of_the_board(strict: Trial) -> None:
    """Differences are points of the unit less points of what it displaces, axis by axis."""
    answer = strict.desk.propose(wish(**FINE), ANNA, dry_run=True)
    assert answer.numbers is not None
    rows = {row.unit: row for row in strict.office.latest().rows()}
    assert answer.numbers.against == "c"
    assert answer.numbers.differences == {
        axis: Decimal(rows["a"].axes[axis]) - Decimal(rows["c"].axes[axis])
        for axis in ("growth", "margin")
    }


def test_a_missing_value_leaves_room_for_a_statement(tmp_path: Path) -> None:
    """Points that `range` leaves open may be claimed on either side, and no further."""
    made = trial(tmp_path)
    part = "formula: SUM(price) FILTER (WHERE sku <> 'a')"
    text = CHARTER.replace("formula: SUM(price)\n", part + "\n")
    path = tmp_path / "programs" / "shelves" / "charter.yaml"
    path.write_text(text, encoding="utf-8")
    made.office.run("shelves", as_of="2024-01-31")
    answer = made.desk.propose(wish(gains=("margin",)), ANNA, dry_run=True)
    assert answer.numbers is not None
    assert answer.numbers.uncertainty["growth"] == 50
    assert [one.id for one in answer.unmet] == []


def test_a_newer_evaluation_closes_the_gate(tmp_path: Path) -> None:
    """Nobody decides, and nobody approves, on numbers that newer ones have replaced."""
    made = trial(tmp_path)
    old = made.office.latest().evaluation.id
    proposed = made.desk.propose(wish(), ANNA)
    assert proposed.decision.status == "proposed"
    made.office.run("shelves", as_of="2024-01-31")
    late = made.desk.propose(wish(units=("b",), evaluation=old, gives_up=()), ANNA, dry_run=True)
    assert "grounds/superseded" in [one.id for one in late.unmet]
    approved = made.desk.approve(proposed.decision.id, BEN)
    assert [one.id for one in approved.unmet] == ["grounds/superseded"]
    assert made.desk.decision(proposed.decision.id).status == "proposed"


def test_a_look_back_does_not_bring_older_numbers_back(tmp_path: Path) -> None:
    """Of one moment the evaluation made last is decided on, though an older one is recorded."""
    made = trial(tmp_path)
    first = made.desk.propose(wish(), ANNA).decision.proposal.grounds.evaluation
    made.bills(("a", 1, 1))
    second = made.office.run("shelves", as_of="2024-01-30").evaluation.id
    made.office.run("shelves", as_of="2024-01-29T18:00")
    told: list[str] = []
    made.office.tell = told.append
    answer = made.desk.propose(wish(because="it sells"), ANNA, dry_run=True)
    assert answer.decision.proposal.grounds.evaluation == second != first
    assert told == [
        f"deciding on {second}, as of 2024-01-30; the last run looked back to 2024-01-29 18:00"
    ]


def test_four_eyes_and_roles(tmp_path: Path) -> None:
    """Neither who proposed nor who may not can open the gate; a third person does."""
    made = trial(tmp_path)
    own = made.desk.propose(wish(), BEN)
    assert own.decision.status == "proposed"
    again = made.desk.approve(own.decision.id, BEN)
    assert [one.id for one in again.unmet] == ["approve/four-eyes"]
    assert [one.id for one in made.desk.approve(own.decision.id, CLEO).unmet] == ["approve/nobody"]
    made.desk.withdraw(own.decision.id, BEN, "by the wrong person")
    fine = made.desk.propose(wish(because="it sells"), ANNA)
    decided = made.desk.approve(fine.decision.id, BEN)
    assert decided.unmet == ()
    assert decided.decision.status == "decided"
    with pytest.raises(PmpoError, match="was decided"):
        made.desk.approve(fine.decision.id, BEN)


def test_alone_one_decides_at_once_and_it_says_so(tmp_path: Path) -> None:
    """Solo mode waives the second pair of eyes, and is stamped on the decision."""
    made = trial(tmp_path, office="office: 1\nmode: solo\nroles: {lead: Leads.}\n")
    done = made.desk.propose(wish(), Actor("lead"))
    assert (done.decision.status, done.decision.proposal.mode) == ("decided", "solo")


def test_an_expired_waiver_closes_the_gate(tmp_path: Path) -> None:
    """An evaluation that used a waiver backs no decision once the waiver has ended."""
    text = CHARTER.replace("[expectation, conflict]", "[no_expired_waiver]")
    alone = OFFICE.replace("office: 1", "office: 1\nmode: solo")
    made = trial(tmp_path, charter=text, office=alone)
    from pmpo.decide.waive import waiver_of

    waiver = waiver_of("sold", "worst", because="late bills", expires=date(2024, 2, 10))
    assert made.desk.waive(waiver, BEN).granted
    made.office.now = made.clock
    made.office.run("shelves", as_of="2024-01-31")
    assert [w.id for w in made.office.latest().evaluation.waivers] == [waiver.id]
    assert made.desk.propose(wish(), BEN, dry_run=True).unmet == ()
    made.clock.now += timedelta(days=8)
    late = made.desk.propose(wish(), BEN, dry_run=True)
    assert [one.id for one in late.unmet] == ["grounds/expired-waiver"]
    assert waiver.id in late.unmet[0].reason


def test_one_decision_holds_for_a_unit(tmp_path: Path) -> None:
    """A second one says which it replaces, and then the first is superseded."""
    made = trial(tmp_path, office="office: 1\nmode: solo\nroles: {lead: Leads.}\n")
    lead = Actor("lead")
    first = made.desk.propose(wish(), lead).decision
    second = made.desk.propose(wish(because="again"), lead)
    assert [one.id for one in second.unmet] == ["supersedes/missing"]
    replaced = made.desk.propose(wish(because="again", supersedes=first.id), lead).decision
    assert made.desk.decision(first.id).status == "superseded"
    assert replaced.status == "decided"
    third = made.desk.propose(wish(because="x", supersedes=first.id), lead, dry_run=True)
    assert [one.id for one in third.unmet] == ["supersedes/not-standing"]


def test_saying_it_again_is_the_same_decision(tmp_path: Path) -> None:
    """The id of a proposal is made of what it says, so that a retry doubles nothing."""
    made = trial(tmp_path)
    first = made.desk.propose(wish(), ANNA)
    size = made.office.ledger().size
    again = made.desk.propose(wish(), ANNA)
    assert again.decision.id == first.decision.id
    assert made.office.ledger().size == size
    assert replace(again.decision, position=0) == replace(first.decision, position=0)


def test_an_office_without_office_yaml_decides_too(tmp_path: Path) -> None:
    """Somebody who has just begun decides alone, under the name of the charter's owner."""
    made = trial(tmp_path)
    (tmp_path / "office.yaml").unlink()
    done = made.desk.propose(wish(), Actor("lead"))
    assert (done.decision.status, done.decision.proposal.mode) == ("decided", "solo")
    (tmp_path / "office.yaml").write_text("office: 1\npeople: [", encoding="utf-8")
    with pytest.raises(PmpoError, match="a value is expected"):
        made.desk.propose(wish(because="x"), Actor("lead"))


def test_strangers_change_nothing(tmp_path: Path) -> None:
    """Whom the office does not know can neither withdraw, reopen, carry on nor ask for a waiver."""
    made = trial(tmp_path)
    stranger, id = Actor("mallory"), made.desk.propose(wish(), ANNA).decision.id
    size = made.office.ledger().size
    [item] = made.desk.due()
    waiver = waiver_of("sold", "worst", because="late", expires=date(2024, 3, 3))
    for act in (
        lambda: made.desk.withdraw(id, stranger, "x"),
        lambda: made.desk.reopen(id, stranger, "x"),
        lambda: made.desk.progress(id, "done", stranger),
        lambda: made.desk.stands(item.id, stranger, "x"),
        lambda: made.desk.snooze(item.id, stranger, date(2024, 3, 3), "x"),
        lambda: made.desk.waive(waiver, stranger),
    ):
        with pytest.raises(PmpoError, match="decision/not-allowed"):
            act()
    assert made.desk.propose(wish(because="more"), stranger).unmet
    assert made.office.ledger().size == size


def test_what_waited_is_due_no_more_when_it_is_decided(tmp_path: Path) -> None:
    """A proposal that was put aside does not come back once it has been approved."""
    made = trial(tmp_path)
    id = made.desk.propose(wish(), ANNA).decision.id
    [item] = made.desk.due()
    made.desk.snooze(item.id, ANNA, date(2024, 2, 9), "later")
    made.desk.approve(id, BEN)
    made.clock.now += timedelta(days=10)
    assert made.desk.due() == ()


def test_a_charter_that_is_signed_for_later_confirms_pilots(tmp_path: Path) -> None:
    """What is decided under a charter that waits for its day does not lapse."""
    made = trial(tmp_path)
    for actor in (ANNA, BEN):
        made.desk.ratify(actor, effective=date(2024, 6, 1))
    id = made.desk.propose(wish(), ANNA).decision.id
    made.desk.approve(id, BEN)
    for _ in range(2):
        hold(made.desk, made.office.latest(), made.office.folder, BEN, present=(), notes="")
    one = made.desk.decision(id)
    assert (one.provisional, one.confirmed, one.status) == (True, True, "decided")


def test_blanks_are_no_reason_and_no_unit(strict: Trial) -> None:
    """Who types only blanks has said nothing, whatever the gate asks for."""
    said = {"basis": "judgement", "because": " \t", "conflict": "  ", "units": ("  ",)}
    assert unmet(strict, **said) == ["units/none", "because/judgement", "conflict/missing"]
    refused = {"verdict": "reject", "gains": None, "gives_up": None, "because": "　"}
    assert unmet(strict, **refused) == ["because/missing"]


def test_the_rest_is_nothing_by_judgement(strict: Trial, tmp_path: Path) -> None:
    """The rest is what is recommended: without data there is none, evaluated or not."""
    rest = {"basis": "judgement", "because": "x", "units": (), "rest": True}
    assert unmet(strict, **rest) == ["units/nothing-left"]
    made = trial(tmp_path)
    shutil.rmtree(made.office.folder / ".pmpo")
    assert unmet(made, **rest) == ["units/nothing-left"]


def test_by_judgement_a_unit_is_the_one_that_is_meant(strict: Trial) -> None:
    """A label names the same unit by judgement as by data; what is no unit is called as it is."""
    named = {"basis": "judgement", "because": "x", "verdict": "hold", **QUIET}
    told = {
        said: strict.desk.propose(wish(**named, units=(said,)), ANNA, dry_run=True)
        for said in ("apple", " the till of 店舗 [2] ")
    }
    assert [one.decision.proposal.units for one in told.values()] == [
        ("a",),
        ("the till of 店舗 [2]",),
    ]


def test_by_judgement_nothing_was_recommended(tmp_path: Path) -> None:
    """The record of a rollback does not say that it was accepted as recommended."""
    made = trial(tmp_path)
    said = wish(basis="judgement", because="the till is down", units=("the till",), action="undo",
                gains=(), gives_up=())  # fmt: skip
    one = made.desk.propose(said, ANNA).decision
    page = madr(one, made.desk.charter)
    assert "# the till: taken by judgement, undo\n" in page
    assert "recommended" not in page
    assert "without an evaluation. The charter was a draft, so the decision is provisional." in page


def test_what_fits_no_entry_is_told_before_it_is_written(strict: Trial) -> None:
    """A reason of many pages is refused with what helps, and not by the ledger."""
    assert unmet(strict, because="あ" * 22_000) == ["units/too-large"]
    assert unmet(strict, because="あ" * 20_000) == []
    answer = strict.desk.propose(wish(**FINE, because="あ" * 20_800), ANNA)
    assert answer.recorded == 1
