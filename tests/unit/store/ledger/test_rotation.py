"""Giving a log another key: what holds before and after, and what is found where it was forged."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from pmpo.store.ledger.anchors import Anchor
from pmpo.store.ledger.checkpoint import make_checkpoint
from pmpo.store.ledger.files import examine_file, examine_folder
from pmpo.store.ledger.key_file import NEXT
from pmpo.store.ledger.keys import read_key
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.office_ledger import KEY_FILE, open_ledger
from pmpo.store.ledger.receipt import read_receipt, receipt_findings
from pmpo.store.ledger.terms import hand_over
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.support import (
    database_of,
    declared,
    entry,
    new_ledger,
    rotate,
    rotated,
    rotating_at_once,
    tampering,
)
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from pmpo.store.ledger.log import Ledger
    from pmpo.store.ledger.note import VerifierKey


def _key_file(store: Path) -> Path:
    return store / "ledger" / KEY_FILE


def _codes(
    ledger: Ledger, anchors: list[Anchor] | None = None, trusted: list[VerifierKey] | None = None
) -> list[str]:
    found = verify(ledger, anchors or [], trusted or []).findings
    return [f"{one.severity} {one.code}" for one in found]


def _anchor(ledger: Ledger, key: SigningKey | None = None, *, more: int = 0) -> Anchor:
    if key is None:
        return Anchor("kept", ledger.checkpoint())
    size = ledger.size + more
    return Anchor("kept", make_checkpoint(ledger.origin, size, ledger.root(), key))


def test_a_log_goes_on_with_another_key(tmp_path: Path) -> None:
    """From the entry that names it on the new key signs, and only that lies beside the log."""
    ledger = new_ledger(tmp_path, 3)
    old = read_key(_key_file(tmp_path))
    before = _anchor(ledger)
    key = rotate(ledger)
    assert (ledger.key, read_key(_key_file(tmp_path))) == (key.verifier, key)
    assert ledger.checkpoint().note.signed_by(key.verifier)
    assert not ledger.checkpoint().note.signed_by(old.verifier)
    other = open_ledger(tmp_path)
    other.append([entry(4)])
    assert (other.key, ledger.size, ledger.origin) == (key.verifier, 5, old.name)
    assert _codes(ledger, [before, _anchor(ledger)]) == []
    found = verify(ledger)
    assert [term.since for term in found.terms] == [-1, 3]
    assert found.key == str(key.verifier)
    rotate(ledger)
    assert [term.vouched for term in ledger.terms()[0]] == [True] * 3
    assert _codes(ledger, [before]) == []
    assert examine_folder(tmp_path).findings == ()


def test_a_rotation_may_end_a_batch(tmp_path: Path) -> None:
    """What is appended together with it comes first, and the next key signs all of it."""
    ledger = new_ledger(tmp_path, 1)
    new, handover = ledger.next_key()
    ledger.rotate([entry(1), entry(2), rotated(3, handover)], new, expected_size=1)
    assert [term.as_json() for term in ledger.terms()[0]] == [
        {"key": str(handover.old), "since": -1, "vouched": True},
        {"key": str(new.verifier), "since": 3, "vouched": True},
    ]
    assert ledger.checkpoint().note.signed_by(new.verifier)
    assert _codes(ledger) == []


def test_the_first_entry_may_be_a_rotation(tmp_path: Path) -> None:
    """A key that was lost before anything was recorded is still told to everybody."""
    ledger = new_ledger(tmp_path)
    _key_file(tmp_path).unlink()
    rotate(ledger, lost=True)
    assert _codes(ledger) == ["warning ledger/key-lost"]
    assert _codes(ledger, [_anchor(ledger)]) == ["note ledger/key-lost"]


def test_receipts_lead_from_any_key_to_the_newest(tmp_path: Path) -> None:
    """A receipt of before holds for the key of then, one of now for each that leads to its key."""
    ledger = new_ledger(tmp_path, 3)
    early, first = ledger.receipt("e-1"), ledger.key
    second, third = rotate(ledger).verifier, rotate(ledger).verifier
    late = read_receipt(str(ledger.receipt("e-1")))
    for key in (first, second, third):
        assert receipt_findings(late, [key]) == ()
    assert receipt_findings(early, [first]) == ()
    assert [one.code for one in receipt_findings(early, [third])] == ["receipt/other-key"]
    other = SigningKey.new(ledger.origin).verifier
    assert [one.code for one in receipt_findings(late, [other])] == ["receipt/other-key"]
    for handovers in (late.handovers[:1], late.handovers[::-1]):
        wrong = receipt_findings(replace(late, handovers=handovers))
        assert [one.code for one in wrong] == ["receipt/signature"]


def test_an_old_key_signs_nothing_newer(tmp_path: Path) -> None:
    """What a key signs after it was given up is found: as a checkpoint, an anchor, or a tail."""
    ledger = new_ledger(tmp_path, 3)
    old = read_key(_key_file(tmp_path))
    rotate(ledger)
    assert _codes(ledger, [_anchor(ledger, old)]) == ["error ledger/anchor-old-key"]
    assert _codes(ledger, [_anchor(ledger, old, more=3)]) == ["error ledger/anchor-old-key"]
    stranger = SigningKey.new(ledger.origin)
    assert _codes(ledger, [_anchor(ledger, stranger)]) == ["error ledger/anchor-unsigned"]
    forged = make_checkpoint(ledger.origin, 4, ledger.root(), old)
    with tampering(tmp_path) as database:
        database.execute("UPDATE checkpoints SET note = ? WHERE size = 4", (str(forged),))
    first, second = verify(ledger).findings
    assert first.code == "ledger/checkpoint-changed"
    assert first.message == "the checkpoint of size 4 is signed by the key that entry 3 ended"
    assert second.code == "ledger/unsigned"
    with refused("ledger/tail-changed"):
        ledger.append([entry(4)])


def test_the_new_key_signs_nothing_older(tmp_path: Path) -> None:
    """A checkpoint of before the rotation is not one of the key after it."""
    ledger = new_ledger(tmp_path, 3)
    root = ledger.root()
    key = rotate(ledger)
    forged = Anchor("kept", make_checkpoint(ledger.origin, 3, root, key))
    assert _codes(ledger, [forged]) == ["error ledger/anchor-unsigned"]


def test_a_lost_key_is_told_to_everybody(tmp_path: Path) -> None:
    """The log goes on, and whoever verifies is warned until they know the key from elsewhere."""
    ledger = new_ledger(tmp_path, 3)
    first = ledger.key
    _key_file(tmp_path).unlink()
    before = _anchor(ledger)
    with refused("ledger/key-missing") as found:
        rotate(ledger)
    assert "pmpo rotate --lost" in found[0].help
    key = rotate(ledger, lost=True)
    ledger.append([entry(4)])
    assert not verify(ledger).sound
    assert _codes(ledger) == _codes(ledger, [before]) == ["warning ledger/key-lost"]
    assert _codes(ledger, [_anchor(ledger)]) == ["note ledger/key-lost"]
    assert _codes(ledger, [], [first]) == ["warning ledger/key-lost"]
    assert _codes(ledger, [], [key.verifier]) == ["note ledger/key-lost"]
    assert receipt_findings(ledger.receipt("e-1"), [key.verifier]) == ()
    assert [one.code for one in receipt_findings(ledger.receipt("e-1"), [first])] == [
        "receipt/other-key"
    ]
    after = rotate(ledger)
    assert receipt_findings(ledger.receipt("e-1"), [key.verifier]) == ()
    assert _codes(ledger, [], [after.verifier]) == ["note ledger/key-lost"]
    assert examine_file(database_of(tmp_path), [], [key.verifier]).sound


def test_an_anchor_that_does_not_fit_confirms_nothing(tmp_path: Path) -> None:
    """Another history signed by the new key is an error, and no proof that the key is the log's."""
    ledger = new_ledger(tmp_path, 3)
    _key_file(tmp_path).unlink()
    key = rotate(ledger, lost=True)
    other = Anchor("kept", make_checkpoint(ledger.origin, 4, bytes(32), key))
    assert _codes(ledger, [other]) == ["error ledger/two-histories", "warning ledger/key-lost"]
    with tampering(tmp_path) as database:
        database.execute("DELETE FROM entries WHERE position = 0")
    assert "warning ledger/key-lost" in _codes(ledger, [_anchor(ledger)])


