from __future__ import annotations

import gzip
import hashlib
import json
import os
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmpo.model.charter import Source
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.objects import Objects
from pmpo.store.readers import resolve
from pmpo.store.snapshot import Snapshot, capture
from tests.unit.store.support import everything_below, refused, small_disk

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=9)))


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with one source of each kind."""
    folder = tmp_path / "office"
    (folder / "data").mkdir(parents=True)
    pq.write_table(pa.table({"k": ["a", "b"], "n": [1, 2]}), folder / "data" / "sales.parquet")
    (folder / "data" / "products.csv").write_text("k,name,extra\na,A,x\nb,,y\nc,C,z\n")
    with closing(sqlite3.connect(folder / "data" / "shop.db")) as connection, connection:
        connection.execute("CREATE TABLE stock (k, n)")
        connection.execute("INSERT INTO stock VALUES ('a', 5)")
    return folder


SALES = Source(name="sales", from_="data/sales.parquet")
PRODUCTS = Source(name="products", from_="data/products.csv", mode="snapshot")
STOCK = Source(name="stock", database="data/shop.db", table="stock")


def taken(office: Path, *sources: Source, **columns: tuple[str, ...]) -> Snapshot:
    """A snapshot of the sources into the office's own store."""
    resolved = [(source, resolve(source, office)) for source in sources]
    objects = Objects(office / ".pmpo" / "objects")
    return capture(resolved, columns, objects, now=NOW, base=office)


def read(snapshot: Snapshot, source: str) -> list[dict[str, Any]]:
    """Every row of one of the snapshot's relations."""
    with DuckDB(snapshot.relations, threads=1) as engine:
        found: list[dict[str, Any]] = engine.query(f'SELECT * FROM "{source}"').to_pylist()
    return found


def test_immutable_files_are_referenced(office: Path) -> None:
    """Files that are only added are not copied; the manifest knows them by hash."""
    file = office / "data" / "sales.parquet"
    snapshot = taken(office, SALES, sales=("n",))
    assert snapshot.relations["sales"].files == (file.resolve(),)
    assert snapshot.manifest["sources"]["sales"] == {
        "captured_at": "2024-05-05T22:08:09.000000+00:00",
        "mode": "append",
        "kind": "parquet",
        "columns": {"n": "integer"},
        "files": [
            {
                "path": "data/sales.parquet",
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                "size": file.stat().st_size,
            }
        ],
        "rows": 2,
    }
    assert not (office / ".pmpo").exists()


def test_mutable_sources_are_copied_with_their_declared_columns(office: Path) -> None:
    """All rows and the declared columns are kept, and later changes do not reach them."""
    snapshot = taken(office, PRODUCTS, STOCK, products=("name", "k"), stock=("n",))
    (office / "data" / "products.csv").write_text("k,name,extra\nz,Z,z\n")
    (office / "data" / "shop.db").unlink()
    assert read(snapshot, "products") == [
        {"name": "A", "k": "a"},
        {"name": None, "k": "b"},
        {"name": "C", "k": "c"},
    ]
    assert read(snapshot, "stock") == [{"n": "5"}]
    snapshot.verify_unchanged()
    products, stock = (snapshot.manifest["sources"][name] for name in ("products", "stock"))
    assert (products["rows"], products["mode"], products["kind"]) == (3, "snapshot", "csv")
    assert (stock["rows"], stock["kind"]) == (1, "sqlite")
    assert (stock["database"], stock["table"]) == ("data/shop.db", "stock")
    for entry in (products, stock):
        Objects(office / ".pmpo" / "objects").verify(entry["copy"])


def test_the_same_rows_are_stored_once(office: Path) -> None:
    """Two snapshots of unchanged data share their copy."""
    first = taken(office, PRODUCTS, products=("k",))
    second = taken(office, PRODUCTS, products=("k",))
    assert first.manifest == second.manifest
    below = everything_below(office / ".pmpo" / "objects")
    assert len([name for name in below if len(name) > 60]) == 1


def test_a_source_of_which_only_the_rows_count_keeps_them(office: Path) -> None:
    """A copy without declared columns still has as many rows."""
    snapshot = taken(office, PRODUCTS)
    assert len(read(snapshot, "products")) == 3
    assert snapshot.manifest["sources"]["products"]["rows"] == 3


def test_the_manifest_is_json(office: Path) -> None:
    """What is stored beside an evaluation can be written as it is."""
    manifest = taken(office, SALES, PRODUCTS, STOCK).manifest
    assert json.loads(json.dumps(manifest)) == manifest
    assert list(manifest["sources"]) == ["sales", "products", "stock"]


