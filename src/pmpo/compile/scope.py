"""Conditions over units: which of them a program decides, and which it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from pmpo import sql
from pmpo.compile.expressions import Expressions
from pmpo.compile.formula import Formula, Report, did_you_mean, parse
from pmpo.compile.settings import as_case, as_text, named_setting
from pmpo.compile.types import ERROR, REAL, Type, Typed
from pmpo.model.charter import Charter
from pmpo.model.meta import no_items
from pmpo.model.table import SIGNAL
from pmpo.sql import Dialect, exp


@dataclass(frozen=True, slots=True)
class Names:
    """What a condition over units may mention.

    Args:
        signals: the type of each signal.
        columns: the unit's key and further columns by name.
        attribute: the column that holds one of them and its type; None when there is none.
        given: what else has a name, where it stands, and its type.
    """

    signals: Mapping[str, Type]
    columns: Sequence[str]
    attribute: Callable[[str, str], Typed | None]
    given: Mapping[str, Typed] = field(default_factory=no_items)


@dataclass(frozen=True, slots=True)
class Conditions:
    """The scope as SQL: what must hold, and what leads out, in charter order."""

    inside: exp.Expr | None
    exits: tuple[exp.Expr, ...]


def compile_scope(
    charter: Charter, names: Names, day: date, dialect: Dialect, report: Report
) -> Conditions:
    """Compile `scope.in` and every `scope.out`, reporting all faults."""

    def condition(path: str, text: str) -> exp.Expr:
        formula = Formula(path, text)
        tree = parse(formula, report)
        if tree is None:
            return exp.false()
        return ScopeExpressions(formula, report, charter, names, day, dialect).whole_condition(tree)

    scope = charter.scope
    return Conditions(
        condition("scope.in", scope.in_) if scope.in_ else None,
        tuple(condition(f"scope.out.{i}.where", out.where) for i, out in enumerate(scope.out)),
    )


class ScopeExpressions(Expressions):
    """A condition over one unit's attributes and signals."""

    functions: ClassVar[tuple[str, ...]] = ("PARAM", "ASSUMED")

    def __init__(
        self,
        formula: Formula,
        report: Report,
        charter: Charter,
        names: Names,
        day: date,
        dialect: Dialect,
    ) -> None:
        super().__init__(formula, report, dialect, exact=False)
        self.charter = charter
        self.names = names
        self.day = day

    def column(self, node: exp.Column) -> Typed:
        name = node.name
        if name in self.names.signals:
            return Typed(sql.column(SIGNAL + name), self.names.signals[name])
        found = self.names.attribute(name, self.formula.path)
        if found is None:
            return self.fail(
                "formula/unknown-name",
                f"`{name}` is neither a signal nor a column of the unit's source",
                node,
                label=did_you_mean(name, [*self.names.signals, *self.names.columns]),
            )
        return Typed(sql.to_real(found.sql), REAL) if found.type.kind == "exact" else found

    def special(self, name: str, node: exp.Anonymous) -> Typed:
        named = named_setting(self, self.charter, name, node)
        if named is None:
            return Typed(sql.null(), ERROR)

        def attribute(column: str) -> exp.Expr:
            found = self.names.attribute(column, self.formula.path)
            return as_text(found) if found is not None else sql.null()

        return Typed(as_case(named[1], self.day, attribute), REAL)


class ConditionExpressions(ScopeExpressions):
    """A condition over all that is known of a unit in the end: bands and outputs of tables too.

    An output may be named with its table.
    """

    def column(self, node: exp.Column) -> Typed:
        name = f"{node.table}.{node.name}" if node.table else node.name
        if name in self.names.given:
            return self.names.given[name]
        if not node.table and self.names.attribute(name, self.formula.path) is not None:
            return super().column(node)
        return self.fail(
            "formula/unknown-name",
            f"`{name}` is no signal, band, outcome or column of the unit's source",
            node,
            label=did_you_mean(name, [*self.names.given, *self.names.columns]),
        )
