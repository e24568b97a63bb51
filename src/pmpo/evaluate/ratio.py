"""Scoring by a ratio: what stands in place of utilities and points, as SQL.

A unit is ranked when every factor is there, none is below zero, what divides is above zero, and
the numbers have a place in exact arithmetic. Otherwise it is blocked, and the rule says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pmpo import sql
from pmpo.evaluate.missing import Policies
from pmpo.model.charter import Charter, Score
from pmpo.rules.ratios import Division, steps
from pmpo.sql import Dialect, exp

FACTOR: Final = "factor_"
_STEPS: Final = "steps_"
SCORE_RULE: Final = "score"


@dataclass(frozen=True, slots=True)
class Ratios:
    """The ratio of a charter that has a `score`, over columns `filled_…`."""

    charter: Charter
    policies: Policies
    dialect: Dialect

    @property
    def score(self) -> Score:
        assert self.charter.score is not None, "asked only of charters that are scored by a ratio"
        return self.charter.score

    def counted(self) -> Iterator[exp.Expr]:
        """Each factor in steps of its precision."""
        for name in self.score.ratio.names:
            value = steps(sql.column(f"filled_{name}"), self._precision(name))
            yield sql.named(value, _STEPS + name)

    def missing(self, name: str) -> exp.Expr:
        """Whether a factor has no number and its unit is not excluded for it."""
        missing = sql.is_null(sql.column(f"filled_{name}"))
        excluded = self.policies.falls(name, "exclude")
        if excluded is None:
            return missing
        return sql.every([missing, exp.Not(this=exp.Paren(this=excluded))])

    def blocking(self) -> Iterator[tuple[str, exp.Expr]]:
        """The further rules that leave a unit without a recommendation, in order."""
        names = self.score.ratio.names
        for name in names:
            kind = exp.LTE if name in self.score.ratio.dividing else exp.LT
            yield factor_rule(name), sql.binary(kind, sql.column(_STEPS + name), sql.integer(0))
        known = [sql.not_null(sql.column(f"filled_{name}")) for name in names]
        fits = exp.Coalesce(this=self._division().fits(), expressions=[exp.false()])
        yield SCORE_RULE, sql.every([*known, exp.Not(this=fits)])

    def total(self) -> exp.Expr:
        """The score in whole 10⁻¹², for units that are ranked."""
        return self._division().score()

    def results(self) -> Iterator[exp.Expr]:
        """The factors as they were counted, as exact decimals."""
        for name in self.score.ratio.names:
            digits = self._precision(name)
            value = sql.cast(sql.column(_STEPS + name), "decimal(18,0)")
            if digits:
                step = sql.cast(sql.text(f"0.{'0' * (digits - 1)}1"), f"decimal({digits},{digits})")
                value = sql.cast(sql.binary(exp.Mul, value, step), f"decimal(18,{digits})")
            yield sql.named(value, FACTOR + name)

    def _precision(self, name: str) -> int:
        return self.charter.signals[name].precision

    def _division(self) -> Division:
        ratio = self.score.ratio
        precisions = {name: self._precision(name) for name in ratio.names}
        return Division(ratio, precisions, _STEPS, self.dialect)


def factor_rule(name: str) -> str:
    """The rule that a factor breaks by its sign."""
    return f"score.{name}"


def because_of_factor(charter: Charter, rule: str) -> str:
    """Why a rule of the score leaves a unit without a recommendation."""
    assert charter.score is not None, "the rule is one of a score"
    if rule == SCORE_RULE:
        return "the factors are too large to be multiplied exactly; count in larger units"
    name = rule.removeprefix(f"{SCORE_RULE}.")
    if name in charter.score.ratio.dividing:
        return (
            f"{name} is not above zero, and nothing can be divided by it; with NULLIF(…, 0) in its "
            "formula it counts as missing"
        )
    return f"{name} is below zero, where a ratio says nothing about order"
