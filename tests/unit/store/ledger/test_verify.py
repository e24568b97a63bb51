from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pmpo.model.entry import Actor
from pmpo.store.ledger.anchors import Anchor
from pmpo.store.ledger.checkpoint import make_checkpoint
from pmpo.store.ledger.keys import read_key
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.office_ledger import KEY_FILE, open_ledger
from pmpo.store.ledger.signatures import sign_entry
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.support import (
    database_of,
    declared,
    entry,
    new_ledger,
    rotate,
    tampering,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SIZE = 600


def _codes(store: Path, anchors: Sequence[Anchor] = ()) -> list[str]:
    return [finding.code for finding in verify(open_ledger(store), anchors).findings]


def _messages(store: Path) -> list[str]:
    return [finding.message for finding in verify(open_ledger(store)).findings]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, _SIZE])
def test_a_whole_log_verifies(tmp_path: Path, size: int) -> None:
    """Entries, tree, tiles and checkpoints of an untouched log agree, around full tiles too."""
    ledger = new_ledger(tmp_path, size)
    found = verify(ledger)
    assert found.findings == ()
    assert found.sound
    assert (found.size, found.root, found.key) == (size, ledger.root(), str(ledger.key))
    assert found.checkpoints == (2 if size else 1)


def test_a_log_of_single_appends_verifies(tmp_path: Path) -> None:
    """Checkpoints at every size, also at the edge of a tile, are each compared."""
    ledger = new_ledger(tmp_path, 250)
    for number in range(250, 260):
        ledger.append([entry(number)])
    found = verify(ledger)
    assert (found.findings, found.checkpoints) == ((), 12)


@pytest.mark.parametrize("position", [0, 255, 256, 511])
def test_a_changed_entry_is_named(tmp_path: Path, position: int) -> None:
    """An entry below a full tile that was changed is found by its number."""
    new_ledger(tmp_path, _SIZE)
    leaf = replace(entry(position), body={"number": -1}).leaf()
    with tampering(tmp_path) as database:
        database.execute("UPDATE entries SET leaf = ? WHERE position = ?", (leaf, position))
    assert _codes(tmp_path) == ["ledger/checkpoint-inconsistent", "ledger/leaf-changed"]
    assert f"entry {position} is not what was recorded" in _messages(tmp_path)


def test_a_changed_last_entry_is_narrowed_down(tmp_path: Path) -> None:
    """Behind the last full tile, checkpoints say between which sizes something has changed."""
    ledger = new_ledger(tmp_path, 300)
    ledger.append([entry(300), entry(301)])
    ledger.append([entry(302)])
    leaf = replace(entry(301), body={"number": -1}).leaf()
    with tampering(tmp_path) as database:
        database.execute("UPDATE entries SET leaf = ? WHERE position = 301", (leaf,))
    [finding] = verify(open_ledger(tmp_path)).findings
    assert finding.code == "ledger/checkpoint-inconsistent"
    assert "entries 300 to 301" in finding.note


def test_changed_columns_are_found(tmp_path: Path) -> None:
    """Columns that would hide an entry from a search, or show another one, are found."""
    new_ledger(tmp_path, 5)
    with tampering(tmp_path) as database:
        database.execute("UPDATE entries SET kind = 'Decided' WHERE position = 1")
        database.execute("UPDATE entries SET program = NULL WHERE position = 2")
        database.execute("UPDATE entries SET id = 'e-9' WHERE position = 3")
        database.execute("UPDATE entries SET program = 'x\",\"y' WHERE position = 4")
    assert _codes(tmp_path) == ["ledger/columns-changed"] * 4


@pytest.mark.parametrize(
    ("gone", "fact"),
    [
        ([3], "entries are gone: 3"),
        ([0], "entries are gone: 0"),
        (range(290, 299), "entries are gone: 290, 291, 292, 293, 294 and more"),
    ],
)
def test_entries_that_are_gone_are_named(tmp_path: Path, gone: Sequence[int], fact: str) -> None:
    """A gap in the order is named by the positions that are missing."""
    new_ledger(tmp_path, 300)
    with tampering(tmp_path) as database:
        for position in gone:
            database.execute("DELETE FROM entries WHERE position = ?", (position,))
    assert _messages(tmp_path) == [fact]


def test_a_log_that_was_cut_off_is_found(tmp_path: Path) -> None:
    """Entries missing at the end are told from what the log signed, tiles or not."""
    new_ledger(tmp_path, 300)
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM entries WHERE position >= 290")
    assert _codes(tmp_path) == ["ledger/cut-off"]
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM entries WHERE position >= 200")
    assert _codes(tmp_path) == ["ledger/cut-off", "ledger/tile-changed"]


