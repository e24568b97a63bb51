"""Sums and counts of every period at once: what enters a window is added, what leaves taken away.

The sum of a period is that of the period before, plus the parts that enter its window, less those
that leave it: exact numbers, so that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pmpo import sql
from pmpo.compile.atoms import Atom
from pmpo.compile.boundaries import BOUNDARY
from pmpo.compile.chosen import distinct_steps, extremes_step, latest_steps
from pmpo.compile.context import Step
from pmpo.compile.portions import ROWS, Portions
from pmpo.compile.standing import FROM, SLICE, UNTIL
from pmpo.sql import exp

_SPANS = (FROM, UNTIL)


@dataclass(frozen=True, slots=True)
class Flow:
    """The atoms of one source, in every period."""

    parts: Portions

    @property
    def name(self) -> str:
        """The step that holds the atoms which flow, one row per unit and period."""
        return self.parts.step_name("atoms")

    def steps(self) -> list[Step]:
        """From rows that stand to one row of atoms per unit and period."""
        parts = self.parts
        steps = [*parts.steps(), self._moves_step()]
        distinct = [atom for atom in parts.atoms if atom.kind == "distinct"]
        for atom in distinct:
            steps += distinct_steps(parts, atom)
        steps += [self._changes_step(), self._running_step(distinct)]
        extremes = [a for a in parts.atoms if a.kind in ("min", "max") and not parts.flows(a)]
        if extremes:
            steps.append(extremes_step(parts, extremes))
        for atom in parts.atoms:
            if atom.kind == "latest":
                steps += latest_steps(parts, atom)
        return steps

    def _moves_step(self) -> Step:
        """The same as changes from the period before: 1 enters, -1 leaves."""
        names = ["in_0", *(f"in_{index}" for index in self.parts.windows.values())]
        moves = []
        for name in names:
            before = exp.Window(
                this=exp.Lag(this=sql.column(name)),
                partition_by=[sql.column(span) for span in (SLICE, *_SPANS)],
                order=exp.Order(expressions=[sql.ordered(sql.column(BOUNDARY))]),
            )
            some = exp.Coalesce(this=before, expressions=[sql.integer(0)])
            moved = sql.binary(exp.Sub, sql.column(name), some)
            moves.append(sql.named(moved, name.replace("in_", "move_")))
        every = [*map(sql.column, (SLICE, *_SPANS, BOUNDARY)), *moves]
        changed = [
            sql.binary(exp.NEQ, sql.column(name.replace("in_", "move_")), sql.integer(0))
            for name in names
        ]
        any_change = changed[0]
        for one in changed[1:]:
            any_change = exp.Or(this=any_change, expression=one)
        return Step(
            self.parts.step_name("moves"),
            f"{self.parts.told}: in which periods which parts enter and leave which window",
            sql.select(
                [exp.Star()],
                sql.subquery(sql.select(every, sql.table(self.parts.step_name("inside"))), "moved"),
                where=[exp.Paren(this=any_change)],
            ),
        )

    def _changes_step(self) -> Step:
        columns = [sql.named(_added(sql.column(ROWS, "a"), 0), ROWS)]
        for atom in self.parts.plain():
            if not self.parts.flows(atom):
                continue
            index, part = self.parts.window(atom), self.parts.base(atom)
            if atom.kind in ("min", "max"):
                entered = sql.case([(_moved(index, 1), part)])
                columns.append(sql.named(self.parts.again(atom, entered), atom.name))
                continue
            columns.append(sql.named(_added(part, index), atom.name))
            if atom.kind == "sum":
                some = sql.case([(sql.not_null(part.copy()), sql.integer(1))])
                columns.append(sql.named(_added(some, index), f"{atom.name}_n"))
        return Step(
            self.parts.step_name("changes"),
            f"{self.parts.told}: what the sums and counts of each unit gain and lose",
            sql.select(
                [*self.parts.by_period(), *columns],
                sql.table(self.parts.grained("parts"), "a"),
                joins=[self.parts.joined("moves")],
                group=self.parts.by_period(),
            ),
        )

    def _running_step(self, distinct: Sequence[Atom]) -> Step:
        """The sums of all changes so far, for every unit in every period."""
        parts, changes = self.parts, self.parts.step_name("changes")
        keys = parts.way.keys
        units = sql.select([sql.column(key) for key in keys], sql.table(changes), distinct=True)
        periods = sql.numbers(parts.standing.periods, "p", BOUNDARY)
        places = {atom.name: f"d{i}" for i, atom in enumerate(distinct)}
        joins = [sql.cross_join(periods), self._beside(changes, "c")]
        joins += [self._beside(parts.step_name(name), alias) for name, alias in places.items()]
        columns = [sql.named(self._total(ROWS, "c"), ROWS)]
        flowing = [atom for atom in parts.plain() if parts.flows(atom)]
        columns += [sql.named(self._so_far(atom), atom.name) for atom in flowing]
        columns += [
            sql.named(sql.cast(self._total(name, alias), "bigint"), name)
            for name, alias in places.items()
        ]
        return Step(
            self.name,
            f"{parts.told}: exact sums and counts for each unit and period",
            sql.select(
                [*(sql.column(key, "u") for key in keys), sql.column(BOUNDARY, "p"), *columns],
                sql.subquery(units, "u"),
                joins=joins,
            ),
        )

    def _so_far(self, atom: Atom) -> exp.Expr:
        """An atom from all changes until a period; a sum of nothing is missing."""
        if atom.kind == "count":
            return sql.cast(self._total(atom.name, "c"), "bigint")
        changed = sql.column(atom.name, "c")
        if atom.kind in ("min", "max"):
            return self._running(self.parts.again(atom, changed))
        there = sql.binary(exp.GT, self._total(f"{atom.name}_n", "c"), sql.integer(0))
        return sql.case([(there, self._running(exp.Sum(this=changed)))])

    def _total(self, name: str, table: str) -> exp.Expr:
        some = exp.Coalesce(this=sql.column(name, table), expressions=[sql.integer(0)])
        return self._running(sql.whole_sum(some, self.parts.dialect))

    def _running(self, aggregate: exp.Expr) -> exp.Expr:
        return exp.Window(
            this=aggregate,
            partition_by=[sql.column(key, "u") for key in self.parts.way.keys],
            order=exp.Order(expressions=[sql.ordered(sql.column(BOUNDARY, "p"))]),
            spec=exp.WindowSpec(
                kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
            ),
        )

    def _beside(self, step: str, alias: str) -> exp.Join:
        """The join of changes to the units and periods of which there may be some."""
        keys = self.parts.way.keys
        on = [sql.binary(exp.EQ, sql.column(k, "u"), sql.column(k, alias)) for k in keys]
        on.append(sql.binary(exp.EQ, sql.column(BOUNDARY, "p"), sql.column(BOUNDARY, alias)))
        return sql.join(sql.table(step, alias), on, left=True)


def _moved(index: int, by: int) -> exp.Expr:
    return sql.binary(exp.EQ, sql.column(f"move_{index}", "b"), sql.integer(by))


def _added(part: exp.Expr, index: int) -> exp.Expr:
    """The sum of the parts that enter a window, less those that leave it."""
    signed = sql.case(
        [
            (_moved(index, 1), part.copy()),
            (_moved(index, -1), exp.Neg(this=sql.operand(part.copy()))),
        ]
    )
    return exp.Sum(this=signed)
