"""Cells of a decision table: S-FEEL unary tests as a small frozen syntax tree.

A cell is `-` (any value) or a list of tests of which one must hold; `not(…)` around the list turns
it round. A test compares with one value (`>= 0.10`, `"fair"`), is a range with closed or open ends
(`[0..5)`), or asks whether the value is missing (`null`). Values are decimal numbers, texts in
double quotes, `date("2024-01-31")`, `true`, `false`, and numbers of the charter, `PARAM("thin")`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

Value = Decimal | str | date | bool
Operator = Literal["<", "<=", ">", ">=", "="]
Extent = tuple[int, int]
"""First and one-past-last character inside the text of the cell."""

LENGTH_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class Constant:
    """A value as it stands in the cell."""

    value: Value
    extent: Extent = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Param:
    """`PARAM("id")`: a number of the charter, which may vary by segment and date."""

    id: str
    extent: Extent = field(default=(0, 0), compare=False)


Operand = Constant | Param


@dataclass(frozen=True, slots=True)
class Compare:
    """The value stands in this relation to the operand; `=` where the cell only names it."""

    operator: Operator
    operand: Operand
    extent: Extent = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Range:
    """The value lies between two operands; a closed end belongs to the range."""

    low: Operand
    high: Operand
    low_closed: bool
    high_closed: bool
    extent: Extent = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class IsMissing:
    """The value is missing: `null`, or the label that stands for a missing value."""

    extent: Extent = field(default=(0, 0), compare=False)


Test = Compare | Range | IsMissing


@dataclass(frozen=True, slots=True)
class Cell:
    """One condition: any of the tests holds, or with `negated` none of them; no test is `-`."""

    tests: tuple[Test, ...] = ()
    negated: bool = False
    text: str = field(default="-", compare=False)

    @property
    def any(self) -> bool:
        """Whether the cell holds for every value, missing or not."""
        return not self.tests


ANY: Final = Cell()


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with a cell, where inside it, and what to type."""

    code: str
    fact: str
    extent: Extent
    note: str = ""
    help: str = ""


class CellError(Exception):
    """A text is not a cell."""

    def __init__(self, fault: CellFault) -> None:
        super().__init__(fault.fact)
        self.fault = fault


def parse_cell(text: str) -> Cell:
    """Read the text of a cell.

    Raises: CellError `table/cell`.
    Example:
        >>> parse_cell("[0..5), >= 10").tests[1].operand
        Constant(value=Decimal('10'), extent=(11, 13))
        >>> parse_cell('not("thin")').negated
        True
        >>> parse_cell("-").any
        True
    """
    return _Parser(text).cell()


def numbers_of(cell: Cell) -> tuple[Param, ...]:
    """The parameters that a cell names, in order."""
    return tuple(one for test in cell.tests for one in operands(test) if isinstance(one, Param))


def operands(test: Test) -> tuple[Operand, ...]:
    """The values that a test compares with."""
    if isinstance(test, Compare):
        return (test.operand,)
    return (test.low, test.high) if isinstance(test, Range) else ()


# Words --------------------------------------------------------------------------------------

