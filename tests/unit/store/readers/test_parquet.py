from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmpo.model.charter import Source
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.readers import Relation, describe, resolve
from pmpo.store.readers.types import neutral
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from pathlib import Path


def read(relation: Relation) -> list[dict[str, Any]]:
    """Every row of a relation."""
    with DuckDB({"rows": relation}, threads=2) as engine:
        found: list[dict[str, Any]] = engine.query("SELECT * FROM rows").to_pylist()
    return found


def resolved(folder: Path, written: str = "*.parquet") -> Relation:
    """The source of these files."""
    return resolve(Source(name="rows", from_=written), folder)


COLUMNS = [
    ("string", pa.array(["a"]), "text"),
    ("large string", pa.array(["a"], pa.large_string()), "text"),
    ("dictionary", pa.array(["a"]).dictionary_encode(), "text"),
    ("nothing", pa.nulls(1), "text"),
    ("int8", pa.array([1], pa.int8()), "integer"),
    ("uint64", pa.array([2**64 - 1], pa.uint64()), "integer"),
    ("decimal", pa.array([Decimal("1.50")], pa.decimal128(12, 2)), "decimal(12,2)"),
    ("wide", pa.array([Decimal("1.50")], pa.decimal128(38, 6)), "decimal(38,6)"),
    ("too wide", pa.array([Decimal("1.50")], pa.decimal256(60, 2)), "unsupported"),
    ("float", pa.array([1.5], pa.float32()), "double"),
    ("double", pa.array([1.5], pa.float64()), "double"),
    ("bool", pa.array([True]), "boolean"),
    ("date", pa.array([1], pa.date32()), "date"),
    ("ms", pa.array([1], pa.timestamp("ms")), "timestamp"),
    ("us", pa.array([1], pa.timestamp("us")), "timestamp"),
    ("ns", pa.array([1], pa.timestamp("ns")), "timestamp"),
    ("us utc", pa.array([1], pa.timestamp("us", "UTC")), "timestamptz"),
    ("ns zone", pa.array([1], pa.timestamp("ns", "Asia/Tokyo")), "timestamptz"),
    ("time", pa.array([1], pa.time64("us")), "unsupported"),
    ("bytes", pa.array([b"a"]), "unsupported"),
    ("list", pa.array([[1]]), "unsupported"),
    ("struct", pa.array([{"a": 1}]), "unsupported"),
]


def test_every_type_has_a_neutral_name(tmp_path: Path) -> None:
    """Types are the same words on every engine, and the engine sees what the schema says."""
    table = pa.table({name: array for name, array, _ in COLUMNS})
    pq.write_table(table, tmp_path / "a.parquet")
    relation = resolved(tmp_path)
    assert relation.kind == "parquet"
    assert dict(relation.schema) == {name: kind for name, _, kind in COLUMNS}
    assert describe(relation) == relation.schema
    assert len(read(relation)) == 1


@pytest.mark.parametrize(
    ("native", "name"),
    [
        ("HUGEINT", "integer"),
        ("ENUM('a', 'b')", "text"),
        ("UUID", "text"),
        ("DECIMAL(18, 3)", "decimal(18,3)"),
        ("INTEGER[]", "unsupported"),
        ("DECIMAL(18,3)[]", "unsupported"),
        ("INTERVAL", "unsupported"),
        ("a type of a later version", "unsupported"),
    ],
)
def test_types_of_the_engine_are_mapped(native: str, name: str) -> None:
    """What has no neutral name is unsupported, also when it is not known yet."""
    assert neutral(native) == name


def test_instants_become_microseconds(tmp_path: Path) -> None:
    """Nanoseconds and zones are read as the instants they are."""
    moment = datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    arrays = {
        "ns": pa.array([moment.replace(tzinfo=None)], pa.timestamp("ns")),
        "zone": pa.array([moment], pa.timestamp("ns", "Asia/Tokyo")),
    }
    pq.write_table(pa.table(arrays), tmp_path / "a.parquet")
    assert read(resolved(tmp_path)) == [{"ns": moment.replace(tzinfo=None), "zone": moment}]