def test_a_key_that_is_there_is_not_lost(tmp_path: Path) -> None:
    """The log's own key must vouch, and a key of something else is not written over."""
    ledger = new_ledger(tmp_path, 1)
    with refused("ledger/key-not-lost"):
        rotate(ledger, lost=True)
    path = _key_file(tmp_path)
    path.unlink()
    path.write_text(SigningKey.new("pmpo-ledger/other").secret_text())
    with refused("ledger/key-wrong") as found:
        rotate(ledger)
    assert "pmpo rotate --lost" in found[0].help
    with refused("ledger/file-exists"):
        rotate(ledger, lost=True)
    assert ledger.size == 1


def test_only_a_handover_gives_a_key(tmp_path: Path) -> None:
    """An entry that names no key, another key, or stands among others changes nothing."""
    ledger = new_ledger(tmp_path, 1)
    own = read_key(_key_file(tmp_path))
    new, handover = ledger.next_key()
    with refused("ledger/bad-entry"):
        ledger.append([entry(1), rotated(2, handover)])
    with refused("ledger/bad-entry"):
        ledger.rotate([rotated(1, handover), entry(2)], new, expected_size=1)
    with refused("ledger/bad-entry"):
        ledger.rotate([rotated(1, "x"), rotated(2, handover)], new, expected_size=1)
    with refused("ledger/bad-entry"):
        ledger.rotate([entry(1), rotated(2, "x"), rotated(3, handover)], new, expected_size=1)
    stranger = SigningKey.new(ledger.origin)
    for key, said in (
        (new, "nothing"),
        (new, str(hand_over(ledger.origin, stranger, new))),
        (stranger, str(handover)),
        (new, str(hand_over(ledger.origin, own.verifier, new))),
    ):
        with refused("ledger/bad-entry"):
            ledger.rotate([rotated(1, said)], key, expected_size=1)
    with refused("ledger/grown"):
        ledger.rotate([rotated(1, handover)], new, expected_size=0)
    assert (ledger.size, ledger.key, read_key(_key_file(tmp_path))) == (1, own.verifier, own)
    assert [one.name for one in _key_file(tmp_path).parent.glob("*.next")] == []


