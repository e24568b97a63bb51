"""Deliberately damaged ledgers: each kind of damage is named, and what can be done about it."""

from __future__ import annotations

import re
import shutil
import sqlite3
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pmpo.office import Office
from pmpo.store.layout import open_store
from pmpo.store.ledger.anchors import add_anchor
from pmpo.store.ledger.attachments import Attachment
from pmpo.store.ledger.checkpoint import make_checkpoint
from pmpo.store.ledger.key_file import KeyFile
from pmpo.store.ledger.keys import read_key, write_key
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.office_ledger import KEY_FILE, open_ledger
from pmpo.store.ledger.signatures import sign_entry
from pmpo.store.ledger.terms import hand_over
from tests.unit.store.ledger.support import (
    database_of,
    entry,
    in_words,
    leave_journal,
    new_ledger,
    rotate,
    rotated,
    tampering,
)
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Damage:
    """One way to damage a ledger.

    Args:
        name: what was done, in words.
        do: does it to the store `.pmpo`.
        codes: what `doctor` says.
        foreign: whether the words are those of a library, which differ from version to version.
    """

    name: str
    do: Callable[[Path], object]
    codes: tuple[str, ...]
    foreign: bool = False


def _sql(*statements: str) -> Callable[[Path], None]:
    def do(store: Path) -> None:
        with tampering(store) as database:
            for statement in statements:
                database.execute(statement)

    return do


def _plain_sql(*statements: str) -> Callable[[Path], None]:
    def do(store: Path) -> None:
        connection = sqlite3.connect(database_of(store), isolation_level=None)
        for statement in statements:
            connection.execute(statement)
        connection.close()

    return do


def _bytes(change: Callable[[bytearray], object]) -> Callable[[Path], None]:
    def do(store: Path) -> None:
        data = bytearray(database_of(store).read_bytes())
        change(data)
        database_of(store).write_bytes(data)

    return do


def _set(at: int, value: bytes) -> Callable[[Path], None]:
    def change(data: bytearray) -> None:
        data[at : at + len(value)] = value

    return _bytes(change)


def _cut(size: int) -> Callable[[Path], None]:
    def change(data: bytearray) -> None:
        del data[size:]

    return _bytes(change)


def _flip_in(piece: bytes, other: bytes) -> Callable[[Path], None]:
    def change(data: bytearray) -> None:
        at = data.index(piece)
        data[at : at + len(piece)] = other

    return _bytes(change)


def _key(change: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda store: change(store / "ledger" / KEY_FILE)


def _another_key(path: Path) -> None:
    path.unlink()
    path.write_text(SigningKey.new("pmpo-ledger/other").secret_text())
    path.chmod(0o400)


def _garbled_key(path: Path) -> None:
    text = path.read_text()
    path.chmod(0o600)
    path.write_text(text.replace("PRIVATE", "PUBLIC"))
    path.chmod(0o400)


def _next_key(store: Path) -> tuple[KeyFile, SigningKey]:
    """A key file, and the next key, which a process killed before it named it has left there."""
    file, key = KeyFile(store / "ledger" / KEY_FILE), SigningKey.new("pmpo-ledger/next")
    file.write_next(key, read_key(file.path).verifier)
    return file, key


def _not_moved(store: Path, *, garbled: bool = False) -> None:
    """A process is killed after the log has named its next key, and before that is in place."""
    file = KeyFile(store / "ledger" / KEY_FILE)
    old = read_key(file.path)
    key = rotate(open_ledger(store))
    file.path.unlink()
    write_key(file.path, old)
    file.write_next(key, old.verifier)
    if garbled:
        file.next.unlink()
        file.next.write_text("PRIVATE+KEY")
        file.next.chmod(0o400)


def _lost(store: Path) -> None:
    """The log's key is lost, and another one goes on."""
    (store / "ledger" / KEY_FILE).unlink()
    rotate(open_ledger(store), lost=True)


def _lost_and_anchored(store: Path) -> None:
    _lost(store)
    add_anchor(store.parent / "anchors.txt", open_ledger(store).checkpoint())


def _forged_rotation(store: Path) -> None:
    """Somebody who can write to the database, and has no key, names a key of their own."""
    ledger = open_ledger(store)
    mine = SigningKey.new(ledger.origin)
    made = replace(rotated(300, hand_over(ledger.origin, mine, mine)), id="key-rotated:forged")
    leaf = made.leaf()
    with tampering(store) as database:
        row = (300, "key-rotated:forged", "KeyRotated", None, leaf)
        database.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)


