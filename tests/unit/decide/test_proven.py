"""The receipt of a decision: one file that proves all of it to a stranger."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import StoreError
from pmpo.office.proofs import VerifiedDecision, VerifiedReceipt, receipt_of, verify_file
from pmpo.store.ledger.receipt import read_receipts, receipts_text
from tests.decided import ANNA, BEN, CLEO, Trial, trial, wish
from tests.unit.cli.test_store_commands import pmpo

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.store.ledger.receipt import Receipt

TWO = """\
  approve: {any: 2, roles: [lead, finance], needs: [expectation, conflict]}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, str]:
    """A decision that Ben approved, with an option and a quantity, and another proposal."""
    one = trial(tmp_path_factory.mktemp("proven") / "office")
    asked = wish(option="the big pack", quantity=Decimal(12), because="[it] sells")
    id = one.desk.propose(asked, ANNA).decision.id
    one.desk.approve(id, BEN)
    no = wish(units=("d",), verdict="reject", because="no", gains=None, gives_up=None)
    assert one.desk.propose(no, CLEO).decision.position > 0
    return one, id


def receipts(made: tuple[Trial, str]) -> tuple[Receipt, ...]:
    """Those in the file of the decision."""
    one, id = made
    return read_receipts(receipt_of(one.office.ledger(), id))


def verified(text: str, folder: Path) -> VerifiedDecision | VerifiedReceipt:
    """What `pmpo verify` finds in a text."""
    path = folder / "receipt.txt"
    path.write_text(text, encoding="utf-8")
    found = verify_file(path)
    assert isinstance(found, VerifiedDecision | VerifiedReceipt)
    return found


def test_a_stranger_reads_what_was_decided(made: tuple[Trial, str], tmp_path: Path) -> None:
    """Verdict, unit, option, quantity, both sides, people, how they are known: in words, whole."""
    one, id = made
    folder, file = one.office.folder, tmp_path / "decision.txt"
    pmpo(folder, "export", "receipt", id, "--to", str(file))
    said = " ".join(pmpo(tmp_path, "verify", str(file)).split())
    for told in (
        f"decision {id}",
        "verdict accept units Apple (a)",
        "option the big pack",
        "quantity 12",
        "because [it] sells",
        "gains growth",
        "gives up nothing",
        "by anna, as they said approved",
        "by ben, as they said decided 2024-02-02 09:00:00+00:00",
        "approvals 1 of 1 that it needed: ben",
        "mode team",
        "provisional yes: its charter was a draft",
    ):
        assert told in said, (told, said)
    assert "{" not in said
    assert said.endswith("verified")
    assert not said.endswith("NOT verified")


def test_the_json_of_a_decision_is_stable(made: tuple[Trial, str], tmp_path: Path) -> None:
    """It names what was decided, and each entry with its place."""
    one, id = made
    file = tmp_path / "decision.txt"
    file.write_text(receipt_of(one.office.ledger(), id), encoding="utf-8")
    said = json.loads(pmpo(tmp_path, "verify", str(file), "--format", "json"))
    assert (said["verified"], said["sound"], said["findings"]) == ("decision", True, [])
    decided = said["decided"]
    assert (decided["decision"], decided["proposal"]["verdict"]) == (id, "accept")
    assert [one["by"] for one in decided["approved"]] == ["ben"]
    kinds = [one["entry"]["kind"] for one in said["proof"]]
    assert kinds == ["Proposed", "Approved", "Decided"]


def test_either_entry_gives_the_same_proof(made: tuple[Trial, str]) -> None:
    """The decision's id and that of its entry `Decided` give one text; an approval stands alone."""
    one, id = made
    ledger = one.office.ledger()
    assert receipt_of(ledger, f"{id}:decided") == receipt_of(ledger, id)
    assert receipt_of(ledger, f"{id}:approved:ben") == str(ledger.receipt(f"{id}:approved:ben"))


def test_what_is_left_out_or_changed_is_found(made: tuple[Trial, str], tmp_path: Path) -> None:
    """A proof without proposal, approval or decision, of two decisions or moments, proves none."""
    one, _ = made
    proposed, approved, decided = receipts(made)
    ledger = one.office.ledger()
    [other] = [e.entry.id for e in ledger.entries(kind="Proposed") if e.entry.actor.name == "cleo"]
    strange = ledger.receipt(other)
    for wrong in (
        (approved, decided),
        (proposed, decided),
        (proposed, approved),
        (strange, approved, decided),
        (proposed, approved, decided, strange),
        (proposed, approved, approved),
    ):
        found = verified(receipts_text(wrong), tmp_path)
        assert not found.sound, [receipt.entry.id for receipt in wrong]
        assert {finding.code for finding in found.findings} == {"receipt/decision"}
    text = receipts_text((proposed, approved, decided))
    later = text.replace(f"index {decided.position}", f"index {decided.position - 1}", 1)
    assert later != text
    assert not verified(later, tmp_path).sound
    assert verified(receipts_text((decided, proposed, approved)), tmp_path).sound