def test_of_two_at_once_one_gives_the_key(tmp_path: Path) -> None:
    """Who comes second is told that the log has grown, and the first one's key stays the log's."""
    ledger, other = new_ledger(tmp_path, 1), open_ledger(tmp_path)
    new, handover = ledger.next_key()
    late, its_handover = other.next_key()
    ledger.rotate([rotated(1, handover)], new, expected_size=1)
    with refused("ledger/grown"):
        other.rotate([rotated(1, its_handover)], late, expected_size=1)
    with refused("ledger/bad-entry"):
        other.rotate([rotated(2, its_handover)], late, expected_size=2)
    assert other.append([entry(2)])[0].position == 2
    assert ledger.key == read_key(_key_file(tmp_path)).verifier == new.verifier


def test_what_was_rotated_is_not_rotated_again(tmp_path: Path) -> None:
    """The same entry once more, as after a lost answer, says where it is and changes no key."""
    ledger = new_ledger(tmp_path, 1)
    new, handover = ledger.next_key()
    made = rotated(1, handover)
    assert ledger.rotate([made], new, expected_size=1)[0].new
    rotate(ledger)
    [again] = ledger.rotate([made], new, expected_size=1)
    assert (again.position, again.new, ledger.size) == (1, False, 3)
    ledger.append([entry(3)])
    assert _codes(ledger) == []


