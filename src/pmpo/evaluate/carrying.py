"""What a scoring statement reads from the prior evaluation, and inputs that carry the last value.

An input of a decision table with `missing: {policy: last, …}` remembers per unit the value it had
last (`known_…`) and of which moment that is (`dated_…`). Where it is missing, that value stands in
as long as it is not older than the table allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pmpo import sql
from pmpo.compile.context import Step
from pmpo.evaluate.measure import reaches
from pmpo.evaluate.moments import earlier_boundary
from pmpo.evaluate.state import BEFORE, DATED, KNOWN, Remembered
from pmpo.model.charter import Charter
from pmpo.model.table import HELD, KEY
from pmpo.model.time import Duration, to_wall, zone
from pmpo.rules.tables import Carried
from pmpo.sql import exp

PRIOR: Final = "prior"
JOINED: Final = "remembered"


def joined(charter: Charter, remembered: Remembered, source: str) -> Iterator[Step]:
    """Each unit with what the prior evaluation says of it, missing for one that is new."""
    if not remembered.columns:
        return
    keys = [KEY + name for name in charter.unit.key]
    same = [sql.binary(exp.EQ, sql.column(k, source), sql.column(k, PRIOR)) for k in keys]
    before = [sql.column(BEFORE + name, PRIOR) for name in remembered.columns]
    everything = exp.Column(this=exp.Star(), table=sql.identifier(source))
    yield Step(
        JOINED,
        "where each unit was before, from the prior evaluation",
        sql.select(
            [everything, *before],
            sql.table(source),
            joins=[sql.join(sql.table(PRIOR), same, left=True)],
        ),
    )


@dataclass(frozen=True, slots=True)
class Carrying:
    """Inputs that carry their last value, as SQL.

    Args:
        as_of: the moment of the evaluation.
        known: the inputs of which the prior evaluation says what they were last.
    """

    charter: Charter
    as_of: datetime
    known: tuple[str, ...] = ()

    def carried(self, name: str, max_age: Duration) -> Carried:
        """The value that may stand in for a missing one, and of which moment it is."""
        if name not in self.known:
            return Carried(sql.null(), _no_moment())
        oldest = to_wall(max_age.before(self._on_clock()), UTC)
        of = sql.column(BEFORE + DATED + name)
        young = sql.binary(exp.GTE, of, sql.moment(oldest))
        return Carried(
            sql.case([(young, sql.column(BEFORE + KNOWN + name))]),
            sql.case([(young.copy(), of.copy())], _no_moment()),
        )

    def results(self, name: str, measured: exp.Expr) -> Iterator[exp.Expr]:
        """What is remembered of an input: its value, or else what was remembered before."""
        known, dated = measured, _no_moment()
        if name in self.known:
            known = exp.Coalesce(this=measured, expressions=[sql.column(BEFORE + KNOWN + name)])
            dated = sql.column(BEFORE + DATED + name)
        yield sql.named(known, KNOWN + name)
        moment = sql.case([(sql.not_null(measured.copy()), self._moment(name))], dated)
        yield sql.named(moment, DATED + name)

    def _moment(self, name: str) -> exp.Expr:
        """The moment of a value that is there: this one, or the earlier one of a value held."""
        now = sql.moment(to_wall(self.as_of, UTC))
        signal = self.charter.signals.get(name)
        if signal is None or signal.missing.policy != "hold":
            return now
        held = sql.column(HELD + name)
        earlier = _boundaries(self.charter, signal.missing.max_age, self._on_clock())
        branches = [
            (sql.binary(exp.EQ, held.copy(), sql.integer(step)), sql.moment(one))
            for step, one in enumerate(earlier, 1)
        ]
        return sql.case(branches, now) if branches else now

    def _on_clock(self) -> datetime:
        """The moment of the evaluation on the charter's clock, on which lengths are counted."""
        return self.as_of.astimezone(zone(self.charter.zone_name))


def _boundaries(charter: Charter, max_age: Duration | None, as_of: datetime) -> Iterator[datetime]:
    """The moments as of which a value under `hold` can have been measured, newest first, in UTC."""
    step = 1
    while reaches(max_age, as_of, boundary := earlier_boundary(charter, as_of, step)):
        yield to_wall(boundary, UTC)
        step += 1


def _no_moment() -> exp.Expr:
    return sql.cast(sql.null(), "timestamp")