def _anchored_by_old_key(store: Path) -> None:
    """Whoever has a key that was given up signs what came after, and puts it among the anchors."""
    ledger = open_ledger(store)
    old = read_key(store / "ledger" / KEY_FILE)
    rotate(ledger)
    forged = make_checkpoint(ledger.origin, 301, ledger.root(), old)
    add_anchor(store.parent / "anchors.txt", forged)


def _another_history(store: Path) -> None:
    """Two people go on from one copy; one of them has anchored."""
    copy = store.parent / "copy"
    shutil.copytree(store, copy)
    other = open_ledger(copy)
    other.append([replace(entry(300), body={"number": "another"})])
    open_ledger(store).append([entry(300)])
    add_anchor(store.parent / "anchors.txt", other.checkpoint())


def _restored_older(store: Path) -> None:
    """An old backup is put in place of a log that went on, and was anchored."""
    old = database_of(store).read_bytes()
    ledger = open_ledger(store)
    ledger.append([entry(300)])
    add_anchor(store.parent / "anchors.txt", ledger.checkpoint())
    database_of(store).write_bytes(old)


def _begun_anew(store: Path) -> None:
    """The whole folder is deleted and a new ledger begun, while the old one was anchored."""
    add_anchor(store.parent / "anchors.txt", open_ledger(store).checkpoint())
    shutil.rmtree(store / "ledger")
    new_ledger(store, 300)


def _all_gone(store: Path) -> None:
    """The whole folder is deleted, and nothing begun, while the ledger was anchored."""
    add_anchor(store.parent / "anchors.txt", open_ledger(store).checkpoint())
    shutil.rmtree(store / "ledger")


def _a_folder_in_its_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _no_key_for_all(path: Path) -> None:
    path.unlink()
    path.write_text("no key")


def _write_ahead(store: Path) -> None:
    connection = sqlite3.connect(database_of(store))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def _signed(hash: str) -> Callable[[Path], None]:
    """Somebody has signed a charter whose bytes are not in the store."""

    def do(store: Path) -> None:
        signed = replace(entry(300, kind="Signed"), body={"charter_text": hash})
        open_ledger(store).append([signed, replace(signed, id="again")])

    return do


def _bad_anchor(store: Path) -> None:
    (store.parent / "anchors.txt").write_text("lost\n")


def _replaced_trigger(store: Path) -> None:
    connection = sqlite3.connect(database_of(store), isolation_level=None)
    connection.execute("DROP TRIGGER entries_no_delete")
    statement = "CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT 1; END"
    connection.execute(statement)
    connection.close()


def _zeros_in_index(store: Path) -> None:
    connection = sqlite3.connect(database_of(store))
    found = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entries_by_kind'")
    end = found.fetchone()[0] * 4096
    connection.close()
    _set(end - 200, bytes(200))(store)


def _no_database(store: Path) -> None:
    database_of(store).unlink()
    database_of(store).write_text("once a ledger\n" * 100)


def _someone_elses(store: Path) -> None:
    database_of(store).unlink()
    connection = sqlite3.connect(database_of(store))
    connection.execute("CREATE TABLE things (name TEXT)")
    connection.commit()
    connection.close()


def _a_file_in_place_of_the_folder(store: Path) -> None:
    shutil.rmtree(store / "ledger")
    (store / "ledger").write_text("")


_LETTER = Attachment(b"letter", bytes(32))


