"""Looking at a ledger's files, whatever state they are in.

Nothing is repaired. SQLite itself takes back what a killed process had not finished appending.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from pmpo.diagnostics import Diagnostic, PmpoError, in_order
from pmpo.store import _disk
from pmpo.store.ledger.database import Database, sqlite
from pmpo.store.ledger.key_file import IGNORE_FILE, NEXT, KeyFile, next_key
from pmpo.store.ledger.keys import exposure, read_key
from pmpo.store.ledger.log import Ledger
from pmpo.store.ledger.migrations import upgrade, version_of
from pmpo.store.ledger.office_ledger import APPLICATION, FILE, FOLDER, KEY_FILE
from pmpo.store.ledger.schema import schema_findings
from pmpo.store.ledger.tables import VERSION
from pmpo.store.ledger.verify import Verified, verify

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pmpo.diagnostics import Severity
    from pmpo.store.ledger.anchors import Anchor
    from pmpo.store.ledger.note import VerifierKey

_MAGIC: Final = b"SQLite format 3\x00"
_HEADER_SIZE: Final = 100
_RESTORE: Final = "restore the ledger from a backup"
_JOURNAL: Final = f"{FILE}-journal"
_AHEAD: Final = (f"{FILE}-wal", f"{FILE}-shm")
_KNOWN: Final = {
    FILE, KEY_FILE, f"{KEY_FILE}{NEXT}", IGNORE_FILE, f"{IGNORE_FILE}{NEXT}", _JOURNAL, *_AHEAD,
}  # fmt: skip
_TYPES: Final = {
    "ledger": {"one": "integer", "origin": "text", "key": "text"},
    "entries": {"position": "integer", "id": "text", "kind": "text", "leaf": "blob"},
    "tiles": {"level": "integer", "position": "integer", "hashes": "blob", "root": "blob"},
    "checkpoints": {"size": "integer", "note": "text"},
    "attachments": {"hash": "text", "salt": "blob", "data": "blob"},
}


@dataclass(frozen=True, slots=True)
class LedgerExamined:
    """What was seen of a ledger.

    Args:
        verified: what is in the log; None where it could not be read that far.
        findings: about the files and about the log.
    """

    verified: Verified | None
    findings: tuple[Diagnostic, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong; notes are not wrong."""
        return all(finding.severity == "note" for finding in self.findings)


def examine_folder(
    store: Path, anchors: Sequence[Anchor] = (), trusted: Collection[VerifierKey] = ()
) -> LedgerExamined:
    """Look at the ledger of an office store: files, keys, tables and the log itself.

    Args:
        trusted: keys that are known from elsewhere to be the log's.
    Raises: StoreError `store/not-writable`: this user may not look into the folder.
    """
    folder = store / FOLDER
    with _disk.store_errors(folder):
        if not _disk.is_there(folder):
            return LedgerExamined(None, ())
        if not folder.is_dir():
            return LedgerExamined(None, (_found("store/not-a-folder", f"{folder} is a file"),))
        findings = _around(folder)
    if not (folder / FILE).exists():
        return LedgerExamined(None, in_order(findings))
    examined = examine_file(folder / FILE, anchors, trusted)
    findings += examined.findings
    if examined.verified is not None:
        findings += key_findings(folder / FILE, examined.verified.terms[-1].key)
    return LedgerExamined(examined.verified, in_order(findings))


def examine_file(
    path: Path, anchors: Sequence[Anchor] = (), trusted: Collection[VerifierKey] = ()
) -> LedgerExamined:
    """Look at one file that holds a ledger: that of an office, or a backup."""
    findings: list[Diagnostic] = []
    verified = None
    try:
        if _has_journal(path):
            _version(path)  # opening lets SQLite take back what was not finished
        fault = _header(path)
        if fault:
            return LedgerExamined(None, (_found("ledger/damaged", f"{path}: {fault}"),))
        look = _look if _version(path) == VERSION else _look_at_copy
        verified = look(path, anchors, trusted, findings)
    except PmpoError as error:
        findings += error.findings
    return LedgerExamined(verified, in_order(findings))


def _header(path: Path) -> str:
    """What the first bytes of a file say against it; empty when it can be opened."""
    with _disk.store_errors(path):
        if path.is_dir():
            return "a folder stands in its place"
        size, header = path.stat().st_size, _header_of(path)
    if not size:
        return "it is empty; a ledger is never empty, not even before its first entry"
    if not header.startswith(_MAGIC):
        return "it is not a SQLite file"
    if len(header) < _HEADER_SIZE:
        return "it was cut off in its first bytes"
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    promised = (65_536 if page == 1 else page) * pages
    if header[24:28] == header[92:96] and size < promised:
        return f"it was cut off: it has {size:,} bytes and should have {promised:,}"
    application = int.from_bytes(header[68:72], "big")
    if application != APPLICATION:
        return "it is a SQLite file of another program"
    return ""


def _has_journal(path: Path) -> bool:
    journal = path.with_name(f"{path.name}-journal")
    return journal.exists() and journal.stat().st_size > 0


def _version(path: Path) -> int:
    with sqlite(path).reading() as connection:
        return version_of(connection)


def _look_at_copy(
    path: Path,
    anchors: Sequence[Anchor],
    trusted: Collection[VerifierKey],
    findings: list[Diagnostic],
) -> Verified | None:
    """Look at a copy that is brought to this version, so that the file stays as it is."""
    with tempfile.TemporaryDirectory(prefix="pmpo-") as place:
        copied = Path(place) / path.name
        shutil.copyfile(path, copied)
        with sqlite(copied).writing() as connection:
            upgrade(connection)
        verified = _look(copied, anchors, trusted, findings)
    return None if verified is None else replace(verified, place=str(path))


