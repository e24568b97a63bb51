"""The plan: one statement of named steps, from sources to one row per unit.

`…_read` types the columns, `…_known` applies both cuts, `units` is the spine, `…_atoms` sums each
source to the unit, `atoms` joins them to the spine, `formulas_n` and `signals_n` do the arithmetic
and round it to the declared precision.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pmpo import sql
from pmpo.compile.atoms import Atom, atom_steps
from pmpo.compile.context import Context, Step
from pmpo.compile.cuts import Moments
from pmpo.compile.each import counts
from pmpo.compile.expressions import rounded
from pmpo.compile.formula import Report
from pmpo.compile.inputs import table_inputs
from pmpo.compile.lineage import Compiled, Lineage
from pmpo.compile.rows import Rows
from pmpo.compile.scope import Conditions, Names, compile_scope
from pmpo.compile.signals import Signals
from pmpo.compile.types import TEXT, Type, Typed
from pmpo.compile.units import Route, Routes, Units
from pmpo.diagnostics import Diagnostic, in_order
from pmpo.model.charter import Charter, ParamRef
from pmpo.model.table import ABOUT, KEY, SIGNAL, UNIT_NUMBER
from pmpo.model.time import zone
from pmpo.sql import Dialect, exp

Schemas = Mapping[str, Mapping[str, str] | None]


_READERS: Final[dict[Dialect, str]] = {
    "duckdb": "DuckDB",
    "postgres": "PostgreSQL; the session's TimeZone is UTC",
    "spark": "Spark; spark.sql.ansi.enabled is true and spark.sql.session.timeZone is UTC",
}


@dataclass(slots=True)
class Plan:
    """One measurement, compiled for one dialect.

    Args:
        columns: the result's columns in order: key, attributes, signals.
        atoms: how many aggregates the signals are made of.
        types: the type of each attribute and signal by its column in the result.
        used: the columns of each source that its statement reads, by which versions that are known
            at the same time are told apart.
        reads: the columns that a snapshot of each source needs, in order of first use.
        findings: everything wrong with the formulas; a plan with errors has no statement.
        calendars: the office's calendars that change its numbers, in order of first use.
    """

    dialect: Dialect
    program: str
    moments: Moments
    steps: tuple[Step, ...]
    columns: tuple[str, ...]
    attributes: tuple[str, ...]
    signals: tuple[str, ...]
    atoms: int
    used: Mapping[str, tuple[str, ...]]
    reads: Mapping[str, tuple[str, ...]]
    lineage: Mapping[str, Lineage]
    types: Mapping[str, Type]
    findings: tuple[Diagnostic, ...]
    calendars: tuple[str, ...]
    rows: Mapping[str, Rows] = field(repr=False)
    routes: Mapping[str, Route] = field(repr=False)
    units: Units = field(repr=False)

    def sql(self, signals: Collection[str] | None = None) -> str:
        """The whole statement, each step behind the comment that says what it does.

        Args:
            signals: those among the result's columns; all by default.
        """
        moments = self.moments
        told = told_as(
            f"{self.program} as of {moments.as_of.isoformat()}, "
            f"known by {moments.known_by.isoformat()}",
            self.dialect,
        )
        return f"{told}\n{statement(self.steps, self.final(signals), self.dialect)}\n"

    def sources_of(self, signal: str) -> tuple[str, ...]:
        """The sources a signal rests on, directly or through other signals, in charter order."""
        found: set[str] = set()
        waiting = [signal]
        while waiting:
            lineage = self.lineage[waiting.pop()]
            found |= {column.partition(".")[0] for column in lineage.columns}
            waiting += lineage.signals
        return tuple(name for name in self.rows if name in found)

    def final(self, signals: Collection[str] | None = None) -> exp.Select:
        """The columns that are shown; what only others need, engines leave out."""
        own = self.units.all_columns()
        shown = [
            name
            for name in self.columns
            if signals is None or name in own or name.removeprefix(SIGNAL) in signals
        ]
        order = [
            sql.ordered(sql.by_code_point(sql.column(name), self.dialect))
            for name in self.columns
            if name.startswith(KEY)
        ]
        return sql.select(
            [sql.column(name) for name in shown],
            sql.table(self.steps[-1].name),
            order=order,
        )


def told_as(what: str, dialect: Dialect) -> str:
    """The comment above a statement: what it measures, and for which engine."""
    return _comment(f"pmpo {what} ({_READERS[dialect]})")


def statement(steps: Iterable[Step], final: exp.Select, dialect: Dialect) -> str:
    """A WITH statement whose steps carry their comments."""
    texts = [
        f"{_comment(step.comment)}\n{sql.render(sql.identifier(step.name), dialect)} AS "
        f"{_kept(step, dialect)}{sql.render(exp.Subquery(this=step.statement), dialect)}"
        for step in steps
    ]
    return "WITH\n" + ",\n".join(texts) + "\n" + sql.render(final, dialect)


def _kept(step: Step, dialect: Dialect) -> str:
    """Two engines keep the rows of a step that is used twice, unless told; Spark never does."""
    return "NOT MATERIALIZED " if step.inline and dialect != "spark" else ""


def _comment(text: str) -> str:
    """A comment of one or more lines; names in it may hold line breaks, which would end it."""
    return "\n".join(textwrap.wrap(text, 98, initial_indent="-- ", subsequent_indent="--   "))


def compile_plan(
    charter: Charter,
    schemas: Schemas,
    moments: Moments,
    dialect: Dialect = "duckdb",
    only: Collection[str] | None = None,
    also_read: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Plan:
    """Compile a charter's signals to one statement.

    Args:
        schemas: per source, column name → type as `pmpo.store.readers` names them; None for a
            source that cannot be seen.
        moments: the cuts.
        only: measure these signals and what they need; all by default.
        also_read: columns to read besides, so that ties between versions fall as in another plan.
    Returns: the plan, with every finding about formulas; check `findings` before `sql()`.
    """
    parts = compile_parts(charter, schemas, (moments,), dialect, only, also_read)
    units, all_rows, signals = parts.units, parts.all_rows, parts.signals
    steps = _steps(units, all_rows, signals, parts.routes)
    used = {name: tuple(rows.used) for name, rows in all_rows.items()}
    for name, rows in all_rows.items():
        if rows.schema is not None and name in parts.routes:
            for column in rows.source.columns:
                rows.physical(column)
    return Plan(
        dialect=dialect,
        program=charter.program,
        moments=parts.context.moments,
        steps=tuple(steps),
        columns=(*units.all_columns(), *(SIGNAL + name for name in parts.wanted)),
        attributes=tuple(units.attributes),
        signals=parts.wanted,
        atoms=len(signals.atoms.by_identity),
        used=used,
        reads={name: rows.reads for name, rows in all_rows.items()},
        lineage={name: compiled.lineage for name, compiled in signals.done.items()},
        types={
            **{KEY + name: TEXT for name in charter.unit.key},
            **{ABOUT + name: kind for name, kind in units.attributes.items()},
            **{SIGNAL + name: compiled.value.type for name, compiled in signals.done.items()},
        },
        findings=in_order(parts.context.report.findings),
        calendars=tuple(parts.context.calendars),
        rows=all_rows,
        routes=parts.routes,
        units=units,
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """A charter's formulas, typed and split into atoms, before they are placed in steps.

    Args:
        wanted: the signals that are asked for, in charter order.
        routes: the way to the unit of each source that signals aggregate.
    """

    context: Context
    all_rows: Mapping[str, Rows]
    units: Units
    signals: Signals
    wanted: tuple[str, ...]
    routes: Mapping[str, Route]


def compile_parts(
    charter: Charter,
    schemas: Schemas,
    periods: Sequence[Moments],
    dialect: Dialect,
    only: Collection[str] | None = None,
    also_read: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Parts:
    """Compile a charter's signals for one or more moments, the oldest first; see `compile_plan`."""
    tz = zone(charter.zone_name)
    clocked = tuple(moments.on_clock(tz) for moments in periods)
    context = Context(charter, clocked[-1], dialect, Report(charter.places), clocked)
    all_rows = {
        name: Rows(context, source, schemas.get(name)) for name, source in charter.sources.items()
    }
    for name, columns in also_read.items():
        for column in columns:
            all_rows[name].physical(column)
    units = Units(context, all_rows[charter.unit.source])
    signals = Signals(context, units, all_rows)
    wanted = tuple(name for name in charter.signals if only is None or name in only)
    for name in wanted:
        signals.compile(name)
    scope_of(units, signals.done)
    table_inputs(units)
    _used_settings(units)
    routes = _routes(units, all_rows, signals)
    for rows in all_rows.values():
        rows.compile_checks()
        rows.check_the_rest()
    return Parts(context, all_rows, units, signals, wanted, routes)