def _letter_then(*statements: str) -> Callable[[Path], None]:
    """Something is attached to an entry, and then somebody changes that."""

    def do(store: Path) -> None:
        resting = replace(entry(300), attached={"letter": _LETTER.attached})
        open_ledger(store).append([resting], [_LETTER])
        _sql(*statements)(store)

    return do


def _not_yet_erased(store: Path) -> None:
    """A process is killed between recording that data goes and deleting it."""
    _letter_then()(store)
    gone = replace(entry(301, kind="Erased"), body={"hash": _LETTER.attached.hash})
    open_ledger(store).append([gone])


def _stray_data(store: Path) -> None:
    with tampering(store) as database:
        row = (_LETTER.attached.hash, _LETTER.salt, _LETTER.data)
        database.execute("INSERT INTO attachments VALUES (?, ?, ?)", row)


def _rewritten(store: Path) -> None:
    """Whoever has the key writes the history anew, after it was anchored."""
    ledger = open_ledger(store)
    add_anchor(store.parent / "anchors.txt", ledger.checkpoint())
    key = read_key(store / "ledger" / KEY_FILE)
    empty = make_checkpoint(ledger.origin, 0, ledger.root(0), key)
    with tampering(store) as database:
        for table in ("entries", "tiles", "checkpoints"):
            database.execute(f"DELETE FROM {table}")
        database.execute("INSERT INTO checkpoints VALUES (0, ?)", (str(empty),))
    open_ledger(store).append([replace(entry(n), body={"number": -n}) for n in range(300)])


def _unsigned_anchor(store: Path) -> None:
    ledger = open_ledger(store)
    other = make_checkpoint(ledger.origin, 300, ledger.root(), SigningKey.new(ledger.origin))
    add_anchor(store.parent / "anchors.txt", other)


def _forged(store: Path) -> None:
    """An entry says that somebody's key signed it, and it did not."""
    forged = replace(sign_entry(entry(300), SigningKey("anna", bytes(32))), program="stock")
    open_ledger(store).append([forged])


def _no_entry(store: Path) -> None:
    """A leaf that is none, with columns that fit."""
    leaf = entry(300).leaf().replace(b'"how":"asserted"', b'"how":"key","x":1')
    with tampering(store) as database:
        row = (300, "e-300", "Noted", "range-review", leaf)
        database.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)


