"""The ledger of an office: a folder in its store, with the log and the log's secret key.

The folder is made complete elsewhere and renamed into place. So a log without its key, or a key
without its log, is never what a crash has left: it is damage.
"""

from __future__ import annotations

import errno
import sqlite3
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store import _disk
from pmpo.store.layout import LEDGER
from pmpo.store.ledger.database import WAIT_S, Database, postgresql, sqlite
from pmpo.store.ledger.key_file import IGNORE_FILE, NEXT, KeyFile
from pmpo.store.ledger.keys import read_key, write_key
from pmpo.store.ledger.log import Ledger, damaged, found_log
from pmpo.store.ledger.migrations import upgrade, version_of
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.tables import VERSION

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = LEDGER
FILE: Final = "ledger.db"
KEY_FILE: Final = "ledger.key"
_ORIGIN: Final = "pmpo-ledger"


def open_ledger(store: Path, *, create: bool = False, wait_s: float = WAIT_S) -> Ledger:
    """Open the ledger of an office, and bring its tables to this version.

    Args:
        store: the folder `.pmpo`.
        create: begin one where there is none.
        wait_s: for how long at most another process that appends is waited for.
    Raises:
        StoreError: `ledger/none`, `ledger/missing`, `ledger/newer-schema`, `ledger/damaged`,
            `ledger/locked`, `ledger/not-writable`, `store/not-writable`.
    """
    folder = store / FOLDER
    with _disk.store_errors(folder):
        there = _disk.is_there(folder)
    if not there:
        if not create:
            raise _none(folder)
        _create(store)
    path = folder / FILE
    _check_file(path)
    database = sqlite(path, wait_s=wait_s)
    _bring_up_to_date(database)
    return Ledger(database, KeyFile(folder / KEY_FILE))


def open_postgresql(url: str, key: Path) -> Ledger:
    """Open the ledger in a PostgreSQL database; begin one where it has no tables.

    Args:
        url: such as `postgresql+psycopg://host/name`.
        key: the file of the log's secret key; written when the log begins, unless it is there.
    """
    database = postgresql(url)
    with database.writing() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5787213827046133841)")
        version = version_of(connection)
        if version < VERSION:
            upgrade(connection)
        if not version:
            if not key.exists():
                write_key(key, _new_key())
            made = read_key(key)
            found_log(connection, made, made.name)
    return Ledger(database, KeyFile(key))


def _create(store: Path) -> None:
    final = store / FOLDER
    with _disk.store_errors(store), _disk.scratch_folder(store) as scratch:
        made = scratch / FOLDER
        made.mkdir()
        key = _new_key()
        write_key(made / KEY_FILE, key)
        # whoever commits the office's store to a repository does not publish the secret key
        _disk.write_durably(made / IGNORE_FILE, f"/{KEY_FILE}\n/{KEY_FILE}{NEXT}\n".encode())
        path = made / FILE
        begin_file(path)
        with sqlite(path).writing() as connection:
            upgrade(connection)
            found_log(connection, key, key.name)
        _disk.sync(made)
        try:
            made.rename(final)
        except OSError as error:
            if error.errno not in {errno.EEXIST, errno.ENOTEMPTY}:
                raise
            return  # somebody else began it meanwhile
        _disk.sync(store)


APPLICATION: Final = 0x504D504F
"""What the header of the file says it is: `PMPO`."""


def begin_file(path: Path) -> None:
    """Settings that a SQLite file keeps for ever, made before its first table."""
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.close()


def _new_key() -> SigningKey:
    """A key whose name, which is the log's origin too, follows from its public half."""
    made = SigningKey.new(_ORIGIN)
    return SigningKey(f"{_ORIGIN}/{made.verifier.public.hex()[:16]}", made.seed)


def _check_file(path: Path) -> None:
    with _disk.store_errors(path):
        if not path.exists():
            raise stop(
                "ledger/missing",
                f"{path} is gone, and its folder is there",
                note="nothing is begun anew in its place: that would be a second history",
                help="restore the file from a backup",
                error=StoreError,
            )
        if path.is_dir():
            raise damaged(str(path), "a folder stands in its place")
        try:
            path.open("rb").close()
        except PermissionError as error:  # SQLite would say that the disk fails
            raise stop(
                "store/not-readable",
                f"this user may not read {path}",
                help="give this user the right to read it, or let its owner do this",
                error=StoreError,
            ) from error
        if not path.stat().st_size:
            raise stop(
                "ledger/damaged",
                f"{path} is empty",
                note="a ledger is never empty, not even before its first entry",
                help="restore the file from a backup",
                error=StoreError,
            )


def _bring_up_to_date(database: Database) -> None:
    """Upgrade tables of an earlier version; whoever comes second finds nothing left to do."""
    with database.reading() as connection:
        version = version_of(connection)
    if not version:
        raise damaged(database.place, "it has no tables")
    if version < VERSION:
        with database.writing() as connection:
            upgrade(connection)


def _none(folder: Path) -> PmpoError:
    return stop(
        "ledger/none",
        f"{folder} is not there: nothing was recorded yet",
        help="the first command that records something begins the ledger",
        error=StoreError,
    )
