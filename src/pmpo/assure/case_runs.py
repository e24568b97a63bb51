"""Evaluating units that do not exist: cases as rows of a table that nobody measured.

A case that says what was recorded before is evaluated once for each of those moments, from the
oldest, and each evaluation is the prior of the next, as recorded ones are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pmpo.compile.types import Type
from pmpo.evaluate.evaluate import evaluate
from pmpo.model.cases import Case, CaseFile, Earlier, Value
from pmpo.model.charter import Charter, Scope
from pmpo.model.table import ABOUT, HELD, KEY, SIGNAL, SourceGrade, Table
from pmpo.model.time import Duration

if TYPE_CHECKING:
    import pyarrow as pa

    from pmpo.model.evaluation import Evaluation

ANY_DAY: Final = date(2000, 1, 3)
_NOON: Final = datetime.combine(ANY_DAY, time(12), UTC)
Batch = tuple[date, bool, tuple[Duration, ...], int]
"""The day, whether the scope counts, when the units were evaluated before, and how often each unit
was there already."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all cases of a file have in common.

    Args:
        types: what signals and columns of the unit hold, by their column in the measured table;
            of those that are not among them, the values that cases give decide.
    """

    file: CaseFile
    types: Mapping[str, Type]
    threads: int | None = None

    def evaluated(self, charter: Charter, cases: Sequence[Case]) -> list[dict[str, Any]]:
        """The result of each case, in their order.

        The scope counts for cases that expect a status; others are units that the program decides.
        """
        found = dict(self.one_by_one(charter, cases))
        return [found[i] for i in range(len(cases))]

    def one_by_one(
        self, charter: Charter, cases: Sequence[Case]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """The number of each case and its result, those without a past first.

        Who has seen enough stops, and what was not asked for is not evaluated.
        """
        decided = replace(charter, scope=Scope())
        batches = _batches(charter, self.file, cases)
        for batch_of in sorted(batches, key=_evaluations):
            (day, scoped, agos, _), indices = batch_of, batches[batch_of]
            under = charter if scoped else decided
            batch = [cases[i] for i in indices]
            moment = datetime.combine(day, time(12), UTC)
            prior: Evaluation | None = None
            for place, ago in enumerate(agos):
                then = [_then(case, place) for case in batch]
                table = _table(charter, then, ago.before(moment), self.types)
                prior = evaluate(under, table, prior=prior, threads=self.threads)
            table = _table(charter, batch, moment, self.types)
            run = evaluate(under, table, prior=prior, threads=self.threads)
            yield from zip(indices, run.results.to_pylist(), strict=True)


def _evaluations(batch: Batch) -> int:
    """How many evaluations the cases of a batch need."""
    return len(batch[2]) + 1


def _before(case: Case) -> list[Earlier]:
    """What was recorded of a case, from the oldest."""
    return sorted(case.before, key=lambda one: one.ago.before(_NOON))


def _then(case: Case, place: int) -> Case:
    """A case as it was at one of its earlier evaluations."""
    earlier = _before(case)[place]
    return replace(case, signals=earlier.signals, unit={**case.unit, **earlier.unit})


def _batches(charter: Charter, file: CaseFile, cases: Sequence[Case]) -> dict[Batch, list[int]]:
    """Cases that one evaluation can hold, in key order: of one day and past, each unit once."""
    found: dict[Batch, list[int]] = {}
    seen: dict[tuple[date, bool, tuple[Duration, ...], tuple[str, ...]], int] = {}
    keys = [_key(charter, case, i) for i, case in enumerate(cases)]
    for i in sorted(range(len(cases)), key=lambda i: keys[i]):
        case = cases[i]
        day, scoped = case.as_of or file.as_of or ANY_DAY, bool(case.expect.status)
        agos = tuple(one.ago for one in _before(case))
        times = seen.get((day, scoped, agos, keys[i]), 0)
        seen[day, scoped, agos, keys[i]] = times + 1
        found.setdefault((day, scoped, agos, times), []).append(i)
    return found


def _key(charter: Charter, case: Case, number: int) -> tuple[str, ...]:
    """The key of a case; parts that it does not name are its own number."""
    given = [case.unit.get(name) for name in charter.unit.key]
    return tuple(str(part) if part is not None else f"{number:09d}" for part in given)


def _table(
    charter: Charter, cases: Sequence[Case], moment: datetime, types: Mapping[str, Type]
) -> Table:
    """A measured table that nobody measured: a row per case, in their order."""
    import pyarrow as pa

    columns: dict[str, pa.Array] = {}
    keys = [_key(charter, case, i) for i, case in enumerate(cases)]
    for position, name in enumerate(charter.unit.key):
        columns[KEY + name] = pa.array([key[position] for key in keys], pa.string())
    named = {name for case in cases for name in case.unit} | _looked_at(charter)
    attributes = sorted(named - set(charter.unit.key))
    for name in attributes:
        values = [case.unit.get(name) for case in cases]
        columns[ABOUT + name] = _column(values, types.get(ABOUT + name))
    for name in charter.signals:
        values = [case.signals.get(name) for case in cases]
        columns[SIGNAL + name] = _column(values, types.get(SIGNAL + name))
        held = [None if value is None else 0 for value in values]
        columns[HELD + name] = pa.array(held, pa.int32())
    return Table(
        key=charter.unit.key,
        attributes=tuple(attributes),
        signals=tuple(charter.signals),
        data=pa.table(columns),
        hash="sha256:" + "0" * 64,
        as_of=moment,
        known_by=moment,
        grades={name: SourceGrade("A") for name in charter.signals},
    )


def _looked_at(charter: Charter) -> set[str]:
    """The columns of the unit that numbers vary by, or that tables look at."""
    settings = [one.setting for one in charter.parameters.values()]
    settings += [one.setting for one in charter.assumptions.values() if one.setting is not None]
    inputs = {name for table in charter.tables.values() for name in table.inputs if "." not in name}
    inputs -= {*charter.signals, *charter.bands}
    return inputs | {name for setting in settings for name in setting.by}


def _column(values: Sequence[Value], of: Type | None) -> pa.Array:
    """Values as they are measured, numbers as doubles; a column of several kinds is text."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    kind = of.kind if of is not None else ""
    if kind == "date" or (not kind and kinds == {date}):
        return pa.array(values, pa.date32())
    if kind == "boolean" or (not kind and kinds == {bool}):
        return pa.array(values, pa.bool_())
    if kind != "text" and kinds <= {Decimal}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())  # type: ignore[arg-type]
    return pa.array([None if v is None else _text(v) for v in values], pa.string())


def _text(value: Value) -> str:
    """A value as the text that a person wrote."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
