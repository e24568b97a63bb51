"""CSV and TSV: read as text, strictly, with the header as the schema."""

from __future__ import annotations

import csv
import itertools
import re
import zlib
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import DataError, Diagnostic, in_order
from pmpo.store import _duck
from pmpo.store._encodings import SNIFFED, TO_UTF8, wide_encoding
from pmpo.store._findings import data_error, for_each
from pmpo.store.readers.columns import columns_differ, name_findings
from pmpo.store.readers.csv_ending import LONGEST_LINE, check_ending, decoded
from pmpo.store.readers.paths import open_bytes, suffix
from pmpo.store.readers.relation import Relation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Header = tuple[tuple[str, ...], str]  # the names of the columns, and what separates them
_NUMBER: Final = re.compile(r"\s*[-+]?\d+([.,]\d+)*\s*")
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')


def read_csv(source: str, files: Sequence[Path], place: str) -> Relation:
    """A relation over CSV files whose columns are all text; an empty field is missing.

    The separator is the comma; the tab in `.tsv`; where the header has no comma, the semicolon or
    else the tab.
    Files may order their columns differently, but must have the same ones.

    Raises: DataError `source/bad-csv`, `source/no-header`, `source/columns-differ`,
        `source/duplicate-column`.
    """
    headers = for_each(files, lambda file: _header(file, place))
    findings = [
        finding
        for file, (names, _) in headers.items()
        for finding in name_findings(names, str(file), place)
    ]
    findings += _different(headers, place)
    if findings:
        raise DataError(in_order(findings))
    first, _ = headers[files[0]]
    return Relation(
        source, _table(headers, first), tuple(files), dict.fromkeys(first, "text"), "csv"
    )


def _table(headers: dict[Path, Header], first: tuple[str, ...]) -> str:
    groups: dict[Header, list[Path]] = {}
    for file, header in headers.items():
        groups.setdefault(header, []).append(file)
    if len(groups) == 1:
        return _scan(next(iter(groups)), groups[next(iter(groups))])
    chosen = ", ".join(map(_duck.name, first))
    scans = [f"SELECT {chosen} FROM {_scan(header, files)}" for header, files in groups.items()]  # noqa: S608
    return f"({' UNION ALL '.join(scans)})"


def _scan(header: Header, files: Sequence[Path]) -> str:
    names, separator = header
    # split between threads, DuckDB 2.0 loses its place in quoted fields with line breaks: rows
    # are refused, doubled or shifted; one thread per file reads them as they are, and as fast
    columns = ", ".join(f"{_duck.text(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({_duck.file_list(files)}, auto_detect = false, header = true, "
        f"delim = {_duck.text(separator)}, quote = '\"', escape = '\"', nullstr = '', "
        f"parallel = false, strict_mode = true, null_padding = false, ignore_errors = false, "
        f"hive_partitioning = false, columns = {{{columns}}})"
    )


def _header(file: Path, place: str) -> Header:
    """The names in the first line and the separator between them."""
    try:
        with open_bytes(file) as raw:
            _refuse_wide(file, raw.read(SNIFFED), place)
            raw.seek(0)
            lines = decoded(raw, LONGEST_LINE)
            first = next(lines, "")
            separator = _separator(first, suffix(file))
            rows = csv.reader(itertools.chain([first], lines), delimiter=separator, strict=True)
            names = tuple(next(rows, []))
        check_ending(file, separator, place)
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad_header(file, error, place) from error
    except (OSError, EOFError, zlib.error) as error:
        raise data_error(
            "source/unreadable",
            f"{file}: {error}",
            path=place,
            note="the compressed file ends early or is not gzip",
            help="copy the file again from where it came",
        ) from error
    if not names or all(_NUMBER.fullmatch(name) for name in names):
        raise data_error(
            "source/no-header",
            f"{file}: the first line does not name columns",
            path=place,
            note="formulas refer to columns by name",
            help="write the column names into the first line",
        )
    if any("\n" in name or "\r" in name for name in names):
        # DuckDB would skip the header wrongly, and lose rows without a word
        raise data_error(
            "source/bad-csv",
            f"{file}, line 1: a column name contains a line break",
            path=place,
            help="write each column name on one line",
        )
    return names, separator


def _refuse_wide(file: Path, start: bytes, place: str) -> None:
    encoding = wide_encoding(start)
    if encoding:
        raise data_error(
            "source/bad-csv",
            f"{file}: the text is {encoding}, not UTF-8",
            path=place,
            note="`Unicode text`, as Excel calls it, is UTF-16 and separated by tabs",
            help=f"save it as UTF-8, or `iconv -f {encoding} -t UTF-8 {file.name} > new.csv`",
        )


def _separator(first: str, ending: str) -> str:
    if ending.startswith(".tsv"):
        return "\t"
    bare = _QUOTED.sub("", first)
    return next((sign for sign in ",;\t" if sign in bare), ",")


def _bad_header(file: Path, error: Exception, place: str) -> DataError:
    if isinstance(error, UnicodeDecodeError):
        return data_error(
            "source/bad-csv",
            f"{file}, line 1: the text is not UTF-8",
            path=place,
            help=TO_UTF8,
        )
    return data_error(
        "source/bad-csv",
        f"{file}, line 1: the header is not CSV",
        path=place,
        note=str(error),
        help="end lines with a line feed, and compare the file with RFC 4180",
    )


def _different(headers: dict[Path, Header], place: str) -> list[Diagnostic]:
    (first, (expected, _)), *others = headers.items()
    return [
        columns_differ(first, file, set(expected), set(names), place)
        for file, (names, _) in others
        if set(names) != set(expected)
    ]
