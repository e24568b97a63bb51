"""Reading a score that is a ratio: its factors, and the formula with the numbers put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from pmpo.evaluate.ratio import FACTOR
from pmpo.model.charter import Charter, Score
from pmpo.model.evaluation import POINT_DIGITS, RATIO_DIGITS, SCORE_DIGITS
from pmpo.model.ratio import shortest

MISSING: Final = "missing"


@dataclass(frozen=True, slots=True)
class Factor:
    """One signal of a ratio.

    Args:
        role: what the template calls it; the signal's own name in a formula.
        divides: whether it stands below the line.
        value: the exact number that was counted, as decimal text; None when missing.
        held: how many refresh periods old the value is, 0 when fresh.
        set_dependent: whether the value compares the unit with all others.
    """

    signal: str
    role: str
    divides: bool
    value: str | None
    held: int | None
    quality: str
    reasons: tuple[str, ...]
    set_dependent: bool


@dataclass(frozen=True, slots=True)
class RatioTold:
    """How a ratio came about.

    Args:
        formula: with the names of signals.
        numbers: with the numbers of this unit.
        exact: whether `score` is the ratio itself, and not the nearest number of twelve digits.
    """

    title: str
    formula: str
    numbers: str
    exact: bool
    factors: tuple[Factor, ...]


def ratio_told(
    score: Score, result: Mapping[str, Any], factor: Callable[[str, bool, str], Factor]
) -> RatioTold:
    """The ratio of one unit.

    Args:
        result: its row of the results.
        factor: makes the factor of a signal from its name, whether it divides, and its role.
    """
    roles = {signal: role for role, signal in score.factors.items()}
    ratio = score.ratio

    def number(name: str) -> str:
        value = result[FACTOR + name]
        return shortest(value) if value is not None else MISSING

    return RatioTold(
        title=score.title,
        formula=ratio.written(),
        numbers=ratio.written(number),
        exact=result["score"] is not None and _quotient(score, result) == result["score"],
        factors=tuple(
            factor(name, name in ratio.dividing, roles.get(name, name)) for name in ratio.names
        ),
    )


def _quotient(score: Score, result: Mapping[str, Any]) -> Fraction:
    above = below = Fraction(1)
    for names in score.ratio.above:
        above *= sum(Fraction(result[FACTOR + name]) for name in names)
    for names in score.ratio.below:
        below *= sum(Fraction(result[FACTOR + name]) for name in names)
    return above / below


def factor_texts(charter: Charter, result: Mapping[str, Any]) -> dict[str, str]:
    """The factors of a ranked unit as exact decimal texts, by signal; none for axes."""
    return {name: f"{result[FACTOR + name]:f}" for name in factor_digits(charter)}


def factor_digits(charter: Charter) -> dict[str, int]:
    """The digits after the point of each factor, by signal; none for axes."""
    names = charter.score.ratio.names if charter.score is not None else ()
    return {name: charter.signals[name].precision for name in names}


def score_digits(charter: Charter) -> tuple[int, int]:
    """All digits of a score, and those after the point."""
    return (RATIO_DIGITS if charter.score is not None else POINT_DIGITS), SCORE_DIGITS


def ratio_paths(charter: Charter) -> Iterator[str]:
    """The rules by which a ratio leaves units without a recommendation."""
    if charter.score is not None:
        yield from (f"score.{name}" for name in charter.score.ratio.names)
        yield "score"
