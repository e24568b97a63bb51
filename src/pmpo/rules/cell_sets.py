"""Which values of an input a cell holds for, as a set."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import reduce

from pmpo.rules.cells import Cell, Compare, IsMissing, Operand, Param, Range, Test, Value
from pmpo.rules.orders import Order
from pmpo.rules.regions import MISSING, NOTHING, Region


def values_of(
    cell: Cell, order: Order, whole: Region, numbers: Mapping[str, Decimal | None]
) -> Region:
    """The values of an input for which a cell holds.

    Args:
        whole: all that the input can hold.
        numbers: the parameters, as they are for one segment on one day; a test that needs one
            that is not there holds for nothing.
    """
    if cell.any:
        return whole
    inside = reduce(Region.join, (_test(one, order, numbers) for one in cell.tests), NOTHING)
    return whole.without(inside) if cell.negated else whole.meet(inside)


def _test(test: Test, order: Order, numbers: Mapping[str, Decimal | None]) -> Region:
    if isinstance(test, IsMissing):
        return MISSING
    if isinstance(test, Range):
        low, high = _value(test.low, numbers), _value(test.high, numbers)
        if low is None or high is None:
            return NOTHING
        above = order.above(low, or_equal=test.low_closed)
        return above.meet(order.below(high, or_equal=test.high_closed))
    value = _value(test.operand, numbers)
    return NOTHING if value is None else _compared(test, value, order)


def _compared(test: Compare, value: Value, order: Order) -> Region:
    if test.operator == "=":
        return order.equal(value)
    if test.operator in (">", ">="):
        return order.above(value, or_equal=test.operator == ">=")
    return order.below(value, or_equal=test.operator == "<=")


def _value(operand: Operand, numbers: Mapping[str, Decimal | None]) -> Value | None:
    return numbers.get(operand.id) if isinstance(operand, Param) else operand.value
