"""How a backtest looks: each label over time, and the units that come and go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from pmpo.cli.words import ACCENT, DIM, moment, plain
from pmpo.evaluate.backtest import FLAP

if TYPE_CHECKING:
    from pmpo.evaluate.backtest import Backtest, LabelPast

SUMMARY: Final = (
    "label", "unit_periods", "share", "entries", "median_stay", "longest_stay", "longest_unit",
    "flaps",
)  # fmt: skip
_BARS: Final = "▁▂▃▄▅▆▇█"
_SHADES: Final = "░▒▓█"
_ABSENT: Final = "·"
_NAME: Final = 36


def backtest(found: Backtest, top: int) -> Iterator[Any]:
    """The story of a band or table in a terminal."""
    yield _heading(found)
    labels = found.behaviour.labels()
    if not labels:
        yield Text("no unit was there in any of these periods")
        return
    yield _labels(found, labels)
    yield _restlessness(found)
    restless = found.behaviour.restless()
    if restless and top:
        yield from _strips(found, labels, restless[:top])
    for note in found.notes:
        yield Text(f"note: {plain(note)}", style=DIM)


def summary(found: Backtest) -> list[dict[str, Any]]:
    """One row per label."""
    rows = [label.as_json() for label in found.behaviour.labels()]
    return [
        {name: row[name] for name in SUMMARY} | {"share": f"{row['share']:.3f}"} for row in rows
    ]


def _heading(found: Backtest) -> Text:
    text = Text.assemble("\n", (plain(found.name), "bold"), f"  {found.kind} of ")
    text.append(plain(found.program))
    first, last = found.boundaries[0], found.boundaries[-1]
    text.append(f", {len(found.boundaries)} × {found.of}, as of {moment(first)} to {moment(last)}")
    return text


def _labels(found: Backtest, labels: Sequence[LabelPast]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=DIM)
    table.add_column("label", no_wrap=True)
    table.add_column("units in each period", no_wrap=True)
    for name in ("share", "entries", "stay", "longest", "flaps"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("longest of all", no_wrap=True, overflow="ellipsis", style=DIM)
    most = max(max(label.by_period, default=0) for label in labels)
    signs = _signs([label.label for label in labels])
    for label in labels:
        bars = "".join(_bar(count, most) for count in label.by_period)
        first, last = label.by_period[0], label.by_period[-1]
        table.add_row(
            Text.assemble((signs[label.label], ACCENT), f" {plain(label.label)}"),
            Text.assemble(f"{first:>5,} ", (bars, ACCENT), f" {last:,}"),
            f"{label.share:.1%}",
            f"{label.entries:,}",
            f"{label.median_stay:g}",
            f"{label.longest_stay}",
            f"{label.flaps:,}",
            plain(found.names.get(label.longest_unit, label.longest_unit)),
        )
    return table


def _bar(count: int, most: int) -> str:
    """The height of one period among all; a space for nobody."""
    return " " if not count else _BARS[min(count * len(_BARS) // max(most, 1), len(_BARS) - 1)]


def _restlessness(found: Backtest) -> Text:
    units, behaviour = len(found.behaviour.strips), found.behaviour
    text = Text("\n")
    text.append(f"{behaviour.all_changes:,} changes, {behaviour.all_flaps:,} flaps", style="bold")
    text.append(f" among {units:,} units")
    if found.plain is not None:
        text.append(
            f"; by the value alone, without memory: {found.plain.all_changes:,} "
            f"changes, {found.plain.all_flaps:,} flaps"
        )
    text.append(f"\na flap: back where it was after at most {FLAP} periods elsewhere", style=DIM)
    return text


def _strips(found: Backtest, labels: Sequence[LabelPast], units: Sequence[str]) -> Iterator[Any]:
    signs = _signs([label.label for label in labels])
    legend = "  ".join(f"{signs[label.label]} {plain(label.label)}" for label in labels)
    yield Text(f"\nmost restless  ({legend}  {_ABSENT} not there; the newest period last)")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=_NAME)
    table.add_column(no_wrap=True, style=ACCENT)
    for _ in range(2):
        table.add_column(justify="right", style=DIM)
    for unit in units:
        changes, flaps = found.behaviour.changes(unit), found.behaviour.flaps(unit)
        table.add_row(
            plain(found.names.get(unit, unit)),
            "".join(_sign(signs, label) for label in found.behaviour.strips[unit]),
            f"{changes} change{'' if changes == 1 else 's'}",
            f"{flaps} flap{'' if flaps == 1 else 's'}" if flaps else "",
        )
    yield table


def _signs(labels: Sequence[str]) -> Mapping[str, str]:
    """One sign per label: from light to full in the charter's order, or letters where many."""
    if len(labels) <= len(_SHADES):
        shades = _SHADES[: len(labels)] if len(labels) > 2 else _SHADES[:: len(_SHADES) - 1]
        return dict(zip(labels, shades, strict=False))
    return {label: chr(ord("a") + i % 26) for i, label in enumerate(labels)}


def _sign(signs: Mapping[str, str], label: str | None) -> str:
    return _ABSENT if label is None else signs[label]
