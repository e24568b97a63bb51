"""The signals of many past periods in one statement, each period under its own cuts.

`…_standing` numbers for each row the periods in which it counts, `units` has one row per unit and
period, `…_parts` to `…_atoms` make the atoms of every period from one reading of the rows, and
formulas follow as in the plan of one moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pmpo import sql
from pmpo.compile.atoms import Atom
from pmpo.compile.boundaries import BOUNDARY
from pmpo.compile.context import Step
from pmpo.compile.cuts import Moments
from pmpo.compile.each import counts
from pmpo.compile.flows import Flow
from pmpo.compile.lineage import Compiled
from pmpo.compile.plan import Parts, Schemas, arithmetic_steps, compile_parts, statement, told_as
from pmpo.compile.portions import ROWS, Portions, Way, disjoint, together
from pmpo.compile.rows import Rows
from pmpo.compile.standing import FROM, UNTIL, Standing, in_order
from pmpo.diagnostics import Diagnostic
from pmpo.diagnostics import in_order as by_place
from pmpo.model.charter import Charter
from pmpo.model.history import PERIOD
from pmpo.model.table import ABOUT, KEY, SIGNAL, UNIT_NUMBER
from pmpo.sql import Dialect, exp

_VIA: Final = "pmpo_via"


@dataclass(frozen=True, slots=True)
class HistoryPlan:
    """A history, compiled for one dialect.

    Args:
        sql: the statement; empty when every signal has to be measured apart.
        together: the signals that it measures, in charter order.
        apart: signals that take a statement of their own for each period, with the reason.
        columns: the result's columns in order: period, key, attributes, signals.
    """

    sql: str
    together: tuple[str, ...]
    apart: Mapping[str, str]
    columns: tuple[str, ...]
    findings: tuple[Diagnostic, ...]


def compile_history(
    charter: Charter, schemas: Schemas, periods: Sequence[Moments], dialect: Dialect = "duckdb"
) -> HistoryPlan:
    """Compile a charter's signals over several moments to one statement.

    Args:
        schemas: as for `compile_plan`.
        periods: the moments, the oldest first.
    """
    parts = compile_parts(charter, schemas, periods, dialect)
    found = by_place(parts.context.report.findings)
    builder = _Builder(parts)
    apart = builder.apart()
    names = tuple(name for name in parts.wanted if name not in apart)
    columns = (PERIOD, *parts.units.all_columns(), *(SIGNAL + name for name in names))
    text = builder.sql(names, columns) if names else ""
    return HistoryPlan(text, names, apart, columns, found)


@dataclass(slots=True)
class _Builder:
    parts: Parts
    _standing: dict[str, Standing] = field(default_factory=dict)
    _maps: dict[tuple[str, tuple[str, ...]], Step] = field(default_factory=dict)
    _map_steps: list[Step] = field(default_factory=list)

    # Which signals ------------------------------------------------------------------------

    def apart(self) -> dict[str, str]:
        """The signals that cannot be measured together with those of other periods, and why."""
        parts = self.parts
        for rows in parts.all_rows.values():
            rows.where()
        unit = self._obstacle(parts.units.rows.source.name)
        found: dict[str, str] = {}
        for name, compiled in parts.signals.done.items():
            reason = unit or self._reason(compiled)
            others = [other for other in compiled.lineage.signals if other in found]
            if not reason and others:
                reason = f"it rests on `{others[0]}`: {found[others[0]]}"
            if reason:
                found[name] = reason
        return {name: found[name] for name in parts.wanted if name in found}

    def _reason(self, compiled: Compiled) -> str:
        if compiled.each:
            return "`EACH` looks at periods of its own"
        place = f"signals.{compiled.signal.name}.formula"
        if any(place in rows.dated for rows in self.parts.all_rows.values()):
            return "its aggregates look at the moment or at a dated number"
        for atom in self._atoms_of([compiled]):
            reason = self._obstacle(atom.rows.source.name)
            if reason:
                return reason
            for end in (0, 1):
                walls = [window[end] for window in atom.windows or ()]
                if not in_order([atom.rows.instant(wall) for wall in walls]):
                    return f"clocks were set back between windows of `{atom.rows.source.name}`"
        return ""

    def _atoms_of(self, signals: Sequence[Compiled]) -> list[Atom]:
        names = {name for compiled in signals for name in compiled.atoms}
        return [a for a in self.parts.signals.atoms.by_identity.values() if a.name in names]

    def _obstacle(self, name: str) -> str:
        """What stands in the way of a source, or of those that its rows pass through."""
        rows = self.parts.all_rows[name]
        reason = Standing(rows).obstacle()
        target = self._target(rows)
        return reason or (self._obstacle(target[0]) if target else "")

    def _target(self, rows: Rows) -> tuple[str, tuple[tuple[str, str], ...]] | None:
        """The source through which rows reach the unit; None where they carry its key."""
        if rows is self.parts.units.rows and not rows.source.join:
            return None
        if "unit" in rows.source.join:
            return None
        known = self.parts.all_rows
        return next((item for item in rows.source.join.items() if item[0] in known), None)

    # The statement ------------------------------------------------------------------------

    def sql(self, names: Sequence[str], columns: Sequence[str]) -> str:
        """The whole statement of the signals of those names."""
        parts, context = self.parts, self.parts.context
        signals = [compiled for name, compiled in parts.signals.done.items() if name in names]
        flows = self._flows(signals)
        steps = [step for standing in self._standing.values() for step in standing.steps()]
        steps += [self._units_step(), *self._map_steps]
        steps += [step for flow in flows.values() for step in flow.steps()]
        steps.append(self._atoms_step(flows))
        own = [BOUNDARY, *parts.units.all_columns()]
        atoms = [atom.name for flow in flows.values() for atom in flow.parts.atoms]
        steps += arithmetic_steps(parts.units, own, atoms, signals)
        first, last = context.periods[0], context.periods[-1]
        told = told_as(
            f"{context.charter.program}, {len(context.periods)} periods as of "
            f"{first.as_of.isoformat()} to {last.as_of.isoformat()}",
            context.dialect,
        )
        return (
            f"{told}\n{statement(steps, self._final(columns, steps[-1].name), context.dialect)}\n"
        )

    def _flows(self, signals: Sequence[Compiled]) -> dict[str, Flow]:
        """The atoms of each source, and on the way the rows of every source that they need."""
        atoms = self._atoms_of(signals)
        by_source = {
            name: [atom for atom in atoms if atom.rows.source.name == name]
            for name in dict.fromkeys(atom.rows.source.name for atom in atoms)
        }
        for name, rows in self.parts.all_rows.items():
            if name in by_source:
                self._standing[name] = together(rows, by_source[name])
        self._stand(self.parts.units.rows)
        return {
            name: Flow(Portions(self._standing[name], self._way(self.parts.all_rows[name]), found))
            for name, found in by_source.items()
        }

    def _stand(self, rows: Rows) -> Standing:
        return self._standing.setdefault(rows.source.name, Standing(rows))

    def _way(self, rows: Rows) -> Way:
        target = self._target(rows)
        if target is None:
            key = self.parts.context.charter.unit.key
            own = [own for own, _ in rows.source.join["unit"]] if rows.source.join else key
            names = tuple(KEY + name for name in key)
            return Way(tuple(zip(own, names, strict=True)), names)
        name, pairs = target
        there = self.parts.all_rows[name]
        step = self._map(there, tuple(theirs for _, theirs in pairs))
        columns = tuple((mine, f"{_VIA}_{i}") for i, (mine, _) in enumerate(pairs))
        return Way(columns, (UNIT_NUMBER,), step.name)

    # Units --------------------------------------------------------------------------------

    def _units_step(self) -> Step:
        """One row per unit and period in which the unit's own source names it."""
        units, key = self.parts.units, self.parts.context.charter.unit.key
        raw: list[exp.Expr] = [sql.column(name) for name in key]
        spans = [sql.column(FROM), sql.column(UNTIL)]
        once = sql.select(
            [
                *(sql.named(node, KEY + name) for node, name in zip(raw, key, strict=True)),
                *spans,
                *(
                    sql.named(units.least(name, units.comparable(name)), ABOUT + name)
                    for name in units.attributes
                ),
            ],
            sql.table(self._standing[units.rows.source.name].name),
            where=[sql.not_null(node.copy()) for node in raw],
            group=[node.copy() for node in (*raw, *spans)],
        )
        there = [
            sql.binary(exp.LTE, sql.column(FROM, "k"), sql.column(BOUNDARY, "p")),
            sql.binary(exp.GT, sql.column(UNTIL, "k"), sql.column(BOUNDARY, "p")),
        ]
        numbers = sql.numbers(len(self.parts.context.periods), "p", BOUNDARY)
        in_periods = sql.select(
            [
                sql.column(BOUNDARY, "p"),
                *(
                    sql.named(sql.cast(sql.column(name, "k"), "text"), name)
                    for name in units.key_columns()
                ),
                *(
                    sql.named(
                        units.value_of(name, units.least(name, sql.column(ABOUT + name, "k"))),
                        ABOUT + name,
                    )
                    for name in units.attributes
                ),
            ],
            sql.subquery(once, "k"),
            joins=[sql.join(numbers, there)],
            group=[
                sql.column(BOUNDARY, "p"),
                *(sql.column(name, "k") for name in units.key_columns()),
            ],
        )
        order = [
            sql.ordered(sql.by_code_point(sql.column(name), units.context.dialect))
            for name in units.key_columns()
        ]
        number = exp.Window(this=sql.call("DENSE_RANK"), order=exp.Order(expressions=order))
        shown = [BOUNDARY, *units.all_columns()]
        return Step(
            units.name,
            f"one row per {units.context.charter.unit.name} and period",
            sql.select(
                [
                    *([sql.named(number, UNIT_NUMBER)] if self._maps else []),
                    *map(sql.column, shown),
                ],
                sql.subquery(in_periods, "keys"),
            ),
        )

    def _map(self, there: Rows, columns: tuple[str, ...]) -> Step:
        """To which unit each value of the join columns belongs, and in which periods."""
        found = self._maps.get((there.source.name, columns))
        if found is not None:
            return found
        standing = self._stand(there)
        via = [sql.named(sql.column(name, "r"), f"{_VIA}_{i}") for i, name in enumerate(columns)]
        target = self._target(there)
        if target is None:
            number, spans, join = self._to_units(there)
        else:
            number, spans, join = self._onward(target)
        found_spans = sql.select(
            [
                *via,
                number,
                *(sql.named(node, name) for node, name in zip(spans, (FROM, UNTIL), strict=True)),
            ],
            sql.table(standing.name, "r"),
            joins=[join],
            where=[sql.not_null(sql.column(name, "r")) for name in columns],
            distinct=True,
        )
        suffix = sum(name == there.source.name for name, _ in self._maps)
        step = disjoint(
            there.step_name(f"unit{suffix or ''}"),
            f"{there.source.name}: the unit of each {' and '.join(columns)}, and in which periods",
            found_spans,
            [*(f"{_VIA}_{i}" for i in range(len(columns))), UNIT_NUMBER],
            (FROM, UNTIL),
        )
        self._maps[(there.source.name, columns)] = step
        self._map_steps.append(step)
        return step

    def _to_units(self, there: Rows) -> tuple[exp.Expr, list[exp.Expr], exp.Join]:
        units, key = self.parts.units, self.parts.context.charter.unit.key
        own = [own for own, _ in there.source.join["unit"]] if there.source.join else key
        names = [UNIT_NUMBER, *units.key_columns()]
        known = sql.select(
            [sql.column(name) for name in names], sql.table(units.name), distinct=True
        )
        on = [
            sql.binary(exp.EQ, sql.cast(sql.column(name, "r"), "text"), sql.column(KEY + part, "u"))
            for name, part in zip(own, key, strict=True)
        ]
        spans: list[exp.Expr] = [sql.column(FROM, "r"), sql.column(UNTIL, "r")]
        return sql.column(UNIT_NUMBER, "u"), spans, sql.join(sql.subquery(known, "u"), on)

    def _onward(
        self, target: tuple[str, tuple[tuple[str, str], ...]]
    ) -> tuple[exp.Expr, list[exp.Expr], exp.Join]:
        name, pairs = target
        step = self._map(self.parts.all_rows[name], tuple(theirs for _, theirs in pairs))
        on = [
            sql.binary(exp.EQ, sql.column(own, "r"), sql.column(f"{_VIA}_{i}", "m"))
            for i, (own, _) in enumerate(pairs)
        ]
        later = exp.Greatest(
            this=sql.column(FROM, "r"), expressions=[sql.column(FROM, "m")], ignore_nulls=True
        )
        sooner = exp.Least(
            this=sql.column(UNTIL, "r"), expressions=[sql.column(UNTIL, "m")], ignore_nulls=True
        )
        join = sql.join(sql.table(step.name, "m"), on)
        return sql.column(UNIT_NUMBER, "m"), [later, sooner], join

    # All together -------------------------------------------------------------------------

    def _atoms_step(self, flows: Mapping[str, Flow]) -> Step:
        """Every unit and period with its atoms; where a unit has no rows there are none."""
        units = self.parts.units
        columns: list[exp.Expr] = [
            sql.column(name, "u") for name in (BOUNDARY, *units.all_columns())
        ]
        joins: list[exp.Join] = []
        for flow in flows.values():
            places = dict.fromkeys(
                [flow.name, *(flow.parts.place_of(atom) for atom in flow.parts.atoms)]
            )
            joins += [self._beside(flow.parts.way, place) for place in places]
            some = sql.binary(exp.GT, sql.column(ROWS, flow.name), sql.integer(0))
            for atom in flow.parts.atoms:
                column: exp.Expr = sql.column(atom.name, flow.parts.place_of(atom))
                if counts(atom):
                    column = sql.case([(some.copy(), column)])
                columns.append(sql.named(column, atom.name))
        return Step(
            units.context.step("atoms"),
            "all sources side by side, one row per unit and period",
            sql.select(columns, sql.table(units.name, "u"), joins=joins),
        )

    def _beside(self, way: Way, place: str) -> exp.Join:
        on = [sql.binary(exp.EQ, sql.column(BOUNDARY, "u"), sql.column(BOUNDARY, place))]
        for key in way.keys:
            theirs: exp.Expr = sql.column(key, place)
            if not way.map:
                theirs = sql.cast(theirs, "text")
            on.append(sql.binary(exp.EQ, sql.column(key, "u"), theirs))
        return sql.join(sql.table(place), on, left=True)

    def _final(self, columns: Sequence[str], last: str) -> exp.Select:
        """The newest period has the number 0; it comes last, as time goes."""
        newest = sql.integer(len(self.parts.context.periods) - 1)
        period = sql.binary(exp.Sub, newest, sql.column(BOUNDARY))
        order = [sql.ordered(sql.column(BOUNDARY))]
        order += [
            sql.ordered(sql.by_code_point(sql.column(name), self.parts.context.dialect))
            for name in self.parts.units.key_columns()
        ]
        return sql.select(
            [sql.named(period, PERIOD), *(sql.column(name) for name in columns[1:])],
            sql.table(last),
            order=order,
        )
