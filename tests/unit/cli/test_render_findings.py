from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pmpo.cli.render_findings import CELLS_MAX, render
from pmpo.diagnostics import Diagnostic, Span


def finding(span: Span | None, **texts: str) -> Diagnostic:
    """An error about an unknown field at `span`."""
    return Diagnostic("charter/unknown-field", "error", "it is unknown", span, **texts)


def carets(text: str, column: int, end: int) -> tuple[str, int, int]:
    """The excerpt shown for columns of a line, and the cells before and under its carets."""
    said = render([finding(Span("c", 1, column, 1, end))], {"c": text})
    _, _, line, marks = said.split("\n")
    shown, under = line.removeprefix("1 | "), marks.removeprefix("  | ")
    return shown, len(under) - len(under.lstrip()), under.count("^")


def test_a_finding_is_shown_like_a_compiler_would() -> None:
    """Fact, place, excerpt, caret with label, note and help stand in this order."""
    one = Diagnostic(
        "charter/unknown-field",
        "error",
        "signal `days_of_cover` has no field `ownr`",
        Span("charter.yaml", 2, 5, 2, 9),
        "signals.days_of_cover.ownr",
        label="did you mean `owner`?",
        note="every signal needs an `owner`",
        help="rename `ownr` to `owner`",
    )
    assert render([one], {"charter.yaml": "days_of_cover:\n    ownr: inventory-ops\n"}) == (
        "error[charter/unknown-field]: signal `days_of_cover` has no field `ownr`\n"
        " --> charter.yaml:2:5 (signals.days_of_cover.ownr)\n"
        "2 |     ownr: inventory-ops\n"
        "  |     ^^^^ did you mean `owner`?\n"
        "  = note: every signal needs an `owner`\n"
        "  = help: rename `ownr` to `owner`"
    )


def test_a_finding_without_place_or_text_has_no_excerpt() -> None:
    """What is not in a file, or in a file whose text is not at hand, is still said."""
    assert render([finding(None, help="look")], {}) == (
        "error[charter/unknown-field]: it is unknown\n  = help: look"
    )
    assert render([finding(Span("c", 12, 3, 12, 4), note="why")], {}) == (
        "error[charter/unknown-field]: it is unknown\n  --> c:12:3\n   = note: why"
    )
    assert render([], {}) == ""


def test_the_caret_stands_under_wide_characters() -> None:
    """Japanese characters take two cells each, before the caret and under it."""
    assert carets("ja: 週次, x", 9, 10) == ("ja: 週次, x", 10, 1)
    assert carets("ja: 週次", 5, 7) == ("ja: 週次", 4, 4)


def test_combining_marks_take_no_cell() -> None:
    """An accent of its own does not move the caret."""
    assert carets("cafe\u0301: x", 8, 9)[1] == 6


def test_tabs_are_shown_as_spaces() -> None:
    """A tab takes the same cells in the excerpt and before the caret."""
    assert carets("\ta: 1", 2, 3) == ("    a: 1", 4, 1)


def test_control_characters_cannot_reach_the_terminal() -> None:
    """Escape sequences and marks that reorder text are shown, not obeyed."""
    hostile = "a\x1b[31m\u202eb\x9bc"
    said = render(
        [finding(Span("c\x1b", 1, 1, 1, 2), path=hostile, label=hostile, note=hostile)],
        {"c\x1b": hostile},
    )
    assert not {"\x1b", "\u202e", "\x9b"} & set(said)
    assert "a␛[31m" in said


def test_long_lines_are_cut_around_the_caret() -> None:
    """A line of any length shows what stands at the caret."""
    line = "x" * 5_000 + "HERE" + "y" * 5_000
    shown, indent, count = carets(line, 5_001, 5_005)
    assert cell_len(shown) <= CELLS_MAX
    assert shown[indent : indent + count] == "HERE"


def test_a_span_over_several_lines_marks_the_first() -> None:
    """Only the line where a long value begins is shown."""
    said = render([finding(Span("c", 1, 4, 3, 1))], {"c": "a: {b: 1,\n  c: 2}\n"})
    assert said.endswith("1 | a: {b: 1,\n  |    ^^^^^^")


def test_colour_changes_nothing_but_colour() -> None:
    """Without its escape sequences the coloured text is the plain one."""
    import re

    one = finding(Span("c", 1, 1, 1, 2), label="l", note="n", help="h")
    coloured = render([one], {"c": "abc"}, color=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render([one], {"c": "abc"})


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=300),
    st.integers(1, 5),
    st.integers(1, 400),
    st.integers(0, 400),
)
def test_any_text_and_span_can_be_shown(text: str, line: int, column: int, length: int) -> None:
    """Whatever is quoted and wherever the span points, no line is broken or left too long."""
    said = render([finding(Span("c", line, column, line, column + length))], {"c": text})
    lines = said.split("\n")
    assert len(lines) in (2, 4)
    assert all(cell_len(one) <= CELLS_MAX + 6 for one in lines)
