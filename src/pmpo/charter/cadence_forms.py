"""Shapes of what happens when: calendar rules, and when a charter begins to count."""

# what the methods of a shape do is said once, at Shape
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pmpo.charter.building import Values
from pmpo.charter.shapes import BAD, At, Shape, Text, bad_value
from pmpo.charter.suggest import did_you_mean
from pmpo.model.effect import AT_ONCE, is_rule
from pmpo.model.recurrence import FREQUENCIES, PARTS, fault, parts_of

if TYPE_CHECKING:
    from pmpo.charter.findings import Findings

_NOTE: Final = "calendar rules are written as in RFC 5545 (iCalendar)"
_HELP: Final = "write for example `FREQ=WEEKLY;BYDAY=MO;BYHOUR=9`"


@dataclass(frozen=True)
class Rule(Shape):
    """A calendar rule in the notation of RFC 5545."""

    wants: str = "a calendar rule such as FREQ=WEEKLY;BYDAY=MO"

    def read(self, at: At, to: Findings) -> Any:
        text = Text(self.wants).read(at, to)
        if text is BAD:
            return BAD
        wrong = self._unreadable(text) or fault(parts_of(text))
        if not wrong:
            return text
        return bad_value("charter/bad-rule", at, to, wrong, note=_NOTE, help=_HELP)

    def _unreadable(self, text: str) -> str:
        parts = [part.partition("=") for part in text.split(";")]
        keys = [key for key, _, _ in parts]
        for key, equals, value in parts:
            if key not in PARTS:
                near = did_you_mean(key, PARTS)
                return f"a calendar rule has no part `{key[:40]}`" + (
                    f"; did you mean `{near}`?" if near else ""
                )
            if not equals or not re.fullmatch(r"[A-Z0-9+,-]+", value):
                return f"the part `{key}` of the calendar rule has no usable value"
        if len(set(keys)) < len(keys):
            return "a part of the calendar rule stands there twice"
        if {key: value for key, _, value in parts}.get("FREQ") not in FREQUENCIES:
            return f"a calendar rule says how often: FREQ is one of {', '.join(FREQUENCIES)}"
        return ""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]+=[A-Z0-9+,-]+(;[A-Z]+=[A-Z0-9+,-]+)*$"}


@dataclass(frozen=True)
class Begins(Shape):
    """When a ratified charter begins to count."""

    wants: str = "`at once`, `after next review` (or the name of a cadence), or a date"

    def read(self, at: At, to: Findings) -> Any:
        text = Text(self.wants).read(at, to)
        if text is BAD or is_rule(text):
            return text
        return bad_value(
            "charter/bad-effective",
            at,
            to,
            f"`{text[:40]}` does not say when a charter begins to count",
            note="the moment is computed when enough people have signed",
            help=f"write `{AT_ONCE}`, `after next review`, or a date such as 2026-01-05",
        )

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^(at once|after next \S+|\d{4}-\d\d-\d\d)$"}


def cadence_of(values: Values, at: At, to: Findings) -> Any:
    """Refuse a rule that counts occurrences and does not say from when."""
    if "COUNT=" in (values.get("rule") or "") and values.get("starts") is None:
        bad_value(
            "charter/bad-rule",
            at,
            to,
            "the rule counts its occurrences, and nothing says from which day",
            note="with `COUNT` a rule ends after so many occurrences",
            help="add the first day, such as `from: 2026-01-05`, or end it with `UNTIL=20261231`",
        )
    return values
