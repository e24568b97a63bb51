"""Checkpoints: how many entries a log has and their root, signed by the log's key.

Source: https://c2sp.org/tlog-checkpoint
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pmpo.store.ledger.note import Note, NoteError, read_note, sign

if TYPE_CHECKING:
    from pmpo.store.ledger.note import SigningKey

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_HASH_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one size.

    Args:
        origin: which log.
        size: how many entries it had.
        root: the root of its tree.
        note: the text with its signatures, which `read_checkpoint` has not checked.
    """

    origin: str
    size: int
    root: bytes
    note: Note

    def __str__(self) -> str:
        return str(self.note)


def make_checkpoint(origin: str, size: int, root: bytes, key: SigningKey) -> Checkpoint:
    """Sign how many entries the log has, and their root."""
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    return Checkpoint(origin, size, root, sign(text, key))


def read_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint; its signatures are not checked.

    Raises: NoteError.

    Example:
        >>> read_checkpoint("not one")
        Traceback (most recent call last):
        ...
        pmpo.store.ledger.note.NoteError: it has no signatures below an empty line
    """
    note = read_note(text)
    lines = note.text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise NoteError("a checkpoint has an origin, a size and a root on three lines")
    if not _SIZE.fullmatch(lines[1]):
        raise NoteError(f"`{lines[1]}` is not the size of a log")
    return Checkpoint(lines[0], int(lines[1]), read_hash(lines[2]), note)


def read_hash(text: str) -> bytes:
    """The 32 bytes of a hash in base64.

    Raises: NoteError.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"`{text}` is not base64") from error
    if len(data) != _HASH_SIZE or base64.b64encode(data).decode() != text:
        raise NoteError(f"`{text}` is not a hash of {_HASH_SIZE} bytes")
    return data