def _look(
    path: Path,
    anchors: Sequence[Anchor],
    trusted: Collection[VerifierKey],
    findings: list[Diagnostic],
) -> Verified | None:
    database = sqlite(path)
    findings += _structure(database)
    if any(finding.code == "ledger/damaged" for finding in findings):
        return None
    ledger = Ledger(database, KeyFile(path.with_name(KEY_FILE)))
    verified = verify(ledger, anchors, trusted)
    findings += verified.findings
    return verified


def _structure(database: Database) -> list[Diagnostic]:
    """What SQLite itself says against a file, then what its tables should be."""
    with database.reading() as connection:
        said = connection.execute(text("PRAGMA integrity_check(5)")).scalars().all()
        if list(said) != ["ok"]:
            lines = "; ".join(" ".join(line.split()) for line in said)
            return [_found("ledger/damaged", f"{database.place}: {lines}")]
        findings = schema_findings(connection)
        for table, columns in _TYPES.items():
            wrong = " OR ".join(f"typeof({name}) <> '{kind}'" for name, kind in columns.items())
            query = text(f"SELECT count(*) FROM {table} WHERE {wrong}")  # noqa: S608 # constants
            count = connection.execute(query).scalar_one()
            if count:
                fact = f"{database.place}: of `{table}`, {_rows(count)} of another type"
                findings.append(_found("ledger/damaged", fact))
    return findings


def _rows(count: int) -> str:
    return "1 row is" if count == 1 else f"{count:,} rows are"


def _around(folder: Path) -> list[Diagnostic]:
    """What lies in the folder of a ledger beside the log."""
    findings = [
        _found(
            "doctor/stray-file",
            f"{path} does not belong into the ledger",
            "warning",
            note="the program neither reads nor removes it",
            help="move it away, unless you know what it is for",
        )
        for path in sorted(folder.iterdir())
        if path.name not in _KNOWN
    ]
    if not (folder / FILE).exists():
        findings.append(
            _found(
                "ledger/missing",
                f"{folder / FILE} is gone",
                note="nothing is begun anew in its place: that would be a second history",
            )
        )
    findings += _ahead(folder)
    if _has_journal(folder / FILE):
        findings.append(
            _found(
                "ledger/journal",
                f"{folder / _JOURNAL} is there: a process was killed while it appended, or one "
                "is appending",
                "note",
                note="whoever opens the ledger next takes back what was not acknowledged",
                help="nothing needs to be done; never delete this file by hand",
            )
        )
    return findings


def _ahead(folder: Path) -> Iterator[Diagnostic]:
    """Whether another program has let SQLite write ahead, which this one never does."""
    path = folder / FILE
    beside = [folder / name for name in _AHEAD if (folder / name).exists()]
    if beside:
        fact = f"{beside[0]} is there: another program has opened the ledger, and writes ahead"
    elif path.is_file() and _header_of(path)[18:20] == b"\x02\x02":
        fact = f"{path} was changed by another program: SQLite writes ahead in it"
    else:
        return
    yield _found(
        "ledger/write-ahead",
        fact,
        "warning",
        note="SQLite reads what stands in such a file as a part of the log; before its version "
        "3.51.3 it can damage the log in that mode",
        help="close the other program, copy the folder, type "
        f"`sqlite3 {path} 'PRAGMA journal_mode = DELETE'`, then `pmpo verify`; never delete these "
        "files by hand",
    )


def _header_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEADER_SIZE)


def key_findings(path: Path, key: VerifierKey) -> list[Diagnostic]:
    """What is wrong with the secret key of a log, and with one that is to take its place.

    Args:
        path: the log's file.
        key: the key that the log had when it was verified. Where that is not found, the log may
            have got another one in the meantime, and is asked again.
    """
    file = KeyFile(path.with_name(KEY_FILE))
    findings = _unfound(file, key)
    if findings and _version(path) == VERSION:
        key = Ledger(sqlite(path), file).key
        findings = _unfound(file, key)
    if file.next.exists():
        findings.append(_changing(file, key))
    for secret in (file.path, file.next):
        findings += exposure(secret) if _holds_key(secret) else ()
    return findings


def _holds_key(path: Path) -> bool:
    """Whether there is a secret to be read; one that this user may not read counts as one."""
    try:
        read_key(path)
    except PmpoError as error:
        return error.findings[0].code == "ledger/key-unreadable" and path.is_file()
    return True


def _unfound(file: KeyFile, key: VerifierKey) -> list[Diagnostic]:
    try:
        file.find(key)
    except PmpoError as error:
        return list(error.findings)
    return []


def _changing(file: KeyFile, key: VerifierKey) -> Diagnostic:
    try:
        waiting = next_key(file)
    except PmpoError as error:
        return error.findings[0]
    named = waiting is not None and waiting.verifier == key
    return _found(
        "ledger/key-moving",
        f"{file.next} is there: a process was killed while it gave the log another key, or one is "
        "at it",
        "note",
        note="the log has that key already; whoever appends next moves it into its place"
        if named
        else "the log never named that key, and is signed by the one of before",
        help="nothing needs to be done; never delete this file by hand"
        if named
        else "`pmpo rotate` begins again; until then nothing needs to be done",
    )


def _found(
    code: str, fact: str, severity: Severity = "error", *, note: str = "", help: str = _RESTORE
) -> Diagnostic:
    return Diagnostic(code, severity, fact, note=note, help=help)
