"""Working time in whole programs: data of a service desk, hours of service, identity."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from pmpo.compile.plan import compile_plan
from pmpo.model.calendars import WEEKDAYS, Calendar, Holiday, Hours
from tests.compiling import moments
from tests.offices import Office, charter, charter_text

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.diagnostics import Diagnostic

DESK = Calendar(
    name="desk",
    working_days=WEEKDAYS[:5],
    tz="UTC",
    hours=(Hours(timedelta(hours=8), timedelta(hours=18)),),
    holidays=(Holiday(date=date(2016, 3, 25)), Holiday(date=date(2016, 3, 28))),
)
LOG = """\
incidents:
  from: {log}
  time: sys_updated_at
  known_at: sys_updated_at
  tz: UTC
  columns:
    opened_at: {{type: timestamp, format: '%d/%m/%Y %H:%M'}}
    sys_updated_at: {{type: timestamp, format: '%d/%m/%Y %H:%M'}}
    resolved_at: {{type: timestamp, format: '%d/%m/%Y %H:%M', null: ['?'], known_at: resolved_at}}
  derive: {{until: 'COALESCE(resolved_at, AS_OF())'}}
"""
SIGNALS = """\
worked:
  formula: "SUM(WORKTIME(opened_at, until, 'desk')) / DURATION('1 minute')"
  source: incidents
  better: lower
  value: {0: 100, 9: 0}
late:
  formula: >-
    COUNT(*) FILTER (WHERE QUANTISE(WORKTIME(opened_at, until, 'desk') / DURATION('1 hour'), 3) >
    PARAM('sla'))
  source: incidents
"""
SLA = {"1 - Critical": 4, "2 - High": 8, "3 - Moderate": 24}
OTHERS = 48


def test_incidents_in_working_time(tmp_path: Path, shared_data: Path) -> None:
    """Sums and breaches of a real service desk are those of a walk from day to day."""
    log = shared_data / "process" / "incident_event_log.parquet"
    as_of = datetime(2016, 4, 1, 12)
    hours = ", ".join(f"'{name}': {number}" for name, number in {**SLA, "*": OTHERS}.items())
    text = charter_text(
        unit="unit: {name: group, source: incidents, key: [impact]}",
        sources=LOG.format(log=log),
        signals=SIGNALS,
        axes="main: {weight: 100, signals: {worked: 100}}",
        more=f"parameters: {{sla: {{by: priority, values: {{{hours}}}}}}}",
    )
    own = replace(charter(text), calendars={"desk": DESK})
    done = Office(tmp_path).run(own, as_of.isoformat())
    worked: dict[str, int] = {}
    late: dict[str, float] = {}
    for row in pq.read_table(log).to_pylist():
        if _moment(row["sys_updated_at"]) >= as_of:
            continue
        known = row["resolved_at"] != "?" and _moment(row["resolved_at"]) <= as_of
        minutes = _minutes(
            _moment(row["opened_at"]), _moment(row["resolved_at"]) if known else as_of
        )
        impact = row["impact"]
        worked[impact] = worked.get(impact, 0) + minutes
        late[impact] = late.get(impact, 0.0) + (minutes > 60 * SLA.get(row["priority"], OTHERS))
    assert done.signal("worked") == {impact: float(total) for impact, total in worked.items()}
    assert done.signal("late") == late


def _minutes(start: datetime, end: datetime) -> int:
    """Minutes of the desk's hours between two moments; negative when they are the other way."""
    if end < start:
        return -_minutes(end, start)
    total = timedelta(0)
    day = start.date()
    while day <= end.date():
        if day.weekday() < 5 and day not in {holiday.date for holiday in DESK.holidays}:
            opens, closes = datetime.combine(day, time(8)), datetime.combine(day, time(18))
            total += max(min(end, closes) - max(start, opens), timedelta(0))
        day += timedelta(days=1)
    return total // timedelta(minutes=1)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M")  # noqa: DTZ007 - the log has no zone


CASES = """\
items: {from: items.parquet, mode: snapshot}
cases: {from: cases.parquet, key: [id], time: opened, known_at: opened, tz: UTC, join: {items: sku}}
"""
ROWS = {
    "id": [1, 2],
    "sku": ["a", "a"],
    "opened": [datetime(2016, 3, 24, 17), datetime(2016, 3, 29, 8)],
    "closed": [datetime(2016, 3, 29, 9), datetime(2016, 3, 29, 10)],
}


