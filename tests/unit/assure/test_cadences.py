"""Calendar rules that occur and those that never do, and values the standard does not know."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pmpo.model.charter import Cadence
from pmpo.model.recurrence import fault, next_occurrence


@pytest.mark.parametrize(
    ("rule", "occurs"),
    [
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", True),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", True),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", False),
        ("FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31", False),
        ("FREQ=MONTHLY;BYDAY=5MO", True),
        ("FREQ=MONTHLY;BYDAY=6MO", False),
        ("FREQ=MONTHLY;BYDAY=-1FR;BYMONTHDAY=31", True),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=8", False),
        ("FREQ=MONTHLY;BYDAY=-5MO;BYMONTHDAY=3", True),
        ("FREQ=MONTHLY;BYDAY=-5MO;BYMONTHDAY=4", False),
        ("FREQ=YEARLY;BYDAY=53MO", True),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=1", True),
        ("FREQ=YEARLY;BYWEEKNO=53;BYMONTH=2", False),
        ("FREQ=YEARLY;BYYEARDAY=366", True),
        ("FREQ=YEARLY;BYYEARDAY=-366;BYMONTHDAY=2", False),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=10", True),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=11", False),
        ("FREQ=DAILY;BYHOUR=9,17;BYSETPOS=2", True),
        ("FREQ=DAILY;BYHOUR=9;BYSETPOS=2", False),
        ("FREQ=HOURLY;BYDAY=SU;BYMONTHDAY=29;BYMONTH=2", True),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TH", True),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", False),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", False),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=5", False),
    ],
)
def test_a_rule_occurs_on_some_day_or_never(rule: str, occurs: bool) -> None:
    """A rule that names no moment is told from one that names a rare one, in a short time."""
    found = next_occurrence(Cadence(name="c", rule=rule), datetime(2026, 1, 1, tzinfo=UTC))
    assert (found is not None) is occurs


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("BYHOUR=24", "`BYHOUR=24` is not a number from 0 to 23"),
        ("BYSECOND=60", "`BYSECOND=60` is not a number from 0 to 59"),
        ("BYMONTHDAY=0", "`BYMONTHDAY=0` is not a number from -31 to 31 without 0"),
        ("BYDAY=XX", "`XX` in `BYDAY` is no weekday such as `MO`, `1MO` or `-1FR`"),
        ("WKST=M", "`M` in `WKST` is no weekday such as `MO`"),
        ("INTERVAL=0", "`INTERVAL=0` is not a number from 1 to 1000"),
        ("UNTIL=20251341", "`UNTIL=20251341` is not a date such as `20301231`"),
        ("UNTIL=20251231T2359", "`UNTIL=20251231T2359` is not a date such as `20301231`"),
        ("UNTIL=20251231T235959Z", ""),
        ("BYDAY=+1MO,-1FR,SU", ""),
    ],
)
def test_values_that_the_standard_does_not_know_are_named(part: str, wrong: str) -> None:
    """A part with a value outside its limits is reported with the limits."""
    assert fault({"FREQ": "MONTHLY", **dict([part.split("=")])}) == wrong
