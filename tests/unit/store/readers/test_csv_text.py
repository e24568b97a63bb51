from __future__ import annotations

import csv
import gzip
import io
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.model.charter import Source
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.readers import describe, resolve
from tests.unit.store.support import refused


def rows(data: bytes, folder: Path, name: str = "rows.csv") -> list[dict[str, Any]]:
    """What is read from a CSV file with this content."""
    (folder / name).write_bytes(data)
    relation = resolve(Source(name="rows", from_=name), folder)
    assert relation.kind == "csv"
    assert set(relation.schema.values()) == {"text"}
    assert describe(relation) == relation.schema
    with DuckDB({"rows": relation}, threads=2) as engine:
        found: list[dict[str, Any]] = engine.query("SELECT * FROM rows").to_pylist()
    return found


def test_everything_is_text(tmp_path: Path) -> None:
    """Keys keep their zeros, and `NA`, dates and numbers stay what was written."""
    data = b"key,name,when,amount\n0000045,NA,2024-01-02, 1.50 \n1e3,null,,inf\n"
    assert rows(data, tmp_path) == [
        {"key": "0000045", "name": "NA", "when": "2024-01-02", "amount": " 1.50 "},
        {"key": "1e3", "name": "null", "when": None, "amount": "inf"},
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"k,v\r\n1,a\r\n2,b\r\n",
        b"k,v\n1,a\n2,b",
        b"\xef\xbb\xbfk,v\n1,a\n2,b\n",
        b'"k","v"\n"1","a"\n"2","b"\n',
        b"k;v\n1;a\n2;b\n",
        b"k,v\n\n1,a\n\n2,b\n\n",
    ],
    ids=["crlf", "no end", "byte order mark", "quoted", "semicolon", "blank lines"],
)
def test_usual_forms_are_the_same_table(tmp_path: Path, data: bytes) -> None:
    """What spreadsheets write differently is read the same."""
    assert rows(data, tmp_path) == [{"k": "1", "v": "a"}, {"k": "2", "v": "b"}]


def test_tabs_and_compression_go_by_the_ending(tmp_path: Path) -> None:
    """`.tsv` is separated by tabs, and `.gz` is unpacked, in upper or lower case."""
    expected = [{"k": "1", "v,w": "a;b"}]
    assert rows(b"k\tv,w\n1\ta;b\n", tmp_path, "a.tsv") == expected
    assert rows(gzip.compress(b"k\tv,w\n1\ta;b\n"), tmp_path, "a.tsv.gz") == expected
    assert rows(gzip.compress(b'k,"v,w"\n1,a;b\n'), tmp_path, "a.csv.gz") == expected
    assert rows(b'k,"v,w"\n1,a;b\n', tmp_path, "A.CSV") == expected


def test_no_rows_is_a_table_with_columns(tmp_path: Path) -> None:
    """A header alone is a source without rows."""
    assert rows(b"k,v\n", tmp_path) == []
    assert rows(b"k,v", tmp_path) == []


TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@settings(max_examples=40)  # each opens an engine
@given(
    st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=6),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_text_survives_quoting(table: list[list[str]], end: str) -> None:
    """Separators, quotes, line feeds and any script come back as they were; empty is missing."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=end)
    writer.writerows([["a", "b", "c"], *table])
    with tempfile.TemporaryDirectory() as folder:
        found = rows(text.getvalue().encode(), Path(folder))
    assert found == [dict(zip("abc", (v or None for v in row), strict=True)) for row in table]


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (b"k,v\n1,a\n2,b,c\n", "line 3: the row has 3 fields and the header 2"),
        (b"k,v\n1,a\n2\n", "line 3: the row has 1 fields and the header 2"),
        ("k,v\n1,a\n2,café\n".encode("latin-1"), "line 3: the text is not UTF-8"),
        (b'k,v\n1,"a\n2,b\n', "line 2: a quoted field does not end where it should"),
        (b'k,v\n1,a\n2,"b"c\n', "line 3: a quoted field does not end where it should"),
        (b"k,v\n1,a\r\n2,b\n", "rows end in different ways"),
        (b"k,v\n1," + b"a" * 3_000_000 + b"\n", "line 2: the row is longer than two million bytes"),
        ("k,v\n1,北\n".encode("gbk"), "line 2: the text is not UTF-8"),
        ("k,v\n1,旋盤\n".encode("shift-jis"), "line 2: the text is not UTF-8"),
        ("k,v\n1,é\n".encode("utf-16"), "the text is UTF-16, not UTF-8"),
        ("k,v\n1,é\n".encode("utf-16-le"), "the text is UTF-16LE, not UTF-8"),
        ("k,v\n1,é\n".encode("utf-16-be"), "the text is UTF-16BE, not UTF-8"),
        ("k,v\n1,é\n".encode("utf-32"), "the text is UTF-32, not UTF-8"),
    ],
)
def test_dirty_rows_are_named_by_file_and_line(tmp_path: Path, data: bytes, fact: str) -> None:
    """A row that breaks the form stops the reading and says where it is."""
    with refused("source/bad-csv") as found:
        rows(data, tmp_path)
    assert str(tmp_path / "rows.csv") in found[0].message
    assert fact in found[0].message
    assert found[0].help


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_breaks_inside_large_files_stay_inside_their_fields(tmp_path: Path, end: str) -> None:
    """Rows are the same however many threads there are, where quoted text looks like rows."""
    pieces = ["1,b\n", "\n", "x,y", '""', ",", "z" * 40]
    choice = random.Random(5)
    bodies = ["".join(choice.choices(pieces, k=6)) for _ in range(997)]
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        file.write(f"k,v{end}")
        for number in range(400_000):
            file.write(f'{number},"{bodies[number % 997]}"{end}')
    relation = resolve(Source(name="rows", from_="rows.csv"), tmp_path)
    sql = "SELECT count(*) AS n, count(DISTINCT k) AS d, sum(CAST(k AS BIGINT)) AS s FROM rows"
    for threads in (1, 8):
        with DuckDB({"rows": relation}, threads=threads) as engine:
            found = engine.query(sql).to_pylist()
        assert found == [{"n": 400_000, "d": 400_000, "s": sum(range(400_000))}]


LONG = b"2,b\n" * 600_000


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'k,v\n1,a\n2,"b', 3),
        (b'k,v\n1,a\n2,"b\n', 3),
        (b'k,v\n1,a\n2,"b""', 3),
        (b'k,v\n1,a\n"2', 3),
        (b'k,v\n1,5" pipe\n2,"b\n', 3),
        (b'k,v\n1,5"\n2, "b\n', 3),
        (b'k,v\n1,"a ""b"" c"\n2,"""b""\n3,c\n', 3),
        (b'k,v\n1,"x\ny"\n2,"' + LONG, 4),
        (b'k,v\n1,"x\ny"\n2,"' + b'""' * 700_000 + b"\n", 4),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_quote_that_is_never_closed_is_found(
    tmp_path: Path, data: bytes, line: int, packed: bool
) -> None:
    """No row is swallowed by an open quote at the end of a file, however far away it began."""
    name = "rows.csv.gz" if packed else "rows.csv"
    with refused("source/bad-csv") as found:
        rows(gzip.compress(data, 1) if packed else data, tmp_path, name)
    assert f"line {line}: a quoted field does not end" in found[0].message


@pytest.mark.parametrize(
    "ending",
    [
        b'2,"b"',
        b'2,"b,"\n',
        b'"2,",b\n',
        b'2,""\n',
        b'2,""""\n',
        b'2,5"\n',
        b'2,"5"" x "\n',
        b'2,""\n' * 9,
    ],
)
def test_quotes_that_are_closed_are_left_alone(tmp_path: Path, ending: bytes) -> None:
    """Every form of a complete last row is read."""
    found = rows(b"k,v\n1,a\n" + ending, tmp_path)
    assert len(found) == 1 + max(1, ending.count(b"\n"))


