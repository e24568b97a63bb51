"""Gaps, overlaps and dead rules of one decision table that shares out everything but one box.

Arguments: how many rules, how many inputs, the hit policy.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, cast

from benchmarks.process import Stopwatch, say
from pmpo.rules.cells import parse_cell
from pmpo.rules.decision import Decision, DecisionRule, Hit, Input, Output
from pmpo.rules.decision_sets import analyse_decision
from pmpo.rules.domains import Domain

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 1000
Side = tuple[int, int]


def shared_out(rules: int, inputs: int) -> list[tuple[Side, ...]]:
    """Boxes that cover everything once: one is cut in two until there are enough."""
    rng = random.Random(f"{rules} {inputs}")  # noqa: S311 - a seed, not a secret
    boxes: list[tuple[Side, ...]] = [((0, WIDTH),) * inputs]
    while len(boxes) < rules:
        box = boxes.pop(rng.randrange(len(boxes)))
        side = rng.randrange(inputs)
        low, high = box[side]
        at = rng.randrange(low, high)
        parts = [(low, at), (at, high)] if at > low else [(low, high)]
        boxes += [(*box[:side], part, *box[side + 1 :]) for part in parts]
    return boxes


def cells(box: tuple[Side, ...]) -> Iterator[str]:
    """A box as the cells of a rule."""
    for low, high in box:
        if (low, high) == (0, WIDTH):
            yield "-"
        elif low == 0:
            yield f"< {high / 100:.2f}"
        else:
            yield f">= {low / 100:.2f}" if high == WIDTH else f"[{low / 100:.2f}..{high / 100:.2f})"


def decision(rules: int, inputs: int, hit: str) -> Decision:
    """The table as the program reads it, without its first box."""
    number = Domain("number", precision=4)
    return Decision(
        "table",
        cast("Hit", hit),
        None,
        tuple(Input(f"input_{n}", number) for n in range(inputs)),
        (Output("outcome", "text"),),
        tuple(
            DecisionRule(f"R{n}", tuple(map(parse_cell, cells(box))), (f"outcome {n % 5}",))
            for n, box in enumerate(shared_out(rules + 1, inputs)[1:])
        ),
    )


def main(rules: str, inputs: str, hit: str = "UNIQUE") -> None:
    """Read the table, then measure the analysis alone."""
    table = decision(int(rules), int(inputs), hit)
    watch = Stopwatch()
    with watch("all"):
        found = analyse_decision(table)
    say(gaps=len(found.gaps), overlapping=found.overlapping, gave_up=found.gave_up, **watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
