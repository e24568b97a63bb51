"""The same plan over more than a million rows gives the same bits on every engine.

The charter is the one that uses every function of the language; the rows hold ties, halves, values
that are missing, not a number or infinite, keys in several scripts, corrections and late arrivals.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from pmpo.evaluate.evaluate import column_types
from pmpo.evaluate.score import MEASURED, Scoring, score_sql
from pmpo.model.canonical import hash_table
from pmpo.model.table import HELD, SIGNAL
from tests.compiling import charter_in, moments, plan_for
from tests.engines.engine import in_bits

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.model.charter import Charter
    from pmpo.sql import Dialect
    from tests.engines.engine import Engine, Row

AS_OF = moments("2024-03-04", "2024-03-06")
STORES = [
    "本店",
    "北海道店",
    "Zürich",
    "zürich",
    "İzmir",
    "a/b",
    "a\\b",
    "O'Hare",
    "0045",
    "45",
    "NA",
]
NOTES = [None, "?", "", "é", "été", "日本", "NA", "it's", "a_b", "100%", "z\u0301", "Z"]
# Whole numbers below 2**31 that look random and are the same on every version of every engine.
DICE = "((((({0} * 7919 + {1} * 104729) % 1000003) * 8191 + {0}) % 998244353) * 31 % 999983)"
ROWS = {"sales": 800_000, "orders": 220_000, "products": 6_000, "shelves": 1_500}
EXPECTED_UNITS = 1_500


def dice(salt: int, sides: int) -> str:
    """An SQL expression with values from 0 to `sides` - 1."""
    return f"({DICE.format('i', salt)} % {sides})"


def choice(salt: int, values: list[str | None]) -> str:
    """An SQL expression that picks one of `values`."""
    quoted = ["NULL" if v is None else "'" + v.replace("'", "''") + "'" for v in values]
    return f"([{', '.join(quoted)}])[{dice(salt, len(values))} + 1]"


def store(of: str) -> str:
    """The store a shelf number belongs to; shelves 0 to 1499 have different (store, aisle)."""
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in STORES)
    return f"([{quoted}])[{of} % {len(STORES)} + 1]"


def generated() -> dict[str, pa.Table]:
    """The rows of every source, made by arithmetic alone."""
    shelf = dice(1, ROWS["shelves"] + 3)
    then = "TIMESTAMP '2023-02-01' + to_seconds({} * 41) + to_microseconds({})"
    text = {
        "shelves": f"""
            SELECT {store("i")} AS store, i // {len(STORES)} AS aisle,
              {choice(3, ["north", "süd", "closed", None])} AS region,
              nullif({dice(4, 12)}, 0)::BIGINT AS staff""",
        "products": f"""
            SELECT i // 2 AS product_id, {store(shelf)} AS store, {shelf} // {len(STORES)} AS aisle,
              TIMESTAMP '2023-01-01' + to_days((i % 2 * 200)::INTEGER) AS valid_from,
              CASE WHEN i % 2 = 0 THEN TIMESTAMP '2023-07-20' WHEN i % 14 = 1
                THEN TIMESTAMP '2024-03-05' END AS valid_to""",
        "sales": f"""
            SELECT i AS sale_id, {then.format(dice(5, 900_000), dice(6, 3))} AS sold_at,
              sold_at + to_hours(CASE WHEN i % 9 = 0 THEN 24 * {dice(7, 60)} ELSE 3 END)
                AS loaded_at,
              {dice(8, 3_100)}::BIGINT AS product_id,
              nullif({dice(9, 17)}, 11)::BIGINT - 5 AS qty,
              CASE {dice(10, 400)} WHEN 0 THEN 'NaN'::DOUBLE WHEN 1 THEN 'Infinity'::DOUBLE
                WHEN 2 THEN '-Infinity'::DOUBLE WHEN 3 THEN NULL
                ELSE ({dice(11, 2_000_000)} - 300_000) / 1000.0::DOUBLE END AS value,
              CASE WHEN i % 50 <> 0 THEN (({dice(12, 900_000)} - 100_000) / 10_000)::DECIMAL(12,4)
                END AS cost,
              {choice(13, NOTES)} AS note, {choice(14, ["a", "b", "é", "z", None])} AS kind,
              CASE {dice(15, 3)} WHEN 0 THEN true WHEN 1 THEN false END AS flag""",
        "orders": f"""
            SELECT i // 3 AS order_id, {store(shelf)} AS shop, {shelf} // {len(STORES)} AS aisle,
              {then.format("i // 3 * 11", "0")} AS placed_at,
              placed_at + to_hours(100 * (i % 3) * {dice(16, 9)}) AS changed_at,
              CASE WHEN i % 3 > 0 THEN placed_at + to_minutes({dice(17, 9_000)} - 60) END
                AS delivered_at,
              {choice(18, ["paid", "open", "void", "日本", None])} AS status,
              {dice(19, 9_999)} / 16.0::DOUBLE AS amount""",
    }
    made = {}
    with duckdb.connect() as engine:
        for name, columns in text.items():
            made[name] = engine.sql(
                f"{columns} FROM range({ROWS[name]}) AS t(i) ORDER BY {DICE.format('i', 99)}, i"
            ).to_arrow_table()
    return made


def dialect(engine: Engine) -> Dialect:
    """The engine's dialect as the compiler names it."""
    found: Dialect = engine.dialect  # type: ignore[assignment]
    return found


