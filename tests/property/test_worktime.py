"""WORKTIME against a loop over minutes: on which of them does the calendar's clock show work?"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pmpo.compile.cuts import Moments
from pmpo.compile.plan import compile_plan
from pmpo.diagnostics import has_errors
from pmpo.model.calendars import WEEKDAYS, Calendar, Holiday, Hours
from tests.offices import charter, charter_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn

MINUTE = timedelta(minutes=1)
DAYS = 10
# Weeks in which clocks are changed in one of the zones, and one in which they are not.
STARTS = [datetime(2024, month, day) for month, day in ((3, 5), (3, 25), (4, 1), (10, 24), (7, 1))]
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe")
TEXT = charter_text(
    unit="unit: {name: case, source: cases, key: [id]}",
    sources="cases: {from: cases.parquet, mode: snapshot, tz: UTC}",
    signals="""
        worked: {formula: "SUM(WORKTIME(opened, closed, 'c')) / DURATION('1 minute')",
          source: cases, better: lower, value: {0: 100, 9: 0}, missing: {policy: exclude}}
        age: {formula: "WORKTIME(MIN(opened), AS_OF(), 'c') / DURATION('1 minute')",
          source: cases, missing: {policy: block}}
        late: {formula: "COUNT(*) FILTER (WHERE WORKTIME(opened, closed, 'c') > DURATION('1 day'))",
          source: cases, missing: {policy: block}}
    """,
    axes="all: {weight: 100, signals: {worked: 100}}",
)
CHARTER = charter(TEXT)


@st.composite
def hours(draw: DrawFn) -> tuple[Hours, ...]:
    """One or two spells of a day, apart from each other or meeting."""
    edges = draw(st.lists(st.integers(0, 48), min_size=2, max_size=4, unique=True).map(sorted))
    spells = zip(edges[::2], edges[1::2], strict=False)
    return tuple(Hours(timedelta(minutes=30 * a), timedelta(minutes=30 * b)) for a, b in spells)


@st.composite
def calendars(draw: DrawFn, start: datetime) -> Calendar:
    """A calendar with every kind of day, in one of the zones."""
    days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True))
    by_day = draw(st.sampled_from(["all day", "alike", "each"]))
    dates = st.integers(-3, DAYS + 3).map(lambda n: start.date() + timedelta(days=n))
    return Calendar(
        name="c",
        working_days=tuple(days),
        tz=draw(st.sampled_from(ZONES)),
        hours=draw(hours()) if by_day == "alike" else (),
        hours_by_day={day: draw(hours()) for day in days} if by_day == "each" else {},
        holidays=tuple(
            Holiday(date=day, hours=draw(st.one_of(st.just(()), hours())))
            for day in draw(st.lists(dates, max_size=5, unique=True))
        ),
    )


def works(calendar: Calendar, wall: datetime) -> bool:
    """Whether people work at a time on the calendar's own clock."""
    special: dict[date, Holiday] = {one.date: one for one in calendar.holidays}
    weekday = WEEKDAYS[wall.weekday()]
    if wall.date() in special:
        spells = special[wall.date()].hours
    elif weekday not in calendar.working_days:
        return False
    else:
        spells = calendar.hours_by_day.get(weekday, calendar.hours)
        if not spells:
            return True
    since = timedelta(hours=wall.hour, minutes=wall.minute)
    return any(spell.opens <= since < spell.closes for spell in spells)


def exists(wall: datetime, tz: ZoneInfo) -> bool:
    """Whether clocks of a zone ever show a time: where they are set forward, they skip some."""
    moment = wall.replace(tzinfo=tz).astimezone(UTC)
    return moment.astimezone(tz).replace(tzinfo=None) == wall


def minutes_worked(calendar: Calendar, start: datetime) -> tuple[list[datetime], list[int]]:
    """Every minute of UTC around the weeks, and how many of those before it were worked."""
    tz = ZoneInfo(calendar.tz)
    first = (start - timedelta(days=1)).replace(tzinfo=UTC)
    minutes = [first + n * MINUTE for n in range((DAYS + 3) * 24 * 60)]
    worked = [works(calendar, minute.astimezone(tz).replace(tzinfo=None)) for minute in minutes]
    return minutes, [0, *accumulate(map(int, worked))]


