"""Parameters and assumptions as SQL over the unit's attributes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from pmpo import sql
from pmpo.compile.types import TEXT, Typed
from pmpo.model.charter import Setting
from pmpo.model.settings import ANY, by_specificity
from pmpo.sql import exp


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
