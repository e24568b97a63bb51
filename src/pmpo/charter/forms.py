"""Shapes that only the charter has: column types, numbers that may be parameters, table cells."""

# what the methods of a shape do is said once, at Shape
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pmpo.charter.records import Attributes, Built, ByKind, MapOf
from pmpo.charter.scalars import Day, Number, decimal_of
from pmpo.charter.shapes import (
    BAD,
    At,
    ListOf,
    Shape,
    Text,
    bad_value,
    quote,
    wrong_type,
)
from pmpo.charter.suggest import did_you_mean, listing
from pmpo.charter.yaml import Scalar, Sequence
from pmpo.model.charter import Anchor, MissingInput, ParamRef

if TYPE_CHECKING:
    from pmpo.charter.findings import Findings

_PLAIN_TYPES: Final = ("integer", "text", "boolean", "date", "timestamp")
_DECIMAL: Final = re.compile(r"decimal\( *([0-9]{1,2}) *, *([0-9]{1,2}) *\)")
_OTHER_NAMES: Final = {
    "int": "integer",
    "bigint": "integer",
    "string": "text",
    "varchar": "text",
    "bool": "boolean",
    "datetime": "timestamp",
    "float": "decimal(18,6)",
    "double": "decimal(18,6)",
    "real": "decimal(18,6)",
    "number": "decimal(18,6)",
    "numeric": "decimal(18,6)",
    "decimal": "decimal(18,6)",
}
_WORD: Final = re.compile(r"(?!(?:true|false|null)$)[A-Za-z_][A-Za-z0-9_-]*")
_PARAM: Final = re.compile(r"PARAM\('([a-z0-9][a-z0-9_-]*)'\)")


@dataclass(frozen=True)
class ColumnType(Shape):
    """The exact type in which a column is read."""

    wants: str = "a type such as integer, text or decimal(12,2)"

    def read(self, at: At, to: Findings) -> Any:
        text = Text(self.wants).read(at, to)
        if text is BAD or text in _PLAIN_TYPES:
            return text
        digits = _DECIMAL.fullmatch(text)
        if digits is None:
            return self._unknown(text, at, to)
        precision, scale = int(digits[1]), int(digits[2])
        if not 1 <= precision <= 38 or scale > precision:
            return bad_value(
                "charter/bad-type",
                at,
                to,
                f"decimal({precision},{scale}) does not exist",
                note="the first number counts all digits, at most 38; the second those after "
                "the point",
                help="write for example `decimal(12,2)`",
            )
        return f"decimal({precision},{scale})"

    def _unknown(self, text: str, at: At, to: Findings) -> Any:
        if re.fullmatch(r"decimal\( *[0-9]+", text):
            return bad_value(
                "charter/bad-type",
                at,
                to,
                f"`{text}` is only the beginning of a type",
                note="inside `{ }` a comma ends a text that is not in quotes",
                help="put the type in quotes, for example 'decimal(12,2)'",
            )
        near = _OTHER_NAMES.get(text.lower()) or did_you_mean(text, _PLAIN_TYPES)
        types = listing([*_PLAIN_TYPES, "decimal(digits,places)"])
        return bad_value(
            "charter/bad-type",
            at,
            to,
            f"there is no column type `{text[:60]}`",
            note=f"sums must be exact, so a column is one of {types}",
            help=f"write `{near}`" if near else f"write one of {types}",
        )

    def schema(self) -> dict[str, Any]:
        plain = "|".join(_PLAIN_TYPES)
        return {"type": "string", "pattern": f"^(?:{plain}|{_DECIMAL.pattern})$"}


@dataclass(frozen=True)
class NumberOrParam(Shape):
    """A number, or `PARAM('id')` where it varies by segment or date."""

    wants: str = "a number or PARAM('id')"

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if isinstance(node, Scalar) and node.kind == "text" and node.text.startswith("PARAM"):
            found = _PARAM.fullmatch(node.text)
            if found is not None:
                return ParamRef(found[1])
            fact = f"`{node.text[:60]}` does not refer to a parameter"
            return bad_value(
                "charter/bad-reference", at, to, fact, help="write PARAM('id') with single quotes"
            )
        return decimal_of(at, to, self.wants)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{_PARAM.pattern}$"}]}

    def key_schema(self) -> dict[str, Any]:
        number = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
        return {"type": "string", "pattern": f"^(?:{number}|{_PARAM.pattern})$"}


@dataclass(frozen=True)
class Cell(Shape):
    """A condition of a decision table; quoted, so that YAML cannot change what it says."""

    wants: str = "a quoted condition, or - for any"

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if not isinstance(node, Scalar):
            return wrong_type(at, to, self.wants)
        if node.plain and node.text != "-":
            return bad_value(
                "charter/unquoted-cell",
                at,
                to,
                f"the cell `{node.text[:60]}` is not in quotes",
                note="YAML reads `>= 1`, `[0, 5)` and `#` in its own way; quotes keep the cell "
                "as written",
                help=f"write {quote(node.text)}",
            )
        return node.text

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True)
class GapCell(Cell):
    """A condition beside the name of its input, where a label may stand without quotes."""

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if isinstance(node, Scalar) and node.plain and _WORD.fullmatch(node.text):
            return f'"{node.text}"'
        return super().read(at, to)


