"""The minutes of reviews: whether they are what was recorded, and the checkpoints they carry."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Literal

from pmpo.diagnostics import Diagnostic, StoreError
from pmpo.store._disk import is_there, store_errors
from pmpo.store.ledger.anchors import Anchor, read_anchors

if TYPE_CHECKING:
    from pmpo.store.ledger.log import Ledger, Recorded

REVIEWS: Final = "reviews"
"""The folder of an office in which minutes are kept, one folder for each program."""
ANCHOR: Final = "## Anchor"
"""The heading below which minutes carry a checkpoint."""
HALF: Final = ".part"
"""How minutes end that were written and not recorded yet."""
_REVIEWED: Final = "Reviewed"


def minutes_anchors(office: Path) -> Iterator[Anchor]:
    """The checkpoints that an office's minutes carry.

    Raises: StoreError `ledger/anchor-unreadable`: one is damaged; `store/not-writable`: this user
        may not read one.
    """
    for path in sorted(office.glob(f"{REVIEWS}/*/*.md")):
        if f"\n{ANCHOR}\n".encode() in _text(path):
            yield from read_anchors(path)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a folder has of the minutes that an entry records.

    Args:
        position: of the entry.
        file: where they belong, within the folder.
        hash: of their text, as it was recorded.
        text: as they were held; None where that is not there.
        found: `half`: under the name they had before a process was killed.
    """

    position: int
    file: str
    hash: str
    text: bytes | None
    found: Literal["kept", "half", "changed", "gone"]
    path: Path


def minutes_kept(folder: Path, entries: Iterable[Recorded]) -> Iterator[Kept]:
    """The minutes of the reviews among some entries, as a folder has them.

    Whoever wrote an entry that names no file of the folder gave nothing to compare: it is left out.

    Raises: StoreError `store/not-writable`: this user may not look at them.
    """
    for one in entries:
        if one.entry.kind == _REVIEWED:
            file, wanted = str(one.entry.body["file"]), str(one.entry.body["minutes"])
            path = _inside(folder, file)
            if path is not None:
                yield _kept(one.position, file, wanted, path)


def _kept(position: int, file: str, wanted: str, path: Path) -> Kept:
    halves = path.parent.glob(f"{glob.escape(path.stem)}.*{HALF}")
    with store_errors(path):
        there = is_there(path)
    for place in (path, *(() if there else halves)):
        text = _text(place)
        if _hash(text) == wanted:
            return Kept(position, file, wanted, text, "kept" if place == path else "half", place)
    return Kept(position, file, wanted, None, "changed" if there else "gone", path)


def minutes_findings(ledger: Ledger, office: Path) -> Iterator[Diagnostic]:
    """Minutes that are not those that were recorded, or are not there."""
    for one in minutes_kept(office, ledger.entries(kind=_REVIEWED)):
        yield from lost(one, office)


def lost(one: Kept, office: Path) -> Iterator[Diagnostic]:
    """What is wrong with the minutes of a review, and what can be done."""
    path = office / one.file
    if one.found == "changed":
        yield Diagnostic(
            "ledger/minutes-changed",
            "error",
            f"{path} is not what entry {one.position} records as the minutes",
            note="somebody has changed the file since the review was held",
            help="restore it from a backup or the repository; what was forgotten belongs into "
            "the notes of the next review",
        )
    elif one.found != "kept":
        half = one.found == "half"
        yield Diagnostic(
            "ledger/minutes-missing",
            "warning",
            f"{path}, the minutes that entry {one.position} records, is gone",
            note="a process was killed before it gave them their name"
            if half
            else "the ledger has the hash of the minutes, and not their text",
            help=f"`mv '{one.path}' '{path}'`"
            if half
            else "restore the file from a backup or the repository",
        )


def _inside(office: Path, name: str) -> Path | None:
    parts = PurePosixPath(name)
    outside = parts.is_absolute() or ".." in parts.parts or parts.parts[:1] != (REVIEWS,)
    outside = outside or "\0" in name
    return None if outside else office / parts


def _hash(text: bytes) -> str:
    return "sha256:" + hashlib.sha256(text).hexdigest()


def _text(path: Path) -> bytes:
    """A text as it was written, whatever ends its lines; nothing where there is none.

    Raises: StoreError `store/not-writable`: this user may not read it.
    """
    try:
        with store_errors(path):
            return path.read_bytes().replace(b"\r\n", b"\n")
    except StoreError as error:
        if isinstance(error.__cause__, PermissionError):
            raise  # nobody knows whether it is what was recorded
        return b""  # is not what was recorded, which is what is said of it
