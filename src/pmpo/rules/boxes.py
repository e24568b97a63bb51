"""Boxes over several inputs, and the search for a point that none of them covers.

Every input is cut into pieces that no rule tells apart (`regions.py`), so a set of values of one
input is a set of pieces: the bits of one whole number. A box is one such set per input, a rule
covers a box, and all questions about a table become questions about boxes: do two of them meet,
does one contain another, what do all of them together leave out. Nothing is open or closed,
infinite or missing any more; pieces have taken care of it.

Whether boxes cover everything is as hard as propositional logic, so the search has a budget and
says when it was not enough. Two facts make it short for tables that people write: boxes that do
not meet cover everything exactly if their volumes add up to the whole, and where volumes add up to
less than a box, something in it is left out for certain, so that nothing else need be looked at.

Source: Calvanese, Dumas, Laurson, Maggi, Montali, Teinemaa: Semantics and Analysis of DMN Decision
Tables, arXiv:1603.07466, which reduces the same questions to rectangles and sweeps over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import Final

Box = tuple[int, ...]
"""A set of pieces per input, as bits. A box with an empty set holds no point."""

LOOKS_MAX: Final = 2_000_000


class Budget:
    """How many boxes may still be looked at; shared by all questions about one table."""

    def __init__(self, looks: int = LOOKS_MAX) -> None:
        self.left = looks

    def spend(self, looks: int) -> bool:
        """Look at some boxes; whether that was still allowed."""
        self.left -= looks
        return self.left >= 0

    @property
    def spent(self) -> bool:
        """Whether a question was left without an answer."""
        return self.left < 0


def meet(one: Box, other: Box) -> Box | None:
    """The points that both hold; None where there are none."""
    found = []
    for left, right in zip(one, other, strict=True):
        both = left & right
        if not both:
            return None
        found.append(both)
    return tuple(found)


def meets(one: Box, other: Box) -> bool:
    """Whether two boxes share a point."""
    return all(left & right for left, right in zip(one, other, strict=True))


def contains(outer: Box, inner: Box) -> bool:
    """Whether every point of `inner` lies in `outer`."""
    return all(not right & ~left for left, right in zip(outer, inner, strict=True))


def is_empty(box: Box) -> bool:
    """Whether a box holds no point."""
    return not all(box)


def volume(box: Box) -> int:
    """How many points of pieces a box holds."""
    return prod(part.bit_count() for part in box)


def uncovered(space: Box, boxes: Iterable[Box], budget: Budget) -> Box | None:
    """A box inside `space` that none of `boxes` meets.

    Returns: None when `boxes` cover `space`, and when `budget.spent` as well: nothing was found.
    """
    waiting = [_clip(space, boxes)]
    while waiting:
        here, inside = waiting.pop()
        if not budget.spend(1 + len(inside)):
            return None
        if not inside:
            return here
        largest = max(inside, key=volume)
        if largest == here:
            continue
        halves = [_clip(part, inside) for part in without(here, largest)]
        certain = [half for half in halves if _lacks(*half)]
        if certain:
            waiting = [min(certain, key=lambda half: len(half[1]))]
        else:
            waiting += sorted(halves, key=lambda half: -len(half[1]))
    return None


def without(box: Box, taken: Box) -> Iterator[Box]:
    """What is left of `box` without `taken`, which lies inside it, as boxes that do not meet."""
    rest = list(box)
    for index, part in enumerate(taken):
        outside = rest[index] & ~part
        if outside:
            yield (*rest[:index], outside, *rest[index + 1 :])
        rest[index] = part


def grown(seed: Box, space: Box, boxes: Sequence[Box]) -> Box:
    """The box around `seed` inside `space` that cannot grow without meeting one of `boxes`.

    It grows along one input after the other, so that a reader meets one wide gap, not many slices.
    """
    found = list(seed)
    for index in range(len(found)):
        found[index] = space[index]
        blocked = 0
        for box in boxes:
            if meets((*found[:index], *found[index + 1 :]), (*box[:index], *box[index + 1 :])):
                blocked |= box[index]
        found[index] = space[index] & ~blocked
    return tuple(found)


def covered_exactly(space: Box, boxes: Iterable[Box]) -> bool:
    """Whether boxes that do not meet each other cover all of `space`."""
    return sum(volume(part) for box in boxes if (part := meet(space, box))) == volume(space)


def _clip(space: Box, boxes: Iterable[Box]) -> tuple[Box, list[Box]]:
    """A box with what lies in it of others."""
    return space, [part for box in boxes if (part := meet(space, box))]


def _lacks(here: Box, inside: Sequence[Box]) -> bool:
    """Whether boxes are too small, all together, to fill the one they lie in."""
    room = volume(here)
    for box in inside:
        room -= volume(box)
        if room <= 0:
            return False
    return True
