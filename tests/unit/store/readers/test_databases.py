from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pmpo.model.charter import Source
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.readers import Relation, describe, resolve
from tests.unit.store.support import everything_below, refused, small_disk, small_files

if TYPE_CHECKING:
    from pathlib import Path


def sqlite(file: Path, *statements: str) -> None:
    """Make a SQLite database."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def duck(file: Path, *statements: str) -> None:
    """Make a DuckDB database."""
    with closing(duckdb.connect(str(file))) as connection:
        for statement in statements:
            connection.execute(statement)


def table_of(database: str, table: str, base: Path) -> Relation:
    """The relation of a table, copied into a folder beside it."""
    source = Source(name="rows", database=database, table=table)
    scratch = base / "scratch"
    scratch.mkdir(exist_ok=True)
    return resolve(source, base, scratch=scratch)


def read(relation: Relation) -> list[dict[str, Any]]:
    """Every row of a relation."""
    with DuckDB({"rows": relation}, threads=1) as engine:
        found: list[dict[str, Any]] = engine.query("SELECT * FROM rows").to_pylist()
    return found


@pytest.mark.parametrize("name", ["shop.sqlite", "shop.db", "shop.sqlite3", "a b?#%'[x]*.db"])
def test_sqlite_is_read_as_text(tmp_path: Path, name: str) -> None:
    """SQLite types its values one by one, so each is its text; NULL is missing."""
    sqlite(
        tmp_path / name,
        'CREATE TABLE "it\'s ""x""" (key TEXT, n, "Größe")',
        'INSERT INTO "it\'s ""x""" VALUES (\'0000045\', 9007199254740993, 0.1), '
        "(7, 2.5, NULL), (NULL, 'n/a', 1e300)",
    )
    relation = table_of(name, 'it\'s "x"', tmp_path)
    assert relation.kind == "sqlite"
    assert relation.schema == describe(relation) == {"key": "text", "n": "text", "Größe": "text"}
    assert read(relation) == [
        {"key": "0000045", "n": "9007199254740993", "Größe": "0.1"},
        {"key": "7", "n": "2.5", "Größe": None},
        {"key": None, "n": "n/a", "Größe": "1e+300"},
    ]


def test_a_view_of_many_rows_is_copied_in_batches(tmp_path: Path) -> None:
    """Views are tables too, and the copy holds every row once, in order."""
    sqlite(
        tmp_path / "a.db",
        "CREATE VIEW v AS WITH RECURSIVE r(i) AS "
        "(SELECT 0 UNION ALL SELECT i + 1 FROM r WHERE i < 120000) SELECT i FROM r",
    )
    found = read(table_of("a.db", "v", tmp_path))
    assert [row["i"] for row in found] == [str(number) for number in range(120_001)]


def test_reading_changes_no_database(tmp_path: Path) -> None:
    """The user's file is opened read-only, and nothing appears beside it."""
    sqlite(tmp_path / "a.db", "CREATE TABLE t (k)", "INSERT INTO t VALUES (1)")
    duck(tmp_path / "a.duckdb", "CREATE TABLE t AS SELECT 1 AS k")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert read(table_of("a.db", "t", tmp_path)) == [{"k": "1"}]
    assert read(table_of("a.duckdb", "t", tmp_path)) == [{"k": 1}]
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_bytes_are_refused_by_column_and_row(tmp_path: Path) -> None:
    """Bytes have no text, and the finding says where they are."""
    sqlite(tmp_path / "a.db", "CREATE TABLE t (k, v)", "INSERT INTO t VALUES (1, 2), (3, x'00ff')")
    with refused("source/binary-value") as found:
        table_of("a.db", "t", tmp_path)
    assert "column `v` holds bytes in row 2" in found[0].message


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """SQLite keeps any bytes as text; what is not text is not guessed at."""
    sqlite(tmp_path / "a.db", "CREATE TABLE t (k)", "INSERT INTO t VALUES (CAST(x'ff41' AS TEXT))")
    with refused("source/unreadable") as found:
        table_of("a.db", "t", tmp_path)
    assert "a.db" in found[0].message


