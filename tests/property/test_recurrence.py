"""Calendar rules against an oracle that looks at every day, and asks clocks what they show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import groupby, islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.model.calendars import Calendar, Holiday, Hours
from pmpo.model.charter import Cadence
from pmpo.model.recurrence import next_occurrence, occurrences, parts_of

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
YEARS = 4
EXAMPLES = int(os.environ.get("PMPO_RULES", "60"))


# The oracle ---------------------------------------------------------------------------------


def by_clock(zone: str, wall: datetime) -> datetime:
    """The first moment at which clocks show a wall time; one they skip counts on from before."""
    tz = ZoneInfo(zone)
    noon = datetime.combine(wall.date(), time(12), UTC)
    around = [(noon + timedelta(hours=n)).astimezone(tz).utcoffset() for n in range(-40, 41)]
    offsets = [one for one in around if one is not None]
    moments = [(wall - one).replace(tzinfo=UTC) for one in offsets]
    shown = [one for one in moments if one.astimezone(tz).replace(tzinfo=None) == wall]
    return min(shown, default=moments[0])


def fits(day: date, parts: dict[str, str], first: date) -> bool:
    """Whether a day is one of a rule's, by the words of the standard, one part after the other."""
    frequency, step = parts["FREQ"], int(parts.get("INTERVAL", "1"))
    week = DAYS.index(parts.get("WKST", "MO"))
    begin = {one: one - timedelta(days=(one.weekday() - week) % 7) for one in (day, first)}
    apart = {
        "YEARLY": day.year - first.year,
        "MONTHLY": (day.year - first.year) * 12 + day.month - first.month,
        "WEEKLY": (begin[day] - begin[first]).days // 7,
        "DAILY": (day - first).days,
    }[frequency]
    if apart % step:
        return False
    if not parts.keys() & {"BYDAY", "BYMONTHDAY"}:
        if frequency == "YEARLY" and day.month not in listed(parts, "BYMONTH", [first.month]):
            return False
        if frequency in ("YEARLY", "MONTHLY") and day.day != first.day:
            return False
        if frequency == "WEEKLY" and day.weekday() != first.weekday():
            return False
    after = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    last = (after - timedelta(days=1)).day
    if day.month not in listed(parts, "BYMONTH", [day.month]):
        return False
    if not {day.day, day.day - last - 1} & set(listed(parts, "BYMONTHDAY", [day.day])):
        return False
    return "BYDAY" not in parts or any(
        is_nth(day, one, frequency == "MONTHLY" or "BYMONTH" in parts)
        for one in parts["BYDAY"].split(",")
    )


def listed(parts: dict[str, str], key: str, otherwise: list[int]) -> list[int]:
    """The numbers of a part."""
    return [int(one) for one in parts[key].split(",")] if key in parts else otherwise


@cache
def is_nth(day: date, text: str, in_month: bool) -> bool:
    """Whether a day is such a weekday, counted by walking through its month or year."""
    if DAYS[day.weekday()] != text[-2:]:
        return False
    if text[:-2] == "":
        return True
    same = [
        one
        for one in (date(day.year, 1, 1) + timedelta(days=n) for n in range(366))
        if one.year == day.year and one.weekday() == day.weekday()
        if not in_month or one.month == day.month
    ]
    number = int(text[:-2])
    return abs(number) <= len(same) and same[number - 1 if number > 0 else number] == day


def period_of(day: date, parts: dict[str, str]) -> object:
    """The period that `BYSETPOS` counts in."""
    week = DAYS.index(parts.get("WKST", "MO"))
    return {
        "YEARLY": day.year,
        "MONTHLY": (day.year, day.month),
        "WEEKLY": day - timedelta(days=(day.weekday() - week) % 7),
        "DAILY": day,
    }[parts["FREQ"]]


