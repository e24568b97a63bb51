"""The ledger on PostgreSQL: the same log, the same refusals, appends of many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from pmpo.diagnostics import PmpoError
from pmpo.store.ledger.attachments import Attachment
from pmpo.store.ledger.database import postgresql
from pmpo.store.ledger.keys import read_key, write_key
from pmpo.store.ledger.log import Ledger, found_log
from pmpo.store.ledger.migrations import upgrade, version_of
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.office_ledger import open_postgresql
from pmpo.store.ledger.schema import schema_findings
from pmpo.store.ledger.tables import VERSION, metadata
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.support import entry, new_ledger, rotate, rotating_at_once
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engines.postgresql import PostgreSQL


@pytest.fixture
def url(postgres: PostgreSQL) -> Iterator[str]:
    """A database of its own."""
    postgres.query_nothing("CREATE DATABASE ledger_test")
    yield postgres.url("ledger_test")
    postgres.query_nothing("DROP DATABASE ledger_test WITH (FORCE)")


@pytest.fixture
def ledger(url: str, tmp_path: Path) -> Ledger:
    """A new ledger in it."""
    return open_postgresql(url, tmp_path / "ledger.key")


def test_the_same_entries_make_the_same_tree(ledger: Ledger, tmp_path: Path) -> None:
    """Root, proofs and readings are those of a SQLite file with the same entries."""
    other = new_ledger(tmp_path / "sqlite", 600)
    ledger.append(map(entry, range(600)))
    assert ledger.root() == other.root()
    assert ledger.inclusion(7) == other.inclusion(7)
    assert ledger.consistency(300) == other.consistency(300)
    assert list(ledger.entries()) == list(other.entries())
    assert [one.position for one in ledger.entries(kind="Noted", start=590)] == [*range(590, 600)]
    found = verify(ledger)
    assert (found.findings, found.size, found.root) == ((), 600, other.root())


def test_it_opens_again(ledger: Ledger, url: str, tmp_path: Path) -> None:
    """The ledger is found again with its key, and its URL is shown without a password."""
    ledger.append([entry(0)])
    again = open_postgresql(url, tmp_path / "ledger.key")
    assert [one.entry for one in again.entries()] == [entry(0)]
    assert again.append([entry(0), entry(1)])[0].new is False
    assert read_key(tmp_path / "ledger.key").verifier == again.key
    secret = open_postgresql(url.replace("postgres@", "postgres:hidden@"), tmp_path / "ledger.key")
    assert "hidden" not in secret.place


def test_it_may_begin_with_a_key_that_is_there(url: str, tmp_path: Path) -> None:
    """A key whose log was never begun, as after a crash, is used and not replaced."""
    key = SigningKey.new("pmpo-ledger/first")
    write_key(tmp_path / "ledger.key", key)
    assert open_postgresql(url, tmp_path / "ledger.key").key == key.verifier


def test_many_append_at_once(ledger: Ledger, url: str, tmp_path: Path) -> None:
    """Concurrent appends, each tried twice, make one gapless order in which each is once."""

    def write(writer: int) -> list[int]:
        own = open_postgresql(url, tmp_path / "ledger.key")
        placed = []
        for number in range(writer * 100, writer * 100 + 20, 2):
            batch = [entry(number), entry(number + 1)]
            placed += [one.position for one in own.append(batch)]
            assert not any(one.new for one in own.append(batch))
        return placed

    with ThreadPoolExecutor(5) as threads:
        placed = [position for own in threads.map(write, range(5)) for position in own]
    assert sorted(placed) == list(range(100))
    assert verify(ledger).sound


def test_two_may_begin_at_once(url: str, tmp_path: Path) -> None:
    """Who comes second uses the ledger that the first has begun."""
    with ThreadPoolExecutor(3) as threads:
        opened = list(
            threads.map(lambda _: open_postgresql(url, tmp_path / "ledger.key"), range(3))
        )
    assert len({one.origin for one in opened}) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET kind = 'Decided'",
        "DELETE FROM entries WHERE position = 1",
        "TRUNCATE entries",
        "INSERT INTO entries SELECT 700, 'e-700', kind, program, leaf FROM entries LIMIT 1",
        "UPDATE tiles SET root = hashes",
        "TRUNCATE tiles",
        "DELETE FROM checkpoints",
        "INSERT INTO checkpoints SELECT 7, note FROM checkpoints LIMIT 1",
        "UPDATE ledger SET origin = 'another'",
        "INSERT INTO ledger SELECT 1, 'another', key FROM ledger",
        "UPDATE attachments SET data = salt",
        "DELETE FROM attachments",
        "TRUNCATE attachments",
    ],
)
def test_the_database_refuses_changes(ledger: Ledger, statement: str) -> None:
    """Updates, deletions and gaps are refused by the database itself."""
    letter = Attachment(b"letter")
    ledger.append(map(entry, range(256)))
    ledger.append([replace(entry(256), attached={"letter": letter.attached})], [letter])
    before = list(ledger.entries())
    with refused("ledger/append-only"), ledger.database.writing() as connection:
        connection.execute(text(statement))
    assert list(ledger.entries()) == before


def test_erasing_breaks_no_proof(ledger: Ledger) -> None:
    """Attached data goes once an entry says so, and the log still verifies."""
    letter = Attachment(b"letter")
    hash = letter.attached.hash
    ledger.append([replace(entry(0), attached={"letter": letter.attached})], [letter])
    assert ledger.attachment(letter.attached) == b"letter"
    ledger.erase(hash, replace(entry(1, kind="Erased"), body={"hash": hash, "because": "asked"}))
    with refused("ledger/erased"):
        ledger.attachment(letter.attached)
    assert verify(ledger).findings == ()


def test_changes_of_a_superuser_are_found(ledger: Ledger) -> None:
    """Whoever disables the triggers can change entries, and `verify` names what has changed."""
    ledger.append(map(entry, range(300)))
    with ledger.database.writing() as connection:
        connection.execute(text("ALTER TABLE entries DISABLE TRIGGER entries_no_update"))
        # a backslash is a letter of a text, and not the beginning of a byte
        connection.execute(text(r"UPDATE entries SET kind = 'De\cided' WHERE position = 3"))
        leaf = replace(entry(5), body={"number": -1}).leaf()
        connection.execute(text("UPDATE entries SET leaf = :x WHERE position = 5"), {"x": leaf})
    assert [finding.code for finding in verify(ledger).findings] == [
        "ledger/checkpoint-inconsistent",
        "ledger/columns-changed",
        "ledger/leaf-changed",
    ]
    with ledger.database.reading() as connection:
        [finding] = schema_findings(connection)
    assert finding.code == "ledger/trigger-missing"
    assert "entries_no_update" in finding.message
    with ledger.database.writing() as connection:
        for table in ("tiles", "ledger", "checkpoints", "attachments"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_update"))
        [finding] = schema_findings(connection)
    gone = [f"`{table}_no_update`" for table in sorted(metadata.tables)]
    assert finding.message == f"5 triggers are gone: {', '.join(gone)}"


def test_it_gets_another_key(ledger: Ledger, url: str, tmp_path: Path) -> None:
    """The next key takes its place in the file, and whoever has only the old one is refused."""
    ledger.append([entry(0)])
    old = read_key(tmp_path / "ledger.key")
    write_key(tmp_path / "copied.key", old)
    key = rotate(ledger)
    assert read_key(tmp_path / "ledger.key") == key
    open_postgresql(url, tmp_path / "ledger.key").append([entry(2)])
    with refused("ledger/key-wrong"):
        open_postgresql(url, tmp_path / "copied.key").append([entry(3)])
    assert verify(ledger).findings == ()
    assert verify(ledger).key == str(key.verifier)


def test_many_rotate_and_append_at_once(ledger: Ledger, url: str, tmp_path: Path) -> None:
    """Whoever wins, the log has one key at a time, and that key lies in the one file."""
    path, turns = tmp_path / "ledger.key", 12
    made, told = rotating_at_once(lambda: open_postgresql(url, path), 4, turns)
    assert told <= {"ledger/grown", "ledger/bad-entry"}
    assert turns <= made
    assert len(ledger.terms()[0]) == made + 1
    assert ledger.size == 4 * turns + made
    assert [one.code for one in verify(ledger).findings if one.severity != "note"] == []
    assert read_key(path).verifier == ledger.key
    assert [one.name for one in tmp_path.glob("*.next")] == []


def test_who_has_the_key_elsewhere_does_not_rotate_against_another(
    ledger: Ledger, url: str, tmp_path: Path
) -> None:
    """Of two machines with a copy of the key each, one gives the log its next; the other stops."""
    copies = [tmp_path / one / "ledger.key" for one in "ab"]
    for copy in copies:
        copy.parent.mkdir()
        write_key(copy, read_key(tmp_path / "ledger.key"))
    made = []

    def work(copy: Path) -> str:
        try:
            made.append((copy, rotate(open_postgresql(url, copy))))
        except PmpoError as error:
            return error.findings[0].code
        return ""

    with ThreadPoolExecutor(2) as threads:
        told = sorted(threads.map(work, copies))
    [(winner, key)] = made
    assert told[0] == ""
    assert told[1] in {"ledger/grown", "ledger/bad-entry", "ledger/key-wrong"}
    assert (ledger.key, read_key(winner)) == (key.verifier, key)
    [other] = [one for one in copies if one != winner]
    with refused("ledger/key-wrong"):
        open_postgresql(url, other).append([entry(7)])
    assert not other.with_name("ledger.key.next").exists()
    open_postgresql(url, winner).append([entry(7)])
    assert verify(ledger).findings == ()


def test_an_old_ledger_opens_and_goes_on(url: str, tmp_path: Path) -> None:
    """A ledger of the first version is brought to this one."""
    key = SigningKey.new("pmpo-ledger/old")
    write_key(tmp_path / "ledger.key", key)
    with postgresql(url).writing() as connection:
        upgrade(connection, 1)
        found_log(connection, key, key.name)
    ledger = open_postgresql(url, tmp_path / "ledger.key")
    ledger.append([entry(0)])
    with ledger.database.reading() as connection:
        assert version_of(connection) == VERSION
        assert schema_findings(connection) == []


def test_what_the_migrations_make_never_changes(ledger: Ledger, root: Path, rewrite: bool) -> None:
    """Servers that are there have these tables and guards; a change needs a new version."""
    with ledger.database.reading() as connection:
        made = [str(part) for query in _MADE for part in connection.execute(text(query)).scalars()]
    path = root / "tests/golden/ledger/schema_postgresql.txt"
    found = "".join(f"{' '.join(part.split())}\n" for part in made)
    if rewrite:
        path.write_text(found)
    assert found == path.read_text(), f"see pytest {__file__} --rewrite"


_MADE = (
    """SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
    FROM information_schema.columns WHERE table_schema = 'public'
    ORDER BY table_name, ordinal_position""",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef",
    """SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'
    AND connamespace = 'public'::regnamespace ORDER BY 1""",
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    """SELECT proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1""",
)


def test_what_is_acknowledged_is_on_the_disk(ledger: Ledger) -> None:
    """Appends are synchronous also on a server that is set up to be quicker than safe."""
    with ledger.database.writing() as connection:
        connection.execute(text("ALTER DATABASE ledger_test SET synchronous_commit TO off"))
    show = text("SHOW synchronous_commit")
    with ledger.database.reading() as connection:
        assert connection.execute(show).scalar_one() == "off"
    with ledger.database.writing() as connection:
        assert connection.execute(show).scalar_one() == "on"


def test_a_reading_is_one_view(ledger: Ledger) -> None:
    """What others append while somebody reads is not seen in that reading; writers see it."""
    how = text("SHOW transaction_isolation")
    with ledger.database.reading() as connection:
        assert connection.execute(how).scalar_one() == "repeatable read"
    with ledger.database.writing() as connection:
        assert connection.execute(how).scalar_one() == "read committed"


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A connection that fails is a finding with the place."""
    url = f"postgresql+psycopg://postgres@/nothing?host={tmp_path}"
    with refused("ledger/failed") as found:
        open_postgresql(url, tmp_path / "ledger.key")
    assert str(tmp_path) in found[0].message
