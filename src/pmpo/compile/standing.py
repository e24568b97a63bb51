"""Rows that stand: from which period of a history on a row counts as it is, and until which.

Under the cuts of one period a row counts or does not. As the periods go on, both cuts only move
forward, so that each row, version, validity, or state of a row whose columns came late, counts in
consecutive periods. Two numbers per row therefore say under all cuts at once what a measurement
as of each boundary would have read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from pmpo import sql
from pmpo.compile.columns import later_columns
from pmpo.compile.context import Step
from pmpo.compile.rows import Rows
from pmpo.model.time import MICROSECOND
from pmpo.sql import exp

FROM: Final = "pmpo_from"
UNTIL: Final = "pmpo_until"
SLICE: Final = "pmpo_slice"
_PIECE: Final = "pmpo_piece"
_ENTERS: Final = "pmpo_enters"
Bounds = tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A column that must lie before a boundary, which is another one in each period."""

    column: str
    bounds: Bounds


@dataclass(slots=True)
class Standing:
    """The rows of one source with the periods in which they stand.

    Periods are numbered from 0, the oldest. A row stands in `pmpo_from` ≤ period < `pmpo_until`;
    `pmpo_slice` counts the `edges` not after its time, so that rows of one slice lie in the same
    windows.

    Args:
        edges: ascending; where windows begin or end, as this source's times compare with them.
    """

    rows: Rows
    edges: Bounds = ()

    def __post_init__(self) -> None:
        if self.sliced:
            cut = self._cuts()[0]
            self.edges = tuple(sorted({*self.edges, *cut.bounds}))

    @property
    def name(self) -> str:
        """The step that holds them."""
        return self.rows.step_name("standing")

    @property
    def periods(self) -> int:
        """How many periods there are."""
        return len(self.rows.cuts)

    @property
    def lasting(self) -> bool:
        """Whether a row that has begun to stand does so ever after."""
        return not self._pieces() and not self._ends() and not self.rows.newest_only

    @property
    def sliced(self) -> bool:
        """Whether the slice of a row alone says in which periods it stands."""
        columns = [cut.column for cut in self._cuts()]
        return self.lasting and columns == [self.rows.source.time]

    def obstacle(self) -> str:
        """Why the rows cannot be told apart so, or nothing."""
        rows, source = self.rows, self.rows.source
        if rows.newest_only and self._pieces():
            return f"`{source.name}` has versions whose columns came later than they"
        inside = (f"{rows.path}.derive.", f"{rows.path}.where")
        if any(path.startswith(inside) for path in rows.dated):
            return f"`{source.name}` derives columns or chooses rows by a moment or a dated number"
        limits = [*self._known(), *self._cuts(), *self._ends(), *self._pieces()]
        if not all(in_order(limit.bounds) for limit in limits):
            return f"clocks were set back between boundaries of `{source.name}`"
        return ""

    def position(self, edge: datetime) -> int:
        """The slice that begins at an edge."""
        return self.edges.index(edge) + 1

    def from_slice(self) -> exp.Expr:
        """The first period of a row by its slice; for sources that are `sliced`."""
        starts = [sql.integer(self.position(bound)) for bound in self._cuts()[0].bounds]
        return _first_before(sql.column(SLICE), starts)

    # Limits -------------------------------------------------------------------------------

    def _limit(self, column: str, walls: Sequence[datetime], *, closed: bool = False) -> Limit:
        """Times have microseconds, so that `<= t` is the same as `< t` and a microsecond."""
        more = MICROSECOND if closed else MICROSECOND * 0
        return Limit(column, tuple(self.rows.instant(wall, column) + more for wall in walls))

    def _known(self) -> list[Limit]:
        """What was known."""
        source, cuts = self.rows.source, self.rows.cuts
        walls = [cut.known_by for cut in cuts]
        if source.known_at and not source.known_at_is_none:
            return [self._limit(source.known_at, walls, closed=True)]
        if source.lag and source.time:
            earlier = [source.lag.before(wall) for wall in walls]
            return [self._limit(source.time, earlier, closed=True)]
        if source.mode == "scd2":
            return [self._limit(source.valid_from, walls, closed=True)]
        return []

    def _happened(self) -> list[Limit]:
        """What had happened."""
        source = self.rows.source
        walls = [cut.as_of for cut in self.rows.cuts]
        if source.mode == "scd2":
            return [self._limit(source.valid_from, walls, closed=True)]
        if source.time and source.mode != "plan":
            return [self._limit(source.time, walls)]
        return []

    def _cuts(self) -> list[Limit]:
        """Both cuts, one limit per column; what was known of versions is looked at before."""
        found: dict[str, Bounds] = {}
        for limit in [*self._happened(), *([] if self.rows.newest_only else self._known())]:
            other = found.get(limit.column, limit.bounds)
            found[limit.column] = tuple(map(min, limit.bounds, other))
        return [Limit(column, bounds) for column, bounds in found.items()]

    def _ends(self) -> list[Limit]:
        """From when on a row that was valid is so no more."""
        if self.rows.source.mode != "scd2":
            return []
        walls = [cut.as_of for cut in self.rows.cuts]
        return [self._limit(self.rows.source.valid_to, walls, closed=True)]

    def _pieces(self) -> list[Limit]:
        """Columns that say when others became known: a row before and after is two pieces."""
        whens = dict.fromkeys(later_columns(self.rows.source, self.rows.used).values())
        walls = [cut.known_by for cut in self.rows.cuts]
        return [self._limit(when, walls, closed=True) for when in whens]

    # Steps --------------------------------------------------------------------------------

    def steps(self) -> list[Step]:
        """`…_read`: typed columns; `…_pieces` or `…_versions` where there are; `…_standing`."""
        steps = [self.rows.read_step()]
        if self._pieces():
            steps.append(self._pieces_step(steps[-1].name))
        if self.rows.newest_only:
            steps.append(self._versions_step(steps[-1].name))
        return [*steps, self._standing_step(steps[-1].name)]

    def _first(self, limit: Limit) -> exp.Expr:
        """The first period whose boundary lies after a column; the number of all, if none does."""
        bounds = [sql.moment(bound) for bound in limit.bounds]
        return _first_before(sql.column(limit.column), bounds)

    def _pieces_step(self, read: str) -> Step:
        rows, pieces = self.rows, self._pieces()
        later = later_columns(rows.source, rows.used)
        shown = {limit.column: sql.column(f"{_PIECE}_{i}") for i, limit in enumerate(pieces)}
        one = sql.integer(1)
        columns = [
            sql.named(
                sql.case([(sql.binary(exp.EQ, shown[later[name]].copy(), one.copy()), column)]),
                name,
            )
            if name in later
            else column
            for name in rows.used
            for column in [sql.column(name)]
        ]
        starts, ends = [], []
        for limit in pieces:
            now = sql.binary(exp.EQ, shown[limit.column].copy(), one.copy())
            first = self._first(limit)
            starts.append(sql.case([(now, first)], sql.integer(0)))
            ends.append(sql.case([(now.copy(), sql.integer(self.periods))], first.copy()))
        joins = [
            sql.cross_join(sql.numbers(2, f"w{i}", f"{_PIECE}_{i}")) for i in range(len(pieces))
        ]
        return Step(
            rows.step_name("pieces"),
            f"{rows.source.name}: each row before and after more of it was known",
            sql.select(
                [
                    *columns,
                    sql.named(_most(exp.Greatest, starts), FROM),
                    sql.named(_most(exp.Least, ends), UNTIL),
                ],
                sql.table(read),
                joins=joins,
            ),
            inline=rows.cheap_to_read(),
        )

    def _versions_step(self, read: str) -> Step:
        """A version stands from when it was known until a later one of its key was."""
        rows = self.rows
        own = [sql.column(name) for name in rows.used]
        known = self._known()
        enters = self._first(known[0]) if known else sql.integer(0)
        entering = sql.select(
            [*own, sql.named(enters, _ENTERS)],
            sql.table(read),
            where=[self._inside(limit) for limit in known],
        )
        newer = exp.Window(
            this=exp.Lag(this=sql.column(_ENTERS)),
            partition_by=[sql.column(name) for name in rows.source.key],
            order=exp.Order(expressions=rows.newest_version_first()),
        )
        until = exp.Coalesce(this=newer, expressions=[sql.integer(self.periods)])
        return Step(
            rows.step_name("versions"),
            f"{rows.source.name}: each version until a later one of the same row was known",
            sql.select(
                [
                    *(column.copy() for column in own),
                    sql.named(sql.column(_ENTERS), FROM),
                    sql.named(until, UNTIL),
                ],
                sql.subquery(entering, "known"),
            ),
        )

    def _standing_step(self, before: str) -> Step:
        rows, cuts = self.rows, self._cuts()
        begun = bool(self._pieces()) or rows.newest_only
        starts = [self._first(limit) for limit in cuts] + ([sql.column(FROM)] if begun else [])
        ends = [self._first(limit) for limit in self._ends()]
        ends += [sql.column(UNTIL)] if begun else []
        last = sql.integer(self.periods)
        own = [sql.column(name) for name in rows.used]
        within = sql.select(
            [
                *own,
                sql.named(_most(exp.Greatest, starts or [sql.integer(0)]), FROM),
                sql.named(_most(exp.Least, ends or [last]), UNTIL),
                sql.named(self._slice(), SLICE),
            ],
            sql.table(before),
            where=[self._inside(limit) for limit in cuts],
        )
        conditions = (
            [] if self.lasting else [sql.binary(exp.LT, sql.column(FROM), sql.column(UNTIL))]
        )
        where = rows.where()
        conditions += [where] if where is not None else []
        oldest, newest = rows.cuts[0], rows.cuts[-1]
        return Step(
            self.name,
            f"{rows.source.name}: from and until which of {self.periods} periods each row stands, "
            f"as of {oldest.as_of} to {newest.as_of}",
            sql.select(
                [
                    *(column.copy() for column in own),
                    *rows.derived_columns(),
                    *map(sql.column, (FROM, UNTIL, SLICE)),
                ],
                sql.subquery(within, "within"),
                where=conditions,
            ),
            inline=rows.cheap_to_read() and not rows.newest_only,
        )

    def _slice(self) -> exp.Expr:
        if not self.edges:
            return sql.integer(0)
        edges = [sql.moment(edge) for edge in self.edges]
        return _count_reached(sql.column(self.rows.source.time), edges)

    def _inside(self, limit: Limit) -> exp.Expr:
        """What lies after the newest boundary stands in no period."""
        return sql.binary(exp.LT, sql.column(limit.column), sql.moment(limit.bounds[-1]))


