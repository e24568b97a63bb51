"""Outcomes in the scoring statement: what the decision tables say, and units they cannot decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from pmpo import sql
from pmpo.compile.context import Step
from pmpo.compile.expressions import rounded
from pmpo.compile.settings import as_case
from pmpo.compile.types import Type
from pmpo.diagnostics import CharterError
from pmpo.evaluate.carrying import Carrying
from pmpo.evaluate.tables import attribute_column, read_tables
from pmpo.model.charter import Charter
from pmpo.model.evaluation import RANKED
from pmpo.model.table import SIGNAL
from pmpo.rules.decision import Decision
from pmpo.rules.domains import Domain
from pmpo.rules.tables import GAP, LACKING, SEVERAL, TableSql
from pmpo.sql import exp

RULE: Final = "rule_"
OUT: Final = "out_"
OUTCOME: Final = "outcome"


@dataclass(frozen=True)
class Outcomes:
    """The decision tables of a charter as SQL over a table with `filled_…` and `band_…`.

    Args:
        columns: the types of the measured table's columns.
        day: the day on which dated parameters are read.
        segment: an attribute as the text that segments are written in.
        carrying: what stands in for missing inputs that carry their last value.
    """

    charter: Charter
    columns: Mapping[str, Type]
    day: date
    segment: Callable[[str], exp.Expr]
    carrying: Carrying

    @cached_property
    def tables(self) -> tuple[TableSql, ...]:
        """The tables, those before which another must be decided last.

        Raises: CharterError: a cell does not fit what it is about.
        """
        if not self.charter.tables:
            return ()
        read = read_tables(self.charter, self.columns)
        if read.findings:
            raise CharterError(read.findings)
        return tuple(map(self._table, read.decisions.values()))

    def _table(self, decision: Decision) -> TableSql:
        settings = {name: self.charter.parameters[name].setting for name in decision.parameters}
        return TableSql(
            decision,
            inputs={one.name: self._input(one.name, one.domain) for one in decision.inputs},
            numbers={n: as_case(one, self.day, self.segment) for n, one in settings.items()},
            amounts={
                name: as_case(settings[name], self.day, self.segment, sql.exact)
                for name in decision.amounts
            },
            carried={
                one.name: self.carrying.carried(one.name, one.max_age)
                for one in decision.inputs
                if one.max_age is not None
            },
        )

    def _input(self, name: str, domain: Domain, *, measured: bool = False) -> exp.Expr:
        """The value of an input, null where it is missing; numbers finite and rounded.

        Args:
            measured: leaves out the constants that stand for a missing signal.
        """
        charter = self.charter
        if name in charter.bands:
            label = sql.text(charter.bands[name].missing)
            return exp.Nullif(this=sql.column(f"band_{name}"), expression=label)
        other, dot, output = name.partition(".")
        if dot and other in charter.tables:
            column = sql.column(f"{OUT}{other}_{output}")
            exact = domain.kind == "number" and bool(domain.precision)
            return sql.to_real(column) if exact else column
        signal = name in charter.signals
        origin = SIGNAL + name if signal else attribute_column(charter, name)
        column = sql.column(f"filled_{name}" if signal and not measured else origin)
        if domain.kind != "number" or self.columns[origin].kind == "exact":
            return _number(column, self.columns[origin]) if domain.kind == "number" else column
        finite = sql.finite(column)
        return finite if domain.precision is None else rounded(finite, domain.precision)

    # Steps --------------------------------------------------------------------------------

    def steps(self, source: str) -> Iterator[Step]:
        """The steps that apply every table; nothing where a charter has none."""
        for table in self.tables:
            for name, told, select in table.steps(source):
                yield Step(name, told, select)
                source = name

    def last(self, source: str) -> str:
        """The step that holds what all tables say."""
        return f"{self.tables[-1].prefix}ruled" if self.tables else source

    def blocking(self) -> Iterator[tuple[str, exp.Expr]]:
        """What leaves a unit without an outcome: the charter path that says so, and the condition.

        A table that looks at another comes after it, and so does its reason.
        """
        for table in self.tables:
            decision = table.decision
            path = f"tables.{decision.name}"
            names = [one.name for one in decision.inputs]
            for index, lacking in enumerate(table.lacking):
                place = (
                    f"{path}.inputs.{names.index(lacking.name)}"
                    if lacking.kind == "inputs"
                    else f"parameters.{lacking.name}"
                )
                yield place, _picked(table, LACKING - index)
            if decision.needs_a_rule:
                yield f"{path}.rules", _picked(table, GAP)
            if table.needs_bits and decision.hit != "COLLECT":
                yield f"{path}.hit", _picked(table, SEVERAL)

    def results(self) -> Iterator[exp.Expr]:
        """The columns of the result: the outcome, and per table its rule and what it gives.

        Only ranked units have an outcome; where rules contradict each other, they are named.
        """
        ranked = sql.binary(exp.EQ, sql.column("status"), sql.text(RANKED))
        if self.tables:
            column = sql.column(outcome_column(self.charter))
            outcome = sql.case([(ranked.copy(), sql.cast(column, "text"))])
            yield sql.named(outcome, OUTCOME)
        for table in self.tables:
            name = table.decision.name
            several = sql.binary(exp.EQ, sql.column("reason"), sql.text(f"tables.{name}.hit"))
            told = sql.either([ranked.copy(), several])
            yield sql.named(sql.case([(told, sql.column(RULE + name))]), RULE + name)
            for output in table.decision.outputs:
                column = sql.column(f"{OUT}{name}_{output.name}")
                yield sql.named(sql.case([(ranked.copy(), column)]), column.name)
        yield from self._remembered()

    def carried_columns(self) -> dict[str, list[str]]:
        """Per input that carries its last value the columns, one a table, that date it."""
        found: dict[str, list[str]] = {}
        for table in self.tables:
            for one in table.decision.inputs:
                if one.max_age is not None:
                    found.setdefault(one.name, []).append(table.carried_column(one.name))
        return found

    def _remembered(self) -> Iterator[exp.Expr]:
        """Per input that carries its last value of which moment that is, and what is known last."""
        domains = {one.name: one.domain for t in self.tables for one in t.decision.inputs}
        for name, columns in self.carried_columns().items():
            yield from map(sql.column, columns)
            measured = self._input(name, domains[name], measured=True)
            yield from self.carrying.results(name, measured)


def outcome_column(charter: Charter) -> str:
    """The column of the result that is the outcome: the first output of one table."""
    name = charter.outcome or next(iter(charter.tables))
    return f"{OUT}{name}_{charter.tables[name].outputs[0].name}"


def further_columns(charter: Charter) -> dict[str, str]:
    """The outputs of all tables besides the outcome, by `table.output`, and their columns."""
    found = {
        f"{table.name}.{out.name}": f"{OUT}{table.name}_{out.name}"
        for table in charter.tables.values()
        for out in table.outputs
    }
    outcome = outcome_column(charter) if found else ""
    return {name: column for name, column in found.items() if column != outcome}


def _picked(table: TableSql, pick: int) -> exp.Expr:
    return sql.binary(exp.EQ, table.picked, sql.integer(pick))


def _number(column: exp.Expr, kind: Type) -> exp.Expr:
    """A whole number or decimal as the double it is compared as."""
    return sql.to_real(column) if kind.scale else sql.cast(column, "double")
