"""Parquet: columns and types as the files declare them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pmpo.diagnostics import DataError, Diagnostic, in_order
from pmpo.store import _duck
from pmpo.store._findings import data_error, for_each
from pmpo.store.readers.columns import columns_differ, name_findings
from pmpo.store.readers.relation import Relation
from pmpo.store.readers.types import NOTHING, TOO_WIDE, neutral, read_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def read_parquet(source: str, files: Sequence[Path], place: str, kind: str = "parquet") -> Relation:
    """A relation over Parquet files that all have the same columns and types.

    Folder names such as `year=2024` add no column: a source has the columns its files have.
    A column without any value in one file may have any type in the others.

    Raises: DataError `source/unreadable`, `source/columns-differ`, `source/duplicate-column`.
    """
    schemas = for_each(files, lambda file: _schema(file, place))
    findings = [
        finding
        for file, schema in schemas.items()
        for finding in name_findings(schema.names, str(file), place)
    ]
    if findings:
        raise DataError(in_order(findings))
    with closing(_duck.connect(files)) as connection:
        types = {file: _duck.described(connection, _scan([file])) for file in files}
        findings = _differences(types, place)
        if findings:
            raise DataError(in_order(findings))
        # widths such as INT32 beside INT64 are one neutral type; the union takes the wider
        widths = {tuple(sorted(of_file.items())) for of_file in types.values()}
        scan = _scan(files, widest=len(widths) > 1)
        native = _duck.described(connection, scan)
    for column in (name for schema in schemas.values() for name in _too_wide(schema)):
        native[column] = TOO_WIDE
    neutrals = {column: neutral(of_column) for column, of_column in native.items()}
    return Relation(source, _read_as(scan, native), tuple(files), neutrals, kind)


def _scan(files: Sequence[Path], *, widest: bool = False) -> str:
    return (
        f"read_parquet({_duck.file_list(files)}, hive_partitioning = false, "
        f"union_by_name = {str(widest).lower()})"
    )


def _read_as(scan: str, native: Mapping[str, str]) -> str:
    """The scan with those columns converted whose type has no neutral form as it is."""
    casts = ", ".join(
        f"{cast.format(_duck.name(column))} AS {_duck.name(column)}"
        for column, of_column in native.items()
        if (cast := read_as(of_column))
    )
    return f"(SELECT * REPLACE ({casts}) FROM {scan})" if casts else scan  # noqa: S608


def _schema(file: Path, place: str) -> pa.Schema:
    try:
        return pq.read_schema(file)
    except (pa.ArrowException, OSError) as error:
        raise data_error(
            "source/unreadable",
            f"{file} is not a complete Parquet file",
            path=place,
            note=str(error).partition("\n")[0],
            help="write the file again, or copy it again from where it came",
        ) from error


def _too_wide(schema: pa.Schema) -> list[str]:
    """Decimals of more than 38 digits, which DuckDB would read as doubles."""
    return [field.name for field in schema if pa.types.is_decimal256(field.type)]


def _differences(types: Mapping[Path, dict[str, str]], place: str) -> list[Diagnostic]:
    first = next(iter(types))
    declared: dict[str, tuple[Path, str]] = {}
    found: list[Diagnostic] = []
    for file, of_file in types.items():
        if of_file.keys() != types[first].keys():
            found.append(columns_differ(first, file, set(types[first]), set(of_file), place))
            continue
        for column, native in of_file.items():
            if native == NOTHING:
                continue
            other, expected = declared.setdefault(column, (file, neutral(native)))
            if neutral(native) != expected:
                found.append(_other_type((other, expected), (file, neutral(native)), column, place))
    return found


def _other_type(
    first: tuple[Path, str], second: tuple[Path, str], column: str, place: str
) -> Diagnostic:
    return Diagnostic(
        "source/columns-differ",
        "error",
        f"{second[0]}: column `{column}` is {second[1]}, and {first[1]} in {first[0].name}",
        path=place,
        note="one of the files would be converted on read, and its numbers could change",
        help="write the column with one type in every file",
    )
