"""How proofs look in a terminal: what was verified, by which key, and what it means."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from pmpo.cli.words import DIM, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pmpo.office.proofs import VerifiedLog, VerifiedReceipt
    from pmpo.office.rotating import Rotated
    from pmpo.store.ledger.terms import Term
    from pmpo.store.ledger.verify import Verified


def log(found: VerifiedLog) -> Iterator[Any]:
    """What a log says, as far as it could be read."""
    known = found.log
    if known is None:
        return
    yield _facts(
        (
            ("log", known.origin),
            ("key", known.key),
            *(("before", told) for told in _before(known.terms)),
            ("entries", f"{known.size:,}"),
            ("root", "–" if known.root is None else known.root.hex()),
            ("signed", f"{known.checkpoints:,} {_plural('checkpoint', known.checkpoints)}"),
            ("anchors", _compared(known.anchors)),
        )
    )
    yield Text()


def _before(terms: Sequence[Term]) -> Iterator[str]:
    """The keys that a log has had before, the newest first."""
    pairs = list(pairwise(terms))
    for term, after in reversed(pairs):
        how = "handed over" if after.vouched else "lost"
        yield f"{term.key}, {how} in entry {after.since}"


def _compared(anchors: int) -> str:
    if anchors:
        return f"compared with {anchors} kept outside of the log"
    return "none: whoever owns the database could have rewritten all of it (`pmpo export anchor`)"


def receipt(found: VerifiedReceipt) -> Iterator[Any]:
    """What a receipt says, and whose word it is."""
    said = found.receipt
    entry, actor = said.entry, said.entry.actor
    named = "+".join(actor.key.split("+")[:2])
    known = {
        "asserted": "as they said",
        "key": f"signed with {named}; the log says whose key that was then",
        "session": "logged in",
    }
    given = "as given, or handed over from one given" if said.handovers else "as given"
    trust = given if found.trusted else "as the receipt gives it: compare it with another source"
    yield _facts(
        (
            ("log", said.checkpoint.origin),
            ("key", f"{said.key}, {trust}"),
            ("place", f"entry {said.position} of {said.checkpoint.size:,}"),
            ("entry", f"{entry.kind} {entry.id}"),
            ("program", entry.program or "–"),
            ("when", entry.recorded_at.isoformat(sep=" ", timespec="seconds")),
            ("who", f"{actor.name}, {known[actor.how]}"),
            *((f"  {name}", _short(value)) for name, value in sorted(entry.body.items())),
        )
    )
    yield Text()


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else f"{text[:199]}…"


def verdict(sound: bool) -> Text:
    """One line: whether it holds."""
    return Text("verified" if sound else "NOT verified", style="bold")


def anchored(path: Path, size: int, added: bool) -> Text:
    """What was written where."""
    if not added:
        return Text(f"{path} has the checkpoint of {size} {_entries(size)} already")
    text = Text(f"wrote the checkpoint of {size} {_entries(size)} to {path}")
    text.append("; commit it, or put it where others keep it", style=DIM)
    return text


def backed_up(path: Path, copied: Verified) -> Text:
    """What is in a backup."""
    how = "verified" if copied.sound else "as the log is: `pmpo verify` warns of both"
    text = Text(f"wrote {path}: {copied.size:,} {_entries(copied.size)}, {how}")
    text.append("; the log's secret key is not in it", style=DIM)
    return text


def rotated(one: Rotated) -> Iterator[Any]:
    """From where on which key signs, and who has to hear of it."""
    yield Text(f"entry {one.position} gives the ledger another key, which signs from there on")
    yield _facts((("key", str(one.new)), ("before", str(one.old))))
    if not one.vouched:
        yield Text(
            "the key before does not vouch for it: `pmpo verify` warns until an anchor confirms it "
            "or the key is given as `--key`"
        )
    yield Text(
        "anchor it with `pmpo export anchor`, tell the key to those who verify, and keep a copy of "
        "the new file where you keep passwords",
        style=DIM,
    )


def written(path: Path) -> Text:
    """Where a text went."""
    return Text(f"wrote {path}")


def _facts(rows: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=DIM)
    grid.add_column(overflow="fold")
    for name, told in rows:
        grid.add_row(name, plain(told))
    return grid


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
