"""Readers: from what a charter says about a source to a relation that the engine can read."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pmpo.store import _disk, _duck
from pmpo.store._findings import data_error, for_each
from pmpo.store.readers.csv_text import read_csv
from pmpo.store.readers.databases import read_table
from pmpo.store.readers.json_lines import read_json_lines
from pmpo.store.readers.parquet import read_parquet
from pmpo.store.readers.paths import KINDS, files_of, suffix
from pmpo.store.readers.relation import Relation
from pmpo.store.readers.types import neutral

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pmpo.diagnostics import DataError
    from pmpo.model.charter import Source

__all__ = ["Relation", "describe", "read_again", "resolve", "resolve_all"]


def resolve(source: Source, base: Path, *, scratch: Path | None = None) -> Relation:
    """Find a source's data and say which columns it has.

    Args:
        source: one source of a charter, with `from:` or with `database:` and `table:`.
        base: the folder that relative paths start from.
        scratch: where tables of databases are copied to; by default a private folder that is
            removed when the process ends.
    Returns: the relation; its files are absolute and in an order of their names.

    Raises:
        DataError: `source/…`: a file is missing, unreadable, empty or of an unknown format, or
            its columns cannot be told apart.
    """
    try:
        if source.database:
            return _read_database(source, base, scratch or _private_folder())
        return _read_files(source, base, f"sources.{source.name}.from", scratch)
    except duckdb.Error as error:
        raise _duck.finding(error) from error


def resolve_all(
    sources: Iterable[Source], base: Path, *, scratch: Path | None = None
) -> dict[str, Relation]:
    """Resolve every source, and report what is wrong with any of them at once.

    Returns: source name to relation, in the order given.

    Raises:
        DataError: as `resolve`.
    """
    named = {source.name: source for source in sources}
    return for_each(named, lambda name: resolve(named[name], base, scratch=scratch))


def describe(relation: Relation) -> dict[str, str]:
    """Ask the engine which columns a relation has now, with their engine-neutral types."""
    try:
        with closing(_duck.connect(relation.files)) as connection:
            native = _duck.described(connection, relation.sql)
    except duckdb.Error as error:
        raise _duck.finding(error) from error
    return {column: neutral(of_column) for column, of_column in native.items()}


def _read_database(source: Source, base: Path, scratch: Path) -> Relation:
    place = f"sources.{source.name}.database"
    database, *others = files_of(source.database, base, place)
    if others:
        raise data_error(
            "source/several-databases",
            f"`{source.database}` matches {len(others) + 1} databases",
            path=place,
            help="name one of them; a source is one table of one database",
        )
    place = f"sources.{source.name}.table"
    return read_table(source.name, database, source.table, _new_copy(scratch), place)


def _new_copy(scratch: Path) -> Path:
    """An empty file for a copy of what the engine cannot read where it lies."""
    with _disk.store_errors(scratch):
        handle, copy = tempfile.mkstemp(suffix=".parquet", dir=scratch)
        os.close(handle)
    return Path(copy).resolve()


def _read_workbook(source: Source, files: Sequence[Path], scratch: Path) -> Relation:
    from pmpo.store.readers.excel import read_sheet  # only where there is one

    if len(files) > 1:
        raise data_error(
            "source/several-workbooks",
            f"`{source.from_}` matches {len(files)} workbooks",
            path=f"sources.{source.name}.from",
            help="name one of them; a source is one sheet of one workbook",
        )
    place = f"sources.{source.name}"
    return read_sheet(source.name, files[0], source.sheet, _new_copy(scratch), place)


def _read_files(source: Source, base: Path, place: str, scratch: Path | None) -> Relation:
    if not source.from_:
        raise data_error(
            "source/missing-file",
            f"source `{source.name}` does not say where its data is",
            path=place,
            help="write `from:` with a file, or `database:` and `table:`",
        )
    files = files_of(source.from_, base, place)
    kinds = for_each(files, lambda file: _kind(file, place))
    if len(set(kinds.values())) > 1:
        raise data_error(
            "source/columns-differ",
            f"`{source.from_}` matches files of several formats: "
            f"{', '.join(sorted({suffix(file) for file in files}))}",
            path=place,
            help=f"end the pattern in one of them, such as `*{suffix(files[0])}`",
        )
    if kinds[files[0]] == "xlsx":
        return _read_workbook(source, files, scratch or _private_folder())
    if source.sheet:
        raise data_error(
            "source/sheet",
            f"source `{source.name}` names a sheet, and {files[0].name} is no Excel workbook",
            path=f"sources.{source.name}.sheet",
            help="delete `sheet`",
        )
    return read_again(source.name, kinds[files[0]], files, place)


def read_again(source: str, kind: str, files: Sequence[Path], place: str) -> Relation:
    """A relation over exactly these files, which are Parquet, CSV or JSON lines."""
    readers = {"parquet": read_parquet, "csv": read_csv, "jsonl": read_json_lines}
    return readers[kind](source, files, place)


def _kind(file: Path, place: str) -> str:
    kind = KINDS.get(suffix(file))
    if kind is None:
        raise _unknown_format(file, place)
    return kind


def _unknown_format(file: Path, place: str) -> DataError:
    if suffix(file) in {".sqlite", ".sqlite3", ".db", ".duckdb"}:
        return data_error(
            "source/unknown-format",
            f"{file.name} is a database, and `from:` names a file of rows",
            path=place,
            help=f"write `database: {file.name}` and `table:` instead of `from:`",
        )
    return data_error(
        "source/unknown-format",
        f"{file.name} is not in a format that can be read",
        path=place,
        note="read are Parquet, Excel (.xlsx), CSV (also .tsv) and JSON lines (.jsonl, .ndjson, "
        ".json), the last two also as .gz",
        help="save the data in one of them, with its usual ending",
    )


@cache
def _private_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pmpo-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
