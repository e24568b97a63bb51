"""Syntax errors of the YAML reader in our own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pmpo.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    import yaml


class _Words(NamedTuple):
    code: str
    message: str
    note: str
    help: str


_TAB: Final = _Words(
    "yaml/tab",
    "a tab stands where only spaces may",
    "tabs have no fixed width, so nobody could see what belongs to what",
    "indent with spaces, two per level",
)
_UNCLOSED: Final = _Words(
    "yaml/syntax",
    "a quote is opened here and never closed",
    "",
    "close the text with the same quote; inside single quotes, write a quote as two",
)
# Keys are parts of the reader's messages, the more particular ones first.
_EXPLAINED: Final[tuple[tuple[str, _Words], ...]] = (
    ("tab character", _TAB),
    # The reader looks ahead, and may give up before our own guard sees a value.
    (
        "maximum nesting depth",
        _Words(
            "yaml/too-deep",
            "values are nested too deep",
            "no part of the language needs more than a dozen levels",
            "check for brackets that are opened and never closed",
        ),
    ),
    (
        "cannot start any token",
        _Words(
            "yaml/syntax",
            "a text cannot begin with `{character}`",
            "YAML keeps it for itself",
            "put the text in quotes",
        ),
    ),
    (
        "mapping values are not allowed",
        _Words(
            "yaml/syntax",
            "a `:` stands where no field can begin",
            "either the line is indented differently from its neighbours, "
            "or a text contains `: ` without quotes",
            "line the field up with the others, or put the text in quotes",
        ),
    ),
    (
        "could not find expected ':'",
        _Words(
            "yaml/syntax",
            "a field name is not followed by `:`",
            "",
            "write `name: value`, with a space after the colon",
        ),
    ),
    (
        "',' or ']'",
        _Words(
            "yaml/syntax",
            "a list opened with `[` is not closed properly",
            "",
            "separate its items with `,`, close it with `]`, and quote texts with brackets",
        ),
    ),
    (
        "',' or '}'",
        _Words(
            "yaml/syntax",
            "a mapping opened with `{` is not closed properly",
            "",
            "separate its fields with `,`, close it with `}`, and quote texts with commas",
        ),
    ),
    (
        "expected '-' indicator",
        _Words(
            "yaml/syntax",
            "this line does not continue the list before it",
            "",
            "begin each item with `- `, all in the same column",
        ),
    ),
    (
        "block sequence entries are not allowed",
        _Words(
            "yaml/syntax",
            "a list item (`- `) cannot begin here",
            "",
            "begin the list on a line of its own, below its field",
        ),
    ),
    (
        "expected key",
        _Words(
            "yaml/syntax",
            "this line does not line up with the fields before it",
            "",
            "give fields of one mapping the same indentation",
        ),
    ),
    (
        "block end",
        _Words(
            "yaml/syntax",
            "this line does not line up with the lines before it",
            "",
            "give fields of one mapping and items of one list the same indentation",
        ),
    ),
    (
        "unknown escape character",
        _Words(
            "yaml/syntax",
            "this escape is unknown inside double quotes",
            "",
            "use single quotes, or write a backslash as two",
        ),
    ),
    (
        "expected node content",
        _Words("yaml/syntax", "a value is expected here", "", "write the value, or quote it"),
    ),
    (
        "expected the node content",
        _Words("yaml/syntax", "a value is expected here", "", "write the value, or quote it"),
    ),
    (
        "document start",
        _Words(
            "yaml/syntax",
            "the document has ended before this line",
            "what stands to the left of the first field cannot belong to it",
            "line it up with the other fields",
        ),
    ),
    (
        "undefined tag handle",
        _Words(
            "yaml/tag",
            "a text that begins with `!` is a tag, and tags are not allowed",
            "",
            "put the text in quotes",
        ),
    ),
    (
        "alphabetic or numeric character",
        _Words(
            "yaml/syntax",
            "a text that begins with `&` or `*` is an anchor or an alias",
            "",
            "put the text in quotes",
        ),
    ),
)


def explain(error: yaml.YAMLError, text: str, file: str) -> Diagnostic:
    """The finding for an error raised by the YAML reader while it read `text`."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    context = str(getattr(error, "context", None) or "")
    mark = getattr(error, "problem_mark", None)
    words = _words(problem, context, text, mark)
    if words is _UNCLOSED:
        mark = getattr(error, "context_mark", None) or mark
    span = _span(mark, text, file)
    opened = getattr(error, "context_mark", None) if "opened with" in words.message else None
    note = words.note if opened is None else f"it is opened in line {opened.line + 1}"
    return Diagnostic(
        words.code,
        "error",
        words.message.replace("{character}", _character(mark, text)),
        span,
        note=note,
        help=words.help,
    )


def _words(problem: str, context: str, text: str, mark: Any) -> _Words:
    if mark is not None and _tab_at(text, mark):
        return _TAB
    if "end of stream" in problem and "quoted" in context:
        return _UNCLOSED
    for part, words in _EXPLAINED:
        if part in problem:
            return words
    return _Words(
        "yaml/syntax",
        "this is not YAML",
        f"the reader says: {problem.strip()}",
        "put texts with special characters in quotes, and check the indentation",
    )


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


def _tab_at(text: str, mark: Any) -> bool:
    """Whether the error comes from a tab in the indentation of its line."""
    lines = _lines(text)
    line = lines[mark.line] if mark.line < len(lines) else ""
    return "\t" in line[: len(line) - len(line.lstrip())] or line[mark.column :][:1] == "\t"


def _character(mark: Any, text: str) -> str:
    lines = _lines(text)
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    return line[mark.column : mark.column + 1] if line else " "


def _span(mark: Any, text: str, file: str) -> Span:
    """One character at the mark; past the end of the file, the end of its last full line."""
    if mark is None:
        return Span(file, 1, 1, 1, 1)
    lines = _lines(text)
    line, column = min(mark.line, len(lines) - 1), mark.column
    while line > 0 and not lines[line].strip():
        line -= 1
        column = len(lines[line])
    return Span(file, line + 1, column + 1, line + 1, column + 2)
