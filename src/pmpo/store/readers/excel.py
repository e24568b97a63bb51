"""Sheets of Excel workbooks, copied as text before anything is measured.

A workbook is a zip archive of XML. Both are looked through in pieces first, because the library
that reads cells holds a sheet in memory as a full rectangle, however few cells it has.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pmpo.diagnostics import DataError, in_order
from pmpo.store import _disk
from pmpo.store._findings import data_error
from pmpo.store.readers.columns import name_findings
from pmpo.store.readers.parquet import read_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pmpo.store.readers.relation import Relation

CELLS_MAX: Final = 10_000_000
BYTES_MAX: Final = 1 << 29
_OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old binary workbooks, and locked new ones
_PIECE: Final = 1 << 20
_BATCH: Final = 50_000
_NUMBER: Final = re.compile(r"\s*[-+]?\d+([.,]\d+)*\s*")
_CELL: Final = re.compile(rb"<(?:\w+:)?(c|row)(\s[^<>]*)?/?>")
_PLACE: Final = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{0,3})([0-9]{1,7})[\"']")
_TAG_MAX: Final = 4_096
_DIGITS: Final = 15
"""Excel shows no more digits of a number, and keeps no more of one that is typed in."""


def read_sheet(source: str, workbook: Path, sheet: str, copy: Path, place: str) -> Relation:
    """Copy one sheet to a Parquet file and give the relation over that copy.

    The first row that is not empty names the columns. All cells become text: numbers with the 15
    digits that Excel keeps, dates and times as in ISO 8601; an empty cell is missing, as is one
    with an error such as #N/A; an empty row is none.

    Args:
        source: the source's name.
        workbook: an `.xlsx` file.
        sheet: the sheet's name; empty for the only one that is visible.
        copy: the Parquet file to write.
        place: charter path of the source, for findings.

    Raises:
        DataError: `source/unreadable`, `source/too-large`, `source/sheet`, `source/no-header`,
            `source/unnamed-column`, `source/duplicate-column`.
    """
    _check_size(workbook, place)
    try:
        with closing(CalamineWorkbook.from_path(workbook)) as book:
            chosen = _chosen(book, workbook, sheet, place)
            with _disk.store_errors(copy.parent):
                _write(book.get_sheet_by_name(chosen), f"{workbook.name}, {chosen}", copy, place)
    except PasswordError as error:
        raise _locked(workbook, place) from error
    except CalamineError as error:
        raise _damaged(workbook, error, place) from error
    return read_parquet(source, [copy], place, kind="xlsx")


def visible_sheets(workbook: Path) -> tuple[str, ...]:
    """The names of the sheets that a person sees, in their order.

    Raises: DataError `source/unreadable`, `source/too-large`.
    """
    _check_size(workbook, "")
    try:
        with closing(CalamineWorkbook.from_path(workbook)) as book:
            return tuple(_visible(book))
    except CalamineError as error:
        raise _damaged(workbook, error, "") from error


def _visible(book: CalamineWorkbook) -> list[str]:
    return [
        one.name
        for one in book.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
    ]


def _check_size(workbook: Path, place: str) -> None:
    """Refuse what is no workbook, and sheets that would not fit into memory."""
    with workbook.open("rb") as file:
        head = file.read(len(_OLD))
    if head == _OLD:
        raise _locked(workbook, place)
    try:
        with zipfile.ZipFile(workbook) as archive:
            size = sum(part.file_size for part in archive.infolist())
            if size > BYTES_MAX:
                raise _too_large(workbook, f"unpacks to {size:,} bytes", place)
            for part in archive.infolist():
                _check_part(archive, part, workbook, place)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(workbook, error, place) from error


def _check_part(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, workbook: Path, place: str
) -> None:
    """Unpack a part in pieces: Python stops at the size that the archive told, and checks it."""
    is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    height = width = loose = 0
    rest = b""
    with archive.open(part) as unpacked:
        while piece := unpacked.read(_PIECE):
            if not is_sheet:
                continue
            text = rest + piece
            end = max(text.rfind(b">") + 1, len(text) - _TAG_MAX)
            for kind, row, column in _places(text[:end]):
                height = max(height, row) if row else height + (kind == b"row")
                width = max(width, column)
                loose += kind == b"c" and not column
            rest = text[end:]
    cells = height * max(width, min(loose, 16_384))
    if cells > CELLS_MAX:
        raise _too_large(workbook, f"has a sheet of {cells:,} cells", place)


def _places(text: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, row and column of each row and cell; zero where the tag does not say."""
    for tag in _CELL.finditer(text):
        found = _PLACE.search(tag[2] or b"")
        column = 0
        for letter in found[1] if found else b"":
            column = column * 26 + letter - 64
        yield tag[1], int(found[2]) if found else 0, column


