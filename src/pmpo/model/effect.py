"""When a charter that was ratified begins to count: what its field `effective` says. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from pmpo.model.charter import Cadence, Charter
from pmpo.model.recurrence import next_occurrence

AT_ONCE: Final = "at once"
REVIEW: Final = "review"
_AFTER: Final = re.compile(r"after next (\S+)")


@dataclass(frozen=True, slots=True)
class Effect:
    """When a charter begins to count.

    Args:
        at: the moment; None where the review that it waits for never comes.
        rule: what the charter or its signer says of it, such as `after next review`.
    """

    at: datetime | None
    rule: str


def is_rule(text: str) -> bool:
    """Whether a text says when: `at once`, `after next review` (or a cadence), or a date."""
    return text == AT_ONCE or _AFTER.fullmatch(text) is not None or _day(text) is not None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-05") else None
    except ValueError:
        return None


def waits_for(charter: Charter) -> str:
    """The review that has to come first: the name of a cadence, or `review`; else nothing."""
    match = _AFTER.fullmatch(charter.effective)
    return match[1] if match is not None else ""


def reviews_of(charter: Charter, name: str = REVIEW) -> tuple[Cadence, ...]:
    """The cadences that are meant by a name: the one called so; by `review`, else all there are."""
    if name in charter.cadence:
        return (charter.cadence[name],)
    return tuple(charter.cadence.values()) if name == REVIEW else ()


def next_review(charter: Charter, after: datetime, name: str = REVIEW) -> datetime | None:
    """The first review of a charter later than a moment; None where none comes any more.

    Args:
        after: aware.
        name: of a cadence; `review` means any, where none is called so.
    """
    found = [
        next_occurrence(one, after, charter.calendars.get(one.calendar))
        for one in reviews_of(charter, name)
    ]
    return min((one for one in found if one is not None), default=None)


def effect_of(charter: Charter, ratified: datetime, day: date | None = None) -> Effect:
    """When a charter that is ratified at a moment begins to count; never before that.

    Args:
        ratified: aware.
        day: what a signer says instead of the charter: the first day, in UTC.
    """
    rule = day.isoformat() if day is not None else charter.effective or AT_ONCE
    wanted = waits_for(charter) if day is None else ""
    if wanted:
        return Effect(next_review(charter, ratified, wanted), rule)
    begins = day or _day(charter.effective)
    if begins is None:
        return Effect(ratified, rule)
    return Effect(max(ratified, datetime.combine(begins, time.min, UTC)), rule)
