"""WORKTIME: the time that passed between two moments while a calendar's clock showed working hours.

Both moments are turned into the working time since a fixed Monday, whose difference is wanted. That
is arithmetic on whole microseconds: weeks, the hours of one week, and for each day unlike its
weekday what it changes. Zones are literals, so that no engine's own table of zones matters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from pmpo import sql
from pmpo.compile.calendars import named_calendar, worked
from pmpo.compile.context import Context
from pmpo.compile.expressions import Expressions
from pmpo.compile.types import DURATION, ERROR, Typed
from pmpo.model.calendars import Calendar
from pmpo.model.time import to_wall
from pmpo.model.working import WEEK, Gained, Lost, Pattern, Working, position
from pmpo.sql import Dialect, exp

WORKTIME: Final = "WORKTIME"
OWN_CLOCK: Final = "own clock"
"""Marks SQL in which times were brought to one clock; `check_clocks` does not look inside."""
_EPOCH: Final = position(datetime(1970, 1, 1))
_USAGE: Final = "write `WORKTIME(opened, closed, 'office')` with a calendar of office.yaml"
Clocks = Callable[[exp.Expr, Typed], Collection[str]]


def worktime(of: Expressions, node: exp.Anonymous, context: Context, clocks: Clocks) -> Typed:
    """Compile a call of WORKTIME.

    Args:
        clocks: the zones on whose clocks the times in an argument are, given as parsed and as
            compiled; the first one is that of literals.
    """
    if len(node.expressions) != 3:
        fact = "`WORKTIME` needs two times and the name of a calendar"
        return of.fail("formula/argument", fact, node, help=_USAGE)
    name = of.text_argument(node, 2)
    if name is None:
        return Typed(sql.null(), ERROR)
    calendar = named_calendar(context, name, of.formula, node.expressions[2])
    moments = [_Moment(of, context, clocks, calendar).until(one) for one in node.expressions[:2]]
    if calendar is None or None in moments:
        return Typed(sql.null(), ERROR)
    start, end = (one for one in moments if one is not None)
    passed = sql.binary(exp.Sub, end, start)
    passed = passed if of.exact else sql.cast(passed, "double")
    passed.meta[OWN_CLOCK] = True
    return Typed(passed, DURATION)


class _Moment:
    """One of the two times of a call."""

    def __init__(
        self, of: Expressions, context: Context, clocks: Clocks, calendar: Calendar | None
    ) -> None:
        self.of = of
        self.context = context
        self.clocks = clocks
        self.calendar = calendar

    def until(self, node: exp.Expr) -> exp.Expr | None:
        """The working time up to a moment; None after reporting that it is none."""
        if is_call(node, "AS_OF"):
            return self._as_of()
        typed = self.of.as_time(node, self.of.compile(node))
        if typed.type == ERROR:
            return None
        if typed.type.kind not in ("timestamp", "date", "null"):
            self.of.mismatch(node, typed.type, "a time")
            return None
        clock = self._clock(node, typed)
        if self.calendar is None or clock is None:
            return None
        time = sql.cast(typed.sql, "timestamp") if typed.type.kind != "timestamp" else typed.sql
        each = self._each(self.calendar, clock)
        if len({id(one) for one in each}) == 1:
            return until(time, each[0], self.of.dialect)
        return self.of.varying([until(time.copy(), one, self.of.dialect) for one in each])

    def _as_of(self) -> exp.Expr | None:
        """The working time up to the moment of the evaluation, a number."""
        if self.calendar is None:
            return None
        moments = [to_wall(one.as_of, UTC) for one in self.context.periods]
        found = [
            one.until(moment)
            for one, moment in zip(self._each(self.calendar, "UTC"), moments, strict=True)
        ]
        return self.of.varying(
            [sql.null() if value is None else sql.integer(value) for value in found]
        )

    def _each(self, calendar: Calendar, clock: str) -> list[Working]:
        """Working time by the calendar, as of each period."""
        return [worked(self.context, calendar, clock, one.as_of) for one in self.context.periods]

    def _clock(self, node: exp.Expr, typed: Typed) -> str | None:
        found = sorted(set(self.clocks(node, typed)))
        if len(found) <= 1:
            return found[0] if found else "UTC"
        self.of.fail(
            "formula/two-clocks",
            f"one time is made of times on two clocks: {' and '.join(found)}",
            node,
            note="only one of them could be compared with the hours of the calendar",
            help="give `WORKTIME` times of one clock in each argument; its two may differ",
        )
        return None


def is_call(node: exp.Expr, name: str) -> bool:
    """Whether a node calls this function of the formula language."""
    return isinstance(node, exp.Anonymous) and str(node.this).upper() == name


def until(time: exp.Expr, working: Working, dialect: Dialect) -> exp.Expr:
    """SQL for the working microseconds from the origin to a timestamp; missing far from `as_of`."""
    worked = _usual(time, working, dialect)
    if working.lost:
        worked = _without_rests(time, worked, working.lost)
    if working.gained:
        worked = sql.binary(exp.Add, worked, _with_extra(time, working.gained, dialect))
    before = sql.binary(exp.LT, time.copy(), sql.moment(working.ends))
    return sql.case([(sql.every([_from(time, working.begins), before]), worked)])


def _from(time: exp.Expr, begins: datetime) -> exp.Expr:
    return sql.binary(exp.GTE, time.copy(), sql.moment(begins))


def _usual(time: exp.Expr, working: Working, dialect: Dialect) -> exp.Expr:
    """What ordinary weeks give, by how far the calendar's clock is ahead."""
    segments = working.segments[::-1]
    aheads = list(dict.fromkeys(one.ahead for one in segments))
    micros = sql.epoch_us(time, dialect)
    *others, result = (_weeks(micros, working.pattern, ahead) for ahead in aheads)
    if others:
        which = [
            (_from(time, one.begins), sql.integer(aheads.index(one.ahead))) for one in segments
        ]
        found = [exp.If(this=sql.integer(kind), true=weeks) for kind, weeks in enumerate(others)]
        result = exp.Case(this=sql.case(which), ifs=found, default=result)
    if any(one.correction for one in segments):
        more = [(_from(time, one.begins), sql.integer(one.correction)) for one in segments]
        result = sql.binary(exp.Add, result, sql.case(more))
    return result