def test_receipts_of_different_moments_are_no_proof(tmp_path: Path) -> None:
    """Each receipt holds for one checkpoint; of two, nobody knows whether they are of one log."""
    one = trial(tmp_path / "office")
    id = one.desk.propose(wish(), ANNA).decision.id
    early = one.office.ledger().receipt(id)
    one.desk.approve(id, BEN)
    _, approved, decided = read_receipts(receipt_of(one.office.ledger(), id))
    found = verified(receipts_text((early, approved, decided)), tmp_path)
    assert [finding.code for finding in found.findings] == ["receipt/decision"]


def test_a_receipt_of_one_entry_says_what_it_leaves_open(
    made: tuple[Trial, str], tmp_path: Path
) -> None:
    """Receipts that were made before still verify; and none passes for a decision."""
    one, id = made
    ledger = one.office.ledger()
    for entry, told in ((id, "not that it was decided"), (f"{id}:decided", "and not what")):
        file = tmp_path / f"{entry.replace(':', '-')}.txt"
        file.write_text(str(ledger.receipt(entry)), encoding="utf-8")
        said = pmpo(tmp_path, "verify", str(file))
        assert told in " ".join(said.split())
        assert said.splitlines()[-1] == "verified"


def test_an_approval_that_counted_must_be_there(tmp_path: Path) -> None:
    """Of two approvals that the gate asked for, both are in the proof."""
    from tests.decided import CHARTER

    gate = "  approve: {roles: [lead], four_eyes: true, needs: [expectation, conflict]}\n"
    assert gate in CHARTER
    one = trial(tmp_path / "office", charter=CHARTER.replace(gate, TWO))
    id = one.desk.propose(wish(), CLEO).decision.id
    one.desk.approve(id, ANNA)
    with pytest.raises(StoreError):
        one.office.ledger().receipt(f"{id}:decided")
    one.desk.approve(id, BEN)
    whole = read_receipts(receipt_of(one.office.ledger(), id))
    assert verified(receipts_text(whole), tmp_path).sound
    for left_out in whole[1:3]:
        less = [one for one in whole if one is not left_out]
        found = verified(receipts_text(less), tmp_path)
        assert [finding.code for finding in found.findings] == ["receipt/decision"]


def test_the_receipt_of_a_proposal_reads_like_a_decision(
    made: tuple[Trial, str], tmp_path: Path
) -> None:
    """What waits for approval is told in the same words as what was decided, and not as JSON."""
    one, id = made
    file = tmp_path / "proposal.txt"
    file.write_text(str(one.office.ledger().receipt(id)), encoding="utf-8")
    said = pmpo(tmp_path, "verify", str(file))
    assert "{" not in said
    told = dict(line.split(None, 1) for line in said.splitlines() if len(line.split()) > 1)
    assert told["verdict"] == "accept"
    assert told["option"] == "the big pack"
    assert told["because"] == "[it] sells"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("quantity", "many"),
        ("units", None),
        ("trade_off.differences", ["margin"]),
        ("trade_off.differences.margin", "up"),
        ("expectation.by", "soon"),
        ("grounds", {}),
        ("recommended", [{"unit": "a"}]),
        ("unheard_of", 1),
    ],
)
def test_what_a_stranger_wrote_into_an_entry_is_no_proposal(
    made: tuple[Trial, str], path: str, value: object
) -> None:
    """A receipt may be signed by anybody, and its entry may say anything."""
    from dataclasses import replace

    from pmpo.decide.proven import proposed_in, proven

    entries = [(given.position, given.entry) for given in receipts(made)]
    position, whole = entries[0]
    assert proposed_in(whole) is not None
    body = json.loads(json.dumps(dict(whole.body)))
    place = body["proposal"]
    *steps, last = path.split(".")
    for step in steps:
        place = place[step]
    place[last] = value
    strange = replace(whole, body=body)
    assert proposed_in(strange) is None
    found, faults = proven([(position, strange), *entries[1:]])
    assert found is None
    assert faults == ("an entry of it does not say what entries of its kind say",)
    assert proposed_in(entries[1][1]) is None


def test_a_reason_code_of_a_later_version_is_shown(made: tuple[Trial, str]) -> None:
    """What this version does not know is said so, and stops nobody from reading the rest."""
    from dataclasses import replace

    from pmpo.cli.decide_views import said_by
    from pmpo.decide.madr import madr

    one, id = made
    decision = one.desk.decision(id)
    later = replace(decision, proposal=replace(decision.proposal, reason_code="weather"))
    told = "A code that this version does not know."
    assert ("reason code", f"weather: {told}") in list(said_by(later.proposal))
    assert f"Reason code `weather`: {told}" in madr(later, None)


def test_a_receipt_that_came_by_mail_is_the_same(made: tuple[Trial, str], tmp_path: Path) -> None:
    """Line ends of two characters are mended; a letter that differs is not."""
    text = receipts_text(receipts(made))
    mailed = text.replace("\n", "\r\n")
    path = tmp_path / "mailed.txt"
    path.write_bytes(mailed.encode())
    found = verify_file(path)
    assert isinstance(found, VerifiedDecision)
    assert found.sound
    place = mailed.index("extra ") + 40
    path.write_bytes((mailed[:place] + "\r\n" + mailed[place:]).encode())
    with pytest.raises(StoreError, match="receipt/unreadable"):
        verify_file(path)
