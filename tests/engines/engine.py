"""What every engine under test offers, so that one test runs on all of them."""

from __future__ import annotations

import struct
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

Row = tuple[Any, ...]


class Engine(Protocol):
    """A real database that holds Arrow tables and answers SQL in its own dialect."""

    name: str
    """For people, for example `duckdb-2-threads`."""
    dialect: str
    """As sqlglot calls it: `duckdb`, `postgres` or `spark`."""

    def load(self, name: str, table: pa.Table) -> None:
        """Store `table` under `name`, replacing what was there."""

    def query(self, sql: str) -> list[Row]:
        """Run one statement and return its rows as Python values."""


class DuckDB:
    """An embedded DuckDB with a fixed number of threads."""

    dialect = "duckdb"

    def __init__(self, threads: int) -> None:
        self.name = f"duckdb-{threads}-thread" + "s" * (threads > 1)
        self._connection = duckdb.connect(config={"threads": threads})

    def load(self, name: str, table: pa.Table) -> None:
        """Store `table` under `name`, replacing what was there."""
        self._connection.register("pmpo_incoming", table)
        self._connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM pmpo_incoming')
        self._connection.unregister("pmpo_incoming")

    def query(self, sql: str) -> list[Row]:
        """Run one statement and return its rows as Python values."""
        return self._connection.execute(sql).fetchall()

    def close(self) -> None:
        """Release the database."""
        self._connection.close()


def bits(value: object) -> object:
    """Turn a value into one that is equal exactly when the number is the same to the last bit.

    Engines hand the same whole number over as `int` or as `Decimal`, which is not a difference;
    `-0.0` and `0.0`, or two doubles one unit apart in the last place, are.
    """
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return f"number {value}"
    if isinstance(value, Decimal):
        return f"number {value.normalize():f}" if value else "number 0"
    if isinstance(value, float):
        return f"double {struct.pack('>d', value).hex()}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def in_bits(rows: Iterable[Row]) -> list[Row]:
    """Apply `bits` to every value, keeping the order of the rows."""
    return [tuple(bits(value) for value in row) for row in rows]
