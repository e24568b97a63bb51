"""EACH: a formula over each of many consecutive periods, and what is said about those values.

All periods are summed in one pass over the rows, grouped by the unit and the number of the period.
Each value is then a whole number of units of the signal's precision, so that means and spreads are
of exact sums, which no order of rows or periods can change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from pmpo import sql
from pmpo.compile.atoms import Atom, Atoms, Grain, atom_steps
from pmpo.compile.context import Step
from pmpo.compile.expressions import Expressions
from pmpo.compile.rows import Rows
from pmpo.compile.types import REAL, Typed
from pmpo.compile.units import Route, Units
from pmpo.compile.windows import length_argument
from pmpo.model.charter import Signal
from pmpo.model.periods import Grid, Length
from pmpo.model.table import UNIT_NUMBER
from pmpo.sql import exp

STATISTICS: Final = ("MEAN", "SD", "P50", "P90")
MAX_PERIODS: Final = 520
PERIOD: Final = "pmpo_period"
USAGE: Final = "write `MEAN(EACH(SUM(x), '1 week', 26))`, or SD, P50 or P90 of it"
_LARGEST: Final = Decimal(9007199254740992)


@dataclass(slots=True)
class Each:
    """One EACH of one signal.

    Args:
        digits: the signal's precision, to which the value of each period is rounded.
        value: the formula over the atoms of one period.
    """

    name: str
    length: Length
    count: int
    grid: Grid
    digits: int
    atoms: Atoms
    value: exp.Expr = field(default_factory=sql.null)

    def boundaries(self, rows: Rows) -> list[datetime]:
        """Where the periods of a source meet, the newest first.

        Raises: OverflowError, ValueError: before the year 1.
        """
        end = self.grid.floor(rows.cut.complete_until)
        return [self.grid.back(end, self.length, i) for i in range(self.count + 1)]

    def columns(self) -> list[str]:
        return [f"{self.name}_{part}" for part in ("n", "sum", "squares", "p50", "p90")]

    # Above: what the signal's own formula says of the values --------------------------------

    def statistic(self, name: str, dialect: sql.Dialect) -> Typed:
        """The mean, sample spread or percentile of the periods that have a value."""
        n, total, squares, p50, p90 = map(sql.column, self.columns())
        scale = sql.real(Decimal(10) ** self.digits)
        if name in ("P50", "P90"):
            chosen = p50 if name == "P50" else p90
            return Typed(sql.binary(exp.Div, sql.to_real(chosen), scale), REAL)
        count = sql.cast(n, "double")
        if name == "MEAN":
            some = exp.Nullif(this=count, expression=sql.real("0"))
            mean = sql.binary(exp.Div, sql.to_real(total), some)
            return Typed(sql.binary(exp.Div, mean, scale), REAL)
        wide = [sql.to_wide(column.copy(), dialect) for column in (n, squares, total, total)]
        top = sql.binary(
            exp.Sub,
            sql.binary(exp.Mul, wide[0], wide[1]),
            sql.binary(exp.Mul, wide[2], wide[3]),
        )
        fewer = sql.binary(exp.Sub, count.copy(), sql.real("1"))
        pairs = exp.Nullif(
            this=sql.binary(exp.Mul, count, fewer),
            expression=sql.real("0"),
        )
        variance = sql.binary(exp.Div, sql.to_real(top), pairs)
        squared = sql.real(Decimal(10) ** (2 * self.digits))
        return Typed(exp.Sqrt(this=sql.binary(exp.Div, variance, squared)), REAL)

    # Below: the steps that make the values ---------------------------------------------------

    def steps(
        self, units: Units, all_rows: Mapping[str, Rows], routes: Mapping[str, Route]
    ) -> list[Step]:
        """From the rows of each source to one row of exact moments and percentiles per unit."""
        steps: list[Step] = []
        for name, route in routes.items():
            atoms = self.atoms.of(name)
            if atoms:
                rows = all_rows[name]
                steps += atom_steps(rows, atoms, self._grain(rows, route.grain), self.name)
        name = self.name
        return [
            *steps,
            Step(
                units.context.step(f"{name}_atoms"),
                f"{name}: every unit with every one of the last {self.count} periods of "
                f"{self.length}",
                self._side_by_side(units, all_rows, routes),
            ),
            Step(
                units.context.step(f"{name}_formula"),
                f"{name}: the formula of each period",
                sql.select(
                    [sql.column(UNIT_NUMBER), sql.named(self.value.copy(), "x")],
                    sql.table(units.context.step(f"{name}_atoms")),
                ),
            ),
            Step(
                units.context.step(f"{name}_values"),
                f"{name}: as whole numbers of the last of {self.digits} digits",
                sql.select(
                    [sql.column(UNIT_NUMBER), sql.named(self._whole(), "value")],
                    sql.table(units.context.step(f"{name}_formula")),
                ),
            ),
            Step(
                units.context.step(name),
                f"{name}: how many periods have a value, its exact moments and nearest ranks",
                self._moments(units),
            ),
        ]

    def _grain(self, rows: Rows, grain: Grain) -> Grain:
        """The grain of a source's rows with the number of the period, 0 for the newest."""
        bounds = self.boundaries(rows)
        time = sql.column(rows.source.time)
        number = _numbered(time, [rows.moment(wall) for wall in bounds], 0, self.count)
        inside = (
            sql.binary(exp.GTE, time.copy(), rows.moment(bounds[-1])),
            sql.binary(exp.LT, time.copy(), rows.moment(bounds[0])),
        )
        return replace(
            grain,
            columns=(*grain.columns, number),
            names=(*grain.names, PERIOD),
            where=inside,
        )

    def _side_by_side(
        self, units: Units, all_rows: Mapping[str, Rows], routes: Mapping[str, Route]
    ) -> exp.Select:
        """A period without rows has no sum; it has a count of 0 if its unit has any row at all."""
        numbers = sql.numbers(self.count, "p", PERIOD)
        columns: list[exp.Expr] = [
            sql.column(name, "u") for name in (UNIT_NUMBER, *units.all_columns())
        ]
        joins = [sql.cross_join(numbers)]
        for name, route in routes.items():
            atoms, rows = self.atoms.of(name), all_rows[name]
            if not atoms:
                continue
            main, here = rows.step_name("atoms"), rows.step_name(self.name)
            present = sql.not_null(sql.column(route.grain.names[0], main))
            joins += [units.join(route, main), units.join(route, here, PERIOD)]
            for atom in atoms:
                place = here
                if atom.kind in ("distinct", "latest"):
                    place = rows.step_name(atom.name)
                    joins.append(units.join(route, place, PERIOD))
                column: exp.Expr = sql.column(atom.name, place)
                if counts(atom):
                    zero = exp.Coalesce(this=column, expressions=[sql.integer(0)])
                    column = sql.case([(present.copy(), zero)])
                columns.append(sql.named(column, atom.name))
        return sql.select(columns, sql.table(units.name, "u"), joins=joins)

    def _whole(self) -> exp.Expr:
        """The value in units of the precision; missing where it is not finite or too large."""
        x, power = sql.column("x"), Decimal(10) ** self.digits
        small = sql.binary(exp.LT, exp.Abs(this=x.copy()), sql.real(_LARGEST / power))
        scaled = sql.binary(exp.Mul, x.copy(), sql.real(power))
        raised = exp.Floor(this=sql.binary(exp.Add, scaled, sql.real("0.5")))
        return sql.case([(small, sql.case([(_finite(x), sql.cast(raised, "bigint"))]))])

    def _moments(self, units: Units) -> exp.Select:
        dialect = units.context.dialect
        value, place, n = (sql.column(name) for name in ("value", "place", "n"))
        own = sql.column(UNIT_NUMBER)
        place_of = sql.first_row_number([own.copy()], [sql.ordered(value.copy())])
        how_many = exp.Window(
            this=exp.Count(this=value.copy(), big_int=True), partition_by=[own.copy()]
        )
        ranked = sql.select(
            [own.copy(), value, sql.named(place_of, "place"), sql.named(how_many, "n")],
            sql.table(units.context.step(f"{self.name}_values")),
            where=[sql.not_null(value.copy())],
        )
        wide = [sql.to_wide(value.copy(), dialect) for _ in range(2)]
        parts = [
            exp.Count(this=value.copy(), big_int=True),
            sql.whole_sum(value.copy(), dialect),
            exp.Sum(this=sql.binary(exp.Mul, *wide)),
            _nearest(value, place, n, 5),
            _nearest(value, place, n, 9),
        ]
        return sql.select(
            [own.copy(), *map(sql.named, parts, self.columns())],
            sql.subquery(ranked, "ranked"),
            group=[own.copy()],
        )


