"""Proofs: verifying the ledger, receipts and backups, and writing what others can verify."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pmpo.assure.ledger import examine_ledger
from pmpo.decide.proven import KINDS, Proven, about, proven, proving
from pmpo.decide.state import DECIDED, PROPOSED
from pmpo.diagnostics import Diagnostic, StoreError, has_errors, in_order, stop
from pmpo.store._disk import store_errors
from pmpo.store.ledger.backup import anchors_from, is_database
from pmpo.store.ledger.backup import back_up as copy_ledger
from pmpo.store.ledger.files import LedgerExamined, examine_file
from pmpo.store.ledger.note import NoteError, VerifierKey, read_verifier
from pmpo.store.ledger.office_ledger import FILE, FOLDER, open_ledger
from pmpo.store.ledger.receipt import Receipt, read_receipts, receipt_findings, receipts_text
from pmpo.store.ledger.terms import leads_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pmpo.model.entry import Entry
    from pmpo.store.layout import Store
    from pmpo.store.ledger.anchors import Anchor
    from pmpo.store.ledger.log import Ledger
    from pmpo.store.ledger.verify import Verified

_RECEIPT_SIZE_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """What `pmpo verify` found in a log.

    Args:
        log: the log as far as it could be read.
        findings: errors first.
    """

    log: Verified | None
    findings: tuple[Diagnostic, ...]

    @property
    def sound(self) -> bool:
        """Whether everything is as it was signed."""
        return all(finding.severity == "note" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """What was found, as `pmpo verify --format json` prints it."""
        log = self.log
        facts = (
            {}
            if log is None
            else {
                "log": log.origin,
                "key": log.key,
                "keys": [term.as_json() for term in log.terms],
                "entries": log.size,
                "root": None if log.root is None else log.root.hex(),
                "checkpoints": log.checkpoints,
                "anchors": log.anchors,
            }
        )
        return {
            "verified": "log",
            "sound": self.sound,
            **facts,
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """What `pmpo verify FILE` found in a receipt.

    Args:
        receipt: what it says.
        trusted: whether its key was given as known from elsewhere, or leads back to one that was.
        findings: errors first; with any, the receipt proves nothing.
    """

    receipt: Receipt
    trusted: bool
    findings: tuple[Diagnostic, ...]

    @property
    def sound(self) -> bool:
        """Whether the receipt proves what it says."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """What was found, as `pmpo verify FILE --format json` prints it."""
        receipt = self.receipt
        return {
            "verified": "receipt",
            "sound": self.sound,
            "log": receipt.checkpoint.origin,
            "key": str(receipt.key),
            "key_trusted": self.trusted,
            "position": receipt.position,
            "entries": receipt.checkpoint.size,
            "entry": _entry_json(receipt),
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class VerifiedDecision:
    """What `pmpo verify FILE` found in the receipt of a decision.

    Args:
        receipts: of its entries, in the order of the log.
        decision: what they prove together; None where they prove none.
        trusted: as for one receipt.
        findings: errors first; with any, the file proves nothing.
    """

    receipts: tuple[Receipt, ...]
    decision: Proven | None
    trusted: bool
    findings: tuple[Diagnostic, ...]

    @property
    def sound(self) -> bool:
        """Whether the file proves what it says."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """What was found, as `pmpo verify FILE --format json` prints it."""
        last = self.receipts[-1]
        return {
            "verified": "decision",
            "sound": self.sound,
            "log": last.checkpoint.origin,
            "key": str(last.key),
            "key_trusted": self.trusted,
            "entries": last.checkpoint.size,
            "decided": self.decision.as_json() if self.decision is not None else None,
            "proof": [
                {"position": one.position, "entry": _entry_json(one)} for one in self.receipts
            ],
            "findings": [finding.as_json() for finding in self.findings],
        }


def _entry_json(receipt: Receipt) -> Any:
    import json

    return json.loads(receipt.leaf)


def verify_office(
    folder: Path, store: Store, anchors: Sequence[Path] = (), keys: Sequence[str] = ()
) -> VerifiedLog:
    """Verify an office's whole ledger: log, keys, anchors, and the evaluations it records.

    Args:
        folder: the office; its `anchors.txt` and the checkpoints in its minutes are always
            compared with.
        anchors: further files with checkpoints, or copies of the log.
        keys: verifier keys known from elsewhere, which the log must be signed by.
    Raises: StoreError `ledger/none`; `ledger/anchor-unreadable`: of one that was given.
    """
    trusted = [_key(text) for text in keys]
    examined = examine_ledger(folder, store, _anchors(anchors), trusted)
    if examined.verified is None and not examined.findings:
        open_ledger(store.root)
    return _as_known(examined, trusted)


def _anchors(files: Sequence[Path]) -> tuple[Anchor, ...]:
    return tuple(anchor for file in files for anchor in anchors_from(file))


def verify_file(
    path: Path, *, anchors: Sequence[Path] = (), keys: Sequence[str] = ()
) -> VerifiedLog | VerifiedReceipt | VerifiedDecision:
    """Verify a receipt or a copy of a log, with nothing else at hand.

    Args:
        anchors: files that a copy of a log is compared with.
        keys: verifier keys known from elsewhere, which receipts and logs must be signed by.
    Raises: StoreError `receipt/unreadable`, `ledger/key-text`, `store/failed`.
    """
    trusted = [_key(text) for text in keys]
    if not path.exists():
        raise stop(
            "store/not-found",
            f"there is no file {path}",
            help="name a receipt, a backup or an auditor's pack, or nothing for the office's own "
            "ledger",
            error=StoreError,
        )
    if is_database(path):
        return _as_known(examine_file(path, _anchors(anchors), trusted), trusted)
    try:
        receipts = read_receipts(_text(path))
    except (NoteError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, NoteError) else "it is not text"
        raise stop(
            "receipt/unreadable",
            f"{path}: {reason}",
            note="a receipt is a text made by `pmpo export receipt`; a backup is a SQLite file",
            help="name a receipt or a backup, or no file to verify the office's own ledger",
            error=StoreError,
        ) from error
    return _verified(receipts, trusted)


def _verified(
    receipts: tuple[Receipt, ...], trusted: Sequence[VerifierKey]
) -> VerifiedReceipt | VerifiedDecision:
    found = [finding for one in receipts for finding in receipt_findings(one, trusted)]
    known = all(one.key in leads_to(trusted, one.handovers) for one in receipts)
    if len(receipts) == 1:
        return VerifiedReceipt(receipts[0], known, tuple(found))
    decision, faults = proven([(one.position, one.entry) for one in receipts])
    if len({str(one.checkpoint) for one in receipts}) > 1:
        faults = (*faults, "its receipts are of different moments or logs")
    found += [_no_decision(fact) for fact in faults]
    ordered = tuple(sorted(receipts, key=lambda one: one.position))
    return VerifiedDecision(ordered, decision, known, in_order(found))


def _no_decision(fact: str) -> Diagnostic:
    return Diagnostic(
        "receipt/decision",
        "error",
        fact,
        note="the file holds several receipts, which do not prove one decision together",
        help="ask the office for the receipt again: `pmpo export receipt DECISION`",
    )


def receipt_of(ledger: Ledger, id: str) -> str:
    """The receipt of an entry as a text; that of a decision proves all of it.

    Args:
        id: of any entry; a decision's own, or that of its entry `Decided`, give the same text.
    Raises: StoreError `ledger/not-found`.
    """
    entry = ledger.entry(id).entry
    own = ledger.entries(kind=KINDS, program=entry.program)
    return receipts_text(ledger.receipts(proof_of(entry, (one.entry for one in own))))


def proof_of(entry: Entry, entries: Iterable[Entry]) -> tuple[str, ...]:
    """The entries whose receipts prove one: all of a decision, else the entry itself.

    Args:
        entries: in the order of the log, at least all about the decision.
    """
    whole = entry.kind in (PROPOSED, DECIDED)
    return (proving(about(entry), entries) if whole else ()) or (entry.id,)


def back_up(store: Store, target: Path) -> Verified:
    """Copy a ledger to a new file, and verify that the copy is what the log was.

    Raises: StoreError: what is wrong with the copy, which stays for whoever wants to look at it.
    """
    open_ledger(store.root)
    copy_ledger(store.root / FOLDER / FILE, target)
    examined = examine_file(target)
    if examined.verified is None or has_errors(examined.findings):
        raise StoreError(examined.findings)
    return examined.verified


def write_new(path: Path, text: str) -> None:
    """Write a text to a new file.

    Raises: StoreError `ledger/file-exists`, `store/not-writable`, `store/no-space`.
    """
    if path.exists():
        raise stop(
            "ledger/file-exists",
            f"{path} is there already",
            help="name a new file",
            error=StoreError,
        )
    with store_errors(path):
        path.write_text(text, encoding="utf-8")


def _as_known(examined: LedgerExamined, trusted: Sequence[VerifierKey]) -> VerifiedLog:
    """What was found, and whether the log's key is one that is known from elsewhere."""
    findings = list(examined.findings)
    log = examined.verified
    terms = log.terms if log is not None else ()
    handovers = [term.handover for term in terms if term.handover is not None]
    if trusted and terms and terms[-1].key not in leads_to(trusted, handovers):
        findings.append(
            Diagnostic(
                "receipt/other-key",
                "error",
                f"the log has the key {terms[-1].key}, which is neither the one given nor one to "
                "which that has handed it over",
                note="it is another log, or the key given was lost and replaced by another",
                help="ask where the log comes from",
            )
        )
    return VerifiedLog(log, in_order(findings))


def _text(path: Path) -> str:
    """The text of a file; mail programs end lines in two characters, of which no receipt has one.

    What is proven is the text with its own line ends: nothing else that is changed passes for it.
    """
    with path.open("rb") as file:
        return file.read(_RECEIPT_SIZE_MAX).replace(b"\r\n", b"\n").decode()


def _key(text: str) -> VerifierKey:
    try:
        return read_verifier(text)
    except NoteError as error:
        raise stop(
            "ledger/key-text",
            f"`{text}`: {error}",
            help="give the line that `pmpo export key` prints",
            error=StoreError,
        ) from error
