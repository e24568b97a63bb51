"""What a decision table leaves out, says twice, or never says: gaps, overlaps, dead rules.

The table arrives as sets of values (`regions.py`); the answers are examples that a person can
check by reading: one value per input, and the cells of a rule that would fill the gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from pmpo.rules.boxes import (
    Box,
    Budget,
    contains,
    covered_exactly,
    grown,
    is_empty,
    meet,
    meets,
    uncovered,
)
from pmpo.rules.decision import Hit
from pmpo.rules.grid import Column, Grid, Line

GAPS_MAX: Final = 5
OVERLAPS_MAX: Final = 5
# Every pair of rules is compared; more rules than this are nobody's table.
RULES_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class Gap:
    """Values without a rule: one example, and the widest cells around it; one text per input."""

    point: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules that apply to the same values, and an example of them."""

    one: int
    other: int
    point: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dead:
    """A rule that changes nothing, because of the rules `by`; without any, by its own cells.

    `cell` is the position of the first cell that holds for nothing, where a single one does.
    """

    rule: int
    by: tuple[int, ...]
    cell: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All that was found.

    Args:
        more_gaps: whether there are more than those; None when the search gave up.
        overlaps: the first few; `overlapping` counts them all.
        closed: accepted gaps in which every value has a rule.
        gave_up: a question was left open because the search took too long.
    """

    gaps: tuple[Gap, ...]
    more_gaps: bool | None
    overlaps: tuple[Overlap, ...]
    overlapping: int
    dead: tuple[Dead, ...]
    closed: tuple[int, ...]
    gave_up: bool


NOT_ANALYSED: Final = Analysis(
    gaps=(), more_gaps=None, overlaps=(), overlapping=0, dead=(), closed=(), gave_up=True
)


def analyse(
    columns: Sequence[Column],
    rules: Sequence[Line],
    hit: Hit,
    *,
    ranks: Sequence[int] = (),
    accepted: Sequence[Line] = (),
    never: Sequence[Line] = (),
    complete: bool = True,
) -> Analysis:
    """Find what is wrong with a table's rules, with an example for each.

    Args:
        columns: in the order of the cells.
        ranks: with FIRST and PRIORITY, the place of each rule in the order in which they are asked.
        accepted: gaps that somebody answers for.
        never: values that do not come together: no gap, and no overlap.
        complete: whether values without a rule are gaps.
    """
    if len(rules) > RULES_MAX:
        return NOT_ANALYSED
    grid = Grid(columns, [*rules, *accepted, *never])
    boxes = [grid.box(rule) for rule in rules]
    waived = [grid.box(gap) for gap in accepted]
    unmet = [grid.box(values) for values in never]
    budget = Budget()
    pairs = list(_meeting(boxes))
    wrong = [
        pair
        for pair in pairs
        if _conflict(hit, rules, *pair)
        and not (unmet and _filled(_both(boxes, pair), unmet, budget))
    ]
    whole = not pairs and not unmet and not any(meets(box, gap) for box in boxes for gap in waived)
    covering = [*boxes, *waived, *unmet] if complete else [grid.space]
    gaps, more = _gaps(grid, covering, budget, disjoint=whole and _apart(waived))
    dead = tuple(_dead(hit, rules, boxes, ranks, unmet, budget))
    closed = tuple(n for n, gap in enumerate(waived) if _filled(gap, [*boxes, *unmet], budget))
    return Analysis(
        gaps=gaps,
        more_gaps=more,
        overlaps=tuple(
            Overlap(*pair, grid.point(_example(_both(boxes, pair), unmet, budget)))
            for pair in wrong[:OVERLAPS_MAX]
        ),
        overlapping=len(wrong),
        dead=dead,
        closed=closed,
        gave_up=budget.spent,
    )


def _both(boxes: Sequence[Box], pair: tuple[int, int]) -> Box:
    """Where both rules of a pair hold; they are known to meet."""
    one, other = pair
    return meet(boxes[one], boxes[other]) or boxes[one]


def _example(box: Box, unmet: Sequence[Box], budget: Budget) -> Box:
    """A part of a box in which values come together; all of it where the search gave up."""
    return uncovered(box, unmet, budget) or box


def _meeting(boxes: Sequence[Box]) -> Iterator[tuple[int, int]]:
    """The pairs of rules that apply to some values together."""
    for (one, box), (other, later) in combinations(enumerate(boxes), 2):
        if meets(box, later):
            yield one, other


def _apart(boxes: Sequence[Box]) -> bool:
    return next(_meeting(boxes), None) is None


def _conflict(hit: Hit, rules: Sequence[Line], one: int, other: int) -> bool:
    """Whether two rules may not apply together."""
    return hit == "UNIQUE" or (hit == "ANY" and rules[one].outputs != rules[other].outputs)


def _gaps(
    grid: Grid, boxes: Sequence[Box], budget: Budget, *, disjoint: bool
) -> tuple[tuple[Gap, ...], bool | None]:
    """The first gaps, and whether there are more; None when nobody knows."""
    covered, found = list(boxes), list[Gap]()
    while True:
        if disjoint and covered_exactly(grid.space, covered):
            return tuple(found), False
        seed = uncovered(grid.space, covered, budget)
        if seed is None:
            return tuple(found), None if budget.spent else False
        if len(found) == GAPS_MAX:
            return tuple(found), True
        wide = grid.readable(grown(seed, grid.space, covered), seed)
        gap = grid.tellable(wide, seed)
        found.append(Gap(grid.point(gap), grid.cells(gap)))
        covered.append(gap)


def _dead(
    hit: Hit,
    rules: Sequence[Line],
    boxes: Sequence[Box],
    ranks: Sequence[int],
    unmet: Sequence[Box],
    budget: Budget,
) -> Iterator[Dead]:
    """Rules without which the table would say the same."""
    gone: set[int] = set()
    for rule, box in enumerate(boxes):
        if _filled(box, unmet, budget):
            gone.add(rule)
            void = (n for n, cell in enumerate(rules[rule].cells) if cell.is_empty)
            yield Dead(rule, (), next(void, None))
            continue
        stronger = [
            other
            for other in range(len(boxes))
            if other != rule and other not in gone and _beats(hit, rules, ranks, other, rule)
        ]
        by = _behind(box, boxes, stronger, unmet, budget)
        if by:
            gone.add(rule)
            yield Dead(rule, by)


def _beats(hit: Hit, rules: Sequence[Line], ranks: Sequence[int], one: int, other: int) -> bool:
    """Whether where both apply, what `one` says is what counts."""
    if hit == "ANY":
        return rules[one].outputs == rules[other].outputs
    return hit in ("FIRST", "PRIORITY") and ranks[one] < ranks[other]


def _behind(
    box: Box,
    boxes: Sequence[Box],
    others: Sequence[int],
    unmet: Sequence[Box],
    budget: Budget,
) -> tuple[int, ...]:
    """The rules that leave nothing of `box`: one that contains it, or all that share it."""
    near = [other for other in others if meets(boxes[other], box)]
    for other in near:
        if contains(boxes[other], box):
            return (other,)
    if near and _filled(box, [*(boxes[other] for other in near), *unmet], budget):
        return tuple(near)
    return ()


def _filled(box: Box, others: Sequence[Box], budget: Budget) -> bool:
    """Whether `others` cover all of `box`, for certain."""
    return is_empty(box) or (uncovered(box, others, budget) is None and not budget.spent)
