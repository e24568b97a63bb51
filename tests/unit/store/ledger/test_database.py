from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pmpo.store.ledger.database import Database, postgresql, sqlite
from pmpo.store.ledger.office_ledger import open_ledger
from tests.unit.store.ledger.support import database_of, entry, new_ledger
from tests.unit.store.support import refused


def test_sqlite_is_asked_for_what_keeps_a_ledger(tmp_path: Path) -> None:
    """Every connection syncs everything, maps no memory, and trusts no file."""
    new_ledger(tmp_path)
    asked = {
        "journal_mode": "delete",
        "synchronous": 3,
        "mmap_size": 0,
        "secure_delete": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "recursive_triggers": 1,
    }
    with sqlite(database_of(tmp_path)).reading() as connection:
        for name, value in asked.items():
            found = connection.execute(text(f"PRAGMA {name}")).scalar_one_or_none()
            assert (found or 0) == value, name


def test_nothing_is_kept_open(tmp_path: Path) -> None:
    """Between two uses no process holds the file of a ledger."""
    ledger = new_ledger(tmp_path, 1)
    assert ledger.size == 1
    opened = {os.path.realpath(path) for path in Path("/proc/self/fd").iterdir()}
    assert str(database_of(tmp_path).resolve()) not in opened


def test_a_reading_changes_nothing(tmp_path: Path) -> None:
    """Where only reading is asked for, SQLite itself refuses to write, and nobody has to wait."""
    new_ledger(tmp_path, 1)
    database = sqlite(database_of(tmp_path), read_only=True)
    with refused("ledger/not-writable"), database.writing() as connection:
        connection.execute(text("DELETE FROM tiles"))
    with sqlite(database_of(tmp_path)).writing():
        assert open_ledger(tmp_path, wait_s=0).size == 1


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    """A file that is not there is not made by asking for it."""
    with refused("ledger/failed"), sqlite(tmp_path / "none.db").writing():
        pass
    assert not (tmp_path / "none.db").exists()


def test_nobody_waits_longer_than_asked(tmp_path: Path) -> None:
    """Who does not want to wait for another append is told at once."""
    ledger = new_ledger(tmp_path)
    other = open_ledger(tmp_path, wait_s=0)
    with ledger.database.writing():
        begun = time.monotonic()
        with refused("ledger/locked"):
            other.append([entry(0)])
        assert time.monotonic() - begun < 4


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """What was written before an error is taken back."""
    ledger = new_ledger(tmp_path, 1)
    with refused("ledger/damaged"), ledger.database.writing() as connection:
        connection.execute(text("DROP TRIGGER entries_no_delete"))
        connection.execute(text("DROP TRIGGER nothing"))
    assert "entries_no_delete" in _names(ledger.database)


def test_damage_is_named_wherever_it_is_met(tmp_path: Path) -> None:
    """Also rows that are taken from the driver's own cursor tell damage in our words."""
    new_ledger(tmp_path, 400)
    whole = bytearray(database_of(tmp_path).read_bytes())
    at = whole.index(entry(300).leaf()) // 4096 * 4096
    whole[at : at + 8] = bytes(8)
    database_of(tmp_path).write_bytes(whole)
    with refused("ledger/damaged"), sqlite(database_of(tmp_path)).reading() as connection:
        cursor = connection.execute(text("SELECT leaf FROM entries ORDER BY position")).cursor
        assert cursor is not None
        cursor.fetchall()


def _names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.execute(text("SELECT name FROM sqlite_master")).scalars())


_LOCKED = (
    "ledger/locked",
    "",
    "wait until the other command has ended, and run this one again",
)
_FULL = (
    "ledger/no-space",
    "nothing was half-written: what was acknowledged before is still there",
    "free space on the disk and run the command again",
)
_NOT_WRITABLE = (
    "ledger/not-writable",
    "",
    "give this user the right to write the file and its folder",
)
_APPEND_ONLY = (
    "ledger/append-only",
    "nothing in the ledger is ever changed or deleted",
    "write a new entry that says what is different now",
)
_DAMAGED = (
    "ledger/damaged",
    "",
    "restore the ledger from a backup; `pmpo doctor` tells what else is wrong",
)
_FAILED = (
    "ledger/failed",
    "whether it still was recorded is not known; recording it again never doubles it",
    "check the disk or the server of the ledger, then `pmpo doctor`",
)


_SAID = "\n first line\nsecond line\nthird line\n"


class _ServerError(Exception):
    """An error of PostgreSQL, as its driver raises it."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__(_SAID)
        self.sqlstate = sqlstate


def _fail(error: Exception) -> None:
    raise DBAPIError("SELECT 1", None, error)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SQLITE_BUSY", _LOCKED),
        ("SQLITE_BUSY_RECOVERY", _LOCKED),
        ("SQLITE_LOCKED", _LOCKED),
        ("SQLITE_FULL", _FULL),
        ("SQLITE_READONLY_DBMOVED", _NOT_WRITABLE),
        ("SQLITE_PERM", _NOT_WRITABLE),
        ("SQLITE_AUTH", _NOT_WRITABLE),
        ("SQLITE_CONSTRAINT_TRIGGER", _APPEND_ONLY),
        ("SQLITE_CORRUPT_INDEX", _DAMAGED),
        ("SQLITE_NOTADB", _DAMAGED),
        ("SQLITE_ERROR", _DAMAGED),
        ("SQLITE_IOERR_WRITE", _FAILED),
        (None, _DAMAGED),
        ("23505", _APPEND_ONLY),
        ("25006", _NOT_WRITABLE),
        ("42P01", _DAMAGED),
        ("53100", _FULL),
        ("55P03", _LOCKED),
        ("57014", _LOCKED),
        ("XX001", _DAMAGED),
        ("08006", _FAILED),
    ],
)
def test_each_refusal_of_a_database_is_told(
    tmp_path: Path, name: str | None, said: tuple[str, str, str]
) -> None:
    """An error of the database becomes a finding: the first line of it, why, and what to do."""
    error: Any = _ServerError(name)
    if name is None or name.startswith("SQLITE"):
        error = sqlite3.OperationalError(_SAID)
        if name:
            error.sqlite_errorname = name
    new_ledger(tmp_path)
    database = sqlite(database_of(tmp_path))
    with refused(said[0]) as found, database.reading():
        _fail(error)
    assert (found[0].note, found[0].help) == said[1:]
    assert found[0].message == f"{database_of(tmp_path)}: first line"


def test_an_error_without_a_number_is_told(tmp_path: Path) -> None:
    """A driver that gives no number, as when there is no server, still ends in a finding."""
    new_ledger(tmp_path)
    with refused("ledger/failed"), sqlite(database_of(tmp_path)).reading():
        _fail(_ServerError(None))


def test_a_password_is_not_shown() -> None:
    """The place of a ledger is its URL without the password."""
    place = postgresql("postgresql+psycopg://anna:hidden@host/office").place
    assert place == "postgresql+psycopg://anna:***@host/office"
