"""Periods: columns that stand for months or years, and how often a file is worth measuring."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pmpo.draft import words as w
from pmpo.draft.parts import Unpivoted
from pmpo.draft.profile import ColumnFacts, Profile

_LEAST: Final = 3
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_WEEKLY: Final = 7 * 12
_WINDOWS: Final = ((28, "4 weeks"), (91, "13 weeks"), (182, "26 weeks"))
_MONTH_NUMBER: Final = re.compile(r"0?[1-9]|1[0-2]")


def spread_of(profile: Profile) -> Unpivoted | None:
    """The columns that hold one number per month or year, if there are such.

    Without a year in their names the months are not placed in time: their numbers stand for them.
    """
    found: dict[str, tuple[int | None, int | None]] = {}
    for facts in profile.columns:
        period = period_of(facts.name) if facts.numeric and facts.present else None
        if period is not None:
            found[facts.name] = period
    groups: dict[tuple[bool, bool], dict[str, tuple[int | None, int | None]]] = {}
    for name, (year, month) in found.items():
        groups.setdefault((year is not None, month is not None), {})[name] = (year, month)
    for shape, group in sorted(groups.items(), key=lambda one: -len(one[1])):
        one_each = len(set(group.values())) == len(group)
        if len(group) >= _LEAST and one_each and _alike(profile, list(group)):
            return _unpivoted(profile, group, *shape)
    return None


def period_of(name: str) -> tuple[int | None, int | None] | None:
    """Year and month that a column's name says; None where it says neither.

    Example:
        >>> period_of("jan"), period_of("Mar 2024"), period_of("2024-11"), period_of("2019")
        ((None, 1), (2024, 3), (2024, 11), (2019, None))
        >>> period_of("may_contain"), period_of("price")
        (None, None)
    """
    parts = [part for part in w.words(name) if part not in ("m", "y", "x", "col")]
    year = month = None
    for part in parts:
        if year is None and _YEAR.fullmatch(part):
            year = int(part)
        elif month is None and part in w.MONTHS:
            month = w.MONTHS[part]
        elif month is None and year is not None and _MONTH_NUMBER.fullmatch(part):
            month = int(part)
        else:
            return None
    return (year, month) if parts else None


def _alike(profile: Profile, names: Sequence[str]) -> bool:
    """Whether columns can become one: read in the same way from the same type."""
    facts = [profile.column(name) for name in names]
    return len({(one.raw, one.written.format) for one in facts}) == 1


def _unpivoted(
    profile: Profile,
    group: Mapping[str, tuple[int | None, int | None]],
    has_year: bool,
    has_month: bool,
) -> Unpivoted:
    name = "month" if has_month else "year"
    labels = {
        column: f"{year}-{month or 1:02d}-01" if has_year else f"{month:02d}"
        for column, (year, month) in group.items()
    }
    taken = frozenset(column.casefold() for column in profile.relation.schema)
    name = w.identifier(name, taken)
    value = w.identifier("amount", taken | {name})
    return Unpivoted(labels, name, value, has_year, f"1 {'month' if has_month else 'year'}")


def common(profile: Profile, turn: Unpivoted) -> ColumnFacts:
    """The facts of all columns that become one, as those of one column."""
    facts = [profile.column(name) for name in turn.columns]
    null: dict[str, int] = {}
    for one in facts:
        for text, count in one.null:
            null[text] = null.get(text, 0) + count
    widest = max(facts, key=lambda one: (one.type != "integer", one.digits[0], one.digits[1]))
    scale = max(one.digits[1] for one in facts)
    whole = max(one.digits[0] for one in facts)
    type = "integer" if not scale else f"decimal({max(12, whole + scale + 2)},{min(scale, 6)})"
    return replace(
        widest,
        name=turn.value,
        type=type,
        rows=sum(one.rows for one in facts),
        missing=sum(one.missing for one in facts),
        null=tuple(sorted(null.items(), key=lambda item: (-item[1], item[0]))),
        negative=sum(one.negative for one in facts),
        zero=sum(one.zero for one in facts),
    )


def cadence(
    days: float, all_month_starts: bool, rows_per_day: float, moments: int
) -> tuple[str, str, str]:
    """How often to measure, over which window, and why.

    Args:
        days: how long the data covers.
        all_month_starts: whether every row lies on the first of a month.
        rows_per_day: how many rows a unit has on a day, on average.
        moments: at how many different moments rows happened.
    """
    if all_month_starts:
        if days >= 366 * 4:
            return "1 month", "12 months", "each row lies on the first of a month"
        return "1 month", "3 months" if days >= 330 else "1 month", "each row is of one month"
    told = f"the data covers {days:,.0f} days"
    if days < _WEEKLY:
        return "1 day", "7 days" if days >= 14 else "1 day", told
    gap = days / max(moments, 1)
    for length, window in _WINDOWS:
        if rows_per_day * length >= 2 and length >= 2 * gap:
            return "1 week", window, told
        if length * 4 > days:
            break
    return "1 week", window, f"{told}, with few rows for each unit"
