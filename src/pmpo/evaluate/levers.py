"""What would move a unit: per signal the smallest change that leads to a band, outcome or rank.

Each signal is changed alone, in steps of its precision, and the evaluation itself answers: a table
with one row per value that is tried. Between the numbers that a charter compares a signal with,
nothing changes but points, and those in one direction; so the ends of these pieces tell in which
one to search. Signals that are computed from a changed one stay as they are, and are named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Final

from pmpo.evaluate.carried import carried_by
from pmpo.evaluate.evaluate import tried
from pmpo.evaluate.find import find, label_of, unit_of, with_attributes
from pmpo.evaluate.score import used_signals
from pmpo.evaluate.state import KNOWN, LAST, SINCE, names_in, remembering, young_after
from pmpo.evaluate.targets import Target, checker, rival_of
from pmpo.model.charter import Charter, Number, ParamRef, Setting
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import HELD, SIGNAL

if TYPE_CHECKING:
    import pyarrow as pa

_TRIES: Final = 500
_TRY: Final = "number_of_try"
_POWERS_MAX: Final = 13
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD: Final = re.compile(r"[^\W\d][\w-]*")

Reached = Callable[[Sequence[int]], list[bool]]


@dataclass(frozen=True, slots=True)
class Lever:
    """What one signal alone would have to become.

    Args:
        value: what it is; where it is missing, what tables carry; None without either.
        to: the nearest value that leads there, to zero where there is none; None when none does.
        change: `to` less `value`, exactly; None where one of them is missing.
        because: why no value does; empty where one does.
        held: the signals that are computed from this one, and stay as they are here.
    """

    signal: str
    value: str | None
    to: str | None
    change: str | None
    because: str
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Levers:
    """What would move one unit to a target.

    Args:
        now: where the unit is: its band, outcome or rank.
        there: whether it is there already; no signal has to move then.
    """

    unit: str
    label: str
    target: str
    now: str
    there: bool
    levers: tuple[Lever, ...]

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object that `why UNIT --to TARGET --format json` prints."""
        return asdict(self)


def levers(
    charter: Charter,
    evaluation: Evaluation,
    prior: Evaluation | None,
    unit: str,
    target: Target,
) -> Levers:
    """Per signal the smallest change that moves a unit to a target.

    Args:
        prior: what the evaluation builds on.
        unit: its key as the board shows it, or its label.
    Raises: DataError `unit/unknown`, `unit/ambiguous`.
    """
    index = find(charter, evaluation, unit)
    holds = checker(target, evaluation, index)
    what_if = WhatIf(charter, evaluation, prior, index, target, holds)
    row = with_attributes(evaluation).slice(index, 1).to_pylist()[0]
    there = holds(evaluation.results.slice(index, 1))[0]
    found = () if there else tuple(what_if.lever(name) for name in _numeric(charter, evaluation))
    return Levers(
        unit=unit_of(charter, row),
        label=label_of(charter, row),
        target=str(target),
        now=target.now(row),
        there=there,
        levers=found,
    )


