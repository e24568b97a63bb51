"""Exact atoms: the sums, counts and extremes that signals are made of, each computed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.context import Step
from pmpo.compile.rows import Rows
from pmpo.compile.types import INTEGER, Type
from pmpo.sql import exp

Kind = Literal["sum", "count", "min", "max", "distinct", "latest"]
Window = tuple[datetime, datetime]
Windows = tuple[Window, ...]
"""The same window in each period of a history, the oldest first; else one."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One aggregate of one source over one window, which in a history moves with the periods.

    `argument` is None for a count of rows; `condition` is what FILTER says.
    """

    name: str
    kind: Kind
    rows: Rows
    argument: exp.Expr | None
    type: Type
    windows: Windows | None
    condition: exp.Expr | None
    columns: tuple[str, ...]

    @property
    def window(self) -> Window | None:
        """The window as of the moment of the plan."""
        return self.windows[-1] if self.windows is not None else None

    def conditions(self) -> list[exp.Expr]:
        """What a row must satisfy to count."""
        result: list[exp.Expr] = []
        if self.condition is not None:
            result = [exp.Paren(this=self.condition.copy())]
        if self.window is not None:
            time = sql.column(self.rows.source.time)
            start, end = (self.rows.moment(wall) for wall in self.window)
            result = [
                sql.binary(exp.GTE, time, start),
                sql.binary(exp.LT, time.copy(), end),
                *result,
            ]
        return result


@dataclass(slots=True)
class Atoms:
    """The atoms of one statement, deduplicated, in order of first use."""

    by_identity: dict[tuple[object, ...], Atom] = field(default_factory=dict)
    prefix: str = ""

    def add(
        self,
        kind: Kind,
        rows: Rows,
        argument: exp.Expr | None,
        *,
        type: Type,
        windows: Windows | None,
        condition: exp.Expr | None,
        columns: tuple[str, ...],
    ) -> Atom:
        """The atom with this meaning, new or already there."""
        identity = (
            kind,
            rows.source.name,
            argument.sql() if argument is not None else "",
            windows,
            condition.sql() if condition is not None else "",
        )
        found = self.by_identity.get(identity)
        if found is None:
            name = f"{self.prefix}{kind}_{len(self.by_identity) + 1}"
            found = Atom(name, kind, rows, argument, type, windows, condition, columns)
            self.by_identity[identity] = found
        return found

    def of(self, source: str) -> list[Atom]:
        return [atom for atom in self.by_identity.values() if atom.rows.source.name == source]


@dataclass(frozen=True, slots=True)
class Grain:
    """How one source's rows are grouped: columns, and the join that reaches them if any.

    `where` leaves out rows that belong to no group.
    """

    columns: tuple[exp.Expr, ...]
    names: tuple[str, ...]
    joins: tuple[exp.Join, ...] = ()
    where: tuple[exp.Expr, ...] = ()

    def grouped(self) -> list[exp.Expr]:
        return [
            sql.named(column.copy(), name)
            for column, name in zip(self.columns, self.names, strict=True)
        ]

    def keys(self) -> list[exp.Expr]:
        return [column.copy() for column in self.columns]

    def inside(self) -> list[exp.Expr]:
        return [condition.copy() for condition in self.where]

    def joined(self) -> list[exp.Join]:
        return [join.copy() for join in self.joins]


def atom_steps(
    rows: Rows, atoms: list[Atom], grain: Grain, suffix: str = "atoms", *, whole: bool = False
) -> list[Step]:
    """The steps that aggregate one source to the grain.

    Args:
        suffix: what the step of sums and counts is called.
        whole: whether units must appear whose rows all lie before every window.
    """
    plain = [atom for atom in atoms if atom.kind not in ("distinct", "latest")]
    where = grain.inside() or ([] if whole else _prune(rows, atoms))
    steps = [_plain_step(rows, plain, grain, suffix, where)]
    for atom in atoms:
        if atom.kind == "distinct":
            steps += _distinct_steps(rows, atom, grain)
        elif atom.kind == "latest":
            steps.append(_latest_step(rows, atom, grain))
    return steps


def _plain_step(
    rows: Rows, plain: list[Atom], grain: Grain, suffix: str, where: list[exp.Expr]
) -> Step:
    columns = [sql.named(aggregate(atom), atom.name) for atom in plain]
    return Step(
        rows.step_name(suffix),
        f"{rows.source.name}: exact sums and counts for each unit"
        + (" and period" if grain.where else ""),
        sql.select(
            [*grain.grouped(), *columns],
            sql.table(rows.known_name, "r"),
            joins=grain.joined(),
            where=where,
            group=grain.keys(),
        ),
    )


def _prune(rows: Rows, atoms: list[Atom]) -> list[exp.Expr]:
    """Skip rows before every window.

    Only where nothing is counted: a unit whose rows all lie before its windows has a count of
    zero, while one without any row has none.
    """
    windows = [atom.window for atom in atoms]
    counted = any(atom.kind in ("count", "distinct") for atom in atoms)
    if counted or not windows or None in windows:
        return []
    earliest = min(window[0] for window in windows if window is not None)
    return [sql.binary(exp.GTE, sql.column(rows.source.time), rows.moment(earliest))]


def aggregate(atom: Atom) -> exp.Expr:
    """The atom over the rows of one group."""
    conditions = atom.conditions()
    if atom.argument is None:
        if not conditions:
            return sql.count_rows()
        counted = sql.case([(sql.every(conditions), sql.integer(1))])
        return exp.Count(this=counted, big_int=True)
    argument = atom.argument.copy()
    if conditions:
        argument = sql.case([(sql.every(conditions), argument)])
    if atom.kind == "count":
        return exp.Count(this=argument, big_int=True)
    if atom.type == types.TEXT:
        argument = sql.by_code_point(argument, atom.rows.context.dialect)
    if atom.kind == "sum":
        whole = atom.type == INTEGER or atom.type.kind == "duration"
        dialect = atom.rows.context.dialect
        return sql.whole_sum(argument, dialect) if whole else exp.Sum(this=argument)
    return {"min": exp.Min, "max": exp.Max}[atom.kind](this=argument)


def _distinct_steps(rows: Rows, atom: Atom, grain: Grain) -> list[Step]:
    """Two stages: distinct values, then their number; several times faster than one."""
    assert atom.argument is not None
    distinct = rows.step_name(f"{atom.name}_values")
    values = sql.select(
        [*grain.grouped(), sql.named(atom.argument.copy(), "value")],
        sql.table(rows.known_name, "r"),
        joins=grain.joined(),
        where=[*grain.inside(), *atom.conditions(), sql.not_null(atom.argument.copy())],
        distinct=True,
    )
    count = sql.select(
        [*(sql.column(name) for name in grain.names), sql.named(sql.count_rows(), atom.name)],
        sql.table(distinct),
        group=[sql.column(name) for name in grain.names],
    )
    told = f"{rows.source.name}: the distinct values behind {atom.name}"
    return [
        Step(distinct, told, values),
        Step(
            rows.step_name(atom.name), f"{rows.source.name}: how many of them each unit has", count
        ),
    ]


def _latest_step(rows: Rows, atom: Atom, grain: Grain) -> Step:
    """The value in the last row of each unit, under a total order."""
    assert atom.argument is not None
    source = rows.source
    names = [n for n in (source.time, source.known_at, *source.key) if n and n != "none"]
    order = [sql.ordered(rows.comparable(n), descending=True) for n in dict.fromkeys(names)]
    value = atom.argument.copy()
    ordered = sql.by_code_point(value, rows.context.dialect) if atom.type == types.TEXT else value
    order.append(sql.ordered(ordered.copy(), descending=True))
    number = sql.first_row_number(grain.keys(), order)
    numbered = sql.select(
        [
            *grain.grouped(),
            sql.named(atom.argument.copy(), "value"),
            sql.named(number, "row_order"),
        ],
        sql.table(rows.known_name, "r"),
        joins=grain.joined(),
        where=[*grain.inside(), *atom.conditions()],
    )
    newest = sql.binary(exp.EQ, sql.column("row_order"), sql.integer(1))
    return Step(
        rows.step_name(atom.name),
        f"{source.name}: the value in the latest row of each unit",
        sql.select(
            [
                *(sql.column(name) for name in grain.names),
                sql.named(sql.column("value"), atom.name),
            ],
            sql.subquery(numbered, "numbered"),
            where=[newest],
        ),
    )


def value_of(atom: Atom) -> exp.Expr:
    """The atom's column in the step that joins all sources to the unit."""
    column = sql.column(atom.name)
    if atom.type.kind == "exact":
        return (
            sql.cast(column, "double")
            if atom.type == INTEGER and _counts(atom)
            else (sql.to_real(column))
        )
    return sql.cast(column, "double") if atom.type.kind == "duration" else column


def _counts(atom: Atom) -> bool:
    return atom.kind in ("count", "distinct")
