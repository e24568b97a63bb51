"""What somebody wants to decide, before anything is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from pmpo.model.decision import Action, Basis, Expectation, Verdict

NEXT_REVIEW: Final = "next review"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to decide, as it was typed.

    Args:
        units: keys or labels; with `rest` all that are recommended and not decided yet.
        gains, gives_up: axes, or `nothing`; None where nothing was said of either side.
        against: the unit to compare with; by default the best one left out.
        next_look: a day, or the day of the program's next review.
    """

    verdict: Verdict = "accept"
    units: tuple[str, ...] = ()
    rest: bool = False
    evaluation: str = ""
    basis: Basis = "data"
    because: str = ""
    action: str = ""
    option: str = ""
    quantity: Decimal | None = None
    options: tuple[str, ...] = ()
    gains: tuple[str, ...] | None = None
    gives_up: tuple[str, ...] | None = None
    against: str = ""
    expectation: Expectation | None = None
    assumptions: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    conflict: str = ""
    reason_code: str = ""
    next_look: date | Literal["next review"] | None = None
    supersedes: str = ""
    resolves: tuple[str, ...] = ()
    switching_cost: str = ""


def trimmed(wish: Wish) -> Wish:
    """The same without blanks around what is said: a reason of blanks is none, nor is such a unit.

    Keys of units stay as they were typed, since a blank may be part of one.

    Example:
        >>> trimmed(Wish(because=" late ", units=("a", " "))).units
        ('a',)
    """
    return replace(
        wish,
        units=tuple(unit for unit in wish.units if unit.strip()),
        because=wish.because.strip(),
        action=wish.action.strip(),
        option=wish.option.strip(),
        options=tuple(option.strip() for option in wish.options if option.strip()),
        conflict=wish.conflict.strip(),
        reason_code=wish.reason_code.strip(),
        supersedes=wish.supersedes.strip(),
        switching_cost=wish.switching_cost.strip(),
        resolves=tuple(one.strip() for one in wish.resolves),
    )
