"""How a plan looks: what moved, who changed band or outcome, and who stands behind each number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from pmpo.cli.rounding import shown
from pmpo.cli.words import ACCENT, DIM, moment, plain
from pmpo.evaluate.compare import NOT_THERE, Comparison, Matrix, Moved
from pmpo.model.markdown import escaped

if TYPE_CHECKING:
    from pmpo.office.planning import Planned

_NAMES_SHOWN: Final = 5
_MOVERS_SHOWN: Final = 5
_MARKDOWN_NAMES: Final = 25
_TITLES: Final = {
    "status": "Who is ranked at all",
    "band": "Band",
    "outcome": "Outcome",
    "rule": "Rule of table",
    "output": "Output",
}


def plan(planned: Planned) -> Iterator[Any]:
    """The story of a draft in a terminal."""
    yield _heading(planned)
    comparison = planned.comparison
    if comparison.is_same:
        yield Text(f"\n{_nothing(planned)}")
        return
    yield from _ranks(planned.comparison, planned.charter.unit.name)
    yield from _reopens(planned)
    for matrix in _told_matrices(planned):
        yield from _matrix(matrix, comparison.labels)


def _told_matrices(planned: Planned) -> Iterator[Matrix]:
    """Those in which anybody changes; what the outcome itself already tells is told once."""
    changed = [matrix for matrix in planned.comparison.matrices if matrix.units_changed]
    outcomes = [matrix.counts for matrix in changed if matrix.kind == "outcome"]
    tables, own = planned.charter.tables, ""
    if tables:
        table = tables[planned.charter.outcome or next(iter(tables))]
        own = f"{table.name}_{table.outputs[0].name}"
    for matrix in changed:
        again = matrix.kind == "output" and matrix.name == own and matrix.counts in outcomes
        if not again:
            yield matrix


def _reopens(planned: Planned) -> Iterator[Any]:
    if not planned.reopens:
        return
    count = len(planned.reopens)
    title = Text("\n")
    title.append("Decisions", style="bold")
    title.append(f"  {count:,} that hold would have to be looked at again")
    yield title
    grid = _grid()
    for one in planned.reopens:
        names = [planned.comparison.labels.get(u, u) for u in one.units[:_NAMES_SHOWN]]
        more = len(one.units) - len(names)
        told = ", ".join(map(plain, names)) + (f" and {more:,} more" if more else "")
        grid.add_row(one.decision.id, f"{one.decision.proposal.verdict} {told}")
    yield grid


def _heading(planned: Planned) -> Text:
    name = planned.charter.meta.names.get("en", planned.program)
    text = Text.assemble("\n", (plain(name), "bold"))
    text.append(
        f"  {plain(planned.draft)} against {plain(planned.against)}, as of {moment(planned.as_of)}"
    )
    if planned.known_by != planned.as_of:
        text.append(f", known by {moment(planned.known_by)}")
    return text


def _nothing(planned: Planned) -> str:
    units = f"{planned.comparison.units:,} units"
    if planned.same_logic and not planned.rows_of:
        return f"Only wording differs: none of {units} changes."
    return f"No rank, score, band or outcome of {units} changes."


def _ranks(comparison: Comparison, unit: str) -> Iterator[Any]:
    places = [one.places for one in comparison.moved]
    up = sum(place is not None and place > 0 for place in places)
    down = sum(place is not None and place < 0 for place in places)
    text = Text("\n")
    text.append("Ranks", style="bold")
    text.append(
        f"  {up + down:,} of {comparison.units:,} {plain(unit)}s change place: "
        f"{up:,} up, {down:,} down; {len(comparison.moved):,} change score."
    )
    yield text
    into, out = comparison.entered, comparison.left
    if into or out:
        table = _grid()
        table.add_row(f"into the first {comparison.top}", _listed(into))
        table.add_row(f"out of the first {comparison.top}", _listed(out))
        yield table
    else:
        yield Text(f"The first {comparison.top} stay the same units.", style=DIM)
    far = sorted(
        (one for one in comparison.moved if one.places), key=lambda one: -abs(one.places or 0)
    )
    if far:
        yield _movers(far[:_MOVERS_SHOWN])


def _grid() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=DIM)
    table.add_column(overflow="fold")
    return table


def _listed(found: Sequence[Moved]) -> Text:
    """Names with both ranks; the first few of many."""
    if not found:
        return Text("nobody", style=DIM)
    text = Text(f"{len(found):,}: ")
    for i, one in enumerate(found[:_NAMES_SHOWN]):
        text.append(", " if i else "")
        text.append(plain(one.label), style=ACCENT)
        text.append(f" {_rank(one.rank_from)} → {_rank(one.rank_to)}", style=DIM)
    if len(found) > _NAMES_SHOWN:
        text.append(f" and {len(found) - _NAMES_SHOWN:,} more", style=DIM)
    return text


def _rank(rank: int | None) -> str:
    return f"{rank:,}" if rank is not None else "unranked"


def _movers(found: Sequence[Moved]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=DIM)
    table.add_column("farthest", overflow="ellipsis", no_wrap=True, max_width=40)
    for name in ("rank", "score"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        table.add_row(
            Text(plain(one.label), style=ACCENT),
            f"{_rank(one.rank_from)} → {_rank(one.rank_to)}",
            f"{_score(one.score_from)} → {_score(one.score_to)}",
        )
    return table


def _score(score: str | None) -> str:
    return str(shown(Decimal(score))) if score is not None else NOT_THERE


def _matrix(matrix: Matrix, labels: Mapping[str, str]) -> Iterator[Any]:
    """Rows are labels before, columns after; what stays lies on the diagonal."""
    title = Text("\n")
    title.append(_title(matrix), style="bold")
    among = "" if matrix.kind == "status" else " in scope"
    title.append(f"  {matrix.units_changed:,} of {sum(matrix.counts.values()):,}{among} change")
    yield title
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=DIM)
    table.add_column("before ↓  after →", style=DIM)
    for label in matrix.labels:
        table.add_column(plain(_told(label)), justify="right")
    table.add_column("sum", justify="right", style=DIM)
    for before in matrix.labels:
        counts = [matrix.counts.get((before, after), 0) for after in matrix.labels]
        cells = [
            Text(f"{count:,}" if count else "·", style=_style(before, after, count))
            for after, count in zip(matrix.labels, counts, strict=True)
        ]
        table.add_row(plain(_told(before)), *cells, f"{sum(counts):,}")
    sums = [
        sum(count for (_, to), count in matrix.counts.items() if to == after)
        for after in matrix.labels
    ]
    total = f"{sum(sums):,}"
    table.add_row("sum", *(Text(f"{count:,}", style=DIM) for count in sums), total)
    yield table
    who = _grid()
    for cell in matrix.changed:
        names = [labels.get(unit, unit) for unit in cell.units[:_NAMES_SHOWN]]
        more = len(cell.units) - len(names)
        told = ", ".join(map(plain, names)) + (f" and {more:,} more" if more else "")
        who.add_row(f"{_told(cell.before)} → {_told(cell.after)}", told)
    yield who


def _style(before: str, after: str, count: int) -> str:
    if not count:
        return DIM
    return "" if before == after else f"bold {ACCENT}"


def _told(label: str) -> str:
    return label.replace("_", " ")


def _title(matrix: Matrix) -> str:
    title = _TITLES[matrix.kind]
    return title if matrix.kind in ("status", "outcome") else f"{title} {plain(matrix.name)}"


# Markdown -----------------------------------------------------------------------------------


def markdown(planned: Planned) -> str:
    """The same story for a pull request: what fits a comment, with lists folded away."""
    return "\n".join(_markdown_lines(planned)) + "\n"


def _markdown_lines(planned: Planned) -> Iterator[str]:
    comparison = planned.comparison
    name = planned.charter.meta.names.get("en", planned.program)
    yield f"### Plan: {escaped(name)}"
    yield ""
    yield f"Draft against `{planned.against}`, as of {moment(planned.as_of)}."
    yield ""
    if comparison.is_same:
        yield _nothing(planned)
        return
    moved = [one for one in comparison.moved if one.places]
    yield f"**{len(moved):,}** of {comparison.units:,} units change place."
    for word, found in (("into", comparison.entered), ("out of", comparison.left)):
        named = ", ".join(
            f"{escaped(one.label)} ({_rank(one.rank_from)} → {_rank(one.rank_to)})"
            for one in found[:_NAMES_SHOWN]
        )
        more = f" and {len(found) - _NAMES_SHOWN:,} more" if len(found) > _NAMES_SHOWN else ""
        yield f"- {word} the first {comparison.top}: {named or 'nobody'}{more}"
    if planned.reopens:
        yield ""
        told = ", ".join(f"`{one.decision.id}`" for one in planned.reopens)
        yield f"**Decisions** that hold and would have to be looked at again: {told}"
    for matrix in _told_matrices(planned):
        yield from _markdown_matrix(matrix, comparison.labels)


def _markdown_matrix(matrix: Matrix, labels: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield f"**{_title(matrix)}**: {matrix.units_changed:,} change"
    yield ""
    yield "| before ↓ after → | " + " | ".join(escaped(_told(x)) for x in matrix.labels) + " |"
    yield "|---|" + "---:|" * len(matrix.labels)
    for before in matrix.labels:
        counts = [matrix.counts.get((before, after), 0) for after in matrix.labels]
        cells = [
            f"**{count:,}**" if count and before != after else f"{count:,}" if count else ""
            for after, count in zip(matrix.labels, counts, strict=True)
        ]
        yield f"| {escaped(_told(before))} | " + " | ".join(cells) + " |"
    yield ""
    yield "<details><summary>who</summary>"
    yield ""
    for cell in matrix.changed:
        names = [escaped(labels.get(unit, unit)) for unit in cell.units[:_MARKDOWN_NAMES]]
        more = len(cell.units) - len(names)
        told = ", ".join(names) + (f" and {more:,} more" if more else "")
        yield f"- {escaped(_told(cell.before))} → {escaped(_told(cell.after))}: {told}"
    yield ""
    yield "</details>"
