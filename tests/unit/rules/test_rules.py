"""Bands, value functions and weights on small tables; the oracle test has the wide search."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo import sql
from pmpo.model.charter import DecisionTable, OutputColumn, Rule
from pmpo.rules.bands import band_case
from pmpo.rules.decision import read_table
from pmpo.rules.domains import Domain
from pmpo.rules.tables import TableSql
from pmpo.rules.values import Point, utility_case
from pmpo.rules.weights import apportion, leaf_weights

EDGES = [Decimal("0.75"), Decimal("0.9")]


def answer(node: sql.exp.Expr, values: list[float | None]) -> list[object]:
    """What a CASE over `value` gives for each of some values."""
    told = ["NULL" if value is None else repr(value) for value in values]
    rows = ", ".join(f"({i}, {text}::DOUBLE)" for i, text in enumerate(told))
    query = f"SELECT {sql.render(node, 'duckdb')} FROM (VALUES {rows}) t(i, value) ORDER BY i"
    with duckdb.connect() as connection:
        return [row[0] for row in connection.execute(query).fetchall()]


def bands(closed: Literal["left", "right"]) -> sql.exp.Expr:
    """Three bands."""
    edges = [sql.real(edge) for edge in EDGES]
    return band_case(sql.column("value"), edges, ["thin", "fair", "full"], "none", closed)


@pytest.mark.parametrize(
    ("closed", "labels"),
    [
        ("left", ["thin", "fair", "fair", "full", "full", "none"]),
        ("right", ["thin", "thin", "fair", "fair", "full", "none"]),
    ],
)
def test_an_edge_belongs_to_the_band_that_is_closed_there(
    closed: Literal["left", "right"], labels: list[str]
) -> None:
    """`left` gives an edge to the band above it, `right` to the one below; missing is neither."""
    values = [-1e300, 0.75, 0.8, 0.9, 1e300, None]
    assert answer(bands(closed), values) == labels


def test_an_edge_without_a_number_names_no_band() -> None:
    """A missing edge would otherwise fall through to the top band."""
    node = band_case(sql.column("value"), [sql.null()], ["low", "high"], "none")
    assert answer(node, [0.0, None]) == ["none", "none"]


def test_a_value_function_is_flat_outside_its_anchors() -> None:
    """Below the first and above the last anchor the utility stays; between it is a line."""
    points = [Point(sql.real(at), at, at, worth) for at, worth in
              ((Decimal(-1), 100), (Decimal(1), 50), (Decimal(2), 0))]  # fmt: skip
    node = utility_case(sql.column("value"), points, "duckdb")
    assert answer(node, [-9.0, -1.0, 0.0, 1.0, 1.5, 2.0, 9.0, None]) == [
        100, 100, 75, 50, 25, 0, 0, None,
    ]  # fmt: skip


def test_equal_remainders_go_to_the_first() -> None:
    """Three equal shares: the millionth that is left over goes to the signal that stands first."""
    thirds = {name: Decimal(1) for name in "xyz"}
    assert leaf_weights({"a": (Decimal(100), thirds)}) == {"x": 333334, "y": 333333, "z": 333333}


def test_no_weight_at_all_gives_nothing_away() -> None:
    """Weights of zero stay zero instead of dividing by nothing."""
    assert leaf_weights({"a": (Decimal(0), {"x": Decimal(0)})}) == {"x": 0}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8), st.integers(0, 1000))
def test_apportioning_gives_away_the_whole(parts: list[int], total: int) -> None:
    """Every share is rounded up or down, and nothing is lost."""
    if not sum(parts):
        return
    shares = {str(i): Fraction(part, sum(parts)) for i, part in enumerate(parts)}
    found = apportion(shares, total)
    assert sum(found.values()) == total
    assert all(abs(found[name] - share * total) < 1 for name, share in shares.items())


@pytest.mark.parametrize(
    ("cell", "condition"),
    [
        ('"fair","full"', "price <> 'thin'"),
        ('"thin","fair"', "price <> 'full'"),
        ('"full","fair","full"', "price <> 'thin'"),
        ('"thin","fair","full"', "price IN ('thin', 'fair', 'full')"),
        ('not("fair","full")', "NOT (price <> 'thin')"),
    ],
)
def test_of_a_few_labels_the_shorter_list_is_compared(cell: str, condition: str) -> None:
    """A band is one of its labels, so that all but one of them are told by that one."""
    price = Domain("label", labels=("thin", "fair", "full"))
    table = DecisionTable(
        name="t",
        inputs=("price",),
        outputs=(OutputColumn(name="do"),),
        rules=(Rule(id="R1", when=(cell,), then=("x",)),),
    )
    decision, faults = read_table(table, {"price": price}, {})
    assert decision is not None, faults
    written = TableSql(decision, {"price": sql.column("price")}, {}, {}).condition(0).sql()
    assert written == condition.replace("price", "table_t_in_1")
