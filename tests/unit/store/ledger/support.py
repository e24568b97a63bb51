"""What the tests of the ledger share: entries, ledgers, and changing what may not be changed."""

from __future__ import annotations

import io
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Barrier
from typing import TYPE_CHECKING

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pmpo.diagnostics import PmpoError
from pmpo.model.entry import Actor, Entry
from pmpo.store.ledger.migrations import SCRIPTS
from pmpo.store.ledger.office_ledger import FILE, FOLDER, open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pmpo.diagnostics import Diagnostic
    from pmpo.store.ledger.log import Ledger
    from pmpo.store.ledger.note import SigningKey

_START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def entry(number: int, *, kind: str = "Noted", program: str | None = "range-review") -> Entry:
    """One of many entries, told apart by their numbers."""
    moment = _START + timedelta(seconds=number)
    return Entry(f"e-{number}", kind, program, moment, Actor("anna"), {"number": number})


def declared(position: int, person: str, key: str, *, by: str = "anna") -> Entry:
    """What the ledger says of somebody's key from `position` on; an empty one takes it back."""
    moment, body = _START + timedelta(seconds=position), {"person": person, "key": key}
    return Entry(f"key-declared:{position}", "KeyDeclared", None, moment, Actor(by), body)


def rotated(position: int, handover: object, *, lost: bool = False) -> Entry:
    """The entry by which a log gets another key."""
    moment = _START + timedelta(seconds=position)
    body = {"because": "due", "handover": str(handover), "lost": lost}
    id = f"key-rotated:{sha256(str(handover).encode()).hexdigest()[:16]}"
    return Entry(id, "KeyRotated", None, moment, Actor("anna"), body)


def rotate(ledger: Ledger, *, lost: bool = False) -> SigningKey:
    """Give a ledger another key."""
    key, handover = ledger.next_key(lost=lost)
    ledger.rotate([rotated(ledger.size, handover, lost=lost)], key, expected_size=ledger.size)
    return key


def rotating_at_once(
    opened: Callable[[], Ledger], workers: int, turns: int
) -> tuple[int, set[str]]:
    """Let many rotate and append at once, each in a ledger that they have opened themselves.

    Returns: how many rotations there were, and the codes of what kept the others from it.
    """
    told: set[str] = set()
    together = Barrier(workers)

    def work(number: int) -> int:
        own, made = opened(), 0
        for turn in range(turns):
            together.wait()
            own.append([entry(1000 * number + turn)])
            try:
                rotate(own)
            except PmpoError as error:
                told.add(error.findings[0].code)
            else:
                made += 1
        return made

    with ThreadPoolExecutor(workers) as threads:
        return sum(threads.map(work, range(workers))), told


def new_ledger(folder: Path, count: int = 0) -> Ledger:
    """A new ledger in the store `folder` with `count` entries."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = open_ledger(folder, create=True)
    ledger.append(map(entry, range(count)))
    return ledger


def database_of(store: Path) -> Path:
    """The file of the ledger in the store `store`."""
    return store / FOLDER / FILE


@contextmanager
def tampering(store: Path) -> Iterator[sqlite3.Connection]:
    """The database of a ledger as somebody opens it who wants to change it: without triggers."""
    connection = sqlite3.connect(database_of(store), isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")  # nothing is proven by waiting for the disk here
    kept = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    for _, statement in kept:
        connection.execute(statement)
    connection.close()


def leave_journal(store: Path) -> None:
    """A process is killed in the middle of a commit: its journal stays."""
    database = database_of(store)
    journal = database.with_name(f"{database.name}-journal")
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("PRAGMA cache_spill = 1")
    connection.execute("BEGIN IMMEDIATE")
    [(size,)] = connection.execute("SELECT count(*) FROM entries")
    for number in range(size, size + 40):
        row = (number, f"e-{number}", "Noted", None, b"x" * 9000)
        connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)
    copied = [path.read_bytes() for path in (database, journal)]
    connection.execute("ROLLBACK")
    connection.close()
    database.write_bytes(copied[0])
    journal.write_bytes(copied[1])


def made_by_migrations(dialect: str) -> list[str]:
    """The statements of all migrations, each on one line; no server is needed for them."""
    written = io.StringIO()
    options = {"as_sql": True, "output_buffer": written}
    context = MigrationContext.configure(dialect_name=dialect, opts=options)
    with Operations.context(context):
        for revision in reversed([*ScriptDirectory(SCRIPTS).walk_revisions()]):
            revision.module.upgrade()
    return [" ".join(one.split()) for one in written.getvalue().split(";\n\n") if one.strip()]


def in_words(finding: Diagnostic, place: Path) -> str:
    """A finding as text, with names in the place of what differs from run to run."""
    text = f"{finding.severity}[{finding.code}]: {finding.message}\n"
    text += f"  note: {finding.note}\n" if finding.note else ""
    text += f"  help: {finding.help}\n"
    text = re.sub(r"\S+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+", "KEY", text.replace(str(place), "PLACE"))
    return re.sub(r"pmpo-ledger/[0-9a-f]{16}", "LOG", text)