def walls(parts: dict[str, str], first: date) -> Iterator[datetime]:
    """Every wall time of a rule within some years."""
    times = [
        time(hour, minute)
        for hour in sorted(listed(parts, "BYHOUR", [0]))
        for minute in sorted(listed(parts, "BYMINUTE", [0]))
    ]
    whole = first - timedelta(days=first.timetuple().tm_yday - 1)  # periods begin before it
    days = (whole + timedelta(days=n - 7) for n in range(366 * YEARS + 14))
    fitting: Iterator[datetime] = (
        datetime.combine(d, t) for d in days if fits(d, parts, first) for t in times
    )
    if "BYSETPOS" in parts:
        places = listed(parts, "BYSETPOS", [])
        chosen = []
        for _, group in groupby(fitting, key=lambda wall: period_of(wall.date(), parts)):
            all_of = list(group)
            chosen += [
                wall
                for n, wall in enumerate(all_of)
                if n + 1 in places or n - len(all_of) in places
            ]
        fitting = iter(chosen)
    begun = (wall for wall in fitting if wall.date() >= first)
    yield from islice(begun, int(parts["COUNT"])) if "COUNT" in parts else begun


def oracle(cadence: Cadence, calendar: Calendar | None) -> list[datetime]:
    """All moments within some years, in their order."""
    assert cadence.starts is not None
    parts = parts_of(cadence.rule)
    found = set()
    for wall in walls(parts, cadence.starts):
        until = parts.get("UNTIL", "")
        if len(until) == 8 and f"{wall:%Y%m%d}" > until:
            break
        if len(until) > 8 and f"{by_clock(cadence.tz, wall):%Y%m%dT%H%M%SZ}" > until:
            break
        moved = wall
        while calendar is not None and is_off(moved.date(), calendar):
            moved += timedelta(days=1)
        found.add(by_clock(cadence.tz, moved))
    return sorted(found)


def is_off(day: date, calendar: Calendar) -> bool:
    """Whether nobody works on a day."""
    for holiday in calendar.holidays:
        if holiday.date == day:
            return not holiday.hours
    return DAYS[day.weekday()] not in calendar.working_days


# Rules at random ----------------------------------------------------------------------------


def some(values: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[str]:
    """A list as a rule writes it."""
    return st.lists(values, min_size=1, max_size=most, unique=True).map(
        lambda found: ",".join(map(str, found))
    )


@st.composite
def rules(draw: st.DrawFn) -> str:
    """A rule with a few parts that go together."""
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]))
    parts = {"FREQ": frequency}
    plain = st.sampled_from(DAYS)
    nth = st.tuples(st.sampled_from([-2, -1, 1, 2, 5]), plain).map(
        lambda pair: f"{pair[0]}{pair[1]}"
    )
    counted = frequency in ("MONTHLY", "YEARLY")
    choices: dict[str, st.SearchStrategy[str]] = {
        "INTERVAL": st.sampled_from(["2", "3"]),
        "WKST": st.sampled_from(["SU", "WE"]),
        "BYMONTH": some(st.integers(1, 12)),
        "BYMONTHDAY": some(st.integers(-31, 31).filter(bool)),
        "BYDAY": some(plain | nth if counted else plain),
    }
    for key in draw(st.sets(st.sampled_from(sorted(choices)), max_size=3)):
        parts[key] = draw(choices[key])
    if draw(st.booleans()):
        parts["BYHOUR"] = draw(some(st.sampled_from([1, 2, 3, 9])))
        parts["BYMINUTE"] = draw(some(st.sampled_from([0, 30, 45])))
    if draw(st.booleans()) and parts.keys() & {"BYDAY", "BYMONTHDAY", "BYHOUR"}:
        parts["BYSETPOS"] = draw(some(st.sampled_from([-2, -1, 1, 2, 3])))
    end = draw(st.sampled_from(["", "", "COUNT", "UNTIL", "UNTILZ"]))
    if end == "COUNT":
        parts["COUNT"] = draw(st.integers(1, 9).map(str))
    if end.startswith("UNTIL"):
        day = date(2024, 1, 1) + timedelta(days=draw(st.integers(0, 900)))
        parts["UNTIL"] = f"{day:%Y%m%d}" + ("T073000Z" if end == "UNTILZ" else "")
    return ";".join(f"{key}={value}" for key, value in parts.items())