def scope_of(units: Units, signals: Mapping[str, Compiled]) -> Conditions:
    """Compile the scope, registering the attributes it looks at."""
    context = units.context

    def attribute(name: str, path: str) -> Typed | None:
        if not units.rows.has(name):
            return None
        column = units.attribute(name, path)
        return Typed(column, units.type_of(name)) if column is not None else None

    names = Names(
        {name: compiled.value.type for name, compiled in signals.items()},
        units.rows.names(),
        attribute,
    )
    day = context.moments.as_of.date()
    return compile_scope(context.charter, names, day, context.dialect, context.report)


def _used_settings(units: Units) -> None:
    """Register the attributes by which parameters and assumptions vary.

    Those that only formulas look up, row by row, vary by columns that units need not have.
    """
    charter = units.context.charter
    edges = [edge for band in charter.bands.values() for edge in band.edges]
    edges += [anchor.at for signal in charter.signals.values() for anchor in signal.value]
    named = {("PARAM", edge.id) for edge in edges if isinstance(edge, ParamRef)}
    by_row = units.context.by_row - named
    for name, parameter in charter.parameters.items():
        for column in parameter.setting.by if ("PARAM", name) not in by_row else ():
            units.attribute(column, f"parameters.{name}.by")
    for name, one in charter.assumptions.items():
        for column in one.setting.by if one.setting and ("ASSUMED", name) not in by_row else ():
            units.attribute(column, f"assumptions.{name}.by")


