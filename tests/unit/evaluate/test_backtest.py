"""What is said of labels over time, counted by hand and by brute force."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pmpo.evaluate.backtest import FLAP, behaviour, labels_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Periods = st.integers(1, 9).flatmap(
    lambda n: st.lists(
        st.dictionaries(st.sampled_from("uvw"), st.sampled_from("abc"), max_size=3),
        min_size=n,
        max_size=n,
    )
)


def periods(**strips: str) -> list[dict[str, str]]:
    """The labels of each period from one text per unit; a dot where it is not there."""
    length = max(map(len, strips.values()))
    return [{u: s[i] for u, s in strips.items() if s[i] != "."} for i in range(length)]


def test_stays_entries_and_flaps_of_a_handful_of_units() -> None:
    """By hand: a short visit is a flap, a gap ends a stay, what began before is no entry."""
    found = behaviour(periods(u="aabaaa", v="abbbba", w="b.ab.."), order="abc")
    a, b, c = found.labels()
    assert (a.unit_periods, a.entries, a.flaps) == (8, 3, 0)
    assert (b.unit_periods, b.entries, b.flaps) == (7, 3, 1)
    assert (a.median_stay, a.longest_stay, a.longest_unit) == (1.0, 3, "u")
    assert (b.median_stay, b.longest_stay, b.longest_unit) == (1.0, 4, "v")
    assert (c.unit_periods, c.share, c.entries, c.longest_unit) == (0, 0.0, 0, "")
    assert a.by_period == (2, 1, 1, 1, 1, 2)
    assert (a.share, b.share) == (8 / 15, 7 / 15)
    assert (found.all_changes, found.all_flaps) == (5, 1)
    assert found.restless() == ["u", "v", "w"]


def test_numbers_of_a_table_are_labels_by_their_size() -> None:
    """What a table counts or adds up is followed like words, the smallest number first."""
    results = pa.table(
        {
            "key_sku": ["u", "v", "w", "x", "y"],
            "status": ["ranked", "ranked", "ranked", "blocked", "out_of_scope"],
            "out_t_n": pa.array([Decimal("10.0"), Decimal("9.5"), Decimal(-1), None, None]),
        }
    )
    period = labels_of(results, ["sku"], "out_t_n")
    assert period == {"u": "10.0", "v": "9.5", "w": "-1.0", "x": "–"}
    assert [one.label for one in behaviour([period]).labels()] == ["-1.0", "9.5", "10.0", "–"]


def test_a_unit_that_was_away_does_not_flap() -> None:
    """Only what is seen in consecutive periods counts as coming back."""
    assert behaviour(periods(u="a.ba")).all_flaps == 0
    assert behaviour(periods(u="ab.a")).all_flaps == 0
    assert behaviour(periods(u="abba")).all_flaps == 1
    assert behaviour(periods(u="abbba")).all_flaps == 0


def brute_flaps(periods: Sequence[Mapping[str, str]], unit: str) -> int:
    """Every way to leave a label and be back in it within the limit, looked for one by one."""
    strip = [period.get(unit) for period in periods]
    found = 0
    for start in range(1, len(strip)):
        for length in range(1, FLAP + 1):
            end = start + length
            inside, after = strip[start:end], strip[end : end + 1]
            same = set(inside) == {strip[start]} and after == [strip[start - 1]]
            if same and None not in (strip[start], strip[start - 1]):
                found += strip[start] != strip[start - 1]
    return found


@given(Periods)
def test_counts_add_up(periods: list[dict[str, str]]) -> None:
    """Unit-periods, entries, changes and flaps agree with counting them one by one."""
    found = behaviour(periods)
    labels = found.labels()
    assert sum(one.unit_periods for one in labels) == sum(map(len, periods))
    for one in labels:
        counts = [sum(label == one.label for label in period.values()) for period in periods]
        assert list(one.by_period) == counts
        entries = sum(
            label == one.label and before.get(unit) != label
            for before, now in pairwise(periods)
            for unit, label in now.items()
        )
        assert one.entries == entries
    changes = sum(
        unit in before and before[unit] != label
        for before, now in pairwise(periods)
        for unit, label in now.items()
    )
    assert found.all_changes == changes
    assert found.all_flaps == sum(one.flaps for one in labels)
    assert found.all_flaps == sum(brute_flaps(periods, unit) for unit in "uvw")
