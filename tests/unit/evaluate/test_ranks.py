from __future__ import annotations

import random
from decimal import Decimal

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pmpo.evaluate.evaluate import with_ranks

SCORES = st.lists(
    st.none()
    | st.integers(-(10**17), 10**17).map(lambda n: Decimal(n).scaleb(-12))
    | st.sampled_from([Decimal(50), Decimal(0), Decimal("50.000000000001")]),
    max_size=60,
)


def ranks(scores: list[Decimal | None]) -> list[int | None]:
    """The ranks that a column of scores gets."""
    table = pa.table(
        {
            "rank": pa.nulls(len(scores), pa.int64()),
            "score": pa.array(scores, pa.decimal128(18, 12)),
        }
    )
    found = with_ranks(table)
    assert found.schema == table.schema
    return found["rank"].to_pylist()


@given(SCORES)
def test_ranks_follow_scores_and_then_the_order_of_the_units(scores: list[Decimal | None]) -> None:
    """As a sort in Python: best first, ties in order, and no rank without a score."""
    scored = [place for place, score in enumerate(scores) if score is not None]
    best = sorted(scored, key=lambda place: (-(scores[place] or 0), place))
    expected: list[int | None] = [None] * len(scores)
    for rank, place in enumerate(best, start=1):
        expected[place] = rank
    assert ranks(scores) == expected


def test_many_ties_stay_in_order() -> None:
    """Far more rows than one batch, with few scores."""
    dice = random.Random("ties")
    scores = [dice.choice([None, Decimal(1), Decimal(2), Decimal(3)]) for _ in range(200_000)]
    found = ranks(scores)
    in_order = sorted((rank, place) for place, rank in enumerate(found) if rank is not None)
    assert [rank for rank, _ in in_order] == list(range(1, len(in_order) + 1))
    told = [(-scores[place], place) for _, place in in_order]  # type: ignore[operator]
    assert told == sorted(told)
