"""Texts of people and data inside a Markdown page."""

from __future__ import annotations

from typing import Final

_SIGNS: Final = "\\`*_<>[]|#"


def escaped(text: str) -> str:
    r"""A text on one line that cannot break the table, the list or the page around it.

    Example:
        >>> escaped("a | b\n<script>")
        'a \\| b \\<script\\>'
    """
    one_line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    for sign in _SIGNS:
        one_line = one_line.replace(sign, "\\" + sign)
    return one_line
