"""A decision table as sets: what each input can hold, and what each rule covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from typing import Literal

from pmpo.model.charter import ParamRef
from pmpo.model.meta import no_items
from pmpo.rules.analysis import Analysis, analyse
from pmpo.rules.cell_sets import values_of
from pmpo.rules.cells import Cell, Constant, IsMissing, numbers_of, operands
from pmpo.rules.decision import Decision, Input
from pmpo.rules.grid import Column, Line
from pmpo.rules.orders import Conditions, Days, Labels, Numbers, Order, Texts
from pmpo.rules.regions import ANY, HIGHEST, LOWEST, MISSING, NOTHING, Region, between

Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Banding:
    """A band that its signal alone decides: it has no memory, and all its edges are known.

    Args:
        digits: the precision of the signal.
        closed: on which side an edge belongs to the band.
    """

    signal: str
    digits: int
    edges: tuple[Decimal, ...]
    closed: Literal["left", "right"]

    def spread(self) -> tuple[Region, ...]:
        """The numbers of the signal behind each label."""
        order, left = Numbers(self.digits), self.closed == "left"
        above = [between(LOWEST, HIGHEST), *(order.above(e, or_equal=left) for e in self.edges)]
        below = [*(order.below(e, or_equal=not left) for e in self.edges), above[0]]
        return tuple(low.meet(high) for low, high in zip(above, below, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the numbers of the charter are for one segment on one day.

    Args:
        numbers: the parameters; None where one has no number then.
        bandings: inputs that are bands which their signal alone decides.
        only: for an input that is a text and part of the segment, the one that it is here.
        never: for such an input, the texts that it is not here.
        measured: inputs that no unit lacks for which rules are asked at all.
        never_met: values of several inputs that no unit has together.
    """

    numbers: Mapping[str, Decimal | None] = field(default_factory=no_items)
    bandings: Mapping[str, Banding] = field(default_factory=no_items)
    only: Mapping[str, str] = field(default_factory=no_items)
    never: Mapping[str, tuple[str, ...]] = field(default_factory=no_items)
    measured: frozenset[str] = frozenset()
    never_met: tuple[Mapping[str, Decimal | str], ...] = ()


def analyse_decision(decision: Decision, case: Case = Case()) -> Analysis:
    """Find what is wrong with a table's rules, for one segment on one day."""
    rows = [*(rule.cells for rule in decision.rules), *decision.accepted]
    columns = tuple(_columns(decision.inputs, rows, case))
    sets = [
        tuple(
            values_of(cell, one.order, one.whole, case.numbers)
            for cell, one in zip(row, columns, strict=True)
        )
        for row in rows
    ]
    given = [tuple(_given(one, case) for one in rule.gives) for rule in decision.rules]
    places = {rule: place for place, rule in enumerate(decision.asked())}
    return analyse(
        columns,
        [Line(cells, outputs) for cells, outputs in zip(sets, given, strict=False)],
        decision.hit,
        ranks=[places[rule] for rule in range(len(given))],
        accepted=[Line(cells) for cells in sets[len(given) :]],
        never=[_together(columns, values) for values in case.never_met],
        complete=decision.needs_a_rule,
    )


def idle_tests(decision: Decision, case: Case = Case()) -> Iterator[tuple[int, int, int]]:
    """Alternatives of a cell that change nothing: what they hold for, the others hold for too.

    Returns: positions of rule, input and alternative; of two that are the same, the later one.
    """
    rows = [*(rule.cells for rule in decision.rules), *decision.accepted]
    columns = list(_columns(decision.inputs, rows, case))
    for rule, row in enumerate(rows[: len(decision.rules)]):
        for place, (cell, one) in enumerate(zip(row, columns, strict=True)):
            if len(cell.tests) > 1:
                regions = [
                    values_of(Cell((test,)), one.order, one.whole, case.numbers)
                    for test in cell.tests
                ]
                for idle in _inside_others(regions):
                    if not isinstance(cell.tests[idle], IsMissing):
                        yield rule, place, idle


