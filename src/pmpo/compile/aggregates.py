"""Aggregates: each call is split into exact atoms, and put together again in doubles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.atoms import Atom, Atoms, Kind, Windows, value_of
from pmpo.compile.formula import Formula, Report
from pmpo.compile.rows import RowExpressions, Rows
from pmpo.compile.types import ERROR, INTEGER, REAL, Type, Typed
from pmpo.sql import Dialect, exp

SPREAD: Final = (exp.Stddev, exp.StddevSamp, exp.Variance)
AGGREGATES: Final = (exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg, *SPREAD)


def is_aggregate(node: exp.Expr) -> bool:
    """Whether a node turns the rows of a unit into one value."""
    latest = isinstance(node, exp.Anonymous) and str(node.this).upper() == "LATEST"
    return latest or isinstance(node, (exp.Filter, *AGGREGATES))


class Around(Protocol):
    """The formula that an aggregate stands in."""

    formula: Formula
    report: Report
    dialect: Dialect
    atoms: Atoms

    def fail(self, code: str, message: str, node: exp.Expr, *, help: str = "") -> Typed:
        """Report a fault."""

    def surplus(self, node: exp.Expr) -> Typed | None:
        """Report parts of a construct that no rule covers."""

    def windows_of(self, rows: Rows, node: exp.Expr) -> Windows | None:
        """The boundaries of the window that is open, in each period."""

    def saw(self, atom: Atom) -> None:
        """Take note of an atom."""


@dataclass(slots=True)
class Aggregate:
    """One aggregate call, split into exact atoms."""

    outer: Around
    rows: Rows
    filter: exp.Expr | None

    def compile(self, node: exp.Expr) -> Typed:
        argument = node.this
        if isinstance(node, exp.Count):
            return self._count(node)
        if isinstance(argument, exp.Distinct) or argument is None or isinstance(argument, exp.Star):
            return self.outer.fail(
                "formula/not-allowed",
                f"`{node.sql()}` is not part of the formula language",
                node,
                help="`COUNT(*)` counts rows, `COUNT(DISTINCT column)` different values",
            )
        if isinstance(node, exp.Sum):
            return self.one("sum", argument)
        if isinstance(node, exp.Min | exp.Max):
            return self.one("min" if isinstance(node, exp.Min) else "max", argument)
        total = self.one("sum", argument)
        if total.type == ERROR:
            return total
        if isinstance(node, SPREAD) and total.type == types.DURATION:
            return self.outer.fail(
                "formula/type",
                "the spread of a length of time has no unit",
                node,
                help="count it first: `STDDEV(QUANTISE((a - b) / DURATION('1 hour'), 3))`",
            )
        if isinstance(node, SPREAD):
            return self._spread(node, argument)
        count = self.one("count", argument)
        mean = types.DURATION if total.type == types.DURATION else REAL
        return Typed(_ratio(total.sql, count.sql), mean)

    def _count(self, node: exp.Count) -> Typed:
        argument = node.this
        if isinstance(argument, exp.Star):
            return self.outer.surplus(argument) or self.one("count", None)
        if argument is None:
            return self.outer.fail(
                "formula/argument",
                "`COUNT` needs `*` or an expression",
                node,
                help="write `COUNT(*)`",
            )
        if isinstance(argument, exp.Distinct):
            if len(argument.expressions) != 1 or self.outer.surplus(argument):
                return self.outer.fail(
                    "formula/not-allowed", "COUNT(DISTINCT …) takes one expression", node
                )
            return self.one("distinct", argument.expressions[0])
        return self.one("count", argument)

    def one(self, kind: Kind, argument: exp.Expr | None) -> Typed:
        """Register one atom and refer to its value."""
        found = self._atom(kind, argument)
        if found is None:
            return Typed(sql.null(), ERROR)
        if found.type.kind in ("exact", "duration"):
            return Typed(value_of(found), REAL if found.type.kind == "exact" else types.DURATION)
        return Typed(value_of(found), found.type)

    def _atom(self, kind: Kind, argument: exp.Expr | None) -> Atom | None:
        row = RowExpressions(self.outer.formula, self.rows)
        before = len(self.outer.report.findings)
        typed = row.compile(argument) if argument is not None else None
        condition = row.condition(self.filter) if self.filter is not None else None
        at = argument if argument is not None else exp.Null()
        windows = self.outer.windows_of(self.rows, at)
        if typed is not None and not self._fits(kind, typed.type, row, at):
            return None
        if len(self.outer.report.findings) > before:
            return None
        counted = kind in ("count", "distinct") or typed is None
        atom = self.outer.atoms.add(
            kind,
            self.rows,
            typed.sql if typed is not None else None,
            type=INTEGER if counted or typed is None else typed.type,
            windows=windows,
            condition=condition,
            columns=self._columns(argument),
        )
        self.outer.saw(atom)
        return atom

    def _columns(self, argument: exp.Expr | None) -> tuple[str, ...]:
        nodes = [node for node in (argument, self.filter) if node is not None]
        return tuple(dict.fromkeys(c.name for node in nodes for c in node.find_all(exp.Column)))

    def _fits(self, kind: Kind, type: Type, row: RowExpressions, node: exp.Expr) -> bool:
        if type.kind == "double":
            row.number(node)
            return False
        if kind == "sum" and not (type.numeric or type == types.DURATION):
            row.mismatch(node, type, "a number")
            return False
        if type.kind == "boolean" and kind in ("min", "max"):
            row.mismatch(node, type, "a number, text or time")
            return False
        return True

    def _spread(self, node: exp.Expr, argument: exp.Expr) -> Typed:
        """Sample variance from exact moments: (n·Σx² − (Σx)²) / (n·(n − 1))."""
        square = exp.Mul(this=exp.Paren(this=argument.copy()), expression=argument.copy())
        square.expression.replace(exp.Paren(this=argument.copy()))
        first = self._atom("sum", argument)
        second = self._atom("sum", square)
        count = self._atom("count", argument)
        if first is None or second is None or count is None:
            return Typed(sql.null(), ERROR)
        dialect = self.outer.dialect
        scale = first.type.scale

        def whole(atom: Atom, digits: int) -> exp.Expr:
            power = sql.exact(Decimal(10) ** digits)
            return sql.to_wide(sql.binary(exp.Mul, sql.column(atom.name), power), dialect)

        n = sql.to_wide(sql.column(count.name), dialect)
        top = sql.binary(
            exp.Sub,
            sql.binary(exp.Mul, n, whole(second, 2 * scale)),
            sql.binary(exp.Mul, whole(first, scale), whole(first, scale)),
        )
        fewer = sql.binary(exp.Sub, sql.column(count.name), sql.integer(1))
        pairs = sql.binary(exp.Mul, sql.to_real(n.copy()), sql.cast(fewer, "double"))
        variance = _ratio(sql.to_real(top), pairs)
        variance = sql.binary(exp.Div, variance, sql.real(Decimal(10) ** (2 * scale)))
        if isinstance(node, exp.Variance):
            return Typed(variance, REAL)
        return Typed(exp.Sqrt(this=variance), REAL)


def _ratio(top: exp.Expr, bottom: exp.Expr) -> exp.Expr:
    return sql.binary(exp.Div, top, exp.Nullif(this=bottom, expression=sql.real("0")))