def _weeks(micros: exp.Expr, pattern: Pattern, ahead: int) -> exp.Expr:
    """Whole weeks, and what has been worked of the week that has begun."""
    at = sql.binary(exp.Add, micros.copy(), sql.integer(ahead + _EPOCH))
    if pattern.per_week == WEEK:
        return at
    weeks = sql.cast(sql.int_div(at, sql.integer(WEEK)), "bigint")
    result = sql.binary(exp.Mul, weeks, sql.integer(pattern.per_week))
    for start, end in pattern.week:
        rest = exp.Mod(this=sql.operand(at.copy()), expression=sql.integer(WEEK))
        since = sql.binary(exp.Sub, rest, sql.integer(start)) if start else rest
        begun = exp.Greatest(this=since, expressions=[sql.integer(0)], ignore_nulls=True)
        done = exp.Least(this=begun, expressions=[sql.integer(end - start)], ignore_nulls=True)
        result = sql.binary(exp.Add, result, done)
    return result


def _without_rests(time: exp.Expr, worked: exp.Expr, rests: Sequence[Lost]) -> exp.Expr:
    """Within a rest working time stands still; the last ones are looked at first."""
    taken = [(_from(time, one.begins), sql.integer(one.taken)) for one in reversed(rests)]
    less = sql.binary(exp.Sub, worked, sql.case(taken, sql.integer(0)))
    floors = [(_from(time, one.begins), sql.integer(one.floor)) for one in reversed(rests)]
    floor = sql.case(floors, sql.integer(0))
    return exp.Greatest(this=less, expressions=[floor], ignore_nulls=True)


def _with_extra(time: exp.Expr, gained: Sequence[Gained], dialect: Dialect) -> exp.Expr:
    """Work on days that are ordinarily free."""
    branches: list[tuple[exp.Expr, exp.Expr]] = []
    for one in reversed(gained):
        micros = sql.epoch_us(time.copy(), dialect)
        begun = position(one.begins) - _EPOCH - one.before
        within = sql.binary(exp.Sub, micros, sql.integer(begun))
        branches.append((_from(time, one.ends), sql.integer(one.after)))
        branches.append((_from(time, one.begins), within))
    return sql.case(branches, sql.integer(0))
