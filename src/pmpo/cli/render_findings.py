"""Findings as text: the fact, the place, an excerpt with carets, why, and what to type.

A pure function of findings and texts. What users wrote is quoted with its control characters made
visible, so that a charter cannot write to the terminal of whoever checks it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pmpo.diagnostics import Diagnostic, Severity, Span

TAB: Final = "    "
CELLS_MAX: Final = 140
CELLS_BEFORE: Final = 60
_COLORS: Final[dict[Severity, str]] = {"error": "1;31", "warning": "1;33", "note": "1;36"}
_GUTTER: Final = "1;34"
_BOLD: Final = "1"
# Controls, and the marks that make a terminal show text in another order than it is stored.
_HIDDEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")


def render(findings: Iterable[Diagnostic], texts: Mapping[str, str], color: bool = False) -> str:
    """Write findings for people.

    Args:
        findings: in the order in which they are to be read.
        texts: the text of each file by the name that spans give it; without it, no excerpt.
        color: whether to use ANSI colours.
    Returns: the text, one blank line between findings, empty when there are none.
    """
    lines = {file: _LINE_BREAK.split(text) for file, text in texts.items()}
    return "\n\n".join(_finding(one, lines, _Paint(color)) for one in findings)


class _Paint:
    """Wraps text in ANSI colours, or leaves it alone."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color and text else text


def _finding(one: Diagnostic, lines: Mapping[str, list[str]], paint: _Paint) -> str:
    header = paint(f"{one.severity}[{one.code}]", _COLORS[one.severity])
    shown = [f"{header}{paint(': ' + _visible(one.message), _BOLD)}"]
    margin = " "
    if one.span is not None:
        margin = " " * len(str(one.span.line))
        place = f"{_visible(one.span.file)}:{one.span.line}:{one.span.column}"
        path = f" ({_visible(one.path)})" if one.path else ""
        shown.append(f"{margin}{paint('-->', _GUTTER)} {place}{path}")
        shown.extend(_excerpt(one, one.span, lines.get(one.span.file, []), paint))
    for word, text in (("note", one.note), ("help", one.help)):
        if text:
            shown.append(f"{margin} {paint('=', _GUTTER)} {paint(word, _BOLD)}: {_visible(text)}")
    return "\n".join(shown)


def _excerpt(one: Diagnostic, span: Span, lines: list[str], paint: _Paint) -> list[str]:
    """The first line of the span and the carets under it."""
    if not 1 <= span.line <= len(lines):
        return []
    view = _view(lines[span.line - 1], span)
    bar = paint("|", _GUTTER)
    number = paint(str(span.line), _GUTTER)
    label = f" {_visible(one.label)}" if one.label else ""
    carets = paint("^" * view.carets + label, _COLORS[one.severity])
    margin = " " * len(str(span.line))
    return [
        f"{number} {bar} {view.text}".rstrip(),
        f"{margin} {bar} {' ' * view.indent}{carets}",
    ]


class _View(NamedTuple):
    """A line as shown, with the cells before and under the carets."""

    text: str
    indent: int
    carets: int


def _view(line: str, span: Span) -> _View:
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    before, marked, after = line[:start], line[start:end], line[max(start, end) :]
    head, middle, tail = _visible(before), _visible(marked), _visible(after)
    if cell_len(head + middle + tail) > CELLS_MAX:
        head, middle, tail = _cut(head, middle, tail)
    return _View(head + middle + tail, cell_len(head), max(1, cell_len(middle)))


def _cut(head: str, middle: str, tail: str) -> tuple[str, str, str]:
    """Keep what is around the carets of a line that is too long to show."""
    if cell_len(head) > CELLS_BEFORE:
        head = "…" + _last_cells(head, CELLS_BEFORE)
    middle = _first_cells(middle, CELLS_MAX - cell_len(head) - 1)
    room = CELLS_MAX - cell_len(head) - cell_len(middle) - 1
    kept = _first_cells(tail, max(0, room))
    return head, middle, kept + ("…" if kept != tail else "")


def _first_cells(text: str, cells: int) -> str:
    # A character takes at most two cells, so this never looks at more than it may keep.
    kept = text[: max(0, cells)]
    while cell_len(kept) > cells:
        kept = kept[:-1]
    return kept


def _last_cells(text: str, cells: int) -> str:
    kept = text[-cells:]
    while cell_len(kept) > cells:
        kept = kept[1:]
    return kept


def _visible(text: str) -> str:
    """`text` with tabs as spaces and control characters as pictures of themselves."""
    return _HIDDEN.sub(_picture, text)


def _picture(found: re.Match[str]) -> str:
    character = found[0]
    if character == "\t":
        return TAB
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"
