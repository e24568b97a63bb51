"""Whether a calendar rule ever names a day: tried on every day of a whole cycle of the calendar.

After 28 years dates fall on the same weekdays again, so a rule that names no day of these names
none in a lifetime. `INTERVAL` leaves days out, but none for ever, as long as nobody says where the
counting begins; `COUNT` and `UNTIL` end a rule.

Source: RFC 5545, section 3.3.10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from math import prod
from typing import Final

from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter

_FIRST_DAY: Final = date(2000, 1, 1)
_DAYS: Final = tuple(_FIRST_DAY + timedelta(days=n) for n in range(28 * 365 + 7))
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ON: Final = re.compile(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)")
_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "BYSECOND": (0, 60),
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
_PERIODS: Final[Mapping[str, Callable[[date], object]]] = {
    "YEARLY": lambda day: day.year,
    "MONTHLY": lambda day: (day.year, day.month),
    "WEEKLY": lambda day: day.isocalendar()[:2],
}


def check_cadences(charter: Charter, today: date | None) -> Iterator[Diagnostic]:
    """Calendar rules that name nothing, and those that have ended by today."""
    for name, cadence in charter.cadence.items():
        parts = dict(part.split("=", 1) for part in cadence.rule.split(";"))
        path = f"cadence.{name}.rule"
        span = charter.places.value(path)
        fault = _fault(parts)
        if fault:
            yield Diagnostic(
                "charter/bad-rule", "error", fault, span, path,
                note="calendar rules are written as in RFC 5545 (iCalendar)",
                help="write for example `FREQ=WEEKLY;BYDAY=MO;BYHOUR=9`",
            )  # fmt: skip
        elif not _occurs(parts):
            yield Diagnostic(
                "cadence/never", "error", f"cadence `{name}` never occurs", span, path,
                note=f"no day fits `{cadence.rule}`",
                help="write for example `FREQ=MONTHLY;BYMONTHDAY=-1` for the last day of a month",
            )  # fmt: skip
        elif today is not None and _ended(parts, today):
            yield Diagnostic(
                "cadence/ended", "note", f"cadence `{name}` has ended", span, path,
                note=f"its last day is {_until(parts)}",
                help="give it a later `UNTIL`, or take it out",
            )  # fmt: skip


def _fault(parts: Mapping[str, str]) -> str:
    """A value that RFC 5545 does not know, in words; else nothing."""
    for key, value in parts.items():
        low, high = _LIMITS.get(key, (0, 0))
        for one in value.split(","):
            if key in _LIMITS and not _within(one, low, high):
                return f"`{key}={one}` is not a number from {low} to {high}" + (
                    " without 0" if low < 0 else ""
                )
            if key == "BYDAY" and not _ON.fullmatch(one):
                return f"`{one}` in `BYDAY` is no weekday such as `MO`, `1MO` or `-1FR`"
            if key == "WKST" and one not in _WEEKDAYS:
                return f"`{one}` in `WKST` is no weekday such as `MO`"
    if "UNTIL" in parts and _until(parts) is None:
        return f"`UNTIL={parts['UNTIL']}` is not a date such as `20301231`"
    return ""


def _within(text: str, low: int, high: int) -> bool:
    try:
        number = int(text)
    except ValueError:
        return False
    return low <= number <= high and (number != 0 or low == 0)


def _until(parts: Mapping[str, str]) -> date | None:
    try:
        return date.fromisoformat(parts["UNTIL"][:8])
    except ValueError:
        return None


def _ended(parts: Mapping[str, str], today: date) -> bool:
    until = _until(parts) if "UNTIL" in parts else None
    return until is not None and until < today


def _occurs(parts: Mapping[str, str]) -> bool:
    """Whether some day fits; with BYSETPOS, whether some period has so many."""
    fitting = (day for day in _DAYS if _fits(day, parts))
    if "BYSETPOS" not in parts:
        return next(fitting, None) is not None
    times = prod(
        len(parts[key].split(",")) for key in ("BYHOUR", "BYMINUTE", "BYSECOND") if key in parts
    )
    wanted = min(abs(int(one)) for one in parts["BYSETPOS"].split(","))
    period = _PERIODS.get(parts["FREQ"], date.toordinal)
    return any(sum(1 for _ in days) * times >= wanted for _, days in groupby(fitting, period))


def _fits(day: date, parts: Mapping[str, str]) -> bool:
    """Whether a day is one that the rule's parts leave."""
    month_end = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    year_end = date(day.year, 12, 31)
    nth, last = day.timetuple().tm_yday, year_end.timetuple().tm_yday
    week, weeks = day.isocalendar().week, date(day.year, 12, 28).isocalendar().week
    numbers = {
        "BYMONTH": {day.month},
        "BYMONTHDAY": {day.day, day.day - month_end.day - 1},
        "BYYEARDAY": {nth, nth - last - 1},
        "BYWEEKNO": {week, week - weeks - 1},
    }
    for key, own in numbers.items():
        if key in parts and own.isdisjoint(map(int, parts[key].split(","))):
            return False
    return "BYDAY" not in parts or any(
        _on(day, one, parts, month_end, year_end) for one in parts["BYDAY"].split(",")
    )


def _on(day: date, text: str, parts: Mapping[str, str], month_end: date, year_end: date) -> bool:
    """Whether a day is a weekday, or the nth of its month or year."""
    match = _ON.fullmatch(text)
    assert match is not None
    if _WEEKDAYS[day.weekday()] != match[2]:
        return False
    if match[1] is None:
        return True
    by_month = parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts
    place = day.day if by_month else day.timetuple().tm_yday
    end = month_end if by_month else year_end
    from_end = (end - day).days // 7 + 1
    return int(match[1]) in ((place - 1) // 7 + 1, -from_end)
