"""Shapes that only office.yaml has, and rules that span several of its fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pmpo.charter.building import place_of
from pmpo.charter.forms import filling, one_or_more
from pmpo.charter.records import Built, ByKind, MapOf
from pmpo.charter.shapes import BAD, At, Choice, ListOf, Shape, Text, bad_value
from pmpo.charter.yaml import Sequence
from pmpo.model.calendars import WEEKDAYS, Hours

if TYPE_CHECKING:
    from datetime import date

    from pmpo.charter.findings import Findings

_HOURS: Final = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_MIDNIGHT: Final = timedelta(days=1)
_YEAR_WEEKS: Final = (timedelta(weeks=52), timedelta(weeks=53))
_DAY_IN_EVERY_MONTH: Final = 28
TARGETS: Final = MappingProxyType(
    {
        "file": (r"\S.*", "a file", "notices/finance.md"),
        "mail": (r"[^@\s]+@[^@\s]+", "an e-mail address", "finance@example.org"),
        "webhook": (r"https?://[^\s/]+\S*", "an address on the web", "https://example.org/hook"),
    }
)


@dataclass(frozen=True)
class OpeningHours(Shape):
    """A time of day from one clock time to another."""

    wants: str = "hours such as 09:00-17:30"

    def read(self, at: At, to: Findings) -> Any:
        text = Text(self.wants).read(at, to)
        if text is BAD:
            return BAD
        found = _HOURS.fullmatch(text)
        opens, closes = _times(found) if found is not None else (_MIDNIGHT, _MIDNIGHT)
        if opens < closes <= _MIDNIGHT:
            return Hours(opens, closes)
        return bad_value(
            "office/bad-calendar",
            at,
            to,
            f"`{text[:40]}` are no hours of one day",
            note="hours lie between 00:00 and 24:00 and end after they begin",
            help="write for example `09:00-17:30`; a night is [00:00-06:00, 22:00-24:00]",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_HOURS.pattern}$"}


def _times(found: re.Match[str]) -> tuple[timedelta, timedelta]:
    first, last = (
        timedelta(hours=int(found[hour]), minutes=int(found[hour + 1])) for hour in (1, 3)
    )
    return first, last


WEEKDAY: Final = Choice(WEEKDAYS)
HOURS: Final = one_or_more(OpeningHours(), "hours such as 09:00-17:30, or a list of them")
HOURS_BY_DAY: Final = ByKind(
    "hours such as 09:00-17:30, a list of them, or a mapping of weekdays to hours",
    scalar=Built(OpeningHours(), lambda one: (one,)),
    sequence=ListOf(OpeningHours(), 1),
    mapping=MapOf(
        WEEKDAY,
        HOURS,
        at_least=1,
        collect=lambda days: filling(hours_by_day=MappingProxyType(dict(days))),
    ),
)


def hours_in_order(values: dict[str, Any], at: At, to: Findings) -> dict[str, Any]:
    """Refuse hours that overlap, of every day or of one."""
    by_day = values.get("hours_by_day", {})
    for hours in (values.get("hours", ()), *by_day.values()):
        if any(one.closes > following.opens for one, following in pairwise(hours)):
            bad_value(
                "office/bad-calendar",
                place_of(at, "hours"),
                to,
                f"the hours of `{at.name}` overlap, or do not stand in order",
                note="time that is counted twice would make every deadline too early",
                help="write them in order, each beginning after the one before has ended",
            )
    return values


def _hours_of_working_days(values: dict[str, Any], at: At, to: Findings) -> None:
    """Refuse hours by weekday that leave out a working day, or name another one."""
    by_day, days = values.get("hours_by_day"), values.get("working_days")
    if by_day is None or days is None:
        return
    spot = place_of(at, "hours")
    for day in days:
        if day not in by_day:
            fact = f"the hours of `{at.name}` do not say when {day} is worked"
            note = "a mapping of hours names each of `working_days`"
            help = f"add `{day}: 09:00-17:30`"
            bad_value("office/bad-calendar", spot, to, fact, note=note, help=help)
    for day in by_day:
        if day not in days:
            fact = f"the hours of `{at.name}` name {day}, which is no working day"
            help = f"add {day} to `working_days`, or delete its hours"
            bad_value("office/bad-calendar", spot, to, fact, help=help)


def calendar_of(values: dict[str, Any], at: At, to: Findings) -> Any:
    """Refuse hours that overlap or miss a day, and holidays that are listed twice."""
    hours_in_order(values, at, to)
    _hours_of_working_days(values, at, to)
    seen: set[date] = set()
    spot = place_of(at, "holidays")
    for index, holiday in enumerate(values.get("holidays", ())):
        if holiday.date in seen:
            assert isinstance(spot.node, Sequence), "holidays were read from a list"
            item = spot.item(index, spot.node.items[index])
            fact = f"`{holiday.date}` stands in this list twice"
            bad_value("charter/repeated", item, to, fact, help="delete one of the two")
        seen.add(holiday.date)
    return values


def fiscal_of(values: dict[str, Any], at: At, to: Findings) -> Any:
    """Refuse first days from which the other years do not follow."""
    starts = values.get("starts", ())
    fault = _fiscal_fault(starts, values.get("pattern", "months"))
    if fault:
        fact, help = fault
        bad_value("office/bad-calendar", place_of(at, "starts"), to, fact, help=help)
    return values


def _fiscal_fault(starts: tuple[date, ...], pattern: str) -> tuple[str, str] | None:
    if pattern != "months":
        if all(after - before in _YEAR_WEEKS for before, after in pairwise(starts)):
            return None
        return (
            "the fiscal years that are listed do not have 52 or 53 weeks each",
            "list the first days of years that follow each other, the earliest first",
        )
    if len(starts) > 1:
        return (
            "with `pattern: months` every fiscal year begins on the same day and month",
            "write one date, or name the weeks: `pattern: 4-4-5`",
        )
    if any(day.day > _DAY_IN_EVERY_MONTH for day in starts):
        return "not every month has the day on which the year starts", "write a day up to the 28th"
    return None


def notice_of(values: dict[str, Any], at: At, to: Findings) -> Any:
    """Refuse a target that no notice of this kind could reach."""
    way, target = values.get("by"), values.get("target")
    if way is None or target is None:
        return values
    pattern, wanted, example = TARGETS[way]
    if not re.fullmatch(pattern, target):
        fact = f"`{target[:80]}` is not {wanted}"
        spot = place_of(at, "target")
        bad_value("office/bad-target", spot, to, fact, help=f"write for example `{example}`")
    return values
