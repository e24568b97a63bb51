"""A CSV file that cannot be read as it is, written once more so that it can, with what was changed.

Only what has one meaning is repaired: the encoding, the separator, names of columns, rows with too
few or too many fields. Every change is counted and told. The file itself is never touched.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from pmpo.diagnostics import stop
from pmpo.store.readers.paths import open_bytes

if TYPE_CHECKING:
    from pathlib import Path

REPAIRABLE: Final = frozenset(
    {
        "source/bad-csv",
        "source/no-header",
        "source/duplicate-column",
        "source/unnamed-column",
    }
)
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CALLED: Final = {"utf-16": "UTF-16", "utf-32": "UTF-32", "cp1252": "Windows-1252 (Latin-1)"}
_SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_BLOCK: Final = 1 << 20
_LOOK: Final = 200
_FIELD_MAX: Final = 1 << 24
_HARM_MAX: Final = 0.2


@dataclass(slots=True)
class _Counts:
    rows: int = 0
    short: int = 0
    long: int = 0
    first_long: int = 0
    nul: int = 0
    renamed: list[str] = field(default_factory=list)


def separator_differs(file: Path) -> bool:
    """Whether a file that reads as one column holds several, between other separators."""
    encoding = _encoding(file)
    return _separator(_first_lines(file, encoding)) not in (",", ";")


def repaired(file: Path, copy: Path) -> tuple[str, ...]:
    """Write a readable copy of a CSV file.

    Args:
        file: the file, plain or as `.gz`.
        copy: the file to write, which must not exist.
    Returns: what was changed, in sentences with counts.

    Raises: DataError `init/not-csv`: what is wrong has no one repair.
    """
    encoding = _encoding(file)
    lines = _first_lines(file, encoding)
    if not lines:
        raise _not_csv(file, "it holds no text")
    separator = _separator(lines)
    counts = _Counts()
    csv.field_size_limit(_FIELD_MAX)
    try:
        with copy.open("x", encoding="utf-8", newline="") as target, _text(file, encoding) as text:
            rows = csv.reader(_without_nul(text, counts), delimiter=separator)
            _copy(rows, target, _filled(lines, separator), counts)
    except (UnicodeError, csv.Error) as error:
        raise _not_csv(file, str(error)) from error
    if counts.rows and (counts.short + counts.long) > counts.rows * _HARM_MAX:
        raise _not_csv(
            file,
            f"{counts.short + counts.long:,} of {counts.rows:,} rows have another number of fields "
            "than the first one",
        )
    return tuple(_told(encoding, separator, counts))


def _not_csv(file: Path, why: str) -> Exception:
    return stop(
        "init/not-csv",
        f"{file.name} cannot be read as CSV",
        note=why,
        help="save it as CSV in UTF-8 with the column names in the first line, or as Parquet",
    )


# Read -------------------------------------------------------------------------------------


def _encoding(file: Path) -> str:
    """The encoding of a text: what its first bytes say, else UTF-8, else Windows-1252."""
    with open_bytes(file) as raw:
        head = raw.read(4)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with open_bytes(file) as raw:
            while block := raw.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _text(file: Path, encoding: str) -> IO[str]:
    # five bytes mean nothing in Windows-1252; they are shown as such instead of stopping it
    errors = "replace" if encoding == "cp1252" else "strict"
    return io.TextIOWrapper(open_bytes(file), encoding=encoding, errors=errors, newline="")


def _first_lines(file: Path, encoding: str) -> list[str]:
    found: list[str] = []
    try:
        with _text(file, encoding) as text:
            while len(found) < _LOOK and (line := text.readline(_BLOCK)):
                if line.strip():
                    found.append(line.replace("\0", ""))
    except UnicodeError as error:
        raise _not_csv(file, str(error)) from error
    return found


def _separator(lines: Sequence[str]) -> str:
    """The separator that splits the most lines into the same number of fields, of two or more."""

    def even(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator))
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        return (count if width > 1 else 0, width)

    try:
        best = max(_SEPARATORS, key=even)
        return best if even(best)[0] else ","
    except csv.Error:
        return ","


def _without_nul(lines: IO[str], counts: _Counts) -> Iterator[str]:
    for line in lines:
        if "\0" in line:
            counts.nul += 1
            yield line.replace("\0", "")
        else:
            yield line


# Write ------------------------------------------------------------------------------------


def _filled(lines: Sequence[str], separator: str) -> int:
    """How many columns have a value in one of the first rows."""
    rows = csv.reader(lines[1:], delimiter=separator)
    return max((i for row in rows for i, cell in enumerate(row, 1) if cell.strip()), default=0)


def _copy(rows: Iterator[list[str]], target: IO[str], filled: int, counts: _Counts) -> None:
    """Rows of as many fields as the header has; what hangs over is joined to the last field."""
    writer = csv.writer(target, lineterminator="\n")
    header = next((row for row in rows if any(cell.strip() for cell in row)), [])
    names = _names(header, filled, counts)
    writer.writerow(names)
    width = len(names)
    writer.writerows(_as_wide(row, width, counts) for row in rows if row)


def _as_wide(row: list[str], width: int, counts: _Counts) -> list[str]:
    """A row of `width` fields; empty ones that hang over are no fault."""
    counts.rows += 1
    while len(row) > width and not row[-1].strip():
        row.pop()
    if len(row) < width:
        counts.short += 1
        return row + [""] * (width - len(row))
    if len(row) > width:
        counts.long += 1
        counts.first_long = counts.first_long or counts.rows
        return [*row[: width - 1], " ".join(row[width - 1 :])]
    return row


def _names(header: Sequence[str], filled: int, counts: _Counts) -> list[str]:
    """Names for all columns, each once, on one line; empty ones at the end are no columns."""
    cells = list(header)
    while len(cells) > max(filled, 1) and not cells[-1].strip():
        cells.pop()
    names: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, start=1):
        wanted = " ".join(cell.split()) or f"column {number}"
        name, again = wanted, 1
        while name.casefold() in taken:
            again += 1
            name = f"{wanted} {again}"
        if name != cell.strip():
            counts.renamed.append(f"`{cell.strip()}` is now `{name}`" if cell.strip() else name)
        taken.add(name.casefold())
        names.append(name)
    return names


def _told(encoding: str, separator: str, counts: _Counts) -> Iterator[str]:
    if encoding in _CALLED:
        yield f"the file is written in {_CALLED[encoding]}, and a source is read as UTF-8"
    if separator not in (",", ";"):
        yield f"its fields stand between {_SEPARATORS[separator]}"
    if counts.renamed:
        shown = ", ".join(counts.renamed[:5])
        more = f" and {len(counts.renamed) - 5} more" if len(counts.renamed) > 5 else ""
        one = len(counts.renamed) == 1
        many = "1 column name was" if one else f"{len(counts.renamed):,} column names were"
        yield f"{many} empty or not unique: {shown}{more}"
    rows = f"{counts.rows:,} row{'' if counts.rows == 1 else 's'}"
    if counts.short:
        yield f"{counts.short:,} of {rows} had too few fields; the last ones are now missing"
    if counts.long:
        yield (
            f"{counts.long:,} of {rows} had too many fields, the first of them row "
            f"{counts.first_long:,}; what hung over now stands in the last field"
        )
    if counts.nul:
        yield f"{counts.nul:,} lines held NUL characters, which are gone"
