"""Value functions: from a signal in its own unit to a utility, in whole micro-units.

A utility of 100 is 100 000 000 micro-units. Everything after FLOOR is integer arithmetic, so that
every engine and a few lines of Python agree on all bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pmpo import sql
from pmpo.sql import Dialect, exp

MICRO: Final = 1_000_000
_LIMIT: Final = 2**63
LARGEST_ANCHOR: Final = Decimal(_LIMIT // MICRO - 1)


@dataclass(frozen=True, slots=True)
class Point:
    """An anchor with its number as SQL.

    Args:
        at: the signal value, a double.
        low, high: the smallest and largest number that `at` can be, for the proof of width.
        worth: the utility there, in micro-units.
    """

    at: exp.Expr
    low: Decimal
    high: Decimal
    worth: int


def utility_case(value: exp.Expr, points: Sequence[Point], dialect: Dialect) -> exp.Expr:
    """The utility of one value in micro-units, as a CASE expression.

    Piecewise linear between anchors and constant outside them. Within a piece the utility moves
    by FLOOR(|x − x₀|·Δu / Δx) micro-units from the anchor on the left. A missing value has none.

    Args:
        points: at least two anchors with increasing `at`.
    """
    unknown = sql.is_null(value)
    for point in points:
        if point.low != point.high:
            unknown = exp.Or(this=unknown, expression=sql.is_null(point.at.copy()))
    first, last = points[0], points[-1]
    branches = [
        (unknown, sql.null()),
        (sql.binary(exp.LTE, value.copy(), first.at.copy()), sql.integer(first.worth)),
    ]
    for left, right in zip(points, points[1:], strict=False):
        inside = sql.binary(exp.LT, value.copy(), right.at.copy())
        branches.append((inside, _between(value, left, right, dialect)))
    return sql.cast(sql.case(branches, sql.integer(last.worth)), "bigint")


def micro(value: exp.Expr) -> exp.Expr:
    """FLOOR(x · 10⁶ + 0.5) as a whole number."""
    scaled = sql.binary(exp.Mul, value, sql.real(str(MICRO)))
    return sql.cast(exp.Floor(this=sql.binary(exp.Add, scaled, sql.real("0.5"))), "bigint")


def _between(value: exp.Expr, left: Point, right: Point, dialect: Dialect) -> exp.Expr:
    """left.worth ± (X − X₀)·|Δu| div (X₁ − X₀), widened where it could exceed 64 bits."""
    rise = right.worth - left.worth
    if rise == 0:
        return sql.integer(left.worth)
    span = int((right.high - left.low) * MICRO) + 1
    wide = span * abs(rise) >= _LIMIT
    distance = sql.binary(exp.Sub, micro(value.copy()), micro(left.at.copy()))
    width = sql.binary(exp.Sub, micro(right.at.copy()), micro(left.at.copy()))
    height = sql.integer(abs(rise))
    if wide:
        distance, width, height = (sql.to_wide(n, dialect) for n in (distance, width, height))
    product = sql.binary(exp.Mul, distance, height)
    step = sql.cast(
        sql.int_div(product, exp.Nullif(this=width, expression=_zero(wide, dialect))), "bigint"
    )
    return sql.binary(exp.Add if rise > 0 else exp.Sub, sql.integer(left.worth), step)


def _zero(wide: bool, dialect: Dialect) -> exp.Expr:
    return sql.to_wide(sql.integer(0), dialect) if wide else sql.integer(0)
