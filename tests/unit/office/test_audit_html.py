"""Texts of people and data within the auditor's page."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from pmpo.office.audit_html import PROSE_MAX, facts, name, prose, said, table, within


@given(st.text(max_size=200))
def test_a_text_is_never_markup(text: str) -> None:
    """Within its own element, a name and a reason have no element and end no attribute."""
    for made in (name(text), prose(text), said(text.replace("`", ""))):
        inner = re.sub(r'^<bdi(?: class="prose")?>|</bdi>$', "", made)
        assert not set('<>"') & set(inner)


def test_signs_that_turn_a_line_or_steer_a_screen_are_seen() -> None:
    """They are shown as what cannot be shown; lines, wide blanks and joiners stay."""
    assert name("a\u202eb\x1b[2J\x00") == "<bdi>a�b�[2J�</bdi>"
    kept = "می\u200cخواهم 茶\u3000缶\nline"
    assert name(kept) == f"<bdi>{kept}</bdi>"


def test_what_is_cut_says_so() -> None:
    """A text that would fill screens tells how long it is, and a name ends in a sign."""
    assert prose("x" * PROSE_MAX) == f'<bdi class="prose">{"x" * PROSE_MAX}</bdi>'
    assert prose("x" * 60_000).endswith("x</bdi> … (60,000 characters in all)")
    assert name("x" * 161) == f"<bdi>{'x' * 160}…</bdi>"


def test_a_cell_knows_its_column_and_nothing_is_said_of_nothing() -> None:
    """Heads stand in a `thead`, which paper repeats, and in each cell, for narrow screens."""
    made = table(("one", "two"), [("<b>1</b>", "")])
    assert "<thead><tr><th" in made
    assert '<td data-of="one"><b>1</b></td><td data-of="two"></td>' in made
    assert table(("one",), []) == "<p>None.</p>"
    assert facts([("because", ""), ("gains", "")]) == ""


def test_a_link_within_the_page_names_its_place() -> None:
    """A program may be named in any script."""
    assert within("decisions-of-棚", "x") == '<a href="#decisions-of-%E6%A3%9A">x</a>'
    assert html.unescape(within("de-1")) == '<a href="#de-1"><code class="id">de-1</code></a>'
