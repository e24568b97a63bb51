"""Verifying an auditor's pack with nothing else at hand.

The log proves itself. Everything else in the folder is compared with it, byte by byte: what is to
be read is made anew from the log, the charters and the evaluations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

from pmpo.assure.ledger import evaluation_findings
from pmpo.assure.minutes import Kept, minutes_kept
from pmpo.assure.versions import versions
from pmpo.charter.contracts import stored as stored_contracts
from pmpo.charter.load import loads
from pmpo.decide.state import SIGNED
from pmpo.diagnostics import Diagnostic, PmpoError, StoreError, has_errors, in_order, stop
from pmpo.evaluate.measure import table_hash
from pmpo.evaluate.record import Record, read_record
from pmpo.model.canonical import hash_json
from pmpo.model.time import utc_text
from pmpo.office.audit import (
    LOST,
    PROVEN,
    SCHEMA,
    charters_in,
    copied,
    lines,
    pages,
    proofs_in,
    recorded_in,
)
from pmpo.office.audit_files import (
    ABOUT,
    ENTRIES,
    EVALUATIONS,
    INDEX,
    LEDGER,
    charter_file,
    receipt_file,
)
from pmpo.office.audit_program import LOST_WORDS
from pmpo.office.proofs import VerifiedDecision, VerifiedLog, VerifiedReceipt, verify_file
from pmpo.store.evaluations import Evaluations
from pmpo.store.ledger.log import Ledger, Recorded
from pmpo.store.objects import hash_bytes
from pmpo.store.recorded import KIND as EVALUATED

_SHOWN_MAX: Final = 3
_ASK: Final = "ask whoever made the pack for it again"


def verify_pack(
    folder: Path, *, anchors: Sequence[Path] = (), keys: Sequence[str] = ()
) -> VerifiedLog:
    """Verify a pack: its log, and every file in it against what the log says.

    Args:
        anchors: files that the log is compared with.
        keys: verifier keys known from elsewhere, which the log must be signed by.
    Raises: StoreError `receipt/unreadable`, `store/not-found`.
    """
    path = folder / LEDGER
    if not path.is_file():
        raise stop(
            "receipt/unreadable",
            f"{folder} is no auditor's pack: it has no {LEDGER}",
            help="name a folder that `pmpo export audit` wrote",
            error=StoreError,
        )
    log = verify_file(path, anchors=anchors, keys=keys)
    assert isinstance(log, VerifiedLog)
    if log.log is None or has_errors(log.findings):
        return VerifiedLog(log.log, tuple(map(_for_an_auditor, log.findings)))
    ledger = copied(folder)
    return VerifiedLog(log.log, in_order([*log.findings, *_pack_findings(folder, ledger)]))


def _for_an_auditor(finding: Diagnostic) -> Diagnostic:
    """What is wrong with the log, for somebody who has no backup to restore."""
    return replace(finding, help=_ASK) if "restore" in (finding.help or "") else finding


def _pack_findings(folder: Path, ledger: Ledger) -> Iterator[Diagnostic]:
    """Whatever is not what the log says, is missing, or is in the folder beside it."""
    entries = list(ledger.entries(upto=ledger.size))
    kept = Evaluations(folder / EVALUATIONS, tidy=False)
    yield from evaluation_findings(ledger, kept, lost_help=_ASK)
    yield from _evaluations(entries, kept)
    yield from _charters(folder, entries)
    yield from _receipts(folder, ledger, entries)
    if _bytes(folder / ENTRIES) != lines(entries).encode():
        yield _fault(f"{folder / ENTRIES} is not what the entries of the log say")
    about, wrong = _about(folder)
    minutes = [about.of(one) for one in minutes_kept(folder, entries)]
    yield from (*wrong, *(fault for one in minutes for fault in _minutes(folder, one, about)))
    wanted = pages(ledger, entries, charters_in(folder, entries), minutes)
    whole = all(one.text is not None or one.position in about.lost for one in minutes)
    yield from _pages(
        folder, wanted if whole else {n: t for n, t in wanted.items() if n != INDEX}, about.version
    )
    if not whole:
        yield _fault(f"{folder / INDEX} shows minutes that are missing or changed: not compared")
    files = {one.file for one in minutes if one.position not in about.lost}
    yield from _more(folder, {*wanted, *files, *_other_files(entries, kept)})


def _evaluations(entries: Sequence[Recorded], kept: Evaluations) -> Iterator[Diagnostic]:
    """Evaluations whose files agree among themselves, and not with what was recorded."""
    for one in entries:
        if one.entry.kind != EVALUATED:
            continue
        body = one.entry.body
        try:
            stored = kept.load(str(body["evaluation"]))
        except PmpoError:
            continue  # told already
        try:
            wrong = _differs(body, read_record(stored))
        except (PmpoError, ValueError, LookupError, TypeError):
            wrong = "cannot be read"
        if wrong:
            path = kept.folder(stored.id)
            yield _fault(f"{path} {wrong}, unlike what entry {one.position} records")


def _differs(body: Any, record: Record) -> str:
    found, identity = record.evaluation, record.evaluation.identity
    waivers = [waiver.as_json() for waiver in found.waivers]
    charter = loads(record.charter_text, found.id, stored_contracts(record.contracts, found.id))
    logic = charter.charter.logic_hash if charter.charter is not None else ""
    same = {
        "is another evaluation": (body["evaluation"], found.id),
        "has another identity": (body["identity"], hash_json(dict(found.identity))),
        "is of another moment": (body["as_of"], utc_text(found.as_of)),
        "knew other rows": (body["known_by"], utc_text(found.known_by)),
        "has another table": (body["table"], table_hash(found.table.data, found.table.grades)),
        "has another result": (body["result"], found.result_hash),
        "has another charter": (body["charter"], logic),
        "has other waivers": (identity["waivers"], hash_json(waivers)),
    }
    return next((told for told, (said, is_) in same.items() if said != is_), "")


def _charters(folder: Path, entries: Sequence[Recorded]) -> Iterator[Diagnostic]:
    signed: dict[str, int] = {}
    for one in entries:
        if one.entry.kind == SIGNED:
            signed.setdefault(one.entry.body["charter_text"], one.position)
    for name, position in signed.items():
        path = folder / charter_file(name)
        data = _bytes(path)
        if data is None or hash_bytes(data) != name:
            yield _fault(f"{path} does not hold the bytes that entry {position} signs")


def _receipts(folder: Path, ledger: Ledger, entries: Sequence[Recorded]) -> Iterator[Diagnostic]:
    """Receipts that prove nothing, or something else."""
    leaves = {one.entry.id: one.entry.leaf() for one in entries}
    proofs = proofs_in(entries)
    for one in entries:
        if one.entry.kind not in PROVEN:
            continue
        path = folder / receipt_file(one.entry)
        try:
            found = verify_file(path, keys=(str(ledger.key),))
        except PmpoError as error:
            yield _fault(f"{path}: {error.findings[0].message}")
            continue
        if isinstance(found, VerifiedLog) or not found.sound:
            yield _fault(f"{path} proves nothing")
        elif _leaves(found) != [leaves[id] for id in proofs[one.entry.id]]:
            yield _fault(f"{path} is the receipt of another entry")


def _minutes(folder: Path, one: Kept, about: _About) -> Iterator[Diagnostic]:
    """Minutes that are not what was recorded, or that the office had lost already."""
    if one.position in about.lost:
        yield Diagnostic(
            "receipt/pack-minutes",
            "warning",
            f"the minutes that entry {one.position} records are not in the pack: {one.file} "
            f"{LOST_WORDS[one.found]}",
            note=f"that is what the pack itself says; their text had the hash {one.hash}",
            help="ask whoever took part for a copy, and compare what `sha256sum` says of it",
        )
    elif one.found == "gone":
        yield _fault(f"{folder / one.file}, the minutes that entry {one.position} records, is gone")
    elif one.text is None or one.found == "half":
        yield _fault(f"{one.path} is not what entry {one.position} records as the minutes")


def _leaves(found: VerifiedReceipt | VerifiedDecision) -> list[bytes]:
    if isinstance(found, VerifiedReceipt):
        return [found.receipt.leaf]
    return [one.leaf for one in found.receipts]


# What is to be read -------------------------------------------------------------------------


def _pages(folder: Path, wanted: Mapping[str, str], version: str) -> Iterator[Diagnostic]:
    """Pages that are not what this version makes of the log.

    Another version may have worded them otherwise: then they are proof of nothing, and that is
    said; whoever wants to know installs that version.
    """
    mine = versions()["pmpo"]
    others = []
    for name, text in wanted.items():
        data = _bytes(folder / name)
        if data is None:
            yield _fault(f"{folder / name} is missing")
        elif data == text.encode():
            continue
        elif version in ("", mine):
            yield _fault(f"{folder / name} is not what the log says")
        else:
            others.append(name)
    if others:
        yield Diagnostic(
            "receipt/pack-pages",
            "warning",
            f"{_listed(others)}: not compared with the log, since pmpo {version} wrote the pack",
            note=f"pmpo {mine} words its pages otherwise, so nobody knows whether they were "
            "changed; everything else was compared",
            help=f"verify it with pmpo {version}, or read the entries and receipts instead",
        )


@dataclass(frozen=True, slots=True)
class _About:
    """What a pack says of itself.

    Args:
        version: which one wrote it; empty where it does not say.
        lost: what had become of minutes that it does not hold, by the positions of their entries.
    """

    version: str = ""
    lost: Mapping[int, Literal["gone", "changed"]] = field(default_factory=dict)

    def of(self, one: Kept) -> Kept:
        """Minutes as the pack's page tells of them: those that it says were lost are none."""
        said = self.lost.get(one.position)
        return one if said is None else replace(one, text=None, found=said)