@dataclass(frozen=True)
class Output(Shape):
    """What a rule gives: a word or a number, kept as text."""

    wants: str = "a text or a number"

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if isinstance(node, Scalar) and node.kind == "number":
            return node.text
        return Text(self.wants).read(at, to)

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"]}


@dataclass(frozen=True)
class AnyValue(Shape):
    """A value of any type, kept as text; the column it is meant for says what it is."""

    wants: str = "a number, a text, a date, true or false"

    def read(self, at: At, to: Findings) -> Any:
        if isinstance(at.node, Scalar) and at.node.kind in ("number", "bool"):
            return at.node.text
        return Text(self.wants).read(at, to)

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True)
class MissingWord(Shape):
    """`block`, or the label of missing values; `finally_` where carrying was tried before."""

    wants: str = "`block`, or a label"
    finally_: bool = False

    def read(self, at: At, to: Findings) -> Any:
        word = Text(self.wants).read(at, to)
        if word is BAD:
            return BAD
        if word == "last" and self.finally_:
            return bad_value(
                "charter/bad-policy",
                at,
                to,
                f"`{at.path}` cannot be `last`",
                note="it says what happens where no value can be carried",
                help="write `block`, or a label",
            )
        if word == "last":
            return bad_value(
                "charter/bad-policy",
                at,
                to,
                f"`{at.path}` carries the last value without a `max_age`",
                note="a value carried for ever is an invented one",
                help="write `{policy: last, max_age: 4 weeks}`, and `then` or `default` for what "
                "happens without any",
            )
        if word == "block":
            return MissingInput(policy="block")
        return MissingInput(policy="label", value=word)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class Limits(Shape):
    """`[low, high]`, where either end may be left open with null."""

    wants: str = "two numbers [low, high], either may be null"

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if not isinstance(node, Sequence) or len(node.items) != 2:
            return wrong_type(at, to, self.wants)
        low, high = (self._end(at.item(index, item), to) for index, item in enumerate(node.items))
        if low is BAD or high is BAD:
            return BAD
        if low is None and high is None:
            fact = f"`{at.path}` has no limit at all"
            return bad_value("charter/bad-check", at, to, fact, help="give at least one end")
        if low is not None and high is not None and low > high:
            fact = f"`{at.path}` begins at {low}, above its end {high}"
            return bad_value("charter/bad-check", at, to, fact, help=f"write [{high}, {low}]")
        return (low, high)

    def _end(self, at: At, to: Findings) -> Any:
        if isinstance(at.node, Scalar) and at.node.kind == "null":
            return None
        return decimal_of(at, to, "a number or null")

    def schema(self) -> dict[str, Any]:
        end = {"type": ["number", "null"]}
        return {"type": "array", "prefixItems": [end, end], "minItems": 2, "maxItems": 2}


def filling(**attributes: Any) -> Attributes:
    """Let one field of the file fill several attributes of the model."""
    return Attributes(attributes)


def fills(attribute: str, shape: Shape) -> Shape:
    """`shape`, filling `attribute` whatever the field is called."""
    return Built(shape, lambda value: Attributes({attribute: value}))


def one_or_more(shape: Shape, wants: str) -> Shape:
    """A single value or a list of them; a tuple either way."""
    return ByKind(wants, scalar=Built(shape, lambda one: (one,)), sequence=ListOf(shape, 1))


COLUMN_NAME: Final = Text("a column name")
COLUMN_NAMES: Final = ListOf(COLUMN_NAME, at_least=1, wants="a list of column names")
DATED: Final = ByKind(
    "a number, or numbers by date",
    scalar=Built(Number(), lambda number: ((None, number),)),
    mapping=MapOf(
        Day(),
        Number(),
        at_least=1,
        collect=lambda pairs: tuple(sorted(pairs)),
        wants="numbers by the date from which they hold",
    ),
)
ANCHORS: Final = MapOf(
    NumberOrParam(),
    Number(Decimal(0), Decimal(100)),
    keys_as_written=True,
    collect=lambda pairs: tuple(Anchor(at=at, worth=worth) for at, worth in pairs),
    wants="anchors such as {0: 0, 0.3: 100}",
)
JOIN_COLUMNS: Final = ByKind(
    "a column name, a list of them, or a mapping of own to their columns",
    scalar=Built(COLUMN_NAME, lambda own: ((own, own),)),
    sequence=Built(COLUMN_NAMES, lambda own: tuple((one, one) for one in own)),
    mapping=MapOf(COLUMN_NAME, COLUMN_NAME, at_least=1, collect=tuple),
)
UNIT_COLUMNS: Final = ByKind(
    JOIN_COLUMNS.wants,
    scalar=Built(COLUMN_NAME, lambda own: ((own, ""),)),
    sequence=Built(COLUMN_NAMES, lambda own: tuple((one, "") for one in own)),
    mapping=MapOf(COLUMN_NAME, COLUMN_NAME, at_least=1, collect=tuple),
)


UNPIVOTED: Final = ByKind(
    "a list of column names, or a mapping of them to texts",
    sequence=Built(COLUMN_NAMES, lambda names: tuple((one, one) for one in names)),
    mapping=MapOf(COLUMN_NAME, Text(), at_least=1, collect=tuple),
)


JOIN: Final = MapOf(
    Text("a source, or the word `unit`"),
    JOIN_COLUMNS,
    at_least=1,
    special={"unit": UNIT_COLUMNS},
    wants="a mapping of source names (or `unit`) to columns",
)
Dated = tuple[tuple[date | None, Decimal], ...]
