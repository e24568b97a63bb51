"""Names as the engines themselves see them: reserved words, quotes, and every script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from pmpo import sql

if TYPE_CHECKING:
    from tests.engines.engine import DuckDB, Engine
    from tests.engines.postgresql import PostgreSQL

ODD = [
    "Net",
    "two words",
    'a"b',
    "a`b",
    "a'b",
    "a\\b",
    "a.b",
    "金額",
    "é",
    "e\u0301",
    "1st",
    "_",
    "%",
]


def words(postgres: PostgreSQL) -> list[str]:
    """Every word that DuckDB or PostgreSQL knows, and names that need care."""
    with duckdb.connect() as engine:
        from_duckdb = engine.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall()
    from_postgres = postgres.query("SELECT word FROM pg_get_keywords()")
    return sorted({word for (word,) in [*from_duckdb, *from_postgres]} | set(ODD))


def test_any_word_can_name_a_column(engine: Engine, postgres: PostgreSQL) -> None:
    """Columns named like every keyword there is are read, renamed, grouped and ordered by."""
    names = words(postgres)
    engine.load("given", pa.table({name: [i] for i, name in enumerate(names)}))
    dialect = next(name for name in sql.DIALECTS if name == engine.dialect)
    inner = sql.select(
        [sql.named(sql.column(name, "r"), name) for name in names], sql.table("given", "r")
    )
    statement = sql.select(
        [sql.named(sql.cast(sql.column(name), "bigint"), name) for name in names],
        sql.subquery(inner, "order"),
        group=[sql.column(name) for name in names],
        order=[sql.ordered(sql.column(name)) for name in names],
    )
    ((*found,),) = engine.query(sql.render(statement, dialect))
    assert found == list(range(len(names)))


def test_any_word_can_name_a_step(duckdb: DuckDB, postgres: PostgreSQL) -> None:
    """A step may be called like any word, since sources are named by people."""
    for engine, dialect in ((duckdb, "duckdb"), (postgres, "postgres")):
        for word in words(postgres):
            name = sql.render(sql.identifier(word), dialect)  # type: ignore[arg-type]
            assert engine.query(f"WITH {name} AS (SELECT 1 AS x) SELECT x FROM {name}") == [(1,)]
