"""Types of formula expressions, and how many digits exact arithmetic needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from pmpo.sql import exp

Kind = Literal[
    "exact", "real", "text", "boolean", "date", "timestamp", "duration", "null", "double", "error"
]
MAX_DIGITS: Final = 38
_INTEGER_DIGITS: Final = 19


@dataclass(frozen=True, slots=True)
class Type:
    """The type of an expression.

    `exact` is a whole number or decimal with `precision` digits, `scale` of them after the point;
    `real` is a double above the aggregates; `double` is a floating-point column that nobody may
    aggregate; `error` stands for something already reported.
    """

    kind: Kind
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        if self.kind != "exact":
            return {"real": "number", "double": "floating-point number"}.get(self.kind, self.kind)
        return f"decimal({self.precision},{self.scale})" if self.scale else "integer"

    @property
    def told(self) -> str:
        """The type in a sentence, with its article."""
        if self.kind == "exact" and not self.scale:
            return "a whole number"
        return _TOLD.get(self.kind) or f"a {self}"

    @property
    def numeric(self) -> bool:
        return self.kind in ("exact", "real", "error", "null")

    def accepts(self, kind: Kind) -> bool:
        """Whether the type is `kind`, or nothing more need be said about it."""
        return self.kind in (kind, "error", "null")


REAL: Final = Type("real")
TEXT: Final = Type("text")
BOOLEAN: Final = Type("boolean")
DATE: Final = Type("date")
TIMESTAMP: Final = Type("timestamp")
DURATION: Final = Type("duration")
NULL: Final = Type("null")
DOUBLE: Final = Type("double")
ERROR: Final = Type("error")
INTEGER: Final = Type("exact", _INTEGER_DIGITS)

_TOLD: Final = {
    "text": "text",
    "boolean": "a condition",
    "timestamp": "a time",
    "duration": "a length of time",
    "null": "missing",
}
_BY_NAME: Final = {
    "integer": INTEGER,
    "text": TEXT,
    "boolean": BOOLEAN,
    "date": DATE,
    "timestamp": TIMESTAMP,
    "timestamptz": TIMESTAMP,
    "double": DOUBLE,
}
_DECIMAL: Final = re.compile(r"decimal\((\d+), ?(\d+)\)")


def from_name(name: str | None) -> Type:
    """The type a column declaration or a table's schema names; `error` for anything else."""
    if name is None:
        return ERROR
    match = _DECIMAL.fullmatch(name)
    if match:
        return Type("exact", int(match[1]), int(match[2]))
    return _BY_NAME.get(name, ERROR)


def of_decimal(value: Decimal) -> Type:
    """The type of one exact number."""
    digits, scale = len(value.as_tuple().digits), max(0, -int(value.as_tuple().exponent))
    return Type("exact", max(digits, scale, 1), scale)


def sum_of(left: Type, right: Type) -> Type:
    """The type of left ± right."""
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    return Type("exact", whole + scale + 1, scale)


def product_of(left: Type, right: Type) -> Type:
    """The type of left × right; one digit more than needed, as Spark counts them."""
    if left == right == INTEGER:
        return INTEGER
    return Type("exact", left.precision + right.precision + 1, left.scale + right.scale)


def widest(left: Type, right: Type) -> Type | None:
    """The type that holds both, or None when there is none."""
    if left.kind in ("null", "error"):
        return right
    if right.kind in ("null", "error"):
        return left
    if left.kind == right.kind == "exact":
        scale = max(left.scale, right.scale)
        whole = max(left.precision - left.scale, right.precision - right.scale)
        return Type("exact", whole + scale, scale)
    if {left.kind, right.kind} == {"date", "timestamp"}:
        return TIMESTAMP
    return left if left.kind == right.kind else None


@dataclass(frozen=True, slots=True)
class Typed:
    """A piece of SQL and its type."""

    sql: exp.Expr
    type: Type
