"""A relation: one source as a table that the engine can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Relation:
    """One source, ready to be read.

    Args:
        name: the source's name in the charter, which is the name of the engine's view.
        sql: DuckDB table expression that yields every column of `schema`.
        files: every file that `sql` reads, as absolute paths without symbolic links.
        schema: column name as the file writes it, to one of `text`, `integer`, `decimal(p,s)`,
            `double`, `boolean`, `date`, `timestamp`, `timestamptz`, `unsupported`.
        kind: `parquet`, `csv`, `jsonl`, `sqlite`, `duckdb` or `xlsx`: what the user's own data is.
    """

    name: str
    sql: str
    files: tuple[Path, ...]
    schema: Mapping[str, str]
    kind: str
