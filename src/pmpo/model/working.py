"""Working time over a calendar, in closed form: whole weeks, part of a week, days unlike others.

Everything counts whole microseconds from a Monday on the wall clock of the calendar's zone. What
`until` adds up to is meaningless alone; the working time between two moments is a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Final

from pmpo.model.calendars import WEEKDAYS, Calendar, Holiday, Hours
from pmpo.model.time import MICROSECOND, to_wall, zone

ORIGIN: Final = datetime(1900, 1, 1)
"""A Monday before all data."""
DAY: Final = timedelta(days=1) // MICROSECOND
WEEK: Final = 7 * DAY
_YEARS_BEFORE: Final = 20
_YEARS_AFTER: Final = 5
_MARGIN: Final = timedelta(days=3)
Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A calendar as arithmetic, in microseconds on its own wall clock.

    Args:
        week: when an ordinary week is worked, from its Monday; apart from each other, in order.
        lost: when it is not worked although an ordinary week would be, from the origin, in order.
        gained: when it is worked although an ordinary week would not be.
    """

    week: tuple[Interval, ...]
    lost: tuple[Interval, ...]
    gained: tuple[Interval, ...]

    @property
    def per_week(self) -> int:
        """Working microseconds of an ordinary week."""
        return sum(end - start for start, end in self.week)

    def usual(self, at: int) -> int:
        """What ordinary weeks give from the origin to a position on the wall clock."""
        weeks, rest = divmod(at, WEEK)
        begun = sum(min(max(rest - start, 0), end - start) for start, end in self.week)
        return weeks * self.per_week + begun


