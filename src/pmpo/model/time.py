"""Lengths of time, zones and refresh boundaries. Pure: nothing here reads a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

MICROSECOND: Final = timedelta(microseconds=1)
_FIXED: Final = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_LONGEST: Final = timedelta(days=100 * 12 * 31)
_PATTERN: Final = re.compile(
    r"([1-9][0-9]{0,5}) (second|minute|hour|day|week|month|quarter|year)s?"
)
_EPOCH_MONDAY: Final = datetime(1970, 1, 5)


@dataclass(frozen=True, slots=True)
class Duration:
    """A whole number of calendar units, such as 4 weeks.

    Example:
        >>> str(Duration.parse("13 weeks"))
        '13 weeks'
    """

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read `13 weeks` or `1 day`.

        Raises: ValueError: when `text` is not a positive count and a unit from second to year, or
            is longer than a century, before which no calendar here is sure to begin.
        """
        match = _PATTERN.fullmatch(text.strip())
        length = cls(int(match[1]), match[2]) if match is not None else None
        if length is None or length.longest > _LONGEST:
            raise ValueError(text)
        return length

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def fixed(self) -> timedelta | None:
        """The exact length, or None for months, quarters and years, which vary."""
        unit = _FIXED.get(self.unit)
        return None if unit is None else unit * self.count

    @property
    def longest(self) -> timedelta:
        """An upper bound of the length, used to compare ages with limits."""
        return self.fixed or timedelta(days=31 * _MONTHS[self.unit] * self.count)

    def before(self, moment: datetime, times: int = 1) -> datetime:
        """The moment `times` lengths earlier, on the calendar of `moment`'s own zone.

        Days and months are steps on the wall calendar, so a day across a change of clocks is
        still one day; a month before 31 March is the last day of February.
        """
        if self.fixed is not None:
            return moment - self.fixed * times
        months = moment.year * 12 + moment.month - 1 - _MONTHS[self.unit] * self.count * times
        year, month = divmod(months, 12)
        return moment.replace(
            year=year, month=month + 1, day=min(moment.day, _days_in(year, month + 1))
        )

    def after(self, moment: datetime) -> datetime:
        """The moment one length later, on the same calendar: see `before`."""
        return self.before(moment, -1)

    def floor(self, moment: datetime) -> datetime:
        """The last boundary at or before `moment`.

        Weeks begin on Monday; several weeks count from Monday 1970-01-05, several days from
        1970-01-01, months from January of year 0, all on the wall calendar of `moment`.
        """
        if self.unit in _MONTHS:
            length = _MONTHS[self.unit] * self.count
            months = (moment.year * 12 + moment.month - 1) // length * length
            year, month = divmod(months, 12)
            return moment.replace(
                year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0
            )
        anchor = _EPOCH_MONDAY if self.unit == "week" else datetime(1970, 1, 1)
        length_fixed = self.fixed
        assert length_fixed is not None
        wall = moment.replace(tzinfo=None)
        steps = (wall - anchor) // length_fixed
        return (anchor + steps * length_fixed).replace(tzinfo=moment.tzinfo)


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def zone(name: str) -> tzinfo:
    """The time zone called `name` in the IANA database.

    Raises: ValueError: when there is no zone of that name.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as unknown:
        raise ValueError(name) from unknown


def parse_moment(text: str, tz: tzinfo) -> datetime:
    """Read an ISO 8601 date or date-time; one without an offset is wall time in `tz`.

    Raises: ValueError: when `text` is neither.
    Example:
        >>> parse_moment("2017-12-04", UTC).isoformat()
        '2017-12-04T00:00:00+00:00'
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=tz) if moment.tzinfo is None else moment.astimezone(tz)


def to_wall(moment: datetime, tz: tzinfo) -> datetime:
    """The naive wall time that clocks in `tz` show at `moment`."""
    return moment.astimezone(tz).replace(tzinfo=None)


def utc_text(moment: datetime) -> str:
    """The canonical text of an instant: UTC, seconds, microseconds only when there are any."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def told_moment(moment: datetime) -> str:
    """A moment for people, on its own clock, without what is zero in it."""
    wall = moment.replace(tzinfo=None)
    midnight = wall.time().isoformat() == "00:00:00"
    return wall.date().isoformat() if midnight else wall.isoformat(sep=" ", timespec="minutes")
