"""How results look in a terminal: numbers aligned, one accent colour, nothing that is not said."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from pmpo.cli.below_views import (
    DRAFT,
    assumptions,
    draft,
    not_ranked,
    notes,
    quality_legend,
)
from pmpo.cli.outcome_views import (
    cells_of,
    decided,
    faults,
    outcome_cell,
    outcome_headers,
    outcome_style,
)
from pmpo.cli.ratio_views import factor_cells, formula_lines, score_text
from pmpo.cli.rounding import shown, shown_parts
from pmpo.cli.taking_views import HEADER, seat_cell, why_taken
from pmpo.cli.words import ACCENT, DIM, plain
from pmpo.model.evaluation import RANKED
from pmpo.model.keys import decode, readable
from pmpo.model.ratio import shortest
from pmpo.model.time import told_moment

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.diagnostics import Diagnostic
    from pmpo.evaluate.explain import BandMemory, BoardRow, Contribution, Why
    from pmpo.evaluate.factors import Factor, RatioTold
    from pmpo.model.charter import Band, Charter
    from pmpo.office import Run
    from pmpo.store.recorded import RecordedEvaluation

TABLE_ROWS: Final = 1_000
"""How many ranks a table has where nobody says it: nobody reads more of them."""

_BAR_CELLS: Final = (20, 15, 10)
_NAME_CELLS: Final = 28
_NAME_CELLS_FAIR: Final = 20
_NAME_CELLS_MIN: Final = 12
_GAP: Final = 3
_COMMAND_CELLS_MAX: Final = 44
_FILLS: Final = ("━", "─", "╍", "┄")


def _table(*, title: str = "") -> Table:
    return Table(
        box=box.SIMPLE_HEAD,
        title=title or None,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        pad_edge=False,
        show_edge=False,
    )


# Board ------------------------------------------------------------------------------------


def board(run: Run, top: int | None, width: int) -> Iterator[Any]:
    """The ranked units with their axes, bands and quality, and what is not on the board."""
    charter, rows = run.charter, run.rows(top)
    yield Text()
    yield heading(run)
    if rows:
        yield _board_table(charter, rows, width)
    yield from not_ranked(run, len(rows))
    yield from faults(run)
    yield from draft(run)
    yield from notes(run)
    yield from assumptions(charter)
    if rows:
        yield quality_legend({row.quality for row in rows})
    if len(rows) == TABLE_ROWS < run.evaluation.counts()[RANKED]:
        yield Text("next: pmpo board --format csv has every rank; --top N shows more", style=DIM)


def heading(run: Run) -> Text:
    """Program, moment and evaluation, on one line."""
    charter, evaluation = run.charter, run.evaluation
    name = charter.meta.names.get("en", charter.program)
    text = Text()
    text.append(plain(name), style="bold")
    text.append(f"  as of {told_moment(evaluation.as_of)}", style="")
    if evaluation.known_by != evaluation.as_of:
        text.append(f", known by {told_moment(evaluation.known_by)}")
    text.append(f"  {evaluation.id}", style=DIM)
    return text


def _board_table(charter: Charter, rows: Sequence[BoardRow], width: int) -> Table:
    """The board fitted to `width` cells: the name gives way first, then the bar, then columns."""
    cells, scores = _part_cells(charter, rows), [row.score for row in rows]
    fit = _fitting(charter, rows, cells, width)
    outcomes = {header: outcome_headers(charter)[header] for header in fit.outcomes}
    bar = next((n for n in _BAR_CELLS if fit.free - n - _GAP >= _NAME_CELLS), -_GAP)
    name = max(fit.free - bar - _GAP, 1)
    table = _table()
    _add(table, "", len(str(rows[-1].rank)), justify="right", style="bold")
    _add(table, plain(charter.unit.name), name)
    _add(table, "score", _score_cells(charter, rows), justify="right", style=f"bold {ACCENT}")
    if bar > 0:
        _add(table, "", bar)
    seats = _seat_cells(rows)
    if seats:
        _add(table, HEADER, seats)
    for header, room in fit.outcomes.items():
        _add(table, plain(header), room, **outcome_style(rows, outcomes[header]))
    for part, room in fit.parts.items():
        _add(table, plain(part), room, justify="right")
    for band, room in fit.bands.items():
        _add(table, plain(band), room)
    _add(table, "q", len("q"))
    for row, own in zip(rows, cells, strict=True):
        table.add_row(
            str(row.rank),
            _named(row, name),
            _with_interval(score_text(charter, row.score, scores), row.interval, 1),
            *([_bar(_bar_parts(row, rows[0]), bar)] if bar > 0 else []),
            *([seat_cell(row)] if seats else []),
            *(outcome_cell(row, output) for output in outcomes.values()),
            *(own[part] for part in fit.parts),
            *(plain(row.bands[band]) for band in fit.bands),
            row.quality,
        )
    return table


def _part_cells(charter: Charter, rows: Sequence[BoardRow]) -> list[dict[str, str]]:
    """What each score is made of as it is shown: points by axis, or the factors of a ratio."""
    if charter.score is not None:
        return [factor_cells(charter, row) for row in rows]
    parts = [shown_parts([Decimal(points) for points in row.axes.values()]) for row in rows]
    return [dict(zip(charter.axes, map(str, own), strict=True)) for own in parts]


def _bar_parts(row: BoardRow, best: BoardRow) -> list[Decimal]:
    """The parts of a bar in per cent: points by axis, or a ratio beside the best one."""
    if row.axes:
        return [Decimal(points) for points in row.axes.values()]
    return [Decimal(row.score) * 100 / (Decimal(best.score) or 1)]


def _score_cells(charter: Charter, rows: Sequence[BoardRow]) -> int:
    """The width of the score column: wider where a score is an interval, or large."""
    scores = [row.score for row in rows]
    if charter.score is not None:
        return max(len("score"), *(len(score_text(charter, one, scores)) for one in scores))
    return max(len(_with_interval("100.0", row.interval, 1)) for row in rows)


def _seat_cells(rows: Sequence[BoardRow]) -> int:
    """The width of the column that says who is taken; 0 where the charter does not."""
    if all(row.seat is None for row in rows):
        return 0
    return max(len(HEADER), *(cell_len(seat_cell(row)) for row in rows))


def _with_interval(number: str, interval: tuple[str, str] | None, digits: int) -> str:
    """A number, and behind it what is possible where something was not measured."""
    if interval is None:
        return number
    low, high = (shown(Decimal(end), digits) for end in interval)
    return f"{number} ({low}–{high})"


@dataclass(frozen=True)
class _Fit:
    """The columns that leave room for a name, with their cells, and how much room there is."""

    outcomes: dict[str, int]
    parts: dict[str, int]
    bands: dict[str, int]
    free: int


def _fitting(
    charter: Charter, rows: Sequence[BoardRow], cells: Sequence[dict[str, str]], width: int
) -> _Fit:
    """Bands give way first, then what an outcome comes with, then axes; the outcome stays.

    Bands give way to names that can be read, all else to names that can be told apart.
    """
    fair = min(_NAME_CELLS_FAIR, max(cell_len(plain(row.label)) for row in rows))
    axes = {name: max(cell_len(name), 4, *(len(own[name]) for own in cells)) for name in cells[0]}
    bands = {
        name: max(cell_len(name), *(cell_len(plain(row.bands[name])) for row in rows))
        for name in charter.bands
    }
    outcomes = cells_of(charter, rows)
    outcome = dict(list(outcomes.items())[:1])
    seats = _seat_cells(rows)
    fixed = [len(str(rows[-1].rank)), _score_cells(charter, rows), len("q")]
    fixed += [seats] if seats else []
    free = 0
    for columns in (
        (outcomes, axes, bands),
        (outcomes, axes, {}),
        (outcome, axes, {}),
        (outcome, {}, {}),
        ({}, {}, {}),
    ):
        widths = [*fixed, *(room for group in columns for room in group.values())]
        free = width - sum(widths) - _GAP * len(widths)
        if free >= (max(fair, _NAME_CELLS_MIN) if columns[2] else _NAME_CELLS_MIN):
            return _Fit(*columns, free)
    return _Fit({}, {}, {}, free)


def _add(table: Table, header: str, width: int, **options: Any) -> None:
    """A column that keeps its width whatever its neighbours need."""
    table.add_column(header, no_wrap=True, min_width=width, max_width=width, **options)


def _named(row: BoardRow, width: int) -> Text:
    """The label, and where it fits the rest of the key in a quiet voice."""
    label = plain(row.label)
    text = Text(label)
    context = plain(_context(row))
    if context and row.unit != row.label and cell_len(label) + 2 + cell_len(context) <= width:
        text.append(f"  {context}", style=DIM)
    text.truncate(width, overflow="ellipsis")
    return text


def _context(row: BoardRow) -> str:
    """The parts of the key that the label does not say."""
    return " · ".join(part for part in decode(row.unit) if part != row.label)


def _bar(parts: Sequence[Decimal], width: int) -> Text:
    """A bar of `width` cells for 100 points; each axis has its own fill."""
    cells = shown_parts([part * width / 100 for part in parts], 0)
    text = Text()
    for i, length in enumerate(cells):
        text.append(_FILLS[i % len(_FILLS)] * int(length), style=ACCENT if i == 0 else DIM)
    return text


# Why --------------------------------------------------------------------------------------


def why(run: Run, explained: Why) -> Iterator[Any]:
    """One unit's points, value by value, and what they rest on."""
    title = Text("\n")
    title.append(plain(explained.label), style="bold")
    if explained.rank is not None and explained.score is not None:
        ranked = run.evaluation.counts()[RANKED]
        title.append(f"  rank {explained.rank:,} of {ranked:,}, score ")
        number = score_text(run.charter, explained.score, [explained.score])
        score = _with_interval(number, explained.interval, 1)
        title.append(score, style=f"bold {ACCENT}")
    else:
        title.append(f"  {explained.status.replace('_', ' ')}")
    title.append(f"  {plain(readable(explained.unit))}", style=DIM)
    yield title
    if explained.status != RANKED:
        for rule in explained.rules:
            yield Text(f"because {plain(rule['because'])}  [{rule['id']}]")
    yield from why_taken(explained)
    yield from decided(run.charter, explained.tables)
    if explained.ratio is None:
        yield _contributions(run.charter, explained.contributions)
    else:
        yield _factors(run.charter, explained.ratio)
        for line in formula_lines(explained.ratio, explained.score):
            yield Text(plain(line))
    yield from _rests_on(run, explained)


