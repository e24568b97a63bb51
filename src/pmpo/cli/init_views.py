"""How a proposal looks: what the file holds, what was guessed, what to type next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from pmpo.cli.views import typed
from pmpo.cli.words import ACCENT, DIM, plain

if TYPE_CHECKING:
    from pmpo.draft.profile import ColumnFacts
    from pmpo.draft.propose import Proposal

_COLUMNS_MAX: Final = 40
_CODES: Final = 3
_GAP: Final = 3


def proposal(proposal: Proposal, width: int) -> Iterator[Any]:
    """The whole summary."""
    yield _heading(proposal)
    yield _columns(proposal, width)
    rest = len(proposal.profile.columns) - _COLUMNS_MAX
    if rest > 0:
        yield Text(f"and {rest:,} more columns", style=DIM)
    for repair in proposal.repairs:
        yield Text(f"repaired in a copy: {plain(repair)}")
    yield Text("\nGuessed", style="bold")
    yield _guesses(proposal)
    yield from _findings(proposal)
    yield Text("\nWritten", style="bold")
    for place in proposal.written:
        yield Text(f"  {plain(str(proposal.asked.folder / place))}")
    yield _next(proposal)


def _heading(proposal: Proposal) -> Text:
    profile = proposal.profile
    text = Text(plain(proposal.asked.file.name), style="bold")
    if profile.sheet:
        text.append(f", sheet {plain(profile.sheet)}")
    text.append(f": {profile.rows:,} rows, {len(profile.columns):,} columns", style="")
    if profile.duplicates:
        text.append(f"; {profile.duplicates:,} rows repeat an earlier one in every column")
    return text


# Columns ----------------------------------------------------------------------------------


def _columns(proposal: Proposal, width: int) -> Table:
    profile = proposal.profile
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    shown = profile.columns[:_COLUMNS_MAX]
    heads = ("column", "read as", "missing", "values" if profile.exact else "values, about", "seen")
    rows = [(plain(c.name), c.type, _share(c), f"{c.distinct:,}", plain(_seen(c))) for c in shown]
    cells = [max(cell_len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    cells[0] = min(cells[0], max(width // 3, 16))
    cells[4] = min(cells[4], max(width - sum(cells[:4]) - 4 * _GAP, 8))
    for i, head in enumerate(heads):
        justify: Any = "right" if i in {2, 3} else "left"
        table.add_column(
            head, no_wrap=True, min_width=cells[i], max_width=cells[i], justify=justify
        )
    for row in rows:
        texts = [Text(cell) for cell in row]
        for text, room in zip(texts, cells, strict=True):
            text.truncate(room, overflow="ellipsis")
        table.add_row(*texts)
    return table


def _share(facts: ColumnFacts) -> str:
    """The share of missing values; never 0 % where one is missing, never 100 % where one is not."""
    if not facts.missing:
        return "–"
    per_mille = (facts.missing * 2000 // max(facts.rows, 1) + 1) // 2
    if per_mille == 0:
        return "<0.1 %"
    return f"{min(per_mille, 1000 if facts.missing == facts.rows else 999) / 10:.1f} %"


def _seen(facts: ColumnFacts) -> str:
    """The range of a column, and what is odd in it."""
    odd = []
    if facts.null:
        codes = ", ".join(f"{text or 'empty'} {count:,}" for text, count in facts.null[:_CODES])
        more = f" and {len(facts.null) - _CODES} more" if len(facts.null) > _CODES else ""
        odd.append(f"{codes}{more}")
    if facts.negative:
        odd.append(f"{facts.negative:,} below zero")
    if facts.written.note:
        odd.append(facts.written.note)
    elif facts.unread and facts.written.kind in ("date", "timestamp"):
        odd.append("dates written in several ways")
    ends = _ends(facts)
    return "; ".join([*([ends] if ends else []), *odd])


def _ends(facts: ColumnFacts) -> str:
    if facts.low is None or facts.type in ("text", "boolean"):
        return ""
    if facts.numeric:
        low, high = (f"{end:,.{facts.scale}f}" for end in (facts.low, facts.high))
        return f"{low} … {high}"
    return f"{str(facts.low)[:10]} … {str(facts.high)[:10]}"


# Guesses ----------------------------------------------------------------------------------


def _guesses(proposal: Proposal) -> Table:
    draft, evaluation = proposal.draft, proposal.tried.evaluation
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=DIM, no_wrap=True)
    grid.add_column(overflow="fold")
    unit = draft.unit
    told = f"{unit.name}: {' + '.join(unit.key)}, because {unit.why}"
    grid.add_row("  ranked", plain(told))
    if unit.others:
        others = " or ".join(f"--unit {typed(','.join(key))}" for key in unit.others)
        grid.add_row("", Text(f"if it is something else: {plain(others)}", style=DIM))
    grid.add_row("  when", plain(draft.time.why))
    if draft.time.others and draft.time.column is not None:
        others = " or ".join(f"--time {typed(name)}" for name in draft.time.others[:3])
        grid.add_row("", Text(f"if it is something else: {plain(others)}", style=DIM))
    if draft.time.later:
        names = ", ".join(draft.time.later)
        grid.add_row(
            "  known later", plain(f"{names}: later than their rows, so hidden until then")
        )
    for axis in draft.axes:
        for signal in draft.signals:
            if signal.axis == axis:
                better = "more comes first" if signal.better == "higher" else "less comes first"
                grid.add_row(f"  {axis}", plain(f"{signal.title} ({better})"))
    counts = evaluation.counts()
    left = ", ".join(
        f"{n:,} {status.replace('_', ' ')}"
        for status, n in counts.items()
        if n and status != "ranked"
    )
    grid.add_row("  as of", plain(f"{evaluation.as_of.date()}, {_why_as_of(proposal)}"))
    grid.add_row("  tried", f"{counts['ranked']:,} ranked" + (f", {left}" if left else ""))
    return grid


def _why_as_of(proposal: Proposal) -> str:
    draft = proposal.draft
    if draft.why_as_of:
        return draft.why_as_of
    return f"the last boundary of {draft.refresh.text} that the data has reached"


def _findings(proposal: Proposal) -> Iterator[Text]:
    """What `check` and a run say that is not a mere note."""
    for finding in proposal.tried.findings:
        if finding.severity != "note":
            yield Text(f"check says: {plain(finding.message)}")
    warnings = [f for f in proposal.tried.warnings if f.severity == "warning"]
    if warnings:
        yield Text("\nTo live with, or to repair", style="bold")
        for finding in warnings:
            yield Text(f"  {plain(finding.message)}", overflow="fold")


# Next -------------------------------------------------------------------------------------


def _next(proposal: Proposal) -> Text:
    folder = str(proposal.asked.folder)
    draft = proposal.draft
    steps = [] if folder == "." else [(f"cd {typed(folder)}", "the office; all below works inside")]
    many = f" --program {draft.program}" if proposal.beside_others else ""
    when = f" --as-of {draft.as_of}" if draft.as_of else ""
    first = proposal.first
    steps += [
        (f"pmpo check{many}", "what the charter says, and what could be wrong with it"),
        (f"pmpo run{many}{when}", "measure, evaluate and store"),
        (f"pmpo board --top 20{many}", "the ranked rows"),
    ]
    if first:
        steps.append((f"pmpo why {typed(first)}{many}", "every point of the first one's score"))
    text = Text("\nNext\n", style="bold")
    room = min(max(len(command) for command, _ in steps), 44)
    for command, told in steps:
        text.append(f"  {plain(command):<{room}}", style=ACCENT)
        text.append(f"  {told}\n", style=DIM)
    text.append("  and read ", style=DIM)
    text.append(f"{plain(str(proposal.asked.folder / proposal.charter))}", style=ACCENT)
    text.append(": it says why, and where it guessed", style=DIM)
    return text
