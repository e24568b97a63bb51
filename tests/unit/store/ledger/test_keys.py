from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from pmpo.store.ledger.keys import exposed_to, read_key, write_key
from pmpo.store.ledger.note import SigningKey
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from pathlib import Path


def test_a_key_is_written_for_its_owner_only(tmp_path: Path) -> None:
    """The file may be read by its owner, comes back as it was, and is never replaced."""
    key = SigningKey.new("anna")
    write_key(tmp_path / "anna.key", key)
    assert read_key(tmp_path / "anna.key") == key
    assert stat.S_IMODE((tmp_path / "anna.key").stat().st_mode) == 0o400
    with refused("store/not-a-folder"):
        write_key(tmp_path / "anna.key", SigningKey.new("anna"))
    assert read_key(tmp_path / "anna.key") == key


def test_a_key_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """Missing, garbled and unreadable keys are three findings, none of which shows the key."""
    path = tmp_path / "anna.key"
    with refused("ledger/key-missing"):
        read_key(path)
    path.write_text("PRIVATE+KEY+anna+")
    with refused("ledger/key-damaged"):
        read_key(path)
    path.write_bytes(b"\xff")
    with refused("ledger/key-damaged"):
        read_key(path)
    path.unlink()
    path.mkdir()
    with refused("ledger/key-unreadable"):
        read_key(path)


@pytest.mark.parametrize(
    ("mode", "others"),
    [
        (0o400, ""),
        (0o600, ""),
        (0o440, "its group"),
        (0o620, "its group"),
        (0o404, "everybody"),
        (0o602, "everybody"),
        (0o444, "everybody"),
    ],
)
def test_who_else_may_read_a_key_is_told(tmp_path: Path, mode: int, others: str) -> None:
    """Group and everybody are told apart."""
    path = tmp_path / "anna.key"
    path.write_text("x")
    path.chmod(mode)
    assert exposed_to(path) == others
