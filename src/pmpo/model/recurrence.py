"""When a cadence occurs: RFC 5545 rules on wall time in a zone, and on working days.

A rule names wall times. What is defined here, because the standard leaves it to the calendar:

- Counting begins at the cadence's first day; without one, weeks are counted from Monday 1970-01-05
  and everything else from 1970-01-01, as refreshes are. Parts that a rule leaves out are those of
  that first day, the time of day is midnight.
- A wall time that clocks skip is read with the offset from before the gap (02:30 becomes 03:30): no
  review is lost to a change of clocks. One that clocks show twice is the first of the two.
- `UNTIL` as a date includes that day; a time without `Z` is wall time.
- With a calendar, what falls on a day off is held at the same time on the next working day; two
  that fall together are one.

The calendar begins again every 400 years. dateutil searches up to the year 9999; it is asked about
the last of these cycles, so that a rule that never occurs costs a fraction of a second.

Source: RFC 5545, sections 3.3.5 and 3.3.10; docs/adr/0020-effective.md
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from heapq import heappop, heappush
from itertools import groupby, islice, takewhile
from typing import Final

from dateutil.rrule import rrulestr

from pmpo.model.calendars import WEEKDAYS, Calendar
from pmpo.model.charter import Cadence
from pmpo.model.time import zone

FREQUENCIES: Final = (
    "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY",
)  # fmt: skip
PARTS: Final = (
    "FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY",
    "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",
)  # fmt: skip
_ON: Final = re.compile(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)")
_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "BYSECOND": (0, 59),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
    "INTERVAL": (1, 1000),
    "COUNT": (1, 10_000),
}
_UNTIL: Final = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_EPOCH: Final = date(1970, 1, 1)
_EPOCH_MONDAY: Final = date(1970, 1, 5)
_CYCLE_YEARS: Final = 400
_LAST_CYCLE: Final = 9600
_DAY: Final = timedelta(days=1)
_YEAR_DAYS: Final = 366
_FIXED: Final = {
    "SECONDLY": timedelta(seconds=1),
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": _DAY,
    "WEEKLY": timedelta(weeks=1),
}


def parts_of(rule: str) -> dict[str, str]:
    """The parts of a rule by their names."""
    return dict(part.split("=", 1) for part in rule.split(";"))


def fault(parts: Mapping[str, str]) -> str:
    """What of a rule's values RFC 5545 does not know, in words; else nothing."""
    for key, value in parts.items():
        for one in value.split(","):
            wrong = _fault_of(key, one, parts)
            if wrong:
                return wrong
    if "COUNT" in parts and "UNTIL" in parts:
        return "a rule ends by `COUNT` or by `UNTIL`, not by both"
    return ""


def _fault_of(key: str, text: str, parts: Mapping[str, str]) -> str:
    low, high = _LIMITS.get(key, (0, 0))
    if key in _LIMITS and not _within(text, low, high):
        return f"`{key}={text}` is not a number from {low} to {high}" + (
            " without 0" if low < 0 else ""
        )
    if key == "BYDAY":
        match = _ON.fullmatch(text)
        if match is None:
            return f"`{text}` in `BYDAY` is no weekday such as `MO`, `1MO` or `-1FR`"
        if match[1] and parts["FREQ"] not in ("MONTHLY", "YEARLY"):
            return f"`{text}` in `BYDAY` counts weekdays of a month or year, and FREQ is neither"
    if key == "WKST" and text not in WEEKDAYS:
        return f"`{text}` in `WKST` is no weekday such as `MO`"
    if key == "UNTIL" and _until(text) is None:
        return f"`UNTIL={text}` is not a date such as `20301231`"
    return ""


def _within(text: str, low: int, high: int) -> bool:
    try:
        number = int(text)
    except ValueError:
        return False
    return low <= number <= high and (number != 0 or low == 0)