@dataclass(frozen=True, slots=True)
class Segment:
    """From a time on a source's clock on: how far the calendar's clock is ahead of it.

    `correction` makes up for hours that the calendar's clock has skipped or shown twice so far, so
    that working time is time that passed. Both in microseconds.
    """

    begins: datetime
    ahead: int
    correction: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A rest unlike ordinary weeks.

    `taken` is what it and all before it have taken once it is over, `floor` the working time that
    stands still in it.
    """

    begins: datetime
    taken: int
    floor: int


@dataclass(frozen=True, slots=True)
class Gained:
    """Work unlike ordinary weeks: what all such work has given when it begins, and when it ends."""

    begins: datetime
    ends: datetime
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Working:
    """How much was worked until each moment on one source's clock.

    That is `max(usual - taken, floor) + gained`: within a rest the first falls behind the second.

    Args:
        begins, ends: the half-open time on that clock in which moments have an answer.
        segments: in order; the first one begins with `begins`.
    """

    pattern: Pattern
    begins: datetime
    ends: datetime
    segments: tuple[Segment, ...]
    lost: tuple[Lost, ...]
    gained: tuple[Gained, ...]

    def until(self, wall: datetime) -> int | None:
        """Working microseconds from the origin; None outside the years that are looked at."""
        if not self.begins <= wall < self.ends:
            return None
        segment = [one for one in self.segments if one.begins <= wall][-1]
        usual = self.pattern.usual(position(wall) + segment.ahead) + segment.correction
        lost = [one for one in self.lost if one.begins <= wall]
        worked = max(usual - lost[-1].taken, lost[-1].floor) if lost else usual
        gained = [one for one in self.gained if one.begins <= wall]
        if not gained:
            return worked
        last = gained[-1]
        within = last.before + (wall - last.begins) // MICROSECOND
        return worked + (within if wall < last.ends else last.after)


def working(calendar: Calendar, clock: str, as_of: datetime) -> Working:
    """Working time by `calendar` for times on the clock of a zone.

    Moments from 20 years before the year of `as_of` to 5 years after it have an answer: zones and
    holidays far from it are not known, and sentinels such as 9999-12-31 are no times.
    """
    first = datetime(max(as_of.year - _YEARS_BEFORE, ORIGIN.year + 1), 1, 1)
    last = datetime(min(max(as_of.year + _YEARS_AFTER, first.year) + 1, 9998), 1, 1)
    pattern = pattern_of(calendar)
    clocks = _Clocks(pattern, clock, calendar.tz, first, last)
    return Working(
        pattern,
        first,
        last,
        tuple(clocks.segments()),
        tuple(clocks.lost()),
        tuple(clocks.gained()),
    )


def pattern_of(calendar: Calendar) -> Pattern:
    """The arithmetic of a calendar."""
    week = [
        (index * DAY + start, index * DAY + end)
        for index, weekday in enumerate(WEEKDAYS)
        for start, end in _spans(calendar.usual(weekday))
    ]
    holidays = sorted(calendar.holidays, key=lambda one: one.date)
    lost = [span for one in holidays for span in _unlike(calendar, one, now=False)]
    gained = [span for one in holidays for span in _unlike(calendar, one, now=True)]
    return Pattern(*(tuple(_joined(spans)) for spans in (week, lost, gained)))


def _spans(hours: Iterable[Hours]) -> list[Interval]:
    return [(one.opens // MICROSECOND, one.closes // MICROSECOND) for one in hours]


def _unlike(calendar: Calendar, holiday: Holiday, *, now: bool) -> Iterator[Interval]:
    """When a day is worked and its weekday is not, or (not `now`) the other way round."""
    midnight = position(datetime.combine(holiday.date, time()))
    usual = _spans(calendar.usual(WEEKDAYS[holiday.date.weekday()]))
    own = _spans(holiday.hours)
    wanted, other = (own, usual) if now else (usual, own)
    edges = sorted({edge for span in usual + own for edge in span})
    for start, end in pairwise(edges):
        if _covered(wanted, start) and not _covered(other, start):
            yield midnight + start, midnight + end


def _covered(spans: Iterable[Interval], at: int) -> bool:
    return any(start <= at < end for start, end in spans)


def _joined(spans: Iterable[Interval]) -> list[Interval]:
    """Spans in order, those that meet made one."""
    joined: list[Interval] = []
    for start, end in spans:
        meets = bool(joined) and joined[-1][1] == start
        joined.append((joined.pop()[0] if meets else start, end))
    return joined


@dataclass(frozen=True, slots=True)
class Transition:
    """The moment, in UTC, at which clocks of a zone are changed, and by how much they lead UTC."""

    at: datetime
    before: timedelta
    after: timedelta


class _Clocks:
    """A calendar's wall clock seen from a source's; moments between are naive times in UTC."""

    def __init__(
        self, pattern: Pattern, clock: str, tz: str, first: datetime, last: datetime
    ) -> None:
        self.pattern = pattern
        self.source, self.tz = zone(clock), zone(tz)
        self.first, self.last = first, last
        self.changed = transitions(tz, first, last)
        self.source_changed = transitions(clock, first, last)
        self.corrections = list(self._corrections())

    def _corrections(self) -> Iterator[tuple[datetime, int]]:
        """From each change of the calendar's clock on: usual work it has not shown, or twice."""
        total = 0
        for one in self.changed:
            before, after = position(one.at + one.before), position(one.at + one.after)
            total += self.pattern.usual(before) - self.pattern.usual(after)
            yield one.at, total

    def _correction(self, moment: datetime) -> int:
        return next((total for at, total in reversed(self.corrections) if at <= moment), 0)

    def usual(self, moment: datetime) -> int:
        """What ordinary weeks give from the origin to a moment, in time that passed."""
        shown = position(to_wall(moment.replace(tzinfo=UTC), self.tz))
        return self.pattern.usual(shown) + self._correction(moment)

    def segments(self) -> Iterator[Segment]:
        """How the two clocks differ, wherever either of them is changed."""
        edges = {self.first, *(self.shown(one.at) for one in self.changed)}
        edges |= {one.at + max(one.before, one.after) for one in self.source_changed}
        last: tuple[int, int] | None = None
        for edge in sorted(edge for edge in edges if self.first <= edge < self.last):
            moment = self.moment(edge)
            ahead = (to_wall(moment.replace(tzinfo=UTC), self.tz) - edge) // MICROSECOND
            found = (ahead, self._correction(moment))
            if found != last:
                yield Segment(edge, *found)
            last = found

    def lost(self) -> Iterator[Lost]:
        """Rests, of which those that meet outside ordinary hours are one."""
        taken = 0
        before: Lost | None = None
        for start, end in self._moments(self.pattern.lost):
            floor = self.usual(start) - taken
            taken += self.usual(end) - self.usual(start)
            begins = self.shown(start)
            if before is not None and before.floor == floor:
                begins = before.begins
            elif before is not None:
                yield before
            before = Lost(begins, taken, floor)
        if before is not None:
            yield before

    def gained(self) -> Iterator[Gained]:
        """Work outside ordinary hours, in parts in which the source's clock is not changed."""
        total = 0
        edges = [one.at for one in self.source_changed]
        for start, end in self._moments(self.pattern.gained):
            inside = [edge for edge in edges if start < edge < end]
            for low, high in pairwise([start, *inside, end]):
                begins, after = self.shown(low), total + (high - low) // MICROSECOND
                unseen = (self.moment(begins) - low) // MICROSECOND
                yield Gained(begins, self.shown(high), total + unseen, after)
                total = after

    def _moments(self, spans: Iterable[Interval]) -> Iterator[tuple[datetime, datetime]]:
        """When spans on the calendar's clock are: twice in part where it is set back."""
        edges = [_wall(0), *(one.at for one in self.changed), self.last + _MARGIN]
        leads = [one.before for one in self.changed[:1]] or [_lead(self.first, self.tz)]
        leads += [one.after for one in self.changed]
        found = []
        for begins, finishes in spans:
            for (start, end), lead in zip(pairwise(edges), leads, strict=True):
                low, high = _wall(begins) - lead, _wall(finishes) - lead
                if max(low, start) < min(high, end):
                    found.append((max(low, start), min(high, end)))
        return iter(sorted(found))

    def moment(self, wall: datetime) -> datetime:
        """The moment that a time on the source's clock is read as: the first, where it is two."""
        return wall.replace(tzinfo=self.source).astimezone(UTC).replace(tzinfo=None)

    def shown(self, moment: datetime) -> datetime:
        """The first time on the source's clock that is read as this moment or a later one."""
        for one in self.source_changed:
            if one.at <= moment < one.at + (one.before - one.after):
                return one.at + one.before
        return to_wall(moment.replace(tzinfo=UTC), self.source)


