"""How a plan looks: what moved, who changed band or outcome, and who stands behind each number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from pmpo.cli.rounding import shown
from pmpo.cli.words import ACCENT, DIM, counted, plain
from pmpo.evaluate.compare import NOT_THERE, Cell, Comparison, Matrix, Moved
from pmpo.model.time import told_moment

if TYPE_CHECKING:
    from pmpo.office.planning import Planned

_NAMES_SHOWN: Final = 5
_MOVERS_SHOWN: Final = 5
_DECISIONS_SHOWN: Final = 20
_CELLS_SHOWN: Final = 12
_CORNER: Final = "before ↓  after →"
_TITLES: Final = {
    "status": "Who is ranked at all",
    "band": "Band",
    "outcome": "Outcome",
    "rule": "Rule of table",
    "output": "Output",
}


def plan(planned: Planned, width: int) -> Iterator[Any]:
    """The story of a draft in a terminal of so many cells."""
    yield _heading(planned)
    comparison = planned.comparison
    if comparison.is_same:
        yield Text(f"\n{nothing(planned)}")
        return
    yield from _ranks(planned.comparison, planned.charter.unit.name)
    yield from _reopens(planned)
    for matrix in told_matrices(planned):
        yield from _matrix(planned, matrix, width)


def told_matrices(planned: Planned) -> Iterator[Matrix]:
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
    for one in planned.reopens[:_DECISIONS_SHOWN]:
        names = [planned.comparison.labels.get(u, u) for u in one.units[:_NAMES_SHOWN]]
        more = len(one.units) - len(names)
        named = ", ".join(map(plain, names)) + (f" and {more:,} more" if more else "")
        grid.add_row(one.decision.id, f"{one.decision.proposal.verdict} {named}")
    if count > _DECISIONS_SHOWN:
        grid.add_row(f"{count - _DECISIONS_SHOWN:,} more", "`--format json` names them")
    yield grid


def _heading(planned: Planned) -> Text:
    name = planned.charter.meta.names.get("en", planned.program)
    text = Text.assemble("\n", (plain(name), "bold"))
    text.append(
        f"  {plain(planned.draft)} against {plain(planned.against)}, "
        f"as of {told_moment(planned.as_of)}"
    )
    if planned.known_by != planned.as_of:
        text.append(f", known by {told_moment(planned.known_by)}")
    return text


def nothing(planned: Planned) -> str:
    """What to say about a draft that moves nobody."""
    units = f"{planned.comparison.units:,} units"
    if planned.same_logic and not planned.rows_of:
        return f"Only wording differs: none of {units} changes."
    return f"No rank, score, band or outcome of {units} changes."


def _ranks(comparison: Comparison, unit: str) -> Iterator[Any]:
    places = [one.places for one in comparison.moved]
    up = sum(place is not None and place > 0 for place in places)
    down = sum(place is not None and place < 0 for place in places)
    units = counted(plain(unit), comparison.units)
    text = Text("\n")
    text.append("Ranks", style="bold")
    text.append(
        f"  {up + down:,} of {comparison.units:,} {units} change place: "
        f"{up:,} up, {down:,} down; {len(comparison.moved):,} change score."
    )
    yield text
    into, out = comparison.entered, comparison.left
    if into or out:
        table = _grid()
        for told, found in zip(entering(comparison), (into, out), strict=True):
            table.add_row(told, _listed(found))
        yield table
    elif comparison.by_take:
        yield Text("The same units are taken.", style=DIM)
    else:
        yield Text(f"The first {comparison.top} stay the same units.", style=DIM)
    far = sorted(
        (one for one in comparison.moved if one.places), key=lambda one: -abs(one.places or 0)
    )
    if far:
        yield _movers(far[:_MOVERS_SHOWN])


def entering(comparison: Comparison) -> tuple[str, str]:
    """What those do who come in, and those who go out."""
    if comparison.by_take:
        return "taken, and were not", "not taken any more"
    return f"into the first {comparison.top}", f"out of the first {comparison.top}"


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
        text.append(f" {rank_text(one.rank_from)} → {rank_text(one.rank_to)}", style=DIM)
    if len(found) > _NAMES_SHOWN:
        text.append(f" and {len(found) - _NAMES_SHOWN:,} more", style=DIM)
    return text


def rank_text(rank: int | None) -> str:
    """A rank, or that there is none."""
    return f"{rank:,}" if rank is not None else "unranked"


def _movers(found: Sequence[Moved]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=DIM)
    table.add_column("farthest", overflow="ellipsis", no_wrap=True, max_width=40)
    for name in ("rank", "score"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        table.add_row(
            Text(plain(one.label), style=ACCENT),
            f"{rank_text(one.rank_from)} → {rank_text(one.rank_to)}",
            f"{_score(one.score_from)} → {_score(one.score_to)}",
        )
    return table


def _score(score: str | None) -> str:
    return str(shown(Decimal(score))) if score is not None else NOT_THERE


def _matrix(planned: Planned, matrix: Matrix, width: int) -> Iterator[Any]:
    """Rows are labels before, columns after; what stays lies on the diagonal.

    Where that is wider than the terminal, the list of who changed says it all.
    """
    title = Text("\n")
    title.append(title_of(planned, matrix), style="bold")
    among = "" if matrix.kind == "status" else " in scope"
    title.append(f"  {matrix.units_changed:,} of {sum(matrix.counts.values()):,}{among} change")
    yield title
    fits = grid_width(matrix) <= width
    if fits:
        yield _table(matrix)
    yield _who(planned, matrix, counts=not fits)


def _table(matrix: Matrix) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=DIM)
    table.add_column(_CORNER, style=DIM)
    for label in matrix.labels:
        table.add_column(plain(told(label)), justify="right")
    table.add_column("sum", justify="right", style=DIM)
    for before in matrix.labels:
        counts = [matrix.counts.get((before, after), 0) for after in matrix.labels]
        cells = [
            Text(f"{count:,}" if count else "·", style=_style(before, after, count))
            for after, count in zip(matrix.labels, counts, strict=True)
        ]
        table.add_row(plain(told(before)), *cells, f"{sum(counts):,}")
    sums = [
        sum(count for (_, to), count in matrix.counts.items() if to == after)
        for after in matrix.labels
    ]
    total = f"{sum(sums):,}"
    table.add_row("sum", *(Text(f"{count:,}", style=DIM) for count in sums), total)
    return table


def grid_width(matrix: Matrix) -> int:
    """How many cells of a terminal a matrix takes."""
    names = [cell_len(plain(told(label))) for label in matrix.labels]
    number = len(f"{sum(matrix.counts.values()):,}")
    columns = [max(cell_len(_CORNER), *names), *(max(name, number) for name in names), number]
    return sum(columns) + 2 * (len(columns) - 1)


def _who(planned: Planned, matrix: Matrix, *, counts: bool) -> Table:
    """Who went from where to where; of very many ways those that most units went."""
    labels, who = planned.comparison.labels, _grid()
    cells, rest = most_changed(matrix, _CELLS_SHOWN)
    for cell in cells:
        names = [labels.get(unit, unit) for unit in cell.units[:_NAMES_SHOWN]]
        more = len(cell.units) - len(names)
        named = ", ".join(map(plain, names)) + (f" and {more:,} more" if more else "")
        count = f"{len(cell.units):,}: " if counts else ""
        who.add_row(f"{plain(told(cell.before))} → {plain(told(cell.after))}", count + named)
    if rest:
        who.add_row(*others(rest))
    return who


def most_changed(matrix: Matrix, most: int) -> tuple[Sequence[Cell], Sequence[Cell]]:
    """The cells to tell, and those that are left out: all in their order, or the largest."""
    if len(matrix.changed) <= most:
        return matrix.changed, ()
    ordered = sorted(matrix.changed, key=lambda cell: -len(cell.units))
    return ordered[:most], ordered[most:]


def others(cells: Sequence[Cell]) -> tuple[str, str]:
    """How many more ways there are, and how many units went them."""
    units = sum(len(cell.units) for cell in cells)
    return f"{len(cells):,} more", f"{units:,} units; `--format json` names them"


def _style(before: str, after: str, count: int) -> str:
    if not count:
        return DIM
    return "" if before == after else f"bold {ACCENT}"


def told(label: str) -> str:
    """A label as it is read."""
    return label.replace("_", " ")


def title_of(planned: Planned, matrix: Matrix) -> str:
    """What a matrix is about: an output by its table, `action.facings`."""
    title = _TITLES[matrix.kind]
    if matrix.kind in ("status", "outcome"):
        return title
    outputs = {
        f"{table.name}_{output.name}": f"{table.name}.{output.name}"
        for table in planned.charter.tables.values()
        for output in table.outputs
    }
    name = outputs.get(matrix.name, matrix.name) if matrix.kind == "output" else matrix.name
    return f"{title} {plain(name)}"
