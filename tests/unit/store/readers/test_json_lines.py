from __future__ import annotations

import gzip
import json
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


def rows(data: bytes, folder: Path, name: str = "rows.jsonl") -> list[dict[str, Any]]:
    """What is read from a JSON lines file with this content."""
    (folder / name).write_bytes(data)
    relation = resolve(Source(name="rows", from_=name), folder)
    assert relation.kind == "jsonl"
    assert describe(relation) == relation.schema
    with DuckDB({"rows": relation}, threads=2) as engine:
        found: list[dict[str, Any]] = engine.query("SELECT * FROM rows").to_pylist()
    return found


def test_everything_is_text(tmp_path: Path) -> None:
    """Keys keep their zeros; other values are their shortest text; null and absent are missing."""
    data = (
        b'{"key": "0000045", "n": 1.50, "b": true, "x": null}\n\n'
        b'{"n": 12345678901234567890123, "o": {"a": [1, 2]}}\n'
    )
    assert rows(data, tmp_path) == [
        {"key": "0000045", "n": "1.5", "b": "true", "x": None, "o": None},
        {"key": None, "n": "12345678901234567890123", "b": None, "x": None, "o": '{"a":[1,2]}'},
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.JSONL", "a.jsonl.gz"])
def test_the_usual_endings_are_read(tmp_path: Path, name: str) -> None:
    """Each ending of JSON lines is known, packed or not."""
    data = b'{"k": "1"}\n{"k": "2"}\n'
    packed = gzip.compress(data) if name.endswith(".gz") else data
    assert rows(packed, tmp_path, name) == [{"k": "1"}, {"k": "2"}]


def test_columns_are_in_the_order_of_the_first_object(tmp_path: Path) -> None:
    """The order of columns is that of the first object, then by name, whatever is read first."""
    data = b'{"z": 1, "a": 2}\n{"q": 3, "b": 4, "z": 5}\n' + b'{"z": 1}\n' * 5000
    (tmp_path / "a.jsonl").write_bytes(data)
    (tmp_path / "b.jsonl").write_bytes(b'{"0": 1}\n')
    relation = resolve(Source(name="rows", from_="*.jsonl"), tmp_path)
    assert list(relation.schema) == ["z", "a", "0", "b", "q"]


@settings(max_examples=40)  # each opens an engine
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["k", "a'b", 'x"y', "品 揃え", "a.b", "$"]),
            st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0"))),
            min_size=1,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_text_survives(objects: list[dict[str, str | None]]) -> None:
    """Texts and member names of any script come back as they were."""
    data = "".join(f"{json.dumps(one)}\n" for one in objects).encode()
    with tempfile.TemporaryDirectory() as folder:
        found = rows(data, Path(folder))
    names = {name for one in objects for name in one}
    assert found == [{name: one.get(name) for name in names} for one in objects]


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        (b'{"k": 1,', "line 3:"),
        (b"hello", "line 3:"),
        (b'{"k": 1}{"k": 2}', "line 3: Extra data"),
        (b"[1, 2]", "line 3: the line is not a JSON object"),
        (b'"text"', "line 3: the line is not a JSON object"),
        (b'{"k": 1, "k": 2}', "line 3: member `k` occurs twice"),
        ('{"k": "café"}'.encode("latin-1"), "line 3: the text is not UTF-8"),
        (b'\xef\xbb\xbf{"k": 1}', "line 3: a byte order mark"),
        (b'{"k": 12345678901234567.89}', "line 3: the number 12345678901234567.89 has more digits"),
    ],
)
def test_dirty_lines_are_named_by_file_and_line(tmp_path: Path, line: bytes, fact: str) -> None:
    """A line that is not one readable object is refused before anything is measured."""
    with refused("source/bad-json") as found:
        rows(b'{"k": 1}\n\n' + line + b'\n{"k": 2}\n', tmp_path)
    assert str(tmp_path / "rows.jsonl") in found[0].message
    assert fact in found[0].message


def test_long_numbers_that_survive_are_read(tmp_path: Path) -> None:
    """The closer look at long numbers refuses only those that would change."""
    data = b'{"k": 0.30000000000000004, "t": ": 12345678901234567.89"}\n'
    assert rows(data, tmp_path) == [{"k": "0.30000000000000004", "t": ": 12345678901234567.89"}]


def test_members_that_differ_by_case_are_refused(tmp_path: Path) -> None:
    """`K` and `k` are one column in SQL, also when they occur in different objects."""
    with refused("source/duplicate-column"):
        rows(b'{"k": 1}\n{"K": 2}\n', tmp_path)


@pytest.mark.parametrize("data", [b"\n \n", b"{}\n{}\n"])
def test_a_file_without_members_is_refused(tmp_path: Path, data: bytes) -> None:
    """Without any object nothing is known about the columns."""
    with refused("source/empty-file"):
        rows(data, tmp_path)


def test_broken_compression_is_named(tmp_path: Path) -> None:
    """A compressed file that ends early is reported with its name."""
    whole = gzip.compress(b'{"k": 1}\n' * 20_000)
    for data in (whole[:-20], b'{"k": 1}\n'):
        with refused("source/unreadable") as found:
            rows(data, tmp_path, "rows.jsonl.gz")
        assert "rows.jsonl.gz" in found[0].message
