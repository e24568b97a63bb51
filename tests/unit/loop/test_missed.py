"""A review that was planned and not held comes back, once, to who chairs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pmpo.decide.state import Review, State
from pmpo.diagnostics import PmpoError
from pmpo.loop.due import answered_by
from pmpo.loop.missed import missed_review
from pmpo.model.entry import Actor
from pmpo.office.reviewing import hold
from tests.decided import ANNA, BEN, CHARTER, CLEO, Trial, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

MONDAYS = (
    "cadence: {review: {rule: FREQ=WEEKLY;BYDAY=MO;BYHOUR=9, tz: Asia/Tokyo, chair: supply}}\n"
)
LATER = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def made(tmp_path: Path) -> Trial:
    """An office that was set up on a Friday, with a review on Mondays that supply chairs."""
    return trial(tmp_path, charter=CHARTER + MONDAYS)


def decided(made: Trial) -> None:
    """Two people decide something."""
    made.desk.approve(made.desk.propose(wish(), ANNA).decision.id, BEN)


def missed(made: Trial) -> list[str]:
    """The days of the reviews that are due."""
    return [str(one.since) for one in made.desk.due() if one.kind == "review-missed"]


def test_the_last_one_that_was_missed_is_due(made: Trial) -> None:
    """Before anything was decided there is nothing to review; then the day has to be over."""
    made.clock.now += timedelta(days=7)
    assert missed(made) == []
    decided(made)
    told = []
    for _ in range(11):
        made.clock.now += timedelta(days=1)
        told += missed(made)
    assert told == ["2024-02-12"] * 7 + ["2024-02-19"]
    [item] = [one for one in made.desk.due() if one.kind == "review-missed"]
    assert item.owner == "supply"
    assert item.reason == "the review planned for Mon 2024-02-19 09:00 Asia/Tokyo was not held"
    assert answered_by(item) == ("pmpo review --as NAME",)


def test_holding_one_ends_it(made: Trial) -> None:
    """Its own minutes do not say that it is open; on the day itself it is not late yet."""
    decided(made)
    made.clock.now += timedelta(days=4)
    assert missed(made) == ["2024-02-05"]
    held = hold(made.desk, made.office.latest(), made.office.folder, CLEO, present=(), notes="")
    assert "was not held" not in held.text
    assert held.due == 0
    assert missed(made) == []
    made.clock.now += timedelta(days=6)
    assert (made.clock.now.weekday(), missed(made)) == (0, [])
    made.clock.now += timedelta(days=1)
    assert missed(made) == ["2024-02-12"]


def test_it_stands_for_one_day_only(made: Trial) -> None:
    """Who skipped one for a reason is asked for the next one all the same."""
    decided(made)
    made.clock.now += timedelta(days=4)
    [item] = [one for one in made.desk.due() if one.kind == "review-missed"]
    with pytest.raises(PmpoError, match="not among those who may answer"):
        made.desk.stands(item.id, ANNA, "a holiday")
    made.desk.stands(item.id, CLEO, "a holiday")
    assert missed(made) == []
    made.clock.now += timedelta(days=7)
    assert missed(made) == ["2024-02-12"]


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=4", "2023-03-04"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2024-01-31"),
        ("FREQ=DAILY", "2024-02-29"),
        ("FREQ=HOURLY", "2024-02-29"),
        ("FREQ=SECONDLY", ""),
        ("FREQ=WEEKLY;UNTIL=20230101", ""),
    ],
)
def test_however_often_it_is_planned(made: Trial, rule: str, last: str) -> None:
    """The last one is found without counting through the years; what ended asks for nothing."""
    path = made.office.charter_path("shelves")
    text = CHARTER + f"cadence: {{check: {{rule: {rule}, tz: UTC}}}}\n"
    path.write_text(text, encoding="utf-8")
    held = Review("", datetime(2023, 1, 2, tzinfo=UTC), "lead", 0)
    found = missed_review(State("shelves", 1, reviews=(held,)), made.desk.charter, LATER.date())
    assert (str(found.date()) if found else "") == last


def test_on_its_day_it_counts_before_its_hour(made: Trial) -> None:
    """A review at eight is the one that was planned for nine, on the clock of its zone."""
    charter = made.desk.charter
    eight = datetime(2024, 2, 4, 23, tzinfo=UTC)  # Monday in Tokyo
    for held, found in (
        (eight, None),
        (eight - timedelta(days=1), datetime(2024, 2, 5, 0, tzinfo=UTC)),
    ):
        state = State("shelves", 1, reviews=(Review("", held, "lead", 0),))
        assert missed_review(state, charter, eight.date() + timedelta(days=3)) == found


def test_who_chairs_nothing_falls_to_the_owner(tmp_path: Path) -> None:
    """A cadence without a chair is the program owner's."""
    made = trial(tmp_path, charter=CHARTER + MONDAYS.replace(", chair: supply", ""))
    decided(made)
    made.clock.now += timedelta(days=4)
    [item] = [one for one in made.desk.due() if one.kind == "review-missed"]
    assert item.owner == "lead"
    hold(made.desk, made.office.latest(), made.office.folder, Actor("ben"), present=(), notes="")
    assert missed(made) == []
