"""As of when: what a person typed, or else the last refresh boundary that the data has reached."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time, tzinfo
from typing import Final

from pmpo.compile.checks import latest_known_sql
from pmpo.compile.cuts import Moments, zone_of
from pmpo.compile.plan import Plan
from pmpo.compile.rows import Rows
from pmpo.diagnostics import DataError, Diagnostic, PmpoError, stop
from pmpo.evaluate.quality import inspect
from pmpo.model.charter import Charter
from pmpo.model.time import parse_moment, zone
from pmpo.store.engine import Engine

# Far enough from both ends of the calendar for every window, offset, lag and zone.
_YEARS: Final = range(1000, 9900)


def moments_from(
    charter: Charter, plan: Plan, engine: Engine, as_of: str | None, known_by: str | None
) -> Moments:
    """Both cuts of a run.

    Args:
        plan: any plan of the charter; says which sources are read.
        as_of, known_by: ISO dates or times, on the charter's clock unless they carry an offset.
    Raises: DataError `moment/unreadable`, `moment/unknown`.
    """
    tz = zone(charter.zone_name)
    if as_of is not None:
        then = _parsed("--as-of", as_of, tz)
    else:
        then = default_as_of(charter, plan, engine)
    return Moments(then, _parsed("--known-by", known_by, tz) if known_by is not None else then)


def _parsed(option: str, text: str, tz: tzinfo) -> datetime:
    try:
        moment = parse_moment(text, tz)
    except (ValueError, OverflowError) as error:
        raise stop(
            "moment/unreadable",
            f"`{text}` is not a date or time",
            help=f"write `{option} 2017-12-04` or `{option} 2017-12-04T09:00`",
            error=DataError,
        ) from error
    if moment.year not in _YEARS:
        raise stop(
            "moment/unreadable",
            f"`{text}` is outside the years {_YEARS[0]} to {_YEARS[-1]}",
            note="windows, lags and zones must not reach beyond the calendar",
            help=f"write a moment that data can have reached, such as `{option} 2017-12-04`",
            error=DataError,
        )
    return moment


def default_as_of(charter: Charter, plan: Plan, engine: Engine) -> datetime:
    """The last refresh boundary not later than the smallest latest known time of append sources.

    Without any such source it is the day by which all snapshots had been captured, where the
    charter says so. Never the clock: the same files give the same moment next year.
    """
    read = {step.name for step in plan.steps}
    timed = [
        rows
        for rows in plan.rows.values()
        if rows.known_name in read and rows.source.mode in ("append", "versions")
    ]
    append = [rows for rows in timed if rows.source.mode == "append"] or timed
    known = {rows.source.name: _latest_known(rows, engine) for rows in append}
    reached = [moment for moment in known.values() if moment is not None]
    if not reached:
        captured = _captured(plan, read)
        if captured is not None and not known:
            return captured
        raise _nothing_reached(known, plan, engine)
    return charter.refresh.every.floor(min(reached).astimezone(zone(charter.zone_name)))


def _captured(plan: Plan, read: Collection[str]) -> datetime | None:
    """The beginning of the day by which every snapshot that a plan reads had been captured."""
    snapshots = [
        rows.source
        for rows in plan.rows.values()
        if rows.known_name in read and rows.source.mode == "snapshot"
    ]
    days = [
        datetime.combine(source.captured, time(), zone_of(source))
        for source in snapshots
        if source.captured is not None
    ]
    return max(days) if days and len(days) == len(snapshots) else None


def _nothing_reached(sources: Iterable[str], plan: Plan, engine: Engine) -> PmpoError:
    """Why there is no default moment: times that cannot be read, else no row with a time."""
    unread = [f for f in inspect(plan, engine).findings if f.code == "source/wrong-type"]
    if unread:
        return DataError(unread)
    default = "the default is the last refresh boundary that data has reached"
    empty = [f"`{name}` has no row with a time" for name in sources]
    return stop(
        "moment/unknown",
        "no source tells how far its data reaches, so there is no default moment",
        note="; ".join([default, *empty]),
        help="look whether the files were written, or say it: `--as-of 2017-12-04`, or "
        "`captured: 2017-12-04` of a snapshot",
        error=DataError,
    )


def earlier_boundary(charter: Charter, as_of: datetime, step: int) -> datetime:
    """The `step`-th refresh boundary before `as_of`, on the charter's clock."""
    every = charter.refresh.every
    moment = as_of.astimezone(zone(charter.zone_name))
    last = every.floor(moment)
    return every.before(last, step if last == moment else step - 1)


def _latest_known(rows: Rows, engine: Engine) -> datetime | None:
    """When the newest row of a source became known, as an instant.

    Raises: DataError `moment/unknown`: a date such as 9999-12-31, beyond which no calendar goes.
    """
    statement = latest_known_sql(rows)
    if statement is None:
        return None
    source = rows.source
    column = source.known_at if source.known_at and not source.known_at_is_none else source.time
    utc = rows.schema is not None and rows.schema.get(column) == "timestamptz"
    try:
        wall = engine.query(statement).to_pylist()[0]["latest"]
        if wall is None:
            return None
        if source.lag and (not source.known_at or source.known_at_is_none):
            wall = source.lag.before(wall, -1)
        moment = wall.replace(tzinfo=UTC if utc else zone_of(source)).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise _beyond_the_calendar(rows, column) from error
    if moment.year not in _YEARS:
        raise _beyond_the_calendar(rows, column)
    return moment  # type: ignore[no-any-return]


def _beyond_the_calendar(rows: Rows, column: str) -> DataError:
    charter, path = rows.context.charter, f"{rows.path}.time"
    first, last = _YEARS[0], _YEARS[-1]
    found = Diagnostic(
        "moment/unknown",
        "error",
        f"the newest `{column}` of source `{rows.source.name}` is outside the years "
        f"{first} to {last}",
        span=charter.places.value(path),
        path=path,
        note="so far no data can have reached; dates such as 9999-12-31 often stand for `open`",
        help="say when: `--as-of 2017-12-04`, or list such texts under `null` of the column "
        f"`{column}`",
    )
    return DataError([found])
