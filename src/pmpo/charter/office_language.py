"""The language of office.yaml, described once, in the words of `language.py`."""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pmpo.charter.building import edition_of
from pmpo.charter.forms import one_or_more
from pmpo.charter.language import GATE, ID, PEOPLE, PERSON, TEXT, record
from pmpo.charter.office_forms import (
    HOURS,
    HOURS_BY_DAY,
    TARGETS,
    WEEKDAY,
    calendar_of,
    fiscal_of,
    hours_in_order,
    notice_of,
)
from pmpo.charter.records import Built, ByKind, Field, MapOf
from pmpo.charter.scalars import Day, Length, Number, Whole, Zone
from pmpo.charter.shapes import Choice, ListOf, Name
from pmpo.model import calendars
from pmpo.model import office as model
from pmpo.model.decision import GATES

if TYPE_CHECKING:
    from pmpo.charter.records import Record

_ADDRESS: Final = Name(
    TARGETS["mail"][0],
    "an e-mail address",
    "it is a name, `@` and a domain, without spaces",
    "write for example `finance@example.org`",
)

_KEY: Final = Name(
    r"[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}",
    "a verifier key",
    "it is one line: a name, an id and the key itself, with `+` between them",
    "write the line that `pmpo key NAME` prints",
)

# One field, one entry, as in a form.
# fmt: off
_PERSON: Final = record(
    "person",
    "Somebody by name; charters name the id, or one of the roles.",
    model.Person,
    Field("name", TEXT, "The name as it is printed.", why="an id is not how people are addressed",
          example="First Last"),
    Field("roles", ListOf(TEXT), "The roles that the person has."),
    Field("key", _KEY, "The person's verifier key, as `pmpo key` prints it: the only one that "
          "signs for them."),
    Field("email", _ADDRESS, "Where the person gets mail.", idle="no mail is sent yet"),
)

_HOLIDAY: Final = record(
    "holiday",
    "A day unlike its weekday.",
    calendars.Holiday,
    Field("date", Day(), "The day.", why="a holiday is a day", example="2018-01-01"),
    Field("name", TEXT, "What it is called."),
    Field("hours", HOURS, "The hours in which people work on it all the same.", default="none"),
    finish=hours_in_order,
)

_FISCAL: Final = record(
    "fiscal year",
    "Fiscal years and how they are cut into periods.",
    calendars.Fiscal,
    Field("starts", one_or_more(Day(), "a date, or a list of dates"),
          "The first day of a fiscal year; with weeks, those of several years, because a year may "
          "have 53 of them.",
          why="it says which day begins a year", example="2018-04-01"),
    Field("pattern", Choice(("months", "4-4-5", "4-5-4", "5-4-4")),
          "Twelve months, or three periods a quarter of so many weeks."),
    finish=fiscal_of,
)

_CALENDAR: Final = record(
    "calendar",
    "When people work; `calendar` of a program, signal or cadence names it.",
    calendars.Calendar,
    Field("tz", Zone(), "The zone of its days and hours.", default="the office's"),
    Field("working_days", ListOf(WEEKDAY, at_least=1),
          "The weekdays on which people work.", why="weekends differ from country to country",
          example="[MO, TU, WE, TH, FR]"),
    Field("hours", HOURS_BY_DAY, "The hours of every working day, or of each.",
          default="the whole day"),
    Field("holidays", ListOf(ByKind("a date, or {date, name, hours}",
          scalar=Built(Day(), lambda day: calendars.Holiday(date=day)), mapping=_HOLIDAY)),
          "Days on which nobody works, or in hours of their own."),
    Field("fiscal", _FISCAL, "Fiscal years and periods."),
    named=True,
    finish=calendar_of,
)

_CAPACITY: Final = record(
    "capacity",
    "What several programs share.",
    model.Capacity,
    Field("unit", TEXT, "What is counted.", why="an amount is an amount of something",
          example="person days"),
    Field("per", Length(), "The period in which it is there again.",
          why="capacity comes back with time", example="1 week"),
    Field("amount", Number(Decimal(0)), "How much there is in each period.",
          why="a limit is a number", example="12.5"),
    named=True,
)

_NOTICE: Final = record(
    "notice",
    "Where notices go.",
    model.Notice,
    Field("to", PERSON, "The role or person that is told.", why="a notice is for somebody",
          example="finance"),
    Field("by", Choice(tuple(TARGETS)), "How it travels.", why="it says what `target` is",
          example="file"),
    Field("target", TEXT, "The file, mail address or web address.", why="a notice goes somewhere",
          example="notices/finance.md"),
    finish=notice_of,
)

OFFICE: Final[Record] = record(
    "office file",
    "What holds for every program of an office.",
    model.OfficeFile,
    Field("office", Whole(1, 10_000), "The edition of the semantics.",
          why="it says by which rules the file is read", example="1", attribute="edition"),
    Field("tz", Zone(), "The zone of calendars that name none; charters name their own."),
    Field("mode", Choice(("solo", "team")), "Whether one person decides alone: every decision says "
          "so.", default="`team` where several people are named"),
    Field("people", MapOf(PERSON, _PERSON), "People by the id that charters use."),
    Field("roles", MapOf(PERSON, TEXT), "Roles by the id that charters use, and what each is for."),
    Field("calendars", MapOf(ID, _CALENDAR), "When people work, for `WORKTIME`, and the fiscal "
          "periods of signals; a review is not held on their days off."),
    Field("capacities", MapOf(ID, _CAPACITY), "What several programs share.",
          idle="no selection is limited by them"),
    Field("gates", MapOf(Choice(tuple(GATES)), GATE), "What a decision or a waiver of any program "
          "has to pass; a charter's own gate is passed besides."),
    Field("keepers", PEOPLE, "Who may give the ledger another key (`pmpo rotate`).",
          default="whoever the office knows"),
    Field("notify", ListOf(_NOTICE), "Where notices go.", idle="no notice is sent"),
    begins="office: 1",
    salvage=MappingProxyType({"office": 1}),
    finish=edition_of("office"),
)
# fmt: on
