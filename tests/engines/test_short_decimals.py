"""The quick way from doubles to decimals, held to the way through text on every double.

DuckDB only: elsewhere there is one way, through text.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.context import Context
from pmpo.compile.formula import Report
from pmpo.compile.rows import Rows
from pmpo.model.charter import Column
from tests.compiling import GOLDEN_AS_OF, charter_in
from tests.engines.engine import in_bits

if TYPE_CHECKING:
    from tests.engines.engine import DuckDB, Row

ROWS = 20_000
CHARTER = Path(__file__).parents[1] / "golden" / "sql" / "exact_rows.yaml"
WANTED = [
    "decimal(12,2)",
    "decimal(9,4)",
    "decimal(15,0)",
    "decimal(15,15)",
    "decimal(16,2)",
    "decimal(18,6)",
    "decimal(38,3)",
    "decimal(38,15)",
    "decimal(38,16)",
    "integer",
]


def doubles() -> list[float | None]:
    """Short decimals and their neighbours, ties, all sizes, and what is no number."""
    dice = random.Random("short decimals")
    made: list[float | None] = []
    for _ in range(ROWS):
        digits = dice.randrange(10 ** dice.randint(1, 17))
        short = dice.choice((-1, 1)) * float(f"{digits}e-{dice.randint(0, 17)}")
        made += [short, math.nextafter(short, math.inf), math.nextafter(short, -math.inf)]
        made.append(dice.choice((-1, 1)) * 10 ** dice.uniform(-20, 40))
        made.append((dice.randrange(10**9) * 10 + 5) / 10 ** dice.randint(1, 7))
    for power in range(-20, 40):
        edge = float(f"1e{power}")
        made += [edge, -edge, math.nextafter(edge, 0), edge - 0.5, edge - 0.005, 9.995 * edge]
    made += [0.0, -0.0, 5e-324, 2.0**53, 2.0**53 - 1, 1.7976931348623157e308]
    return [*made, math.nan, math.inf, -math.inf, None]


def rows_of(kind: str, *, lenient: bool) -> Rows:
    """A source with one double column `x` that is declared to be of a type."""
    charter = charter_in(CHARTER)
    source = replace(
        charter.sources["prices"],
        time="",
        derive={},
        where="",
        columns={"x": Column(type=kind)},
    )
    context = Context(charter, GOLDEN_AS_OF, "duckdb", Report(charter.places))
    return Rows(context, source, {"x": "double"}, lenient=lenient)


def through_text(kind: str) -> sql.Node:
    """The plain way: the decimal that the text of a double rounds to, or none where none fits."""
    text = sql.cast(sql.printable(sql.column("x")), "text")
    if kind == "integer":
        return sql.try_cast(sql.try_cast(text, "decimal(38,0)"), "bigint")
    return sql.try_cast(text, kind)


def both_ways(
    engine: DuckDB, kind: str, given: pa.Array, *, lenient: bool
) -> tuple[list[Row], list[Row]]:
    """What the compiled column says, and what the text says, row by row."""
    engine.load("given", pa.table({"row_number": pa.array(range(len(given))), "x": given}))
    found = []
    for node in (rows_of(kind, lenient=lenient).read("x"), through_text(kind)):
        statement = sql.select(
            [sql.named(node, "answer")],
            sql.table("given"),
            order=[sql.ordered(sql.column("row_number"))],
        )
        found.append(in_bits(engine.query(sql.render(statement, "duckdb"))))
    return found[0], found[1]


@pytest.mark.parametrize("kind", WANTED)
def test_every_double(duckdb: DuckDB, kind: str) -> None:
    """The quick way gives the decimal of the text for every double, or none where it gives none."""
    given = pa.array(doubles())
    quick, plain = both_ways(duckdb, kind, given, lenient=True)
    differing = [
        row for row in zip(given.to_pylist(), quick, plain, strict=True) if row[1] != row[2]
    ]
    assert not differing, f"{len(differing)} differ: {differing[:3]}"
    assert any(one != (None,) for one in quick)


@pytest.mark.parametrize("kind", ["decimal(12,2)", "decimal(38,3)", "integer"])
def test_every_single(duckdb: DuckDB, kind: str) -> None:
    """A `FLOAT` is what its own, shorter text says, not the double of its value."""
    inside = [x for x in doubles() if x is None or abs(x) < 3e38 or math.isnan(x)]
    given = pa.array(inside, pa.float32())
    quick, plain = both_ways(duckdb, kind, given, lenient=True)
    assert quick == plain
    exact = given.cast(pa.float64())
    as_doubles, _ = both_ways(duckdb, kind, exact, lenient=True)
    assert quick != as_doubles


@pytest.mark.parametrize("kind", WANTED)
def test_what_fits_is_read_the_same_when_nothing_may_fail(duckdb: DuckDB, kind: str) -> None:
    """The strict reading equals the lenient one where the lenient one reads anything."""
    given = doubles()
    lenient, _ = both_ways(duckdb, kind, pa.array(given), lenient=True)
    fitting = pa.array([x for x, (one,) in zip(given, lenient, strict=True) if one is not None])
    strict, plain = both_ways(duckdb, kind, fitting, lenient=False)
    assert strict == plain


def test_the_quick_way_is_taken(duckdb: DuckDB) -> None:
    """Most doubles with two decimals never become text."""
    given = pa.array([n / 100 for n in range(-5_000_000, 5_000_000, 97)])
    duckdb.load("given", pa.table({"x": given}))
    short, _ = sql.short_decimal(sql.column("x"), 12, 2)
    statement = sql.select([sql.named(short, "quick")], sql.table("given"))
    assert set(duckdb.query(sql.render(statement, "duckdb"))) == {(True,)}
    assert types.from_name("decimal(12,2)").scale <= sql.DOUBLE_DIGITS
