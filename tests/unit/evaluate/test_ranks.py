from __future__ import annotations

import random

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pmpo.evaluate.evaluate import with_ranks

SCORES = st.lists(
    st.none() | st.integers(-(10**18), 10**18) | st.sampled_from([0, 50 * 10**12]), max_size=60
)


def ranks(scores: list[int | None]) -> list[int | None]:
    """The ranks that a column of scores gets."""
    table = pa.table({"unit": pa.array(range(len(scores))), "rank": pa.array(scores, pa.int64())})
    found = with_ranks(table)
    assert found.schema == table.schema
    return found["rank"].to_pylist()  # type: ignore[no-any-return]


@given(SCORES)
def test_ranks_follow_scores_and_then_the_order_of_the_units(scores: list[int | None]) -> None:
    """As a sort in Python: best first, ties in order, and no rank without a score."""
    scored = [(-score, place) for place, score in enumerate(scores) if score is not None]
    expected: list[int | None] = [None] * len(scores)
    for rank, (_, place) in enumerate(sorted(scored), start=1):
        expected[place] = rank
    assert ranks(scores) == expected


def test_many_ties_stay_in_order() -> None:
    """Far more rows than one batch, with few scores."""
    dice = random.Random("ties")
    scores = [dice.choice([None, 1, 2, 3]) for _ in range(200_000)]
    found = ranks(scores)
    scored = [(-score, place) for place, score in enumerate(scores) if score is not None]
    assert [found[place] for _, place in sorted(scored)] == list(range(1, len(scored) + 1))