_FIRST_LEAF = entry(7).leaf()
CORPUS = [
    Damage("nothing", lambda _: None, ()),
    Damage("the file is gone", lambda store: database_of(store).unlink(), ("ledger/missing",)),
    Damage("the file is empty", _cut(0), ("ledger/damaged",)),
    Damage("cut in the header", _cut(50), ("ledger/damaged",)),
    Damage("cut in half", _cut(40_960), ("ledger/damaged",)),
    Damage("cut by one byte", _cut(-1), ("ledger/damaged",)),
    Damage("not a database", _no_database, ("ledger/damaged",)),
    Damage("another program's database", _someone_elses, ("ledger/damaged",)),
    Damage("another application id", _set(68, b"\0\0\0\1"), ("ledger/damaged",)),
    Damage(
        "a table whose statement is no text",
        _flip_in(b"CREATE TABLE entries", b"CREATE TABLE \xffntries"),
        ("ledger/damaged",),
        foreign=True,
    ),
    Damage(
        "a table whose name is no text",
        _flip_in(b"tableentriesentries", b"table\xc3ntriesentries"),
        ("ledger/damaged",),
    ),
    Damage("an index that lacks rows", _zeros_in_index, ("ledger/damaged",), foreign=True),
    Damage("a page of zeros", _set(8192, bytes(4096)), ("ledger/damaged",), foreign=True),
    Damage(
        "a folder for the file",
        lambda store: _a_folder_in_its_place(database_of(store)),
        ("ledger/damaged",),
    ),
    Damage("sqlite writes ahead", _write_ahead, ("ledger/write-ahead",)),
    Damage(
        "what sqlite wrote ahead",
        lambda store: database_of(store).with_name("ledger.db-wal").write_bytes(b"x" * 99),
        ("ledger/write-ahead",),
    ),
    Damage("a file for a folder", _a_file_in_place_of_the_folder, ("store/not-a-folder",)),
    Damage(
        "a flipped byte in a leaf",
        _flip_in(_FIRST_LEAF, _FIRST_LEAF.replace(b"anna", b"otto")),
        ("ledger/checkpoint-inconsistent", "ledger/leaf-changed"),
    ),
    Damage(
        "a flipped byte in a tile",
        _sql("UPDATE tiles SET hashes = zeroblob(8192)"),
        ("ledger/tile-changed",),
    ),
    Damage(
        "a flipped byte in a root",
        _sql("UPDATE tiles SET root = zeroblob(32)"),
        ("ledger/tile-changed",),
    ),
    Damage(
        "a flipped byte in a checkpoint",
        _sql("UPDATE checkpoints SET note = replace(note, '300', '301') WHERE size = 300"),
        ("ledger/checkpoint-changed", "ledger/unsigned"),
    ),
    Damage("a deleted row", _sql("DELETE FROM entries WHERE position = 9"), ("ledger/gap",)),
    Damage(
        "deleted last rows",
        _sql("DELETE FROM entries WHERE position > 297"),
        ("ledger/cut-off",),
    ),
    Damage(
        "a row of another type",
        _sql("UPDATE entries SET leaf = CAST(leaf AS TEXT) WHERE position = 9"),
        ("ledger/damaged",),
    ),
    Damage(
        "two identities",
        _sql("DELETE FROM ledger"),
        ("ledger/damaged",),
    ),
    Damage("a garbled identity", _sql("UPDATE ledger SET key = 'x'"), ("ledger/damaged",)),
    Damage(
        "a dropped trigger",
        _plain_sql("DROP TRIGGER entries_no_delete"),
        ("ledger/trigger-missing",),
    ),
    Damage(
        "several dropped triggers",
        _plain_sql("DROP TRIGGER entries_no_delete", "DROP TRIGGER entries_no_update"),
        ("ledger/trigger-missing",),
    ),
    Damage("a replaced trigger", _replaced_trigger, ("ledger/schema-changed",)),
    Damage("a dropped index", _plain_sql("DROP INDEX entries_by_kind"), ("ledger/schema-changed",)),
    Damage("a further table", _plain_sql("CREATE TABLE more (x TEXT)"), ("ledger/schema-changed",)),
    Damage(
        "a trigger that lets everything through",
        _sql(
            "CREATE TRIGGER entries_no_more BEFORE UPDATE ON entries BEGIN SELECT 1; END",
        ),
        ("ledger/schema-changed",),
    ),
    Damage(
        "a dropped table", _plain_sql("DROP TABLE attachments"), ("ledger/damaged",), foreign=True
    ),
    Damage(
        "a newer schema",
        _sql("UPDATE alembic_version SET version_num = '0099'"),
        ("ledger/newer-schema",),
    ),
    Damage(
        "a version that is none",
        _sql("UPDATE alembic_version SET version_num = 'abc'"),
        ("ledger/damaged",),
    ),
    Damage(
        "a version that is nothing",
        _sql(
            "CREATE TABLE kept AS SELECT NULL AS version_num",
            "DROP TABLE alembic_version",
            "ALTER TABLE kept RENAME TO alembic_version",
        ),
        ("ledger/damaged",),
    ),
    Damage("a missing key", _key(lambda path: path.unlink()), ("ledger/key-missing",)),
    Damage("another key", _key(_another_key), ("ledger/key-wrong",)),
    Damage("a folder for the key", _key(_a_folder_in_its_place), ("ledger/key-unreadable",)),
    Damage("no key, for everybody", _key(_no_key_for_all), ("ledger/key-damaged",)),
    Damage("a garbled key", _key(_garbled_key), ("ledger/key-damaged",)),
    Damage("a key for everybody", _key(lambda path: path.chmod(0o444)), ("ledger/key-exposed",)),
    Damage("a key for the group", _key(lambda path: path.chmod(0o440)), ("ledger/key-exposed",)),
    Damage("a next key that no log names", _next_key, ("ledger/key-moving",)),
    Damage("a key not in its place", _not_moved, ("ledger/key-moving",)),
    Damage(
        "a key not in its place, and garbled",
        partial(_not_moved, garbled=True),
        ("ledger/key-moving", "ledger/key-wrong"),
    ),
    Damage(
        "a next key for everybody",
        lambda store: _next_key(store)[0].next.chmod(0o444),
        ("ledger/key-exposed", "ledger/key-moving"),
    ),
    Damage("a rotation", lambda store: rotate(open_ledger(store)), ()),
    Damage("a lost key", _lost, ("ledger/key-lost",)),
    Damage("a lost key, and an anchor", _lost_and_anchored, ("ledger/key-lost",)),
    Damage("a forged rotation", _forged_rotation, ("ledger/key-chain", "ledger/unsigned")),
    Damage("an old key that signs", _anchored_by_old_key, ("ledger/anchor-old-key",)),
    Damage("two histories", _another_history, ("ledger/two-histories",)),
    Damage("an older backup put back", _restored_older, ("ledger/anchor-ahead",)),
    Damage("begun anew", _begun_anew, ("ledger/anchor-other-log",)),
    Damage("all gone but an anchor", _all_gone, ("ledger/missing",)),
    Damage("a lost charter", _signed("sha256:" + "0" * 64), ("ledger/charter",)),
    Damage("anchors that are none", _bad_anchor, ("ledger/anchor-unreadable",)),
    Damage("a journal left by a crash", leave_journal, ("ledger/journal",)),
    Damage(
        "changed data",
        _letter_then("UPDATE attachments SET data = x'00'"),
        ("ledger/attachment-changed",),
    ),
    Damage("lost data", _letter_then("DELETE FROM attachments"), ("ledger/attachment-missing",)),
    Damage("data that was to be erased", _not_yet_erased, ("ledger/attachment-kept",)),
    Damage("stray data", _stray_data, ("ledger/attachment-stray",)),
    Damage("a rewritten history", _rewritten, ("ledger/two-histories",)),
    Damage("an anchor of nobody", _unsigned_anchor, ("ledger/anchor-unsigned",)),
    Damage("a forged signature", _forged, ("ledger/author-signature", "ledger/key-undeclared")),
    Damage(
        "a leaf that is no entry",
        _no_entry,
        ("ledger/entry-unreadable", "ledger/unsigned"),
        foreign=True,
    ),
    Damage(
        "no checkpoint that is signed",
        _sql(
            "UPDATE checkpoints SET note = 'x' WHERE size = 0",
            "DELETE FROM checkpoints WHERE size = 300",
        ),
        ("ledger/checkpoint-changed", "ledger/unsigned"),
    ),
    Damage(
        "a checkpoint of another size",
        _sql("UPDATE checkpoints SET size = 299 WHERE size = 300"),
        ("ledger/checkpoint-changed", "ledger/unsigned"),
    ),
    Damage(
        "entries that nobody signed",
        _sql("DELETE FROM checkpoints WHERE size = 300"),
        ("ledger/unsigned",),
    ),
    Damage(
        "changed columns",
        _sql("UPDATE entries SET kind = 'Decided' WHERE position IN (2, 299)"),
        ("ledger/columns-changed", "ledger/columns-changed"),
    ),
    Damage(
        "a tile too many",
        _sql("INSERT INTO tiles SELECT level, 1, hashes, root FROM tiles"),
        ("ledger/tile-changed",),
    ),
    Damage("a lost tile", _sql("DELETE FROM tiles"), ("ledger/tile-changed",)),
    Damage(
        "a clock that was set back",
        lambda store: open_ledger(store).append([replace(entry(1), id="later")]),
        ("ledger/clock",),
    ),
    Damage(
        "a stray file",
        lambda store: (store / "ledger" / "notes.txt").write_text("x"),
        ("doctor/stray-file",),
    ),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office whose ledger has 300 entries."""
    office = tmp_path_factory.mktemp("office")
    (office / "programs").mkdir()
    ledger = Office(office).ledger(create=True)
    ledger.append(map(entry, range(300)))
    return office


@pytest.mark.parametrize("damage", CORPUS, ids=lambda damage: damage.name)
def test_doctor_names_each_damage(
    whole: Path, tmp_path: Path, root: Path, rewrite: bool, damage: Damage
) -> None:
    """Every damaged store is told apart, and everything that is said comes with what to do.

    What is said word by word is in tests/golden/ledger, to be read.
    """
    office = tmp_path / "office"
    shutil.copytree(whole, office)
    damage.do(office / ".pmpo")
    examined = Office(office).doctor()
    assert sorted(finding.code for finding in examined.findings) == sorted(damage.codes)
    assert all(finding.help for finding in examined.findings)
    wrong = [finding for finding in examined.findings if finding.severity != "note"]
    assert examined.clean == (not wrong)
    findings = [
        replace(one, message="(in the words of a library)") if damage.foreign else one
        for one in examined.findings
    ]
    said = "".join(in_words(finding, office) for finding in findings)
    path = root / "tests/golden/ledger" / f"{re.sub(r'[^a-z]+', '_', damage.name)}.txt"
    if rewrite:
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8"), f"see pytest {__file__} --rewrite"


def test_a_crashed_append_is_taken_back(whole: Path, tmp_path: Path) -> None:
    """After a crash in a commit the log is what was acknowledged, and goes on from there."""
    office = tmp_path / "office"
    shutil.copytree(whole, office)
    leave_journal(office / ".pmpo")
    ledger = Office(office).ledger()
    assert ledger.size == 300
    ledger.append([entry(300)])
    assert Office(office).verify().sound


@pytest.mark.parametrize("left", [_next_key, _not_moved])
def test_a_killed_rotation_is_finished(
    whole: Path, tmp_path: Path, left: Callable[[Path], object]
) -> None:
    """Wherever it was killed, the next append finds the log's key, and another may follow."""
    office = tmp_path / "office"
    shutil.copytree(whole, office)
    left(office / ".pmpo")
    ledger = Office(office).ledger()
    ledger.append([entry(301)])
    assert read_key(office / ".pmpo" / "ledger" / KEY_FILE).verifier == ledger.key
    rotate(ledger)
    assert Office(office).doctor().findings == ()


def test_a_ledger_that_an_anchor_tells_of_is_not_begun_anew(whole: Path, tmp_path: Path) -> None:
    """Deleting it whole is found by `verify`, and nothing that is recorded begins another one."""
    office = tmp_path / "office"
    shutil.copytree(whole, office)
    _all_gone(office / ".pmpo")
    verified = Office(office).verify()
    assert [one.code for one in verified.findings] == ["ledger/missing"]
    with refused("ledger/missing"):
        Office(office).ledger(create=True)
    assert not (office / ".pmpo" / "ledger").exists()
    (office / "anchors.txt").unlink()
    with refused("ledger/none"):
        Office(office).verify()
    assert Office(office).ledger(create=True).size == 0


def test_a_changed_charter_is_found_by_both(whole: Path, tmp_path: Path) -> None:
    """A signed charter that is stored is whole; another byte in it is named, and its entry."""
    office = tmp_path / "office"
    shutil.copytree(whole, office)
    objects = open_store(office).objects
    name = objects.put_bytes(b"charter: 1")
    _signed(name)(office / ".pmpo")
    assert Office(office).verify().findings == ()
    path = objects.path(name)
    path.chmod(0o600)
    path.write_bytes(b"charter: 2")
    [found] = Office(office).verify().findings
    assert (found.code, "entry 300" in found.message) == ("ledger/charter", True)
    told = {one.code for one in Office(office).doctor().findings}
    assert told == {"ledger/charter", "doctor/object-changed"}
