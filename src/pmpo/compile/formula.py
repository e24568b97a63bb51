"""Formula text to syntax tree, with limits that hold before and after parsing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from pmpo import sql
from pmpo.compile.size import MAX_CHAIN, too_large
from pmpo.diagnostics import Diagnostic, Severity, Span
from pmpo.model.charter import Places
from pmpo.sql import exp

MAX_LENGTH: Final = 8_000
MAX_TOKENS: Final = 1_500
MAX_DEPTH: Final = 40
ONLY_EXPRESSIONS: Final = (
    "the compiler decides which rows are read, so that every number can be repeated"
)
_STATEMENTS: Final = frozenset(
    {"SELECT", "WITH", "FROM", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "COPY"}
)
_OPENERS: Final = frozenset({"(", "[", "{", "CASE"})
_CLOSERS: Final = frozenset({")", "]", "}", "END"})
_PREFIXES: Final = frozenset({"NOT", "-", "+", "~", "@"})


@dataclass(slots=True)
class Report:
    """Collects findings about formulas, with places inside their text."""

    places: Places
    findings: list[Diagnostic] = field(default_factory=list)

    def add(
        self,
        code: str,
        message: str,
        at: Formula,
        node: exp.Expr | None = None,
        *,
        extent: tuple[int, int] | None = None,
        severity: Severity = "error",
        label: str = "",
        note: str = "",
        help: str = "",
    ) -> None:
        """Record a finding at `node`, at `extent` in the text, or at the whole formula."""
        start, end = extent or (_extent(node) if node is not None else (None, None))
        self.findings.append(
            Diagnostic(
                code,
                severity,
                message,
                span=place_of(self.places, at.path, at.text, start, end),
                path=at.path,
                label=label,
                note=note,
                help=help,
            )
        )


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula of the charter and where it stands."""

    path: str
    text: str


def parse(formula: Formula, report: Report) -> exp.Expr | None:
    """The syntax tree of `formula`; None after reporting why there is none."""
    if not _within_limits(formula, report):
        return None
    try:
        tree = sql.parse(formula.text)
    except RecursionError:
        _too_deep(formula, report)
        return None
    except sql.ParseError as error:
        _not_an_expression(formula, report, error)
        return None
    if too_large(tree, MAX_CHAIN + 2):  # a name is two parts deep
        _too_deep(formula, report)
        return None
    return tree


def _not_an_expression(formula: Formula, report: Report, error: sql.ParseError) -> None:
    first = formula.text.split(maxsplit=1)[0].upper()
    if first in _STATEMENTS:
        report.add(
            "formula/query",
            f"a formula is an expression; `{first}` begins a statement",
            formula,
            note=ONLY_EXPRESSIONS,
            help="use aggregates over the signal's source, such as `TRAILING(SUM(x), '4 weeks')`",
        )
        return
    detail = error.errors[0] if error.errors else {}
    reason = str(detail.get("description") or "").rstrip(".")
    if not reason or "<class" in reason or reason.startswith("Required keyword"):
        reason = "something is missing before this place"
    if reason.startswith("Invalid expression"):
        reason = "this does not belong here"
    near = str(detail.get("highlight") or "")
    report.add(
        "formula/syntax",
        f"the formula cannot be read: {reason[0].lower()}{reason[1:]}",
        formula,
        extent=_extent_of(formula.text, detail),
        label=f"near `{near}`" if near else "",
        note="a formula is one SQL expression; a name with spaces, or one that is an SQL word, "
        "stands in double quotes",
        help="close every bracket and quote, as in `SUM(amount) / COUNT(*)`",
    )


def _extent_of(text: str, detail: dict[str, Any]) -> tuple[int, int] | None:
    """Where the parser stopped: it counts lines from 1 and names the last column of the token."""
    line, column, token = detail.get("line"), detail.get("col"), str(detail.get("highlight") or "")
    lines = text.split("\n")
    if not token or not isinstance(line, int) or not isinstance(column, int) or line > len(lines):
        return None
    end = sum(len(before) + 1 for before in lines[: line - 1]) + column
    return (end - len(token), end) if text[end - len(token) : end] == token else None