def test_links_are_resolved_and_files_outside_are_absolute(office: Path) -> None:
    """The manifest names the file that was read, wherever it lies."""
    outside = office.parent / "outside.csv"
    outside.write_text("k\n1\n")
    (office / "link.csv").symlink_to(outside)
    (office / "inside.csv").symlink_to("data/products.csv")
    linked = Source(name="linked", from_="link.csv")
    inside = Source(name="inside", from_="inside.csv")
    entries = taken(office, linked, inside).manifest["sources"]
    assert entries["linked"]["files"][0]["path"] == str(outside.resolve())
    assert entries["inside"]["files"][0]["path"] == "data/products.csv"


def test_paths_are_relative_to_an_office_behind_a_link(office: Path) -> None:
    """An office that is reached through a link records the same paths."""
    (office.parent / "shortcut").symlink_to(office)
    snapshot = taken(office.parent / "shortcut", SALES)
    assert snapshot.manifest["sources"]["sales"]["files"][0]["path"] == "data/sales.parquet"


def test_all_unknown_columns_are_reported_at_once(office: Path) -> None:
    """Names are matched as written, and each miss has a suggestion."""
    with refused("source/not-in-data", "source/not-in-data") as found:
        taken(office, SALES, PRODUCTS, sales=("N", "k"), products=("nane", "k"))
    assert {finding.help for finding in found} == {"did you mean `n`?", "did you mean `name`?"}
    assert not (office / ".pmpo").exists()


def _rewrite(file: Path) -> None:
    file.write_bytes(file.read_bytes())
    os.utime(file, ns=(1, 1))


def _replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(file.read_bytes())
    about = file.stat()
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    other.replace(file)


def _grow(file: Path) -> None:
    with file.open("ab") as opened:
        opened.write(b"x")


@pytest.mark.parametrize("change", [_rewrite, _replace, _grow, os.unlink])
def test_a_file_that_changed_while_it_was_measured_is_found(office: Path, change: Any) -> None:
    """Rewriting, replacing, growing and removing a referenced file all stop the run."""
    snapshot = taken(office, SALES, sales=("k",))
    snapshot.verify_unchanged()
    change(office / "data" / "sales.parquet")
    with refused("source/changed-while-reading") as found:
        snapshot.verify_unchanged()
    assert "sales.parquet" in found[0].message


def test_dirty_rows_stop_the_capture(office: Path) -> None:
    """Counting the rows reads every line, so that a ragged one is found before measuring."""
    (office / "data" / "products.csv").write_text("k,name\na,A\nb\n")
    for mode in ("append", "snapshot"):
        source = Source(name="products", from_="data/products.csv", mode=mode)
        with refused("source/bad-csv") as found:
            taken(office, source, products=("k",))
        assert "line 3" in found[0].message
        assert not {name for name in everything_below(office) if "tmp-" in name}


def test_a_flipped_bit_in_a_compressed_file_is_found(office: Path) -> None:
    """DuckDB does not look at the checksum of a compressed file, so the capture does."""
    data = bytearray(gzip.compress(b"k,v\n" + b"1,a\n" * 1000))
    data[-6] ^= 1
    (office / "a.csv.gz").write_bytes(bytes(data))
    (office / "a.jsonl.gz").write_bytes(bytes(data))
    with refused("source/unreadable"):
        taken(office, Source(name="rows", from_="a.csv.gz"))
    lines = bytearray(gzip.compress(b'{"k": 1}\n' * 1000))
    lines[-6] ^= 1
    (office / "a.jsonl.gz").write_bytes(bytes(lines))
    with refused("source/unreadable"):
        taken(office, Source(name="rows", from_="a.jsonl.gz"))


def test_a_full_disk_leaves_no_half_copy(office: Path) -> None:
    """A copy that does not fit leaves the store as it was."""
    rows = "".join(f"{hashlib.sha256(b'%d' % n).hexdigest()},x,y\n" for n in range(20_000))
    (office / "data" / "products.csv").write_text("k,name,extra\n" + rows)
    with small_disk("256k") as disk:
        objects = Objects(disk / "objects")
        kept = objects.put_bytes(b"kept")
        before = everything_below(disk)
        with refused("store/no-space"):
            capture(
                [(PRODUCTS, resolve(PRODUCTS, office))],
                {"products": ("k",)},
                objects,
                now=NOW,
                base=office,
            )
        assert everything_below(disk) == before
        assert objects.read_bytes(kept) == b"kept"
