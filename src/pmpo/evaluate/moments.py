"""As of when: what a person typed, or else the last refresh boundary that the data has reached."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from pmpo.compile.checks import latest_known_sql
from pmpo.compile.cuts import Moments, zone_of
from pmpo.compile.plan import Plan
from pmpo.compile.rows import Rows
from pmpo.diagnostics import DataError, stop
from pmpo.model.charter import Charter
from pmpo.model.time import parse_moment, zone
from pmpo.store.engine import Engine


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
    then = _parsed("--as-of", as_of, tz) if as_of else default_as_of(charter, plan, engine)
    return Moments(then, _parsed("--known-by", known_by, tz) if known_by else then)


def _parsed(option: str, text: str, tz: tzinfo) -> datetime:
    try:
        return parse_moment(text, tz)
    except (ValueError, OverflowError) as error:
        raise stop(
            "moment/unreadable",
            f"`{text}` is not a date or time",
            help=f"write `{option} 2017-12-04` or `{option} 2017-12-04T09:00`",
            error=DataError,
        ) from error


def default_as_of(charter: Charter, plan: Plan, engine: Engine) -> datetime:
    """The last refresh boundary not later than the smallest latest known time of append sources.

    Never the clock: the same files give the same moment next year.
    """
    read = {step.name for step in plan.steps}
    timed = [
        rows
        for rows in plan.rows.values()
        if rows.known_name in read and rows.source.mode in ("append", "versions")
    ]
    append = [rows for rows in timed if rows.source.mode == "append"] or timed
    reached = [moment for rows in append if (moment := _latest_known(rows, engine)) is not None]
    if not reached:
        raise stop(
            "moment/unknown",
            "no source tells how far its data reaches, so there is no default moment",
            note="the default is the last refresh boundary that append sources have reached",
            help="say it: `--as-of 2017-12-04`",
            error=DataError,
        )
    return charter.refresh.every.floor(min(reached).astimezone(zone(charter.zone_name)))


def earlier_boundary(charter: Charter, as_of: datetime, step: int) -> datetime:
    """The `step`-th refresh boundary before `as_of`, on the charter's clock."""
    every = charter.refresh.every
    moment = as_of.astimezone(zone(charter.zone_name))
    last = every.floor(moment)
    return every.before(last, step if last == moment else step - 1)


def _latest_known(rows: Rows, engine: Engine) -> datetime | None:
    """When the newest row of a source became known, as an instant."""
    statement = latest_known_sql(rows)
    if statement is None:
        return None
    wall = engine.query(statement).to_pylist()[0]["latest"]
    if wall is None:
        return None
    source = rows.source
    if source.lag and (not source.known_at or source.known_at_is_none):
        wall = source.lag.before(wall, -1)
    column = source.known_at if source.known_at and not source.known_at_is_none else source.time
    utc = rows.schema is not None and rows.schema.get(column) == "timestamptz"
    return wall.replace(tzinfo=UTC if utc else zone_of(source))  # type: ignore[no-any-return]
