"""What a missing signal does to its unit: seven policies, in exact arithmetic.

`hold` was tried when the table was measured; what is still missing falls to its `then`. `block`
and `exclude` take the unit out of the ranking; `impute` puts a constant of the charter in place of
the value; `worst` counts the least favourable anchor; `range` counts the middle and carries the
whole width along; `redistribute` gives the signal's weight to the other signals of its axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pmpo import sql
from pmpo.model.charter import Charter
from pmpo.model.keys import decode
from pmpo.model.table import KEY, SIGNAL
from pmpo.model.waiver import Substitute, Waiver
from pmpo.rules.values import MICRO
from pmpo.sql import exp

# Without anchors and weights these mean nothing; where a waiver asks for one, the unit is blocked.
_NOT_IN_RATIOS: Final = ("worst", "range", "redistribute")


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of a charter with the waivers in force, as conditions over the measured table.

    Where several waivers name the same signal and unit, the first by id holds.
    """

    charter: Charter
    waivers: Sequence[Waiver] = ()

    def possible(self, name: str) -> set[Substitute]:
        """The policies that can befall a signal."""
        return {self.declared(name), *(waiver.policy for waiver in self._waivers(name))}

    def declared(self, name: str) -> Substitute:
        """What the charter says about a value that is finally missing."""
        missing = self.charter.signals[name].missing
        return missing.then if missing.policy == "hold" else missing.policy

    def falls(self, name: str, policy: Substitute) -> exp.Expr | None:
        """Whether a unit misses a signal and this policy applies; None when it never does."""
        if policy not in self.possible(name):
            return None
        missing = sql.is_null(sql.column(SIGNAL + name))
        waivers = self._waivers(name)
        if not waivers:
            return missing
        applies = sql.case(
            [(self._covers(waiver), _truth(waiver.policy == policy)) for waiver in waivers],
            _truth(self.declared(name) == policy),
        )
        return sql.every([missing, applies])

    def filled(self, name: str) -> exp.Expr:
        """The signal with the constants of `impute` where it is missing."""
        column = sql.column(SIGNAL + name)
        falls = self.falls(name, "impute")
        if falls is None:
            return column
        constants = [
            (self._covers(waiver), sql.real(waiver.value or Decimal(0)))
            for waiver in self._waivers(name)
            if waiver.policy == "impute"
        ]
        declared = self.charter.signals[name].missing.value
        constant = sql.case(constants, sql.real(declared) if declared is not None else None)
        return sql.case([(falls, constant)], column)

    def constant(self, name: str, unit: str) -> float | None:
        """The constant that stands for the missing signal of one unit; None without `impute`."""
        waiver = next((w for w in self._waivers(name) if not w.units or unit in w.units), None)
        policy = waiver.policy if waiver is not None else self.declared(name)
        if policy != "impute":
            return None
        value = waiver.value if waiver is not None else self.charter.signals[name].missing.value
        return float(value or 0)

    def told(self, name: str, unit: str) -> str:
        """What the absence of a signal did to one unit, in words."""
        waiver = next((w for w in self._waivers(name) if not w.units or unit in w.units), None)
        policy = waiver.policy if waiver is not None else self.declared(name)
        constant = waiver.value if waiver is not None else self.charter.signals[name].missing.value
        score = self.charter.score
        if score is not None and name in score.ratio.names and policy in _NOT_IN_RATIOS:
            policy = "block"
        effect = {
            "worst": "counted at its worst",
            "range": "counted in the middle of what is possible",
            "impute": f"{constant} stands for it",
            "redistribute": "its weight went to the rest of its axis",
            "exclude": "left out of the ranking",
            "block": "no recommendation",
        }[policy]
        if waiver is None:
            return f"not measured: {effect}"
        return (
            f"not measured: {effect}, waived by {waiver.approver} until {waiver.expires} "
            f"({waiver.because})"
        )

    def _waivers(self, name: str) -> list[Waiver]:
        return [waiver for waiver in self.waivers if waiver.signal == name]

    def _covers(self, waiver: Waiver) -> exp.Expr:
        """Whether a waiver names the unit; keys of other parts than the charter's name none."""
        if not waiver.units:
            return exp.true()
        keys = [KEY + name for name in self.charter.unit.key]
        units = []
        for unit in waiver.units:
            parts = decode(unit) if len(keys) > 1 else [unit]
            if len(parts) != len(keys):
                continue
            same = [
                sql.binary(exp.EQ, sql.column(key), sql.text(part))
                for key, part in zip(keys, parts, strict=True)
            ]
            units.append(exp.Paren(this=sql.every(same)))
        if not units:
            return exp.false()
        covers: exp.Expr = units[0]
        for unit_is in units[1:]:
            covers = exp.Or(this=covers, expression=unit_is)
        return exp.Paren(this=covers)


