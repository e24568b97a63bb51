"""The demo's numbers computed again with plain Python: none of our SQL, none of our code."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pmpo.office import Office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AS_OF = datetime(2018, 1, 1)
LAG = timedelta(days=1)
WEEK = timedelta(weeks=1)
Unit = tuple[str, str]
Sale = tuple[Unit, datetime, Decimal, Decimal]

GROWTH = [(Fraction(-3, 10), 0), (Fraction(0), 40), (Fraction(3, 10), 80), (Fraction(1), 100)]
THIN = {"PRODUCE": Fraction(7, 10)}
THIN_ELSEWHERE = Fraction(3, 4)
COST = 0.71


@pytest.fixture(scope="module")
def sales(demo: Path) -> list[Sale]:
    """The sales of the last twelve weeks with their units: time on the shop's clock, in cents."""
    products = pq.read_table(demo / "data" / "products.parquet").to_pylist()
    unit_of = {
        row["product_id"]: (row["department"], row["product_type"])
        for row in products
        if row["department"] is not None and row["product_type"] is not None
    }
    return list(_sales(demo / "data" / "transactions.parquet", unit_of))


def _sales(path: Path, unit_of: dict[str, Unit]) -> Iterator[Sale]:
    columns = ["product_id", "sales_value", "retail_disc", "transaction_timestamp"]
    rows = pq.read_table(path, columns=columns)
    when = rows["transaction_timestamp"].cast(pa.timestamp("us"))
    recent = rows.filter(pc.greater_equal(when, pa.scalar(AS_OF - 12 * WEEK)))
    for row in recent.to_pylist():
        if row["product_id"] in unit_of:
            # a floating-point column is read through its shortest text
            value, discount = (
                Decimal(repr(row[name])).quantize(Decimal("0.01"))
                for name in ("sales_value", "retail_disc")
            )
            when = row["transaction_timestamp"].replace(tzinfo=None)
            yield unit_of[row["product_id"]], when, value, value + discount


def sums(sales: list[Sale], until: datetime, weeks: int) -> dict[Unit, tuple[Decimal, Decimal]]:
    """Sales and list value of each unit in the weeks before a moment."""
    total: dict[Unit, tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for unit, when, value, listed in sales:
        if until - weeks * WEEK <= when < until:
            total[unit] = (total[unit][0] + value, total[unit][1] + listed)
    return total


def rounded(value: float) -> float:
    """To four digits, half up."""
    return floor(value * 10_000 + 0.5) / 10_000


def growth(sales: list[Sale], as_of: datetime) -> dict[Unit, float]:
    """Sales of four weeks against the four weeks before; missing without earlier sales."""
    until = as_of - LAG
    now, before = sums(sales, until, 4), sums(sales, until - 4 * WEEK, 4)
    return {
        unit: rounded(float(now[unit][0]) / float(earlier) - 1)
        for unit, (earlier, _) in before.items()
        if earlier and unit in now
    }


def utility(value: float, anchors: list[tuple[Fraction, int]]) -> int:
    """What a value is worth in millionths of a point: straight lines between anchors, floored."""
    at = Fraction(floor(value * 1_000_000 + 0.5), 1_000_000)
    if at <= anchors[0][0]:
        return anchors[0][1] * 1_000_000
    for (left, low), (right, high) in pairwise(anchors):
        if at < right:
            return floor((low + (high - low) * (at - left) / (right - left)) * 1_000_000)
    return anchors[-1][1] * 1_000_000


def action(department: str, grown: float, realised: float) -> tuple[str, str]:
    """What is to be done with a product type, and its facings, as a person reads the table."""
    growing = 0.20 if department == "PRODUCE" else 0.10
    thin = realised < THIN.get(department, THIN_ELSEWHERE)
    loses = rounded(1 - COST / realised) < 0
    if grown >= growing:
        return ("review-price", "2") if thin else ("display", "4")
    if grown >= -0.10:
        return ("review-price", "2") if loses else ("keep", "2")
    return ("delist", "0") if loses else ("narrow", "1")


def test_every_rank_can_be_computed_by_hand(demo: Path, sales: list[Sale]) -> None:
    """Growth, realisation, points, score, rank and action of all 340 units, to the last digit."""
    run = Office(demo).latest()
    board = run.rows()
    fresh, held = growth(sales, AS_OF), [growth(sales, AS_OF - n * WEEK) for n in (1, 2)]
    four_weeks = sums(sales, AS_OF - LAG, 4)
    scores: dict[str, Decimal] = {}
    for row in board:
        why = run.why(row.unit)
        unit = next(u for u in four_weeks if row.unit == "/".join(p.replace("/", "\\/") for p in u))
        sold, listed = four_weeks[unit]
        grown = next(values[unit] for values in (fresh, *held) if unit in values)
        realised = rounded(float(sold) / float(listed))
        told = {part.signal: part for part in why.contributions}
        assert (told["growth"].value, told["realisation"].value) == (grown, realised)
        price = [(Fraction(1, 2), 0), (THIN.get(unit[0], THIN_ELSEWHERE), 40), (Fraction(1), 100)]
        points = 600_000 * utility(grown, GROWTH) + 400_000 * utility(realised, price)
        scores[row.unit] = Decimal(points).scaleb(-12)
        assert Decimal(row.score) == scores[row.unit]
        given = (row.outcome, row.outputs["action.facings"])
        assert given == action(unit[0], grown, realised)
    assert len(scores) == 340
    assert [row.unit for row in board] == sorted(scores, key=lambda unit: (-scores[unit], unit))


def test_the_scope_can_be_counted_by_hand(demo: Path) -> None:
    """2,884 units exist, and each is ranked or left out for exactly one reason."""
    products = pq.read_table(demo / "data" / "products.parquet").to_pylist()
    units = {(row["department"], row["product_type"]) for row in products}
    units = {unit for unit in units if None not in unit}
    run = Office(demo).latest()
    summary = run.summary()
    assert summary["units"] == len(units) == 2884
    assert summary["in_scope"] == summary["ranked"] == 340
    left = {item.rule: item.units for item in run.left_out}
    assert sum(left.values()) + 340 == len(units)
    shelf = {
        *("GROCERY", "PRODUCE", "MEAT", "MEAT-PCKGD", "DELI", "PASTRY", "SEAFOOD"),
        *("NUTRITION", "DRUG GM"),
    }
    assert left["scope.in"] == sum(department not in shelf for department, _ in units)
    assert left["scope.out.0"] == sum(
        "SEASONAL" in kind and department in shelf for department, kind in units
    )
