from __future__ import annotations

import csv
import gzip
from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import DataError
from pmpo.draft.repair import repaired

if TYPE_CHECKING:
    from pathlib import Path

WIDE = "a,b\n" + "".join(f"{i},{i}\n" for i in range(10))


def mended(tmp_path: Path, data: bytes, name: str = "x.csv") -> tuple[list[list[str]], list[str]]:
    """The rows of the repaired copy, and what was said about it."""
    file, copy = tmp_path / name, tmp_path / "copy.csv"
    file.write_bytes(data)
    told = repaired(file, copy)
    with copy.open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text)), list(told)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_every_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    """Texts survive whatever encoding the file was saved in."""
    rows, told = mended(tmp_path, "Stadt;Menge\nKöln;1\nMünchen;2\n".encode(encoding))
    assert rows == [["Stadt", "Menge"], ["Köln", "1"], ["München", "2"]]
    assert bool(told) == (not encoding.startswith("utf-8"))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_usual_separator_is_found(tmp_path: Path, separator: str) -> None:
    """The separator is the one by which rows have the same number of fields."""
    text = "Price, EUR;Qty\n1,5;2\n".replace(";", separator) if separator != "," else "a,b\n1,2\n"
    rows, _ = mended(tmp_path, text.encode())
    assert [len(row) for row in rows] == [2, 2]


def test_ragged_rows_are_counted(tmp_path: Path) -> None:
    """Rows with too few or too many fields are completed or joined, and counted."""
    rows, told = mended(tmp_path, (WIDE + "short\nlong,er,than\nempty,end,\n").encode())
    assert rows[-3:] == [["short", ""], ["long", "er than"], ["empty", "end"]]
    short, long = told
    assert short == "1 of 13 rows had too few fields; the last ones are now missing"
    assert long.startswith("1 of 13 rows had too many fields, the first of them row 12; ")


def test_names_become_unique(tmp_path: Path) -> None:
    """Columns without a name, or with the same one, get names that say so."""
    rows, told = mended(tmp_path, b"a,A,,b,,\n1,2,3,4,,\n")
    assert rows[0] == ["a", "A 2", "column 3", "b"]
    assert told == ["2 column names were empty or not unique: `A` is now `A 2`, column 3"]


def test_compressed_files_are_read_through(tmp_path: Path) -> None:
    """A compressed file is repaired like any other."""
    rows, _ = mended(tmp_path, gzip.compress("Ort\nÖls\n".encode("cp1252")), "x.csv.gz")
    assert rows == [["Ort"], ["Öls"]]


def test_nul_characters_go(tmp_path: Path) -> None:
    """NUL characters, which no reader takes, are removed and counted."""
    rows, told = mended(tmp_path, b"a,b\n1\0,2\n")
    assert rows[1] == ["1", "2"]
    assert told == ["1 lines held NUL characters, which are gone"]


def test_what_is_mostly_broken_is_refused(tmp_path: Path) -> None:
    """Where every other row is ragged, no repair is the right one."""
    with pytest.raises(DataError, match="init/not-csv"):
        mended(tmp_path, b"a,b\n" + b"1,2,3\n" * 5)
