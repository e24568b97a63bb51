"""Whether a CSV file ends inside quotes: DuckDB, on one thread, drops such a row without a word.

The last odd run of quotes in a file either closes the last quoted field or opens one that never
ends. Where its neighbours do not tell which, the file is read once more, slowly and exactly.
"""

from __future__ import annotations

import csv
import re
from typing import IO, TYPE_CHECKING, Final

from pmpo.store._findings import data_error
from pmpo.store.readers.paths import open_bytes, suffix

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOM: Final = b"\xef\xbb\xbf"
LONGEST_LINE: Final = 1_000_000
_LONGEST_FIELD: Final = 1 << 30
_BLOCK: Final = 1 << 20
_RUN: Final = re.compile(rb'"+')
_BEFORE_FIELD: Final = b"\r\n \t\xbf"


def check_ending(file: Path, separator: str, place: str) -> None:
    """Refuse a file whose last quoted field is never closed.

    Raises: DataError `source/bad-csv` with the line on which that row begins.
    """
    if not suffix(file).endswith(".gz") and not _may_be_open(file, separator):
        return
    fault = _fault(file, separator)
    if fault:
        raise data_error(
            "source/bad-csv",
            f"{file}, {fault}",
            path=place,
            help='close the quote, and write a quote inside a quoted field as ""',
        )


def decoded(raw: IO[bytes], longest: int = -1) -> Iterator[str]:
    """Lines as text, each decoded by itself, so that a fault further down is not the first's."""
    yield raw.readline(longest).removeprefix(BOM).decode()
    while line := raw.readline(longest):
        yield line.decode()


def _may_be_open(file: Path, separator: str) -> bool:
    """Whether the last odd run of quotes stands where a field begins."""
    before = _before_last_odd_run(file)
    return before is not None and before in separator.encode() + _BEFORE_FIELD


def _before_last_odd_run(file: Path) -> bytes | None:
    """The byte before the last odd run of quotes, empty at the start; None where there is none."""
    rest = b""
    with file.open("rb") as raw:
        position = raw.seek(0, 2)
        while position:
            size = min(_BLOCK, position)
            position = raw.seek(position - size)
            rest = raw.read(size) + rest
            for run in reversed(list(_RUN.finditer(rest))):
                # a run at the start of a block may go on in the block before it
                if (run.start() or not position) and len(run[0]) % 2:
                    return rest[run.start() - 1 : run.start()] if run.start() else b""
            rest = rest[: len(rest) - len(rest.lstrip(b'"'))]
    return None


def _fault(file: Path, separator: str) -> str:
    start = 1
    csv.field_size_limit(_LONGEST_FIELD)  # a long text is no fault
    with open_bytes(file) as raw:
        rows = csv.reader(decoded(raw), delimiter=separator, strict=True, skipinitialspace=True)
        try:
            for _ in rows:
                start = rows.line_num + 1
        except csv.Error:
            return f"line {start}: a quoted field does not end where it should"
        except UnicodeDecodeError:
            return f"line {rows.line_num + 1}: the text is not UTF-8"
    return ""
