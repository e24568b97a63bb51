"""The office as frozen values: what holds for all of its programs.

Every class mirrors one block of `office.yaml`; field names are the file's field names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal

from pmpo.model.charter import Gate, Meta, Places
from pmpo.model.time import Duration

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FiscalPattern = Literal["months", "4-4-5", "4-5-4", "5-4-4"]
Way = Literal["file", "mail", "webhook"]
NO_META: Final = Meta()


def _no_items() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody by name. Charters use the person's id in `people`, or one of the roles."""

    name: str
    roles: tuple[str, ...] = ()
    email: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What several programs share: an amount of something in each period."""

    name: str
    unit: str
    per: Duration
    amount: Decimal
    meta: Meta = NO_META


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Where notices for a person or role go."""

    to: str
    by: Way
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeFile:
    """What `office.yaml` says; `Office` in `pmpo.office` is the folder around it."""

    edition: int
    tz: str = "UTC"
    people: Mapping[str, Person] = field(default_factory=_no_items)
    roles: Mapping[str, str] = field(default_factory=_no_items)
    calendars: Mapping[str, Calendar] = field(default_factory=_no_items)
    capacities: Mapping[str, Capacity] = field(default_factory=_no_items)
    gates: Mapping[str, Gate] = field(default_factory=_no_items)
    notify: tuple[Notice, ...] = ()
    meta: Meta = NO_META
    places: Places = field(default=Places(), compare=False, repr=False)

    @property
    def known(self) -> tuple[str, ...]:
        """Everyone a charter may name: roles first, then people."""
        return (*self.roles, *self.people)
