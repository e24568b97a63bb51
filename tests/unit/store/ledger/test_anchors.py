from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest

from pmpo.store.ledger.anchors import add_anchor, read_anchors
from pmpo.store.ledger.backup import anchors_from, back_up
from pmpo.store.ledger.checkpoint import make_checkpoint
from pmpo.store.ledger.note import SigningKey
from tests.unit.store.ledger.support import database_of, entry, new_ledger
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_written_is_found(tmp_path: Path) -> None:
    """Checkpoints that were added to a file are found in it, with the line each begins at."""
    ledger = new_ledger(tmp_path / "store", 2)
    path = tmp_path / "anchors.txt"
    first = ledger.checkpoint()
    assert add_anchor(path, first) is True
    ledger.append([entry(2)])
    assert add_anchor(path, ledger.checkpoint())
    assert add_anchor(path, first) is False
    found = read_anchors(path)
    assert [one.checkpoint for one in found] == [first, ledger.checkpoint()]
    assert [one.place for one in found] == [f"{path}:1", f"{path}:7"]


@pytest.mark.parametrize(
    ("before", "gap"),
    [("# Minutes", "\n\n"), ("# Minutes\n", "\n"), ("# Minutes\n\n", ""), ("\n\n\n", "")],
)
def test_a_text_is_added_to(tmp_path: Path, before: str, gap: str) -> None:
    """What was in a file stays, and an empty line sets the checkpoint apart."""
    ledger = new_ledger(tmp_path / "store", 1)
    checkpoint = ledger.checkpoint()
    path = tmp_path / "minutes.md"
    path.write_text(before)
    add_anchor(path, checkpoint)
    assert path.read_text() == f"{before}{gap}{checkpoint}"
    [found] = read_anchors(path)
    assert found.checkpoint == checkpoint
    line = path.read_text().split("\n").index(ledger.origin) + 1
    assert found.place == f"{path}:{line}"


def test_anchors_are_found_in_any_text(tmp_path: Path) -> None:
    """Quoted in a mail or indented in minutes, a checkpoint is still one."""
    checkpoint = new_ledger(tmp_path / "store", 1).checkpoint()
    path = tmp_path / "mail.txt"
    quoted = "".join(f"> {line}\n" for line in str(checkpoint).splitlines())
    indented = "".join(f"    {line}\n" for line in str(checkpoint).splitlines())
    path.write_text(f"Dear all,\n\n{quoted}\nAnna wrote:\n\n{indented}\nRegards\n")
    assert [one.checkpoint for one in read_anchors(path)] == [checkpoint, checkpoint]


def test_a_file_without_anchors_is_said(tmp_path: Path) -> None:
    """A file that holds none, or cannot be read, is not taken for agreement."""
    path = tmp_path / "anchors.txt"
    with refused("ledger/anchor-unreadable"):
        read_anchors(path)
    path.write_text("nothing\n")
    with refused("ledger/anchor-unreadable"):
        read_anchors(path)
    path.write_bytes(b"\xff\xfe")
    with refused("ledger/anchor-unreadable"):
        anchors_from(path)
    path.write_text(f"log\n3\n{'A' * 43}=\n\n— log AAAA\n")
    with refused("ledger/anchor-unreadable"):
        read_anchors(path)


def test_a_copy_of_the_log_is_an_anchor(tmp_path: Path) -> None:
    """A log can be compared with a copy that was made before."""
    ledger = new_ledger(tmp_path / "store", 3)
    back_up(database_of(tmp_path / "store"), tmp_path / "copy.db")
    ledger.append([entry(3)])
    [anchor] = anchors_from(tmp_path / "copy.db")
    assert (anchor.place, anchor.checkpoint.size) == (str(tmp_path / "copy.db"), 3)


def test_no_letter_of_an_anchor_is_lost(tmp_path: Path) -> None:
    """Only spaces and signs of quoting are taken from the ends of its lines."""
    path = tmp_path / "anchors.txt"
    for letter in string.ascii_letters + string.digits + "._-/|*#":
        key = SigningKey.new(f"{letter}log{letter}")
        checkpoint = make_checkpoint(key.name, 3, bytes(32), key)
        path.write_text(f"{checkpoint}")
        assert [one.checkpoint for one in read_anchors(path)] == [checkpoint], letter
