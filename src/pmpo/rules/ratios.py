"""Ratios in whole numbers: exact factors, one division, halves rounded up.

Each factor is counted in steps of its own precision, so that the number shown is the number used.
Products and the one division are whole numbers of up to 38 digits, which every engine has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pmpo import sql
from pmpo.model.evaluation import SCORE_DIGITS
from pmpo.model.ratio import Ratio, Sum
from pmpo.sql import Dialect, exp

# Whole numbers up to here are doubles without loss, so a measured value keeps all its digits.
_EXACT_MAX: Final = 2**53
_PRODUCT_MAX: Final = "1e37"
WHOLE_SCORE_MAX: Final = "1e25"


def steps(value: exp.Expr, precision: int) -> exp.Expr:
    """A double in steps of 10 to the minus `precision`; missing where it would lose digits.

    The limit is tested before anything is multiplied, because PostgreSQL stops at infinity.
    """
    limit = sql.real(Decimal(_EXACT_MAX).scaleb(-precision))
    fits = sql.binary(exp.LTE, exp.Abs(this=value.copy()), limit)
    scaled = sql.binary(exp.Mul, value, sql.real(f"{10**precision}"))
    rounded = exp.Floor(this=sql.binary(exp.Add, scaled, sql.real("0.5")))
    return sql.case([(fits, sql.cast(rounded, "bigint"))])


@dataclass(frozen=True, slots=True)
class Division:
    """One ratio of columns that hold steps.

    Args:
        precisions: per signal how many digits after the point its steps have.
        prefix: what stands before a signal's name in its column.
    """

    ratio: Ratio
    precisions: Mapping[str, int]
    prefix: str
    dialect: Dialect

    def fits(self) -> exp.Expr:
        """Whether the products and the score have a place in exact numbers.

        Judged by doubles: what lies within their error of a limit is far from 38 digits anyway.
        """
        above, below = (self._in_doubles(part) for part in self._scaled())
        limit = sql.real(_PRODUCT_MAX)
        largest = sql.binary(exp.Mul, below.copy(), sql.real(WHOLE_SCORE_MAX))
        return sql.every(
            [
                sql.binary(exp.LT, above, limit),
                sql.binary(exp.LT, below, limit.copy()),
                sql.binary(exp.LT, above.copy(), largest),
            ]
        )

    def score(self) -> exp.Expr:
        """The ratio in whole 10⁻¹²: FLOOR(a/b + 1/2) as (2a + b) div 2b."""
        above, below = (self._in_whole(part) for part in self._scaled())
        two = self._wide(sql.integer(2))
        dividend = sql.binary(exp.Add, sql.binary(exp.Mul, above, two), below)
        divisor = sql.binary(exp.Mul, below.copy(), two.copy())
        return sql.wide_div(exp.Paren(this=dividend), exp.Paren(this=divisor), self.dialect)

    def _scaled(self) -> tuple[tuple[Sequence[Sum], int], tuple[Sequence[Sum], int]]:
        """Both sides with the power of ten that makes the quotient one of whole 10⁻¹²."""
        above, below = (
            sum(self._digits(names) for names in part)
            for part in (self.ratio.above, self.ratio.below)
        )
        power = SCORE_DIGITS + below - above
        return (self.ratio.above, max(power, 0)), (self.ratio.below, max(-power, 0))

    def _digits(self, names: Sum) -> int:
        return max(self.precisions[name] for name in names)

    def _in_doubles(self, part: tuple[Sequence[Sum], int]) -> exp.Expr:
        sums, power = part
        product = sql.real(f"{10**power}")
        for names in sums:
            terms = [
                sql.binary(exp.Mul, sql.cast(column, "double"), sql.real(str(raised)))
                for column, raised in self._terms(names)
            ]
            product = sql.binary(exp.Mul, product, _added(terms))
        return product

    def _in_whole(self, part: tuple[Sequence[Sum], int]) -> exp.Expr:
        sums, power = part
        product = self._wide(sql.exact(Decimal(10**power)))
        for names in sums:
            terms = [
                sql.binary(exp.Mul, self._wide(column), self._wide(sql.integer(raised)))
                if raised > 1
                else self._wide(column)
                for column, raised in self._terms(names)
            ]
            product = sql.binary(exp.Mul, product, _added(terms))
        return product

    def _wide(self, node: exp.Expr) -> exp.Expr:
        return sql.to_wide(node, self.dialect)

    def _terms(self, names: Sum) -> Iterator[tuple[exp.Expr, int]]:
        """Each column of a sum, and what raises its steps to those of the finest."""
        digits = self._digits(names)
        for name in names:
            yield sql.column(self.prefix + name), 10 ** (digits - self.precisions[name])


def _added(terms: Sequence[exp.Expr]) -> exp.Expr:
    total = terms[0]
    for term in terms[1:]:
        total = sql.binary(exp.Add, total, term)
    return total
