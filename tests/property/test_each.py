"""EACH and its statistics against plain Python: whole numbers, exact fractions and sorted lists."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.offices import Office, charter_text

if TYPE_CHECKING:
    import pytest

AS_OF = datetime(2024, 3, 18)
COUNT = 6
WEEK = timedelta(weeks=1)
UNITS = ["a", "b", "empty"]
SOURCES = """\
items: {from: items.parquet, mode: snapshot}
facts: {from: facts.parquet, key: [id], time: at, known_at: at, tz: UTC, join: {unit: sku}}
"""
INNER = {
    "sums": "SUM(v)",
    "zeros": "COALESCE(SUM(v), 0)",
    "rows": "COUNT(*)",
    "ratio": "SUM(v) / COUNT(*)",
}
STATISTICS = ("MEAN", "SD", "P50", "P90")
DIGITS = 3
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "sku": st.sampled_from(["a", "a", "b"]),
            "at": st.integers(1, 60 * 24).map(lambda h: AS_OF - timedelta(hours=h)),
            "v": st.one_of(st.none(), st.integers(-9999, 9999).map(lambda n: Decimal(n) / 100)),
        }
    ),
    max_size=25,
)


def inner(kind: str, rows: list[dict[str, Any]], known: bool) -> float | None:
    """What the formula inside EACH says of the rows of one period."""
    values = [row["v"] for row in rows if row["v"] is not None]
    total = float(sum(values)) if values else None
    count = float(len(rows)) if known else None
    if kind == "sums":
        return total
    if kind == "zeros":
        return 0.0 if total is None else total
    if kind == "rows":
        return count
    return total / count if total is not None and count else None


def statistic(name: str, values: list[float]) -> float | None:
    """Each statistic of whole numbers of thousandths, as the page defines it."""
    whole = sorted(math.floor(value * 10**DIGITS + 0.5) for value in values)
    n = len(whole)
    if n == 0:
        return None
    if name == "MEAN":
        return float(sum(whole)) / float(n) / 10.0**DIGITS
    if name in ("P50", "P90"):
        share = 5 if name == "P50" else 9
        return float(whole[-(-n * share // 10) - 1]) / 10.0**DIGITS
    if n < 2:
        return None
    top = n * sum(value * value for value in whole) - sum(whole) ** 2
    return math.sqrt(float(top) / (float(n) * (float(n) - 1.0)) / 10.0 ** (2 * DIGITS))


@settings(max_examples=40)
@given(ROWS)
def test_periods_mean_what_plain_python_says(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    """Every statistic of every formula has the bits of the definition, for every unit."""
    office = Office(tmp_path_factory.mktemp("office"))
    office.write("items", {"sku": UNITS})
    rows = [*rows, {"sku": None, "at": AS_OF - WEEK, "v": None}]
    schema = pa.schema(
        {"id": pa.int64(), "sku": pa.string(), "at": pa.timestamp("us"), "v": pa.decimal128(8, 2)}
    )
    table = [{**row, "id": i} for i, row in enumerate(rows)]
    office.write("facts", pa.Table.from_pylist(table, schema))
    asked = {f"{s.lower()}_{k}": (s, k) for s in STATISTICS for k in INNER}
    told = "\n".join(
        f"{name}: {{source: facts, precision: {DIGITS}, "
        f"formula: \"{s}(EACH({INNER[k]}, '1 week', {COUNT}))\"}}"
        for name, (s, k) in asked.items()
    )
    told += "\nx: {formula: mean_sums, better: higher, value: {0: 0, 1: 100}}"
    run = office.run(charter_text(sources=SOURCES, signals=told), AS_OF.isoformat())
    for name, (s, k) in asked.items():
        for unit in UNITS:
            own = [row for row in rows if row["sku"] == unit]
            periods = [
                [r for r in own if AS_OF - (i + 1) * WEEK <= r["at"] < AS_OF - i * WEEK]
                for i in range(COUNT)
            ]
            values = [inner(k, period, bool(own)) for period in periods]
            wanted = statistic(s, [value for value in values if value is not None])
            found = run.signal(name)[unit]
            if wanted is None:
                assert found is None, (name, unit)
            else:
                assert found == math.floor(wanted * 10**DIGITS + 0.5) / 10**DIGITS, (name, unit)
