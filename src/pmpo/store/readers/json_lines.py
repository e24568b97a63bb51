"""JSON lines: one object on each line, its members read as text."""

from __future__ import annotations

import json
import zlib
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import duckdb
from duckdb import DuckDBPyConnection

from pmpo.diagnostics import DataError, PmpoError, in_order
from pmpo.store import _duck
from pmpo.store._findings import data_error, for_each
from pmpo.store.readers.columns import name_findings
from pmpo.store.readers.paths import open_bytes
from pmpo.store.readers.relation import Relation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# a number this long may not survive as a double; Python then looks at it exactly
_MANY_DIGITS: Final = r"[:,\[]\s*-?[0-9.]{17,}"
_BOM: Final = b"\xef\xbb\xbf"


def read_json_lines(source: str, files: Sequence[Path], place: str) -> Relation:
    """A relation over JSON lines: every member of any object is a column of text.

    Numbers are the shortest text of their value, objects and lists are their JSON text, and a
    member that an object lacks is missing.

    Raises: DataError `source/bad-json` with file and line, `source/duplicate-column`.
    """
    with closing(_duck.connect(files)) as connection:
        names = _members(connection, files, place)
    findings = name_findings(names, str(files[0]), place)
    if findings:
        raise DataError(in_order(findings))
    columns = ", ".join(f"{_duck.text(name)}: 'VARCHAR'" for name in names)
    sql = (
        f"read_json({_duck.file_list(files)}, format = 'newline_delimited', auto_detect = false, "
        f"hive_partitioning = false, columns = {{{columns}}})"
    )
    return Relation(source, sql, tuple(files), dict.fromkeys(names, "text"), "jsonl")


def _members(connection: DuckDBPyConnection, files: Sequence[Path], place: str) -> tuple[str, ...]:
    """Every member name: those of the first object in its order, then the others by name."""
    first: tuple[str, ...] = ()
    others: set[str] = set()
    members = for_each(files, lambda file: _checked(connection, file, place))
    for in_first, in_all in members.values():
        first = first or in_first
        others |= in_all
    if not others:
        raise data_error(
            "source/empty-file",
            f"{files[0]} has no objects",
            path=place,
            note="JSON lines have no header: without an object nothing is known about the columns",
            help="write at least one object, or use CSV or Parquet",
        )
    return (*first, *sorted(others - set(first)))


def _checked(
    connection: DuckDBPyConnection, file: Path, place: str
) -> tuple[tuple[str, ...], set[str]]:
    """The members of a file's first object, and of all of them; every line has been checked."""
    try:
        first, members, suspicious = _scan(connection, file)
    except duckdb.Error as error:
        raise _bad_line(file, place) or _duck.finding(error) from error
    bad = _bad_line(file, place) if suspicious else None
    if bad:
        raise bad
    return first, members


def _scan(connection: DuckDBPyConnection, file: Path) -> tuple[tuple[str, ...], set[str], bool]:
    """The first object's members, all members, and whether some line needs a closer look."""
    lines = f"read_ndjson_objects({_duck.file_list([file])})"
    head = connection.sql(f"SELECT json_keys(json) FROM {lines} LIMIT 1").fetchall()  # noqa: S608
    [(keys, suspicious)] = connection.sql(
        "SELECT flatten(list(DISTINCT json_keys(json))), "  # noqa: S608 - see `_duck.name`
        "coalesce(bool_or(json_type(json) <> 'OBJECT' "
        "OR len(json_keys(json)) <> len(list_distinct(json_keys(json))) "
        f"OR regexp_matches(json, {_duck.text(_MANY_DIGITS)})), false) "
        f"FROM {lines}"
    ).fetchall()
    return tuple(head[0][0]) if head else (), set(keys or ()), bool(suspicious)


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    with open_bytes(file) as opened:
        for number, line in enumerate(opened, start=1):
            if line.strip():
                yield number, line


def _bad_line(file: Path, place: str) -> PmpoError | None:
    """The first line that is not one readable JSON object."""
    try:
        for number, line in _lines(file):
            fact = _fault(line)
            if fact:
                return data_error(
                    "source/bad-json",
                    f"{file}, line {number}: {fact}",
                    path=place,
                    help="write one complete JSON object on each line, as UTF-8, "
                    "and numbers of more than 15 digits as text",
                )
    except (OSError, EOFError, zlib.error) as error:
        return data_error(
            "source/unreadable",
            f"{file}: {error}",
            path=place,
            help="copy the file again from where it came",
        )
    return None


def _fault(line: bytes) -> str:
    if line.startswith(_BOM):
        return "a byte order mark stands before the object"
    try:
        value = json.loads(line, object_pairs_hook=_unique, parse_float=_exact)
    except UnicodeDecodeError:
        return "the text is not UTF-8"
    except json.JSONDecodeError as error:
        return f"{error.msg} at column {error.colno}"
    except (ValueError, RecursionError) as error:
        return str(error)
    return "" if isinstance(value, dict) else "the line is not a JSON object"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"member `{twice}` occurs twice")
    return members


def _exact(written: str) -> float:
    value = float(written)
    if Decimal(written) != Decimal(repr(value)):
        raise ValueError(f"the number {written} has more digits than a JSON reader keeps")
    return value
