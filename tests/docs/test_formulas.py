"""The page about formulas names everything the compiler takes, and its examples compile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pmpo.compile.expressions import _HANDLERS, Expressions
from pmpo.compile.formula import MAX_DEPTH, MAX_LENGTH, MAX_TOKENS
from pmpo.compile.scope import ScopeExpressions
from pmpo.compile.signals import MAX_LEVELS, SignalExpressions
from pmpo.compile.size import MAX_CHAIN
from pmpo.diagnostics import has_errors
from pmpo.sql import exp
from tests.unit.compile.formulas import findings_of

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "formulas.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]
WRITTEN = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Neg: "-a", exp.And: "AND",
    exp.Or: "OR", exp.Not: "NOT", exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=",
    exp.LT: "<", exp.LTE: "<=", exp.Between: "BETWEEN", exp.In: "IN (", exp.Is: "IS NULL",
    exp.Like: "LIKE", exp.Case: "CASE WHEN", exp.Cast: "CAST(a AS DATE)", exp.Filter: "FILTER",
    exp.Literal: "'2024-03-04'", exp.Boolean: "TRUE", exp.Null: "NULL", exp.Paren: "(",
    exp.Column: "column", exp.Anonymous: "(",
}  # fmt: skip


def code_in(cell: str) -> str:
    """The formula in a table cell."""
    found = re.fullmatch(r"`(.+)`", cell)
    assert found, cell
    return found[1]


@pytest.mark.parametrize("kind", sorted(_HANDLERS, key=str))
def test_everything_the_compiler_takes_is_documented(kind: type[exp.Expr]) -> None:
    """Each operator and function with a rule stands in a table."""
    forms = " ".join(row[0] for row in ROWS)
    if kind in WRITTEN:
        assert WRITTEN[kind] in forms
    else:
        assert issubclass(kind, exp.Func)
        assert any(f"{name}(" in forms for name in kind.sql_names())


def test_every_function_of_the_language_is_documented() -> None:
    """Functions that SQL does not have stand in a table too."""
    classes = (Expressions, SignalExpressions, ScopeExpressions)
    names = {name for context in classes for name in context.functions}
    forms = " ".join(row[0] for row in ROWS)
    assert [name for name in sorted(names) if f"{name}(" not in forms] == []


@pytest.mark.parametrize("formula", sorted({code_in(row[2]) for row in ROWS}))
def test_example_compiles(formula: str) -> None:
    """Each example, and each way out of a refusal, is accepted."""
    assert not has_errors(findings_of(formula)), findings_of(formula)


REFUSED = PAGE.split("## What is refused")[1]


@pytest.mark.parametrize("formula", [code_in(row[0]) for row in ROWS if row[0] in REFUSED])
def test_refused_example(formula: str) -> None:
    """Each formula that the page calls refused is refused."""
    assert has_errors(findings_of(formula))


def test_limits_are_those_of_the_code() -> None:
    """The numbers in the last paragraph are the ones that hold."""
    said = [
        int(number.replace(",", ""))
        for number in re.findall(r"[\d,]*\d", PAGE.strip().split("\n\n")[-1])
    ]
    assert said == [MAX_LENGTH, MAX_TOKENS, MAX_DEPTH, MAX_CHAIN, MAX_LEVELS]