def _within_limits(formula: Formula, report: Report) -> bool:
    if len(formula.text) > MAX_LENGTH:
        report.add(
            "formula/too-long",
            f"the formula has {len(formula.text)} characters; {MAX_LENGTH} are allowed",
            formula,
            help="split it into several signals; a formula may name another signal",
        )
        return False
    try:
        words = [token.text.upper() for token in sql.tokens(formula.text)]
    except sql.TokenError:
        report.add(
            "formula/syntax",
            "the formula cannot be read: a quote is not closed",
            formula,
            help="close every quote; a quote inside text is written twice",
        )
        return False
    if not words:
        report.add("formula/syntax", "the formula is empty", formula)
        return False
    if ";" in words:
        report.add(
            "formula/query",
            "a formula is one expression; `;` ends a statement",
            formula,
            note=ONLY_EXPRESSIONS,
            help="make each part a signal of its own",
        )
        return False
    if words[0] == "IF" and words[1:2] != ["("]:
        report.add(
            "formula/syntax",
            "`IF` stands here without brackets",
            formula,
            help="write `IF(condition, 1, 0)`",
        )
        return False
    if len(words) > MAX_TOKENS or _depth(words) > MAX_DEPTH:
        _too_deep(formula, report)
        return False
    return True


def _depth(words: list[str]) -> int:
    """The deepest nesting of brackets, CASE and prefix operators, without recursion."""
    deepest = depth = prefixes = 0
    for word in words:
        prefixes = prefixes + 1 if word in _PREFIXES else 0
        depth += (word in _OPENERS) - (word in _CLOSERS)
        deepest = max(deepest, depth + prefixes)
    return deepest


def _too_deep(formula: Formula, report: Report) -> None:
    report.add(
        "formula/too-deep",
        f"the formula is nested more than {MAX_DEPTH} deep, has more than {MAX_TOKENS} words, or "
        f"more than {MAX_CHAIN} operators in a row",
        formula,
        note="nobody can question a formula nobody can read",
        help="split it into several signals; a formula may name another signal",
    )


def _extent(node: exp.Expr) -> tuple[int | None, int | None]:
    """Where `node` stands in the formula's text: first and one-past-last character."""
    starts = [m["start"] for m in _metas(node) if "start" in m]
    ends = [m["end"] for m in _metas(node) if "end" in m]
    return (min(starts), max(ends) + 1) if starts and ends else (None, None)


def _metas(node: exp.Expr) -> Iterable[dict[str, int]]:
    for part in node.walk():
        yield part.meta


def place_of(
    places: Places, path: str, text: str, start: int | None = None, end: int | None = None
) -> Span:
    """The span of `text[start:end]` in the charter; of the whole value where that is unclear."""
    whole = places.value(path)
    if start is None or end is None or not text:
        return whole
    lines = places.text.splitlines()
    for number in range(whole.line, min(whole.end_line, len(lines)) + 1):
        line = lines[number - 1]
        # What stands before the value may hold the same text: `{id: R1, when: ['1']}`.
        begin = whole.column - 1 if number == whole.line else 0
        offset = line.find(text.split("\n", maxsplit=1)[0], begin)
        if offset >= 0 and "\n" not in text.strip("\n"):
            first = offset + start + 1
            return Span(whole.file, number, first, number, first + end - start)
    return _place_in_block(whole, lines, text, start, end) or whole


def _place_in_block(whole: Span, lines: list[str], text: str, start: int, end: int) -> Span | None:
    """The place inside a literal block (`|`), whose lines stand in the file one by one."""
    before = text[:start]
    row = before.count("\n")
    wanted = text.split("\n")[row]
    column = start - (before.rfind("\n") + 1)
    number = whole.line + 1 + row
    if number > len(lines) or not wanted or wanted not in lines[number - 1]:
        return None
    first = lines[number - 1].index(wanted) + column + 1
    return Span(whole.file, number, first, number, first + min(end - start, len(wanted)))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``did you mean `x`?`` for the nearest known name, else nothing."""
    known = list(known)
    same = [other for other in known if other.casefold() == name.casefold() and other != name]
    if same:
        return f"did you mean `{same[0]}`?"
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""
