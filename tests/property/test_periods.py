"""Window boundaries against a walk over the calendar, one day at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo.model.calendars import Fiscal, FiscalPattern
from pmpo.model.periods import Grid, Periods, period_of, period_start
from pmpo.model.time import Duration

DAY = timedelta(days=1)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1))
patterns: st.SearchStrategy[FiscalPattern] = st.sampled_from(["4-4-5", "4-5-4", "5-4-4"])
BEGINS: dict[str, Callable[[date], bool]] = {
    "day": lambda _: True,
    "week": lambda day: day.isoweekday() == 1,
    "month": lambda day: day.day == 1,
    "quarter": lambda day: day.day == 1 and day.month in (1, 4, 7, 10),
    "year": lambda day: day.day == 1 and day.month == 1,
}


@st.composite
def fiscal_weeks(draw: st.DrawFn) -> Fiscal:
    """Fiscal years of weeks, some of them with 53."""
    starts = [draw(st.dates(date(1995, 1, 1), date(2010, 1, 1)))]
    for weeks in draw(st.lists(st.sampled_from([52, 53]), max_size=6)):
        starts.append(starts[-1] + timedelta(weeks=weeks))
    return Fiscal(starts=tuple(starts), pattern=draw(patterns))


fiscal_months = st.dates(date(1995, 1, 1), date(2010, 12, 28)).map(
    lambda day: Fiscal(starts=(day.replace(day=min(day.day, 28)),))
)
fiscals = st.one_of(fiscal_weeks(), fiscal_months)


def listed(fiscal: Fiscal) -> list[date]:
    """The first day of every period from the first listed year to 2045, one after another."""
    if fiscal.pattern == "months":
        first = fiscal.starts[0]
        days = (first + n * DAY for n in range(55 * 366))
        return [day for day in days if day.day == first.day]
    found = []
    start = fiscal.starts[0]
    for following in [*fiscal.starts[1:], *[None] * 50]:
        begins = start
        for weeks in [int(part) for part in fiscal.pattern.split("-")] * 4:
            found.append(begins)
            begins += timedelta(weeks=weeks)
        start = following or begins
    return found


@given(moments, st.sampled_from(sorted(BEGINS)))
def test_windows_end_where_a_period_begins(moment: datetime, align: str) -> None:
    """The boundary is the latest midnight at or before the moment on which such a period begins."""
    day = moment.date()
    while not BEGINS[align](day):
        day -= DAY
    floor = datetime.combine(day, time())
    grid = Grid(align)  # type: ignore[arg-type]
    assert grid.floor(moment) == floor
    if moment == floor:
        assert grid.ceiling(moment) == moment
        return
    after = day + DAY
    while not BEGINS[align](after):
        after += DAY
    assert grid.ceiling(moment) == datetime.combine(after, time())


@given(moments)
def test_exact_windows_end_where_they_are_asked(moment: datetime) -> None:
    """Without an alignment nothing is moved."""
    assert Grid().floor(moment) == Grid().ceiling(moment) == moment


@given(fiscals, st.integers(0, 400), st.integers(0, 400))
def test_fiscal_periods_are_those_of_a_list(fiscal: Fiscal, at: int, back: int) -> None:
    """Numbers, first days, boundaries and steps agree with periods counted off one by one."""
    begins = listed(fiscal)
    day = fiscal.starts[0] + at * 13 * DAY
    number = max(i for i, start in enumerate(begins) if start <= day)
    grid = Grid("fiscal", fiscal)
    noon = datetime.combine(day, time(12))
    assert period_of(fiscal, day) == number
    assert period_start(fiscal, number) == begins[number] == grid.floor(noon).date()
    assert grid.ceiling(noon) == datetime.combine(begins[number + 1], time())
    if back <= number:
        assert grid.back(grid.floor(noon), Periods(back)).date() == begins[number - back]


@given(fiscals, st.integers(-600, 900))
def test_every_day_is_in_one_period(fiscal: Fiscal, number: int) -> None:
    """Periods meet: the day before one begins belongs to the one before, also in unlisted years."""
    start = period_start(fiscal, number)
    assert period_of(fiscal, start) == number
    assert period_of(fiscal, start - DAY) == number - 1


def test_the_53rd_week_belongs_to_the_last_period() -> None:
    """A long year makes its twelfth period a week longer, and moves the next year."""
    starts = (date(2023, 1, 29), date(2024, 2, 4))
    fiscal = Fiscal(starts=starts, pattern="4-5-4")
    assert period_start(fiscal, 11) == date(2023, 12, 31)
    assert period_of(fiscal, date(2024, 2, 3)) == 11
    assert period_start(fiscal, 12) == date(2024, 2, 4)


@pytest.mark.parametrize(
    ("end", "length", "times", "expected"),
    [
        ("2024-03-31", "1 month", 1, "2024-02-29"),
        ("2023-03-31", "1 month", 1, "2023-02-28"),
        ("2024-03-31", "1 month", 2, "2024-01-31"),
        ("2024-05-31", "1 quarter", 1, "2024-02-29"),
        ("2024-02-29", "1 year", 1, "2023-02-28"),
        ("2024-01-31", "1 month", -1, "2024-02-29"),
        ("2024-12-15", "1 month", -1, "2025-01-15"),
    ],
)
def test_month_ends(end: str, length: str, times: int, expected: str) -> None:
    """A step of months that would leave the month stops at its last day, both ways."""
    moment = datetime.fromisoformat(end)
    found = Grid().back(moment, Duration.parse(length), times)
    assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "text", ["0 periods", "periods", "3 period s", "-1 periods", "1000 periods"]
)
def test_not_a_count_of_periods(text: str) -> None:
    """Only a whole number above nought and below a thousand counts periods."""
    with pytest.raises(ValueError, match=text):
        Periods.parse(text)


def test_a_grid_without_fiscal_periods_has_none() -> None:
    """Fiscal steps need a calendar that has fiscal years."""
    with pytest.raises(ValueError, match="no fiscal periods"):
        Grid("fiscal").floor(datetime(2024, 1, 1))
