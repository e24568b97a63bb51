"""A band or decision table over the past of a program."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from pmpo.diagnostics import DataError, PmpoError, stop
from pmpo.evaluate.backtest import Backtest, behaviour, labels_of
from pmpo.evaluate.find import label_of, unit_of
from pmpo.evaluate.outcomes import OUT
from pmpo.evaluate.replay import held_signals, periods_needed, replay
from pmpo.evaluate.state import PLAIN, carrying, remembering
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.history import MAX_PERIODS, History
from pmpo.model.table import ABOUT, KEY
from pmpo.model.time import Duration


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at.

    Args:
        column: the column of results that holds its labels.
        plain: the column with labels by the value alone; empty where there is none.
    """

    name: str
    kind: str
    column: str
    plain: str
    order: tuple[str, ...]


def subject_of(charter: Charter, name: str) -> Subject:
    """The band or decision table of that name; of a table, its first output.

    Raises: DataError `backtest/unknown`.
    """
    if name in charter.bands:
        band = charter.bands[name]
        remembers = band in remembering(charter)
        plain = PLAIN + name if remembers else ""
        return Subject(name, "band", f"band_{name}", plain, band.labels)
    if name in charter.tables:
        output = charter.tables[name].outputs[0]
        order = tuple(str(value) for value in output.values)
        return Subject(name, "table", f"{OUT}{name}_{output.name}", "", order)
    known = [*charter.bands, *charter.tables]
    near = difflib.get_close_matches(name, known, n=1)
    raise stop(
        "backtest/unknown",
        f"the charter has no band or decision table `{name}`",
        note="it has " + ", ".join(known) if known else "it has neither bands nor tables",
        help=f"did you mean `{near[0]}`?" if near else "",
        error=DataError,
    )


def trial(charter: Charter, name: str, hysteresis: str | None, dwell: str | None) -> Charter:
    """The charter with another hysteresis or dwell of one band, to see what it would do.

    Raises: DataError `backtest/unknown`, `backtest/trial`.
    """
    if hysteresis is None and dwell is None:
        return charter
    if subject_of(charter, name).kind != "band":
        raise _no_trial(f"`{name}` is a decision table, and only bands remember", "a band")
    band = charter.bands[name]
    if hysteresis is not None:
        band = replace(band, hysteresis=_number(hysteresis))
    if dwell is not None:
        band = replace(band, dwell=_length(dwell))
    return replace(charter, bands={**charter.bands, name: band})


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise _no_trial(f"`{text}` is not a number from 0", "`--hysteresis 0.02`")
    return number


def _length(text: str) -> Duration:
    try:
        return Duration.parse(text)
    except ValueError as error:
        raise _no_trial(f"`{text}` is not a length of time", "`--dwell '3 weeks'`") from error


def _no_trial(fact: str, example: str) -> PmpoError:
    return stop("backtest/trial", fact, help=f"name {example}", error=DataError)


def needed(charter: Charter, periods: int, of: Duration) -> int:
    """How many periods of history a backtest needs; a number that cannot be is left as it is."""
    return periods_needed(charter, periods, of) if 1 <= periods <= MAX_PERIODS else periods


def backtest(
    charter: Charter, history: History, subject: Subject, periods: int, threads: int | None
) -> Backtest:
    """Replay a history and follow one band or table through it."""
    evaluations = list(replay(charter, history, periods, threads=threads))
    by_moment = {one.as_of: one for one in evaluations}
    boundaries = tuple(reversed(history.boundaries[:periods]))
    found = [by_moment.get(boundary) for boundary in boundaries]
    plain = None
    if subject.plain:
        plain = behaviour(list(_labels(found, charter, subject.plain)), subject.order)
    elif subject.kind == "table" and remembering(charter):
        forgetful = _forgetful(charter)
        again = {one.as_of: one for one in replay(forgetful, history, periods, threads=threads)}
        labels = _labels([again.get(b) for b in boundaries], forgetful, subject.column)
        plain = behaviour(list(labels), subject.order)
    return Backtest(
        program=charter.program,
        name=subject.name,
        kind=subject.kind,
        of=history.of,
        boundaries=boundaries,
        behaviour=behaviour(list(_labels(found, charter, subject.column)), subject.order),
        plain=plain,
        names=_names(charter, evaluations),
        history=history.hash,
        notes=tuple(_notes(charter, history, subject, plain is not None)),
    )


def _labels(
    evaluations: list[Evaluation | None], charter: Charter, column: str
) -> Iterator[dict[str, str]]:
    """The labels of each period; none of a period in which no unit was there."""
    for one in evaluations:
        yield {} if one is None else labels_of(one.results, charter.unit.key, column)


def _forgetful(charter: Charter) -> Charter:
    """The charter without hysteresis and dwell."""
    bands = {n: replace(b, hysteresis=None, dwell=None) for n, b in charter.bands.items()}
    return replace(charter, bands=bands)


def _names(charter: Charter, evaluations: list[Evaluation]) -> Mapping[str, str]:
    """What people call each unit, by what it was called last."""
    names: dict[str, str] = {}
    for one in evaluations:
        label = charter.unit.label
        wanted = [KEY + name for name in charter.unit.key]
        wanted += [ABOUT + label] if label and label not in charter.unit.key else []
        for row in one.table.data.select(wanted).to_pylist():
            names[unit_of(charter, row)] = label_of(charter, row)
    return names


def _notes(charter: Charter, history: History, subject: Subject, remembers: bool) -> Iterator[str]:
    if subject.kind == "table" and carrying(charter):
        yield "the oldest period has none before it, so that no value is carried there"
    if remembers:
        yield ("the oldest period has none before it, so that bands begin there by the value alone")
    if held_signals(charter) and history.of != str(charter.refresh.every):
        yield (
            f"periods of {history.of} are not those of the refresh, so that values under `hold` "
            "stay missing"
        )
