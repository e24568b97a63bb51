from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text

from pmpo.store.ledger.anchors import Anchor
from pmpo.store.ledger.attachments import Attachment
from pmpo.store.ledger.checkpoint import make_checkpoint
from pmpo.store.ledger.database import sqlite
from pmpo.store.ledger.files import examine_file
from pmpo.store.ledger.keys import read_key, write_key
from pmpo.store.ledger.log import found_log
from pmpo.store.ledger.migrations import upgrade, version_of
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.office_ledger import KEY_FILE, begin_file, open_ledger
from pmpo.store.ledger.tables import VERSION, checkpoints, entries, metadata
from pmpo.store.ledger.tree import leaf_hash
from tests.unit.store.ledger.support import (
    database_of,
    entry,
    made_by_migrations,
    rotate,
    tampering,
)
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A store with a ledger of the first version, before anything could be attached."""
    return _made(tmp_path, 1)


@pytest.fixture(params=[1, 2])
def old_version(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A store with a ledger of an earlier version; the second is from before rotations."""
    return _made(tmp_path, request.param)


def _made(tmp_path: Path, version: int) -> Path:
    folder = tmp_path / "ledger"
    folder.mkdir()
    key = SigningKey.new("pmpo-ledger/old")
    write_key(folder / KEY_FILE, key)
    begin_file(database_of(tmp_path))
    with sqlite(database_of(tmp_path)).writing() as connection:
        upgrade(connection, version)
        found_log(connection, key, key.name)
        leaf = entry(0).leaf()
        row = {"position": 0, "id": "e-0", "kind": "Noted", "program": "range-review"}
        connection.execute(insert(entries), {**row, "leaf": leaf})
        signed = make_checkpoint(key.name, 1, leaf_hash(leaf), key)
        connection.execute(insert(checkpoints), {"size": 1, "note": str(signed)})
    return tmp_path


def test_an_old_ledger_opens_and_goes_on(old_version: Path) -> None:
    """A ledger of an earlier version is brought to this one, with all that is in it."""
    ledger = open_ledger(old_version)
    assert [one.entry for one in ledger.entries()] == [entry(0)]
    letter = Attachment(b"letter")
    with ledger.database.reading() as connection:
        assert version_of(connection) == VERSION
    ledger.append([entry(1)], [letter])
    assert examine_file(database_of(old_version)).findings == ()


def test_an_old_ledger_may_get_another_key(old_version: Path) -> None:
    """Its first key hands over like any other; a program that knows less would be told."""
    ledger = open_ledger(old_version)
    rotate(ledger)
    ledger.append([entry(2)])
    assert examine_file(database_of(old_version)).findings == ()
    with tampering(old_version) as database:
        database.execute("UPDATE alembic_version SET version_num = '0004'")
    with refused("ledger/newer-schema"):
        rotate(open_ledger(old_version))


def test_looking_at_an_old_ledger_changes_nothing(old_version: Path) -> None:
    """A backup of an earlier version verifies as it is, byte for byte."""
    path = database_of(old_version)
    before = path.read_bytes()
    found = examine_file(path)
    assert found.findings == ()
    assert found.verified is not None
    assert (found.verified.size, found.verified.place) == (1, str(path))
    assert path.read_bytes() == before


def test_an_old_ledger_that_may_not_be_written_says_so(first_version: Path) -> None:
    """Where the upgrade cannot be written, the reason is given and nothing changes."""
    path = database_of(first_version)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with refused("ledger/locked"):
            open_ledger(first_version, wait_s=0)
    with sqlite(path).reading() as connection:
        assert version_of(connection) == 1


def test_the_tables_are_those_that_the_code_uses(tmp_path: Path) -> None:
    """The migrations make every table and column that the code names, and no other."""
    path = tmp_path / "made.db"
    begin_file(path)
    with sqlite(path).writing() as connection:
        upgrade(connection)
    with closing(sqlite3.connect(path)) as connection:
        for table in metadata.sorted_tables:
            found = connection.execute(f"PRAGMA table_info({table.name})").fetchall()
            assert [(row[1], row[2], bool(row[3]), bool(row[5])) for row in found] == [
                (
                    column.name,
                    column.type.compile(sqlite(path).engine.dialect),
                    not column.nullable,
                    column.primary_key,
                )
                for column in table.columns
            ]


