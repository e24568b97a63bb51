"""Shapes of numbers, dates, lengths of time and zones."""

# what the methods of a shape do is said once, at Shape
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pmpo.charter.shapes import BAD, At, Shape, Text, bad_value, wrong_type
from pmpo.charter.yaml import Node, Scalar
from pmpo.model.time import Duration, zone

if TYPE_CHECKING:
    from pmpo.charter.findings import Findings

DIGITS_MAX: Final = 38
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Number(Shape):
    """A decimal number, kept exactly as written."""

    low: Decimal | None = None
    high: Decimal | None = None
    wants: str = "a number"

    def read(self, at: At, to: Findings) -> Any:
        value = decimal_of(at, to, self.wants)
        if value is BAD or self._inside(value):
            return value
        return bad_value(
            "charter/bad-number",
            at,
            to,
            f"`{at.path}` is {value}, outside {self._limits()}",
            help=f"write a number {self._limits()}",
        )

    def _inside(self, value: Decimal) -> bool:
        return not (
            (self.low is not None and value < self.low)
            or (self.high is not None and value > self.high)
        )

    def _limits(self) -> str:
        if self.high is None:
            return f"at least {self.low}"
        return f"from {self.low} to {self.high}" if self.low is not None else f"up to {self.high}"

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "number"}
        if self.low is not None:
            found["minimum"] = int(self.low)
        if self.high is not None:
            found["maximum"] = int(self.high)
        return found


def decimal_of(at: At, to: Findings, wants: str) -> Any:
    """The exact number a scalar says."""
    node = at.node
    if not isinstance(node, Scalar) or node.kind != "number":
        return wrong_type(at, to, wants, _as_number(node))
    value = Decimal(node.text)
    if len(value.as_tuple().digits) > DIGITS_MAX or abs(value.adjusted()) > DIGITS_MAX:
        return bad_value(
            "charter/bad-number",
            at,
            to,
            f"`{at.path}` has more than {DIGITS_MAX} digits",
            note=f"a decimal has at most {DIGITS_MAX} digits on every engine",
            help="write fewer digits",
        )
    return value


def _as_number(node: Node) -> str:
    if not isinstance(node, Scalar):
        return ""
    text = node.text.strip()
    if re.fullmatch(r"[+-]?[0-9.,_ ]*[0-9] ?%", text):
        return "write per cent as a fraction, for example 0.75 for 75 %"
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return "write the number without quotes and without leading zeros"
    return "write a number such as 12 or 0.75, without unit, thousands separator or quotes"


@dataclass(frozen=True)
class Whole(Shape):
    """A whole number."""

    low: int
    high: int

    @property
    def wants(self) -> str:  # type: ignore[override]  # computed from the limits
        return f"a whole number from {self.low} to {self.high}"

    def read(self, at: At, to: Findings) -> Any:
        value = decimal_of(at, to, self.wants)
        if value is BAD:
            return BAD
        if value != value.to_integral_value() or not self.low <= value <= self.high:
            return bad_value(
                "charter/bad-number",
                at,
                to,
                f"`{at.path}` is {value}, not {self.wants}",
                help=f"write {self.wants}",
            )
        return int(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Day(Shape):
    """A calendar date."""

    wants: str = "a date such as 2017-12-31"

    def read(self, at: At, to: Findings) -> Any:
        text = Text(self.wants).read(at, to)
        return BAD if text is BAD else self.of(text, at, to)

    def of(self, text: str, at: At, to: Findings) -> Any:
        """The date that `text` names."""
        found = _date(text)
        if found is None:
            return bad_value(
                "charter/bad-date",
                at,
                to,
                f"`{text[:40]}` is not a date",
                note="dates are written year-month-day, whatever the country",
                help="write it as YYYY-MM-DD, for example 2017-12-31",
            )
        return found

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "pattern": f"^{_DATE.pattern}$"}


def _date(text: str) -> date | None:
    """The date, or None; `fromisoformat` alone would also read 20171231."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Length(Shape):
    """A length of time."""

    wants: str = "a length of time such as 4 weeks"

    def read(self, at: At, to: Findings) -> Any:
        text = Text(self.wants).read(at, to)
        if text is BAD:
            return BAD
        try:
            return Duration.parse(text)
        except ValueError:
            return bad_value(
                "charter/bad-duration",
                at,
                to,
                f"`{text[:40]}` is not a length of time",
                note="it is a whole number and one of second, minute, hour, day, week, month, "
                "quarter, year",
                help="write for example `36 hours`, `1 week` or `3 months`",
            )

    def schema(self) -> dict[str, Any]:
        units = "second|minute|hour|day|week|month|quarter|year"
        return {"type": "string", "pattern": f"^[1-9][0-9]{{0,5}} (?:{units})s?$"}


@dataclass(frozen=True)
class Zone(Shape):
    """A time zone of the IANA database."""

    wants: str = "a time zone such as Europe/Berlin"

    def read(self, at: At, to: Findings) -> Any:
        text = Text(self.wants).read(at, to)
        if text is BAD:
            return BAD
        try:
            zone(text)
        except ValueError:
            return bad_value(
                "charter/bad-zone",
                at,
                to,
                f"there is no time zone `{text[:60]}`",
                note="zones are named as in the IANA database; abbreviations such as EST are "
                "ambiguous",
                help="write for example `UTC`, `Asia/Tokyo` or `America/New_York`",
            )
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}
