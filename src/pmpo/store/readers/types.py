"""DuckDB's types under names that belong to no engine, the one place where they are mapped."""

from __future__ import annotations

import re
from typing import Final

NOTHING: Final = '"NULL"'  # what DuckDB calls the type of a column that holds no value at all
TOO_WIDE: Final = "DECIMAL256"  # more than 38 digits: DuckDB would read such numbers as doubles
_NAMES: Final[dict[str, str]] = {
    "VARCHAR": "text",
    "UUID": "text",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "FLOAT": "double",
    "DOUBLE": "double",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TIMESTAMPTZ_NS": "timestamptz",
    NOTHING: "text",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "HUGEINT": "integer",
    "UTINYINT": "integer",
    "USMALLINT": "integer",
    "UINTEGER": "integer",
    "UBIGINT": "integer",
    "UHUGEINT": "integer",
}
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_READ_AS: Final[dict[str, str]] = {
    "UUID": "CAST({} AS VARCHAR)",
    "TIMESTAMP_S": "CAST({} AS TIMESTAMP)",
    "TIMESTAMP_MS": "CAST({} AS TIMESTAMP)",
    "TIMESTAMP_NS": "CAST({} AS TIMESTAMP)",
    "TIMESTAMPTZ_NS": "CAST({} AS TIMESTAMP WITH TIME ZONE)",
    NOTHING: "CAST({} AS VARCHAR)",
    TOO_WIDE: "CAST(NULL AS BLOB)",
}
# Parquet has no whole numbers of 128 bits: DuckDB would write them as doubles
_STORED_AS: Final[dict[str, str]] = {"HUGEINT": "DECIMAL(38,0)", "UHUGEINT": "DECIMAL(38,0)"}


def neutral(duckdb_type: str) -> str:
    """The engine-neutral name of a type.

    Example:
        >>> neutral("DECIMAL(12,2)"), neutral("UBIGINT"), neutral("INTEGER[]")
        ('decimal(12,2)', 'integer', 'unsupported')
    """
    decimal = _DECIMAL.fullmatch(duckdb_type)
    if decimal:
        return f"decimal({decimal[1]},{decimal[2]})"
    if duckdb_type.startswith("ENUM("):
        return "text"
    return _NAMES.get(duckdb_type, "unsupported")


def read_as(duckdb_type: str) -> str | None:
    """What stands for a column, at `{}`, where DuckDB's own reading is not the neutral one.

    Instants are microseconds everywhere; identifiers and columns without any value are text.
    """
    return _READ_AS.get(duckdb_type)


def stored_as(duckdb_type: str) -> str | None:
    """The type that a column is cast to when it is copied to Parquet, where it must be."""
    return _STORED_AS.get(duckdb_type)
