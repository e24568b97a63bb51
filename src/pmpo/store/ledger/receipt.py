"""Receipts: one entry, the proof that it is in the log, and the checkpoint it is proven against.

A receipt is a text file in the format of C2SP that anyone can check without the log. Its `extra`
line holds what the format leaves to applications: the entry's leaf, and the verifier key as the
log gives it. Whose key that is, no file can prove: compare it with one from elsewhere.

Source: https://c2sp.org/tlog-proof
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import rfc8785

from pmpo.diagnostics import Diagnostic, PmpoError
from pmpo.model.entry import Entry, read_entry
from pmpo.store.ledger.checkpoint import Checkpoint, read_checkpoint, read_hash
from pmpo.store.ledger.note import NoteError, read_verifier
from pmpo.store.ledger.signatures import signature_fault
from pmpo.store.ledger.terms import Handover, in_line, leads_to, read_handover
from pmpo.store.ledger.tree import includes, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pmpo.store.ledger.note import VerifierKey

HEADER: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")
_PROOF_MAX: Final = 64
_AGAIN: Final = "ask the office for the receipt again: `pmpo export receipt ENTRY`"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says; nothing of it has been checked.

    Args:
        entry: what was recorded.
        leaf: the bytes of the entry's leaf.
        position: its place in the log.
        proof: hashes from the leaf's sibling to the root's child.
        checkpoint: of the log, at the size for which the proof holds.
        key: the log's verifier key as the receipt gives it.
        handovers: how that key came to be the log's, as far as keys vouch for each other.
    """

    entry: Entry
    leaf: bytes
    position: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    key: VerifierKey
    handovers: tuple[Handover, ...] = ()

    def __str__(self) -> str:
        said: dict[str, Any] = {"entry": self.leaf.decode(), "key": str(self.key)}
        if self.handovers:
            said["handovers"] = [str(one) for one in self.handovers]
        extra = rfc8785.dumps(said)
        lines = [HEADER, f"extra {_base64(extra)}", f"index {self.position}"]
        lines += map(_base64, self.proof)
        return "\n".join(lines) + f"\n\n{self.checkpoint}"


def read_receipt(text: str) -> Receipt:
    """Read a receipt; `receipt_findings` checks it.

    Raises: NoteError.
    """
    above, _, below = text.partition("\n\n")
    lines = above.split("\n")
    if lines[0] != HEADER:
        raise NoteError(f"a receipt begins with `{HEADER}`")
    if len(lines) < 3 or not lines[1].startswith("extra "):
        raise NoteError("it does not hold the entry: a line `extra` is missing")
    index = _INDEX.fullmatch(lines[2])
    if index is None:
        raise NoteError(f"`{lines[2]}` does not say which entry it is about")
    if len(lines) - 3 > _PROOF_MAX:
        raise NoteError("its proof is longer than any log")
    leaf, key, handovers = _extra(lines[1].removeprefix("extra "))
    try:
        entry = read_entry(leaf)
    except PmpoError as error:
        raise NoteError(f"its entry: {error.findings[0].message}") from error
    proof = tuple(map(read_hash, lines[3:]))
    return Receipt(entry, leaf, int(index[1]), proof, read_checkpoint(below), key, handovers)


def receipts_text(receipts: Iterable[Receipt]) -> str:
    """Several receipts as one text: each as it stands alone, with an empty line between them."""
    return "\n".join(map(str, receipts))


def read_receipts(text: str) -> tuple[Receipt, ...]:
    """Read a text of one or several receipts.

    Raises: NoteError.
    """
    between = f"\n\n{HEADER}\n"
    pieces = text.replace(between, f"\n\0{HEADER}\n").split("\0")
    return tuple(map(read_receipt, pieces))


def _extra(text: str) -> tuple[bytes, VerifierKey, tuple[Handover, ...]]:
    try:
        said = json.loads(base64.b64decode(text, validate=True))
        leaf, key = said["entry"].encode(), said["key"]
        handovers = [str(one) for one in said.get("handovers", ())]
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoteError("its line `extra` does not hold an entry and a key") from error
    return leaf, read_verifier(key), tuple(map(read_handover, handovers))


def receipt_findings(
    receipt: Receipt, trusted: Sequence[VerifierKey] = ()
) -> tuple[Diagnostic, ...]:
    """What is wrong with a receipt; nothing when it proves what it says.

    Args:
        trusted: keys known from elsewhere; where there are none, the receipt's own key is used,
            and all that can be said is that whoever has its secret half vouches for the entry.
    """
    found = []
    if trusted and receipt.key not in leads_to(trusted, receipt.handovers):
        found.append(
            _finding(
                "receipt/other-key",
                f"the receipt is of a log with the key {receipt.key}, which is neither the one "
                "given nor one to which that has handed the log over",
            )
        )
    checkpoint = receipt.checkpoint
    if checkpoint.origin != receipt.key.name or not checkpoint.note.signed_by(receipt.key):
        found.append(
            _finding(
                "receipt/signature",
                f"the checkpoint of size {checkpoint.size} is not signed by the log's key",
            )
        )
    if not in_line(receipt.handovers, receipt.key):
        found.append(
            _finding("receipt/signature", "the keys before it do not hand the log over to its key")
        )
    leaf = leaf_hash(receipt.leaf)
    if not includes(leaf, receipt.position, checkpoint.size, receipt.proof, checkpoint.root):
        found.append(
            _finding(
                "receipt/not-included",
                f"the entry is not number {receipt.position} of the {checkpoint.size} that the "
                "checkpoint signs",
            )
        )
    fault = signature_fault(receipt.entry)
    if fault:
        found.append(_finding("receipt/author", fault))
    return tuple(found)


def _finding(code: str, fact: str) -> Diagnostic:
    return Diagnostic(code, "error", fact, note="the receipt proves nothing", help=_AGAIN)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