@lru_cache(maxsize=64)
def transitions(name: str, first: datetime, last: datetime) -> tuple[Transition, ...]:
    """When the clocks of a zone are changed, a few days around the given years included."""
    tz = zone(name)
    found = []
    day, before = first - _MARGIN, _lead(first - _MARGIN, tz)
    while day < last + _MARGIN:
        following = day + timedelta(days=1)
        after = _lead(following, tz)
        if after != before:
            found.append(Transition(_moment_of_change(day, following, tz), before, after))
        day, before = following, after
    return tuple(found)


def _moment_of_change(low: datetime, high: datetime, tz: tzinfo) -> datetime:
    """The first second after `low` with the offset that holds at `high`."""
    old = _lead(low, tz)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // timedelta(seconds=2) * timedelta(seconds=1)
        low, high = (middle, high) if _lead(middle, tz) == old else (low, middle)
    return high


def _lead(moment: datetime, tz: tzinfo) -> timedelta:
    """By how much clocks in `tz` lead UTC at a moment of UTC."""
    return to_wall(moment.replace(tzinfo=UTC), tz) - moment


def position(wall: datetime) -> int:
    """Microseconds from the origin to a wall time."""
    return (wall - ORIGIN) // MICROSECOND


def _wall(at: int) -> datetime:
    return ORIGIN + at * MICROSECOND
