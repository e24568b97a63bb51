"""Measuring many past periods: the signals as a measurement at each boundary would have found them.

The row of a period is, to the bit, what `measure` gives as of that boundary before `hold` fills it:
each period is under its own cuts, so a row that came late counts from when it was known. What can
be is measured in one statement (`pmpo.compile.history`); other signals take the plan of each
period, cut down to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pmpo.compile.cuts import Moments
from pmpo.compile.history import HistoryPlan, compile_history
from pmpo.compile.plan import Plan, Schemas, compile_plan
from pmpo.diagnostics import CharterError, DataError, has_errors, stop
from pmpo.model.canonical import hash_json, hash_table
from pmpo.model.charter import Charter
from pmpo.model.history import MAX_PERIODS, PERIOD, History
from pmpo.model.table import KEY, SIGNAL
from pmpo.model.time import MICROSECOND, Duration, utc_text, zone
from pmpo.store.engine import Engine

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Question:
    """A history that is asked for, with every statement that answers it.

    Args:
        moments: of each period by its number, so the newest is the first.
        plan: the statement for all periods at once.
        each: per period the plan of the signals that need one of their own; empty when none does.
        newest: the plan as of the newest boundary.
    """

    charter: Charter
    of: Duration
    moments: tuple[Moments, ...]
    plan: HistoryPlan
    each: tuple[Plan, ...]
    newest: Plan

    def statements(self) -> list[str]:
        """What is asked of the engine; everything of the charter that can change the answer."""
        together = [self.plan.sql] if self.plan.sql else []
        return together + [plan.sql(tuple(self.plan.apart)) for plan in self.each]


def history(
    charter: Charter,
    schemas: Schemas,
    engine: Engine,
    moments: Moments,
    periods: int,
    of: Duration,
) -> History:
    """Measure every signal of every unit at past boundaries.

    Args:
        moments: the newest boundary is the last one not after `as_of`; each period keeps the
            distance between `as_of` and `known_by`.
        periods: how many, 1 to 520.
        of: the length of a period, such as one week; periods do not overlap, though the windows of
            formulas may be longer than they.
    Raises: as `measure`, except that checks of sources are not run.
    """
    return answered(question(charter, schemas, moments, periods, of), engine)


def question(
    charter: Charter, schemas: Schemas, moments: Moments, periods: int, of: Duration
) -> Question:
    """Compile a history.

    Raises: DataError `history/periods`; CharterError: the formulas do not compile.
    """
    asked = _boundaries(charter, moments, periods, of)
    newest = compile_plan(charter, schemas, asked[0])
    if has_errors(newest.findings):
        raise CharterError(newest.findings)
    plan = compile_history(charter, schemas, asked[::-1])
    if has_errors(plan.findings):
        raise CharterError(plan.findings)
    each = [compile_plan(charter, schemas, moment) for moment in asked] if plan.apart else []
    found = [finding for one in each for finding in one.findings]
    if has_errors(found):
        raise CharterError(found)
    return Question(charter, of, asked, plan, tuple(each), newest)


def _boundaries(
    charter: Charter, moments: Moments, periods: int, of: Duration
) -> tuple[Moments, ...]:
    """The moments of all periods, the newest first, on the charter's clock."""
    if not 1 <= periods <= MAX_PERIODS:
        raise stop(
            "history/periods",
            f"a history has 1 to {MAX_PERIODS} periods, and {periods} are asked for",
            help="ask for at least one"
            if periods < 1
            else f"take longer periods: `--of '4 weeks'` instead of `--of '{of}'`",
            error=DataError,
        )
    newest = of.floor(moments.as_of.astimezone(zone(charter.zone_name)))
    try:
        return tuple(moments.shifted(of.before(newest, i)) for i in range(periods))
    except (OverflowError, ValueError) as error:
        raise stop(
            "history/periods",
            f"{periods} periods of {of} begin before the year 1",
            help="ask for fewer or shorter ones",
            error=DataError,
        ) from error


def answered(asked: Question, engine: Engine) -> History:
    """Run every statement of a question and put the answers together."""
    tables = [engine.query(text) for text in asked.statements()]
    together = tables.pop(0) if asked.plan.sql else None
    data = _chronological(asked, together, tables) if tables else together
    assert data is not None
    return assembled(asked, _ordered_columns(asked, data))


def assembled(asked: Question, data: pa.Table) -> History:
    """The history whose rows are already there."""
    boundaries = tuple(moments.as_of for moments in asked.moments)
    delay = (asked.moments[0].known_by - boundaries[0]) // MICROSECOND
    identity = {
        "boundaries": [utc_text(boundary) for boundary in boundaries],
        "known_after": str(delay),
        "rows": hash_table(data),
    }
    return History(
        key=asked.charter.unit.key,
        attributes=asked.newest.attributes,
        signals=asked.newest.signals,
        data=data,
        hash=hash_json(identity),
        boundaries=boundaries,
        of=str(asked.of),
        known_after=delay,
        apart=asked.plan.apart,
        calendars={
            name: asked.charter.calendars[name].as_json() for name in sorted(asked.newest.calendars)
        },
    )


def _chronological(
    asked: Question, together: pa.Table | None, each: Sequence[pa.Table]
) -> pa.Table:
    """The signals measured period by period, beside those measured together."""
    import pyarrow as pa

    oldest_first = list(enumerate(each))[::-1]
    numbers = [pa.array([number], pa.int32()) for number, _ in oldest_first]
    periods = [
        pa.concat_arrays([number] * table.num_rows) if table.num_rows else pa.array([], pa.int32())
        for number, (_, table) in zip(numbers, oldest_first, strict=True)
    ]
    apart = pa.concat_tables([table for _, table in oldest_first])
    period = pa.chunked_array(periods, pa.int32())
    if together is None:
        return apart.add_column(0, PERIOD, period)
    keys = [KEY + name for name in asked.charter.unit.key]
    _same_rows(together, apart.add_column(0, PERIOD, period), [PERIOD, *keys])
    for name in asked.plan.apart:
        together = together.append_column(SIGNAL + name, apart[SIGNAL + name])
    return together


def _same_rows(one: pa.Table, other: pa.Table, names: Sequence[str]) -> None:
    """Both ways to measure find the same units in the same order."""
    for name in names:
        assert one[name].cast(other[name].type).equals(other[name]), f"`{name}` differs"


def _ordered_columns(asked: Question, data: pa.Table) -> pa.Table:
    """Period, key, attributes, then signals in charter order; the period as a small number."""
    import pyarrow as pa

    ordered = data.select([PERIOD, *asked.newest.columns])
    ordered = ordered.set_column(0, PERIOD, ordered[PERIOD].cast(pa.int32()))
    return ordered.combine_chunks()
