from __future__ import annotations

import pytest

from pmpo.assure.cadences import _fault, _occurs


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
    ],
)
def test_a_rule_occurs_on_some_day_or_never(rule: str, occurs: bool) -> None:
    """A calendar rule that names no day of 28 years names none."""
    assert _occurs(dict(part.split("=") for part in rule.split(";"))) is occurs


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("BYHOUR=24", "`BYHOUR=24` is not a number from 0 to 23"),
        ("BYMONTHDAY=0", "`BYMONTHDAY=0` is not a number from -31 to 31 without 0"),
        ("BYDAY=XX", "`XX` in `BYDAY` is no weekday such as `MO`, `1MO` or `-1FR`"),
        ("WKST=M", "`M` in `WKST` is no weekday such as `MO`"),
        ("INTERVAL=0", "`INTERVAL=0` is not a number from 1 to 1000"),
        ("UNTIL=20251341", "`UNTIL=20251341` is not a date such as `20301231`"),
        ("UNTIL=20251231T235959Z", ""),
        ("BYDAY=+1MO,-1FR,SU", ""),
    ],
)
def test_values_that_the_standard_does_not_know_are_named(part: str, fault: str) -> None:
    """A part with a value outside its limits is reported with the limits."""
    assert _fault({"FREQ": "MONTHLY", **dict([part.split("=")])}) == fault