def _contributions(charter: Charter, items: Sequence[Contribution]) -> Table:
    table = _table()
    table.add_column("axis")
    table.add_column("signal")
    for name in ("value", "utility", "× weight", "= points"):
        table.add_column(name, justify="right")
    table.add_column("q")
    scored = [item for item in items if item.points is not None]
    points = iter(shown_parts([Decimal(item.points or 0) for item in scored], 2))
    for item in items:
        signal = charter.signals[item.signal]
        table.add_row(
            plain(item.axis),
            plain(signal.meta.names.get("en", item.signal)),
            _value(item.value, signal.precision, signal.unit),
            f"{shown(Decimal(item.utility), 2)}" if item.utility is not None else "–",
            f"{shown(Decimal(item.weight) * 100, 1)} %",
            _with_interval(str(next(points)), item.interval, 2) if item.points is not None else "–",
            item.quality,
        )
    if scored and len(scored) == len(items) and len(items) > 1:
        total = sum((Decimal(item.points or 0) for item in scored), Decimal(0))
        table.add_section()
        table.add_row("", "", "", "", "", Text(str(shown(total, 2)), style=f"bold {ACCENT}"), "")
    return table


def _factors(charter: Charter, told: RatioTold) -> Table:
    table = _table()
    for name in ("factor", "signal", "value", "", "q"):
        table.add_column(name, justify="right" if name == "value" else "left")
    for item in told.factors:
        signal = charter.signals[item.signal]
        value = "missing"
        if item.value is not None:
            number = shortest(Decimal(item.value), grouped=True)
            value = f"{number} {plain(signal.unit)}".rstrip()
        table.add_row(
            plain(item.role),
            plain(signal.meta.names.get("en", item.signal)),
            value,
            ", ".join(_stands(item)),
            item.quality,
        )
    return table