def test_entries_without_a_signature_are_found(tmp_path: Path) -> None:
    """An entry that was added past the log's key is not taken for one of the log."""
    new_ledger(tmp_path, 2)
    with tampering(tmp_path) as database:
        row = (2, "e-2", "Noted", "range-review", entry(2).leaf())
        database.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)
    assert _codes(tmp_path) == ["ledger/unsigned"]
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM checkpoints")
    assert _codes(tmp_path) == ["ledger/unsigned"]


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ("DELETE FROM tiles WHERE position = 1", 1),
        ("UPDATE tiles SET root = zeroblob(32) WHERE position = 0", 1),
        ("UPDATE tiles SET hashes = zeroblob(8192) WHERE position = 0", 1),
        ("UPDATE tiles SET hashes = zeroblob(7) WHERE position = 0", 1),
        ("INSERT INTO tiles SELECT level, 9, hashes, root FROM tiles LIMIT 1", 1),
        ("INSERT INTO tiles SELECT 1, 0, hashes, root FROM tiles LIMIT 1", 1),
    ],
)
def test_changed_tiles_are_found(tmp_path: Path, statement: str, count: int) -> None:
    """What proofs are made of is compared with the entries, and nothing may be left over."""
    new_ledger(tmp_path, _SIZE)
    with tampering(tmp_path) as database:
        database.execute(statement)
    assert _codes(tmp_path) == ["ledger/tile-changed"] * count


def test_tiles_of_the_second_level_are_checked(tmp_path: Path) -> None:
    """With more than 65,536 entries there are tiles over tiles, and they are compared too."""
    ledger = new_ledger(tmp_path)
    ledger.append(map(entry, range(65_536 + 3)))
    assert _codes(tmp_path) == []
    with tampering(tmp_path) as database:
        database.execute("UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 1")
    assert _messages(tmp_path) == ["tile 0 of level 1 is not the one over what is below it"]


def test_changed_checkpoints_are_found(tmp_path: Path) -> None:
    """A stored checkpoint must be readable, signed by the key, of its size and of this log."""
    ledger = new_ledger(tmp_path, 3)
    key = read_key(tmp_path / "ledger" / KEY_FILE)
    root = ledger.root()
    for note in (
        "no checkpoint",
        str(make_checkpoint(ledger.origin, 3, root, SigningKey.new(ledger.origin))),
        str(make_checkpoint(ledger.origin, 2, root, key)),
        str(make_checkpoint("another", 3, root, key)),
    ):
        with tampering(tmp_path) as database:
            database.execute("UPDATE checkpoints SET note = ? WHERE size = 3", (note,))
        assert _codes(tmp_path) == ["ledger/checkpoint-changed", "ledger/unsigned"]
    with tampering(tmp_path) as database:
        note = str(make_checkpoint(ledger.origin, 3, bytes(32), key))
        database.execute("UPDATE checkpoints SET note = ? WHERE size = 3", (note,))
    assert _codes(tmp_path) == ["ledger/checkpoint-inconsistent"]


def test_a_rewritten_log_is_found_by_its_anchor(tmp_path: Path) -> None:
    """Whoever has the key can rewrite everything and sign it; an anchor kept elsewhere tells."""
    ledger = new_ledger(tmp_path, 5)
    anchor = Anchor("minutes.md:3", ledger.checkpoint())
    key = read_key(tmp_path / "ledger" / KEY_FILE)
    with tampering(tmp_path) as database:
        for table in ("entries", "checkpoints"):
            database.execute(f"DELETE FROM {table}")
        empty = make_checkpoint(ledger.origin, 0, ledger.root(), key)
        database.execute("INSERT INTO checkpoints VALUES (0, ?)", (str(empty),))
    rewritten = open_ledger(tmp_path)
    rewritten.append([replace(entry(n), body={"number": -n}) for n in range(5)])
    assert _codes(tmp_path) == []
    assert _codes(tmp_path, [anchor]) == ["ledger/two-histories"]


def test_anchors_are_compared(tmp_path: Path) -> None:
    """Anchors of the log's past agree; those ahead of it, unsigned or of another log are named."""
    ledger = new_ledger(tmp_path / "one", 2)
    key = read_key(tmp_path / "one" / "ledger" / KEY_FILE)
    old = ledger.checkpoint()
    ledger.append([entry(2)])
    other = new_ledger(tmp_path / "other", 2).checkpoint()
    ahead = make_checkpoint(ledger.origin, 9, ledger.root(), key)
    false = make_checkpoint(ledger.origin, 2, ledger.root(), SigningKey.new(ledger.origin))
    empty = make_checkpoint(ledger.origin, 0, new_ledger(tmp_path / "x").root(), key)
    for checkpoint, codes in (
        (old, []),
        (empty, []),
        (ledger.checkpoint(), []),
        (other, ["ledger/anchor-other-log"]),
        (ahead, ["ledger/anchor-ahead"]),
        (false, ["ledger/anchor-unsigned"]),
    ):
        assert _codes(tmp_path / "one", [Anchor("a:1", checkpoint)]) == codes
    assert verify(ledger, [Anchor("a:1", old)]).anchors == 1


