"""How what is due looks in a terminal and as JSON, and reviews that were held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from pmpo.cli.words import ACCENT, DIM, below, plain
from pmpo.decide.state import DueItem
from pmpo.loop.due import LASTING, MISSED, SIGNING, answered_by

if TYPE_CHECKING:
    from pmpo.office.reviewing import Held

DUE_ROW: Final = ("id", "kind", "reason", "owner", "since", "program", "decisions")
ASIDE_ROW: Final = (*DUE_ROW, "until", "put_aside_by", "because")
NOTHING_ASIDE: Final = Text("nothing is put aside", style=DIM)


def due(found: Sequence[DueItem]) -> Iterator[Any]:
    """What waits for an answer, the oldest first."""
    if not found:
        yield Text("nothing is due", style=DIM)
        return
    for one in found:
        text = Text("\n")
        text.append(one.id, style=ACCENT)
        text.append(f"  {one.kind.replace('-', ' ')}", style="bold")
        text.append(f"  {plain(one.owner)}, since {one.since}", style=DIM)
        yield text
        yield below(plain(one.reason))
        if one.decisions:
            yield below(f"decisions: {', '.join(one.decisions)}", style=DIM)
        if one.kind in (*LASTING, MISSED, SIGNING):
            yield below(f"next: {' or '.join(answered_by(one))}", style=DIM)
    first = next((one for one in found if one.kind not in LASTING), found[0])
    yield Text("\nanswer with one of", style=DIM)
    for answer in answered_by(first):
        yield below(answer, style=DIM)
    if first.kind not in LASTING:
        yield below(f"pmpo stands {first.id} --because TEXT --as NAME", style=DIM)
    yield below(f"pmpo snooze {first.id} --until DATE --because TEXT --as NAME", style=DIM)


def put_aside(found: Sequence[DueItem]) -> Iterator[Any]:
    """What is due and quiet until a day, with who made it so and why."""
    if found:
        yield Text("\nput aside", style=DIM)
    for one in found:
        text = Text("  ")
        text.append(one.id, style=ACCENT)
        text.append(f"  {plain(one.reason)}")
        yield text
        why = one.put_aside
        said = f" by {plain(why.actor.name)}: {plain(why.because)}" if why is not None else ""
        yield below(f"until {one.snoozed_until}{said}", style=DIM)


def due_row(one: DueItem) -> dict[str, Any]:
    """An item with the columns `DUE_ROW`."""
    return {
        "id": one.id,
        "kind": one.kind,
        "reason": one.reason,
        "owner": one.owner,
        "since": one.since.isoformat(),
        "program": one.program,
        "decisions": list(one.decisions),
    }


def aside_row(one: DueItem) -> dict[str, Any]:
    """An item that is put aside, with the columns `ASIDE_ROW`."""
    why = one.put_aside
    return {
        **due_row(one),
        "until": one.snoozed_until.isoformat() if one.snoozed_until is not None else None,
        "put_aside_by": why.actor.name if why is not None else None,
        "because": why.because if why is not None else None,
    }


def reviewed(held: Held) -> Iterator[Any]:
    """Where the minutes are, and what they say is open."""
    yield Text.assemble(("reviewed", "bold"), f": minutes in {plain(str(held.path))}")
    left = f"{held.due} item{'' if held.due == 1 else 's'} still due"
    yield Text(left if held.due else "nothing is due", style=DIM)