def _stands(item: Factor) -> Iterator[str]:
    if item.divides:
        yield "divides"
    if item.held is None and item.value is not None:
        yield "imputed"


def _value(value: Any, precision: int, unit: str) -> str:
    if value is None:
        return "missing"
    if not isinstance(value, float):
        return plain(str(value))
    number = f"{value:+,.1%}" if unit == "change" else f"{value:,.{precision}f}"
    return number if unit in ("", "ratio", "change") else f"{number} {plain(unit)}"


def as_declared(charter: Charter, row: dict[str, Any]) -> dict[str, Any]:
    """A row about a signal whose value, for people, has the digits that its charter declares."""
    value = row["value"]
    if not isinstance(value, float):
        return row
    return {**row, "value": f"{value:.{charter.signals[row['signal']].precision}f}"}


def _rests_on(run: Run, explained: Why) -> Iterator[Text]:
    for name, label in explained.bands.items():
        band = run.charter.bands[name]
        told = [*_remembered(band, explained.memory.get(name)), f"of {', '.join(band.labels)}"]
        yield Text(f"band {plain(name)}: {plain(label)}  ({'; '.join(told)})", style=DIM)
    reasons: Counter[str] = Counter()
    scored = explained.ratio.factors if explained.ratio is not None else explained.contributions
    for item in scored:
        formula = run.charter.signals[item.signal].formula
        yield Text(f"{item.signal} = {plain(' '.join(formula.split()))}", style=DIM)
        if item.set_dependent:
            yield Text(f"{item.signal} is set-dependent: other units move it", style=DIM)
        reasons.update(item.reasons)
    grade = explained.quality["grade"]
    for reason in reasons:
        yield Text(f"quality {grade}: {plain(reason)}", style=DIM)
    for name, told in explained.quality["reasons"].items():
        for reason in (one for one in told if one not in reasons):
            yield Text(f"quality {grade}: {plain(name)} {plain(reason)}", style=DIM)
    yield from draft(run)