def test_a_key_that_cannot_be_moved_is_told(tmp_path: Path) -> None:
    """Where the disk fails behind the commit, nobody is told that nothing was recorded."""
    ledger, path = new_ledger(tmp_path, 1), _key_file(tmp_path)

    def stand_in_the_way(_: Connection) -> None:
        if path.is_file() and path.with_name(f"{path.name}{NEXT}").exists():
            path.unlink()
            (path / "in the way").mkdir(parents=True)

    event.listen(ledger.database.engine, "commit", stand_in_the_way)
    new, handover = ledger.next_key()
    with refused("ledger/key-moving") as found:
        both = declared(1, "ben", ""), declared(2, "otto", "")
        ledger.rotate([*both, rotated(3, handover)], new, expected_size=1)
    assert found[0].message == (
        "entry 3 has given the log another key, which could not be moved into its place: "
        f"{path}{NEXT}: Is a directory"
    )
    assert "signs from there on" in found[0].note
    assert "rotating again" in found[0].help
    event.remove(ledger.database.engine, "commit", stand_in_the_way)
    shutil.rmtree(path)
    ledger.append([entry(4)])
    assert (ledger.size, read_key(path), ledger.key) == (5, new, new.verifier)
    assert examine_folder(tmp_path).findings == ()


def test_many_rotate_and_append_at_once(tmp_path: Path) -> None:
    """Whoever wins, the log has one key at a time, and that key lies beside it."""
    new_ledger(tmp_path)
    made, told = rotating_at_once(lambda: open_ledger(tmp_path), 3, 4)
    ledger = open_ledger(tmp_path)
    assert told <= {"ledger/grown", "ledger/bad-entry"}
    assert made >= 1
    assert len(ledger.terms()[0]) == made + 1
    assert ledger.size == 12 + made
    assert [one for one in _codes(ledger) if "clock" not in one] == []
    assert read_key(_key_file(tmp_path)).verifier == ledger.key


def test_who_rotates_between_two_looks_of_another_makes_no_wrong_key(tmp_path: Path) -> None:
    """The log names one key and the file holds the next: it is looked at again, not refused."""
    ledger, other = new_ledger(tmp_path, 1), open_ledger(tmp_path)

    left = 0

    def meanwhile(*_: object) -> None:
        nonlocal left
        if left:
            left -= 1
            rotate(other)

    event.listen(ledger.database.engine, "close", meanwhile)
    left = 1
    _, handover = ledger.next_key()
    assert (left, handover.old, handover.vouched) == (0, other.key, True)
    left = 2
    with refused("ledger/key-not-lost"):
        ledger.next_key(lost=True)
    assert (left, len(ledger.terms()[0])) == (0, 4)


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        (
            "UPDATE entries SET kind = 'Noted' WHERE position = 3",
            {"ledger/columns-changed", "ledger/checkpoint-changed", "ledger/unsigned"},
        ),
        (
            "UPDATE entries SET leaf = CAST(replace(leaf, 'second', 'x') AS BLOB)",
            {
                "ledger/key-chain",
                "ledger/checkpoint-changed",
                "ledger/unsigned",
            },
        ),
    ],
)
def test_a_changed_rotation_is_found(tmp_path: Path, statement: str, codes: set[str]) -> None:
    """Without the entry that names it, a key signs nothing of the log."""
    ledger = new_ledger(tmp_path, 3)
    rotate(ledger)
    with tampering(tmp_path) as database:
        database.execute(statement)
    assert {one.code for one in verify(ledger).findings} == codes
    with refused("ledger/key-wrong"):
        ledger.append([entry(4)])
