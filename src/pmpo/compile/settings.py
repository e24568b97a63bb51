"""Parameters and assumptions as SQL over the unit's attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.expressions import Expressions
from pmpo.compile.formula import did_you_mean
from pmpo.compile.types import TEXT, Typed
from pmpo.model.charter import Assumption, Charter, Parameter, Setting
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


def exact_case(setting: Setting, day: date, attribute: Callable[[str], exp.Expr]) -> Typed:
    """The setting as exact numbers over the columns of a row."""
    numbers = [value for _, value in by_specificity(setting, day) if value is not None]
    kind = types.NULL
    for number in numbers:
        kind = types.widest(kind, types.of_decimal(number)) or kind
    return Typed(as_case(setting, day, attribute, sql.exact), kind)


def named_setting(
    expressions: Expressions, charter: Charter, name: str, node: exp.Anonymous
) -> tuple[str, Setting] | None:
    """The id and numbers that an ASSUMED or PARAM names; None after a report that it has none."""
    wanted = expressions.text_argument(node)
    if wanted is None:
        return None
    block = "assumptions" if name == "ASSUMED" else "parameters"
    known: Mapping[str, Assumption | Parameter] = getattr(charter, block)
    setting = known[wanted].setting if wanted in known else None
    if setting is not None:
        return wanted, setting
    there = wanted in known
    expressions.fail(
        "formula/unknown-name",
        f"`{wanted}` under `{block}` has no number"
        if there
        else f"there is no number called `{wanted}` under `{block}`",
        node,
        label="" if there else did_you_mean(wanted, known),
        help=f"add `{wanted}` with a `value` under `{block}`",
    )
    return None


def varies(
    expressions: Expressions, node: exp.Anonymous, wanted: str, column: str, source: str
) -> Typed:
    """Report a number inside an aggregate that varies by a column which the rows do not have."""
    return expressions.fail(
        "formula/varies",
        f"`{wanted}` varies by `{column}`, which is no column of the rows here",
        node,
        note="inside an aggregate a number varies with columns of the aggregated source",
        help=f"write it outside: `SUM(x) * {str(node.this).upper()}('{wanted}')`, or add the "
        f"column to `derive` of source `{source}`",
    )