def test_personal_signatures_are_checked(tmp_path: Path) -> None:
    """A log with a forged personal signature does not verify, and unreadable entries are named."""
    anna = SigningKey.new("anna")
    ledger = new_ledger(tmp_path)
    ledger.append([declared(0, "anna", str(anna.verifier)), sign_entry(entry(1), anna), entry(2)])
    assert _codes(tmp_path) == []
    ledger.append([replace(sign_entry(entry(3), anna), program="stock")])
    assert _codes(tmp_path) == ["ledger/author-signature"]


def test_a_leaf_that_is_no_entry_is_named(tmp_path: Path) -> None:
    """What the key has signed and still is no entry of this version is named."""
    ledger = new_ledger(tmp_path, 1)
    broken = entry(1).leaf().replace(b'"how":"asserted"', b'"how":"key","x":1')
    with tampering(tmp_path) as database:
        database.execute(
            "INSERT INTO entries VALUES (1, 'e-1', 'Noted', 'range-review', ?)", (broken,)
        )
    assert _codes(tmp_path) == ["ledger/entry-unreadable", "ledger/unsigned"]
    assert ledger.size == 2


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE attachments SET data = x'01'", "ledger/attachment-changed"),
        ("UPDATE attachments SET salt = x'01'", "ledger/attachment-changed"),
        ("DELETE FROM attachments", "ledger/attachment-missing"),
        (
            "INSERT INTO attachments SELECT 'sha256:00', salt, data FROM attachments",
            "ledger/attachment-changed",
        ),
    ],
)
def test_attachments_are_compared(tmp_path: Path, statement: str, code: str) -> None:
    """Data outside of the leaves must be what was recorded, or be accounted for."""
    from pmpo.store.ledger.attachments import Attachment

    letter = Attachment(b"letter")
    ledger = new_ledger(tmp_path)
    ledger.append([replace(entry(0), attached={"letter": letter.attached})], [letter])
    assert _codes(tmp_path) == []
    with tampering(tmp_path) as database:
        database.execute(statement)
    assert code in _codes(tmp_path)


def test_stray_data_is_named(tmp_path: Path) -> None:
    """Data on which no entry rests was put there by somebody else."""
    from pmpo.store.ledger.attachments import Attachment

    new_ledger(tmp_path, 1)
    stray = Attachment(b"stray")
    with tampering(tmp_path) as database:
        row = (stray.attached.hash, stray.salt, stray.data)
        database.execute("INSERT INTO attachments VALUES (?, ?, ?)", row)
    assert _codes(tmp_path) == ["ledger/attachment-stray"]


def test_a_clock_that_goes_backwards_is_noted(tmp_path: Path) -> None:
    """Times out of order are told and are nothing wrong: the order of the log is its own."""
    ledger = new_ledger(tmp_path)
    ledger.append([entry(5), entry(3), entry(4), entry(2)])
    found = verify(ledger)
    assert found.sound
    [finding] = found.findings
    assert finding.code == "ledger/clock"
    assert finding.message.startswith("entry 1 has an earlier time")
    assert finding.message.endswith("and 1 more")


