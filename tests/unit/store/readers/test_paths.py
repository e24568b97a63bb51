from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pmpo.model.charter import Source
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.readers import resolve, resolve_all
from tests.unit.store.support import refused, without_rights

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = ["a", "stir", "what"]
HARD = ["plain", "with space", "it's", 'quo"te', "år 品揃え", "[a-c]", "st*r", "wh?t", "{x,y}"]


def source(written: str) -> Source:
    """A source with nothing but where its data is."""
    return Source(name="rows", from_=written)


def keys(written: str, base: Path) -> list[str]:
    """The column `k` of a source, in the order in which it is read."""
    with DuckDB({"rows": resolve(source(written), base)}, threads=1) as engine:
        return [str(row["k"]) for row in engine.query("SELECT k FROM rows").to_pylist()]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize("folder", HARD)
def test_any_folder_name_is_taken_as_written(tmp_path: Path, folder: str, ending: str) -> None:
    """Signs of a pattern, quotes and any script in folder and file names stand for themselves."""
    texts = {"csv": "k\n{0}\n", "jsonl": '{{"k": "{0}"}}\n'}
    for number, name in enumerate([*HARD, *PLAIN]):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.{ending}").write_text(texts[ending].format(number))
    expected = [str(HARD.index(folder))]
    assert keys(f"{folder}/{folder}.{ending}", tmp_path) == expected
    assert keys(f"{folder}/*.{ending}", tmp_path) == expected
    assert keys(f"*.{ending}", tmp_path / folder) == expected
    assert keys(str(tmp_path / folder / f"{folder}.{ending}"), tmp_path / "a") == expected


def test_a_file_with_the_signs_of_a_pattern_is_not_a_pattern(tmp_path: Path) -> None:
    """A name that exists is that file and no other that the pattern would match."""
    (tmp_path / "s*.csv").write_text("k\nstar\n")
    (tmp_path / "sales.csv").write_text("k\nother\n")
    assert keys("s*.csv", tmp_path) == ["star"]
    assert keys("s?les.csv", tmp_path) == ["other"]


def test_files_are_ordered_by_name(tmp_path: Path) -> None:
    """The order of files does not depend on the file system or the order of writing."""
    for name in ("b", "a10", "a2", "B", "c"):
        (tmp_path / f"{name}.csv").write_text(f"k\n{name}\n")
    found = resolve(source("*.csv"), tmp_path).files
    assert [path.stem for path in found] == ["B", "a10", "a2", "b", "c"]


def test_a_pattern_reaches_into_folders(tmp_path: Path) -> None:
    """`**` finds files at any depth, and hidden files are left out."""
    for place in ("a.csv", "x/b.csv", "x/y/c.csv", "x/.hidden.csv", ".lock/d.csv"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(f"k\n{place}\n")
    assert sorted(keys("**/*.csv", tmp_path)) == ["a.csv", "x/b.csv", "x/y/c.csv"]


def test_one_file_under_two_names_is_read_once(tmp_path: Path) -> None:
    """A symbolic link beside its target does not double the rows."""
    (tmp_path / "january.csv").write_text("k\n1\n")
    (tmp_path / "latest.csv").symlink_to("january.csv")
    relation = resolve(source("*.csv"), tmp_path)
    assert relation.files == ((tmp_path / "january.csv").resolve(),)
    assert keys("*.csv", tmp_path) == ["1"]


def test_paths_may_lead_out_of_the_office(tmp_path: Path) -> None:
    """People own their machine: `..`, absolute paths and links are followed."""
    office = tmp_path / "office"
    office.mkdir()
    (tmp_path / "outside.csv").write_text("k\n1\n")
    (office / "link.csv").symlink_to(tmp_path / "outside.csv")
    for written in ("../outside.csv", "../out*.csv", str(tmp_path / "outside.csv"), "link.csv"):
        assert resolve(source(written), office).files == ((tmp_path / "outside.csv").resolve(),)


def test_a_missing_file_gets_a_suggestion(tmp_path: Path) -> None:
    """A misspelt name is answered with the file that is there."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "transactions.parquet").write_bytes(b"x")
    with refused("source/missing-file") as found:
        resolve(source("data/transaction.parquet"), tmp_path)
    assert found[0].help == "did you mean `data/transactions.parquet`?"
    assert found[0].path == "sources.rows.from"
    with refused("source/missing-file") as found:
        resolve(source("transactions.parquet"), tmp_path)
    assert found[0].help == "did you mean `data/transactions.parquet`?"


def test_a_pattern_without_match_gets_a_suggestion(tmp_path: Path) -> None:
    """A pattern that finds nothing names files that are there."""
    (tmp_path / "sales-1.csv").write_text("k\n1\n")
    with refused("source/no-match") as found:
        resolve(source("sales-*.parquet"), tmp_path)
    assert "sales-1.csv" in found[0].help
    with refused("source/no-match"):
        resolve(source("nowhere/*.csv"), tmp_path)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    """A folder is answered with the pattern for its files."""
    (tmp_path / "data").mkdir()
    with refused("source/is-a-folder") as found:
        resolve(source("data/"), tmp_path)
    assert "data/*.parquet" in found[0].help


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """A file of no bytes names no columns, which is not the same as having no rows."""
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.parquet").touch()
    for name in ("a.csv", "b.parquet"):
        with refused("source/empty-file"):
            resolve(source(name), tmp_path)


def test_what_is_not_a_regular_file_is_refused(tmp_path: Path) -> None:
    """A pipe would wait for ever, and a broken or circular link leads nowhere."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "broken.csv").symlink_to("gone.csv")
    (tmp_path / "circle.csv").symlink_to("circle.csv")
    with refused("source/missing-file"):
        resolve(source("pipe.csv"), tmp_path)
    with refused("source/missing-file"):
        resolve(source("broken.csv"), tmp_path)
    with refused("source/unreadable"):
        resolve(source("circle*.csv"), tmp_path)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("a\0b.csv", "source/missing-file"),
        ("https://example.com/a.csv", "source/missing-file"),
        ("s3://bucket/a.parquet", "source/missing-file"),
        ("x" * 5000 + ".csv", "source/unreadable"),
        ("", "source/missing-file"),
        ("table.xls", "source/unknown-format"),
        ("shop.sqlite", "source/unknown-format"),
        ("no-ending", "source/unknown-format"),
    ],
)
def test_what_cannot_be_a_source_is_refused(tmp_path: Path, written: str, code: str) -> None:
    """Whatever stands in `from:`, the answer is a finding."""
    for name in ("table.xls", "shop.sqlite", "no-ending"):
        (tmp_path / name).write_text("x")
    with refused(code) as found:
        resolve(source(written), tmp_path)
    assert found[0].help