def _chosen(book: CalamineWorkbook, workbook: Path, sheet: str, place: str) -> str:
    """The sheet that is meant."""
    sheets = {one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet}
    visible = _visible(book)
    if sheet in sheets:
        return sheet
    if not sheet and len(visible) == 1:
        return visible[0]
    shown = ", ".join(f"`{name}`" for name in visible) or "none"
    raise data_error(
        "source/sheet",
        f"{workbook.name} has no sheet `{sheet}`"
        if sheet
        else f"{workbook.name} has {len(visible)} visible sheets, and a source is one",
        path=f"{place}.sheet" if sheet else f"{place}.from",
        note=f"visible are {shown}",
        help=f"write `sheet: {visible[0]}`" if visible else "show the sheet that holds the rows",
    )


def _write(sheet: CalamineSheet, where: str, copy: Path, place: str) -> None:
    """Write a sheet's rows as text columns."""
    rows = (row for row in map(_texts, sheet.iter_rows()) if any(row))
    names = _names(next(rows, []), where, place)
    schema = pa.schema([pa.field(name, pa.string()) for name in names])
    width = len(names)
    with pq.ParquetWriter(copy, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _BATCH)):
            if any(any(row[width:]) for row in batch):
                raise DataError(in_order(name_findings([*names, ""], where, place)))
            columns = [pa.array([row[i] for row in batch], pa.string()) for i in range(width)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _names(header: Sequence[str | None], where: str, place: str) -> list[str]:
    """The names in the first row that is not empty, without empty cells behind the last."""
    names = [name or "" for name in header]
    while names and not names[-1].strip():
        names.pop()
    if not names or all(_NUMBER.fullmatch(name) for name in names):
        raise data_error(
            "source/no-header",
            f"{where}: the first row does not name columns",
            path=f"{place}.from",
            note="formulas refer to columns by name",
            help="write the column names into the first row, and nothing above it",
        )
    findings = name_findings(names, where, f"{place}.from")
    if findings:
        raise DataError(in_order(findings))
    return names


Cell = int | float | str | bool | time | date | datetime | timedelta


def _texts(row: Sequence[Cell]) -> list[str | None]:
    return [_text(cell) for cell in row]


def _text(cell: Cell) -> str | None:
    """A cell as text; what looks like a formula stays the text it is.

    Example:
        >>> _text(12.0), _text(0.1 + 0.2), _text(True)
        ('12', '0.3', 'true')
    """
    match cell:
        case bool():
            return "true" if cell else "false"
        case str():
            return cell or None
        case int():
            return str(cell)
        case float():
            return _digits(cell)
        case datetime():
            exact = cell.replace(microsecond=0) + timedelta(
                milliseconds=round(cell.microsecond / 1000)
            )
            return exact.isoformat(sep=" ")
        case timedelta():
            return _hours(cell)
        case _:
            return cell.isoformat()


def _digits(number: float) -> str:
    """A number in plain digits: 12 and never 12.0 or 1.2e1."""
    text = f"{Decimal(f'{number:.{_DIGITS}g}'):f}"
    return "0" if text == "-0" else text


def _hours(length: timedelta) -> str:
    """A length of time in hours, minutes and seconds, as Excel shows it."""
    total = round(abs(length.total_seconds()))
    sign = "-" if length < timedelta(0) else ""
    return f"{sign}{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}"


def _locked(workbook: Path, place: str) -> DataError:
    return data_error(
        "source/unreadable",
        f"{workbook.name} is protected with a password, or in the format of before 2007",
        path=f"{place}.from",
        help="save it in Excel as `.xlsx` without a password",
    )


def _damaged(workbook: Path, error: Exception, place: str) -> DataError:
    return data_error(
        "source/unreadable",
        f"{workbook.name} is not a workbook that can be read",
        path=f"{place}.from",
        note=str(error)[:200],
        help="open it in Excel and save it again as `.xlsx`",
    )


def _too_large(workbook: Path, fact: str, place: str) -> DataError:
    return data_error(
        "source/too-large",
        f"{workbook.name} {fact}",
        path=f"{place}.from",
        note=f"a workbook is read whole, up to {CELLS_MAX:,} cells and {BYTES_MAX:,} bytes",
        help="save the sheet as CSV, or delete the formats of the empty rows and columns",
    )
