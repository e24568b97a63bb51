"""Parquet: columns and types as the files declare them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from pmpo.diagnostics import DataError, Diagnostic, in_order
from pmpo.store import _duck
from pmpo.store._duck import data_error
from pmpo.store.readers.columns import name_findings
from pmpo.store.readers.csv_text import columns_differ
from pmpo.store.readers.relation import Relation
from pmpo.store.readers.types import neutral, read_as


def read_parquet(source: str, files: Sequence[Path], place: str, kind: str = "parquet") -> Relation:
    """A relation over Parquet files that all have the same columns and types.

    Folder names such as `year=2024` add no column: a source has the columns its files have.

    Raises: DataError `source/unreadable`, `source/columns-differ`, `source/duplicate-column`.
    """
    findings: list[Diagnostic] = []
    for file in files:
        findings += name_findings(_names(file, place), str(file), place)
    if findings:
        raise DataError(in_order(findings))
    with closing(_duck.connect(files)) as connection:
        types = {file: _types(connection, file, place) for file in files}
        findings += _differences(types, place)
        if findings:
            raise DataError(in_order(findings))
        return _relation(connection, source, types, kind)


def _relation(
    connection: DuckDBPyConnection, source: str, types: Mapping[Path, dict[str, str]], kind: str
) -> Relation:
    files = tuple(types)
    # widths such as INT32 beside INT64 are one neutral type; the union takes the wider
    widths = {tuple(sorted(of_file.items())) for of_file in types.values()}
    scan = (
        f"read_parquet({_duck.file_list(files)}, hive_partitioning = false, "
        f"union_by_name = {str(len(widths) > 1).lower()})"
    )
    native = _described(connection, scan)
    casts = [
        f"CAST({_duck.name(column)} AS {target}) AS {_duck.name(column)}"
        for column, of_column in native.items()
        if (target := read_as(of_column))
    ]
    sql = f"(SELECT * REPLACE ({', '.join(casts)}) FROM {scan})" if casts else scan  # noqa: S608
    return Relation(source, sql, files, {c: neutral(t) for c, t in native.items()}, kind)


def _names(file: Path, place: str) -> list[str]:
    try:
        return list(pq.read_schema(file).names)
    except (pa.ArrowException, OSError) as error:
        raise data_error(
            "source/unreadable",
            f"{file} is not a complete Parquet file",
            path=place,
            note=str(error).partition("\n")[0],
            help="write the file again, or copy it again from where it came",
        ) from error


def _types(connection: DuckDBPyConnection, file: Path, place: str) -> dict[str, str]:
    try:
        return _described(
            connection, f"read_parquet({_duck.file_list([file])}, hive_partitioning = false)"
        )
    except duckdb.Error as error:
        raise _duck.finding(error) from error


def _described(connection: DuckDBPyConnection, scan: str) -> dict[str, str]:
    rows = connection.sql(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def _differences(types: Mapping[Path, dict[str, str]], place: str) -> list[Diagnostic]:
    (first, expected), *others = types.items()
    found: list[Diagnostic] = []
    for file, actual in others:
        if actual.keys() != expected.keys():
            missing, extra = expected.keys() - actual.keys(), actual.keys() - expected.keys()
            found.append(columns_differ(first, file, set(missing), set(extra), place))
            continue
        found += [
            _other_type(
                first, file, column, (neutral(expected[column]), neutral(actual[column])), place
            )
            for column in actual
            if neutral(expected[column]) != neutral(actual[column])
        ]
    return found


def _other_type(
    first: Path, file: Path, column: str, types: tuple[str, str], place: str
) -> Diagnostic:
    return Diagnostic(
        "source/columns-differ",
        "error",
        f"{file}: column `{column}` is {types[1]}, and {types[0]} in {first.name}",
        path=place,
        note="one of the files would be converted on read, and its numbers could change",
        help="write the column with one type in every file",
    )
