"""A decision table for one unit, step by step, in plain Python.

It shares the syntax tree with `tables.py` and nothing else: it explains what the SQL decided, and
tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pmpo.model.charter import ParamRef
from pmpo.model.meta import NO_ITEMS, no_items
from pmpo.rules.cells import Cell, Compare, IsMissing, Operand, Param, Test, Value
from pmpo.rules.decision import Decision, DecisionRule, Given, Input

Met = float | int | Decimal | str | bool | date | None
"""A value as it was measured; None is missing."""
Verdict = Literal["decided", "accepted", "gap", "several", "lacking"]
Amounts = Mapping[str, Decimal | None]
"""What each parameter is for the unit on the day."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a table says about one unit.

    Args:
        lacks: what the unit lacks, where it lacks something: an input or a parameter.
        holding: the ids of all rules that hold, in the order of the table.
        rule: the one that decides; with COLLECT there is none.
        gives: the outputs, where the table decides.
        cells: per rule whether each of its cells holds.
        accepted: the position of the accepted gap the values lie in, where no rule holds.
    """

    verdict: Verdict
    lacks: str = ""
    holding: tuple[str, ...] = ()
    rule: str = ""
    gives: tuple[Decimal | str, ...] = ()
    cells: Mapping[str, tuple[bool, ...]] = field(default_factory=no_items)
    accepted: int | None = None


def apply(
    decision: Decision,
    values: Mapping[str, Met],
    amounts: Amounts,
    carried: Mapping[str, Met] = NO_ITEMS,
) -> Applied:
    """Apply a table to one unit.

    Args:
        values: the value of each input, rounded as it was measured.
        carried: of inputs that carry the value last known, that one, where it is young enough.
    """
    values = {
        one.name: _standing(one, values[one.name], carried.get(one.name)) for one in decision.inputs
    }
    for one in decision.inputs:
        if values[one.name] is None and one.blocks:
            return Applied("lacking", lacks=one.name)
    for name in decision.parameters:
        if amounts[name] is None:
            return Applied("lacking", lacks=f'PARAM("{name}")')
    met = [_met(one, values[one.name]) for one in decision.inputs]
    cells = {
        rule.id: tuple(
            holds(cell, value, amounts) for cell, value in zip(rule.cells, met, strict=True)
        )
        for rule in decision.rules
    }
    holding = tuple(rule for rule in decision.rules if all(cells[rule.id]))
    ids = tuple(rule.id for rule in holding)
    if not holding and decision.needs_a_rule:
        inside = (
            place
            for place, gap in enumerate(decision.accepted)
            if all(holds(cell, value, amounts) for cell, value in zip(gap, met, strict=True))
        )
        accepted = next(inside, None)
        return Applied("gap" if accepted is None else "accepted", cells=cells, accepted=accepted)
    if decision.hit == "COLLECT":
        return Applied(
            "decided", holding=ids, gives=_collect(decision, holding, amounts), cells=cells
        )
    if _disagree(decision, holding):
        return Applied("several", holding=ids, cells=cells)
    chosen = _chosen(decision, holding)
    given = tuple(_amount(one, amounts) for one in chosen.gives)
    return Applied("decided", holding=ids, rule=chosen.id, gives=given, cells=cells)


def holds(cell: Cell, value: Met, amounts: Amounts) -> bool:
    """Whether a cell holds for a value; a missing one is a value of its own.

    Example:
        >>> from pmpo.rules.cells import parse_cell
        >>> holds(parse_cell("[0..5)"), 5.0, {}), holds(parse_cell("not([0..5))"), None, {})
        (False, True)
    """
    if cell.any:
        return True
    return any(_test(test, value, amounts) for test in cell.tests) != cell.negated


def _test(test: Test, value: Met, amounts: Amounts) -> bool:
    if isinstance(test, IsMissing):
        return value is None
    if value is None:
        return False
    if isinstance(test, Compare):
        return _compare(test.operator, value, _operand(test.operand, amounts))
    low, high = _operand(test.low, amounts), _operand(test.high, amounts)
    return _compare(">=" if test.low_closed else ">", value, low) and _compare(
        "<=" if test.high_closed else "<", value, high
    )


def _compare(operator: str, value: Met, with_: Met) -> bool:
    left, right = _comparable(value), _comparable(with_)
    if operator == "=":
        return bool(left == right)
    if operator == "<":
        return bool(left < right)
    if operator == "<=":
        return bool(left <= right)
    return bool(left > right) if operator == ">" else bool(left >= right)


def _comparable(value: Met) -> Any:
    """Numbers are compared as doubles, as they were measured."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    return float(value)


def _operand(operand: Operand, amounts: Amounts) -> Value:
    if not isinstance(operand, Param):
        return operand.value
    amount = amounts[operand.id]
    assert amount is not None, "a table is not asked without its parameters"
    return amount


def _standing(one: Input, value: Met, carried: Met) -> Met:
    return carried if value is None and one.max_age is not None else value


def _met(one: Input, value: Met) -> Met:
    return one.default if value is None and one.default is not None else value


def _disagree(decision: Decision, holding: tuple[DecisionRule, ...]) -> bool:
    if decision.hit == "UNIQUE":
        return len(holding) > 1
    return decision.hit == "ANY" and any(rule.gives != holding[0].gives for rule in holding)


def _chosen(decision: Decision, holding: tuple[DecisionRule, ...]) -> DecisionRule:
    """The rule that decides: the first, or the first among those whose outputs come first."""
    if decision.hit != "PRIORITY":
        return holding[0]
    return min(
        holding,
        key=lambda rule: [
            out.values.index(given)  # a text, where the values are listed
            for out, given in zip(decision.outputs, rule.gives, strict=True)
            if out.values
        ],
    )


def _amount(given: Given, amounts: Amounts) -> Decimal | str:
    if not isinstance(given, ParamRef):
        return given
    amount = amounts[given.id]
    assert amount is not None, "a table is not asked without its parameters"
    return amount


def _collect(
    decision: Decision, holding: tuple[DecisionRule, ...], amounts: Amounts
) -> tuple[Decimal | str, ...]:
    if decision.aggregate == "COUNT":
        return (Decimal(len(holding)),)
    columns = [
        [Decimal(_amount(rule.gives[position], amounts)) for rule in holding]
        for position in range(len(decision.outputs))
    ]
    if decision.aggregate == "SUM":
        return tuple(sum(column, Decimal(0)) for column in columns)
    return tuple(min(column) if decision.aggregate == "MIN" else max(column) for column in columns)
