from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.office_ledger import KEY_FILE, open_ledger
from pmpo.store.ledger.receipt import receipt_findings
from pmpo.store.ledger.tree import includes, leaf_hash
from pmpo.store.ledger.unguessable import new_id
from tests.unit.store.ledger.rfc6962 import Reference
from tests.unit.store.ledger.support import database_of, entry, new_ledger, rotated, tampering
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_appended_can_be_read(tmp_path: Path) -> None:
    """Entries come back as they were appended, in one gapless order, in another process too."""
    appended = new_ledger(tmp_path).append(map(entry, range(3)))
    assert [one.position for one in appended] == [0, 1, 2]
    ledger = open_ledger(tmp_path)
    assert tuple(ledger.entries()) == appended
    assert ledger.size == 3
    assert ledger.entry("e-1") == appended[1]


def test_an_id_is_appended_once(tmp_path: Path) -> None:
    """A retry, also within one batch and by a later clock, returns where the entry already is."""
    ledger = new_ledger(tmp_path, 2)
    later = replace(entry(1), recorded_at=entry(1).recorded_at + timedelta(hours=1))
    appended = ledger.append([later, entry(2), entry(2)])
    assert [(one.position, one.new) for one in appended] == [(1, False), (2, True), (2, False)]
    assert appended[0].entry == entry(1)
    assert ledger.size == 3


def test_an_id_with_another_content_is_refused(tmp_path: Path) -> None:
    """The same id cannot say two things, and nothing of such a batch is appended."""
    ledger = new_ledger(tmp_path, 2)
    with refused("ledger/conflict"):
        ledger.append([entry(2), replace(entry(1), body={"number": "another"})])
    with refused("ledger/conflict"):
        ledger.append([entry(3), replace(entry(3), kind="Decided")])
    assert ledger.size == 2


def test_nothing_to_append_is_no_append(tmp_path: Path) -> None:
    """An empty batch leaves the log as it is, and signs nothing."""
    ledger = new_ledger(tmp_path, 1)
    assert ledger.append([]) == ()
    assert ledger.checkpoint().size == 1


def test_entries_are_chosen(tmp_path: Path) -> None:
    """Kind, program, and the span of positions choose entries; their order stays."""
    ledger = new_ledger(tmp_path)
    ledger.append(
        [
            entry(0),
            entry(1, kind="Decided"),
            entry(2, program=None),
            entry(3, kind="Waived"),
            entry(4, program="stock"),
        ]
    )

    def chosen(**by: object) -> list[int]:
        return [one.position for one in ledger.entries(**by)]  # type: ignore[arg-type]

    assert chosen(kind="Decided") == [1]
    assert chosen(kind=["Waived", "Decided"]) == [1, 3]
    assert chosen(kind=[]) == []
    assert chosen(program="range-review") == [0, 1, 3]
    assert chosen(start=1, upto=4) == [1, 2, 3]
    assert chosen(kind="Noted", program="stock") == [4]


