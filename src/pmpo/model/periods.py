"""Where windows begin and end: boundaries of days, weeks, months and fiscal periods.

Pure arithmetic on the wall calendar of naive times. Fiscal periods are numbered: period 0 is the
first of the first fiscal year that is listed, the one before it has the number -1.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Final, Literal, get_args

from pmpo.model.calendars import Fiscal
from pmpo.model.time import Duration

Align = Literal["exact", "day", "week", "month", "quarter", "year", "fiscal"]
ALIGNMENTS: Final[tuple[Align, ...]] = get_args(Align)
PERIODS_IN_YEAR: Final = 12
_YEAR: Final = timedelta(weeks=52)
_COUNTED: Final = re.compile(r"([1-9][0-9]{0,2}) periods?")


@dataclass(frozen=True, slots=True)
class Periods:
    """A whole number of fiscal periods.

    Example:
        >>> str(Periods.parse("3 periods"))
        '3 periods'
    """

    count: int

    @classmethod
    def parse(cls, text: str) -> Periods:
        """Read `3 periods`.

        Raises: ValueError: when `text` is not a count of periods.
        """
        match = _COUNTED.fullmatch(text.strip())
        if match is None:
            raise ValueError(text)
        return cls(int(match[1]))

    def __str__(self) -> str:
        return f"{self.count} period{'' if self.count == 1 else 's'}"


Length = Duration | Periods


@dataclass(frozen=True, slots=True)
class Grid:
    """The boundaries on which a signal's windows lie.

    Args:
        align: to what the end of a trailing window is moved back; `exact` leaves it.
        fiscal: the fiscal periods, where a calendar has them.
    """

    align: Align = "exact"
    fiscal: Fiscal | None = None

    def floor(self, moment: datetime) -> datetime:
        """The last boundary at or before `moment`, which is `moment` itself when exact."""
        if self.align == "exact":
            return moment
        if self.align == "fiscal":
            return _midnight(period_start(self._periods, period_of(self._periods, moment.date())))
        return Duration(1, self.align).floor(moment)

    def ceiling(self, moment: datetime) -> datetime:
        """The first boundary at or after `moment`."""
        floor = self.floor(moment)
        if floor == moment:
            return moment
        if self.align == "fiscal":
            return self.back(floor, Periods(1), -1)
        return Duration(1, self.align).before(floor, -1)

    def back(self, boundary: datetime, length: Length, times: int = 1) -> datetime:
        """The moment `times` lengths before `boundary`; fiscal periods count from boundaries."""
        if isinstance(length, Duration):
            return length.before(boundary, times)
        number = period_of(self._periods, boundary.date()) - length.count * times
        return _midnight(period_start(self._periods, number))

    @property
    def _periods(self) -> Fiscal:
        if self.fiscal is None:
            raise ValueError("this grid has no fiscal periods")
        return self.fiscal


def period_of(fiscal: Fiscal, day: date) -> int:
    """The number of the fiscal period that holds `day`."""
    if fiscal.pattern == "months":
        first = fiscal.starts[0]
        months = (day.year - first.year) * 12 + day.month - first.month
        return months if day.day >= first.day else months - 1
    year = _year_of(fiscal, day)
    begun = bisect_right(_weeks_before(fiscal), (day - _year_start(fiscal, year)) // timedelta(7))
    return year * PERIODS_IN_YEAR + begun - 1


def period_start(fiscal: Fiscal, number: int) -> date:
    """The first day of the fiscal period with this number.

    Raises: OverflowError, ValueError: before the year 1 or after the year 9999.
    """
    if fiscal.pattern == "months":
        first = fiscal.starts[0]
        year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
        return date(year, month + 1, first.day)
    year, period = divmod(number, PERIODS_IN_YEAR)
    return _year_start(fiscal, year) + timedelta(weeks=_weeks_before(fiscal)[period])


def _weeks_before(fiscal: Fiscal) -> list[int]:
    """How many weeks of its year lie before each period; a 53rd week belongs to the last one."""
    weeks = [int(part) for part in fiscal.pattern.split("-")] * 4
    return [0, *accumulate(weeks[:-1])]


def _year_start(fiscal: Fiscal, year: int) -> date:
    """The first day of a fiscal year; years that are not listed have 52 weeks."""
    last = len(fiscal.starts) - 1
    if year < 0:
        return fiscal.starts[0] + year * _YEAR
    return fiscal.starts[min(year, last)] + max(0, year - last) * _YEAR


def _year_of(fiscal: Fiscal, day: date) -> int:
    listed = bisect_right(fiscal.starts, day) - 1
    if listed < 0:
        return (day - fiscal.starts[0]) // _YEAR
    if listed < len(fiscal.starts) - 1:
        return listed
    return listed + (day - fiscal.starts[-1]) // _YEAR


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
