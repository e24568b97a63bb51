"""Checks that the measuring statement answers in passing, so that large sources are read once.

A source that names its units itself is grouped by unit to be measured, and grouped by the same
columns to find orphans. The counts then ride along: the atoms carry them, and the result shows
them beside every unit. What could make the measurement itself fail, values of the wrong type, is
counted before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pmpo import sql
from pmpo.compile.checks import Checks, Probe, compile_checks
from pmpo.compile.context import Step
from pmpo.compile.plan import Plan, statement
from pmpo.sql import exp


@dataclass(frozen=True)
class SharedChecks:
    """The checks of a plan, divided between a statement before and the measurement.

    Args:
        sources: those whose counts the measurement gives.
    """

    plan: Plan
    checks: Checks
    sources: tuple[str, ...]

    @cached_property
    def shared(self) -> tuple[Probe, ...]:
        """What the measurement tells."""
        places = {self._step(name, kind) for name in self.sources for kind in ("counts", "orphans")}
        return tuple(probe for probe in self.checks.probes if self.checks.place(probe) in places)

    @cached_property
    def before(self) -> tuple[Probe, ...]:
        """What has to be known first."""
        return tuple(probe for probe in self.checks.probes if probe not in self.shared)

    def sql_before(self) -> str:
        """One row with a column per probe of `before`."""
        return self.checks.sql(self.before)

    def sql(self) -> str:
        """The plan's statement, whose rows also hold a column per probe of `shared`."""
        final = self.plan.final()
        for name in dict.fromkeys(map(self.checks.place, self.shared)):
            final.append("joins", sql.cross_join(sql.table(name)))
        for probe in self.shared:
            final.append("expressions", sql.column(probe.name, self.checks.place(probe)))
        return statement(list(self._steps()), final, self.plan.dialect) + "\n"

    def _steps(self) -> Iterator[Step]:
        """The plan's steps, with the counts behind those that they are made from."""
        by_name = {step.name: step for step in self.checks.steps}
        for step in self.plan.steps:
            name = self._measured(step)
            if not name:
                yield step
                continue
            groups = by_name[self._step(name, "groups")]
            yield _carrying(step, groups)
            yield _from_atoms(groups, step, self.plan.routes[name].grain.names)
            yield by_name[self._step(name, "counts")]
            yield by_name[self._step(name, "orphans")]

    def _measured(self, step: Step) -> str:
        """The source whose atoms a step holds, where it gives counts."""
        places = {self.plan.rows[name].step_name("atoms"): name for name in self.sources}
        return places.get(step.name, "")

    def _step(self, source: str, kind: str) -> str:
        return self.checks.named(f"{source}_{kind}")


def share_checks(plan: Plan) -> SharedChecks:
    """Divide the checks of a plan between a statement before and the measurement."""
    checks = compile_checks(plan)
    held = {step.name for step in checks.steps}
    atoms = {step.name: step for step in plan.steps}
    sources = []
    for name, route in plan.routes.items():
        step = atoms.get(plan.rows[name].step_name("atoms"))
        grouped = checks.named(f"{name}_groups") in held
        whole = step is not None and not step.statement.args.get("where")
        if route.own_key and grouped and whole and not route.grain.joins:
            sources.append(name)
    return SharedChecks(plan, checks, tuple(sources))


def _carrying(step: Step, groups: Step) -> Step:
    """The atoms of a source with the counts of its groups."""
    carried = step.statement.copy()
    for column in _counts(groups):
        carried.append("expressions", column.copy())
    return replace(step, statement=carried)


def _from_atoms(groups: Step, step: Step, names: tuple[str, ...]) -> Step:
    """The groups, read from the atoms that carry them."""
    keys = [sql.named(sql.column(name), f"own_{i}") for i, name in enumerate(names)]
    counts = [sql.column(column.alias) for column in _counts(groups)]
    return replace(groups, statement=sql.select([*keys, *counts], sql.table(step.name)))


def _counts(groups: Step) -> list[exp.Expr]:
    return [one for one in groups.statement.expressions if not one.alias.startswith("own_")]
