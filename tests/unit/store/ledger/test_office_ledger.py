from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from pmpo.diagnostics import StoreError
from pmpo.office import Office
from pmpo.store.ledger.files import LedgerExamined, examine_folder
from pmpo.store.ledger.office_ledger import FILE, FOLDER, KEY_FILE, begin_file, open_ledger
from tests.unit.store.ledger.support import entry, new_ledger
from tests.unit.store.support import (
    as_another,
    everything_below,
    fill,
    make_read_only,
    refused,
    small_disk,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_looking_begins_nothing(tmp_path: Path) -> None:
    """Without a ledger, asking for it says so and leaves nothing behind."""
    with refused("ledger/none"):
        open_ledger(tmp_path)
    assert examine_folder(tmp_path) == LedgerExamined(None, ())
    assert everything_below(tmp_path) == set()


def test_a_new_ledger_is_complete(tmp_path: Path) -> None:
    """A ledger begins with its key, which only its owner may read, and a signed empty log."""
    ledger = new_ledger(tmp_path)
    parts = {f"{FOLDER}/{name}" for name in (FILE, KEY_FILE, ".gitignore")}
    assert everything_below(tmp_path) == {FOLDER, *parts}
    assert (tmp_path / FOLDER / ".gitignore").read_text() == f"/{KEY_FILE}\n/{KEY_FILE}.next\n"
    assert stat.S_IMODE((tmp_path / FOLDER / KEY_FILE).stat().st_mode) == 0o400
    assert (ledger.size, ledger.checkpoint().size) == (0, 0)
    assert ledger.checkpoint().note.signed_by(ledger.key)


def test_ledgers_have_names_of_their_own(tmp_path: Path) -> None:
    """Two ledgers have two origins and two keys."""
    one, other = new_ledger(tmp_path / "one"), new_ledger(tmp_path / "other")
    assert one.origin != other.origin
    assert one.key != other.key
    assert one.origin == one.key.name == f"pmpo-ledger/{one.key.public.hex()[:16]}"


def test_several_may_begin_at_once(tmp_path: Path) -> None:
    """Who comes second uses the ledger that the first has begun, and nothing is lost."""
    with ThreadPoolExecutor(4) as threads:
        opened = list(
            threads.map(
                lambda number: open_ledger(tmp_path, create=True).append([entry(number)]), range(8)
            )
        )
    assert sorted(one.position for [one] in opened) == list(range(8))
    assert sorted(one.entry.id for one in open_ledger(tmp_path).entries()) == [
        f"e-{number}" for number in range(8)
    ]


def test_a_lost_file_is_not_begun_anew(tmp_path: Path) -> None:
    """A ledger whose file is gone or empty is damaged: a new one would be a second history."""
    new_ledger(tmp_path, 1)
    path = tmp_path / FOLDER / FILE
    path.write_bytes(b"")
    with refused("ledger/damaged"):
        open_ledger(tmp_path, create=True)
    path.unlink()
    with refused("ledger/missing"):
        open_ledger(tmp_path, create=True)


def test_a_folder_in_place_of_the_file_is_damage(tmp_path: Path) -> None:
    """What cannot be a ledger is named, and nothing is begun beside it."""
    new_ledger(tmp_path)
    (tmp_path / FOLDER / FILE).unlink()
    (tmp_path / FOLDER / FILE).mkdir()
    with refused("ledger/damaged") as found:
        open_ledger(tmp_path)
    message = found[0].message
    assert message.index(str(tmp_path / FOLDER / FILE)) < message.index("a folder stands in its")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_file_that_may_not_be_read_is_no_failing_disk(tmp_path: Path) -> None:
    """A missing right is named before anything is said about what was recorded."""
    new_ledger(tmp_path, 3)
    (tmp_path / FOLDER / FILE).chmod(0o000)
    told = re.escape(f"store/not-readable: this user may not read {tmp_path / FOLDER / FILE}")
    with as_another(tmp_path / FOLDER), pytest.raises(StoreError, match=f"^{told}$"):
        open_ledger(tmp_path)


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    """A ledger of a newer version is refused with that version's number."""
    ledger = new_ledger(tmp_path, 1)
    with ledger.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    with refused("ledger/newer-schema") as found:
        open_ledger(tmp_path)
    assert "schema 99" in found[0].message


def test_tables_without_a_version_are_refused(tmp_path: Path) -> None:
    """A database that does not say its version is not guessed at."""
    ledger = new_ledger(tmp_path, 1)
    with ledger.database.writing() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with refused("ledger/damaged"):
        open_ledger(tmp_path)
    with ledger.database.writing() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with refused("ledger/damaged"):
        open_ledger(tmp_path)


def test_an_office_has_one_ledger(tmp_path: Path) -> None:
    """The facade begins the ledger when something is to be recorded, and finds it again."""
    (tmp_path / "programs").mkdir()
    office = Office(tmp_path)
    with refused("ledger/none"):
        office.ledger()
    office.ledger(create=True).append([entry(0)])
    assert [one.entry for one in office.ledger().entries()] == [entry(0)]
    assert office.doctor().findings == ()


def test_a_link_that_leads_nowhere_is_not_replaced(tmp_path: Path) -> None:
    """What stands in the way of a new ledger is named, and stays."""
    (tmp_path / FOLDER).symlink_to(tmp_path / "elsewhere")
    with refused("store/not-a-folder"):
        open_ledger(tmp_path, create=True)
    assert everything_below(tmp_path) == {FOLDER}


def test_a_database_without_tables_is_no_ledger(tmp_path: Path) -> None:
    """A database that was emptied is damaged; no tables are made in it."""
    new_ledger(tmp_path, 1)
    path = tmp_path / FOLDER / FILE
    path.unlink()
    begin_file(path)
    with refused("ledger/damaged"):
        open_ledger(tmp_path, create=True)
    assert [finding.code for finding in examine_folder(tmp_path).findings] == ["ledger/damaged"]


def test_a_full_disk_loses_nothing() -> None:
    """An append that finds no space says so, changes nothing, and goes on when there is space."""
    with small_disk("1m") as disk:
        ledger = new_ledger(disk, 300)
        filler = fill(disk)
        with refused("ledger/no-space"):
            ledger.append(map(entry, range(300, 900)))
        filler.unlink()
        assert examine_folder(disk).findings == ()
        ledger.append(map(entry, range(300, 400)))
        assert ledger.size == 400
        assert examine_folder(disk).findings == ()


def test_what_may_only_be_read_can_be_read() -> None:
    """On a disk that nobody may write to a ledger verifies and refuses to be appended to."""
    with small_disk("1m") as disk:
        new_ledger(disk, 10)
        make_read_only(disk)
        ledger = open_ledger(disk)
        assert [one.position for one in ledger.entries()] == list(range(10))
        assert examine_folder(disk).findings == ()
        with refused("ledger/not-writable"):
            ledger.append([entry(10)])


def test_whoever_waits_too_long_is_told(tmp_path: Path) -> None:
    """While somebody else appends, an append waits, and says so when the wait is over."""
    ledger = new_ledger(tmp_path, 1)
    other = open_ledger(tmp_path, wait_s=0)
    with ledger.database.writing(), refused("ledger/locked"):
        other.append([entry(1)])
    assert other.append([entry(1)])[0].position == 1


def test_a_file_without_tables_is_damaged(tmp_path: Path) -> None:
    """A ledger's file always has tables: none are made in one that lost them."""
    new_ledger(tmp_path)
    path = tmp_path / FOLDER / FILE
    path.unlink()
    begin_file(path)
    before = path.read_bytes()
    with refused("ledger/damaged") as found:
        open_ledger(tmp_path, create=True)
    assert found[0].message == f"{path}: it has no tables"
    assert path.read_bytes() == before