def test_a_name_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """A file name with bytes outside UTF-8 cannot be written into SQL."""
    with open(os.fsencode(tmp_path) + b"/\xff.csv", "w") as file:  # noqa: PTH123 - a name in bytes
        file.write("k\n1\n")
    with refused("source/unreadable"):
        resolve(source("*.csv"), tmp_path)


def test_formats_do_not_mix(tmp_path: Path) -> None:
    """A pattern that matches CSV and JSON lines is one of the two by mistake."""
    (tmp_path / "a.csv").write_text("k\n1\n")
    (tmp_path / "b.jsonl").write_text('{"k": 1}\n')
    with refused("source/columns-differ") as found:
        resolve(source("*"), tmp_path)
    assert ".csv, .jsonl" in found[0].message


def test_a_file_without_rights_is_named() -> None:
    """A file that its reader may not open is reported as such."""
    with without_rights() as folder:
        os.seteuid(os.getuid())
        (folder / "a.csv").write_text("k\n1\n")
        (folder / "a.csv").chmod(0)
        if os.getuid() == 0:
            os.seteuid(65534)
        with refused("source/unreadable") as found:
            resolve(source("a.csv"), folder)
        assert "Permission denied" in found[0].message


def test_everything_wrong_with_all_sources_is_reported_at_once(tmp_path: Path) -> None:
    """A charter with several faults in its data needs one run to see them all."""
    (tmp_path / "empty-1.csv").touch()
    (tmp_path / "empty-2.csv").touch()
    (tmp_path / "good.csv").write_text("k\n1\n")
    names = {"gone": "gone.csv", "empty": "empty-*.csv", "good": "good.csv"}
    sources = [Source(name=name, from_=written) for name, written in names.items()]
    with refused("source/empty-file", "source/empty-file", "source/missing-file") as found:
        resolve_all(sources, tmp_path)
    assert {finding.path for finding in found} == {"sources.gone.from", "sources.empty.from"}
    assert list(resolve_all(sources[2:], tmp_path)) == ["good"]


def test_every_dirty_file_of_a_source_is_reported(tmp_path: Path) -> None:
    """Each file that cannot be read is named, whatever its format."""
    for number in (1, 2):
        (tmp_path / f"{number}.csv").write_text('k\n"1\n')
        (tmp_path / f"{number}.jsonl").write_text("{\n")
        (tmp_path / f"{number}.parquet").write_text("PAR1")
    for ending, code in (("csv", "bad-csv"), ("jsonl", "bad-json"), ("parquet", "unreadable")):
        with refused(f"source/{code}", f"source/{code}") as found:
            resolve(source(f"*.{ending}"), tmp_path)
        for number, finding in enumerate(found, start=1):
            assert f"{number}.{ending}" in finding.message
