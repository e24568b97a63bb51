"""The minutes of reviews: whether they are what was recorded, and the checkpoints they carry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import Diagnostic
from pmpo.store.ledger.anchors import Anchor, read_anchors

if TYPE_CHECKING:
    from pmpo.store.ledger.log import Ledger, Recorded

REVIEWS: Final = "reviews"
"""The folder of an office in which minutes are kept, one folder for each program."""
ANCHOR: Final = "## Anchor"
"""The heading below which minutes carry a checkpoint."""
HALF: Final = ".part"
"""How minutes end that were written and not recorded yet."""
MINUTES: Final = ("ledger/minutes-changed", "ledger/minutes-missing")
"""What can be wrong with minutes; the log itself is as whole as without them."""
_REVIEWED: Final = "Reviewed"


def minutes_anchors(office: Path) -> Iterator[Anchor]:
    """The checkpoints that an office's minutes carry.

    Raises: StoreError `ledger/anchor-unreadable`: one is damaged.
    """
    for path in sorted(office.glob(f"{REVIEWS}/*/*.md")):
        if f"\n{ANCHOR}\n".encode() in _text(path):
            yield from read_anchors(path)


def minutes_findings(ledger: Ledger, office: Path) -> Iterator[Diagnostic]:
    """Minutes that are not those that were recorded, or are not there."""
    for recorded in ledger.entries(kind=_REVIEWED):
        path = _inside(office, str(recorded.entry.body["file"]))
        if path is None:
            continue  # whoever wrote that entry named no file of the office: nothing to compare
        wanted = recorded.entry.body["minutes"]
        if not path.exists():
            halves = (half for half in path.parent.glob(f"{path.stem}.*{HALF}"))
            yield _missing(recorded, path, next((h for h in halves if _hash(h) == wanted), None))
        elif _hash(path) != wanted:
            yield Diagnostic(
                "ledger/minutes-changed",
                "error",
                f"{path} is not what entry {recorded.position} records as the minutes",
                note="somebody has changed the file since the review was held",
                help="restore it from a backup or the repository; what was forgotten belongs into "
                "the notes of the next review",
            )


def _missing(recorded: Recorded, path: Path, half: Path | None) -> Diagnostic:
    """Minutes that are not there; `half`: they are, under the name they had before the end."""
    return Diagnostic(
        "ledger/minutes-missing",
        "warning",
        f"{path}, the minutes that entry {recorded.position} records, is gone",
        note="a process was killed before it gave them their name"
        if half is not None
        else "the ledger has the hash of the minutes, and not their text",
        help=f"`mv '{half}' '{path}'`"
        if half is not None
        else "restore the file from a backup or the repository",
    )


def _inside(office: Path, name: str) -> Path | None:
    parts = PurePosixPath(name)
    outside = parts.is_absolute() or ".." in parts.parts or parts.parts[:1] != (REVIEWS,)
    return None if outside else office / parts


def _hash(path: Path) -> str:
    """The hash of a text, whatever ends its lines; nothing where it cannot be read."""
    return "sha256:" + hashlib.sha256(_text(path)).hexdigest()


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        return b""  # is not what was recorded, which is what is said of it
