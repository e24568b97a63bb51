"""A history holds, to the bit, what a measurement as of each of its boundaries finds."""

from __future__ import annotations

import tempfile
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.compile.cuts import Moments
from pmpo.compile.plan import compile_plan
from pmpo.evaluate.history import answered, question
from pmpo.model.time import Duration
from pmpo.store import readers
from pmpo.store.engine.duckdb import DuckDB
from tests.offices import charter
from tests.property.test_as_of import CHARTERS, START, histories, large

if TYPE_CHECKING:
    from datetime import datetime

    from pmpo.model.history import History as Measured
    from tests.property.test_as_of import History

LENGTHS = ("1 week", "1 day", "2 weeks", "1 month")
# Whoever looks at other units, at dated numbers or at own periods, and at what lies far behind.
MORE = """\
share: {formula: CUM_SHARE(pending), source: orders}
place: {formula: RANK_SHARE(growth), source: sales}
steady: {formula: "SD(EACH(SUM(amount), '1 week', 3))", source: sales}
steadier: {formula: steady + growth, source: sales}
dear: {formula: COUNT(*) FILTER (WHERE amount > PARAM('dear')), source: sales}
dated: {formula: SUM(amount) * PARAM('dear'), source: sales}
age: {formula: (AS_OF() - MAX(sold_at)) / DURATION('1 day'), source: sales}
ages: {formula: SUM(AS_OF() - sold_at) / DURATION('1 day'), source: sales}
most: {formula: "TRAILING(MAX(amount), '3 weeks')", source: sales}
least: {formula: MIN(state), source: orders}
ever: {formula: COUNT(DISTINCT buyer), source: sales}
last: {formula: "TRAILING(LATEST(buyer), '3 weeks', '1 week')", source: sales}
monthly: {formula: "TRAILING(SUM(amount), '1 month')", source: sales, align: month}
ahead: {formula: "LEADING(SUM(amount), '2 weeks')", source: plans}
"""
DEAR = "  dear: {value: {2020-01-01: 100, 2024-02-01: 200}}\n"


def richer(text: str) -> str:
    """The charter with more signals."""
    head, _, tail = text.partition("axes:\n")
    head = head.replace("parameters:\n", f"parameters:\n{DEAR}")
    return head + "".join(f"  {line}\n" for line in MORE.splitlines()) + "axes:\n" + tail


RICH = {name: richer(text) for name, text in CHARTERS.items()}


def both(
    past: History, unit: str, moments: Moments, periods: int, of: str, threads: int = 1
) -> tuple[Measured, list[pa.Table]]:
    """The history, and what the plan of each of its periods finds, by number."""
    read = charter(RICH[unit])
    with tempfile.TemporaryDirectory() as folder:
        past.write(Path(folder))
        relations = {n: readers.resolve(s, Path(folder)) for n, s in read.sources.items()}
        schemas = {name: relation.schema for name, relation in relations.items()}
        with DuckDB(relations, threads=threads) as engine:
            asked = question(read, schemas, moments, periods, Duration.parse(of))
            plans = [compile_plan(read, schemas, moment) for moment in asked.moments]
            each = [engine.query(plan.sql()).combine_chunks() for plan in plans]
            return answered(asked, engine), each


def moments_at(as_of: datetime, late_hours: int = 0) -> Moments:
    """A question in UTC, in which rows count that were known some hours after the boundary."""
    then = as_of.replace(tzinfo=UTC)
    return Moments(then, then + timedelta(hours=late_hours))


def assert_same(history: Measured, each: list[pa.Table]) -> None:
    """Every row of every period is the row of the measurement at its boundary."""
    for number, expected in enumerate(each):
        found = history.of_period(number).combine_chunks()
        assert found.equals(expected), f"period {number} of {history.boundaries}"


def test_a_history_is_the_measurements_at_its_boundaries() -> None:
    """Late, corrected, duplicated, split and planned rows count in each period as known then."""

    @settings(max_examples=6)
    @given(
        histories(),
        st.integers(1, 95),
        st.integers(1, 6),
        st.sampled_from(LENGTHS),
        st.sampled_from([0, 0, 50, -30]),
        st.sampled_from(["item", "group"]),
    )
    def holds(past: History, days: int, periods: int, of: str, late: int, unit: str) -> None:
        as_of = START + timedelta(days=days)
        history, each = both(past, unit, moments_at(as_of, late), periods, of)
        assert_same(history, each)

    holds()


@pytest.mark.parametrize("unit", ["item", "group"])
def test_a_history_of_hundreds_of_units(unit: str) -> None:
    """Weekly periods over months of rows keep all bits, and most signals share one statement."""
    past = large(seed=3, units=150)
    history, each = both(past, unit, moments_at(START + timedelta(weeks=12)), 12, "1 week", 2)
    assert_same(history, each)
    assert set(history.apart) == {"steady", "steadier", "dear", "ages"}
    assert history.data.num_rows > 12 * (150 if unit == "item" else 3) * 0.9


def test_the_order_of_threads_changes_no_bit() -> None:
    """One thread and two give the same hash."""
    past = large(seed=5, units=120)
    asked = moments_at(START + timedelta(weeks=9)), 8, "1 week"
    one, two = (both(past, "item", *asked, threads)[0] for threads in (1, 2))
    assert one.hash == two.hash
