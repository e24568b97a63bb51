"""Counts that the measurement gives are those of the checks, and faults come out as before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.compile.cuts import Moments
from pmpo.compile.shared_checks import share_checks
from pmpo.diagnostics import PmpoError
from pmpo.evaluate.measure import compiled, measure_inspected
from pmpo.evaluate.quality import inspect
from pmpo.store import readers
from pmpo.store.engine.duckdb import DuckDB
from tests.offices import Office, charter, charter_text, moment

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.evaluate.quality import Inspection

AS_OF = moment("2024-02-01")
SALES = """\
sales:
  from: sales.parquet
  time: at
  lag: 1 day
  tz: UTC
  refresh: {every: 1 week, late_after: 2 weeks}
  columns: {amount: 'decimal(12,2)', pieces: integer}
  join: {unit: sku}
  checks:
    - {not_null: [amount], severity: warn}
    - {range: {pieces: [0, 5]}, severity: warn}
    - {holds: pieces <> 3, severity: warn}
    - {rows: [2, null], severity: warn}
    - {unique: [sku, at], severity: warn}
"""
SIGNALS = """\
x: {formula: "SUM(amount)", source: sales, better: higher, value: {0: 0, 10: 100}}
y: {formula: "TRAILING(COUNT(DISTINCT pieces), '2 weeks')", source: sales}
"""
SHARED = ("rows", "latest", "check", "check", "check", "check", "orphans", "orphan_keys")


def both(
    base: Path, rows: dict[str, list[Any]], sales: str = SALES, signals: str = SIGNALS
) -> tuple[Inspection, Inspection, list[str]]:
    """What a measurement says of its sources, what the checks alone say, and what was shared."""
    office = Office(base)
    office.write("items", {"sku": ["a", "b", "c"]})
    office.write("sales", rows)
    sources = "items: {from: items.parquet, mode: snapshot}\n" + sales
    read = charter(charter_text(sources=sources, signals=signals))
    relations = {name: readers.resolve(one, base) for name, one in read.sources.items()}
    schemas = {name: relation.schema for name, relation in relations.items()}
    moments = Moments.at(AS_OF)
    with DuckDB(relations, threads=1) as engine:
        plan = compiled(read, schemas, moments)
        alone = inspect(plan, engine)
        shared = [probe.kind for probe in share_checks(plan).shared]
        _, together = measure_inspected(read, schemas, engine, moments)
    return together, alone, [str(kind) for kind in shared]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "z", "y", None]),
        st.integers(1, 60),
        st.sampled_from(["1.50", "-2", "30", None]),
        st.sampled_from(["1", "3", "9", None]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15)
@given(ROWS)
def test_a_measurement_counts_what_the_checks_count(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]
) -> None:
    """Rows, the latest, broken checks and orphans are the same, whether counted on the way or not.

    The first row is always inside the cuts, because a source without rows stops a run.
    """
    sku, day, amount, pieces = zip(("a", 1, "1", "1"), *rows, strict=True)
    at = [datetime(2024, 1 + (d > 31), d - 31 * (d > 31)) for d in day]
    columns = {"sku": list(sku), "at": at, "amount": list(amount), "pieces": list(pieces)}
    together, alone, shared = both(tmp_path_factory.mktemp("office"), columns)
    assert together == alone
    assert sorted(shared) == sorted(SHARED)


def test_every_fault_is_told_when_a_type_is_wrong(tmp_path: Path) -> None:
    """A wrong type stops the run before it is measured, with what else is wrong beside it."""
    rows: dict[str, list[Any]] = {
        "sku": ["a", "z"],
        "at": [datetime(2024, 1, 2)] * 2,
        "amount": ["1", "many"],
        "pieces": ["3", "1"],
    }
    with pytest.raises(PmpoError) as caught:
        both(tmp_path, rows)
    codes = [finding.code for finding in caught.value.findings]
    assert codes.count("source/wrong-type") == 1
    assert codes.count("source/check-failed") == 2
    assert "source/late" in codes


def test_a_broken_check_comes_before_what_breaks_the_measurement(tmp_path: Path) -> None:
    """Where rows break a check and their sum is too large, the check is what is told."""
    rows: dict[str, list[Any]] = {
        "sku": ["a", "a"],
        "at": [datetime(2024, 1, 2)] * 2,
        "amount": ["9" * 38, "9" * 38],
        "pieces": ["7", "1"],
    }
    sales = SALES.replace("decimal(12,2)", "decimal(38,0)")
    with pytest.raises(PmpoError) as caught:
        both(tmp_path / "warned", rows, sales)
    assert [finding.code for finding in caught.value.findings] == ["engine/overflow"]
    strict = sales.replace("5]}, severity: warn}", "5]}}")
    with pytest.raises(PmpoError) as caught:
        both(tmp_path / "strict", rows, strict)
    assert "source/check-failed" in [finding.code for finding in caught.value.findings]


def test_a_source_that_is_cut_short_counts_for_itself(tmp_path: Path) -> None:
    """Where the atoms leave out early rows, the checks still see all of them."""
    rows: dict[str, list[Any]] = {
        "sku": ["a", "z"],
        "at": [datetime(2023, 1, 2), datetime(2024, 1, 20)],
        "amount": ["1", "2"],
        "pieces": ["1", "1"],
    }
    signals = (
        "x: {formula: \"TRAILING(SUM(amount), '2 weeks')\", source: sales, better: higher, "
        "value: {0: 0, 10: 100}}"
    )
    together, alone, shared = both(tmp_path, rows, signals=signals)
    assert shared == []
    assert together == alone
    assert together.facts["sales"].rows == 2
