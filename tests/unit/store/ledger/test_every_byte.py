from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pmpo.store.ledger.attachments import Attachment
from pmpo.store.ledger.files import examine_file
from tests.unit.store.ledger.support import database_of, entry, new_ledger

if TYPE_CHECKING:
    from pathlib import Path

_TABLES = ("ledger", "entries", "tiles", "checkpoints", "attachments", "alembic_version")


def _contents(path: Path) -> Any:
    """Every value in a ledger, and every statement that its tables are made of."""
    queries = ["SELECT type, name, tbl_name, sql FROM sqlite_master"]
    queries += [f"SELECT * FROM {name}" for name in _TABLES]
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return [connection.execute(query).fetchall() for query in queries]


def _damage(path: Path, whole: bytes, at: int, bit: int) -> bool:
    """Flip one bit; whether that was found, or has changed nothing that the ledger says."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes([whole[at] ^ (1 << bit)]))
    try:
        return not examine_file(path).sound or _contents(path) == _contents_of(path, whole)
    finally:
        path.write_bytes(whole)


def _contents_of(path: Path, whole: bytes) -> Any:
    kept = path.with_name("kept.db")
    if not kept.exists():
        kept.write_bytes(whole)
    return _contents(kept)


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    """Whichever byte of the file is changed: it is named, or nothing reads it.

    Bytes that nothing reads are free space within pages, and counters of SQLite's own. Every 61st
    byte is tried; `PMPO_EVERY_BYTE=1` tries each of them.
    """
    letter = Attachment(b"letter", bytes(32))
    ledger = new_ledger(tmp_path, 4)
    ledger.append([replace(entry(4), attached={"letter": letter.attached})], [letter])
    path = database_of(tmp_path)
    whole = path.read_bytes()
    used = [at for at in range(len(whole)) if whole[max(at - 8, 0) : at + 8].strip(b"\0")]
    tried = used[:: int(os.environ.get("PMPO_EVERY_BYTE", "61"))]
    missed = [at for at in tried if not _damage(path, whole, at, at % 8)]
    assert missed == []
    assert len(tried) > 100
    print(f"{len(tried)} bytes: each is named, or nothing that the ledger says has changed")
