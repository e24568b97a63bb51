"""Anchors: checkpoints kept where the ledger's owner cannot quietly change them.

Whoever owns a database can rewrite all of it, signatures included. A checkpoint in a repository, in
the minutes of a review or in somebody's mail cannot be rewritten with it: any text will do, since
checkpoints are found in it wherever they stand.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store import _disk
from pmpo.store.ledger.checkpoint import Checkpoint, read_checkpoint
from pmpo.store.ledger.note import NoteError

if TYPE_CHECKING:
    from pathlib import Path

ANCHORS_FILE: Final = "anchors.txt"
_CHECKPOINT: Final = re.compile(
    r"^[ \t>]*[^\n]*\S[ \t]*\n"
    r"[ \t>]*\d+[ \t]*\n"
    r"[ \t>]*[A-Za-z0-9+/]{43}=[ \t]*\n"
    r"[ \t>]*\n"
    r"(?:[ \t>]*— [^\n]+(?:\n|\Z))+",
    re.MULTILINE,
)


_QUOTING: Final = " \t>"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint that was found outside of its log.

    Args:
        place: the file, and the line it begins at.
        checkpoint: its signatures have not been checked.
    """

    place: str
    checkpoint: Checkpoint


def read_anchors(path: Path) -> tuple[Anchor, ...]:
    """The checkpoints that stand in a text, indented or quoted or not.

    Raises: StoreError `ledger/anchor-unreadable` where there are none, or one is damaged.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise _unreadable(f"{path}: {reason}") from error
    found = []
    for match in _CHECKPOINT.finditer(text):
        place = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
        lines = [line.strip(_QUOTING) for line in match[0].splitlines()]
        try:
            checkpoint = read_checkpoint("\n".join(lines) + "\n")
        except NoteError as error:
            raise _unreadable(f"{place}: {error}") from error
        found.append(Anchor(place, checkpoint))
    if not found:
        raise _unreadable(f"{path} holds no checkpoint")
    return tuple(found)


def add_anchor(path: Path, checkpoint: Checkpoint) -> bool:
    """Write a checkpoint behind what is in a text file; made where there is none.

    Returns: False when the file has exactly this checkpoint already; nothing is written then.
    Raises: StoreError `store/not-writable`, `store/no-space` and other refusals.
    """
    with _disk.store_errors(path):
        before = path.read_text("utf-8") if path.exists() else ""
        if str(checkpoint) in before:
            return False
        gap = "" if not before or before.endswith("\n\n") else "\n"
        gap = f"\n{gap}" if before and not before.endswith("\n") else gap
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{gap}{checkpoint}")
            file.flush()
            os.fsync(file.fileno())
        _disk.sync(path.parent)
    return True


def _unreadable(fact: str) -> PmpoError:
    return stop(
        "ledger/anchor-unreadable",
        fact,
        note="an anchor is the text of a checkpoint, with its signature, anywhere in a text file",
        help="write one with `pmpo export anchor FILE`",
        error=StoreError,
    )
