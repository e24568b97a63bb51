"""The hash of a table: over typed rows, not over how Arrow keeps them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo.model.canonical import hash_json, hash_table

ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.text(max_size=4)),
        st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        st.one_of(st.none(), st.floats(allow_nan=False)),
        st.one_of(st.none(), st.booleans()),
        st.one_of(st.none(), st.decimals(-999, 999, places=2)),
    ),
    max_size=8,
)
FIXED = "sha256:ec3373f9a2d06646c531c793c3345b23141fae627e36dbbb8494a9853122d74e"
KINDS = [pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.decimal128(12, 2)]


def table(rows: list[tuple[Any, ...]]) -> pa.Table:
    """The rows as columns a to e."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(KINDS)
    arrays = [pa.array(c, k) for c, k in zip(columns, KINDS, strict=True)]
    return pa.table(dict(zip("abcde", arrays, strict=True)))


def normal(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows with one zero."""
    return [tuple(v + 0.0 if isinstance(v, float) else v for v in row) for row in rows]


@given(ROWS, st.integers(0, 8))
def test_the_hash_does_not_see_chunks_slices_or_dictionaries(
    rows: list[tuple[Any, ...]], cut: int
) -> None:
    """The same rows in two chunks, as a slice of more, or dictionary-encoded hash alike."""
    whole = table(rows)
    expected = hash_table(whole)
    assert hash_table(pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])) == expected
    padded = pa.concat_tables([whole, whole, whole]).combine_chunks()
    assert hash_table(padded.slice(len(rows), len(rows))) == expected
    encoded = whole.set_column(0, "a", whole["a"].combine_chunks().dictionary_encode())
    assert hash_table(encoded) == expected
    large = whole.set_column(0, "a", whole["a"].cast(pa.large_string()))
    assert hash_table(large) == expected


@given(ROWS, ROWS)
def test_other_rows_have_another_hash(
    one: list[tuple[Any, ...]], two: list[tuple[Any, ...]]
) -> None:
    """Equal hashes mean equal rows; only −0.0 and 0.0 count as one."""
    assert (hash_table(table(one)) == hash_table(table(two))) == (normal(one) == normal(two))


def test_there_is_one_zero() -> None:
    """−0.0 and 0.0 are one number, in every chunk of a column and behind missing values."""
    whole = pa.table({"a": pa.array([0.0, None, 0.0, 1.0], pa.float64())})
    negative = pa.table({"a": pa.array([-0.0, None, -0.0, 1.0], pa.float64())})
    chunks = pa.concat_tables([negative.slice(0, 2), negative.slice(2)])
    assert {hash_table(negative), hash_table(chunks)} == {hash_table(whole)}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (["ab", "c"], ["a", "bc"]),
        (["", None], [None, ""]),
        ([None, "a"], ["a", None]),
    ],
)
def test_texts_keep_their_borders(one: list[str | None], two: list[str | None]) -> None:
    """Where one text ends and whether it is there are part of the hash."""
    hashes = {hash_table(pa.table({"a": pa.array(v, pa.string())})) for v in (one, two)}
    assert len(hashes) == 2


def test_names_types_and_order_of_columns_count() -> None:
    """A column renamed, retyped or moved is another table."""
    base = {"a": pa.array([1, 2]), "b": pa.array([3, 4])}
    others = [
        {"a": base["a"], "c": base["b"]},
        {"b": base["b"], "a": base["a"]},
        {"a": pa.array([1, 2], pa.int32()), "b": base["b"]},
        {"a": base["a"], "b": pa.array([3.0, 4.0])},
    ]
    assert len({hash_table(pa.table(one)) for one in [base, *others]}) == 5


def test_times_and_dates_are_hashed_by_value() -> None:
    """Moments and days differ when they differ."""
    one = pa.table({"t": [datetime(2024, 1, 1)], "d": [date(2024, 1, 1)]})
    two = pa.table({"t": [datetime(2024, 1, 1)], "d": [date(2024, 1, 2)]})
    assert hash_table(one) != hash_table(two)


def test_objects_are_hashed_in_canonical_order() -> None:
    """The order in which fields were written changes nothing."""
    assert hash_json({"b": 1, "a": [1, "é"]}) == hash_json({"a": [1, "é"], "b": 1})
    assert hash_json({"a": 1}) != hash_json({"a": "1"})


def test_a_known_hash_stays() -> None:
    """The hash of fixed rows is part of the stored format and may not drift."""
    fixed = table([("0000045", 7, 0.5, True, Decimal("1.25")), (None, None, None, None, None)])
    assert hash_table(fixed) == FIXED
