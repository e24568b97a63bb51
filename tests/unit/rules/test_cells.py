"""Cells as texts: what they mean, and what is said about those that mean nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pmpo.rules.cells import (
    Cell,
    CellError,
    Compare,
    Constant,
    IsMissing,
    Param,
    Range,
    Test,
    parse_cell,
)
from pmpo.rules.domains import Domain, fit

NUMBER = Domain("number", precision=2)
PRICE = Domain("label", labels=("thin", "fair", "full"), missing="needs_data")
DAY = Domain("date")


def c(value: str | Decimal | date | bool) -> Constant:
    """A constant; a text of digits is a number."""
    digits = isinstance(value, str) and value.strip("-.0123456789") == ""
    return Constant(Decimal(value) if digits else value)  # type: ignore[arg-type]  # digits are text


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        ("-", []),
        (" - ", []),
        (">= 0.10", [Compare(">=", c("0.10"))]),
        ("<-.5", [Compare("<", c("-0.5"))]),
        ("= 5", [Compare("=", c("5"))]),
        ("-3", [Compare("=", c("-3"))]),
        ("1, 2,3", [Compare("=", c("1")), Compare("=", c("2")), Compare("=", c("3"))]),
        ('"fair","full"', [Compare("=", c("fair")), Compare("=", c("full"))]),
        (r'"a \"b\" c"', [Compare("=", c('a "b" c'))]),
        ('"1,5"', [Compare("=", c("1,5"))]),
        ("true", [Compare("=", c(True))]),
        ('date("2024-02-29")', [Compare("=", c(date(2024, 2, 29)))]),
        ("[0..5]", [Range(c("0"), c("5"), True, True)]),
        ("(0..5)", [Range(c("0"), c("5"), False, False)]),
        ("]0..5[", [Range(c("0"), c("5"), False, False)]),
        ("[-5 .. -1)", [Range(c("-5"), c("-1"), True, False)]),
        ("[1.5..2.5[", [Range(c("1.5"), c("2.5"), True, False)]),
        (">= PARAM('thin')", [Compare(">=", Param("thin"))]),
        ('(PARAM("a")..PARAM( "b" )]', [Range(Param("a"), Param("b"), False, True)]),
        ("< 0, [5..9]", [Compare("<", c("0")), Range(c("5"), c("9"), True, True)]),
        ('"a", null', [Compare("=", c("a")), IsMissing()]),
    ],
)  # fmt: skip
def test_a_cell_means_its_tests(text: str, tests: list[Test]) -> None:
    """Comparisons, ranges with either end, lists, dates, booleans, parameters and `null`."""
    assert parse_cell(text) == Cell(tuple(tests))


def test_not_turns_the_whole_list_round() -> None:
    """`not(…)` stands around all alternatives."""
    assert parse_cell('not("thin", "fair")') == Cell(parse_cell('"thin","fair"').tests, True)


@pytest.mark.parametrize(
    ("text", "where", "help"),
    [
        ("", "", "write for example"),
        (">=", "=", "write for example"),
        ("[0, 5)", ",", "`[0..5)`"),
        ("[0..5", "5", "write for example"),
        ("[0..5}", "}", "write for example"),
        ("0..5", "..", "`[1..5]`"),
        ("fair", "fair", '`"fair"`'),
        ("'fair'", "'", '`"fair"`'),
        ('"fair', '"fair', 'end the text with `"`'),
        (">= 5 and < 9", "and", "`[0..5)`"),
        ("!= 5", "!=", "`not(5)`"),
        ("== 5", "==", "value alone"),
        ("- 5", "-", "`-5`"),
        ("not 5", "5", '`not("thin")`'),
        ("not(5", "5", "`)`"),
        ("5, not(6)", "not", "`not("),
        ("not(-)", "-", "`-5`"),
        ("10 %", "%", "`0.10`"),
        ("10€", "€", "write for example"),
        ("5kg", "5kg", "without its unit"),
        ("1e5", "1e5", "`100000`"),
        (">= 1e400", "1e400", "all its digits"),
        ("2024-01-31", "2024-01-31", '`date("2024-01-31")`'),
        (">= 2024-1-31", "2024-1-31", '`date("2024-1-31")`'),
        ("[2024-01-01..2024-12-31]", "2024-01-01", '`date("2024-01-01")`'),
        ("yes", "yes", "or `true` where"),
        ("FALSE", "FALSE", "or `false` where"),
        ("≥ 3", "≥", "`>=`"),
        ("５", "５", "`5`"),
        ("＞3", "＞", "`>`"),
        ("“fair”", "“", '`"`'),
        ('!= "fair"', "!=", '`not("fair")`'),
        ("1 2", "2", "write for example"),
        ("12345678901234567", "12345678901234567", "fewer digits"),
        ('date("2024-02-30")', 'date("2024-02-30")', '`date("2024-01-31")`'),
        ("date(2024-01-31)", "date", '`date("2024-01-31")`'),
        ("PARAM(thin)", "PARAM", '`PARAM("thin")`'),
        ("5" * 2001, "5" * 2001, "several rules"),
    ],
)
def test_what_is_wrong_is_shown_inside_the_cell(text: str, where: str, help: str) -> None:
    """A fault names the smallest piece of the cell and says what to type."""
    with pytest.raises(CellError) as caught:
        parse_cell(text)
    fault = caught.value.fault
    start, end = fault.extent
    assert (text[start:end], help in fault.help) == (where, True), fault


@pytest.mark.parametrize(
    ("text", "domain", "code"),
    [
        ('"5"', NUMBER, "table/type"),
        ("true", NUMBER, "table/type"),
        ("null", NUMBER, "table/never-missing"),
        ("[5..4]", NUMBER, "table/empty-range"),
        ("(5..5]", NUMBER, "table/empty-range"),
        ('>= "fair"', PRICE, "table/type"),
        ('["fair".."full"]', PRICE, "table/type"),
        ("5", PRICE, "table/type"),
        ('"fiar"', PRICE, "table/unknown-label"),
        ('"2024-1-1"', DAY, "table/cell"),
        ('[date("2024-02-01").."2024-01-01"]', DAY, "table/empty-range"),
        ("PARAM('x')", DAY, "table/type"),
        ("1", Domain("boolean"), "table/type"),
        ("< true", Domain("boolean"), "table/type"),
        ("date('2024-01-01')", Domain("text"), "table/cell"),
        ('< "m"', Domain("text"), "table/type"),
    ],
)
def test_a_cell_has_to_fit_its_input(text: str, domain: Domain, code: str) -> None:
    """What cannot be said of an input is told apart by its kind."""
    try:
        _, faults = fit(parse_cell(text), domain)
    except CellError as error:
        faults = (error.fault,)
    assert [fault.code for fault in faults] == [code]


def test_all_faults_of_a_cell_are_told_at_once() -> None:
    """Two wrong labels in one cell are two faults, each in its own place."""
    text = 'not("thn", "fair", "fll")'
    _, faults = fit(parse_cell(text), PRICE)
    assert [(text[slice(*fault.extent)], fault.help) for fault in faults] == [
        ('"thn"', 'write `"thin"`'),
        ('"fll"', 'write `"full"`'),
    ]


def test_a_quoted_day_is_a_date_where_dates_are_meant() -> None:
    """In a column of dates `"2024-01-31"` and `date("2024-01-31")` are the same."""
    assert fit(parse_cell('< "2024-01-31"'), DAY)[0] == parse_cell('< date("2024-01-31")')


def test_the_label_of_missing_values_asks_for_them() -> None:
    """The label of a band or of a table's input, and `null`, are the same test."""
    assert fit(parse_cell('"needs_data"'), PRICE)[0] == parse_cell("null")
    labelled = Domain("number", precision=2, missing="needs_data")
    assert fit(parse_cell('< 5, "needs_data"'), labelled)[0] == parse_cell("< 5, null")


def test_minus_zero_is_zero() -> None:
    """No cell holds a second zero, which exact numbers do not have."""
    compare = parse_cell("-0").tests[0]
    assert isinstance(compare, Compare)
    assert isinstance(compare.operand, Constant)
    assert str(compare.operand.value) == "0"
