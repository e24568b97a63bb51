"""Parameters and assumptions: which number holds for which unit on which day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from pmpo import sql
from pmpo.compile.types import TEXT, Typed
from pmpo.model.charter import Setting
from pmpo.sql import exp

ANY = "*"


def on_day(dated: tuple[tuple[date | None, Decimal], ...], day: date) -> Decimal | None:
    """The number in force on `day`: the latest one that began by then, or None before the first."""
    begun = [value for start, value in dated if start is None or start <= day]
    return begun[-1] if begun else None


def by_specificity(setting: Setting, day: date) -> list[tuple[tuple[str, ...], Decimal | None]]:
    """Segments with their numbers on `day`, the most specific first.

    More named parts beat fewer; among equals, a part named further left wins.
    """

    def rank(segment: tuple[str, ...]) -> tuple[int, tuple[bool, ...]]:
        return (segment.count(ANY), tuple(part == ANY for part in segment))

    return [(key, on_day(setting.values[key], day)) for key in sorted(setting.values, key=rank)]


def constant(setting: Setting, day: date) -> Decimal | None:
    """The number of a setting without segments; None when it varies or has none on `day`."""
    found = {value for _, value in by_specificity(setting, day)}
    return found.pop() if len(found) == 1 else None


def as_text(attribute: Typed) -> exp.Expr:
    """A unit's attribute as text, which is what segments are written in."""
    return attribute.sql if attribute.type == TEXT else sql.cast(attribute.sql, "text")


def as_case(
    setting: Setting,
    day: date,
    attribute: Callable[[str], exp.Expr],
    number: Callable[[Decimal], exp.Expr] = sql.real,
) -> exp.Expr:
    """The setting as SQL over the unit's attributes.

    Args:
        attribute: gives the text of an attribute named in `setting.by`.
        number: writes one number; doubles by default.
    """
    branches = []
    otherwise: exp.Expr | None = None
    for segment, value in by_specificity(setting, day):
        result = sql.null() if value is None else number(value)
        tests = [
            sql.binary(exp.EQ, attribute(name), sql.text(part))
            for name, part in zip(setting.by, segment, strict=True)
            if part != ANY
        ]
        if tests:
            branches.append((sql.every(tests), result))
        else:
            otherwise = result
    return sql.case(branches, otherwise)