@pytest.fixture(scope="module")
def charter(request: pytest.FixtureRequest) -> Charter:
    """The charter with every function."""
    folder: Path = request.config.rootpath / "tests" / "golden" / "sql"
    return charter_in(folder / "every_function.yaml")


def naive(value: object) -> object:
    """Times as the plan means them: Spark's are instants, read in the session's zone, UTC."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def as_table(rows: list[Row], names: tuple[str, ...], like: pa.Schema | None) -> pa.Table:
    """The rows of one engine as an Arrow table with the types of another's."""
    columns = list(zip(*rows, strict=True))
    arrays = [
        pa.array(list(column), like.field(name).type if like is not None else None)
        for name, column in zip(names, columns, strict=True)
    ]
    return pa.table(dict(zip(names, arrays, strict=True)))


def test_same_bits_everywhere(engines: list[Engine], charter: Charter) -> None:
    """Every cell of the measurement and of the ranking made from it is the same to the last bit."""
    tables = generated()
    assert sum(table.num_rows for table in tables.values()) > 1_000_000
    first: tuple[list[Row], str] | None = None
    like: pa.Schema | None = None
    measured = {}
    for engine in engines:
        for name, table in tables.items():
            engine.load(name, table)
        plan = plan_for(charter, tables, AS_OF, dialect(engine))
        rows = [tuple(map(naive, row)) for row in engine.query(plan.sql())]
        table = as_table(rows, plan.columns, like)
        like = table.schema
        found = in_bits(rows), hash_table(table)
        first = first or found
        assert_same(found[0], first[0], plan.columns, engine.name)
        assert found[1] == first[1]
        measured[engine.name] = table
    assert_meaningful(measured[engines[0].name], charter)
    assert_same_ranking(engines, charter, measured[engines[0].name])


def assert_same(found: list[Row], expected: list[Row], names: tuple[str, ...], on: str) -> None:
    """Fail with the cells that differ, by column."""
    assert len(found) == len(expected)
    differing = [
        (name, one[0:2], mine, other)
        for one, two in zip(found, expected, strict=True)
        for name, mine, other in zip(names, one, two, strict=True)
        if mine != other
    ]
    by_column = {name: sum(cell[0] == name for cell in differing) for name in names}
    counted = {name: count for name, count in by_column.items() if count}
    assert not differing, f"{on}: {len(differing)} cells differ: {counted}; {differing[:4]}"


def assert_meaningful(table: pa.Table, charter: Charter) -> None:
    """Agreement means something only where there are many different values, and gaps."""
    assert table.num_rows == EXPECTED_UNITS
    for name in charter.signals:
        column = table[SIGNAL + name]
        assert column.null_count < EXPECTED_UNITS / 2, f"{name} is missing nearly everywhere"
        assert len(column.unique()) > 1, f"{name} is the same everywhere"


def assert_same_ranking(engines: list[Engine], charter: Charter, measured: pa.Table) -> None:
    """Scope, bands, utilities, points, scores and ranks of one table, computed by each engine."""
    for name in charter.signals:
        ages = [None if value is None else 0 for value in measured[SIGNAL + name].to_pylist()]
        measured = measured.append_column(HELD + name, pa.array(ages, pa.int32()))
    first: list[Row] | None = None
    for engine in engines:
        engine.load(MEASURED, measured)
        scoring = Scoring(
            charter,
            columns=column_types(measured),
            grades=dict.fromkeys(charter.signals, 1),
            as_of=AS_OF.as_of,
            dialect=dialect(engine),
        )
        found = in_bits(engine.query(score_sql(scoring)))
        first = first or found
        names = tuple(str(i) for i in range(len(found[0])))
        assert_same(found, first, names, engine.name)
    assert first is not None
    statuses = {row[2] for row in first}
    assert statuses == {"ranked", "blocked", "excluded", "out_of_scope"}, statuses