def test_a_log_is_read_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found does not depend on how many entries are read at once."""
    ledger = new_ledger(tmp_path, 255)
    for number in range(255, 258):
        ledger.append([entry(number)])
    ledger.append([entry(number) for number in range(258, 700)])
    leaf = replace(entry(300), body={"number": -1}).leaf()
    with tampering(tmp_path) as database:
        database.execute("UPDATE entries SET leaf = ? WHERE position = 300", (leaf,))
        database.execute("UPDATE entries SET kind = 'Decided' WHERE position IN (1, 511, 512, 699)")
        database.execute("UPDATE tiles SET hashes = zeroblob(8192) WHERE position = 0")
    found = verify(ledger)
    assert len(found.findings) == 7
    monkeypatch.setattr("pmpo.store.ledger.walk.BLOCK", 256)
    assert verify(ledger) == found
    for gone in ("513, 600", "3"):  # the last block, and one that another follows
        with tampering(tmp_path) as database:
            database.execute(f"DELETE FROM entries WHERE position IN ({gone})")
        assert f"entries are gone: {gone}" in _messages(tmp_path)


def test_what_was_found_is_counted(tmp_path: Path) -> None:
    """A gap has no root; several times out of order are counted; many gaps are cut short."""
    ledger = new_ledger(tmp_path)
    ledger.append([entry(5), entry(3), entry(4), entry(2), entry(6), entry(1)])
    [finding] = verify(ledger).findings
    assert finding.message == ("entry 1 has an earlier time than the one before it, and 2 more")
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM entries WHERE position < 5")
    found = verify(ledger)
    assert [one.message for one in found.findings] == ["entries are gone: 0, 1, 2, 3, 4"]
    assert (found.size, found.root) == (6, None)


def test_times_are_compared_across_tiles(tmp_path: Path) -> None:
    """The first entry of a tile is compared with the last one of the tile before."""
    ledger = new_ledger(tmp_path, 256)
    ledger.append([replace(entry(254), id="late")])
    [finding] = verify(ledger).findings
    assert finding.message == "entry 256 has an earlier time than the one before it"


def test_the_last_checkpoint_is_compared(tmp_path: Path) -> None:
    """Of many checkpoints it is the last one that says how many entries there should be."""
    ledger = new_ledger(tmp_path)
    for number in range(5):
        ledger.append([entry(number)])
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM checkpoints WHERE size = 5")
    assert _messages(tmp_path) == ["the log has 5 entries and signed 4"]
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM entries WHERE position >= 2")
    assert _messages(tmp_path) == ["the log signed 4 entries and has 2"]


def test_the_first_entry_of_a_tile_may_be_the_late_one(tmp_path: Path) -> None:
    """It is compared with the tile before, whatever comes after it."""
    ledger = new_ledger(tmp_path, 256)
    ledger.append([replace(entry(254), id="late"), entry(300), entry(301)])
    [finding] = verify(ledger).findings
    assert finding.message == "entry 256 has an earlier time than the one before it"


def test_times_are_compared_to_the_microsecond(tmp_path: Path) -> None:
    """The same time again is not earlier; a millionth of a second before it is."""
    ledger = new_ledger(tmp_path)
    moment = entry(1).recorded_at
    for number, microseconds in enumerate((21, 21, 20, 20, 20, 21)):
        at = moment + timedelta(microseconds=microseconds)
        ledger.append([replace(entry(number), recorded_at=at)])
    [finding] = verify(ledger).findings
    assert finding.message == "entry 2 has an earlier time than the one before it"


def test_a_forged_entry_cannot_hide_behind_what_it_holds(tmp_path: Path) -> None:
    """What looks like an unsigned entry inside of a signed one does not make it one."""
    inner = {"actor": {"how": "asserted", "name": "a"}, "attached": {}, "body": {"b": 1}}
    forged = sign_entry(replace(entry(0), body={"a": inner}), SigningKey.new("anna"))
    new_ledger(tmp_path).append([replace(forged, program="stock")])
    assert _codes(tmp_path) == ["ledger/author-signature", "ledger/key-undeclared"]


def test_without_a_first_checkpoint_changes_begin_with_the_first_entry(tmp_path: Path) -> None:
    """Where nothing that was signed agrees, everything up to there may have changed."""
    new_ledger(tmp_path, 3)
    leaf = replace(entry(1), body={"number": -1}).leaf()
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM checkpoints WHERE size = 0")
        database.execute("UPDATE entries SET leaf = ? WHERE position = 1", (leaf,))
    [finding] = verify(open_ledger(tmp_path)).findings
    assert finding.note == "what has changed is in entries 0 to 2, counted from 0"


def test_what_was_verified_is_named(tmp_path: Path) -> None:
    """Place, origin and key are those of the log; the key is the one of now."""
    ledger = new_ledger(tmp_path, 3)
    key = rotate(ledger)
    found = verify(ledger)
    named = str(database_of(tmp_path)), ledger.origin, str(key.verifier)
    assert (found.place, found.origin, found.key) == named
    assert [term.since for term in found.terms] == [-1, 3]


def test_what_needs_a_look_gets_one_among_many_hands(tmp_path: Path) -> None:
    """However many people write, and whatever they begin with: signatures and keys are read."""
    ledger, key = new_ledger(tmp_path), SigningKey("anna", bytes(32))
    many = [
        replace(entry(at), actor=Actor(f"person {at % 20}"), body={f"word {at % 3}": at})
        for at in range(600)
    ]
    many[100] = declared(100, "anna", str(key.verifier))
    many[333], many[450] = (sign_entry(entry(at), key) for at in (333, 450))
    many[400] = declared(400, "anna", "")
    ledger.append(many)
    [finding] = verify(ledger).findings
    assert finding.code == "ledger/key-withdrawn"
    assert "entry 450" in finding.message