def _routes(units: Units, all_rows: dict[str, Rows], signals: Signals) -> dict[str, Route]:
    """The way to the unit of each source that signals aggregate."""
    finder = Routes(units, all_rows)
    registries = (signals.atoms, *(each.atoms for each in signals.each.values()))
    atoms = [atom for registry in registries for atom in registry.by_identity.values()]
    used = dict.fromkeys(atom.rows.source.name for atom in atoms)
    found = {name: finder.of(name) for name in used}
    return {name: route for name, route in found.items() if route is not None}


def _steps(
    units: Units, all_rows: Mapping[str, Rows], signals: Signals, routes: Mapping[str, Route]
) -> list[Step]:
    used = {units.rows.source.name, *routes}
    needed = _with_targets(all_rows, used)
    steps = [step for name, rows in all_rows.items() if name in needed for step in rows.steps()]
    steps.append(units.step())
    placed: dict[str, Step] = {}
    for route in routes.values():
        placed.update({step.name: step for step in route.steps})
    steps += placed.values()
    for name, route in routes.items():
        inner = [atom for each in signals.each.values() for atom in each.atoms.of(name)]
        counted = any(map(counts, inner))
        steps += atom_steps(all_rows[name], signals.atoms.of(name), route.grain, whole=counted)
    for each in signals.each.values():
        steps += each.steps(units, all_rows, routes)
    steps.append(_atoms_step(units, signals, routes))
    carried = [atom.name for atom in signals.atoms.by_identity.values()]
    carried += [name for each in signals.each.values() for name in each.columns()]
    compiled = list(signals.done.values())
    return steps + arithmetic_steps(units, units.all_columns(), carried, compiled)