def in_order(bounds: Sequence[datetime]) -> bool:
    """Whether boundaries only move forward."""
    return all(earlier <= later for earlier, later in pairwise(bounds))


def _first_before(column: exp.Expr, bounds: Sequence[exp.Expr]) -> exp.Expr:
    """How many ascending bounds are not after the column, by halving; all for what is missing."""

    def within(low: int, high: int) -> exp.Expr:
        if low == high:
            return sql.integer(low)
        middle = (low + high) // 2
        before = sql.binary(exp.LT, column.copy(), bounds[middle].copy())
        return sql.case([(before, within(low, middle))], within(middle + 1, high))

    return within(0, len(bounds))


def _count_reached(column: exp.Expr, edges: Sequence[exp.Expr]) -> exp.Expr:
    """How many ascending edges are not after the column, by halving; none for what is missing."""

    def within(low: int, high: int) -> exp.Expr:
        if low == high:
            return sql.integer(low)
        middle = (low + high) // 2
        reached = sql.binary(exp.GTE, column.copy(), edges[middle].copy())
        return sql.case([(reached, within(middle + 1, high))], within(low, middle))

    return within(0, len(edges))


def _most(kind: type[exp.Greatest | exp.Least], values: Sequence[exp.Expr]) -> exp.Expr:
    if len(values) == 1:
        return values[0]
    return kind(this=values[0], expressions=list(values[1:]), ignore_nulls=True)