def _about(folder: Path) -> tuple[_About, list[Diagnostic]]:
    """What a pack says of itself, and what is wrong with that."""
    path = folder / ABOUT
    try:
        said = json.loads(_bytes(path) or b"")
        schema, version = said["pack"], said["pmpo"]
        lost = {int(position): found for position, found in said.get(LOST, {}).items()}
        known = (
            schema == SCHEMA and isinstance(version, str) and LOST_WORDS.keys() >= {*lost.values()}
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return _About(), [_fault(f"{path} does not say which version of pmpo wrote the pack")]
    if not known:
        return _About(), [_fault(f"{path} has another form than pmpo {versions()['pmpo']} knows")]
    return _About(version, lost), []


def _other_files(entries: Sequence[Recorded], kept: Evaluations) -> Iterator[str]:
    """The files of a pack that are no pages."""
    yield from (LEDGER, ABOUT, ENTRIES)
    for one in entries:
        if one.entry.kind in PROVEN:
            yield receipt_file(one.entry)
        if one.entry.kind == SIGNED:
            yield charter_file(one.entry.body["charter_text"])
    for id in recorded_in(entries):
        try:
            files = kept.load(id).files
        except PmpoError:
            files = {path.name: b"" for path in kept.folder(id).glob("*")}  # told already
        yield from (f"{EVALUATIONS}/{id}/{name}" for name in (*files, "manifest.json"))


def _more(folder: Path, known: set[str]) -> Iterator[Diagnostic]:
    """Files that `pmpo` did not write: whoever reads them could take them for part of it."""
    found = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )
    more = [name for name in found if name not in known]
    if more:
        yield Diagnostic(
            "receipt/pack-extra",
            "warning",
            f"{_listed(more)}: in the folder, and no part of the pack",
            note="nothing in the log speaks of it",
            help="move it out of the folder, and verify again",
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN_MAX])
    return shown + (f" and {len(names) - _SHOWN_MAX:,} more" if len(names) > _SHOWN_MAX else "")


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _fault(fact: str) -> Diagnostic:
    return Diagnostic(
        "receipt/pack",
        "error",
        fact,
        note="the pack was changed after it was written, or damaged on its way",
        help="ask for it again, and compare the log's key with what you know from elsewhere",
    )