def test_a_reading_ends_where_the_log_ended(tmp_path: Path) -> None:
    """A reading that began before an append does not see what was appended meanwhile."""
    ledger = new_ledger(tmp_path, 600)
    reading = ledger.entries()
    first = next(reading)
    ledger.append([entry(600)])
    assert [one.position for one in (first, *reading)] == list(range(600))
    assert [one.position for one in ledger.entries()] == list(range(601))
    assert [one.position for one in ledger.entries(start=1, upto=600)] == list(range(1, 600))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_the_stored_tree_is_that_of_the_rfc(tmp_path: Path, size: int) -> None:
    """Root and proofs from stored tiles are those that RFC 6962 defines, around full tiles too."""
    ledger = new_ledger(tmp_path, size)
    leaves = [leaf_hash(entry(number).leaf()) for number in range(size)]
    rfc = Reference(leaves)
    assert ledger.root() == ledger.checkpoint().root == rfc.root(size)
    for index in {0, 1, size // 2, size - 1} & set(range(size)):
        assert list(ledger.inclusion(index)) == rfc.inclusion(index, size)
        assert includes(leaves[index], index, size, ledger.inclusion(index), rfc.root(size))
    for first in {1, size // 3, size - 1, size} & set(range(1, size + 1)):
        assert list(ledger.consistency(first)) == rfc.consistency(first, size)
        assert ledger.root(first) == rfc.root(first)


def test_every_append_is_signed(tmp_path: Path) -> None:
    """After each append the newest checkpoint names the log's size and is signed by its key."""
    ledger = new_ledger(tmp_path)
    for number in range(3):
        ledger.append([entry(number)])
        checkpoint = ledger.checkpoint()
        assert checkpoint.size == number + 1
        assert checkpoint.origin == ledger.origin == ledger.key.name
        assert checkpoint.note.signed_by(ledger.key)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET kind = 'Decided'",
        "DELETE FROM entries WHERE position = 1",
        "INSERT OR REPLACE INTO entries SELECT 256, id, 'X', '', leaf FROM entries LIMIT 1",
        "INSERT INTO entries SELECT 300, 'e-300', 'X', '', leaf FROM entries LIMIT 1",
        "UPDATE tiles SET root = hashes",
        "DELETE FROM tiles",
        "INSERT OR REPLACE INTO tiles SELECT level, position, root, hashes FROM tiles",
        "UPDATE checkpoints SET note = ''",
        "DELETE FROM checkpoints",
        "INSERT OR REPLACE INTO checkpoints SELECT size, '' FROM checkpoints",
        "UPDATE ledger SET origin = 'another'",
        "DELETE FROM ledger",
        "INSERT OR REPLACE INTO ledger SELECT one, 'another', key FROM ledger",
    ],
)
def test_the_database_refuses_changes(tmp_path: Path, statement: str) -> None:
    """Updates, deletions and replacements are refused by the database itself."""
    ledger = new_ledger(tmp_path, 256)
    before = list(ledger.entries())
    with refused("ledger/append-only"), ledger.database.writing() as connection:
        connection.execute(text(statement))
    assert list(ledger.entries()) == before


def test_an_unknown_id_is_said(tmp_path: Path) -> None:
    """Asking for an entry that is not there is a finding."""
    with refused("ledger/not-found"):
        new_ledger(tmp_path, 1).entry("e-1")


def test_another_key_signs_nothing(tmp_path: Path) -> None:
    """A secret key that is not the log's appends nothing, nor does a missing or damaged one."""
    ledger = new_ledger(tmp_path, 1)
    path = tmp_path / "ledger" / KEY_FILE
    own = path.read_text()
    path.unlink()
    with refused("ledger/key-missing"):
        ledger.append([entry(1)])
    path.write_text(SigningKey.new(ledger.origin).secret_text())
    with refused("ledger/key-wrong"):
        ledger.append([entry(1)])
    path.write_text(own[:-9])
    with refused("ledger/key-damaged"):
        ledger.append([entry(1)])
    path.write_text(own)
    ledger.append([entry(1)])
    assert ledger.size == 2


def test_nothing_is_signed_on_top_of_a_changed_tail(tmp_path: Path) -> None:
    """When the last entries are not what was signed, nothing more is appended to them."""
    ledger = new_ledger(tmp_path, 2)
    with ledger.database.writing() as connection:
        connection.execute(text("DROP TRIGGER entries_no_delete"))
        connection.execute(text("DELETE FROM entries WHERE position = 1"))
    with refused("ledger/tail-changed"):
        ledger.append([entry(1)])


def test_a_log_that_has_grown_takes_nothing_that_rests_on_less(tmp_path: Path) -> None:
    """Who appends may say how long the log was; a retry of what is there already still succeeds."""
    ledger = new_ledger(tmp_path, 2)
    assert ledger.append([entry(2)], expected_size=2)[0].position == 2
    with refused("ledger/grown"):
        ledger.append([entry(3)], expected_size=2)
    assert ledger.append([entry(2)], expected_size=2)[0].position == 2
    assert ledger.size == 3


