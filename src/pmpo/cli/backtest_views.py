"""How a backtest looks: each label over time, and the units that come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from pmpo.cli.words import ACCENT, DIM, counted, plain
from pmpo.evaluate.backtest import FLAP
from pmpo.model.time import told_moment

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
_NAME_MIN: Final = 12
_BARS_MIN: Final = 4
_GAP: Final = 2


def backtest(found: Backtest, top: int, width: int) -> Iterator[Any]:
    """The story of a band or table in a terminal of `width` cells."""
    yield _heading(found)
    labels = found.behaviour.labels()
    if not labels:
        yield Text("no unit was there in any of these periods")
        return
    yield _labels(found, labels, width)
    yield _restlessness(found)
    restless = found.behaviour.restless()
    if restless and top:
        yield from _strips(found, labels, restless[:top], width)
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
    text.append(
        f", {len(found.boundaries)} × {found.of}, as of {told_moment(first)} to {told_moment(last)}"
    )
    return text


def _labels(found: Backtest, labels: Sequence[LabelPast], width: int) -> Table:
    """One row per label: the bars give way to the numbers, the name of a unit to both."""
    most = max(max(label.by_period, default=0) for label in labels)
    signs = _signs([label.label for label in labels])
    names = [f"{signs[label.label]} {plain(label.label)}" for label in labels]
    who = _people_call(found)
    ends = [(f"{label.by_period[0]:>5,} ", f" {label.by_period[-1]:,}") for label in labels]
    numbers = [_numbers(label) for label in labels]
    columns = [(head, *(row[head] for row in numbers)) for head in numbers[0]]
    cells = [max(map(cell_len, column)) + _GAP for column in (names, *columns)]
    around = max(len(first + last) for first, last in ends) + _GAP
    free = width - sum(cells) - around
    named = free >= _NAME_MIN + _BARS_MIN
    each = _periods_a_bar(len(found.boundaries), free - _NAME_MIN * named)
    bars = ["".join(_bar(n, most) for n in _sampled(one.by_period, each)) for one in labels]
    head = "units in each period" if each == 1 else f"units, {each} periods a bar"
    if each > 1 and len(head) + _GAP > around + len(bars[0]):
        head = f"units, {each} a bar"
    room = width - sum(cells) - max(around + len(bars[0]), len(head) + _GAP)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style=DIM)
    table.add_column("label", no_wrap=True)
    table.add_column(head, no_wrap=True)
    for name in numbers[0]:
        table.add_column(name, justify="right", no_wrap=True)
    if named:
        table.add_column("longest of all", no_wrap=True, style=DIM, max_width=max(room, 1))
    for i, label in enumerate(labels):
        table.add_row(
            Text.assemble((names[i][:1], ACCENT), names[i][1:]),
            Text.assemble(ends[i][0], (bars[i], ACCENT), ends[i][1]),
            *numbers[i].values(),
            *([plain(who.get(label.longest_unit, ""))] if named else []),
        )
    return table


def _numbers(label: LabelPast) -> dict[str, str]:
    """What is told of a label in numbers, by column."""
    return {
        "share": f"{label.share:.1%}",
        "entries": f"{label.entries:,}",
        "stay": f"{label.median_stay:g}",
        "longest": f"{label.longest_stay}",
        "flaps": f"{label.flaps:,}",
    }


def _periods_a_bar(periods: int, cells: int) -> int:
    """For how many periods one bar stands, so that the bars fit into some cells."""
    return -(-periods // max(cells, _BARS_MIN))


def _sampled(counts: Sequence[int], each: int) -> list[int]:
    """The mean of so many neighbours, rounded up; the newest bar is always a full one."""
    first = len(counts) % each
    parts = [counts[:first]] if first else []
    parts += [counts[i : i + each] for i in range(first, len(counts), each)]
    return [-(-sum(part) // len(part)) for part in parts]


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


def _strips(
    found: Backtest, labels: Sequence[LabelPast], units: Sequence[str], width: int
) -> Iterator[Any]:
    """The units that change most, a sign per period: the older periods give way to the rest."""
    signs = _signs([label.label for label in labels])
    legend = "  ".join(f"{signs[label.label]} {plain(label.label)}" for label in labels)
    changes = {unit: _counted(found.behaviour.changes(unit), "change") for unit in units}
    flaps = {unit: _counted(found.behaviour.flaps(unit), "flap") for unit in units}
    told = max(map(len, changes.values())) + max(map(len, flaps.values())) + 3 * _GAP
    periods = min(len(found.boundaries), max(width - told - _NAME_MIN, _BARS_MIN))
    newest = "" if periods == len(found.boundaries) else f", of the last {periods}"
    yield Text(f"\nmost restless  ({legend}  {_ABSENT} not there; the newest period last{newest})")
    table = Table.grid(padding=(0, _GAP))
    name = max(min(_NAME, width - told - periods), 1)
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=name)
    table.add_column(no_wrap=True, style=ACCENT)
    for _ in range(2):
        table.add_column(justify="right", style=DIM, no_wrap=True)
    who = _people_call(found)
    for unit in units:
        table.add_row(
            plain(who[unit]),
            "".join(_sign(signs, label) for label in found.behaviour.strips[unit][-periods:]),
            changes[unit],
            flaps[unit],
        )
    yield table


def _people_call(found: Backtest) -> Mapping[str, str]:
    """The name of each unit, with its key where several have that name."""
    names = {unit: found.names.get(unit, unit) for unit in found.behaviour.strips}
    alike = Counter(names.values())
    return {unit: f"{name} {unit}" if alike[name] > 1 else name for unit, name in names.items()}


def _counted(count: int, noun: str) -> str:
    return f"{count} {counted(noun, count)}" if count or noun == "change" else ""


def _signs(labels: Sequence[str]) -> Mapping[str, str]:
    """One sign per label: from light to full in the charter's order, or letters where many."""
    if len(labels) <= len(_SHADES):
        shades = _SHADES[: len(labels)] if len(labels) > 2 else _SHADES[:: len(_SHADES) - 1]
        return dict(zip(labels, shades, strict=False))
    return {label: chr(ord("a") + i % 26) for i, label in enumerate(labels)}


def _sign(signs: Mapping[str, str], label: str | None) -> str:
    return _ABSENT if label is None else signs[label]