def measured(
    calendar: Calendar, tz: str, as_of: datetime, cases: Sequence[tuple[Any, Any]]
) -> list[tuple[Any, ...]]:
    """What the compiled statement says of each case."""
    source = replace(CHARTER.sources["cases"], tz=tz)
    own = replace(CHARTER, sources={"cases": source}, calendars={"c": calendar})
    schema = {"cases": {"id": "text", "opened": "timestamp", "closed": "timestamp"}}
    plan = compile_plan(own, schema, Moments.at(as_of))
    assert not has_errors(plan.findings), plan.findings
    table = pa.table(
        {
            "id": [f"{n:03}" for n in range(len(cases))],
            "opened": pa.array([opened for opened, _ in cases], pa.timestamp("us")),
            "closed": pa.array([closed for _, closed in cases], pa.timestamp("us")),
        }
    )
    with duckdb.connect() as engine:
        engine.register("cases", table)
        return engine.execute(plan.sql()).fetchall()


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_working_time_is_the_minutes_on_which_people_work(data: st.DataObject) -> None:
    """Each case has as many as a walk over all minutes counts, whatever clock it was written on."""
    start = data.draw(st.sampled_from(STARTS))
    calendar = data.draw(calendars(start))
    tz = data.draw(st.sampled_from(ZONES))
    walls = (
        st.integers(0, DAYS * 24 * 60)
        .map(lambda n: start + n * MINUTE)
        .filter(lambda wall: exists(wall, ZoneInfo(tz)))
    )
    pairs = data.draw(st.lists(st.tuples(walls, walls), min_size=1, max_size=20))
    as_of = data.draw(walls).replace(tzinfo=UTC)
    minutes, worked = minutes_worked(calendar, start)
    event(f"source {(tz == calendar.tz and 'on the same clock') or 'on another clock'}")

    def until(moment: datetime) -> int:
        return worked[bisect_right(minutes, moment) - 1]

    for row, (opened, closed) in zip(measured(calendar, tz, as_of, pairs), pairs, strict=True):
        a, b = (wall.replace(tzinfo=ZoneInfo(tz)).astimezone(UTC) for wall in (opened, closed))
        took = until(b) - until(a)
        late = 1.0 if took > 24 * 60 else 0.0
        assert row[1:] == (float(took), float(until(as_of) - until(a)), late), (opened, closed)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_time_that_is_all_worked_is_time_that_passed(data: st.DataObject) -> None:
    """By a calendar without rest, on a source in UTC, it is the difference to the microsecond."""
    calendar = Calendar(name="c", working_days=WEEKDAYS, tz=data.draw(st.sampled_from(ZONES)))
    micros = st.integers(0, DAYS * 24 * 3600 * 10**6).map(lambda n: timedelta(microseconds=n))
    opened, closed = (STARTS[1] + data.draw(micros) for _ in range(2))
    as_of = datetime(2024, 6, 1, tzinfo=UTC)
    ((_, worked, _, _),) = measured(calendar, "UTC", as_of, [(opened, closed)])
    passed = (closed - opened) // timedelta(microseconds=1) / 60e6
    assert worked == int(passed * 10**6 + 0.5) / 10**6 or abs(worked - passed) <= 0.5e-6


def test_what_is_missing_or_far_away_is_missing() -> None:
    """No time, a time more than 20 years before and a sentinel have no working time."""
    calendar = Calendar(name="c", working_days=("MO", "TU"), tz="UTC")
    monday, day = datetime(2024, 3, 4), timedelta(days=1)
    cases = [
        (monday, monday + 9 * day),
        (monday, None),
        (None, monday),
        (datetime(2003, 12, 31, 23, 59), monday),
        (monday, datetime(9999, 12, 31)),
        (monday + day, monday),
    ]
    rows = measured(calendar, "UTC", datetime(2024, 3, 18, tzinfo=UTC), cases)
    assert [row[1] for row in rows] == [4 * 1440.0, None, None, None, None, -1440.0]
