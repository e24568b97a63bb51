"""When people work, and into which periods their years are cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from pmpo.model.meta import NO_META, Meta

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FiscalPattern = Literal["months", "4-4-5", "4-5-4", "5-4-4"]
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """A time of day at which work is done; both ends count from midnight on the wall clock."""

    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day on which nobody works although its weekday is a working day."""

    date: date
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiscal:
    """Fiscal years and their twelve periods.

    `starts` are first days of fiscal years. With `months` there is one, and every year begins on
    that day and month. The other patterns count weeks in each quarter: a year has 52 of them, and
    53 where the next first day that is listed is that far away.
    """

    starts: tuple[date, ...]
    pattern: FiscalPattern = "months"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When people work. Without `hours` a working day is all of it; `tz` is else the office's."""

    name: str
    working_days: tuple[Weekday, ...]
    tz: str = ""
    hours: tuple[Hours, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    fiscal: Fiscal | None = None
    meta: Meta = NO_META

    def as_json(self) -> dict[str, Any]:
        """What of it can change a number, for hashing and for keeping beside an evaluation."""
        fiscal = self.fiscal
        return {
            "tz": self.tz,
            "working_days": sorted(self.working_days),
            "hours": [[hours.opens // _SECOND, hours.closes // _SECOND] for hours in self.hours],
            "holidays": sorted(holiday.date.isoformat() for holiday in self.holidays),
            "fiscal": {"pattern": fiscal.pattern, "starts": [d.isoformat() for d in fiscal.starts]}
            if fiscal is not None
            else None,
        }