def test_an_upgrade_that_fails_changes_nothing(first_version: Path) -> None:
    """An upgrade holds completely or not at all."""
    path = database_of(first_version)
    in_the_way = "CREATE TRIGGER attachments_no_replace BEFORE UPDATE ON tiles BEGIN SELECT 1; END"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(in_the_way)
    with refused("ledger/damaged"):
        open_ledger(first_version)
    with closing(sqlite3.connect(path)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert "attachments" not in names


def test_what_a_version_makes_never_changes(tmp_path: Path, root: Path, rewrite: bool) -> None:
    """Stores that are there were made by these statements; a change needs a new version."""
    kept = root / "tests/golden/ledger"
    for version in range(1, VERSION + 1):
        path = tmp_path / f"{version}.db"
        begin_file(path)
        with sqlite(path).writing() as connection:
            upgrade(connection, version)
        with closing(sqlite3.connect(path)) as connection:
            made = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name")
            found = "".join(f"{name}: {' '.join((sql or '').split())}\n" for name, sql in made)
        expected = kept / f"schema_{version}.sql.txt"
        if rewrite:
            expected.write_text(found)
        assert found == expected.read_text(), f"see pytest {__file__} --rewrite"


def test_what_is_sent_to_a_server_never_changes(root: Path, rewrite: bool) -> None:
    """Servers that are there have run these statements; tests/engines runs them on one."""
    expected = root / "tests/golden/ledger/statements_postgresql.txt"
    sent = "".join(f"{statement}\n" for statement in made_by_migrations("postgresql"))
    if rewrite:
        expected.write_text(sent)
    assert sent == expected.read_text(), f"see pytest {__file__} --rewrite"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Connection]:
    """A new file, before its first table."""
    begin_file(tmp_path / "new.db")
    with sqlite(tmp_path / "new.db").writing() as connection:
        yield connection


def _run(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(text(statement))


def test_a_file_without_tables_has_no_version(made: Connection) -> None:
    """The first version is 1; where there is none yet, it is 0."""
    assert version_of(made) == 0
    upgrade(made, 1)
    assert version_of(made) == 1


def test_tables_of_no_version_are_refused(made: Connection) -> None:
    """Tables that do not say of which version they are may be anybody's."""
    _run(made, "CREATE TABLE entries (x TEXT)")
    with refused("ledger/damaged") as found:
        version_of(made)
    assert "does not say of which version" in found[0].message


@pytest.mark.parametrize("said", [[], ["0001", "0002"], ["0003 "], ["3rd"], ["x0003"], [None]])
def test_a_version_that_is_none_is_refused(made: Connection, said: list[str | None]) -> None:
    """No number, several, and what only begins or ends with one are no version."""
    _run(made, "CREATE TABLE alembic_version (version_num TEXT)")
    for number in said:
        made.execute(text("INSERT INTO alembic_version VALUES (:n)"), {"n": number})
    with refused("ledger/damaged") as found:
        version_of(made)
    assert "it does not say of which version its tables are" in found[0].message


def test_an_old_backup_is_compared_too(first_version: Path) -> None:
    """Anchors and known keys count for a copy that had to be upgraded to be looked at."""
    key = read_key(first_version / "ledger" / KEY_FILE)
    other = SigningKey.new(key.name)
    wrong = Anchor("a:1", make_checkpoint(key.name, 1, leaf_hash(b""), key))
    path = database_of(first_version)
    found = examine_file(path, [wrong], [key.verifier])
    assert [one.code for one in found.findings] == ["ledger/two-histories"]
    right = Anchor("a:2", make_checkpoint(key.name, 1, leaf_hash(entry(0).leaf()), key))
    found = examine_file(path, [right, right], [other.verifier])
    assert found.findings == ()
    assert found.verified is not None
    assert found.verified.anchors == 2
