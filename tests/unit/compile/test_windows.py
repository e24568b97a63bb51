"""What windows on boundaries rest on, and what is said where they rest on nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from pmpo.compile.cuts import cut_of
from pmpo.compile.plan import compile_plan
from pmpo.model.periods import Grid
from pmpo.model.time import Duration
from tests.compiling import moments
from tests.unit.compile.formulas import CHARTER, SCHEMAS, WHEN

if TYPE_CHECKING:
    from pmpo.compile.plan import Plan
    from pmpo.diagnostics import Diagnostic
    from pmpo.model.periods import Align

WEEK = "TRAILING(SUM(price), '1 week')"
PERIODS = "TRAILING(SUM(price), '3 periods')"


def plan_of(formula: str, align: Align, calendar: str = "", program: str = "") -> Plan:
    """The plan of one signal with these fields, in a program with this calendar."""
    signal = replace(CHARTER.signals["turnover"], formula=formula, align=align, calendar=calendar)
    charter = replace(CHARTER, signals={"turnover": signal}, calendar=program)
    return compile_plan(charter, SCHEMAS, WHEN)


def said(plan: Plan) -> list[Diagnostic]:
    """What is said about the signal."""
    return [found for found in plan.findings if found.path.startswith("signals.turnover")]


def test_lineage_tells_of_boundaries() -> None:
    """Each window is listed with the boundaries on which it lies; only used calendars are named."""
    plan = plan_of("TRAILING(SUM(price), '3 periods', '12 periods')", "fiscal", "shop", "ministry")
    assert plan.lineage["turnover"].windows == ("3 periods, 12 periods earlier, by fiscal",)
    assert plan.calendars == ("shop",)
    assert plan_of(WEEK, "month", program="shop").calendars == ()
    assert plan_of(PERIODS, "fiscal", program="ministry").calendars == ("ministry",)


@pytest.mark.parametrize(
    ("align", "calendar", "formula", "code", "word"),
    [
        ("fiscal", "", WEEK, "signal/calendar", "names no calendar"),
        ("fiscal", "shopp", WEEK, "signal/calendar", "did you mean `shop`?"),
        ("fiscal", "sundays", WEEK, "signal/calendar", "no fiscal years"),
        ("exact", "", PERIODS, "formula/argument", "align: fiscal"),
        ("month", "", PERIODS, "formula/argument", "align: fiscal"),
        (
            "fiscal",
            "shop",
            "TRAILING(SUM(price), '3 periods', '1 month')",
            "formula/argument",
            "count the offset in periods",
        ),
        ("fiscal", "shop", "TRAILING(SUM(price), '0 periods')", "formula/argument", "not a length"),
        ("month", "", "SUM(price)", "signal/idle-window", "opens no window"),
        ("month", "shop", WEEK, "signal/idle-window", "take `calendar` out"),
    ],
)
def test_wrong_use_is_explained(
    align: Align, calendar: str, formula: str, code: str, word: str
) -> None:
    """Every way to ask for boundaries that do not exist says what to type."""
    found = said(plan_of(formula, align, calendar))
    assert [one.code for one in found] == [code]
    assert word in f"{found[0].message} {found[0].label} {found[0].help}"
    assert found[0].help


def test_an_office_without_calendars_is_told() -> None:
    """The note says that office.yaml has none, instead of listing nothing."""
    signal = replace(CHARTER.signals["turnover"], formula=WEEK, align="fiscal", calendar="shop")
    charter = replace(CHARTER, signals={"turnover": signal}, calendars={})
    (found,) = said(compile_plan(charter, SCHEMAS, WHEN))
    assert found.note == "office.yaml has no calendars, or cannot be read"


def test_a_window_before_the_first_year_is_refused() -> None:
    """Boundaries run out with the calendar."""
    formula = "TRAILING(SUM(price), '99 years', '99 years')"
    signal = replace(CHARTER.signals["turnover"], formula=formula, align="year")
    charter = replace(CHARTER, signals={"turnover": signal})
    (found,) = said(compile_plan(charter, SCHEMAS, moments("0150-06-01")))
    assert found.code == "formula/argument"
    assert found.message == "this window begins before the year 1"


def test_windows_ahead_end_with_the_calendar() -> None:
    """Lineage says that a window lies ahead; beyond the last year there is nothing."""
    plan = plan_of("LEADING(SUM(forecast.pieces), '4 weeks', '1 week')", "week")
    assert plan.lineage["turnover"].windows == ("4 weeks ahead, 1 week later, by week",)
    formula = "LEADING(SUM(forecast.pieces), '99 years')"
    signal = replace(CHARTER.signals["turnover"], formula=formula)
    charter = replace(CHARTER, signals={"turnover": signal})
    (found,) = said(compile_plan(charter, SCHEMAS, moments("9950-06-01")))
    assert found.message == "this window ends after the year 9999"


@pytest.mark.parametrize("day", [*range(1, 32)])
def test_a_window_ahead_begins_with_the_first_whole_period(day: int) -> None:
    """On the first of a month it begins at once, on any other day with the next month."""
    cut = cut_of(CHARTER.sources["forecast"], moments(f"2024-03-{day:02d}", tz="UTC"))
    month = Duration(1, "month")
    begins = datetime(2024, 3, 1) if day == 1 else datetime(2024, 4, 1)
    assert cut.ahead(Grid("month"), month, None) == (begins, month.before(begins, -1))
    assert cut.ahead(Grid(), month, None)[0] == datetime(2024, 3, day)
