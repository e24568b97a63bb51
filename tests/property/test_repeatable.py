"""One evaluation id and result hash, however the same rows are stored, split, ordered or read."""

from __future__ import annotations

import csv
import json
import random
import sqlite3
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.offices import Office, Run, charter_text

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF = "2024-04-01"
START = datetime(2024, 1, 1)
SKUS = [f"{number:07d}" for number in range(30)] + ["NA", "10/3", "茶", "Ünze", "null"]
MONEY = pa.decimal128(12, 2)

SIGNALS = """\
growth:
  formula: TRAILING(SUM(amount), '4 weeks') / TRAILING(SUM(amount), '4 weeks', '4 weeks') - 1
  source: sales
  better: higher
  value: {-1: 0, 0: 40, 3: 100}
  missing: {policy: hold, max_age: 2 weeks, then: exclude}
spread:
  formula: STDDEV(amount * rate)
  source: sales
  better: lower
  value: {0: 100, 400: 0}
  missing: {policy: exclude}
mean: {formula: "AVG(QUANTISE(amount / pieces, 4))", source: sales}
buyers: {formula: COUNT(DISTINCT buyer), source: sales}
last: {formula: LATEST(buyer), source: sales}
share: {formula: "COUNT(*) FILTER (WHERE gift) / COUNT(*)", source: sales}
age: {formula: "(AS_OF() - MAX(due)) / DURATION('1 day')", source: sales}
"""
AXES = """\
sold: {weight: 50, signals: {growth: 100}}
calm: {weight: 50, signals: {spread: 100}}
"""
TYPES = {
    "sale_id": "integer",
    "sku": "text",
    "sold_at": "timestamp",
    "amount": "decimal(12,2)",
    "rate": "decimal(5,4)",
    "pieces": "integer",
    "buyer": "text",
    "gift": "boolean",
    "due": "date",
}


def text(sales: str, mode: str = "append") -> str:
    """The charter, reading its sales from what `sales` says."""
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in TYPES.items())
    sources = f"""\
items: {{from: items.parquet, mode: snapshot}}
sales:
  from: {sales}
  mode: {mode}
  key: [sale_id]
  time: sold_at
  lag: 1 day
  tz: UTC
  columns: {{{columns}}}
  join: {{items: sku}}
"""
    return charter_text(
        sources=sources,
        signals=SIGNALS,
        axes=AXES,
        more="bands: {busy: {signal: buyers, edges: [3, 8], labels: [few, some, many]}}",
    )


def rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Sales with ties in time, missing values, halves and keys of several scripts."""
    chance = random.Random(seed)
    return [
        {
            "sale_id": number,
            "sku": chance.choice(SKUS),
            "sold_at": START + timedelta(hours=chance.randrange(24 * 91)),
            "amount": chance.choice([None, Decimal(chance.randrange(-5_000, 50_000)) / 100]),
            "rate": float(Decimal(chance.randrange(20_001)) / 10_000),
            "pieces": chance.choice([None, 0, 1, 2, 3, 7, -4]),
            "buyer": chance.choice(["b1", "B1", "b 2", "é", "e\u0301", None, "x,y", 'q"q', "z"]),
            "gift": chance.random() < 0.3,
            "due": (START + timedelta(days=chance.randrange(100))).date(),
        }
        for number in range(count)
    ]


def table(of: list[dict[str, Any]]) -> pa.Table:
    """The rows as an Arrow table."""
    kinds = {
        "integer": pa.int64(),
        "text": pa.string(),
        "timestamp": pa.timestamp("us"),
        "decimal(12,2)": MONEY,
        "decimal(5,4)": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
    }
    return pa.Table.from_pylist(of, pa.schema([(n, kinds[k]) for n, k in TYPES.items()]))


# The same rows, written in different ways -----------------------------------------------------

ONE_FILE = "sales.parquet"


def one_parquet(of: pa.Table, base: Path) -> str:
    """One file."""
    pq.write_table(of, base / ONE_FILE)
    return ONE_FILE


def many_parquets(of: pa.Table, base: Path) -> str:
    """Eleven files of unlike sizes and small row groups."""
    (base / "parts").mkdir()
    cuts = sorted(random.Random(3).sample(range(1, of.num_rows), 10))
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, of.num_rows], strict=True)):
        path = base / "parts" / f"p{(number * 7) % 11}.parquet"
        pq.write_table(of.slice(start, end - start), path, row_group_size=13, compression="zstd")
    return "parts/*.parquet"


def shuffled(of: pa.Table, base: Path) -> str:
    """Rows in another order."""
    order = list(range(of.num_rows))
    random.Random(9).shuffle(order)
    return one_parquet(of.take(order), base)


def other_columns(of: pa.Table, base: Path) -> str:
    """Columns in another order, with one that the charter does not name."""
    names = sorted(of.column_names, reverse=True)
    extra = pa.array(range(of.num_rows), pa.int64())
    return one_parquet(of.select(names).append_column("unread", extra), base)


def other_types(of: pa.Table, base: Path) -> str:
    """Narrower whole numbers, wider decimals, dictionary texts, milliseconds."""
    changed = {
        "pieces": pa.int8(),
        "sale_id": pa.uint32(),
        "amount": pa.decimal128(30, 2),
        "sku": pa.dictionary(pa.int32(), pa.string()),
        "sold_at": pa.timestamp("ms"),
    }
    for name, kind in changed.items():
        of = of.set_column(of.column_names.index(name), name, of[name].cast(kind))
    return one_parquet(of, base)


def as_csv(of: pa.Table, base: Path) -> str:
    """Comma-separated text."""
    with (base / "sales.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(of.column_names)
        writer.writerows([_text(value) for value in row.values()] for row in of.to_pylist())
    return "sales.csv"


def as_json_lines(of: pa.Table, base: Path) -> str:
    """JSON lines, whose numbers are numbers."""
    with (base / "sales.jsonl").open("w", encoding="utf-8") as file:
        for row in of.to_pylist():
            plain = {
                name: str(value) if isinstance(value, Decimal | datetime) else value
                for name, value in row.items()
                if value is not None
            }
            file.write(json.dumps(plain, default=str, ensure_ascii=False) + "\n")
    return "sales.jsonl"


def as_sqlite(of: pa.Table, base: Path) -> str:
    """A table of a SQLite file, whose decimals, times and booleans are text."""
    with sqlite3.connect(base / "shop.sqlite") as database:
        database.execute(f"CREATE TABLE sales ({', '.join(f'{n} TEXT' for n in of.column_names)})")
        marks = ", ".join("?" for _ in of.column_names)
        database.executemany(
            f"INSERT INTO sales VALUES ({marks})",
            [[_text(value) for value in row.values()] for row in of.to_pylist()],
        )
    database.close()
    return "{database: shop.sqlite, table: sales}"


def as_duckdb(of: pa.Table, base: Path) -> str:
    """A table of a DuckDB file."""
    with duckdb.connect(str(base / "shop.duckdb")) as database:
        database.register("rows", of)
        database.execute("CREATE TABLE sales AS SELECT * FROM rows")
    return "{database: shop.duckdb, table: sales}"


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


WAYS = [
    many_parquets,
    shuffled,
    other_columns,
    other_types,
    as_csv,
    as_json_lines,
    as_sqlite,
    as_duckdb,
]


def office(base: Path) -> Office:
    """A folder whose units are there."""
    made = Office(base)
    made.write("items", {"sku": SKUS})
    return made


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that every other way must repeat."""
    base = tmp_path_factory.mktemp("reference")
    one = office(base)
    return one.run(text(one_parquet(table(rows(3_000)), base)), AS_OF)


