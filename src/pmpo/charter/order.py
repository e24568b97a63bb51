"""Whether anchors and edges increase for every segment and on every day, parameters included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise
from typing import Final

from pmpo.model.charter import Number, Parameter, ParamRef
from pmpo.model.settings import every_case, for_segment

# More combinations than anyone writes by hand; beyond it the first ones are looked at.
_CASES_MAX: Final = 20_000
# Beyond this a value in millionths does not fit 64 bits.
LARGEST: Final = Decimal(9_000_000_000_000)


def crossing(numbers: Sequence[Number], parameters: Mapping[str, Parameter]) -> str:
    """Where two neighbours do not increase, in words; empty when they always do.

    Numbers that a parameter does not have on a day are left out: such units are blocked.
    """
    settings = {
        one.id: parameters[one.id].setting
        for one in numbers
        if isinstance(one, ParamRef) and one.id in parameters
    }
    for day, parts in islice(every_case(list(settings.values())), _CASES_MAX):
        here = [
            (one, for_segment(settings[one.id], parts, day))
            if isinstance(one, ParamRef) and one.id in settings
            else (one, one if isinstance(one, Decimal) else None)
            for one in numbers
        ]
        known = [(one, value) for one, value in here if value is not None]
        for (left, low), (right, high) in pairwise(known):
            if low >= high and ParamRef in (type(left), type(right)):
                return _told(left, low, right, high, parts, day)
    return ""


def _told(
    left: Number, low: Decimal, right: Number, high: Decimal, parts: Mapping[str, str], day: date
) -> str:
    """A witness: the two numbers, for whom and from when."""
    names = [f"{name} {part}" for name, part in parts.items()]
    since = [] if day == date.min else [f"from {day}"]
    when = ", ".join([*names, *since])
    return f"{_number(left, low)} is not below {_number(right, high)}" + (
        f" for {when}" if when else ""
    )


def _number(one: Number, value: Decimal) -> str:
    return f"`{value:f}`" if isinstance(one, Decimal) else f"`PARAM('{one.id}')` = {value:f}"
