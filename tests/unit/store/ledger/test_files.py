from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pmpo.store.ledger import files
from pmpo.store.ledger.files import (
    LedgerExamined,
    examine_file,
    examine_folder,
    key_findings,
)
from pmpo.store.ledger.key_file import NEXT
from pmpo.store.ledger.office_ledger import FOLDER, KEY_FILE
from tests.unit.store.ledger.support import (
    database_of,
    leave_journal,
    new_ledger,
    rotate,
    tampering,
)
from tests.unit.store.support import as_another, everything_below

if TYPE_CHECKING:
    from pathlib import Path

_OURS = b"PMPO"
_OTHER = "it is a SQLite file of another program"


def _cut(size: str, promised: str) -> str:
    return f"it was cut off: it has {size} bytes and should have {promised}"


def _header(
    *, page: int = 4096, pages: int = 2, changed: int = 7, valid: int = 7, by: bytes = _OURS
) -> bytes:
    """The first 100 bytes of a SQLite file; https://www.sqlite.org/fileformat.html says where."""
    header = bytearray(100)
    header[:16] = b"SQLite format 3\0"
    header[16:18] = page.to_bytes(2, "big")
    header[24:28] = changed.to_bytes(4, "big")
    header[28:32] = pages.to_bytes(4, "big")
    header[68:72] = by
    header[92:96] = valid.to_bytes(4, "big")
    return bytes(header)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "it is empty; a ledger is never empty, not even before its first entry"),
        (b"SQLite format 3", "it is not a SQLite file"),
        (b"SQLite format 4\0" + bytes(84), "it is not a SQLite file"),
        (_header()[:99], "it was cut off in its first bytes"),
        (_header(pages=0), ""),
        (_header(pages=0).replace(bytes(4) + _OURS, b"\0\0\0\1" + _OURS), ""),
        (_header() + bytes(8091), _cut("8,191", "8,192")),
        (_header() + bytes(8092), ""),
        (_header(pages=1) + bytes(3996), ""),
        (_header(page=1) + bytes(8092), _cut("8,192", "131,072")),
        (_header(page=512) + bytes(924), ""),
        (_header(page=512) + bytes(923), _cut("1,023", "1,024")),
        (_header(pages=257) + bytes(4096), _cut("4,196", "1,052,672")),
        (_header(valid=8), ""),
        (_header(pages=0, by=b"PMPX"), _OTHER),
        (_header(pages=0, by=b"XMPO"), _OTHER),
    ],
)
def test_what_the_first_bytes_say(tmp_path: Path, data: bytes, fault: str) -> None:
    """A file is judged by its first bytes before SQLite opens it; older SQLite counts no pages."""
    path = tmp_path / "some.db"
    path.write_bytes(data)
    assert files._header(path) == fault
    if fault:
        [finding] = examine_file(path).findings
        assert (finding.code, finding.message) == ("ledger/damaged", f"{path}: {fault}")


def test_without_a_ledger_there_is_nothing_to_say(tmp_path: Path) -> None:
    """An office that has recorded nothing is sound, and nothing is made by looking."""
    assert examine_folder(tmp_path) == LedgerExamined(None, ())
    assert examine_folder(tmp_path).sound
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_log_is_told(tmp_path: Path) -> None:
    """Where the log is gone, what lies beside it is still looked at."""
    new_ledger(tmp_path, 1)
    database_of(tmp_path).unlink()
    (database_of(tmp_path).parent / "b.txt").write_text("x")
    (database_of(tmp_path).parent / "a.txt").write_text("x")
    examined = examine_folder(tmp_path)
    assert examined.verified is None
    assert [finding.code for finding in examined.findings] == [
        "ledger/missing",
        "doctor/stray-file",
        "doctor/stray-file",
    ]
    assert "a.txt" in examined.findings[1].message
    assert not examined.sound


def test_a_journal_of_nothing_is_no_journal(tmp_path: Path) -> None:
    """SQLite may leave an empty journal behind: nothing was interrupted."""
    new_ledger(tmp_path, 1)
    journal = database_of(tmp_path).with_name("ledger.db-journal")
    journal.write_bytes(b"")
    assert examine_folder(tmp_path).findings == ()


def test_a_backup_is_looked_at_alone(tmp_path: Path) -> None:
    """A copy elsewhere needs no key and no folder of its own, and stays as it is."""
    ledger = new_ledger(tmp_path / "store", 3)
    copy = tmp_path / "copy.db"
    shutil.copyfile(database_of(tmp_path / "store"), copy)
    before = (copy.read_bytes(), everything_below(tmp_path))
    examined = examine_file(copy)
    assert examined.findings == ()
    assert examined.sound
    assert examined.verified is not None
    assert (examined.verified.place, examined.verified.size) == (str(copy), 3)
    assert examined.verified.root == ledger.root()
    assert (copy.read_bytes(), everything_below(tmp_path)) == before