@pytest.mark.parametrize("chosen", ["count(*)", "max(k)"])
@pytest.mark.parametrize("bad", [b"x", b"x,y,z"])
def test_a_ragged_row_is_found_whatever_is_read(tmp_path: Path, chosen: str, bad: bytes) -> None:
    """A row far down is checked even when its extra or missing field would not be used."""
    data = b"k,v\n" + b"1,a\n" * 200_000 + bad + b"\n" + b"1,a\n" * 200_000
    (tmp_path / "rows.csv").write_bytes(data)
    relation = resolve(Source(name="rows", from_="rows.csv"), tmp_path)
    with DuckDB({"rows": relation}, threads=2) as engine, refused("source/bad-csv") as found:
        engine.query(f"SELECT {chosen} FROM rows")
    assert "line 200002" in found[0].message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("k,größe\n1,2\n".encode("latin-1"), "source/bad-csv"),
        ("k,v\n1,2\n".encode("utf-16"), "source/bad-csv"),
        (b'k,"v\n1,2\n', "source/bad-csv"),
        (b"\n\nk,v\n1,2\n", "source/no-header"),
        (b"1,2.5,-3\n4,5,6\n", "source/no-header"),
        (b"k,v,\n1,2,\n", "source/unnamed-column"),
        (b'"k\n1",v\r\n1,2\r\n3,4\r\n', "source/bad-csv"),
        (b'k,"v\r\n"\r\n1,2\r\n3,4\r\n', "source/bad-csv"),
        (b"k,v\r1,2\r3,4\r", "source/bad-csv"),
        (b"k,v,k\n1,2,3\n", "source/duplicate-column"),
        (b"k,v,K\n1,2,3\n", "source/duplicate-column"),
    ],
)
def test_dirty_headers_are_refused(tmp_path: Path, data: bytes, code: str) -> None:
    """A header that names no columns, or two alike, is found before any row is read."""
    with refused(code) as found:
        rows(data, tmp_path)
    assert str(tmp_path / "rows.csv") in found[0].message


def test_all_findings_about_columns_are_reported_at_once(tmp_path: Path) -> None:
    """Several files with several faults need one run to repair."""
    (tmp_path / "a.csv").write_text("k,v\n")
    (tmp_path / "b.csv").write_text("k,k,\n")
    (tmp_path / "c.csv").write_text("k,w\n")
    with refused(
        "source/columns-differ",
        "source/columns-differ",
        "source/duplicate-column",
        "source/unnamed-column",
    ) as found:
        resolve(Source(name="rows", from_="*.csv"), tmp_path)
    assert f"{tmp_path / 'c.csv'} lacks `v` and adds `w`, compared with a.csv" in [
        finding.message for finding in found
    ]


def test_files_may_order_columns_and_separate_them_differently(tmp_path: Path) -> None:
    """Columns are matched by name, so that no value lands under another header."""
    (tmp_path / "a.csv").write_text("k,v,w\n1,a,x\n")
    (tmp_path / "b.csv").write_text("w,k,v\ny,2,b\n")
    (tmp_path / "c.csv").write_text("v;w;k\nc;z;3\n")
    (tmp_path / "d.csv").write_text("k,v,w\n4,d,q\n")
    (tmp_path / "e.csv").write_text("v\tk\tw\ne\t5\tp, q\n")
    relation = resolve(Source(name="rows", from_="*.csv"), tmp_path)
    with DuckDB({"rows": relation}, threads=2) as engine:
        found = engine.query("SELECT * FROM rows ORDER BY k").to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("1", "a", "x"),
        ("2", "b", "y"),
        ("3", "c", "z"),
        ("4", "d", "q"),
        ("5", "e", "p, q"),
    ]


def test_broken_compression_is_named(tmp_path: Path) -> None:
    """A compressed file that ends early, or is none, is reported with its name."""
    whole = gzip.compress(b"k,v\n" + b"1,a\n" * 50_000)
    for data in (whole[:-40], whole[:30], b"k,v\n1,2\n", whole[:20] + b"\0" * 40 + whole[60:]):
        (tmp_path / "rows.csv.gz").write_bytes(data)
        with refused("source/unreadable") as found:
            relation = resolve(Source(name="rows", from_="rows.csv.gz"), tmp_path)
            with DuckDB({"rows": relation}, threads=1) as engine:
                engine.query("SELECT count(*) FROM rows")
        assert "rows.csv.gz" in found[0].message