def _until(text: str) -> datetime | None:
    """The last moment that `UNTIL` lets through: naive wall time, or in UTC."""
    if not _UNTIL.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(moment, time.max) if len(text) == len("20301231") else moment


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule that is known to be well-formed, and the day on which its counting begins."""

    parts: Mapping[str, str]
    first: date

    def start(self, seek: datetime) -> datetime:
        """The last beginning of a counted period not after `seek`, or the first one there is."""
        frequency, step = self.parts["FREQ"], int(self.parts.get("INTERVAL", "1"))
        begins = datetime.combine(self.first, time.min)
        if frequency == "YEARLY":
            years = max(0, seek.year - begins.year) // step * step
            return datetime(begins.year + years, 1, 1)
        if frequency == "MONTHLY":
            months = max(0, (seek.year - begins.year) * 12 + seek.month - begins.month)
            year, month = divmod(begins.year * 12 + begins.month - 1 + months // step * step, 12)
            return datetime(year, month + 1, 1)
        if frequency == "WEEKLY":
            day = WEEKDAYS.index(self.parts.get("WKST", "MO"))
            begins -= (begins.weekday() - day) % 7 * _DAY
        length = _FIXED[frequency] * step
        return begins + max(0, (seek - begins) // length) * length

    def text(self) -> str:
        """The rule for dateutil: without its end, with what the first day says written out."""
        told = {key: value for key, value in self.parts.items() if key not in ("COUNT", "UNTIL")}
        if not told.keys() & {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}:
            if told["FREQ"] == "YEARLY":
                told.setdefault("BYMONTH", str(self.first.month))
            if told["FREQ"] in ("YEARLY", "MONTHLY"):
                told["BYMONTHDAY"] = str(self.first.day)
            if told["FREQ"] == "WEEKLY":
                told["BYDAY"] = WEEKDAYS[self.first.weekday()]
        if "BYDAY" in told:
            told["BYDAY"] = ",".join(self._weekdays())
        return ";".join(f"{key}={value}" for key, value in told.items())

    def _weekdays(self) -> Iterator[str]:
        """Weekdays of one kind: dateutil takes `MO,-1FR` for days that are both, not either."""
        written = self.parts.get("BYDAY", WEEKDAYS[self.first.weekday()]).split(",")
        mixed = len({one in WEEKDAYS for one in written}) > 1
        most = 5 if self.parts["FREQ"] == "MONTHLY" or "BYMONTH" in self.parts else 53
        for one in written:
            if mixed and one in WEEKDAYS:
                yield from (f"{n}{one}" for n in range(1, most + 1))
            else:
                yield one


def _walls(rule: _Rule, seek: datetime, tz: tzinfo) -> Iterator[datetime]:
    """The wall times of a rule in their order, all those that are not before `seek`."""
    counted = "COUNT" in rule.parts
    start = rule.start(datetime.combine(rule.first, time.min) if counted else seek)
    shift = (_LAST_CYCLE - start.year) // _CYCLE_YEARS * _CYCLE_YEARS
    try:
        found = rrulestr(rule.text(), dtstart=start.replace(year=start.year + shift))
    except ValueError:
        return  # dateutil's word for hours, minutes or seconds that no step ever meets
    walls = (wall.replace(year=wall.year - shift) for wall in found)
    begun: Iterator[datetime] = (wall for wall in walls if wall.date() >= rule.first)
    if counted:
        begun = islice(begun, int(rule.parts["COUNT"]))
    if "UNTIL" in rule.parts:
        begun = takewhile(_not_after(rule.parts["UNTIL"], tz), begun)
    yield from (wall for wall in begun if wall >= seek)


def _not_after(text: str, tz: tzinfo) -> Callable[[datetime], bool]:
    until = _until(text)
    assert until is not None
    if until.tzinfo is None:
        return lambda wall: wall <= until
    return lambda wall: _moment(wall, tz) <= until


def _moment(wall: datetime, tz: tzinfo, fold: int = 0) -> datetime:
    return wall.replace(tzinfo=tz, fold=fold).astimezone(UTC)


def occurrences(
    cadence: Cadence, after: datetime, calendar: Calendar | None = None
) -> Iterator[datetime]:
    """The moments of a cadence later than one, in their order, on the clock of its zone.

    Args:
        cadence: with a well-formed rule, as a charter that was read has.
        after: aware.
        calendar: whose days off are passed over.
    Example:
        >>> monday = Cadence(name="review", rule="FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", tz="Asia/Tokyo")
        >>> next(occurrences(monday, datetime(2024, 2, 2, tzinfo=UTC))).isoformat()
        '2024-02-05T09:00:00+09:00'
    """
    tz = zone(cadence.tz)
    parts = parts_of(cadence.rule)
    epoch = _EPOCH_MONDAY if parts["FREQ"] == "WEEKLY" else _EPOCH
    rule = _Rule(parts, cadence.starts or epoch)
    off = _days_off(calendar)
    # clocks that were put forward move a wall time by a day at most
    seek = datetime.combine(_back(after.astimezone(tz).date() - 2 * _DAY, off), time.min)
    last = after
    for moment in _in_order(_held(_walls(rule, seek, tz), off), tz):
        if moment > last:
            last = moment
            yield moment.astimezone(tz)


def next_occurrence(
    cadence: Cadence, after: datetime, calendar: Calendar | None = None
) -> datetime | None:
    """The first moment of a cadence later than one; None where it has ended, or never occurs."""
    return next(occurrences(cadence, after, calendar), None)


def _in_order(walls: Iterator[datetime], tz: tzinfo) -> Iterator[datetime]:
    """The moments of ascending wall times; those from a gap fall among the ones after it."""
    waiting: list[datetime] = []
    for wall in walls:
        moment = _moment(wall, tz)
        none_before = min(moment, _moment(wall, tz, fold=1))
        while waiting and waiting[0] <= none_before:
            yield heappop(waiting)
        heappush(waiting, moment)
    while waiting:
        yield heappop(waiting)


# Days off ----------------------------------------------------------------------------------


def _days_off(calendar: Calendar | None) -> Callable[[date], bool]:
    if calendar is None:
        return lambda _day: False
    unlike = {one.date: bool(one.hours) for one in calendar.holidays}
    return lambda day: not unlike.get(day, bool(calendar.usual(WEEKDAYS[day.weekday()])))


def _held(walls: Iterator[datetime], off: Callable[[date], bool]) -> Iterator[datetime]:
    """Wall times on working days, in their order."""
    for day, group in groupby(walls, key=lambda wall: _forward(wall.date(), off)):
        yield from (datetime.combine(day, one) for one in sorted({wall.time() for wall in group}))


def _forward(day: date, off: Callable[[date], bool]) -> date:
    """The day itself or the next working day; the day itself where no day of a year is one."""
    return next((one for n in range(_YEAR_DAYS) if not off(one := day + n * _DAY)), day)


def _back(day: date, off: Callable[[date], bool]) -> date:
    """The first of the days off before a day: what falls on them is held on it, or later."""
    return next((one + _DAY for n in range(1, _YEAR_DAYS) if not off(one := day - n * _DAY)), day)
