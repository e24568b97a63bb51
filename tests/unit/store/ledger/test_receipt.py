from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pmpo.store.ledger.note import NoteError, SigningKey
from pmpo.store.ledger.receipt import (
    Receipt,
    read_receipt,
    read_receipts,
    receipt_findings,
    receipts_text,
)
from pmpo.store.ledger.signatures import sign_entry
from tests.unit.store.ledger.support import entry, new_ledger

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def receipt(tmp_path: Path) -> Receipt:
    """The receipt of one of seven entries."""
    return new_ledger(tmp_path, 7).receipt("e-3")


def _codes(receipt: Receipt, *keys: Any) -> list[str]:
    return [finding.code for finding in receipt_findings(receipt, keys)]


def test_a_receipt_proves_its_entry_to_a_stranger(receipt: Receipt) -> None:
    """The text alone is enough to check entry, place, proof and signature."""
    read = read_receipt(str(receipt))
    assert read == receipt
    assert (read.entry, read.position, read.checkpoint.size) == (entry(3), 3, 7)
    assert _codes(read) == _codes(read, read.key) == []


def test_an_entry_alone_needs_no_proof(tmp_path: Path) -> None:
    """The receipt of the only entry holds no hashes: its leaf is the root."""
    receipt = new_ledger(tmp_path, 1).receipt("e-0")
    assert receipt.proof == ()
    assert read_receipt(str(receipt)) == receipt
    assert _codes(receipt) == []


def test_a_receipt_stays_true_when_the_log_grows(tmp_path: Path) -> None:
    """What was proven is proven for ever, and a new receipt proves the same against more."""
    ledger = new_ledger(tmp_path, 3)
    old = ledger.receipt("e-1")
    ledger.append([entry(number) for number in range(3, 300)])
    new = ledger.receipt("e-1")
    assert (old.checkpoint.size, new.checkpoint.size) == (3, 300)
    assert _codes(old) == _codes(new) == []


def test_no_changed_receipt_proves_anything(receipt: Receipt) -> None:
    """Whatever letter of a receipt is changed: it cannot be read, or is refused, or is the same."""
    text = str(receipt)
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        try:
            read = read_receipt(changed)
        except NoteError:
            continue
        assert _codes(read), f"letter {place}"


def test_another_entry_place_or_checkpoint_is_refused(receipt: Receipt) -> None:
    """A proof holds for its own entry at its own place only."""
    assert _codes(replace(receipt, leaf=entry(4).leaf())) == ["receipt/not-included"]
    assert _codes(replace(receipt, position=2)) == ["receipt/not-included"]
    assert _codes(replace(receipt, proof=())) == ["receipt/not-included"]


def test_another_key_is_refused(receipt: Receipt) -> None:
    """A receipt under another log's key proves nothing to whoever knows the right one."""
    other = SigningKey.new(receipt.key.name).verifier
    assert _codes(receipt, other) == ["receipt/other-key"]
    assert _codes(replace(receipt, key=other)) == ["receipt/signature"]
    assert _codes(replace(receipt, key=replace(receipt.key, name="x"))) == ["receipt/signature"]


def test_a_personal_signature_is_checked(tmp_path: Path) -> None:
    """A receipt of a signed entry proves that the person's key signed it."""
    anna = SigningKey.new("anna")
    ledger = new_ledger(tmp_path)
    signed = sign_entry(entry(0), anna)
    forged = replace(sign_entry(entry(1), anna), body={"number": 9})
    garbled = sign_entry(entry(2), anna).signed("no base64")
    true = sign_entry(entry(4), anna)
    padded = true.signed(f"{true.actor.signature[:9]} {true.actor.signature[9:]}")
    unknown = replace(garbled, id="e-3", actor=replace(garbled.actor, key="no key"))
    ledger.append([signed, forged, garbled, unknown, padded])
    assert _codes(ledger.receipt("e-0")) == []
    for id in ("e-1", "e-2", "e-3", "e-4"):
        assert _codes(ledger.receipt(id)) == ["receipt/author"]


def _with_extra(receipt: Receipt, said: object) -> str:
    lines = str(receipt).split("\n")
    lines[1] = "extra " + base64.b64encode(json.dumps(said).encode()).decode()
    return "\n".join(lines)


