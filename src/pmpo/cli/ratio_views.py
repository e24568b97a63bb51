"""How scores that are ratios look: digits that tell them apart, factors, the formula in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pmpo.cli.rounding import shown
from pmpo.model.ratio import shortest

if TYPE_CHECKING:
    from pmpo.evaluate.explain import BoardRow
    from pmpo.evaluate.factors import RatioTold
    from pmpo.model.charter import Charter

_SIGNIFICANT: Final = 4


def score_digits(scores: Sequence[str]) -> int:
    """Digits after the point for scores of any size: four significant ones of the largest.

    Example:
        >>> score_digits(["24", "3.5"]), score_digits(["1600.5"]), score_digits(["0.0333"])
        (2, 1, 5)
    """
    largest = max((Decimal(score) for score in scores), default=Decimal(0))
    if not largest:
        return 1
    return min(max(_SIGNIFICANT - 1 - largest.adjusted(), 1), 12)


def score_text(charter: Charter, score: str, scores: Sequence[str]) -> str:
    """A score as it is shown beside `scores`."""
    digits = 1 if charter.score is None else score_digits(scores)
    return f"{shown(Decimal(score), digits):,}"


def factor_cells(charter: Charter, row: BoardRow) -> dict[str, str]:
    """The factors of one unit, under what the template calls them."""
    roles = {s: role for role, s in charter.score.factors.items()} if charter.score else {}
    return {
        roles.get(name, name): shortest(Decimal(value), grouped=True)
        for name, value in row.factors.items()
    }


def formula_lines(told: RatioTold, score: str | None) -> Iterator[str]:
    """The formula, with names, with numbers, and what it comes to."""
    yield f"{told.title} = {told.formula}"
    indent = " " * len(told.title)
    yield f"{indent} = {told.numbers}"
    if score is not None:
        yield f"{indent} {'=' if told.exact else '≈'} {shortest(Decimal(score))}"