def test_the_reference_says_something(reference: Run) -> None:
    """The run that others are compared with ranks units, holds values and has missing ones."""
    assert reference.evaluation.counts()["ranked"] > 20
    assert len(set(reference.result("score").values())) > 20
    assert {"é", "e\u0301", "b 2"} <= set(reference.signal("last").values())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_one_result_however_the_rows_are_stored(
    way: Callable[[pa.Table, Path], str], threads: int, reference: Run, tmp_path: Path
) -> None:
    """The same rows give the same table whatever file, order or type they come in."""
    place = way(table(rows(3_000)), tmp_path)
    again = office(tmp_path).run(text(place), AS_OF, threads=threads)
    assert again.table.data.equals(reference.table.data)
    assert again.table.hash == reference.table.hash
    assert again.evaluation.result_hash == reference.evaluation.result_hash
    if place == ONE_FILE:  # else the charter says another place, and is another charter
        assert again.evaluation.id == reference.evaluation.id


@pytest.mark.parametrize("way", [many_parquets, shuffled], ids=lambda way: way.__name__)
def test_versions_do_not_depend_on_where_they_stand(
    way: Callable[[pa.Table, Path], str], tmp_path: Path
) -> None:
    """Where several versions tie in every time, the same one wins in any order of rows."""
    of = [{**row, "sale_id": row["sale_id"] % 300} for row in rows(2_000)]
    found = []
    for make in (one_parquet, way):
        base = tmp_path / make.__name__
        base.mkdir()
        charter = text(make(table(of), base), "versions")
        found.append(office(base).run(charter, AS_OF, threads=2))
    assert found[0].table.data.equals(found[1].table.data)


@settings(max_examples=12)
@given(st.randoms(use_true_random=False), st.integers(1, 60))
def test_any_order_of_few_rows_gives_the_same_bits(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random, count: int
) -> None:
    """Every permutation of any handful of rows gives the same three hashes."""
    some = rows(count, seed=chance.randrange(10**6))
    mixed = some.copy()
    chance.shuffle(mixed)
    found = []
    for of, threads in ((some, 1), (mixed, 2)):
        base = tmp_path_factory.mktemp("office")
        found.append(office(base).run(text(one_parquet(table(of), base)), AS_OF, threads=threads))
    assert found[0].identity == found[1].identity


def test_little_memory_changes_no_bit(tmp_path: Path) -> None:
    """More rows than fit into the memory allowed are spilled, with the same result."""
    count = 2_000_000
    with duckdb.connect() as database:
        database.execute(
            f"""COPY (SELECT i AS sale_id,
              lpad(CAST((i * 7919) % 30 AS VARCHAR), 7, '0') AS sku,
              TIMESTAMP '2024-01-01' + to_seconds((i * 104729) % 7862400) AS sold_at,
              CAST((i * 31) % 50021 AS DECIMAL(12,2)) / 100 AS amount,
              CAST((i % 20001) / 10000.0 AS DOUBLE) AS rate,
              i % 9 AS pieces,
              'buyer number ' || CAST((i * 15485863) % 1999993 AS VARCHAR) AS buyer,
              i % 3 = 0 AS gift, DATE '2024-01-01' + CAST(i % 80 AS INTEGER) AS due
            FROM range({count}) t(i)) TO '{tmp_path / ONE_FILE}' (FORMAT parquet)"""
        )
        database.execute("SET max_temp_directory_size = '0KB'; SET memory_limit = '100MB'")
        with pytest.raises(duckdb.OutOfMemoryException):
            database.sql(f"SELECT DISTINCT sku, buyer FROM '{tmp_path / ONE_FILE}'").fetchall()
    one = office(tmp_path)
    ample = one.run(text(ONE_FILE), AS_OF, threads=2)
    tight = one.run(text(ONE_FILE), AS_OF, threads=2, memory_limit="100MB")
    assert ample.identity == tight.identity
    assert ample.signal("buyers")["0000007"] > 50_000
