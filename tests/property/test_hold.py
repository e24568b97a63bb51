"""The policy `hold` against plain Python: earlier weeks as they were known, the newest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.offices import Office, charter_text

if TYPE_CHECKING:
    import pytest

AS_OF = datetime(2024, 3, 18)
WEEK = timedelta(weeks=1)
HOUR = timedelta(hours=1)
UNITS = ("a", "b", "empty")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.integers(1, 24 * 7 * 6),
        st.sampled_from([0, 0, 3, 24 * 7, 24 * 20]),
        st.one_of(st.none(), st.integers(-99, 99)),
    ),
    max_size=9,
)


def measured(
    rows: list[tuple[str, datetime, datetime, int | None]], unit: str, now: datetime
) -> float | None:
    """The sum of a week of one unit, of rows that were known; None without any value."""
    values = [
        value
        for sku, at, known, value in rows
        if sku == unit and now - WEEK <= at < now and known <= now and value is not None
    ]
    return float(sum(values)) if values else None


@settings(max_examples=20, deadline=None)
@given(drawn=ROWS, weeks=st.integers(1, 4))
def test_hold_takes_the_newest_week_that_was_measured(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[str, int, int, int | None]],
    weeks: int,
) -> None:
    """Value and age are those of the first week back, within `max_age`, that had a value then."""
    rows = [
        (sku, AS_OF - ago * HOUR, AS_OF - (ago - late) * HOUR, value)
        for sku, ago, late, value in drawn
    ]
    office = Office(tmp_path_factory.mktemp("hold"))
    office.write("items", {"sku": list(UNITS)})
    table = {
        "id": pa.array(range(len(rows)), pa.int64()),
        "sku": pa.array([row[0] for row in rows], pa.string()),
        "at": pa.array([row[1] for row in rows], pa.timestamp("us")),
        "known": pa.array([row[2] for row in rows], pa.timestamp("us")),
        "v": pa.array([row[3] for row in rows], pa.int64()),
    }
    office.write("facts", table)
    text = charter_text(
        sources="""
            items: {from: items.parquet, mode: snapshot}
            facts: {from: facts.parquet, key: [id], time: at, known_at: known, tz: UTC,
              join: {items: sku}}
        """,
        signals=f"""
            x: {{formula: "TRAILING(SUM(v), '1 week')", source: facts, better: higher,
              value: {{-99: 0, 99: 100}},
              missing: {{policy: hold, max_age: {weeks} weeks, then: exclude}}}}
            rows: {{formula: COUNT(items.sku), source: items, missing: {{policy: block}}}}
        """,
    )
    if not any(known <= AS_OF for _, _, known, _ in rows):
        return  # a source without any row stops the run
    done = office.run(text, AS_OF.isoformat())
    for unit in UNITS:
        found = [measured(rows, unit, AS_OF - step * WEEK) for step in range(weeks + 1)]
        age = next((step for step, value in enumerate(found) if value is not None), None)
        event(f"age {age}")
        assert done.held("x")[unit] == age
        assert done.signal("x")[unit] == (None if age is None else found[age])
        assert done.result("status")[unit] == ("excluded" if age is None else "ranked")
