"""Calendars whose holidays end before the year that is evaluated."""

from __future__ import annotations

from collections.abc import Iterator

from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.time import MICROSECOND


def without_holidays(charter: Charter, evaluation: Evaluation) -> Iterator[str]:
    """A sentence about each calendar that `WORKTIME` counts by and that lists no holiday so far on.

    Days that are not listed count as worked, so that every deadline would look missed.
    """
    year = (evaluation.as_of - MICROSECOND).year
    texts = [text for text in _texts(charter) if "WORKTIME" in text.upper()]
    for name in evaluation.table.calendars:
        calendar = charter.calendars.get(name)
        dates = [holiday.date for holiday in calendar.holidays] if calendar is not None else []
        used = any(f"'{name}'" in text for text in texts)
        if used and dates and max(dates).year < year:
            yield (
                f"the calendar `{name}` lists no holiday after {max(dates).year}, and working time "
                f"in {year} counts all of its days"
            )


def _texts(charter: Charter) -> Iterator[str]:
    """Every formula of a charter in which working time may stand."""
    yield from (signal.formula for signal in charter.signals.values())
    for source in charter.sources.values():
        yield from source.derive.values()
        yield source.where
        yield from (check.holds for check in source.checks)
