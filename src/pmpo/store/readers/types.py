"""DuckDB's types under names that belong to no engine, the one place where they are mapped."""

from __future__ import annotations

import re
from typing import Final

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
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
        + ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
        "integer",
    ),
}
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_READ_AS: Final[dict[str, str]] = {
    "UUID": "VARCHAR",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
}


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
    """The type that a column is cast to on read, where its own has a neutral name but not its form.

    Instants are microseconds everywhere; identifiers and enumerations are text.
    """
    return "VARCHAR" if duckdb_type.startswith("ENUM(") else _READ_AS.get(duckdb_type)