CALENDARS = st.builds(
    lambda days, off: Calendar(
        name="office",
        working_days=tuple(sorted(days, key=DAYS.index)),
        holidays=tuple(
            Holiday(
                date=date(2024, 1, 1) + timedelta(days=n),
                hours=(Hours(timedelta(hours=9), timedelta(hours=12)),) if n % 5 == 0 else (),
            )
            for n in off
        ),
    ),
    st.sets(st.sampled_from(DAYS), min_size=1),
    st.sets(st.integers(0, 400), max_size=12),
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    rules(),
    st.sampled_from(ZONES),
    st.integers(0, 400),
    st.integers(-20, 700),
    st.none() | CALENDARS,
)
def test_the_next_reviews_are_those_of_a_scan(
    rule: str, zone: str, start: int, ago: int, calendar: Calendar | None
) -> None:
    """Zones, days off, `INTERVAL`, `COUNT`, `UNTIL`, `BYDAY` and `BYSETPOS` as every day tells."""
    first = date(2024, 1, 1) + timedelta(days=start)
    cadence = Cadence(name="review", rule=rule, starts=first, tz=zone)
    after = datetime.combine(first, time(4, 30), UTC) + timedelta(days=ago)
    horizon = datetime(first.year + YEARS - 1, 1, 1, tzinfo=UTC)
    found: list[datetime] = []
    for one in occurrences(cadence, after, calendar):
        if one >= horizon or len(found) == 12:
            break
        found.append(one.astimezone(UTC))
    wanted = [one for one in oracle(cadence, calendar) if after < one < horizon]
    assert found == wanted[:12]


@settings(max_examples=40, deadline=None)
@given(
    rules().filter(lambda rule: "COUNT" not in rule and "INTERVAL" not in rule), st.integers(0, 900)
)
def test_where_counting_begins_does_not_matter_long_after(rule: str, ago: int) -> None:
    """Without counts, a rule gives the same moments from whichever day it is counted."""
    if not {"BYDAY", "BYMONTHDAY"} & parts_of(rule).keys():
        return
    after = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=ago)
    one, other = (
        Cadence(name="review", rule=rule, starts=starts) for starts in (None, date(2018, 1, 1))
    )
    assert [*islice(occurrences(one, after), 3)] == [*islice(occurrences(other, after), 3)]


@pytest.mark.parametrize(
    ("zone", "rule", "after", "wanted"),
    [
        # New York puts clocks forward on 10 March 2024 at 2:00, and back on 3 November at 2:00
        ("America/New_York", "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2024-03-10T00:00-05:00",
         ["2024-03-10T03:30:00-04:00", "2024-03-11T02:30:00-04:00"]),
        ("America/New_York", "FREQ=DAILY;BYHOUR=1;BYMINUTE=30", "2024-11-03T00:00-04:00",
         ["2024-11-03T01:30:00-04:00", "2024-11-04T01:30:00-05:00"]),
        # what a gap puts off stands among what comes after it, and two that meet are one
        ("America/New_York", "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=20,50;BYSETPOS=2,3",
         "2024-03-10T00:00-05:00", ["2024-03-10T03:20:00-04:00", "2024-03-10T03:50:00-04:00"]),
        ("America/New_York", "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30", "2024-03-10T00:00-05:00",
         ["2024-03-10T03:30:00-04:00", "2024-03-11T02:30:00-04:00"]),
        # Samoa had no 30 December 2011
        ("Pacific/Apia", "FREQ=WEEKLY;BYDAY=FR;BYHOUR=9", "2011-12-28T00:00-10:00",
         ["2011-12-31T09:00:00+14:00", "2012-01-06T09:00:00+14:00"]),
    ],
)  # fmt: skip
def test_times_that_clocks_skip_or_repeat(
    zone: str, rule: str, after: str, wanted: list[str]
) -> None:
    """A 02:30 that does not exist is held an hour later; of two the first is meant."""
    cadence = Cadence(name="review", rule=rule, tz=zone)
    found = islice(occurrences(cadence, datetime.fromisoformat(after)), 2)
    assert [one.isoformat() for one in found] == wanted


def test_rules_of_seconds_do_not_take_for_ever() -> None:
    """Where a fine rule stands now is not counted up from 1970."""
    cadence = Cadence(name="watch", rule="FREQ=SECONDLY;INTERVAL=7")
    after = datetime(2026, 3, 7, tzinfo=UTC)
    [one] = islice(occurrences(cadence, after), 1)
    assert ((one - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() % 7, one > after) == (0, True)
    assert next_occurrence(cadence, one) == one + timedelta(seconds=7)