_TOKEN: Final = re.compile(
    r"""\s+
    | (?P<param>PARAM\(\s*(?P<quote>['"])(?P<id>[a-z0-9][a-z0-9_-]*)(?P=quote)\s*\))
    | (?P<date>date\(\s*"(?P<day>[^"]*)"\s*\))
    | (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<bare>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})
    | (?P<number>-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?![0-9A-Za-z_]))
    | (?P<word>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<mark><=|>=|!=|<>|==|\.\.|[<>=,()\[\]-])
    """,
    re.VERBOSE,
)
_KINDS: Final = ("param", "date", "text", "bare", "number", "word", "mark")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGITS_MAX: Final = 15
_OPENING: Final = {"[": True, "(": False, "]": False}
_CLOSING: Final = {"]": True, ")": False, "[": False}
_OPERATORS: Final[dict[str, Operator]] = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "="}
_TRUTH: Final = {
    "true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false",
}  # fmt: skip
_MARKS: Final[dict[str, str]] = {
    "≥": ">=", "≤": "<=", "“": '"', "”": '"', "„": '"', "「": '"', "」": '"',
    "−": "-", "‐": "-", "、": ",", "〜": "..", "～": "..",
}  # fmt: skip
_USAGE: Final = (
    'write for example `>= 0.10`, `[0..5)`, `"fair","full"`, `not("thin")`, or `-` for any'
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def extent(self) -> Extent:
        return (self.start, self.end)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        if match.lastgroup is not None:
            kind = next(k for k in _KINDS if match[k])
            inner = {"param": "id", "date": "day"}.get(kind, kind)
            found.append(_Token(kind, match[inner], at, match.end()))
        at = match.end()
    return found


def _fault(fact: str, extent: Extent, note: str = "", help: str = _USAGE) -> CellError:
    return CellError(CellFault("table/cell", fact, extent, note, help))


def _unreadable(text: str, at: int) -> CellError:
    """What to say about a character that begins nothing."""
    if text[at] == '"':
        return _fault("a quote is not closed", (at, len(text)), help='end the text with `"`')
    if text[at] == "'":
        return _fault(
            "texts stand in double quotes",
            (at, at + 1),
            note="single quotes stand around the whole cell",
            help='write `"fair"`',
        )
    exponent = re.compile(r"-?[0-9.]+[eE][+-]?[0-9]+").match(text, at)
    if exponent is not None:
        return _fault(
            f"`{exponent[0][:40]}` is written with a power of ten",
            exponent.span(),
            help="write all its digits, such as `100000`",
        )
    number = re.compile(r"-?[0-9.]+[A-Za-z_]+").match(text, at)
    if number is not None:
        return _fault(
            f"`{number[0][:40]}` is not a number",
            number.span(),
            help="write a number without its unit, such as `0.10`, or a text in double quotes",
        )
    if text[at] in "%…–—":
        return _fault(
            f"`{text[at]}` does not belong here",
            (at, at + 1),
            help="write 10 % as `0.10`, and a range as `[0..5]`",
        )
    fact, plain = f"`{text[at]}` does not belong here", _plain(text[at])
    return _fault(fact, (at, at + 1), help=f"write `{plain}`" if plain else _USAGE)


def _plain(mark: str) -> str:
    """What a mark of another keyboard stands for: a wide `＞`, `≥`, a curly quote; else nothing."""
    if mark in _MARKS:
        return _MARKS[mark]
    plain = unicodedata.normalize("NFKC", mark)
    return plain if plain != mark and plain.isascii() and plain.isprintable() else ""


# Grammar ------------------------------------------------------------------------------------


class _Parser:
    """A reader of one cell, word by word."""

    def __init__(self, text: str) -> None:
        if len(text) > LENGTH_MAX:
            raise _fault(
                f"the cell has {len(text)} characters; {LENGTH_MAX} are allowed",
                (0, len(text)),
                help="make several rules of it, or a band of the signal",
            )
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0

    def cell(self) -> Cell:
        if not self.tokens:
            raise _fault("the cell is empty", (0, len(self.text)))
        if [token.text for token in self.tokens] == ["-"]:
            return Cell(text=self.text)
        negated = self._peek("not")
        if negated:
            self.at += 1
            self._expect("(", "`not` stands before brackets", 'write `not("thin")`')
        tests = [self._test()]
        while self._peek(","):
            self.at += 1
            tests.append(self._test())
        if negated:
            self._expect(")", "the bracket of `not` is not closed", "end the cell with `)`")
        if self.at < len(self.tokens):
            raise self._leftover(self.tokens[self.at])
        return Cell(tuple(tests), negated, self.text)

    def _peek(self, text: str) -> bool:
        return (
            self.at < len(self.tokens)
            and self.tokens[self.at].text == text
            and self.tokens[self.at].kind in ("word", "mark")
        )

    def _next(self) -> _Token:
        if self.at == len(self.tokens):
            raise _fault("the cell ends too early", (len(self.text) - 1, len(self.text)))
        self.at += 1
        return self.tokens[self.at - 1]

    def _expect(self, text: str, fact: str, help: str) -> None:
        if not self._peek(text):
            place = self.tokens[min(self.at, len(self.tokens) - 1)]
            raise _fault(fact, place.extent, help=help)
        self.at += 1

    def _leftover(self, token: _Token) -> CellError:
        if token.text == "..":
            return _fault(
                "a range stands in brackets", token.extent, help="write `[1..5]`, or `[1..5)`"
            )
        if token.text in ("and", "or"):
            return _fault(
                f"a cell has no `{token.text}`",
                token.extent,
                help="write `[0..5)` for both ends, and `,` between alternatives",
            )
        return _fault(
            f"`{self.text[token.start : token.end][:40]}` does not belong here",
            token.extent,
            note="between two alternatives stands a comma",
        )

    def _test(self) -> Test:
        token = self._next()
        if token.kind == "mark" and token.text in _OPENING:
            return self._range(token)
        if token.kind == "mark" and token.text in _OPERATORS:
            operand = self._operand(self._next())
            extent = (token.start, operand.extent[1])
            return Compare(_OPERATORS[token.text], operand, extent)
        if token.kind == "mark":
            raise self._misplaced(token)
        if token.kind == "word" and token.text == "null":
            return IsMissing(token.extent)
        operand = self._operand(token)
        return Compare("=", operand, operand.extent)

    def _misplaced(self, token: _Token) -> CellError:
        if token.text in ("!=", "<>"):
            instead = f"not({self.text[token.end :].strip()[:40] or '5'})"
            return _fault(f"a cell has no `{token.text}`", token.extent, help=f"write `{instead}`")
        if token.text == "==":
            return _fault("a cell has no `==`", token.extent, help="write the value alone")
        if token.text == "-":
            return _fault(
                "`-` stands alone and means any value",
                token.extent,
                help="write `-5` for a negative number, `[1..5]` for a range",
            )
        return _fault(f"`{token.text}` does not belong here", token.extent)

    def _range(self, opening: _Token) -> Range:
        low = self._operand(self._next())
        self._expect("..", "between the ends of a range stands `..`", "write `[0..5)`")
        high = self._operand(self._next())
        closing = self._next()
        if closing.text not in _CLOSING:
            raise _fault("the range is not closed", closing.extent, help="write `[0..5)`")
        extent = (opening.start, closing.end)
        return Range(low, high, _OPENING[opening.text], _CLOSING[closing.text], extent)

    def _operand(self, token: _Token) -> Operand:
        if token.kind == "param":
            return Param(token.text, token.extent)
        if token.kind == "number":
            return Constant(_number(token), token.extent)
        if token.kind == "text":
            return Constant(_unescaped(token.text[1:-1]), token.extent)
        if token.kind == "date":
            return Constant(day_of(token.text, token.extent), token.extent)
        if token.kind == "bare":
            raise _fault(
                f"the date `{token.text}` does not stand in `date(…)`",
                token.extent,
                note="`-` is a minus here",
                help=f'write `date("{token.text}")`',
            )
        if token.text in ("true", "false"):
            return Constant(token.text == "true", token.extent)
        raise self._no_value(token)

    def _no_value(self, token: _Token) -> CellError:
        if token.text == "PARAM":
            return _fault(
                "this does not refer to a parameter",
                token.extent,
                help='write `PARAM("thin")`',
            )
        if token.text == "not":
            return _fault(
                "`not` stands around the whole cell",
                token.extent,
                help='write `not("thin","fair")`',
            )
        if token.text == "date":
            return _fault("this is not a date", token.extent, help='write `date("2024-01-31")`')
        if token.kind == "word":
            truth = _TRUTH.get(token.text.lower())
            other = f", or `{truth}` where the input is true or false" if truth else ""
            return _fault(
                f"`{token.text[:40]}` is neither a number nor a text in quotes",
                token.extent,
                note="texts and the labels of bands stand in double quotes",
                help=f'write `"{token.text[:40]}"`{other}',
            )
        return _fault(f"`{token.text}` stands where a value belongs", token.extent)


def _number(token: _Token) -> Decimal:
    value = Decimal(token.text)
    if len(value.as_tuple().digits) > _DIGITS_MAX:
        raise _fault(
            f"`{token.text[:40]}` has more than {_DIGITS_MAX} digits",
            token.extent,
            note=f"numbers are compared with {_DIGITS_MAX} digits",
            help="write fewer digits",
        )
    return value or Decimal(0)  # not -0


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def quoted(text: str) -> str:
    r"""A text as it stands in a cell.

    Example:
        >>> print(quoted('a "b" c'))
        "a \"b\" c"
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def day_of(text: str, extent: Extent) -> date:
    """The day that a text such as `2024-01-31` names.

    Raises: CellError `table/cell`.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _fault(
        f"`{text[:40]}` is not a date",
        extent,
        note="dates are written as year, month and day",
        help='write `date("2024-01-31")`',
    )
