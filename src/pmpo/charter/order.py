"""Whether anchors and edges increase for every segment and on every day, parameters included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise, product
from typing import Final

from pmpo.model.charter import Number, Parameter, ParamRef, Setting
from pmpo.model.settings import ANY, for_segment

# More combinations than anyone writes by hand; beyond it the first ones are looked at.
_CASES_MAX: Final = 20_000
# Beyond this a value in millionths does not fit 64 bits.
LARGEST: Final = Decimal(9_000_000_000_000)
_OTHER: Final = "any other"


def crossing(numbers: Sequence[Number], parameters: Mapping[str, Parameter]) -> str:
    """Where two neighbours do not increase, in words; empty when they always do.

    Numbers that a parameter does not have on a day are left out: such units are blocked.
    """
    settings = {
        one.id: parameters[one.id].setting
        for one in numbers
        if isinstance(one, ParamRef) and one.id in parameters
    }
    for day, parts in islice(_cases(list(settings.values())), _CASES_MAX):
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


def _cases(settings: Sequence[Setting]) -> Iterator[tuple[date, dict[str, str]]]:
    """Every day on which a number changes, with every segment that is named and any other."""
    columns = list(dict.fromkeys(name for setting in settings for name in setting.by))
    choices = [
        [*dict.fromkeys(part for s in settings for part in _parts(s, name)), _OTHER]
        for name in columns
    ]
    starts = {
        start or date.min for s in settings for dated in s.values.values() for start, _ in dated
    }
    for day in sorted(starts) or [date.min]:
        for parts in product(*choices):
            yield day, dict(zip(columns, parts, strict=True))


def _parts(setting: Setting, name: str) -> Iterator[str]:
    """The values of one attribute that a setting names."""
    if name in setting.by:
        index = setting.by.index(name)
        yield from (segment[index] for segment in setting.values if segment[index] != ANY)


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