def test_the_smallest_journal_is_told(tmp_path: Path) -> None:
    """A process may be killed after the first byte of its journal; what it had begun is gone."""
    new_ledger(tmp_path, 1)
    database_of(tmp_path).with_name("ledger.db-journal").write_bytes(b"\xd9")
    examined = examine_folder(tmp_path)
    assert [finding.code for finding in examined.findings] == ["ledger/journal"]
    assert examined.sound


def test_what_a_killed_rotation_leaves_is_no_stray_file(tmp_path: Path) -> None:
    """A `.gitignore` that was not yet in its place is the ledger's own."""
    new_ledger(tmp_path, 1)
    (database_of(tmp_path).parent / ".gitignore.next").write_text("/ledger.key\n")
    assert examine_folder(tmp_path).findings == ()


def test_a_rotation_while_a_log_is_verified_is_no_wrong_key(tmp_path: Path) -> None:
    """The key that was the log's when its entries were read need not be that any more."""
    ledger = new_ledger(tmp_path, 1)
    before = ledger.key
    rotate(ledger)
    assert key_findings(database_of(tmp_path), before) == []
    other = tmp_path / "other"
    new_ledger(other)
    shutil.copy(database_of(other).with_name(KEY_FILE), database_of(tmp_path).parent)
    [wrong] = key_findings(database_of(tmp_path), before)
    assert (wrong.code, str(ledger.key) in wrong.message) == ("ledger/key-wrong", True)


def test_a_next_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """It may be the log's, and whoever looks after the store has to see to it."""
    new_ledger(tmp_path, 1)
    database_of(tmp_path).with_name(f"{KEY_FILE}{NEXT}").mkdir(mode=0o700)
    assert [one.code for one in examine_folder(tmp_path).findings] == ["ledger/key-unreadable"]


def test_a_file_is_judged_when_its_journal_was_taken_back(tmp_path: Path) -> None:
    """The first bytes may promise what a killed process did not come to write."""
    new_ledger(tmp_path, 3)
    leave_journal(tmp_path)
    path = database_of(tmp_path)
    data = bytearray(path.read_bytes())
    data[28:32] = (len(data) // 4096 + 9).to_bytes(4, "big")
    data[92:96] = data[24:28]
    path.write_bytes(data)
    assert files._header(path).startswith("it was cut off")
    assert examine_file(path).findings == ()


@pytest.mark.parametrize(("names", "first"), [(("wal", "shm"), "wal"), (("shm",), "shm")])
def test_what_another_program_wrote_ahead_is_told(
    tmp_path: Path, names: tuple[str, ...], first: str
) -> None:
    """Either file that SQLite leaves beside a ledger in that mode; the log's own comes first."""
    new_ledger(tmp_path, 3)
    for name in names:
        database_of(tmp_path).with_name(f"ledger.db-{name}").write_bytes(b"")
    [found] = [f for f in examine_folder(tmp_path).findings if f.code == "ledger/write-ahead"]
    assert f"ledger.db-{first} is there" in found.message


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
@pytest.mark.parametrize("is_key", [True, False])
def test_a_key_that_this_user_may_not_read_counts_as_one(tmp_path: Path, is_key: bool) -> None:
    """Others may read it all the same; a folder in its place is no key that anybody reads."""
    new_ledger(tmp_path, 3)
    key = tmp_path / FOLDER / KEY_FILE
    if not is_key:
        key.unlink()
        key.mkdir()
    os.chown(key, 0, 12345)  # a group that whoever looks is not in
    key.chmod(0o040)
    with as_another(tmp_path / FOLDER):
        codes = {one.code for one in examine_folder(tmp_path).findings}
    assert ("ledger/key-exposed" in codes) == is_key


def test_what_sqlite_says_is_told_in_one_line(tmp_path: Path) -> None:
    """Several faults of a file are one finding, in the words of SQLite."""
    new_ledger(tmp_path, 3)
    path = database_of(tmp_path)
    with tampering(tmp_path) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute("UPDATE sqlite_master SET sql = replace(sql, 'leaf BLOB', 'leaf TEXT')")
        database.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'program TEXT', 'program TEXT NOT NULL')"
        )
        database.execute("UPDATE entries SET program = NULL")
    with closing(sqlite3.connect(path)) as connection:
        said = [line for (line,) in connection.execute("PRAGMA integrity_check(5)")]
    assert len(said) > 1
    [finding] = examine_file(path).findings
    assert finding.code == "ledger/damaged"
    assert finding.message == f"{path}: {'; '.join(' '.join(line.split()) for line in said)}"
