"""Reviews that a cadence asked for and nobody held. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from pmpo.decide.state import State
from pmpo.model.charter import Charter
from pmpo.model.effect import next_review, reviews_of
from pmpo.model.recurrence import parts_of

_WINDOWS_DAYS: Final = (2, 8, 35, 100, 400)
"""How far one looks back, a little first: the last one that was missed is what is asked for."""
_STEPS_MAX: Final = 100
_NO_REVIEW: Final = ("SECONDLY", "MINUTELY")
"""Nobody meets as often as that: a machine may, and misses no review."""


def missed_review(state: State, charter: Charter, today: date) -> datetime | None:
    """The last planned review before today that came after the last one that was held.

    Reviews are asked for from when a charter counted first, or something was decided first: an
    office that has only been set up has missed none. A review that is held on the day of a planned
    one, on the clock of its zone, is that one.
    """
    since = _asked_since(state)
    if since is None or any(
        parts_of(one.rule)["FREQ"] in _NO_REVIEW for one in reviews_of(charter)
    ):
        return None
    for days in _WINDOWS_DAYS:
        window = datetime.combine(today - timedelta(days=days), time.min, UTC)
        found = _last(charter, since, max(since, window), today)
        if found is not None or window <= since:
            return found
    return None


def _last(charter: Charter, since: datetime, after: datetime, today: date) -> datetime | None:
    last = None
    for _ in range(_STEPS_MAX):
        planned = next_review(charter, after)
        if planned is None or planned.astimezone(UTC).date() >= today:
            break
        if planned.date() > since.astimezone(planned.tzinfo).date():
            last = planned
        after = planned
    return last


def _asked_since(state: State) -> datetime | None:
    """When the last review was held; before the first one, when reviews began to be asked for."""
    if state.reviews:
        return state.reviews[-1].at
    decided = (one.decided_at for one in state.decisions.values() if one.decided_at is not None)
    return min((*decided, *(one.effective for one in state.ratifications)), default=None)


def chair_of(charter: Charter) -> str:
    """Who is to hold the reviews; the program's owner where the cadence names no chair."""
    return next((one.chair for one in reviews_of(charter) if one.chair), charter.owner)
