"""The office as frozen values: what holds for all of its programs.

Every class mirrors one block of `office.yaml`; field names are the file's field names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from pmpo.model.calendars import Calendar
from pmpo.model.charter import Gate, Places
from pmpo.model.meta import NO_META, Meta
from pmpo.model.time import Duration

Way = Literal["file", "mail", "webhook"]


def _no_items() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody by name. Charters use the person's id in `people`, or one of the roles."""

    name: str
    roles: tuple[str, ...] = ()
    email: str = ""
    key: str = ""


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
    mode: Literal["solo", "team"] | None = None
    people: Mapping[str, Person] = field(default_factory=_no_items)
    roles: Mapping[str, str] = field(default_factory=_no_items)
    calendars: Mapping[str, Calendar] = field(default_factory=_no_items)
    capacities: Mapping[str, Capacity] = field(default_factory=_no_items)
    gates: Mapping[str, Gate] = field(default_factory=_no_items)
    keepers: tuple[str, ...] = ()
    notify: tuple[Notice, ...] = ()
    meta: Meta = NO_META
    places: Places = field(default=Places(), compare=False, repr=False)

    def clocked(self) -> Mapping[str, Calendar]:
        """Its calendars, each with the zone of its clock."""
        return {
            name: replace(calendar, tz=calendar.tz or self.tz)
            for name, calendar in self.calendars.items()
        }

    @property
    def works_as(self) -> Literal["solo", "team"]:
        """How it decides: as `mode` says, else `team` where several people, or else roles, act."""
        if self.mode is not None:
            return self.mode
        return "team" if len(self.actors) > 1 else "solo"

    @property
    def known(self) -> tuple[str, ...]:
        """Everyone a charter may name: roles first, then people."""
        return (*self.roles, *self.people)

    @property
    def actors(self) -> tuple[str, ...]:
        """Who may act: the people, or the roles where it names no people.

        Beside people a role is no actor of its own: else one person could sign as two.
        """
        return tuple(self.people or self.roles)

    def holding(self, role: str) -> tuple[str, ...]:
        """The people who have a role."""
        return tuple(id for id, person in self.people.items() if role in person.roles)