def _numeric(charter: Charter, evaluation: Evaluation) -> list[str]:
    """The signals that are numbers and that anything is decided by."""
    import pyarrow as pa

    inputs = {name for table in charter.tables.values() for name in table.inputs}
    wanted = {*used_signals(charter), *inputs}
    types = {field.name: field.type for field in evaluation.table.data.schema}
    return [
        name
        for name in charter.signals
        if name in wanted and pa.types.is_floating(types[SIGNAL + name])
    ]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One unit of an evaluation with other values of one signal.

    Args:
        holds: whether each of some results of the unit is the target.
    """

    charter: Charter
    evaluation: Evaluation
    prior: Evaluation | None
    index: int
    target: Target
    holds: Callable[[pa.Table], list[bool]]

    def lever(self, name: str) -> Lever:
        """The nearest value of one signal that leads to the target."""
        digits = self.charter.signals[name].precision
        value = self._value(name)
        start = None if value is None else round(Fraction(repr(value)) * 10**digits)
        there = self._nearest(name, start or 0, digits)
        return Lever(
            signal=name,
            value=None if start is None else f"{_decimal(start, digits):f}",
            to=None if there is None else f"{_decimal(there, digits):f}",
            change=None
            if there is None or start is None
            else f"{_decimal(there - start, digits):+f}",
            because="" if there is not None else self._why_not(name),
            held=_computed_from(self.charter, name),
        )

    def _value(self, name: str) -> float | None:
        """What a signal is, or the value last known where a table carries that one."""
        value: float | None = self.evaluation.table.data[SIGNAL + name][self.index].as_py()
        if value is not None:
            return value
        row = self.evaluation.results.slice(self.index, 1).to_pylist()[0]
        return row[KNOWN + name] if carried_by(self.charter, name, row) else None

    def results(self, name: str, values: Sequence[float]) -> pa.Table:
        """The results of the unit with each of some values of a signal, in their order."""
        import pyarrow as pa
        import pyarrow.compute as pc

        table = self.evaluation.table
        same = pa.array([0] * len(values), pa.int64())
        rows = table.data.slice(self.index, 1).take(same)
        for column, changed in (
            (SIGNAL + name, pa.array(values, pa.float64())),
            (HELD + name, pc.cast(same, pa.int32())),
        ):
            rows = rows.set_column(rows.schema.get_field_index(column), column, changed)
        rows = rows.append_column(_TRY, pa.array(range(len(values)), pa.int64()))
        tries = replace(table, data=rows.combine_chunks())
        return tried(self.charter, tries, self.prior, self.evaluation.waivers, _TRY)

    def _nearest(self, name: str, start: int, digits: int) -> int | None:
        """The nearest whole number of steps that leads to the target."""
        ends = _ends(list(_numbers(self.charter, name)), digits)

        def reached(steps: Sequence[int]) -> list[bool]:
            return self.holds(self.results(name, [step / 10**digits for step in steps]))

        up = _first([start, *(end for end in ends if end > start)], reached)
        down = _first([start, *(end for end in reversed(ends) if end < start)], reached)
        found = [step for step in (up, down) if step is not None]
        return min(found, key=lambda step: abs(step - start), default=None)

    def _why_not(self, name: str) -> str:
        if self.target.rank:
            return self._best(name)
        band = self.charter.bands.get(self.target.band)
        if band is None:
            return f"no value of {name} leads there while the others stay"
        if band.signal != name:
            return f"band {band.name} is of {band.signal} alone"
        row = self.evaluation.results.slice(self.index, 1).to_pylist()[0]
        young = young_after(self.charter, band, self.evaluation.as_of)
        since = row.get(SINCE + band.name)
        if band in remembering(self.charter) and young is not None and since and since > young:
            return f"it stays in {row[LAST + band.name]} until it has been there for {band.dwell}"
        return f"no value of {name} has a number of this unit on the other side"

    def _best(self, name: str) -> str:
        """How far a signal alone could take the unit, and what the rank needs."""
        rival = rival_of(self.target.rank, self.evaluation, self.index)
        digits = self.charter.signals[name].precision
        ends = _ends(list(_numbers(self.charter, name)), digits)
        values = [step / 10**digits for step in ends]
        scores = self.results(name, values)["score"].to_pylist() if values else []
        best = max((score for score in scores if score is not None), default=None)
        if best is None or rival is None:
            return f"no value of {name} lets it be ranked"
        return f"the best score it can give is {best:.1f}, and the rank needs {rival[0]:.1f}"


def _first(ends: list[int], reached: Reached) -> int | None:
    """The first step that leads to the target, going along `ends`.

    Args:
        ends: of pieces in which the target is reached from one step on, or up to one.
    """
    if not ends:
        return None
    told = dict(zip(ends, reached(ends), strict=True))
    if told[ends[0]]:
        return ends[0]
    for near, far in pairwise(ends):
        if told[far]:
            return _between(near, far, reached)
    return None


def _between(near: int, far: int, reached: Reached) -> int:
    """The reached step nearest to `near`, which is not reached, up to `far`, which is."""
    while abs(far - near) > 1:
        width = abs(far - near)
        stride = max(1, -(-width // _TRIES))
        sign = 1 if far > near else -1
        tried = [near + sign * i for i in range(stride, width, stride)]
        told = [*reached(tried), True]
        first = told.index(True)
        far = tried[first] if first < len(tried) else far
        near = tried[first - 1] if first else near
    return far


# Numbers that a signal is compared with ---------------------------------------------------


def _ends(numbers: Sequence[Decimal], digits: int) -> list[int]:
    """The steps around each number: below it, at it where it is one, and above."""
    found: set[int] = set()
    for number in numbers:
        scaled = Fraction(number) * 10**digits
        found |= {floor(scaled) - 1, floor(scaled), ceil(scaled), ceil(scaled) + 1}
    return sorted(found)


def _decimal(steps: int, digits: int) -> Decimal:
    """So many steps as an exact decimal."""
    return Decimal(f"{steps}e-{digits}")


def _numbers(charter: Charter, name: str) -> Iterator[Decimal]:
    """Every number that may change what becomes of a unit when a signal passes it.

    Anchors, edges with and without hysteresis, and all numbers in the scope and in the cells of
    tables: more than are needed only make more pieces. A ratio goes on without an end, and is
    followed up to a million millions.
    """
    for anchor in charter.signals[name].value:
        yield from _values(charter, anchor.at)
    if charter.score is not None and name in charter.score.ratio.names:
        yield Decimal(0)  # a ratio rises or falls all the way from here
        yield from (Decimal(10) ** power for power in range(_POWERS_MAX))
    for band in charter.bands.values():
        if band.signal == name:
            for edge in band.edges:
                for number in _values(charter, edge):
                    width = band.hysteresis or Decimal(0)
                    yield from (number - width, number, number + width)
    texts = [charter.scope.in_, *(leave.where for leave in charter.scope.out)]
    for table in charter.tables.values():
        texts += [cell for rule in table.rules for cell in rule.when]
    for text in texts:
        yield from _in_text(charter, text)


def _values(charter: Charter, number: Number) -> Iterator[Decimal]:
    if isinstance(number, ParamRef):
        yield from _of_setting(charter.parameters[number.id].setting)
    else:
        yield number


def _of_setting(setting: Setting) -> Iterator[Decimal]:
    for dated in setting.values.values():
        yield from (value for _, value in dated)


def _in_text(charter: Charter, text: str) -> Iterator[Decimal]:
    """The numbers in a condition or cell, with both signs, and those that it names."""
    found = [Decimal(number) for number in _NUMBER.findall(text)]
    for word in set(_WORD.findall(text)):
        if word in charter.parameters:
            found += _of_setting(charter.parameters[word].setting)
        assumption = charter.assumptions.get(word)
        if assumption is not None and assumption.setting is not None:
            found += _of_setting(assumption.setting)
    for number in found:
        yield from (number, -number)


def _computed_from(charter: Charter, name: str) -> tuple[str, ...]:
    """The signals whose formulas name a signal, directly or through others."""
    found: list[str] = [name]
    for one in found:
        found += [
            other
            for other, signal in charter.signals.items()
            if other not in found and one in names_in(signal.formula)
        ]
    return tuple(found[1:])