@pytest.mark.parametrize("kind", ["db", "duckdb"])
def test_an_unknown_table_gets_a_suggestion(tmp_path: Path, kind: str) -> None:
    """A misspelt table is answered with the tables that are there."""
    make = sqlite if kind == "db" else duck
    make(tmp_path / f"a.{kind}", "CREATE TABLE orders (k INTEGER)", "CREATE TABLE skus (k INTEGER)")
    with refused("source/unknown-table") as found:
        table_of(f"a.{kind}", "order", tmp_path)
    assert found[0].help == "did you mean `orders`?"
    assert "`orders`, `skus`" in found[0].note
    assert found[0].path == "sources.rows.table"


def test_duckdb_keeps_its_types(tmp_path: Path) -> None:
    """Types are those of the table, exact where Parquet alone would not be."""
    duck(
        tmp_path / "a.duckdb",
        "CREATE TYPE mood AS ENUM ('good')",
        "CREATE TABLE t AS SELECT 12345678901234567890123456789::HUGEINT AS huge, "
        "1.50::DECIMAL(12,2) AS amount, 'good'::mood AS mood, "
        "'00000000-0000-0000-0000-00000000000a'::UUID AS id, TIMESTAMP_NS '2024-01-01' AS ns, "
        "INTERVAL 1 DAY AS span, [1] AS list, '101'::BIT AS bits, NULL AS nothing",
    )
    relation = table_of("a.duckdb", "t", tmp_path)
    assert relation.kind == "duckdb"
    assert describe(relation) == relation.schema
    assert relation.schema == {
        "huge": "decimal(38,0)",
        "amount": "decimal(12,2)",
        "mood": "text",
        "id": "text",
        "ns": "timestamp",
        "span": "unsupported",
        "list": "unsupported",
        "bits": "unsupported",
        "nothing": "text",
    }
    [row] = read(relation)
    assert row["huge"] == Decimal(12345678901234567890123456789)
    assert row["id"] == "00000000-0000-0000-0000-00000000000a"
    assert row["mood"] == "good"


def test_duckdb_schemas_are_named(tmp_path: Path) -> None:
    """A table outside `main` is written with its schema; one inside may be."""
    duck(
        tmp_path / "a.duckdb",
        "CREATE SCHEMA s",
        "CREATE TABLE s.t AS SELECT 1 AS k",
        "CREATE TABLE t AS SELECT 2 AS k",
        'CREATE TABLE "s.x" AS SELECT 3 AS k',
        "CREATE VIEW v AS SELECT k + 2 AS k FROM t",
    )
    for table, value in (("s.t", 1), ("t", 2), ("main.t", 2), ("s.x", 3), ("v", 4)):
        assert [row["k"] for row in read(table_of("a.duckdb", table, tmp_path))] == [value]


def test_a_view_cannot_lead_out_of_its_database(tmp_path: Path) -> None:
    """A DuckDB view that reads another file is refused: that file was never declared."""
    (tmp_path / "secret.csv").write_text("k\nsecret\n")
    duck(tmp_path / "a.duckdb", f"CREATE VIEW v AS FROM read_csv('{tmp_path}/secret.csv')")
    with refused("source/unreadable") as found:
        table_of("a.duckdb", "v", tmp_path)
    assert "secret.csv" in found[0].message


def test_a_database_in_use_is_read_or_named(tmp_path: Path) -> None:
    """Rows that are not yet merged into a DuckDB file are part of it."""
    import shutil

    with closing(duckdb.connect(str(tmp_path / "live.duckdb"))) as connection:
        connection.execute("SET wal_autocheckpoint = '1GB'")
        connection.execute("CREATE TABLE t AS SELECT 1 AS k")
        for name in ("live.duckdb", "live.duckdb.wal"):
            shutil.copy(tmp_path / name, tmp_path / name.replace("live", "copy"))
    assert read(table_of("copy.duckdb", "t", tmp_path)) == [{"k": 1}]