def _inside_others(regions: Sequence[Region]) -> Iterator[int]:
    """Positions of sets that the others fill, from the last."""
    kept = dict(enumerate(regions))
    for place in reversed(range(len(regions))):
        rest = reduce(Region.join, (one for n, one in kept.items() if n != place), NOTHING)
        if kept[place].without(rest).is_empty:
            del kept[place]
            yield place


def _together(columns: Sequence[Column], values: Mapping[str, Decimal | str]) -> Line:
    """Some inputs with one value each, the others with any."""
    return Line(
        tuple(
            one.order.equal(values[one.name]) if one.name in values else one.whole
            for one in columns
        )
    )


def _given(value: Decimal | str | ParamRef, case: Case) -> str:
    """What a rule gives, so that equal results are equal."""
    if isinstance(value, ParamRef):
        value = case.numbers.get(value.id) or Decimal(0)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _columns(inputs: Sequence[Input], rows: Sequence[Row], case: Case) -> Iterator[Column]:
    for position, one in enumerate(inputs):
        cells = [row[position] for row in rows]
        order = _order(one, cells, case)
        met = one.domain.missing is not None and one.default is None
        seen = MISSING if met and one.name not in case.measured else NOTHING
        banding = case.bandings.get(one.name)
        joined = banding is not None and one.default is None and _plain(banding.signal, inputs)
        yield Column(
            one.name,
            order,
            _here(one.name, order, case).join(seen),
            on=banding.signal if joined and banding else one.name,
            missing=one.domain.missing or "missing",
            spread=banding.spread() if joined and banding else (),
        )


def _here(name: str, order: Order, case: Case) -> Region:
    """The values that an input can have in a case."""
    if not isinstance(order, Texts):
        return order.whole
    if name in case.only:
        return order.equal(case.only[name])
    others = (order.equal(text) for text in case.never.get(name, ()))
    return order.whole.without(reduce(Region.join, others, NOTHING))


def _plain(signal: str, inputs: Sequence[Input]) -> bool:
    """Whether a signal that is an input too is seen as measured: nothing stands for missing."""
    return all(one.default is None and one.max_age is None for one in inputs if one.name == signal)


def _order(one: Input, cells: Sequence[Cell], case: Case) -> Order:
    domain = one.domain
    if domain.kind == "number":
        digits = _finer(cells, case) if domain.precision is None else domain.precision
        return Numbers(digits, _named(cells, case, digits), _among(one, digits))
    if domain.kind == "text":
        texts = [value for value in _constants(cells) if isinstance(value, str)]
        segment = [*case.never.get(one.name, ()), *filter(None, [case.only.get(one.name)])]
        return Texts([*texts, *segment])
    if domain.kind == "date":
        return Days()
    return Conditions() if domain.kind == "boolean" else Labels(domain.labels)


def _among(one: Input, digits: int) -> Region:
    """All numbers that an input can be, as those of its order; what is carried may be older."""
    if not one.domain.numbers or one.max_age is not None:
        return ANY
    order = Numbers(digits)
    found = [order.equal(number) for number in one.domain.numbers]
    if one.default is not None:
        found.append(order.equal(one.default))
    return ANY if NOTHING in found else reduce(Region.join, found)


def _named(cells: Sequence[Cell], case: Case, digits: int) -> dict[int, str]:
    """The parameters of a column by the number they are, where it has no more digits."""
    found: dict[int, str] = {}
    for name in dict.fromkeys(param.id for cell in cells for param in numbers_of(cell)):
        number = case.numbers.get(name)
        counted, exact = Numbers(digits).floor(number) if number is not None else (0, False)
        if exact:
            found.setdefault(counted, name)
    return found


def _finer(cells: Sequence[Cell], case: Case) -> int:
    """One digit more than any number in the cells has, so that something lies between any two."""
    numbers = [value for value in _constants(cells) if isinstance(value, Decimal)]
    numbers += [value for value in case.numbers.values() if value is not None]
    return max((-int(number.as_tuple().exponent) for number in numbers), default=0) + 1


def _constants(cells: Sequence[Cell]) -> Iterator[object]:
    for cell in cells:
        for test in cell.tests:
            for operand in operands(test):
                if isinstance(operand, Constant):
                    yield operand.value
