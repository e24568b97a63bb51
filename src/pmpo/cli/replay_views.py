"""How a replay looks, and what would move a unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from pmpo.cli.words import ACCENT, DIM, plain
from pmpo.model.keys import readable
from pmpo.model.time import told_moment

if TYPE_CHECKING:
    from pmpo.evaluate.levers import Levers
    from pmpo.office.replaying import Replayed

_SHOWN: Final = 20
_TOLD: Final = {
    "same": "measured and scored again, to the same bits",
    "scoring only": "the rows are lost; the stored table gave the same results again",
    "different": "it does not come out as it was stored",
    "impossible": "it cannot be done again",
}


def replayed(one: Replayed) -> Iterator[Any]:
    """One replay: whether it holds, and what differs."""
    yield Text.assemble(
        "replayed ",
        (one.id, f"bold {ACCENT}"),
        f" as of {told_moment(datetime.fromisoformat(one.as_of))}: ",
        (one.verdict, "bold"),
        f"; {_TOLD[one.verdict]}",
    )
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=DIM)
    grid.add_column()
    for name, (stored, again) in (("table", one.table), ("result", one.result)):
        grid.add_row(name, stored)
        if again is not None and again != stored:
            grid.add_row("", f"{again} now")
    for name, (then, now) in one.versions.items():
        grid.add_row(name, plain(f"{then} then, {now} now"))
    yield grid
    if one.differences:
        yield from _differences(one)


def _differences(one: Replayed) -> Iterator[Any]:
    table = Table.grid(padding=(0, 2))
    for _ in range(4):
        table.add_column(overflow="fold")
    table.add_row("unit", "", "stored", "now", style="bold")
    for each in one.differences[:_SHOWN]:
        table.add_row(plain(each.unit), plain(each.column), plain(each.stored), plain(each.again))
    yield Text()
    yield table
    if one.differing > _SHOWN:
        yield Text(f"and {one.differing - _SHOWN:,} more; --format json has the first 100", DIM)


def line(one: Replayed, *, recorded: bool) -> Text:
    """One replay among many."""
    text = Text.assemble((one.id, ACCENT), f"  {plain(one.program)}")
    text.append(f"  {told_moment(datetime.fromisoformat(one.as_of))}" if one.as_of else "")
    text.append("  recorded" if recorded else "", style=DIM)
    text.append(f"  {one.verdict}", style="" if one.verdict == "same" else "bold")
    because = _because(one)
    text.append(f"  {plain(because)}" if because else "", style=DIM)
    return text


def row(one: Replayed, *, recorded: bool) -> dict[str, Any]:
    """One replay among many, for other programs."""
    return {
        "evaluation": one.id,
        "program": one.program,
        "as_of": one.as_of,
        "recorded": recorded,
        "verdict": one.verdict,
        "differing": one.differing,
        "because": _because(one),
    }


def _because(one: Replayed) -> str:
    if one.findings:
        more = len(one.findings) - 1
        return one.findings[0].message + (f", and {more} more" if more else "")
    return f"{one.differing:,} values differ" if one.differing else ""


def summary(found: Sequence[Replayed]) -> Text:
    """How many replays hold."""
    counts = Counter(one.verdict for one in found)
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return Text(f"{len(found)} replayed: {told or 'nothing is stored'}", style="bold")


# What would move it -----------------------------------------------------------------------


def levers(found: Levers) -> Iterator[Any]:
    """Per signal the smallest change."""
    title = Text.assemble(
        "\n", (plain(found.label), "bold"), (f"  {plain(readable(found.unit))}", DIM)
    )
    yield title
    if found.there:
        yield Text(f"{plain(found.target)}: it is there already")
        return
    yield Text(f"to {plain(found.target)}, from {plain(found.now)}; each signal alone:")
    table = Table.grid(padding=(0, 2))
    table.add_column()
    for _ in range(3):
        table.add_column(justify="right")
    table.add_column(overflow="fold", style=DIM)
    table.add_row("signal", "value", "to", "change", "", style="bold")
    for one in found.levers:
        if one.to is None:
            word = "cannot by itself: " + one.because
            table.add_row(plain(one.signal), one.value or "missing", "–", "", plain(word))
        else:
            word = f"{', '.join(one.held)} held as it is" if one.held else ""
            table.add_row(plain(one.signal), one.value or "missing", one.to, one.change or "",
                          plain(word))  # fmt: skip
    yield table
