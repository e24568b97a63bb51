"""Who may do what, for every person, act and arrangement of gates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pmpo.decide.access import ACTS, allow, gate_roles, is_known, may_keep, roles_of
from pmpo.model.charter import Gate, Quorum
from pmpo.model.office import OfficeFile, Person
from tests.decided import CHARTER
from tests.offices import charter

PEOPLE = OfficeFile(
    edition=1,
    people={
        "anna": Person(name="Anna", roles=("finance",)),
        "ben": Person(name="Ben", roles=("lead",)),
        "cleo": Person(name="Cleo", roles=("supply",)),
        "dora": Person(name="Dora"),
    },
    roles={"finance": "", "lead": "", "supply": ""},
)
ANYBODY = {"propose", "reopen", "progress"}
# Everybody, with what they may do besides what anybody may, under the trial's charter.
ALLOWED = {
    "anna": {"ratify"},
    "ben": {"approve", "ratify", "waive", "review"},
    "cleo": {"ratify"},
    "dora": set[str](),
}
ROLES = ("lead", "finance", "supply")


@pytest.mark.parametrize("person", [*ALLOWED, *ROLES, "mallory", ""])
def test_every_act_of_every_person(person: str) -> None:
    """The whole table: strangers and bare roles may do nothing, the rest what their roles say."""
    wanted = {
        act for act in ACTS if person in ALLOWED and (act in ANYBODY or act in ALLOWED[person])
    }
    answers = {act: allow(person, act, charter(CHARTER), PEOPLE) for act in ACTS}
    assert {act for act, answer in answers.items() if answer} == wanted
    assert all(answer.because for answer in answers.values())
    assert all(answer.meets for answer in answers.values() if not answer)


def test_an_office_without_people_knows_everybody() -> None:
    """Somebody who has just begun need not write office.yaml first."""
    nobody = OfficeFile(edition=1)
    assert is_known("whoever", nobody)
    assert allow("whoever", "propose", charter(CHARTER), nobody)
    assert allow("lead", "approve", charter(CHARTER), nobody)
    assert not allow("whoever", "approve", charter(CHARTER), nobody)
    assert roles_of("ben", PEOPLE) == {"ben", "lead"}


def test_a_role_acts_where_no_people_are_named_and_else_through_them() -> None:
    """Beside people it is nobody: else one person could count as two."""
    roles = replace(PEOPLE, people={})
    assert allow("lead", "approve", charter(CHARTER), roles)
    assert not allow("ben", "approve", charter(CHARTER), roles)
    answer = allow("lead", "approve", charter(CHARTER), PEOPLE)
    assert answer.because == "`lead` is a role, and office.yaml names the people who act"
    assert answer.meets == "act as ben, who has the role"
    two = replace(PEOPLE, people={**PEOPLE.people, "emil": Person(name="Emil", roles=("lead",))})
    assert allow("lead", "propose", charter(CHARTER), two).meets == (
        "act as ben or emil, who have the role"
    )
    unheld = replace(PEOPLE, roles={**PEOPLE.roles, "audit": ""})
    assert allow("audit", "propose", charter(CHARTER), unheld).meets == (
        "give somebody under `people` the role `audit`"
    )


def test_neither_gate_loosens_the_other() -> None:
    """Both the charter's and the office's gate must admit somebody; without any, the owner."""
    read = charter(CHARTER)
    strict = replace(PEOPLE, gates={"approve": Gate(name="approve", roles=("finance", "lead"))})
    assert gate_roles(read, strict, "approve") == ("lead",)
    apart = replace(PEOPLE, gates={"approve": Gate(name="approve", roles=("finance",))})
    assert gate_roles(read, apart, "approve") == ()
    answer = allow("anna", "approve", read, apart)
    assert not answer
    assert "nobody in common" in answer.because
    assert gate_roles(replace(read, gates={}), PEOPLE, "approve") == ("lead",)
    assert allow("ben", "ratify", replace(read, ratified_by=None), PEOPLE)
    assert not allow("anna", "ratify", replace(read, ratified_by=None), PEOPLE)
    assert allow("cleo", "ratify", replace(read, ratified_by=Quorum(any=1, of=("cleo",))), PEOPLE)


def test_keepers_give_the_ledger_another_key() -> None:
    """Those whom office.yaml names, by id or role; whoever it knows, where it names none."""
    kept = replace(PEOPLE, keepers=("finance", "dora"))
    allowed = {name: bool(may_keep(name, "rotate", kept)) for name in [*ALLOWED, *ROLES, "mallory"]}
    assert {name for name, yes in allowed.items() if yes} == {"anna", "dora"}
    assert may_keep("dora", "rotate", kept).because == "`dora` acts as dora"
    assert "let finance or dora do it" in may_keep("ben", "rotate", kept).meets
    assert may_keep("ben", "rotate", PEOPLE)
    assert not may_keep("mallory", "rotate", PEOPLE)
    assert may_keep("whoever", "rotate", OfficeFile(edition=1))
