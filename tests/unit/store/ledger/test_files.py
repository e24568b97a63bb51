from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pmpo.store.ledger import files
from pmpo.store.ledger.files import LedgerExamined, examine_file, examine_folder
from tests.unit.store.ledger.support import database_of, new_ledger
from tests.unit.store.support import everything_below

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