def test_a_calendar_that_changes_is_another_evaluation(tmp_path: Path) -> None:
    """One more holiday changes the id; a name of a holiday or a calendar not in use does not."""
    office = Office(tmp_path)
    office.write("items", {"sku": ["a"]})
    office.write("cases", ROWS)
    formula = "SUM(WORKTIME(opened, closed, 'desk')) / DURATION('1 hour')"
    own = charter(
        charter_text(
            sources=CASES,
            signals=f"""
                x: {{formula: "{formula}", source: cases, better: lower, value: {{0: 100, 9: 0}}}}
            """,
        )
    )
    bare = replace(DESK, name="other", holidays=())
    more = replace(DESK, holidays=(*DESK.holidays, Holiday(date=date(2016, 3, 29))))
    named = replace(DESK, holidays=tuple(replace(h, name="Easter") for h in DESK.holidays))
    runs = [
        office.run(replace(own, calendars=calendars), "2016-04-01")
        for calendars in ({"desk": DESK}, {"desk": more}, {"desk": named, "other": bare})
    ]
    assert [run.signal("x") for run in runs] == [{"a": 4.0}, {"a": 1.0}, {"a": 4.0}]
    first, second, third = (run.evaluation.id for run in runs)
    assert first == third != second
    assert list(runs[0].table.calendars) == ["desk"]


def findings(formula: str, *, types: str = "timestamp", zone: str = "UTC") -> list[Diagnostic]:
    """What is said about a formula over cases, and over calls that may be in another zone."""
    own = charter(
        charter_text(
            sources=CASES
            + "calls: {from: calls.parquet, mode: append, time: at, lag: 1 day, "
            + f"tz: {zone}, join: {{items: sku}}}}\n",
            signals=f"""
                x: {{formula: "{formula}", source: cases, better: lower, value: {{0: 100, 9: 0}}}}
            """,
        )
    )
    schemas = {
        "items": {"sku": "text"},
        "cases": {
            "id": "integer",
            "sku": "text",
            "opened": "timestamp",
            "closed": types,
            "note": "text",
        },
        "calls": {"sku": "text", "at": "timestamp"},
    }
    plan = compile_plan(
        replace(own, calendars={"desk": DESK}), schemas, moments("2016-04-01", tz="UTC")
    )
    return list(plan.findings)


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("SUM(WORKTIME(opened, closed)) / DURATION('1 day')", "formula/argument"),
        ("SUM(WORKTIME(opened, closed, desk)) / DURATION('1 day')", "formula/argument"),
        ("SUM(WORKTIME(opened, closed, 'dusk')) / DURATION('1 day')", "signal/calendar"),
        ("SUM(WORKTIME(opened, note, 'desk')) / DURATION('1 day')", "formula/type"),
        ("SUM(WORKTIME(opened, 'soon', 'desk')) / DURATION('1 day')", "formula/type"),
        ("WORKTIME(opened, AS_OF(), 'desk') / DURATION('1 day')", "formula/bare-column"),
        ("SUM(WORKTIME(opened, closed, 'desk'))", "signal/duration"),
    ],
)
def test_what_is_no_working_time(formula: str, code: str) -> None:
    """Each mistake is one finding that says what it is."""
    assert [f.code for f in findings(formula) if f.severity == "error"] == [code]


def test_the_calendar_meant_is_suggested() -> None:
    """A calendar that office.yaml does not have is compared with those that it has."""
    (found,) = findings("SUM(WORKTIME(opened, closed, 'dusk')) / DURATION('1 day')")
    assert found.label == "did you mean `desk`?"


def test_a_time_of_two_clocks_is_refused() -> None:
    """One argument may not mix a column that carries an offset with one on the source's clock."""
    formula = "SUM(WORKTIME(opened, COALESCE(closed, opened), 'desk')) / DURATION('1 day')"
    assert findings(formula, types="timestamptz") == []
    own = "tz: America/New_York"
    text = CASES.replace("tz: UTC", own)
    assert text != CASES
    plan = compile_plan(
        replace(
            charter(
                charter_text(
                    sources=text,
                    signals=f"""
                        x: {{formula: "{formula}", source: cases, better: lower,
                          value: {{0: 100, 9: 0}}}}
                    """,
                )
            ),
            calendars={"desk": DESK},
        ),
        {
            "items": {"sku": "text"},
            "cases": {
                "id": "integer",
                "sku": "text",
                "opened": "timestamp",
                "closed": "timestamptz",
            },
        },
        moments("2016-04-01", tz="UTC"),
    )
    assert [f.code for f in plan.findings] == ["formula/two-clocks"]


def test_two_times_may_be_on_two_clocks() -> None:
    """Each is brought to the calendar's clock by itself; a plain difference is still refused."""
    asked = "WORKTIME(MIN(opened), MAX(calls.at), 'desk') / DURATION('1 day')"
    assert findings(asked, zone="Asia/Tokyo") == []
    plain = "(MAX(calls.at) - MIN(opened)) / DURATION('1 day')"
    assert [f.code for f in findings(plain, zone="Asia/Tokyo")] == ["formula/two-clocks"]
