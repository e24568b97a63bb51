"""Statements of what is gained and given up, against the numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo.decide.tradeoff import contradictions, stated_by_numbers, unit_left_out
from pmpo.evaluate.selection import Decided
from pmpo.model.decision import TradeOffStatement
from tests.decided import CHARTER, trial

if TYPE_CHECKING:
    from pathlib import Path

AXES = ("growth", "margin", "care")
POINTS = st.decimals(-100, 100, places=2)
NUMBERS = st.fixed_dictionaries(dict.fromkeys(AXES, POINTS))
OPEN = st.fixed_dictionaries(dict.fromkeys(AXES, st.decimals(0, 20, places=2)))


def said(
    numbers: dict[str, Decimal], open_points: dict[str, Decimal], gains: set[str], gives: set[str]
) -> list[str]:
    """The axes on which a statement is contradicted."""
    statement = TradeOffStatement(
        gains=tuple(gains),
        gives_up=tuple(gives),
        against="x",
        differences=numbers,
        uncertainty=open_points,
    )
    return [one.axis for one in contradictions(statement)]


@given(NUMBERS, OPEN)
def test_what_the_numbers_say_is_never_contradicted(
    numbers: dict[str, Decimal], open_points: dict[str, Decimal]
) -> None:
    """The statement that the numbers make fits them, whatever they are."""
    assert contradictions(stated_by_numbers(numbers, open_points, "x")) == []


@given(NUMBERS, OPEN, st.sets(st.sampled_from(AXES)), st.sets(st.sampled_from(AXES)))
def test_every_statement_is_judged_axis_by_axis(
    numbers: dict[str, Decimal],
    open_points: dict[str, Decimal],
    gains: set[str],
    gives: set[str],
) -> None:
    """Clear differences must be named on their side; unclear ones may be on either, not on both."""
    wrong = set()
    for axis in AXES:
        value, open_ = numbers[axis], open_points[axis]
        side = (axis in gains, axis in gives)
        allowed = {
            "up": {(True, False)},
            "down": {(False, True)},
            "open": {(True, False), (False, True), (False, False)},
            "none": {(False, False)},
        }
        kind = "up" if value > open_ else "down" if value < -open_ else "open" if open_ else "none"
        if side not in allowed[kind]:
            wrong.add(axis)
    assert set(said(numbers, open_points, gains, gives)) == wrong


@pytest.mark.parametrize(
    ("units", "committed", "capacity", "expected"),
    [
        (("a",), (), 2, "c"),  # inside the capacity: what does not fit any more
        (("c",), (), 2, "a"),  # from beyond it: the best inside that nobody has committed to
        (("c",), ("a",), 2, "b"),
        (("d",), ("a", "b"), 2, "c"),  # all inside is taken
        (("a",), (), None, "b"),  # without a capacity: the next best
        (("a", "b"), (), None, "c"),
        (("a",), ("b", "c", "d"), None, None),
        (("a", "b"), (), 4, None),
    ],
)
def test_what_is_displaced(
    tmp_path: Path,
    units: tuple[str, ...],
    committed: tuple[str, ...],
    capacity: int | None,
    expected: str | None,
) -> None:
    """The best unit left out depends on the capacity and on what is taken already."""
    line = "ranking: {take: {capacity: 2}}"
    told = f"ranking: {{take: {{capacity: {capacity}}}}}" if capacity else ""
    run = trial(tmp_path, charter=CHARTER.replace(line, told)).office.latest()
    decided = Decided(dict.fromkeys(committed, "committed"), frozenset(committed))
    assert unit_left_out(run.charter, run.evaluation, units, decided) == expected
