"""Copies of a ledger, made while others append to it, and what copies are good for."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Final

from pmpo.diagnostics import StoreError, stop
from pmpo.store import _disk
from pmpo.store.ledger.anchors import Anchor, read_anchors
from pmpo.store.ledger.database import sqlite
from pmpo.store.ledger.key_file import KeyFile
from pmpo.store.ledger.log import Ledger
from pmpo.store.ledger.office_ledger import KEY_FILE

_MAGIC: Final = b"SQLite format 3\x00"


def back_up(source: Path, target: Path) -> None:
    """Copy a ledger as it is at one moment, also while others append to it.

    The copy is made under another name and renamed when it is complete. The log's secret key is
    not in it.

    Raises: StoreError `ledger/file-exists`, `store/not-writable`, `store/no-space`, `store/failed`,
        or what is wrong with the ledger.
    """
    with _disk.store_errors(target):
        if target.exists():
            raise stop(
                "ledger/file-exists",
                f"{target} is there already",
                note="a backup replaces nothing",
                help="name a new file",
                error=StoreError,
            )
        with tempfile.TemporaryDirectory(prefix=_disk.SCRATCH, dir=target.parent) as place:
            made = Path(place) / target.name
            with sqlite(source).reading() as connection:
                live = connection.connection.driver_connection
                assert isinstance(live, sqlite3.Connection)
                _copy(live, made, target)
            _disk.sync(made)
            made.chmod(0o444)
            made.rename(target)
        _disk.sync(target.parent)


def _copy(live: sqlite3.Connection, made: Path, target: Path) -> None:
    """Copy what a reading has begun on, so that what stops it is where the copy is written."""
    copy = sqlite3.connect(made)
    try:
        live.backup(copy)
    except sqlite3.Error as error:
        full = error.sqlite_errorname == "SQLITE_FULL"
        raise stop(
            "store/no-space" if full else "store/failed",
            f"{target} cannot be written: {error}",
            note="the ledger was only read, and nothing is left of the copy",
            help=f"free space on the disk of {target}, and run the command again"
            if full
            else f"see to the disk of {target}, and to limits such as `ulimit -f`",
            error=StoreError,
        ) from error
    finally:
        copy.close()


def is_database(path: Path) -> bool:
    """Whether a file begins as SQLite files do."""
    with _disk.store_errors(path), path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def anchors_from(path: Path) -> tuple[Anchor, ...]:
    """What a log can be compared with: checkpoints in a text, or another copy of the log.

    Raises: StoreError `ledger/anchor-unreadable`, or what is wrong with the copy.
    """
    if not path.is_file() or not is_database(path):
        return read_anchors(path)
    copy = Ledger(sqlite(path, read_only=True), KeyFile(path.with_name(KEY_FILE)))
    return (Anchor(str(path), copy.checkpoint()),)
