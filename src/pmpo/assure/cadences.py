"""Whether a charter's calendar rules name any moment, and whether it can begin to count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Cadence, Charter
from pmpo.model.effect import reviews_of, waits_for
from pmpo.model.recurrence import next_occurrence

_BEFORE_ALL = date(1969, 12, 1)


def check_cadences(charter: Charter, today: date | None) -> Iterator[Diagnostic]:
    """Calendar rules that name nothing, those that have ended by today, and reviews awaited."""
    for name, cadence in charter.cadence.items():
        path = f"cadence.{name}.rule"
        span = charter.places.value(path)
        before = (cadence.starts or _BEFORE_ALL) - timedelta(days=7)
        if _next(charter, cadence, before) is None:
            yield Diagnostic(
                "cadence/never", "error", f"cadence `{name}` never occurs", span, path,
                note=f"no day fits `{cadence.rule}`",
                help="write for example `FREQ=MONTHLY;BYMONTHDAY=-1` for the last day of a month",
            )  # fmt: skip
        elif today is not None and _next(charter, cadence, today) is None:
            yield Diagnostic(
                "cadence/ended", "note", f"cadence `{name}` has ended", span, path,
                note=f"`{cadence.rule}` names no day after {today}",
                help="give it a later `UNTIL`, or take it out",
            )  # fmt: skip
    yield from _awaited(charter)


def _next(charter: Charter, cadence: Cadence, after: date) -> datetime | None:
    moment = datetime.combine(after, time.min, UTC)
    return next_occurrence(cadence, moment, charter.calendars.get(cadence.calendar))


def _awaited(charter: Charter) -> Iterator[Diagnostic]:
    """A charter that begins to count after a review that it does not have."""
    wanted = waits_for(charter)
    if not wanted or reviews_of(charter, wanted):
        return
    names = ", ".join(f"`{name}`" for name in charter.cadence)
    yield Diagnostic(
        "charter/no-such-review",
        "error",
        f"the charter begins to count after the next {wanted}, and has no cadence of that name"
        if charter.cadence
        else f"the charter begins to count after the next {wanted}, and has no cadence",
        charter.places.value("effective"),
        "effective",
        note=f"its cadences are {names}" if names else "so it would never begin to count",
        help=f"write `effective: after next {next(iter(charter.cadence))}`"
        if charter.cadence
        else "add `cadence: {review: {rule: FREQ=WEEKLY;BYDAY=MO}}`, or write `effective: at once`",
    )
