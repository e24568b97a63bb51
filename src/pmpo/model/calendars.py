"""When people work, and into which periods their years are cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final, Literal

from pmpo.model.meta import NO_META, Meta

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FiscalPattern = Literal["months", "4-4-5", "4-5-4", "5-4-4"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """A time of day at which work is done; both ends count from midnight on the wall clock."""

    opens: timedelta
    closes: timedelta


WHOLE_DAY: Final = (Hours(timedelta(0), timedelta(days=1)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day unlike its weekday: nobody works on it, or only in `hours` of its own."""

    date: date
    name: str = ""
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiscal:
    """Fiscal years and their twelve periods.

    `starts` are first days of fiscal years. With `months` there is one, and every year begins on
    that day and month. The other patterns count weeks in each quarter: a year has 52 of them, and
    53 where the next first day that is listed is that far away.
    """

    starts: tuple[date, ...]
    pattern: FiscalPattern = "months"


def _no_days() -> Mapping[Weekday, tuple[Hours, ...]]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When people work; `tz` is else the office's.

    `hours` are those of every working day, `hours_by_day` those of each; with neither a working
    day is all of it.
    """

    name: str
    working_days: tuple[Weekday, ...]
    tz: str = ""
    hours: tuple[Hours, ...] = ()
    hours_by_day: Mapping[Weekday, tuple[Hours, ...]] = field(default_factory=_no_days)
    holidays: tuple[Holiday, ...] = ()
    fiscal: Fiscal | None = None
    meta: Meta = NO_META

    def usual(self, weekday: Weekday) -> tuple[Hours, ...]:
        """The hours of a weekday; none when nobody works on it."""
        if weekday not in self.working_days:
            return ()
        return self.hours_by_day.get(weekday) or self.hours or WHOLE_DAY

    def as_json(self) -> dict[str, Any]:
        """What of it can change a number, for hashing and for keeping beside an evaluation."""
        fiscal = self.fiscal
        return {
            "tz": self.tz,
            "working_days": sorted(self.working_days),
            "hours": {day: _seconds(hours) for day, hours in self.hours_by_day.items()}
            or _seconds(self.hours),
            "holidays": [
                [one.date.isoformat(), *_seconds(one.hours)] if one.hours else one.date.isoformat()
                for one in sorted(self.holidays, key=lambda one: one.date)
            ],
            "fiscal": {"pattern": fiscal.pattern, "starts": [d.isoformat() for d in fiscal.starts]}
            if fiscal is not None
            else None,
        }

    @classmethod
    def from_json(cls, name: str, told: Mapping[str, Any]) -> Calendar:
        """The calendar that `as_json` described; names and words are not among what it keeps."""
        fiscal, hours = told["fiscal"], told["hours"]
        by_day = hours if isinstance(hours, Mapping) else {}
        return cls(
            name=name,
            tz=told["tz"],
            working_days=tuple(told["working_days"]),
            hours=() if by_day else _hours(hours),
            hours_by_day={day: _hours(one) for day, one in by_day.items()},
            holidays=tuple(map(_holiday, told["holidays"])),
            fiscal=Fiscal(
                starts=tuple(map(date.fromisoformat, fiscal["starts"])), pattern=fiscal["pattern"]
            )
            if fiscal is not None
            else None,
        )


def _seconds(hours: Iterable[Hours]) -> list[list[int]]:
    return [[one.opens // _SECOND, one.closes // _SECOND] for one in hours]


def _hours(told: Iterable[Sequence[int]]) -> tuple[Hours, ...]:
    return tuple(Hours(opens * _SECOND, closes * _SECOND) for opens, closes in told)


def _holiday(told: str | list[Any]) -> Holiday:
    if isinstance(told, str):
        return Holiday(date=date.fromisoformat(told))
    day, *hours = told
    return Holiday(date=date.fromisoformat(day), hours=_hours(hours))