def test_what_is_no_receipt_is_refused(receipt: Receipt) -> None:
    """Texts of other forms are told apart, with the reason."""
    text = str(receipt)
    lines = text.split("\n")
    leaf, key = receipt.leaf.decode(), str(receipt.key)
    for wrong in (
        "",
        text.replace("@v1", "@v2"),
        lines[0],
        text.replace("extra ", "extras "),
        text.replace("index 3", "index 03"),
        text.replace("index 3", "number 3"),
        text.replace("index 3\n", "index 3\n" + 65 * f"{lines[3]}\n"),
        text.replace("extra ", "extra !"),
        _with_extra(receipt, []),
        _with_extra(receipt, {"entry": leaf}),
        _with_extra(receipt, {"entry": 3, "key": key}),
        _with_extra(receipt, {"entry": leaf, "key": "x"}),
        _with_extra(receipt, {"entry": f"{leaf} ", "key": key}),
        text.partition("\n\n")[0],
        text.replace(lines[3], "AAAA"),
    ):
        with pytest.raises(NoteError):
            read_receipt(wrong)


def test_what_is_wrong_with_a_receipt_is_said(receipt: Receipt) -> None:
    """Every finding states its fact, that nothing is proven, and what to do."""
    other = SigningKey.new(receipt.key.name).verifier
    wrong = replace(receipt, position=2, key=other)
    findings = receipt_findings(wrong, [receipt.key])
    assert [(one.code, one.message) for one in findings] == [
        (
            "receipt/other-key",
            (
                f"the receipt is of a log with the key {other}, which is neither the one given "
                "nor one to which that has handed the log over"
            ),
        ),
        ("receipt/signature", "the checkpoint of size 7 is not signed by the log's key"),
        (
            "receipt/not-included",
            "the entry is not number 2 of the 7 that the checkpoint signs",
        ),
    ]
    assert {(one.severity, one.note, one.help) for one in findings} == {
        (
            "error",
            "the receipt proves nothing",
            "ask the office for the receipt again: `pmpo export receipt ENTRY`",
        )
    }


def test_why_a_text_is_no_receipt_is_said(receipt: Receipt) -> None:
    """Whoever gave a text that is none learns what is wrong with it."""
    text = str(receipt)
    lines = text.split("\n")
    no_extra = "it does not hold the entry: a line `extra` is missing"
    for wrong, why in (
        ("", "a receipt begins with `c2sp.org/tlog-proof@v1`"),
        (lines[0], no_extra),
        ("\n".join(lines[:2]), no_extra),
        (text.replace("extra ", "extras "), no_extra),
        (text.replace("index 3", "index 03"), "`index 03` does not say which entry it is about"),
        (
            text.replace("index 3\n", "index 3\n" + 62 * f"{lines[3]}\n"),
            "its proof is longer than any log",
        ),
        (
            _with_extra(receipt, []),
            "its line `extra` does not hold an entry and a key",
        ),
        (
            text.replace("extra ", "extra !"),
            "its line `extra` does not hold an entry and a key",
        ),
    ):
        with pytest.raises(NoteError) as caught:
            read_receipt(wrong)
        assert str(caught.value) == why
    assert len(receipt.proof) == 3
    longest = read_receipt(text.replace("index 3\n", "index 3\n" + 61 * f"{lines[3]}\n"))
    assert len(longest.proof) == 64
    with pytest.raises(NoteError, match="its entry: "):
        read_receipt(_with_extra(receipt, {"entry": "{}", "key": str(receipt.key)}))


def test_several_receipts_are_one_text(tmp_path: Path) -> None:
    """Each stands in it as it stands alone, with an empty line between two, and is read again."""
    receipts = new_ledger(tmp_path, 7).receipts(["e-3", "e-0", "e-6"])
    together = receipts_text(receipts)
    assert together == f"{receipts[0]}\n{receipts[1]}\n{receipts[2]}"
    assert read_receipts(together) == receipts
    assert read_receipts(str(receipts[1])) == receipts[1:2]
    assert receipts_text(receipts[1:2]) == str(receipts[1])
    for wrong in ("", together.replace("index 0", "index 00"), f"{together}\nmore"):
        with pytest.raises(NoteError):
            read_receipts(wrong)
