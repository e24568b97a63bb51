"""Columns that became known later than their rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from tests.offices import Office, charter_text

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = """\
items: {from: items.parquet, mode: snapshot}
cases:
  from: cases.parquet
  time: opened
  lag: 1 day
  tz: America/New_York
  join: {items: sku}
  columns: {result: {known_at: closed}}
  derive: {is_closed: closed IS NOT NULL}
"""
SIGNALS = """\
x: {formula: COUNT(result), source: cases, better: higher, value: {0: 0, 10: 100}}
closed: {formula: COUNT(*) FILTER (WHERE is_closed), source: cases}
"""


@pytest.mark.parametrize(
    ("as_of", "count"),
    [("2024-02-01T11:59", 0), ("2024-02-01T17:00", 1), ("2024-03-01", 1)],
)
def test_a_column_is_seen_from_the_moment_it_is_known(
    tmp_path: Path, as_of: str, count: int
) -> None:
    """Noon in New York is five in the afternoon in UTC; derived columns see no more than that."""
    office = Office(tmp_path)
    office.write("items", {"sku": ["a"]})
    office.write(
        "cases",
        {
            "sku": ["a", "a"],
            "opened": [datetime(2024, 1, 1)] * 2,
            "closed": [datetime(2024, 2, 1, 12), None],
            "result": ["done", "never"],
        },
    )
    done = office.run(charter_text(sources=SOURCES, signals=SIGNALS), as_of)
    assert done.signal("x") == {"a": float(count)}
    assert done.signal("closed") == {"a": float(count)}


def test_known_by_alone_shows_what_became_known_since(tmp_path: Path) -> None:
    """A post-mortem sees the result of what was open then."""
    office = Office(tmp_path)
    office.write("items", {"sku": ["a"]})
    row = {"sku": "a", "opened": datetime(2024, 1, 1), "closed": datetime(2024, 5, 1)}
    office.write("cases", [row | {"result": "done"}])
    text = charter_text(sources=SOURCES, signals=SIGNALS)
    assert office.run(text, "2024-02-01").signal("x") == {"a": 0.0}
    assert office.run(text, "2024-02-01", known_by="2024-06-01").signal("x") == {"a": 1.0}


def test_incidents_do_not_tell_how_they_will_end(tmp_path: Path, shared_data: Path) -> None:
    """`resolved_by` stands on every row of an incident; it counts only once it was resolved."""
    log = shared_data / "process" / "incident_event_log.parquet"
    as_of = datetime(2016, 4, 1)
    sources = f"""\
incidents:
  from: {log}
  time: sys_updated_at
  known_at: sys_updated_at
  tz: UTC
  columns:
    sys_updated_at: {{type: timestamp, format: '%d/%m/%Y %H:%M'}}
    resolved_at: {{type: timestamp, format: '%d/%m/%Y %H:%M', null: ['?']}}
    resolved_by: {{null: ['?'], known_at: resolved_at}}
"""
    counted = "formula: COUNT(resolved_by), source: incidents"
    done = Office(tmp_path).run(
        charter_text(
            unit="unit: {name: group, source: incidents, key: [impact]}",
            sources=sources,
            signals=f"x: {{{counted}, better: lower, value: {{0: 100, 9: 0}}}}",
        ),
        as_of.isoformat(),
    )
    expected: dict[str, float] = {}
    for row in pq.read_table(log).to_pylist():
        if _moment(row["sys_updated_at"]) >= as_of:
            continue
        known = row["resolved_at"] != "?" and _moment(row["resolved_at"]) <= as_of
        told = known and row["resolved_by"] != "?"
        expected[row["impact"]] = expected.get(row["impact"], 0.0) + told
    assert done.signal("x") == expected


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M")  # noqa: DTZ007 - the log has no zone
