"""Value functions: from a signal in its own unit to a utility, in whole micro-units.

A utility of 100 is 100 000 000 micro-units. Everything after FLOOR is integer arithmetic, so that
every engine and a few lines of Python agree on all bits.
"""

from __future__ import annotations

import itertools
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
    by FLOOR(|x − x₀|·Δu / Δx) micro-units from the anchor on the left; between anchors that fall on
    one micro-unit it stays there. A missing value, or one whose anchors have no number, has none.

    Args:
        points: at least two anchors with increasing `at`.
    """
    unknown = sql.is_null(value)
    for point in points:
        if not isinstance(point.at, exp.Cast):  # a number as it stands is never missing
            unknown = exp.Or(this=unknown, expression=sql.is_null(point.at.copy()))
    first, last = points[0], points[-1]
    branches = [
        (unknown, sql.null()),
        (sql.binary(exp.LTE, value.copy(), first.at.copy()), sql.integer(first.worth)),
    ]
    for left, right in itertools.pairwise(points):
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

    def whole(node: exp.Expr) -> exp.Expr:
        # before subtracting: far apart, the difference itself exceeds 64 bits
        return sql.to_wide(node, dialect) if wide else node

    start = whole(micro(left.at.copy()))
    distance = sql.binary(exp.Sub, whole(micro(value.copy())), start)
    width = sql.binary(exp.Sub, whole(micro(right.at.copy())), start.copy())
    product = sql.binary(exp.Mul, distance, whole(sql.integer(abs(rise))))
    quotient = sql.int_div(product, exp.Nullif(this=width, expression=_zero(wide, dialect)))
    step: exp.Expr = sql.cast(quotient, "bigint")
    if (right.low - left.high) * MICRO < 2:
        step = exp.Coalesce(this=step, expressions=[sql.integer(0)])
    return sql.binary(exp.Add if rise > 0 else exp.Sub, sql.integer(left.worth), step)


def _zero(wide: bool, dialect: Dialect) -> exp.Expr:
    return sql.to_wide(sql.integer(0), dialect) if wide else sql.integer(0)
