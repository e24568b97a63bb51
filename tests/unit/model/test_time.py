"""Lengths of time and refresh boundaries, on wall calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo.model.time import Duration, parse_moment, to_wall, utc_text, zone

UNITS = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
DURATIONS = st.builds(Duration, st.integers(1, 60), st.sampled_from(UNITS))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))
NEW_YORK = ZoneInfo("America/New_York")


@given(DURATIONS)
def test_a_length_reads_as_it_is_written(length: Duration) -> None:
    """The text of a length gives the same length again."""
    assert Duration.parse(str(length)) == length


@pytest.mark.parametrize(
    "text", ["", "4", "weeks", "0 weeks", "-1 day", "1.5 days", "4 weekss", "1 fortnight", "٣ days"]
)
def test_what_is_no_length_is_refused(text: str) -> None:
    """Only a positive whole number and a unit are a length."""
    with pytest.raises(ValueError, match=r".*"):
        Duration.parse(text)


@given(DURATIONS, MOMENTS)
def test_a_boundary_is_the_last_one_by_then(length: Duration, moment: datetime) -> None:
    """Floor never lies ahead, is a boundary itself, and the next boundary lies ahead."""
    boundary = length.floor(moment)
    assert boundary <= moment
    assert length.floor(boundary) == boundary
    if length.fixed is not None:
        assert moment - boundary < length.fixed


@given(DURATIONS, MOMENTS)
def test_before_goes_back_by_no_more_than_the_longest(length: Duration, moment: datetime) -> None:
    """The bound by which ages are compared holds for every month and year."""
    earlier = length.before(moment)
    assert timedelta(0) < moment - earlier <= length.longest


@pytest.mark.parametrize(
    ("length", "moment", "earlier"),
    [
        ("1 month", datetime(2024, 3, 31, 7), datetime(2024, 2, 29, 7)),
        ("1 month", datetime(2023, 3, 31), datetime(2023, 2, 28)),
        ("1 year", datetime(2024, 2, 29), datetime(2023, 2, 28)),
        ("1 quarter", datetime(2024, 1, 15), datetime(2023, 10, 15)),
        ("2 weeks", datetime(2024, 1, 1), datetime(2023, 12, 18)),
    ],
)
def test_before_steps_on_the_calendar(length: str, moment: datetime, earlier: datetime) -> None:
    """Months end with the month."""
    assert Duration.parse(length).before(moment) == earlier


@pytest.mark.parametrize(
    ("length", "moment", "boundary"),
    [
        ("1 week", datetime(2024, 1, 3, 5), datetime(2024, 1, 1)),
        ("1 week", datetime(2024, 1, 1), datetime(2024, 1, 1)),
        ("1 month", datetime(2024, 2, 29, 23), datetime(2024, 2, 1)),
        ("1 quarter", datetime(2024, 5, 31), datetime(2024, 4, 1)),
        ("1 year", datetime(2024, 5, 31), datetime(2024, 1, 1)),
        ("1 day", datetime(2024, 5, 31, 23, 59), datetime(2024, 5, 31)),
        ("6 hours", datetime(2024, 5, 31, 23, 59), datetime(2024, 5, 31, 18)),
    ],
)
def test_boundaries_stand_where_people_expect_them(
    length: str, moment: datetime, boundary: datetime
) -> None:
    """Weeks begin on Monday, months and years on their first day."""
    assert Duration.parse(length).floor(moment) == boundary


def test_a_day_across_a_change_of_clocks_is_one_day() -> None:
    """Steps keep the time on the wall, not the number of hours."""
    moment = datetime(2024, 3, 11, 8, tzinfo=NEW_YORK)
    earlier = Duration.parse("1 day").before(moment)
    assert earlier == datetime(2024, 3, 10, 8, tzinfo=NEW_YORK)
    assert moment.astimezone(UTC) - Duration.parse("2 days").before(moment).astimezone(
        UTC
    ) == timedelta(hours=47)


@given(MOMENTS)
def test_one_instant_has_one_text(wall: datetime) -> None:
    """The canonical text of an instant does not depend on the zone it is written in."""
    moment = wall.replace(tzinfo=UTC)
    elsewhere = moment.astimezone(NEW_YORK)
    assert utc_text(moment) == utc_text(elsewhere)
    assert parse_moment(utc_text(moment), NEW_YORK) == moment
    assert to_wall(elsewhere, UTC) == wall


def test_a_moment_without_an_offset_is_read_on_the_given_clock() -> None:
    """A date alone is its midnight there."""
    assert utc_text(parse_moment("2024-07-01", NEW_YORK)) == "2024-07-01T04:00:00Z"


@pytest.mark.parametrize("name", ["", "Nowhere/At-All", "../../etc/passwd", "/etc/passwd", "EST5X"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    """A name outside the database gives one kind of error, never a file."""
    with pytest.raises(ValueError, match=r".*"):
        zone(name)
