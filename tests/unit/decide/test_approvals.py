"""Gates that ask for several approvals: who counts, who is missing, and exactly one decision."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from pmpo.assure.approval import check_approval
from pmpo.charter.load import loads
from pmpo.charter.office_file import load_office
from pmpo.cli import decide_views as views
from pmpo.diagnostics import PmpoError
from pmpo.model.entry import Actor, Entry
from pmpo.office.desk import Desk
from pmpo.store.ledger.keys import write_key
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.signatures import signature_fault
from tests.decided import ANNA, BEN, CHARTER, CLEO, NOW, OFFICE, Clock, Trial, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

TWO = CHARTER.replace("roles: [lead], four_eyes: true,", "roles: [lead, finance, supply], any: 2,")
DORA = Actor("dora")
FOUR = OFFICE.replace("roles: {", "  dora: {name: Dora, roles: [lead]}\nroles: {", 1)


def proposed(made: Trial, by: Actor = ANNA) -> str:
    """The id of a proposal."""
    return made.desk.propose(wish(), by).decision.id


def test_the_second_of_two_decides(tmp_path: Path) -> None:
    """Each approval is an entry, the same person counts once, and who proposed never does."""
    made = trial(tmp_path, charter=TWO)
    id = proposed(made)
    assert [one.id for one in made.desk.approve(id, ANNA).unmet] == ["approve/four-eyes"]
    first = made.desk.approve(id, BEN)
    assert ([one.id for one in first.unmet], first.recorded) == (["approve/quorum"], 1)
    assert str(first.waiting) == "1 of 2; cleo may"
    assert made.desk.approve(id, BEN).recorded == 0
    assert made.desk.decision(id).status == "proposed"
    [item] = made.desk.due()
    assert item.reason == "Apple (a): accept waits for approval: 1 of 2; cleo may"
    second = made.desk.approve(id, CLEO)
    assert (second.unmet, second.recorded, second.waiting) == ((), 2, None)
    [entry] = made.office.ledger().entries(kind="Decided")
    assert (entry.entry.body["approvals"], entry.entry.body["any"]) == (["ben", "cleo"], 2)
    with pytest.raises(PmpoError, match="was decided"):
        made.desk.approve(id, ANNA)


def test_two_of_one_role_are_two(tmp_path: Path) -> None:
    """A gate counts people, not roles; who may not approve is refused and not recorded."""
    text = CHARTER.replace("roles: [lead], four_eyes: true,", "roles: [lead], any: 2,")
    made = trial(tmp_path, charter=text, office=FOUR)
    id = proposed(made)
    assert [one.id for one in made.desk.approve(id, CLEO).unmet] == ["approve/nobody"]
    assert str(made.desk.waiting(made.desk.decision(id))) == "0 of 2; ben or dora may"
    made.desk.approve(id, BEN)
    assert made.desk.approve(id, DORA).decision.status == "decided"


def test_the_larger_number_of_charter_and_office_holds(tmp_path: Path) -> None:
    """Neither gate loosens the other; alone one is enough, and the decision says so."""
    office = FOUR + "gates: {approve: {any: 2}}\n"
    made = trial(tmp_path, charter=CHARTER, office=office)
    id = proposed(made)
    assert made.desk.approve(id, BEN).decision.status == "proposed"
    assert made.desk.approve(id, DORA).decision.status == "decided"
    alone = trial(tmp_path / "alone", charter=TWO, office=f"{OFFICE}mode: solo\n")
    assert alone.desk.propose(wish(), BEN).decision.status == "decided"


def test_who_lost_the_role_does_not_count(tmp_path: Path) -> None:
    """Every approval is judged anew when the next one comes."""
    made = trial(tmp_path, charter=TWO, office=FOUR)
    id = proposed(made)
    made.desk.approve(id, BEN)
    (tmp_path / "office.yaml").write_text(
        FOUR.replace("roles: [lead]}\n  cleo", "roles: []}\n  cleo")
    )
    third = made.desk.approve(id, CLEO)
    assert third.waiting is not None
    assert third.waiting.counted == ("cleo",)
    assert made.desk.approve(id, DORA).decision.status == "decided"


def test_what_is_withdrawn_or_outdated_cannot_be_approved_further(tmp_path: Path) -> None:
    """An approval that is there already does not carry a proposal over its end."""
    made = trial(tmp_path, charter=TWO)
    id = proposed(made)
    made.desk.approve(id, BEN)
    made.bills(("b", 1, 1))
    made.office.run(as_of="2024-01-31")
    assert [one.id for one in made.desk.approve(id, CLEO).unmet] == ["grounds/superseded"]
    made.desk.withdraw(id, ANNA, "not now")
    with pytest.raises(PmpoError, match="was withdrawn"):
        made.desk.approve(id, CLEO)
    assert made.desk.waiting(made.desk.decision(id)) is None


def test_a_gate_may_demand_keys(tmp_path: Path) -> None:
    """Only signed approvals count; one that was asserted is refused."""
    text = TWO.replace("[expectation, conflict]", "[expectation, conflict, key]")
    keys = {name: SigningKey.new(name) for name in ("ben", "cleo")}
    office = OFFICE
    for name, key in keys.items():
        write_key(tmp_path / f"{name}.key", key)
        office = office.replace(f"{name}: {{", f"{name}: {{key: {key.verifier}, ")
    made = trial(tmp_path / "office", charter=text, office=office)
    id = proposed(made)
    assert [one.id for one in made.desk.approve(id, BEN).unmet] == ["approve/key"]
    told = [one.meets for one in made.desk.approve(id, ANNA).unmet]
    assert any(f"pmpo approve {id} --as NAME --key FILE" in one for one in told)
    again = made.desk.propose(wish(), ANNA)
    next = "\n".join(str(part) for part in views.answer(again))
    assert next.endswith(f"next: pmpo approve {id} --as NAME --key FILE")
    for name in ("ben", "cleo"):
        desk = made.desk
        desk.approve(id, desk.actor(name, tmp_path / f"{name}.key"))
    decision = made.desk.decision(id)
    assert decision.status == "decided"
    assert [one.actor.how for one in decision.approvals] == ["key", "key"]


def test_a_key_that_is_demanded_later_is_given_later(tmp_path: Path) -> None:
    """Who only asserted it before the gate asked for keys approves once more, signed."""
    key = SigningKey.new("ben")
    write_key(tmp_path / "ben.key", key)
    office = OFFICE.replace("ben: {", f"ben: {{key: {key.verifier}, ")
    made = trial(tmp_path / "office", charter=TWO, office=office)
    id = proposed(made)
    made.desk.approve(id, BEN)
    (tmp_path / "office" / "office.yaml").write_text(office + "gates: {approve: {needs: [key]}}\n")
    desk = made.desk
    assert desk.waiting(desk.decision(id)) is not None
    again = desk.approve(id, desk.actor("ben", tmp_path / "ben.key"))
    assert again.recorded == 1
    assert again.waiting is not None
    assert again.waiting.counted == ("ben",)


def test_two_at_once_make_one_decision(tmp_path: Path) -> None:
    """Both last approvals are there, and one decision."""
    made = trial(tmp_path, charter=TWO.replace("any: 2", "any: 3"), office=FOUR)
    id = proposed(made)
    made.desk.approve(id, BEN)
    together = Barrier(2)

    def approve(actor: Actor) -> str:
        desk = Desk(made.office, "shelves", Clock(NOW))
        together.wait()
        return desk.approve(id, actor).decision.status

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(approve, (CLEO, DORA)))
    assert "decided" in found
    ledger = made.office.ledger()
    assert len(list(ledger.entries(kind="Decided"))) == 1
    approvals = {one.entry.actor.name for one in ledger.entries(kind="Approved")}
    assert approvals == {"ben", "cleo", "dora"}


@pytest.mark.parametrize(
    ("wanted", "severity"), [(1, None), (2, None), (3, "warning"), (4, "error")]
)
def test_check_finds_gates_that_nobody_can_pass(
    tmp_path: Path, wanted: int, severity: str | None
) -> None:
    """More approvals than people are an error; as many keep their own proposals from passing."""
    path = tmp_path / "office.yaml"
    path.write_text(OFFICE)
    charter = loads(TWO.replace("any: 2", f"any: {wanted}"), "charter.yaml").charter
    assert charter is not None
    found = [
        one for one in check_approval(charter, load_office(path).office) if "gate" in one.message
    ]
    assert [one.severity for one in found] == ([] if severity is None else [severity])


@pytest.mark.parametrize("said", ["any: 2", "needs: [key, expectation]"])
def test_a_waiver_is_granted_by_one(said: str) -> None:
    """A number at the gate of waivers, or a need that they do not have, is refused, not ignored."""
    loaded = loads(CHARTER + f"  waive: {{roles: [lead], {said}}}\n", "charter.yaml")
    assert [one.code for one in loaded.findings if one.severity == "error"] == ["charter/bad-gate"]


def test_an_act_is_signed_with_the_key_it_began_with(tmp_path: Path) -> None:
    """Who takes another key while an office is open signs what was begun with the old one."""
    made = trial(tmp_path / "office", charter=TWO)
    acts = []
    for number in (1, 2):
        key, path = SigningKey.new("ben"), tmp_path / f"ben-{number}.key"
        write_key(path, key)
        office = OFFICE.replace("ben: {", f"ben: {{key: {key.verifier}, ")
        (tmp_path / "office" / "office.yaml").write_text(office, encoding="utf-8")
        acts.append(made.desk.actor("ben", path))
    assert acts[0].key != acts[1].key
    for actor in acts:
        signed = made.desk.sign(Entry("x", "Reviewed", "shelves", NOW, actor, {}))
        assert signed.actor.key == actor.key
        assert signature_fault(signed) == ""
