"""Tables of SQLite and DuckDB files, copied out of the database before anything is measured."""

from __future__ import annotations

import difflib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from pmpo.diagnostics import DataError, PmpoError, StoreError, in_order
from pmpo.store import _disk, _duck
from pmpo.store._findings import data_error
from pmpo.store.readers.columns import name_findings
from pmpo.store.readers.parquet import read_parquet
from pmpo.store.readers.types import neutral, stored_as

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pmpo.store.readers.relation import Relation

_SQLITE: Final = b"SQLite format 3\0"
_DUCKDB: Final = b"DUCK"
_BATCH: Final = 50_000


def read_table(source: str, database: Path, table: str, copy: Path, place: str) -> Relation:
    """Copy one table to a Parquet file and give the relation over that copy.

    SQLite knows no column types, so its values are copied as text.

    Args:
        source: the source's name.
        database: a SQLite or DuckDB file; its first bytes tell which.
        table: table or view; `schema.table` in DuckDB.
        copy: the Parquet file to write.
        place: charter path for findings.
    Raises: DataError `source/unknown-format`, `source/unknown-table`, `source/binary-value`,
        `source/unreadable`.
    """
    with database.open("rb") as file:
        head = file.read(16)
    if head != _SQLITE and head[8:12] != _DUCKDB:
        raise data_error(
            "source/unknown-format",
            f"{database} is neither a SQLite nor a DuckDB file",
            path=place,
            help="write `from:` instead of `database:` for Parquet, CSV and JSON lines",
        )
    kind, copied = ("sqlite", _copy_sqlite) if head == _SQLITE else ("duckdb", _copy_duckdb)
    with _disk.store_errors(copy.parent):
        copied(database, table, copy, place)
    return read_parquet(source, [copy], place, kind=kind)


def _unknown_table(table: str, known: Sequence[str], database: Path, place: str) -> DataError:
    close = difflib.get_close_matches(table, known, n=1, cutoff=0.5)
    tables = ", ".join(f"`{name}`" for name in sorted(known)[:20])
    return data_error(
        "source/unknown-table",
        f"{database.name} has no table `{table}`",
        path=place,
        note=f"its tables are {tables}" if known else "it has no tables",
        help=f"did you mean `{close[0]}`?" if close else "correct `table:`",
    )


def _copy_sqlite(database: Path, table: str, copy: Path, place: str) -> None:
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            known = [
                str(row[0])
                for row in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
                )
            ]
            if table not in known:
                raise _unknown_table(table, known, database, place)
            cursor = connection.execute(f"SELECT * FROM {_duck.name(table)}")  # noqa: S608
            names = [str(column[0]) for column in cursor.description]
            findings = name_findings(names, f"{database.name}, table `{table}`", place)
            if findings:
                raise DataError(in_order(findings))
            _write_text(cursor, names, copy, f"{database.name}, table `{table}`", place)
    except sqlite3.Error as error:
        raise data_error(
            "source/unreadable",
            f"{database}: {error}",
            path=place,
            help="close the program that is writing to it, or copy the database again",
        ) from error


def _write_text(
    cursor: sqlite3.Cursor, names: list[str], copy: Path, where: str, place: str
) -> None:
    schema = pa.schema([pa.field(name, pa.string()) for name in names])
    with pq.ParquetWriter(copy, schema, compression="zstd") as writer:
        for start, rows in _batches(cursor):
            columns = [
                pa.array(
                    [
                        _as_text(row[i], (where, names[i], start + n, place))
                        for n, row in enumerate(rows)
                    ],
                    pa.string(),
                )
                for i in range(len(names))
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _batches(cursor: sqlite3.Cursor) -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    """Rows in batches, each with the number of its first row."""
    start = 1
    while rows := cursor.fetchmany(_BATCH):
        yield start, rows
        start += len(rows)


def _as_text(value: object, at: tuple[str, str, int, str]) -> str | None:
    match value:
        case None | str():
            return value
        case int():
            return str(value)
        case float():
            return repr(value)
        case _:
            where, column, row, place = at
            raise data_error(
                "source/binary-value",
                f"{where}: column `{column}` holds bytes in row {row}",
                path=place,
                note="bytes have no value that a formula could use",
                help="leave the column out with a view, or store it as text",
            )


def _copy_duckdb(database: Path, table: str, copy: Path, place: str) -> None:
    # a file not yet merged into the database belongs to its contents
    files = [database, database.with_name(database.name + ".wal"), copy]
    with closing(_duck.connect(files)) as connection:
        try:
            connection.execute(f"ATTACH {_duck.text(database)} AS data (READ_ONLY)")
            chosen = _duckdb_table(connection, table, database, place)
            rows = f"SELECT {_storable(connection, chosen)} FROM {chosen}"  # noqa: S608
            connection.execute(_duck.copy_to_parquet(rows, copy))
        except duckdb.Error as error:
            raise _duckdb_fault(error, database, place) from error


def _duckdb_fault(error: duckdb.Error, database: Path, place: str) -> PmpoError:
    found = _duck.finding(error)
    if isinstance(found, StoreError):  # the copy cannot be written, whatever the database is
        return found
    return data_error(
        "source/unreadable",
        f"{database}: {found.findings[0].message}",
        path=place,
        help="close the program that is writing to it, or copy the database again",
    )


def _duckdb_table(connection: DuckDBPyConnection, table: str, database: Path, place: str) -> str:
    rows = connection.sql(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'data' "
        "UNION ALL SELECT schema_name, view_name FROM duckdb_views() "
        "WHERE database_name = 'data' AND NOT internal"
    ).fetchall()
    known = {
        name if schema == "main" else f"{schema}.{name}": (schema, name) for schema, name in rows
    }
    known |= {f"main.{name}": (schema, name) for schema, name in rows if schema == "main"}
    if table not in known:
        shown = [name for name in known if not name.startswith("main.")]
        raise _unknown_table(table, shown, database, place)
    return ".".join(_duck.name(part) for part in ("data", *known[table]))


def _storable(connection: DuckDBPyConnection, table: str) -> str:
    """The select list of a copy: exact where it can be, empty where no formula could use it."""
    columns = []
    for column, native in _duck.described(connection, table).items():
        quoted = _duck.name(column)
        if neutral(native) == "unsupported":
            columns.append(f"CAST(NULL AS BLOB) AS {quoted}")
        else:
            columns.append(f"CAST({quoted} AS {stored_as(native) or native}) AS {quoted}")
    return ", ".join(columns)
