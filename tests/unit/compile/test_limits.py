"""Formulas nobody should have written: they are refused, and never take the compiler down."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo import sql
from pmpo.compile.formula import MAX_DEPTH
from pmpo.compile.size import MAX_CHAIN
from pmpo.diagnostics import has_errors
from tests.unit.compile.formulas import findings_of, plan_with

VALID = [
    "TRAILING(SUM(price), '4 weeks') / NULLIF(TRAILING(COUNT(*), '4 weeks', '1 week'), 0) - 1",
    "SUM(CASE WHEN qty BETWEEN 1 AND 9 AND note LIKE 'a%' THEN price * 0.5 ELSE -margin END)",
    "COUNT(DISTINCT note) FILTER (WHERE NOT flag OR note IN ('x', 'y') OR note IS NULL)",
    "(AS_OF() - MAX(sold_at)) / DURATION('1 day') + QUANTISE(turnover / PARAM('step'), 2)",
    "CASE status WHEN 'a' THEN GREATEST(turnover, 1) ELSE COALESCE(SQRT(ABS(turnover)), 0) END",
    "STDDEV(price) * ASSUMED('cost-share') + LATEST(qty) + SUM(QUANTISE(price / qty, 3))",
    'IF(SUM("Net") >= SUM("order"), FLOOR(turnover), CEIL(turnover)) + SUM(visits.seconds)',
]
WORDS = sorted(
    {word for text in VALID for word in text.replace("(", " ( ").replace(")", " ) ").split()}
    | {"SELECT", "FROM", "OVER", "::", ";", "--", "/*", "''", '"', "$1", "{", "[", "]", ",", "."}
    | {"sales.price", "'4 weeks'", "1e9", "NOT", "CASE", "WHEN", "END", "DISTINCT", "INTERVAL"}
    | {"shops.level", "日本", "\u202e", "\x00", "\n", "=", "<>", "%", "||", "->", "@", "?", "*"}
)


def outcome(formula: str) -> tuple[bool, str]:
    """Whether a formula is refused, and else its SQL; any exception fails the test."""
    plan = plan_with(formula)
    return (True, "") if has_errors(plan.findings) else (False, plan.sql())


BOMBS = [
    "(" * 100_000 + "1" + ")" * 100_000,
    "(" * 700 + "1" + ")" * 700,
    "(" * 100_000,
    "NOT " * 1_000 + "flag",
    "NOT " * 100_000 + "flag",
    "- " * 700 + "1",
    "+" * 700 + "1",
    "~" * 700 + "1",
    "@" * 700 + "1",
    "CASE WHEN TRUE THEN " * 300 + "1" + " END" * 300,
    "[" * 400 + "]" * 400,
    "{'a':" * 300 + "1" + "}" * 300,
    "ABS(" * 200 + "turnover" + ")" * 200,
    "turnover" + " + turnover" * 2_000,
    "turnover" + "::DATE" * 700,
    "turnover" + "[1]" * 400,
    "turnover IN (" + ", ".join(map(str, range(5_000))) + ")",
    "turnover NOT " + "NOT " * 500 + "IN (1)",
    "x" * 10_000,
    "'" + "x" * 10_000 + "'",
    "a." * 700 + "b",
    "a -> " * 700 + "b",
    "/*" * 1_000 + "*/" * 1_000,
    "$$" * 500,
    "INTERVAL " * 400 + "'1 day'",
    "SUM(price) FILTER (WHERE " * 100 + "flag" + ")" * 100,
    "lambda x: " * 300 + "1",
    "EXISTS " * 500 + "(1)",
    "turnover IS NOT NULL " + "IS NOT NULL " * 400,
    "CAST(" * 300 + "1" + " AS DATE)" * 300,
    "CASE " * 300 + "END " * 300,
]


@pytest.mark.parametrize("formula", BOMBS, ids=range(len(BOMBS)))
def test_bomb(formula: str) -> None:
    """Too long, too many words or too deep: refused before anything recurses."""
    findings = findings_of(formula)
    assert has_errors(findings)
    assert {f.code.partition("/")[0] for f in findings} == {"formula"}


@pytest.mark.parametrize(
    ("around", "inner"),
    [
        ("QUANTISE({}, 1)", "turnover"),
        ("FLOOR({} / 3)", "turnover"),
        ("SQRT({})", "turnover"),
        ("GREATEST({}, 1)", "turnover"),
        ("NULLIF({}, 0)", "turnover"),
        ("CASE {} WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END", "turnover"),
        ("SUM(QUANTISE({}, 1))", "price"),
        ("SUM(LEAST({}, 1))", "price"),
        ("SUM(QUANTISE({} / qty, 1))", "price"),
        ("SUM(CASE {} WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END)", "price"),
    ],
)
def test_functions_that_look_twice(around: str, inner: str) -> None:
    """Nesting a function that mentions its argument several times ends in a finding, soon."""
    start, middle, end = around.partition("{}")
    wrapped = start.startswith("SUM(")
    start, end = (start[4:], end[:-1]) if wrapped else (start, end)
    text = start * 30 + inner + end * 30
    refused, statement = outcome(f"SUM({text})" if wrapped else text)
    assert middle
    assert refused or len(statement) < 2_000_000


@pytest.mark.parametrize("opening", ["ABS(", "(", "COALESCE(", "- (", "NULLIF("])
def test_the_deepest_allowed_formula_is_written_out(opening: str) -> None:
    """A formula at the limit compiles, and its SQL is rendered for every dialect."""
    closing = ", 1)" if opening in ("COALESCE(", "NULLIF(") else ")"
    formula = opening * MAX_DEPTH + "turnover" + closing * MAX_DEPTH
    for dialect in sql.DIALECTS:
        plan = plan_with(formula, dialect=dialect)
        assert not has_errors(plan.findings)
        assert "turnover" in plan.sql()
    assert has_errors(findings_of(opening + formula + closing))


def test_a_long_list_is_fine() -> None:
    """Several hundred values in one IN list are within the limits."""
    values = ", ".join(f"'v{i}'" for i in range(700))
    refused, statement = outcome(f"COUNT(*) FILTER (WHERE note IN ({values}))")
    assert not refused
    assert "'v699'" in statement


def test_a_long_sum_is_fine() -> None:
    """A long chain of one operator is not deep."""
    assert not outcome(" + ".join(["turnover"] * (MAX_CHAIN + 1)))[0]
    assert outcome(" + ".join(["turnover"] * (MAX_CHAIN + 2)))[0]


def test_a_long_chain_of_signals_is_refused() -> None:
    """Signals that rest on each other hundreds of levels deep are refused without recursion."""
    others = {f"s{i}": f"s{i - 1} + 1" for i in range(1, 2_000)} | {"s0": "SUM(price)"}
    plan = plan_with("s1999", others)
    assert {f.code for f in plan.findings} == {"formula/too-deep"}


def test_forty_levels_of_signals_are_fine() -> None:
    """Up to forty levels compile and are written out."""
    others = {f"s{i}": f"s{i - 1} + 1" for i in range(1, 39)} | {"s0": "SUM(price)"}
    plan = plan_with("s38", others)
    assert not plan.findings
    assert "signals_40" in plan.sql()


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_token_soup(formula: str) -> None:
    """Any sequence of words is either refused with a finding or compiled; nothing is raised."""
    refused, statement = outcome(formula)
    assert refused or statement.startswith("--")


@given(st.text(max_size=60))
def test_any_text(formula: str) -> None:
    """Any text at all is either refused with a finding or compiled."""
    refused, statement = outcome(formula)
    assert refused or statement.startswith("--")


@given(st.sampled_from(VALID), st.integers(min_value=0), st.integers(min_value=1, max_value=4))
def test_mutated_formulas(formula: str, seed: int, times: int) -> None:
    """Valid formulas with pieces removed, repeated or replaced never raise anything."""
    dice = random.Random(seed)
    for _ in range(times):
        at, length = dice.randrange(len(formula) + 1), dice.randrange(8)
        piece = dice.choice(["", dice.choice(WORDS), formula[at : at + length] * 2])
        formula = formula[:at] + piece + formula[at + length :]
    refused, statement = outcome(formula)
    assert refused or statement.startswith("--")


def test_the_valid_formulas_are_valid() -> None:
    """What is mutated above is accepted as it stands, on every dialect."""
    for formula in VALID:
        for dialect in sql.DIALECTS:
            plan = plan_with(formula, dialect=dialect)
            assert not has_errors(plan.findings), plan.findings
            assert plan.sql()
