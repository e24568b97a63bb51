"""Sets of values of one input of a decision table, and the pieces into which cells cut them.

Every kind of value becomes whole numbers first: a number counts units of its declared precision,
a date its days, a label its position. So a set is a few closed intervals of whole numbers and,
apart from them, the missing value; whether a cell's end was open or closed is decided once, here,
and nothing lies between two neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

Bound = int | float
"""A whole number, or minus or plus infinity, which are the only floats among them."""

LOWEST: Final = -math.inf
HIGHEST: Final = math.inf


@dataclass(frozen=True, slots=True)
class Region:
    """A set of values of one input.

    Args:
        intervals: first and last whole number of each run, in order, with a gap between two.
        missing: whether the missing value belongs to it.
    """

    intervals: tuple[tuple[Bound, Bound], ...] = ()
    missing: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no value belongs to it, and neither does the missing one."""
        return not self.intervals and not self.missing

    def meet(self, other: Region) -> Region:
        """What belongs to both.

        Example:
            >>> between(0, 9).meet(between(5, 20))
            Region(intervals=((5, 9),), missing=False)
        """
        common = [
            (max(low, others_low), min(high, others_high))
            for low, high in self.intervals
            for others_low, others_high in other.intervals
        ]
        return region(common, missing=self.missing and other.missing)

    def join(self, other: Region) -> Region:
        """What belongs to one of them."""
        return region([*self.intervals, *other.intervals], missing=self.missing or other.missing)

    def without(self, other: Region) -> Region:
        """What belongs to this one only."""
        edges = [(LOWEST, LOWEST), *other.intervals, (HIGHEST, HIGHEST)]
        outside = [(high + 1, low - 1) for (_, high), (low, _) in pairwise(edges)]
        return self.meet(region(outside, missing=not other.missing))


NOTHING: Final = Region()
MISSING: Final = Region(missing=True)
ANY: Final = Region(((LOWEST, HIGHEST),))


def between(low: Bound, high: Bound) -> Region:
    """All whole numbers from `low` to `high`, both included; nothing when they cross."""
    return region([(low, high)])


def region(intervals: Iterable[tuple[Bound, Bound]], *, missing: bool = False) -> Region:
    """The set of what lies in any of `intervals`, which may cross, touch and overlap.

    Example:
        >>> region([(5, 9), (1, 3), (4, 4), (8, 2)])
        Region(intervals=((1, 9),), missing=False)
    """
    joined: list[tuple[Bound, Bound]] = []
    for low, high in sorted(filter(_holds_a_number, intervals)):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return Region(tuple(joined), missing)


def _holds_a_number(run: tuple[Bound, Bound]) -> bool:
    low, high = run
    return low <= high and low != HIGHEST and high != LOWEST


@dataclass(frozen=True, slots=True)
class Pieces:
    """One input, cut wherever a cell tells two values apart; a set is then a set of pieces.

    Args:
        parts: disjoint sets in order, the missing value last.
    """

    parts: tuple[Region, ...]

    @property
    def all(self) -> int:
        """Every piece, as bits."""
        return (1 << len(self.parts)) - 1

    def bits(self, wanted: Region) -> int:
        """The pieces that lie in `wanted`, as bits; no piece lies in it only in part."""
        found, runs, at = 0, wanted.intervals, 0
        for index, part in enumerate(self.parts):
            if part.missing:
                found |= wanted.missing << index
                continue
            low, high = part.intervals[0]
            while at < len(runs) and runs[at][1] < low:
                at += 1
            if at < len(runs) and runs[at][0] <= low and high <= runs[at][1]:
                found |= 1 << index
        return found

    def region(self, bits: int) -> Region:
        """The set that some pieces make up together."""
        chosen = [part for index, part in enumerate(self.parts) if bits >> index & 1]
        return region(
            (run for part in chosen for run in part.intervals),
            missing=any(part.missing for part in chosen),
        )


def cut(whole: Region, sets: Sequence[Region]) -> Pieces:
    """The fewest intervals of `whole` of which each lies in or out of each of `sets`.

    Example:
        >>> [part.intervals for part in cut(between(0, 9), [between(3, 5)]).parts]
        [((0, 2),), ((3, 5),), ((6, 9),)]
    """
    starts = {low for one in sets for low, _ in one.intervals}
    starts |= {high + 1 for one in sets for _, high in one.intervals if high != HIGHEST}
    parts: list[Region] = []
    for low, high in whole.intervals:
        inside = sorted(start for start in starts if low < start <= high)
        parts += [
            Region(((first, following - 1),))
            for first, following in pairwise([low, *inside, high + 1])
        ]
    return Pieces((*parts, *([MISSING] if whole.missing else [])))
