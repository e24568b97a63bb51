"""Composite keys as one text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pmpo.model.keys import encode, readable

PARTS = st.lists(st.text(alphabet="a/\\b茶", max_size=5), min_size=2, max_size=3)


@given(PARTS, PARTS)
def test_two_keys_have_two_texts(one: list[str], two: list[str]) -> None:
    """Separators inside parts never make two keys look like one."""
    if len(one) == len(two) and one != two:
        assert encode(one) != encode(two)


def test_a_single_part_stays_as_it_is() -> None:
    """A key of one column is shown as it stands in the data."""
    assert encode(["a/b\\c"]) == "a/b\\c"


@given(PARTS)
def test_people_read_the_parts_as_they_stand_in_the_data(parts: list[str]) -> None:
    """What keeps parts apart in a key is not shown to people."""
    assert readable(encode(parts)) == "/".join(parts)


def test_what_is_no_key_of_several_parts_is_read_as_it_stands() -> None:
    """A path in a key of one column keeps its backslashes."""
    for path in ("\\\\server\\share", "a\\/b", "C:\\new", ""):
        assert readable(path) == path