def _remembered(band: Band, memory: BandMemory | None) -> Iterator[str]:
    """Where a unit stays although its value has left, and since when."""
    if memory is None or memory.last is None or memory.since is None:
        return
    since = f"since {told_moment(datetime.fromisoformat(memory.since))}"
    if memory.kept_by is not None:
        width = band.hysteresis if memory.kept_by == "hysteresis" else band.dwell
        yield f"{plain(memory.by_value)} by value"
        yield f"kept, {memory.kept_by} {width}, {since}"
    elif memory.by_value == band.missing:
        yield f"last {plain(memory.last)}, {since}"
    else:
        yield since


# Run, check, compile, demo ----------------------------------------------------------------


def run_line(run: Run) -> Text:
    """The name and moment of an evaluation that was just stored."""
    evaluation = run.evaluation
    text = Text("evaluated ")
    text.append(evaluation.id, style=f"bold {ACCENT}")
    text.append(
        f" as of {told_moment(evaluation.as_of)}; the same charter and data give the same id"
    )
    return text


def run(run: Run) -> Iterator[Any]:
    """What was stored, and where the units went; faults are told apart, as they stop a script."""
    yield run_line(run)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=DIM)
    grid.add_column()
    summary = run.summary()
    for name in ("program", "charter", "table", "result", "engine"):
        grid.add_row(name, plain(str(summary[name])))
    if summary["prior"]:
        grid.add_row("prior", f"{summary['prior']}, where units were before")
    if run.draft and run.recorded is None:
        grid.add_row("draft", f"yes: {DRAFT}")
    if run.recorded is not None:
        grid.add_row("recorded", plain(_recorded(run.recorded)))
    yield grid
    yield from not_ranked(run, summary["ranked"])
    yield from notes(run)
    yield Text("next: pmpo board --top 20", style=DIM)