@pytest.mark.parametrize("change", ["DELETE FROM checkpoints", "UPDATE checkpoints SET note = 'x'"])
def test_without_its_checkpoint_a_log_does_not_go_on(tmp_path: Path, change: str) -> None:
    """A log whose last checkpoint is gone or garbled is damaged, for readers and writers."""
    ledger = new_ledger(tmp_path, 1)
    with tampering(tmp_path) as database:
        database.execute(change)
    with refused("ledger/damaged"):
        ledger.checkpoint()
    with refused("ledger/damaged"):
        ledger.append([entry(1)])
    assert ledger.size == 1


def test_nothing_is_appended_to_a_log_that_has_grown(tmp_path: Path) -> None:
    """Whoever expects another size appends nothing new, and still learns where the old is."""
    ledger = new_ledger(tmp_path, 2)
    with refused("ledger/grown"):
        ledger.append([entry(1), entry(2)], expected_size=1)
    assert [one.new for one in ledger.append([entry(1)], expected_size=1)] == [False]
    assert [one.new for one in ledger.append([entry(2)], expected_size=2)] == [True]


def test_ids_are_made_by_chance() -> None:
    """New ids differ, and entries may have them."""
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("e-[0-9a-f]{32}", id) for id in ids)
    assert all(replace(entry(0), id=id).id == id for id in ids)


def test_many_ids_are_known_again(tmp_path: Path) -> None:
    """However many entries are appended again at once, each is found where it is."""
    ledger = new_ledger(tmp_path)
    given = [entry(number) for number in range(1201)]
    for number in (499, 500, 501, 999, 1000, 1200):
        ledger.append([given[number]])
    placed = ledger.append(given)
    assert [one.entry.id for one in placed if not one.new] == [
        "e-499", "e-500", "e-501", "e-999", "e-1000", "e-1200",
    ]  # fmt: skip
    assert [one.position for one in ledger.append(given)] == [one.position for one in placed]
    assert ledger.size == 1201


def test_receipts_of_several_are_each_their_own(tmp_path: Path) -> None:
    """Receipts are in the order in which they were asked for, each with its own proof."""
    ledger = new_ledger(tmp_path, 9)
    receipts = ledger.receipts(["e-7", "e-0", "e-8"])
    assert [(one.position, one.entry) for one in receipts] == [
        (number, entry(number)) for number in (7, 0, 8)
    ]
    assert [receipt_findings(one) for one in receipts] == [(), (), ()]


def test_what_is_wrong_with_the_last_checkpoint_is_said(tmp_path: Path) -> None:
    """The place comes first, then what could not be read."""
    ledger = new_ledger(tmp_path, 1)
    with tampering(tmp_path) as database:
        database.execute("UPDATE checkpoints SET note = 'x'")
    with refused("ledger/damaged") as found:
        ledger.checkpoint()
    place = database_of(tmp_path)
    why = "it has no signatures below an empty line"
    assert found[0].message == f"{place}: the last checkpoint: {why}"


def test_no_append_gives_the_log_another_key(tmp_path: Path) -> None:
    """An entry that names a key is the last one of a rotation, or is refused with all others."""
    ledger = new_ledger(tmp_path, 1)
    key = ledger.key
    new, handover = ledger.next_key()
    for given in ([rotated(1, handover)], [rotated(1, handover), entry(2)]):
        with refused("ledger/bad-entry"):
            ledger.append(given)
    for before in ([rotated(1, "x")], [rotated(1, "x"), entry(2)], [entry(1), rotated(2, "x")]):
        with refused("ledger/bad-entry"):
            ledger.rotate([*before, rotated(3, handover)], new, expected_size=1)
    assert (ledger.size, ledger.key) == (1, key)
    ledger.rotate([entry(1), entry(2), rotated(3, handover)], new, expected_size=1)
    assert (ledger.size, ledger.key) == (4, new.verifier)