def test_files_are_matched_by_column_name(tmp_path: Path) -> None:
    """The order of columns in a file means nothing."""
    pq.write_table(pa.table({"k": ["1"], "v": ["a"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"v": ["b"], "k": ["2"]}), tmp_path / "2.parquet")
    assert read(resolved(tmp_path)) == [{"k": "1", "v": "a"}, {"k": "2", "v": "b"}]


def test_widths_of_whole_numbers_may_differ(tmp_path: Path) -> None:
    """A later file with larger numbers is read whole, in whatever order the files come."""
    for first, second in (("int32", "int64"), ("int64", "int32")):
        numbers = {"int32": 7, "int64": 2**40}
        for place, kind in (("1", first), ("2", second)):
            array = pa.array([numbers[kind]], pa.type_for_alias(kind))
            pq.write_table(pa.table({"n": array}), tmp_path / f"{place}.parquet")
        relation = resolved(tmp_path)
        assert relation.schema == {"n": "integer"}
        assert [row["n"] for row in read(relation)] == [numbers[first], numbers[second]]


def test_a_column_without_any_value_fits_every_type(tmp_path: Path) -> None:
    """A month in which a column was never filled does not stop the year."""
    pq.write_table(pa.table({"n": pa.nulls(2)}), tmp_path / "1.parquet")
    amount = pa.array([Decimal("1.50")], pa.decimal128(12, 2))
    pq.write_table(pa.table({"n": amount}), tmp_path / "2.parquet")
    relation = resolved(tmp_path)
    assert relation.schema == {"n": "decimal(12,2)"}
    assert [row["n"] for row in read(relation)] == [None, None, Decimal("1.50")]


def test_files_with_other_columns_or_types_are_refused_together(tmp_path: Path) -> None:
    """Each difference is a finding that names file and column, all in one run."""
    pq.write_table(pa.table({"k": ["1"], "n": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"k": ["1"], "n": [1.5]}), tmp_path / "2.parquet")
    pq.write_table(pa.table({"k": ["1"], "m": [1]}), tmp_path / "3.parquet")
    pq.write_table(pa.table({"k": ["1"], "n": pa.nulls(1)}), tmp_path / "4.parquet")
    with refused("source/columns-differ", "source/columns-differ") as found:
        resolved(tmp_path)
    assert [finding.message for finding in found] == [
        f"{tmp_path / '2.parquet'}: column `n` is double, and integer in 1.parquet",
        f"{tmp_path / '3.parquet'} lacks `n` and adds `m`, compared with 1.parquet",
    ]


def test_folders_add_no_columns(tmp_path: Path) -> None:
    """`year=2024` in a path is a name, not data."""
    folder = tmp_path / "year=2024"
    folder.mkdir()
    pq.write_table(pa.table({"k": ["1"]}), folder / "a.parquet")
    relation = resolved(tmp_path, "*/*.parquet")
    assert relation.schema == {"k": "text"}
    assert read(relation) == [{"k": "1"}]


def test_no_rows_is_a_table_with_columns(tmp_path: Path) -> None:
    """A file without rows keeps its schema."""
    pq.write_table(pa.table({"k": pa.array([], pa.string())}), tmp_path / "a.parquet")
    assert resolved(tmp_path).schema == {"k": "text"}
    assert read(resolved(tmp_path)) == []


@pytest.mark.parametrize("second", ["k", "K"])
def test_columns_that_are_named_alike_are_refused(tmp_path: Path, second: str) -> None:
    """DuckDB would rename one of them, and the other would be read for it."""
    table = pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"])], names=["k", second])
    pq.write_table(table, tmp_path / "a.parquet")
    with refused("source/duplicate-column"):
        resolved(tmp_path)


def test_names_are_kept_as_they_are(tmp_path: Path) -> None:
    """Capitals, spaces, quotes and any script stay in a column's name."""
    names = ["Key", 'a "b"', "it's", "品揃え", "a.b"]
    pq.write_table(pa.table({name: ["1"] for name in names}), tmp_path / "a.parquet")
    assert list(resolved(tmp_path).schema) == names
    assert list(read(resolved(tmp_path))[0]) == names


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """A file that is cut short, or is something else, is reported by its name."""
    pq.write_table(pa.table({"k": ["1"] * 100}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    for data in (whole[:-10], whole[:50], b"k,v\n1,2\n" * 10, b"PAR1"):
        (tmp_path / "a.parquet").write_bytes(data)
        with refused("source/unreadable") as found:
            resolved(tmp_path)
        assert str(tmp_path / "a.parquet") in found[0].message


def test_damage_inside_is_found_on_reading(tmp_path: Path) -> None:
    """A file whose footer is whole and whose pages are not gives a finding, not a number."""
    keys = [str(number) for number in range(1000)]
    pq.write_table(pa.table({"k": keys}), tmp_path / "a.parquet", compression="zstd")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    data[40:400] = bytes(360)
    (tmp_path / "a.parquet").write_bytes(bytes(data))
    relation = resolved(tmp_path)
    with refused("engine/failed"):
        read(relation)
