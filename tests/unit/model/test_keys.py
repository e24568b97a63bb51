"""Composite keys as one text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pmpo.model.keys import encode

PARTS = st.lists(st.text(alphabet="a/\\b茶", max_size=5), min_size=2, max_size=3)


@given(PARTS, PARTS)
def test_two_keys_have_two_texts(one: list[str], two: list[str]) -> None:
    """Separators inside parts never make two keys look like one."""
    if len(one) == len(two) and one != two:
        assert encode(one) != encode(two)


def test_a_single_part_stays_as_it_is() -> None:
    """A key of one column is shown as it stands in the data."""
    assert encode(["a/b\\c"]) == "a/b\\c"