Registry = dict[tuple[object, ...], Each]


def each_of(
    of: Expressions, node: exp.Anonymous, signal: Signal, grid: Grid, registry: Registry
) -> Each | None:
    """The periods that an EACH names, new or already there; None after reporting faults."""
    count = node.expressions[2] if len(node.expressions) == 3 else None
    whole = isinstance(count, exp.Literal) and not count.is_string and str(count.this).isdigit()
    if count is None or not whole or not 2 <= int(str(count.this)) <= MAX_PERIODS:
        of.fail(
            "formula/argument",
            "`EACH` needs an aggregate, the length of a period, and how many of them: "
            f"2 to {MAX_PERIODS}",
            count if count is not None else node,
            help=USAGE,
        )
        return None
    length = length_argument(of, node, 1, grid)
    if length is None:
        return None
    identity = (node.sql(), signal.source, grid, signal.precision)
    name = f"each_{len(registry) + 1}"
    periods = int(str(count.this))
    made = Each(name, length, periods, grid, signal.precision, Atoms(prefix=f"{name}_"))
    return registry.setdefault(identity, made)


def counts(atom: Atom) -> bool:
    """Whether an atom is a number of rows or values, which can be nought."""
    return atom.kind in ("count", "distinct")


def _finite(x: exp.Expr) -> exp.Expr:
    return sql.binary(exp.EQ, sql.binary(exp.Sub, x.copy(), x.copy()), sql.real("0"))


def _numbered(time: exp.Expr, bounds: Sequence[exp.Expr], low: int, high: int) -> exp.Expr:
    """The number of a time's period among `low` … `high` - 1, by halving."""
    if high - low == 1:
        return sql.integer(low)
    middle = (low + high) // 2
    newer = sql.binary(exp.GTE, time.copy(), bounds[middle].copy())
    return sql.case(
        [(newer, _numbered(time, bounds, low, middle))], _numbered(time, bounds, middle, high)
    )


def _nearest(value: exp.Expr, place: exp.Expr, n: exp.Expr, tenths: int) -> exp.Expr:
    """The value whose place is `tenths` of all, rounded up: ⌈n·tenths / 10⌉."""
    scaled = sql.binary(exp.Mul, n.copy(), sql.integer(tenths))
    wanted = sql.int_div(sql.binary(exp.Add, scaled, sql.integer(9)), sql.integer(10))
    return exp.Max(this=sql.case([(sql.binary(exp.EQ, place.copy(), wanted), value.copy())]))
