"""Replaying the past: the evaluation of each period of a history, each after the one before it.

Bands that remember read the period before as a run reads the last recorded evaluation. The oldest
period has none before it and begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pmpo.evaluate.evaluate import evaluate
from pmpo.evaluate.measure import filled, reaches, with_ages
from pmpo.model.canonical import hash_json, hash_table
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.history import MAX_PERIODS, History
from pmpo.model.table import SIGNAL, SourceGrade, Table
from pmpo.model.time import MICROSECOND, Duration


def held_signals(charter: Charter) -> list[str]:
    """The signals that an earlier value stands in for where they are missing."""
    return [n for n, signal in charter.signals.items() if signal.missing.policy == "hold"]


def periods_needed(charter: Charter, periods: int, of: Duration) -> int:
    """How many periods of history the replay of `periods` needs, so that held values are there."""
    limits = [charter.signals[name].missing.max_age for name in held_signals(charter)]
    longest = max((limit.longest for limit in limits if limit is not None), default=timedelta())
    shortest = of.fixed or timedelta(days=28)
    earlier = longest // shortest if of == charter.refresh.every else 0
    return min(periods + earlier, MAX_PERIODS)


def replay(
    charter: Charter, history: History, periods: int, *, threads: int | None = None
) -> Iterator[Evaluation]:
    """The evaluations of the newest `periods` of a history, the oldest first.

    Signals under `hold` are filled from earlier periods where these are refresh boundaries, as a
    run does. The quality of sources is not looked at again for each period.
    """
    prior: Evaluation | None = None
    for number in reversed(range(periods)):
        table = table_of(charter, history, number)
        if not len(table):
            continue
        prior = evaluate(charter, table, prior, threads=threads)
        yield prior


def table_of(charter: Charter, history: History, number: int) -> Table:
    """One period as the table of a measurement, with held values."""
    data = with_ages(history.signals, history.of_period(number))
    as_of = history.boundaries[number]
    if history.of == str(charter.refresh.every):
        for step, boundary in enumerate(history.boundaries[number + 1 :], 1):
            waiting = [
                name
                for name in held_signals(charter)
                if reaches(charter.signals[name].missing.max_age, as_of, boundary)
                and data[SIGNAL + name].null_count
            ]
            if not waiting:
                break
            earlier = history.of_period(number + step)
            data = filled(data, earlier, waiting, step, charter.unit.key)
    grades = {name: SourceGrade("A") for name in history.signals}
    letters = {name: grade.grade for name, grade in grades.items()}
    return Table(
        key=history.key,
        attributes=history.attributes,
        signals=history.signals,
        data=data,
        hash=hash_json({"rows": hash_table(data), "grades": letters}),
        as_of=as_of,
        known_by=as_of + MICROSECOND * history.known_after,
        grades=grades,
        calendars=history.calendars,
    )
