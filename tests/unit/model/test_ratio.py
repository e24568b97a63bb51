"""Ratios as people write them: read, written back, and refused with what to write instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo.model.ratio import FACTORS_MAX, TEMPLATES, Ratio, RatioError, Sum, parse_ratio

NAMES = [f"s{i}" for i in range(FACTORS_MAX)]


@st.composite
def ratios(draw: st.DrawFn) -> Ratio:
    """Products of sums of different names."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, FACTORS_MAX))]
    sums: list[Sum] = []
    while names:
        size = draw(st.integers(1, len(names)))
        sums.append(tuple(names[:size]))
        names = names[size:]
    above = draw(st.integers(1, len(sums)))
    return Ratio(tuple(sums[:above]), tuple(sums[above:]))


@given(ratios())
def test_what_is_written_is_read_back(ratio: Ratio) -> None:
    """Every ratio is read from its own text, with either sign for times, however it is spaced."""
    text = ratio.written()
    assert parse_ratio(text) == ratio
    assert parse_ratio(text.replace("×", "*").replace(" ", "")) == ratio
    assert parse_ratio(f"  {text}\n") == ratio


def test_brackets_that_change_nothing_change_nothing() -> None:
    """Brackets around a factor or a product are allowed, and a divisor may be a product."""
    assert parse_ratio("((a) * (b * c)) / ((d + e) * f)") == parse_ratio("a * b * c / ((d+e) × f)")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("", "a name of a signal is missing"),
        ("a + b * c", "a sum is not in brackets"),
        ("a / b + c", "it goes on where it should end after `a / b`"),
        ("a * b + c", "a product stands in a sum"),
        ("a + b / c", "a sum is not in brackets"),
        ("(a * b + c) / d", "a product stands in a sum"),
        ("(a + b * c)", "a bracket is not closed after `a + b`"),
        ("a / b / c", "it goes on where it should end after `a / b`"),
        ("a / b * c", "it goes on where it should end after `a / b`"),
        ("a *", "a name of a signal is missing after `a *`"),
        ("(a + )", "a name of a signal is missing after `( a +`"),
        ("(a", "a bracket is not closed after `( a`"),
        ("a)", "it goes on where it should end after `a`"),
        ("a b", "it goes on where it should end after `a`"),
        ("2 * a", "`2` has no meaning in it"),
        ("a - b", "`-` has no meaning in it"),
        ("a * b / a", "`a` stands there twice"),
        ("*".join(f"s{i}" for i in range(13)), "it has 13 factors"),
        ("(" * 9 + "a" + ")" * 9, "its brackets are nested too deep"),
        ("(" * 100_000, "it has 100,000 characters"),
        ("a" * 1_001, "it has 1,001 characters"),
    ],
)
def test_what_is_no_ratio_says_why(text: str, fact: str) -> None:
    """Every mistake has its own sentence, and something to write instead."""
    with pytest.raises(RatioError) as refused:
        parse_ratio(text)
    assert str(refused.value) == fact
    assert refused.value.help


def test_templates_are_what_the_field_calls_them() -> None:
    """The four templates say what their authors published."""
    assert {name: ratio.written() for name, ratio in TEMPLATES.items()} == {
        "wsjf": "(value + time + risk) / size",
        "rice": "reach × impact × confidence / effort",
        "ice": "impact × confidence × ease",
        "cd3": "cost_of_delay / duration",
    }
