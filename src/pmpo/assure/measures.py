"""Units of measure in formulas: money is not added to lines, nor a ratio compared with days.

Only what the charter declares is known: a signal with a `unit`. Adding, subtracting and comparing
keep it, a plain number takes the unit of what it stands beside, and whatever multiplies or divides
makes another one, of which nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pmpo import sql
from pmpo.compile.formula import Formula, Report, parse
from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter
from pmpo.sql import exp

_SAME: Final = (exp.Add, exp.Sub, exp.Coalesce, exp.Greatest, exp.Least)
_COMPARED: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_KEPT: Final = (exp.Paren, exp.Neg, exp.Abs)
_OF_ROWS: Final = (exp.AggFunc, exp.Anonymous, exp.Filter)


def check_measures(charter: Charter) -> Iterator[Diagnostic]:
    """Formulas of signals, and conditions, that mix signals of different units."""
    for path, text, declared in _formulas(charter):
        formula, report = Formula(path, text), Report(charter.places)
        tree = parse(formula, report)
        if tree is None:
            continue
        report.findings.clear()
        with sql.recursing():
            _Mixing(charter, formula, report).whole(tree, declared)
        yield from report.findings


def _formulas(charter: Charter) -> Iterator[tuple[str, str, str]]:
    """Path, text and declared unit of everything that may name signals."""
    for name, signal in charter.signals.items():
        if signal.formula:
            yield f"signals.{name}.formula", signal.formula, signal.unit
    if charter.scope.in_:
        yield "scope.in", charter.scope.in_, ""
    for index, leave in enumerate(charter.scope.out):
        yield f"scope.out.{index}.where", leave.where, ""
    for name, trigger in charter.triggers.items():
        if trigger.when:
            yield f"triggers.{name}.when", trigger.when, ""


class _Mixing:
    """One formula, in which each part is measured in something or in nobody knows what."""

    def __init__(self, charter: Charter, formula: Formula, report: Report) -> None:
        self.charter, self.formula, self.report = charter, formula, report

    def whole(self, tree: exp.Expr, declared: str) -> None:
        """Report parts of different units, and a result in another one than the declared."""
        found = self.unit(tree)
        if found and declared and found != declared:
            self.report.add(
                "formula/measure",
                f"the formula gives {found}, and the signal says `unit: {declared}`",
                self.formula,
                severity="warning",
                help=f"write `unit: {found}`, or convert it: multiply or divide",
            )

    def unit(self, node: exp.Expr) -> str:
        """What a part is measured in; nothing where that is not known."""
        if isinstance(node, exp.Column):
            signal = self.charter.signals.get(node.name)
            return signal.unit if signal is not None and not node.table else ""
        if isinstance(node, _OF_ROWS):
            return ""  # names inside are columns
        if isinstance(node, _KEPT):
            return self.unit(node.this)
        parts = list(node.iter_expressions())
        if isinstance(node, exp.Case):
            return self._case(node)
        if isinstance(node, _SAME):
            return self._alike(node, parts)
        if isinstance(node, _COMPARED):
            self._alike(node, parts)
            return ""
        for part in parts:
            self.unit(part)
        return ""

    def _case(self, node: exp.Case) -> str:
        for branch in node.args["ifs"]:
            self.unit(branch.this)
        values = [branch.args["true"] for branch in node.args["ifs"]]
        return self._alike(node, [*values, *filter(None, [node.args.get("default")])])

    def _alike(self, node: exp.Expr, parts: Sequence[exp.Expr]) -> str:
        """The unit that all parts share, plain numbers aside; reports two that differ."""
        units = [(part, self.unit(part)) for part in parts if not _plain(part)]
        known = dict.fromkeys(unit for _, unit in units if unit)
        if len(known) > 1:
            first, other = list(known)[:2]
            self.report.add(
                "formula/measure",
                f"{first} and {other} are mixed",
                self.formula,
                node,
                severity="warning",
                note="a sum or comparison of two units of measure means nothing",
                help="bring both to one unit: multiply or divide by what one is worth in the other",
            )
        return next(iter(known)) if len(known) == 1 and all(unit for _, unit in units) else ""


def _plain(node: exp.Expr) -> bool:
    """A number or nothing, which takes the unit of what it stands beside."""
    while isinstance(node, exp.Paren | exp.Neg):
        node = node.this
    return isinstance(node, exp.Literal | exp.Null)