def _truth(value: bool) -> exp.Expr:
    return exp.true() if value else exp.false()


# Utilities --------------------------------------------------------------------------------


def worths(charter: Charter, name: str) -> tuple[int, int]:
    """The least and the most favourable utility of a signal, in micro-units."""
    anchors = [int((a.worth * MICRO).to_integral_value()) for a in charter.signals[name].value]
    return min(anchors), max(anchors)


@dataclass(frozen=True, slots=True)
class Utility:
    """The utility of a signal as SQL: what counts, and the ends of what is possible."""

    counted: exp.Expr
    low: exp.Expr
    high: exp.Expr


def utility_under(policies: Policies, name: str, measured: exp.Expr) -> Utility:
    """The utility of a signal under its policies.

    Args:
        measured: the utility of the measured or imputed value; missing where there is none.
    """
    least, most = worths(policies.charter, name)
    worst, wide = policies.falls(name, "worst"), policies.falls(name, "range")

    def under(in_range: int) -> exp.Expr:
        branches = [
            (falls.copy(), sql.integer(worth))
            for falls, worth in ((worst, least), (wide, in_range))
            if falls is not None
        ]
        return sql.case(branches, measured.copy())

    return Utility(under((least + most) // 2), under(least), under(most))


# Weights ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shares:
    """The weights of one axis whose signals may drop out, as SQL in three steps.

    `present` is each signal's weight, or 0 where it drops out; `base` and `rest` are quotient and
    remainder of dividing the axis's weight in proportion; `weight` adds what is left, one
    millionth each, to the largest remainders, ties in charter order.
    """

    policies: Policies
    weights: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.weights.values())

    def present(self) -> Iterator[tuple[str, exp.Expr]]:
        for name, weight in self.weights.items():
            drops = self.policies.falls(name, "redistribute")
            node: exp.Expr = sql.integer(weight)
            if drops is not None:
                node = sql.case([(drops, sql.integer(0))], node)
            yield f"present_{name}", sql.cast(node, "bigint")

    def base_and_rest(self) -> Iterator[tuple[str, exp.Expr]]:
        for name in self.weights:
            share = self._share(name)
            whole = exp.Nullif(this=self._present_sum(), expression=sql.integer(0))
            quotient = sql.int_div(share, whole)
            yield f"base_{name}", sql.cast(quotient, "bigint")
            rest = exp.Mod(
                this=sql.operand(self._share(name)),
                expression=exp.Nullif(this=self._present_sum(), expression=sql.integer(0)),
            )
            yield f"rest_{name}", rest

    def weight(self) -> Iterator[tuple[str, exp.Expr]]:
        bases = sum_of([sql.column(f"base_{name}") for name in self.weights])
        for i, name in enumerate(self.weights):
            before = sum_of(
                [
                    self._comes_before(other, j, name, i)
                    for j, other in enumerate(self.weights)
                    if j != i
                ]
                or [sql.integer(0)]
            )
            left = sql.binary(exp.Sub, sql.integer(self.total), bases.copy())
            gets = sql.binary(exp.LT, before, left)
            extra = sql.case([(gets, sql.integer(1))], sql.integer(0))
            yield f"weight_{name}", sql.binary(exp.Add, sql.column(f"base_{name}"), extra)

    def nobody_left(self) -> exp.Expr:
        """Whether every signal of the axis drops out."""
        return sql.binary(exp.EQ, self._present_sum(), sql.integer(0))

    def _share(self, name: str) -> exp.Expr:
        return sql.binary(exp.Mul, sql.integer(self.total), sql.column(f"present_{name}"))

    def _present_sum(self) -> exp.Expr:
        return exp.Paren(this=sum_of([sql.column(f"present_{name}") for name in self.weights]))

    @staticmethod
    def _comes_before(other: str, j: int, name: str, i: int) -> exp.Expr:
        kind = exp.GTE if j < i else exp.GT
        first = sql.binary(kind, sql.column(f"rest_{other}"), sql.column(f"rest_{name}"))
        return sql.case([(first, sql.integer(1))], sql.integer(0))


def sum_of(nodes: Sequence[exp.Expr]) -> exp.Expr:
    """The sum of at least one node."""
    total = nodes[0]
    for node in nodes[1:]:
        total = exp.Add(this=total, expression=node)
    return total