def _recorded(one: RecordedEvaluation) -> str:
    """Where an evaluation stands in the ledger, and as what."""
    when = "now" if one.new else "before"
    what = "; its charter is a draft, as it is not ratified" if one.draft else ""
    if one.begins is not None:
        day = f"{one.begins:%a %Y-%m-%d %H:%M} UTC"
        what = f"; its charter is a draft until it counts, from {day}"
    return f"{when}, by {one.by}: entry {one.position} of the ledger{what}"


def check_summary(findings: Sequence[Diagnostic], *, brief: bool = False) -> Text:
    """How many findings of each kind; in brief, also what is not acted on."""
    counts = Counter(finding.severity for finding in findings)
    if not counts["error"] and not counts["warning"]:
        text = Text.assemble(("charter ok", "bold"))
    else:
        text = Text.assemble(("charter checked", "bold"))
    numbers = [
        f"{counts[kind]} {kind}{'' if counts[kind] == 1 else 's'}"
        for kind in ("error", "warning", "note")
    ]
    text.append(": " + ", ".join(numbers))
    if brief and counts["note"]:
        text.append("  (`pmpo check` shows them)", style=DIM)
    return text


def lineage(rows: Sequence[dict[str, str]]) -> Table:
    """Each signal and what it is made of."""
    table = _table()
    for name in ("signal", "made of", "windows", "sources"):
        table.add_column(name, overflow="fold")
    for row in rows:
        parts = [row["columns"], row["signals"]]
        parts += [f"ASSUMED {row['assumptions']}"] if row["assumptions"] else []
        parts += [f"PARAM {row['parameters']}"] if row["parameters"] else []
        parts += [f"{row['across']} of all units"] if row["across"] else []
        made_of = ", ".join(part for part in parts if part)
        table.add_row(row["signal"], made_of, row["windows"], row["sources"])
    return table


def demo_built(folder: Path, written: Sequence[Path]) -> Text:
    """What the demo put where."""
    text = Text.assemble(("demo office ", "bold"))
    text.append(plain(str(folder)), style=f"bold {ACCENT}")
    files = f"{len(written)} file{'' if len(written) == 1 else 's'} written"
    text.append(f": {files}" if written else ": already there, left as it is")
    return text


def next_steps(folder: Path, unit: str) -> Text:
    """What to type next."""
    text = Text.assemble(("\nNext\n", "bold"))
    steps = (
        (f"cd {typed(str(folder))}", "the commands below work inside the office"),
        (f"pmpo why {typed(unit)}", "every point of a score, and what it rests on"),
        ("pmpo compile", "the SQL that measured it"),
        ("pmpo board --top 30 --format csv", "the board for a spreadsheet"),
        ("pmpo run --as-of 2017-10-02", "the same question in October, with what was known then"),
        (f"pmpo decide {typed(unit)} --as category-lead", "what a decision about it needs"),
    )
    width = max(len(command) for command, _ in steps if len(command) <= _COMMAND_CELLS_MAX)
    for command, told in steps:
        text.append(f"  {plain(command):<{width}}", style=ACCENT)
        text.append(f"  {told}\n", style=DIM)
    return text


def typed(word: str) -> str:
    """A word as it is typed at a shell."""
    if re.fullmatch(r"[\w./:=@%+,-]+", word):
        return word
    return shlex.quote(word) if set(word) & set('"$`\\!') else f'"{word}"'
