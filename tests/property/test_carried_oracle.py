"""Carried values against a sequential reference in plain Python, on random and real series."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.carrying import HOLD_WEEKS, WEEK, Carrying, Said, Seen, evaluated, reference, said
from tests.property.test_prior_oracle import real_series

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

UNITS = ("a", "b", "茶", "d/e")
AGES = st.integers(1, 4)
CHARTERS = st.builds(Carrying, AGES, AGES, AGES)
SEEN = st.builds(
    Seen,
    st.one_of(st.none(), st.none(), st.integers(0, 8).map(lambda n: Decimal(n) / 4)),
    st.one_of(st.just(0), st.integers(0, HOLD_WEEKS)),
    st.one_of(st.none(), st.none(), st.sampled_from([date(2019, 5, 1), date(2022, 1, 1)])),
)


@st.composite
def series(draw: st.DrawFn, length: int) -> list[Mapping[str, Seen]]:
    """Units by week: most values missing, some units not there yet or any more."""
    weeks: list[Mapping[str, Seen]] = []
    for _ in range(length):
        present = draw(st.sets(st.sampled_from(UNITS), min_size=2))
        weeks.append({unit: draw(SEEN) for unit in sorted(present)})
    return weeks


@settings(max_examples=15)
@given(CHARTERS, series(7))
def test_every_week_is_what_a_sequence_says(one: Carrying, weeks: list[Mapping[str, Seen]]) -> None:
    """Rules, moments of carried values, what is known and grades: of two tables, over gaps."""
    assert [said(found) for found in evaluated([one] * len(weeks), weeks)] == reference(one, weeks)


@settings(max_examples=5)
@given(CHARTERS, series(5), st.integers(1, 4))
def test_another_definition_of_the_signal_begins_anew(
    one: Carrying, weeks: list[Mapping[str, Seen]], change: int
) -> None:
    """From a change of the formula on, nothing is known of `x` before; `since` is what it was."""
    other = replace(one, formula="SUM(x) + 0")
    found = [said(e) for e in evaluated([one] * change + [other] * (5 - change), weeks)]
    fresh = reference(one, weeks[change:])
    whole = reference(one, weeks)
    assert [_x(week) for week in found[change:]] == [_x(week, change) for week in fresh]
    assert [_since(week) for week in found] == [_since(week) for week in whole]


@settings(max_examples=5)
@given(CHARTERS, series(4), AGES)
def test_how_long_a_value_is_carried_is_no_part_of_what_is_known(
    one: Carrying, weeks: list[Mapping[str, Seen]], age: int
) -> None:
    """Another `max_age`, edge or reason counts at once, for values that were known before."""
    other = replace(one, x_in_a=age, edge=Decimal("0.5"), because="Better said.")
    found = [said(e) for e in evaluated([one, one, one, other], weeks)]
    assert found[-1] == reference(other, weeks)[-1]


def test_on_real_series_too() -> None:
    """Gross margins of 83 stores × 11 brands over 30 weeks, with weeks in which a store is shut."""
    known = real_series("orange_juice_weeks_40_119.parquet", "profit", 30, 2)
    units = sorted({unit for week in known for unit in week})
    weeks = [{unit: Seen(week.get(unit)) for unit in units} for week in known]
    one = Carrying(2, 5, 1, edge=Decimal(25))
    found = [said(each) for each in evaluated([one] * 30, weeks)]
    assert found == reference(one, weeks)
    in_a, in_b = (
        sum(each.carried[table] is not None for week in found for each in week.values())
        for table in (0, 1)
    )
    assert 0 < in_a < in_b


def _x(week: Mapping[str, Said], later: int = 0) -> dict[str, tuple[float | None, datetime | None]]:
    """What is known of `x`, of moments so many weeks later."""
    return {unit: (one.x[0], one.x[1] and one.x[1] + later * WEEK) for unit, one in week.items()}


def _since(week: Mapping[str, Said]) -> dict[str, tuple[date | None, datetime | None]]:
    return {unit: one.since for unit, one in week.items()}


@pytest.mark.parametrize("weeks", [1, 2, 3])
def test_a_value_is_carried_up_to_its_age_and_not_a_week_longer(weeks: int) -> None:
    """A value of the first week stands in for as many weeks as `max_age` says."""
    series = [{"a": Seen(Decimal(2))}, *({"a": Seen()} for _ in range(4))]
    found = [said(each)["a"].rule_a for each in evaluated([Carrying(weeks, 4, 1)] * 5, series)]
    assert found == ["R2"] * (weeks + 1) + ["R0"] * (4 - weeks)