def _with_targets(all_rows: Mapping[str, Rows], used: set[str]) -> set[str]:
    """The used sources and every source their joins pass through."""
    needed = set(used)
    for _ in all_rows:
        needed |= {
            target
            for name in list(needed)
            for target in all_rows[name].source.join
            if target in all_rows and "unit" not in all_rows[name].source.join
        }
    return needed


def _atoms_step(units: Units, signals: Signals, routes: Mapping[str, Route]) -> Step:
    """Every unit with its atoms; a unit without rows in a source has none."""
    columns: list[exp.Expr] = [sql.column(name, "u") for name in units.all_columns()]
    joins = []
    for name, route in routes.items():
        rows = signals.all_rows[name]
        main = rows.step_name("atoms")
        joins.append(units.join(route, main))
        for atom in signals.atoms.of(name):
            place = main
            if atom.kind in ("distinct", "latest"):
                place = rows.step_name(atom.name)
                joins.append(units.join(route, place))
            columns.append(sql.named(_atom_column(atom, main, place, route), atom.name))
    for each in signals.each.values():
        step = units.context.step(each.name)
        on = [sql.binary(exp.EQ, sql.column(UNIT_NUMBER, "u"), sql.column(UNIT_NUMBER, step))]
        joins.append(sql.join(sql.table(step), on, left=True))
        columns += [sql.column(name, step) for name in each.columns()]
    return Step(
        units.context.step("atoms"),
        "all sources side by side, one row per unit",
        sql.select(columns, sql.table(units.name, "u"), joins=joins),
    )


def _atom_column(atom: Atom, main: str, place: str, route: Route) -> exp.Expr:
    column = sql.column(atom.name, place)
    if atom.kind != "distinct":
        return column
    present = sql.not_null(sql.column(route.grain.names[0], main))
    counted = exp.Coalesce(this=column, expressions=[sql.integer(0)])
    return sql.case([(present, counted)])


def arithmetic_steps(
    units: Units, own: Sequence[str], atoms: Sequence[str], signals: Sequence[Compiled]
) -> list[Step]:
    """Formulas and their rounding, level by level; a level refers to those before it.

    Args:
        own: the columns of a row that stay as they are.
        atoms: those that formulas are made of; they stand beside them in the step `atoms`.
    """
    last = max((c.level for c in signals), default=1)
    steps: list[Step] = []
    finished: list[str] = []
    step = units.context.step
    source = step("atoms")
    for level in range(1, last + 1):
        carried = atoms if level < last else []
        now = [c for c in signals if c.level == level]
        names = [SIGNAL + c.signal.name for c in now]
        formulas = [
            sql.named(compiled.value.sql.copy(), name)
            for compiled, name in zip(now, names, strict=True)
        ]
        told = ", ".join(c.signal.name for c in now) or "no signal"
        steps.append(
            Step(
                step(f"formulas_{level}"),
                f"formulas of {told}",
                sql.select(
                    [*map(sql.column, [*own, *carried, *finished]), *formulas], sql.table(source)
                ),
            )
        )
        cleaned = [sql.named(_cleaned(c), name) for c, name in zip(now, names, strict=True)]
        steps.append(
            Step(
                step(f"signals_{level}"),
                "rounded to the declared precision; what is not a finite number is missing",
                sql.select(
                    [*map(sql.column, [*own, *carried, *finished]), *cleaned],
                    sql.table(step(f"formulas_{level}")),
                ),
            )
        )
        finished += names
        source = step(f"signals_{level}")
    return steps


def _cleaned(compiled: Compiled) -> exp.Expr:
    column = sql.column(SIGNAL + compiled.signal.name)
    if compiled.value.type.kind != "real":
        return column
    finite = sql.binary(exp.EQ, sql.binary(exp.Sub, column.copy(), column.copy()), sql.real("0"))
    return sql.case([(finite, rounded(column, compiled.signal.precision))])
