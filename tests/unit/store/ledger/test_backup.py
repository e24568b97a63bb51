from __future__ import annotations

import stat
import threading
from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import StoreError
from pmpo.store.ledger.anchors import Anchor
from pmpo.store.ledger.backup import anchors_from, back_up
from pmpo.store.ledger.files import examine_file
from pmpo.store.ledger.office_ledger import open_ledger
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.support import database_of, entry, leave_journal, new_ledger
from tests.unit.store.support import everything_below, refused, small_disk, small_files

if TYPE_CHECKING:
    from pathlib import Path


def test_a_backup_taken_under_writes_is_one_moment_of_the_log(tmp_path: Path) -> None:
    """Copies made while others append verify, and the live log begins with each of them."""
    store = tmp_path / "store"
    new_ledger(store, 300)
    stop = threading.Event()

    def write() -> None:
        ledger, number = open_ledger(store), 300
        while not stop.is_set():
            ledger.append(map(entry, range(number, number + 7)))
            number += 7

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(4):
            back_up(database_of(store), tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
    sizes = []
    live = open_ledger(store)
    for number in range(4):
        copied = examine_file(tmp_path / f"{number}.db")
        assert copied.findings == ()
        assert copied.verified is not None
        sizes.append(copied.verified.size)
        anchors: tuple[Anchor, ...] = anchors_from(tmp_path / f"{number}.db")
        assert verify(live, anchors).findings == ()
    assert sizes == sorted(sizes)
    assert stat.S_IMODE((tmp_path / "3.db").stat().st_mode) == 0o444
    assert everything_below(tmp_path) >= {"0.db", "3.db"}


def test_a_backup_replaces_nothing(tmp_path: Path) -> None:
    """A file that is there already stays as it is."""
    new_ledger(tmp_path, 1)
    target = tmp_path / "copy.db"
    target.write_text("mine")
    with refused("ledger/file-exists"):
        back_up(database_of(tmp_path), target)
    assert target.read_text() == "mine"


def test_a_backup_may_lie_on_another_disk(tmp_path: Path) -> None:
    """The copy is made where it is to lie, so that it can be renamed into its place."""
    new_ledger(tmp_path, 3)
    with small_disk("1m") as disk:
        back_up(database_of(tmp_path), disk / "copy.db")
        assert everything_below(disk) == {"copy.db"}
        assert examine_file(disk / "copy.db").findings == ()


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """A folder that is not there is said, and nothing is left behind."""
    new_ledger(tmp_path, 1)
    before = everything_below(tmp_path)
    with refused("store/failed"):
        back_up(database_of(tmp_path), tmp_path / "missing" / "copy.db")
    assert everything_below(tmp_path) == before


def test_a_copy_that_cannot_be_written_is_told_of_itself(tmp_path: Path) -> None:
    """What stops a backup is where it is written: the ledger is neither named nor in doubt."""
    new_ledger(tmp_path / "office", 300)
    (tmp_path / "copies").mkdir()
    target = tmp_path / "copies" / "copy.db"
    with small_files(20_000), refused("store/failed") as found:
        back_up(database_of(tmp_path / "office"), target)
    with small_disk("32k") as disk, refused("store/no-space") as full:
        back_up(database_of(tmp_path / "office"), disk / "copy.db")
    assert found[0].message.startswith(f"{target} cannot be written")
    assert full[0].message.startswith(f"{disk / 'copy.db'} cannot be written")
    with small_files(20_000), pytest.raises(StoreError):
        back_up(database_of(tmp_path / "office"), target)
    assert "limits such as `ulimit -f`" in (found[0].help or "")
    assert "free space on the disk" in (full[0].help or "")
    assert all("was only read" in one.note for one in (*found, *full))
    assert everything_below(tmp_path / "copies") == set()


def test_a_damaged_ledger_is_told_when_it_is_copied(tmp_path: Path) -> None:
    """A ledger that cannot be read is named itself, and no copy of it is left."""
    new_ledger(tmp_path / "office", 300)
    path = database_of(tmp_path / "office")
    data = bytearray(path.read_bytes())
    data[:16] = b"no database at a"
    path.write_bytes(data)
    with refused("ledger/damaged") as found:
        back_up(path, tmp_path / "copy.db")
    assert str(path) in found[0].message
    assert not (tmp_path / "copy.db").exists()


def test_a_ledger_that_is_cut_off_is_told_when_it_is_copied(tmp_path: Path) -> None:
    """What the file lacks is found while it is copied, and is no fault of the copy's place."""
    new_ledger(tmp_path / "office", 300)
    path = database_of(tmp_path / "office")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 8192 * 4096])
    with refused("ledger/damaged") as found:
        back_up(path, tmp_path / "copy.db")
    assert str(path) in found[0].message
    assert not (tmp_path / "copy.db").exists()


def test_a_copy_is_only_looked_at(tmp_path: Path) -> None:
    """What a killed process has left beside a copy is not taken back in it."""
    ledger = new_ledger(tmp_path, 3)
    leave_journal(tmp_path)
    path = database_of(tmp_path)
    before = path.read_bytes()
    with refused("ledger/not-writable"):
        anchors_from(path)
    assert path.read_bytes() == before
    assert ledger.size == 3  # whoever opens it as a ledger takes it back
    assert [one.checkpoint.size for one in anchors_from(path)] == [3]