def test_a_locked_sqlite_database_is_named(tmp_path: Path) -> None:
    """A database that a program has locked is reported with what to do."""
    sqlite(tmp_path / "a.db", "CREATE TABLE t (k)")
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with refused("source/unreadable") as found:
            table_of("a.db", "t", tmp_path)
    assert "locked" in found[0].message


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    """The first bytes tell what a file is, whatever its name says."""
    (tmp_path / "a.db").write_text("k,v\n1,2\n" * 10)
    sqlite(tmp_path / "b.duckdb", "CREATE TABLE t (k)", "INSERT INTO t VALUES (1)")
    with refused("source/unknown-format"):
        table_of("a.db", "t", tmp_path)
    assert table_of("b.duckdb", "t", tmp_path).kind == "sqlite"
    with refused("source/missing-file"):
        table_of("c.db", "t", tmp_path)
    with refused("source/several-databases"):
        table_of("?.d*b", "t", tmp_path)


@pytest.mark.parametrize("kind", ["db", "duckdb"])
def test_a_damaged_database_is_named(tmp_path: Path, kind: str) -> None:
    """A database that is cut short gives a finding."""
    make = sqlite if kind == "db" else duck
    file = tmp_path / f"a.{kind}"
    make(file, "CREATE TABLE t (k INTEGER)", "INSERT INTO t VALUES (1)")
    file.write_bytes(file.read_bytes()[:3000])
    with refused("source/unreadable") as found:
        table_of(file.name, "t", tmp_path)
    assert file.name in found[0].message


def test_columns_that_differ_by_case_are_refused(tmp_path: Path) -> None:
    """SQLite views may name two columns alike; SQL elsewhere cannot tell them apart."""
    sqlite(tmp_path / "a.db", 'CREATE VIEW v AS SELECT 1 AS k, 2 AS "é", 3 AS "É"')
    with refused("source/duplicate-column"):
        table_of("a.db", "v", tmp_path)


@pytest.mark.parametrize("kind", ["db", "duckdb"])
def test_a_full_disk_is_named(tmp_path: Path, kind: str) -> None:
    """A copy that does not fit says which disk is full."""
    make = sqlite if kind == "db" else duck
    rows = "INSERT INTO t SELECT hex(randomblob(500)) FROM r"
    series = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 2000) "
    if kind == "db":
        make(tmp_path / "a.db", "CREATE TABLE t (k)", series + rows)
    else:
        make(
            tmp_path / "a.duckdb",
            "CREATE TABLE t AS SELECT sha256(i::VARCHAR) AS k FROM range(40000) r(i)",
        )
    source = Source(name="rows", database=f"a.{kind}", table="t")
    with small_disk("256k") as disk, refused("store/no-space") as found:
        resolve(source, tmp_path, scratch=disk)
    assert "No space left" in found[0].message


@pytest.mark.parametrize("kind", ["db", "duckdb"])
def test_a_copy_that_may_not_grow_is_named(tmp_path: Path, kind: str) -> None:
    """Where files may not be so large, the file, the reason and what to do are told."""
    make = sqlite if kind == "db" else duck
    digest = "hex(randomblob(500))" if kind == "db" else "sha256(i::VARCHAR)"
    series = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 2000) "
    make(tmp_path / f"a.{kind}", f"CREATE TABLE t AS {series} SELECT {digest} AS k FROM r")
    source = Source(name="rows", database=f"a.{kind}", table="t")
    (tmp_path / "copies").mkdir()
    with small_files(10_000), refused("store/failed") as found:
        resolve(source, tmp_path, scratch=tmp_path / "copies")
    assert re.fullmatch(r".*copies.*: .*File too large", found[0].message)
    assert "see to that disk" in found[0].help or "check the disk" in found[0].help


def test_without_a_folder_copies_are_private(tmp_path: Path) -> None:
    """Copies that nobody asked a place for are not left beside the data."""
    sqlite(tmp_path / "a.db", "CREATE TABLE t (k)", "INSERT INTO t VALUES (1)")
    relation = resolve(Source(name="rows", database="a.db", table="t"), tmp_path)
    assert read(relation) == [{"k": "1"}]
    assert everything_below(tmp_path) == {"a.db"}
