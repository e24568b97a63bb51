"""Offices whose calendars are older than what is evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo import Office

if TYPE_CHECKING:
    from pathlib import Path

OFFICE = """\
office: 1
tz: UTC
calendars:
  desk: {working_days: [MO, TU, WE, TH, FR], hours: 09:00-17:00, holidays: [2023-12-25]}
  other: {working_days: [MO], holidays: [2001-01-01], fiscal: {starts: 2018-04-01}}
"""
CHARTER = """\
charter: 1
program: trial
purpose: {statement: Count waiting in working time., measured_by: [waited]}
owner: lead
refresh: {every: 1 week}
unit: {name: ticket, source: tickets, key: [id]}
sources:
  tickets: {from: tickets.csv, time: opened, known_at: opened, tz: UTC,
    columns: {opened: timestamp}}
signals:
  waited:
    formula: WORKTIME(MIN(opened), AS_OF(), 'desk') / DURATION('1 hour')
    source: tickets
    better: lower
    value: {0: 100, 100: 0}
    missing: {policy: exclude}
  fresh:
    formula: TRAILING(COUNT(*), '1 period')
    source: tickets
    align: fiscal
    calendar: other
axes:
  size: {weight: 100, signals: {waited: 100}}
"""


TOLD = (
    "the calendar `desk` lists no holiday after 2023, and working time in 2024 counts all of its "
    "days"
)


@pytest.mark.parametrize(("as_of", "told"), [("2024-01-01", []), ("2024-01-02", [TOLD])])
def test_a_calendar_without_holidays_of_the_year_is_noted(
    tmp_path: Path, as_of: str, told: list[str]
) -> None:
    """Working time says that its holidays end; fiscal periods of another calendar need none."""
    (tmp_path / "office.yaml").write_text(OFFICE, encoding="utf-8")
    (tmp_path / "tickets.csv").write_text("id,opened\na,2023-12-22 16:00:00\n", encoding="utf-8")
    charter = tmp_path / "programs" / "trial" / "charter.yaml"
    charter.parent.mkdir(parents=True)
    charter.write_text(CHARTER, encoding="utf-8")
    assert Office(tmp_path).run(as_of=as_of).notes == told
