"""How texts are said to be written: what each example admits, and what would be a guess."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo.model.formats import FormatError, count_format, number_format, time_format

NUMBERS = [
    ("1.234,56", ["1.234,56", "12,5", "-1234,5", "1.234.567", " 7 "], ["1,234.56", "1.23,4", ""]),
    ("1,234.56", ["1,234.56", "1234", "+0.5"], ["1.234,56", "12,34", "1 234"]),
    ("$1,234.56", ["$1,234.56", "-$5", "$-5", "$ 5.5"], ["5", "€5", "$1.234,5"]),
    ("12 %", ["12 %", "12%", "-3 %", "12\u00a0%"], ["12", "1.5 %", "% 12"]),
    ("1 234,56", ["1 234,56", "1\u202f234,5", "1234"], ["1.234,56", "12 34"]),
    ("1'234.50", ["1'234.50", "1234.5"], ["1,234.50"]),
    ("0,5", ["0,5", "1234,5", "3"], ["0.5", "1.234,5"]),
    ("1,234,567", ["1,234", "12"], ["1.5", "1,23"]),
    ("12.5 kg", ["12.5 kg", "3kg"], ["12.5", "12.5 lb"]),
]


@pytest.mark.parametrize(("example", "right", "wrong"), NUMBERS, ids=[one[0] for one in NUMBERS])
def test_an_example_admits_numbers_written_like_it(
    example: str, right: list[str], wrong: list[str]
) -> None:
    """Texts with the same signs and separators are numbers, all others are not."""
    pattern = number_format(example).pattern(whole=False)
    assert [text for text in right if not re.fullmatch(pattern, text)] == []
    assert [text for text in wrong if re.fullmatch(pattern, text)] == []


def test_a_whole_number_has_no_decimals_but_zeros() -> None:
    """`1.234,00` is whole where `1.234,50` is not."""
    pattern = number_format("1.234,56").pattern(whole=True)
    assert re.fullmatch(pattern, "1.234,00")
    assert not re.fullmatch(pattern, "1.234,50")


@given(st.integers(0, 10**12), st.integers(0, 99), st.sampled_from([",.", ".,", " .", "',", "' "]))
def test_a_number_that_is_written_is_its_own_example(whole: int, cents: int, signs: str) -> None:
    """Any number with thousands and two decimals tells how it is written."""
    group, point = signs[0], signs[1] if signs[1] != " " else "."
    text = f"{whole:,}".replace(",", group) + f"{point}{cents:02d}"
    found = number_format(text)
    assert re.fullmatch(found.pattern(whole=False), text)
    assert found.point == point
    assert found.group in ("", group)


@pytest.mark.parametrize("text", ["1,234", "1.234", "abc", "", "1,2,3", "1.234.56", "5-3"])
def test_an_example_that_leaves_something_open_is_refused(text: str) -> None:
    """What may be read in two ways, or in none, is not guessed at."""
    with pytest.raises(FormatError) as caught:
        number_format(text)
    assert caught.value.help


@pytest.mark.parametrize(
    ("directives", "part"),
    [
        ("%d/%m/%y", "%y"),
        ("%d %b %Y", "%b"),
        ("%Y-%m-%d %H:%M%z", "%z"),
        ("%H:%M", "%Y"),
        ("%Y-%m-%d %I:%M", "%p"),
        ("%Y-%m-%d %H:%S", "%M"),
        ("%Y-%m-%d %H:%M %I", "twice"),
        ("%Y-%m-%d %Q", "%Q"),
    ],
)
def test_directives_that_leave_something_open_are_refused(directives: str, part: str) -> None:
    """Centuries, languages, zones and missing parts are named."""
    with pytest.raises(FormatError, match=re.escape(part)):
        time_format(directives)


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1)))
def test_directives_admit_what_is_written_with_them(moment: datetime) -> None:
    """Texts made with the directives match them; a year of two digits does not."""
    written = time_format("%d/%m/%Y %H:%M")
    text = moment.strftime("%d/%m/") + f"{moment.year:04d}" + moment.strftime(" %H:%M")
    assert re.fullmatch(written.pattern, text)
    assert not re.fullmatch(written.pattern, text[:6] + text[8:])


@pytest.mark.parametrize(
    ("written", "part"),
    [("months since 2024-01-01", "months"), ("days since yesterday", "yesterday")],
)
def test_counts_of_no_fixed_length_are_refused(written: str, part: str) -> None:
    """A month has no length, and a moment must be a date or time."""
    with pytest.raises(FormatError, match=part) as caught:
        count_format(written)
    assert caught.value.help


@given(
    st.sampled_from(["weeks", "days", "hours", "seconds", "microseconds"]),
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)),
)
def test_the_limits_of_a_count_lie_just_inside_the_calendar(unit: str, since: datetime) -> None:
    """The least and greatest counts are moments, and one more would be none."""
    found = count_format(f"{unit} since {since.isoformat()}")
    assert found is not None
    one = timedelta(microseconds=found.unit_us)
    low, high = found.limits()
    assert since + low * one <= since <= since + high * one
    with pytest.raises(OverflowError):
        since + (high + 1) * one
    with pytest.raises(OverflowError):
        since + (low - 1) * one
