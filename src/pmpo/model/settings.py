"""Parameters and assumptions: which number holds for which unit on which day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Final

from pmpo.model.charter import Setting

ANY: Final = "*"
OTHER: Final = "any other"


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


def for_segment(setting: Setting, parts: Mapping[str, str], day: date) -> Decimal | None:
    """The number for a unit whose attributes are `parts`, on `day`: the most specific one."""
    for segment, value in by_specificity(setting, day):
        named = zip(setting.by, segment, strict=True)
        if all(part in (ANY, parts.get(name)) for name, part in named):
            return value
    return None


def every_case(settings: Sequence[Setting]) -> Iterator[tuple[date, dict[str, str]]]:
    """Every day on which a number changes, with every segment that is named and any other."""
    columns = list(dict.fromkeys(name for setting in settings for name in setting.by))
    choices = [
        [*dict.fromkeys(part for s in settings for part in parts_of(s, name)), OTHER]
        for name in columns
    ]
    starts = {
        start or date.min for s in settings for dated in s.values.values() for start, _ in dated
    }
    for day in sorted(starts) or [date.min]:
        for parts in product(*choices):
            yield day, dict(zip(columns, parts, strict=True))


def parts_of(setting: Setting, name: str) -> Iterator[str]:
    """The values of one attribute that a setting names."""
    if name in setting.by:
        index = setting.by.index(name)
        yield from (segment[index] for segment in setting.values if segment[index] != ANY)
