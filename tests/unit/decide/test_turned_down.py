"""What waits at a gate can be refused: by who asked, the owner, or whoever opens the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pmpo.decide.madr import madr
from pmpo.decide.waive import waiver_of
from pmpo.diagnostics import PmpoError
from tests.decided import ANNA, BEN, CHARTER, CLEO, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

LATER = date(2024, 3, 3)
GATES = CHARTER.replace("owner: lead\n", "owner: supply\n") + ("  waive: {roles: [lead]}\n")
"""Cleo owns the program, Ben opens both gates."""


def test_who_could_approve_turns_a_proposal_down(tmp_path: Path) -> None:
    """With a reason, which stays readable with who gave it."""
    made = trial(tmp_path, charter=GATES)
    id = made.desk.propose(wish(), ANNA).decision.id
    with pytest.raises(PmpoError, match="decision/because"):
        made.desk.withdraw(id, BEN, " ")
    ended = made.desk.withdraw(id, BEN, "the shelf is full")
    assert (ended.status, made.desk.due()) == ("withdrawn", ())
    page = madr(ended, made.desk.charter)
    assert "- Withdrawn on 2024-02-02 by ben: the shelf is full\n" in page
    mine = made.desk.propose(wish(because="again"), ANNA).decision.id
    page = madr(made.desk.withdraw(mine, ANNA, ""), made.desk.charter)
    assert page.endswith("- Withdrawn on 2024-02-02 by anna\n")


def test_a_waiver_that_nobody_grants_leaves_the_queue(tmp_path: Path) -> None:
    """Who could grant it turns it down, and the same can be asked for once more."""
    made = trial(tmp_path, charter=GATES)
    asked = made.desk.waive(waiver_of("sold", "worst", because="late", expires=LATER), ANNA).waiver
    [item] = made.desk.due()
    assert asked.id in item.reason
    assert "where `sold` is missing `worst`, until 2024-03-03" in item.reason
    with pytest.raises(PmpoError, match="decision/because"):
        made.desk.withdraw_waiver(asked.id, CLEO, "")
    made.desk.withdraw_waiver(asked.id, BEN, "count again")
    assert made.desk.due() == ()
    assert made.desk.state().withdrawn_waivers[asked.id].because == "count again"
    with pytest.raises(PmpoError, match="waiver/unknown"):
        made.desk.withdraw_waiver(asked.id, BEN, "twice")
    with pytest.raises(PmpoError, match="waiver/unknown"):
        made.desk.grant(asked.id, BEN)
    again = made.desk.waive(asked, ANNA)
    assert (again.recorded, again.waiver.id) == (1, asked.id)
    assert made.desk.grant(asked.id, BEN).granted
    with pytest.raises(PmpoError, match="waiver/granted") as refused:
        made.desk.withdraw_waiver(asked.id, ANNA, "not needed")
    assert "ends by itself on 2024-03-03" in refused.value.findings[0].help


def test_a_stranger_turns_nothing_down(tmp_path: Path) -> None:
    """Neither who neither asked, owns nor grants, nor whom nobody knows."""
    made = trial(tmp_path)
    id = made.desk.waive(waiver_of("sold", "worst", because="late", expires=LATER), ANNA).waiver.id
    for who in (CLEO, replace(CLEO, name="zoe")):
        with pytest.raises(PmpoError, match="decision/not-allowed"):
            made.desk.withdraw_waiver(id, who, "no")


def test_what_has_ended_before_it_was_granted_says_so(tmp_path: Path) -> None:
    """It cannot be granted any more, and the queue says what ends it."""
    made = trial(tmp_path)
    made.desk.waive(waiver_of("sold", "worst", because="late", expires=LATER), ANNA)
    made.clock.now = made.clock.now.replace(month=4)
    [item] = made.desk.due()
    assert "until 2024-03-03, which has come: only withdrawing ends it" in item.reason


def test_a_waiver_names_units_as_people_do(tmp_path: Path) -> None:
    """A label is the unit that it names, a number the same however it is written."""
    made = trial(tmp_path)
    told = {
        made.desk.waive(
            waiver_of(
                "sold", "impute", because=why, expires=LATER, units=(unit,), value=Decimal(value)
            ),
            ANNA,
        ).waiver
        for unit, why, value in (("Apple", "late", "1.50"), ("a", " late ", "1.5"))
    }
    [one] = told
    assert (one.units, f"{one.value:f}") == (("a",), "1.5")
    [item] = made.desk.due()
    assert "`impute` 1.5, for `a`, until" in item.reason
    strange = made.desk.waive(
        waiver_of("sold", "worst", because=" ", expires=LATER, units=("zebra",)), ANNA
    )
    assert [one.id for one in strange.unmet] == ["waive/because", "waive/unknown-unit"]


def test_who_asked_is_not_among_those_who_may_grant(tmp_path: Path) -> None:
    """The queue names the others: nobody grants a waiver to themselves."""
    roles = "office: 1\nroles: {lead: L., supply: S.}\n"
    made = trial(tmp_path, office=roles, charter=CHARTER + "  waive: {roles: [lead, supply]}\n")
    lead = replace(ANNA, name="lead")
    made.desk.waive(waiver_of("sold", "worst", because="late", expires=LATER), lead)
    [item] = made.desk.due()
    assert item.owner == "supply"


def test_who_noted_what_stays_readable(tmp_path: Path) -> None:
    """The record says who noted each stage, and when."""
    made = trial(tmp_path)
    id = made.desk.propose(wish(), ANNA).decision.id
    made.desk.approve(id, BEN)
    made.desk.progress(id, "executing", CLEO)
    done = made.desk.progress(id, "done", ANNA)
    page = madr(done, made.desk.charter)
    assert "- Executing on 2024-02-02, as cleo noted\n- Done on 2024-02-02, as anna noted" in page


def test_a_gate_that_asks_for_a_signature_gets_one(tmp_path: Path) -> None:
    """A waiver is granted by key where the gate says so, and not by a word."""
    keyed = CHARTER + "  waive: {roles: [lead], needs: [key]}\n"
    made = trial(tmp_path, charter=keyed)
    id = made.desk.waive(waiver_of("sold", "worst", because="late", expires=LATER), ANNA).waiver.id
    refused = made.desk.grant(id, BEN)
    assert ([one.id for one in refused.unmet], refused.granted) == (["waive/key"], False)
    assert made.desk.grant(id, replace(BEN, how="session")).granted
