"""Bands that remember against a sequential reference in plain Python, on random and real series."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.banded import WEEK, Remembering, evaluated, reference, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS = ("a", "b", "茶", "d/e")
SHARED = Path(os.environ.get("PMPO_SHARED_DATA", ""))
STEPS = st.integers(0, 40).map(lambda n: Decimal(n) / 20)


@st.composite
def remembering(draw: st.DrawFn) -> Remembering:
    """A band with one to four edges; hysteresis may be wider than its bands."""
    edges = tuple(sorted(draw(st.sets(STEPS, min_size=1, max_size=4))))
    width = draw(st.one_of(st.none(), st.integers(0, 12).map(lambda n: Decimal(n) / 20)))
    dwell = draw(st.one_of(st.none(), st.integers(1, 3)))
    if width is None and dwell is None:
        width = Decimal(0)
    lower = {"b": Decimal("-0.05")} if draw(st.booleans()) else {}
    return Remembering(edges, width, dwell, draw(st.sampled_from(["left", "right"])), lower)


@st.composite
def series(draw: st.DrawFn, length: int) -> list[Mapping[str, Decimal | None]]:
    """Values of up to four units by week, some missing, some units not there yet or any more."""
    values = st.one_of(st.none(), STEPS, STEPS)
    weeks: list[Mapping[str, Decimal | None]] = []
    for _ in range(length):
        present = draw(st.sets(st.sampled_from(UNITS), min_size=1))
        weeks.append({unit: draw(values) for unit in sorted(present)})
    return weeks


@settings(max_examples=30)
@given(remembering(), series(7), st.dictionaries(st.sampled_from(UNITS), st.sampled_from("ab")))
def test_every_week_is_what_a_sequence_of_triggers_says(
    band: Remembering, weeks: list[Mapping[str, Decimal | None]], groups: dict[str, str]
) -> None:
    """Labels, what is remembered and since when: left and right, by segment, with gaps."""
    found = [rows(one) for one in evaluated([band] * len(weeks), weeks, groups)]
    assert found == reference(band, weeks, groups)


@settings(max_examples=8)
@given(remembering(), series(4))
def test_without_width_the_bands_are_plain(
    band: Remembering, weeks: list[Mapping[str, Decimal | None]]
) -> None:
    """Hysteresis of zero and no dwell give every week the labels of a band without a memory."""
    zero = replace(band, hysteresis=Decimal(0), dwell=None)
    plain = replace(band, hysteresis=None, dwell=None)
    with_zero = [rows(one) for one in evaluated([zero] * 4, weeks)]
    without = [rows(one) for one in evaluated([plain] * 4, weeks)]
    assert [{unit: told[0] for unit, told in week.items()} for week in with_zero] == [
        {unit: told[0] for unit, told in week.items()} for week in without
    ]


@settings(max_examples=8)
@given(remembering(), series(5), st.integers(1, 4))
def test_another_definition_begins_anew(
    band: Remembering, weeks: list[Mapping[str, Decimal | None]], change: int
) -> None:
    """From the week of a change on, everything is as if there had been no week before."""
    other = replace(band, formula="COUNT(*) + 0")
    bands = [band] * change + [other] * (5 - change)
    found = [rows(one) for one in evaluated(bands, weeks)]
    fresh = [rows(one) for one in evaluated([other] * (5 - change), weeks[change:])]
    moved = [
        {
            unit: (label, last, since and since + change * WEEK)
            for unit, (label, last, since) in week.items()
        }
        for week in fresh
    ]
    assert found[change:] == moved


def real_series(name: str, column: str, weeks: int, digits: int) -> list[dict[str, Decimal | None]]:
    """Weekly values of a real column by store and brand, as decimals; weeks may lack a unit."""
    path = SHARED / "retail" / name
    if not os.environ.get("PMPO_SHARED_DATA") or not path.is_file():
        pytest.skip("PMPO_SHARED_DATA does not hold the orange juice data")
    data = pq.read_table(path, columns=["store", "brand", "week", column])
    first = pc.min(data["week"]).as_py()
    found: list[dict[str, Decimal | None]] = [{} for _ in range(weeks)]
    for row in data.to_pylist():
        week = int(row["week"] - first)
        if week < weeks:
            unit = f"{row['store']:.0f}/{row['brand']:.0f}"
            found[week][unit] = round(Decimal(repr(row[column])), digits)
    return found


@pytest.mark.parametrize(
    "band",
    [
        Remembering((Decimal(10), Decimal(25), Decimal(35)), Decimal(2)),
        Remembering((Decimal(10), Decimal(25), Decimal(35)), None, 3),
        Remembering((Decimal(10), Decimal(25), Decimal(35)), Decimal("1.5"), 2, "right"),
    ],
    ids=["hysteresis", "dwell", "both"],
)
def test_on_real_series_too(band: Remembering) -> None:
    """Gross margins of 83 stores × 11 brands over 30 weeks, with weeks that lack a unit."""
    weeks = real_series("orange_juice_weeks_40_119.parquet", "profit", 30, 2)
    found = [rows(one) for one in evaluated([band] * 30, weeks)]
    assert found == reference(band, weeks)
    labels = [{unit: told[0] for unit, told in week.items()} for week in found]
    assert len({label for week in labels for label in week.values()}) == len(band.edges) + 1
    plain = reference(replace(band, hysteresis=None, dwell=None), weeks)
    assert _changes(labels) < _changes([{u: told[0] for u, told in w.items()} for w in plain])


def _changes(weeks: list[dict[str, str]]) -> int:
    """How often a unit's label differs from the week before."""
    return sum(
        now[unit] != before[unit]
        for before, now in pairwise(weeks)
        for unit in now.keys() & before.keys()
    )
