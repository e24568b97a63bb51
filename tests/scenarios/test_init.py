"""`pmpo init` on files as people have them: from a file to ranked rows with reasons."""

from __future__ import annotations

import contextlib
import csv
import os
import pty
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pyarrow.parquet as pq
import pytest

from pmpo.office import Office
from tests.scenarios.terminal import COMMAND, Done, below, environment, pmpo
from tests.workbooks import Cell, write_workbook

if TYPE_CHECKING:
    from pathlib import Path


class Real(NamedTuple):
    """A real file, what is ranked in it, and how many are."""

    path: str
    unit: str
    ranked: int
    said: tuple[str, ...]


REAL = {
    "online retail": Real(
        "retail/online_retail.parquet",
        "StockCode",
        2923,
        (
            "5,268 of 541,909 rows repeat an earlier row in every column",
            "10,624 of 541,909 rows have negative quantity",
            "9,288 of 541,909 rows have a `InvoiceNo` that begins with C",
            "2,515 of 541,909 rows have a price of zero, and 2 one below zero",
        ),
    ),
    "498 skus": Real(
        "inventory/sample_498_skus.csv",
        "Sku",
        499,
        ("12 columns become rows, one for each month", "their names say no year"),
    ),
    "school projects": Real(
        "portfolio/nyc_school_capital_projects_2025_06.csv.gz",
        "Project Building Identifier, Project Description",
        6886,
        ("`PNS` 4,394, `DOES` 819", "`Project Phase Name` holds steps"),
    ),
    "incidents": Real(
        "process/incident_event_log.parquet",
        "number",
        24904,
        (
            "53,076 of 141,712 rows hold a text that stands for no value: `?` 53,076",
            "known_at: resolved_at",
            "known_at: closed_at",
        ),
    ),
}


def charter_of(office: Path) -> str:
    """The one charter of an office, its comments on one line each."""
    (path,) = office.glob("programs/*/charter.yaml")
    return re.sub(
        r"\n +# (?!because|a guess)|\n# (?!because|a guess)", " ", path.read_text("utf-8")
    )


def units(folder: Path) -> list[str]:
    """Check, run and explain through the library, which takes less time; the ranked units."""
    office = Office(folder)
    assert [finding.code for finding in office.check() if finding.severity != "note"] == []
    rows = office.run().rows()
    assert office.latest().why(rows[0].unit).contributions
    return [row.unit for row in rows]


def ranked(office: Path) -> list[dict[str, str]]:
    """Check, run and show, as the summary says; the ranked rows."""
    checked = pmpo("check", cwd=office)
    assert checked.code == 0, checked.said
    assert pmpo("run", cwd=office).code == 0
    rows: list[dict[str, str]] = pmpo("board", "-f", "json", cwd=office).json()
    assert rows
    why = pmpo("why", rows[0]["unit"], cwd=office)
    assert why.code == 0, why.said
    assert "utility" in why.out
    return rows


@pytest.mark.parametrize("real", REAL.values(), ids=REAL.keys())
def test_real_files_are_ranked_as_they_are(real: Real, tmp_path: Path, shared_data: Path) -> None:
    """Unattended, a real file becomes an office that checks, runs, and explains its ranks."""
    done = pmpo("init", shared_data / real.path, "office", cwd=tmp_path)
    assert done.code == 0, done.said
    text = charter_of(tmp_path / "office")
    assert [said for said in real.said if said not in text] == []
    assert f"key: [{real.unit}]" in text
    assert len(ranked(tmp_path / "office")) == real.ranked


def test_counts_are_those_of_plain_python(tmp_path: Path, shared_data: Path) -> None:
    """What the comments count in the retail file is what a loop over its rows counts."""
    file = shared_data / "retail" / "online_retail.parquet"
    assert pmpo("init", file, "office", cwd=tmp_path).code == 0
    text = charter_of(tmp_path / "office")
    rows = list(zip(*pq.read_table(file).to_pydict().values(), strict=True))
    repeated = sum(count - 1 for count in Counter(rows).values())
    negative = sum(float(row[3]) < 0 for row in rows)
    free = sum(float(row[5]) == 0 for row in rows)
    cancelled = sum(row[0].startswith("C") for row in rows)
    unknown = sum(row[2] in ("?", "missing") for row in rows)
    for count in (repeated, negative, free, cancelled, unknown):
        assert f"because {count:,} of {len(rows):,} rows" in text


def test_counts_of_a_small_file_are_those_of_plain_python(tmp_path: Path, root: Path) -> None:
    """Every kind of dirt in a file of German sales is counted right."""
    file = root / "tests" / "golden" / "drafts" / "sales.csv"
    assert pmpo("init", file, tmp_path / "office").code == 0
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text, delimiter=";"))
    told = charter_of(tmp_path / "office")
    counts = {
        "have negative menge": sum(row["Menge"].startswith("-") for row in rows),
        "have a price of zero": sum(row["Preis"] == "0,00" for row in rows),
        "hold a text that stands for no value: `?`": sum(row["Filiale"] == "?" for row in rows),
        "have a `Beleg` that begins with C": sum(row["Beleg"].startswith("C") for row in rows),
        "repeat an earlier row": len(rows) - len({tuple(row.values()) for row in rows}),
    }
    for what, count in counts.items():
        assert count > 1
        assert f"because {count} of {len(rows)} rows {what}" in told


# Files as they come -----------------------------------------------------------------------

SALES = "Datum;Filiale;Menge;Betrag\n" + "".join(
    f"{1 + day % 28:02d}.{1 + day // 28:02d}.2024;Köln {day % 3};{day % 7};{day % 9 * 300},50\n"
    for day in range(120)
)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encodings_are_repaired_in_a_copy(tmp_path: Path, encoding: str) -> None:
    """Latin-1 with semicolons and decimal commas, and UTF-16, are read; the file stays as it is."""
    file = tmp_path / "sales.csv"
    file.write_bytes(SALES.encode(encoding))
    done = pmpo("init", "sales.csv", cwd=tmp_path)
    assert done.code == 0, done.said
    assert "repaired in a copy: the file is written in" in done.out
    assert file.read_bytes() == SALES.encode(encoding)
    assert set(units(tmp_path / "sales")) == {"Köln 0", "Köln 1", "Köln 2"}


def counted(noun: str, rows: int, measure: str) -> list[list[Cell]]:
    """A sheet of names and numbers."""
    cells: list[list[Cell]] = [[noun, measure]]
    return cells + [[f"{noun} {i}", i * 3] for i in range(rows)]


def test_workbooks_are_drafted_from_their_longest_sheet(tmp_path: Path) -> None:
    """Of several sheets the one with the most rows is taken, and said; another can be named."""
    notes: list[list[Cell]] = [["note"], ["read me"]]
    items, shops = counted("item", 12, "units sold"), counted("shop", 5, "turnover")
    file = write_workbook(tmp_path / "stock.xlsx", {"Notes": notes, "Items": items, "Shops": shops})
    done = pmpo("init", file, tmp_path / "office")
    assert done.code == 0, done.said
    assert "stock.xlsx, sheet Items: 12 rows, 2 columns" in done.out
    assert "sheet: Items" in charter_of(tmp_path / "office")
    assert len(units(tmp_path / "office")) == 12
    assert pmpo("init", file, tmp_path / "other", "--sheet", "Shops").code == 0
    assert len(units(tmp_path / "other")) == 5


def test_json_lines_are_drafted(tmp_path: Path) -> None:
    """One object on each line is as good as a table."""
    lines = [f'{{"machine": "M{i % 4}", "downtime": {i}.5}}\n' for i in range(20)]
    (tmp_path / "log.jsonl").write_text("".join(lines), encoding="utf-8")
    assert pmpo("init", "log.jsonl", cwd=tmp_path).code == 0
    assert len(units(tmp_path / "log")) == 4


def test_a_list_of_objects_is_drafted(tmp_path: Path) -> None:
    """One JSON list, as programs export it, is written as lines in a copy."""
    text = '[{"car": "A", "weight": 1.50}, {"car": "B", "weight": 2}]'
    (tmp_path / "cars.json").write_text(text)
    done = pmpo("init", "cars.json", cwd=tmp_path)
    assert "repaired in a copy: the file is one list of 2 objects" in done.out
    assert units(tmp_path / "cars") == ["B", "A"]


def test_one_column_is_ranked_by_how_often_it_occurs(tmp_path: Path) -> None:
    """Where nothing is measured, rows are counted."""
    (tmp_path / "towns.csv").write_text("town\n" + "Bonn\n" * 3 + "Ulm\n" * 2 + "Jena\n")
    assert pmpo("init", "towns.csv", cwd=tmp_path).code == 0
    assert units(tmp_path / "towns") == ["Bonn", "Ulm", "Jena"]


def test_two_hundred_columns_are_drafted(tmp_path: Path) -> None:
    """A wide file gives a charter of a few signals, and names what it leaves out."""
    names = ["item", *(f"metric {i}" for i in range(199))]
    lines = [",".join([f"X{i}", *(str(i * j % 977) for j in range(199))]) for i in range(40)]
    (tmp_path / "wide.csv").write_text("\n".join([",".join(names), *lines]) + "\n")
    done = pmpo("init", "wide.csv", cwd=tmp_path)
    assert done.code == 0, done.said
    assert "and 160 more columns" in done.out
    assert charter_of(tmp_path / "wide").count("\n    formula:") == 4
    assert len(units(tmp_path / "wide")) == 40


REFUSED = {
    "no.csv": (b"", "source/empty-file"),
    "header.csv": (b"a,b\n", "init/no-rows"),
    "numbers.csv": (b"x\n1.5\n2.5\n", "init/no-unit"),
    "broken.csv": (b"a,b\n" + b"1,2,3\n" * 9, "init/not-csv"),
    "broken.parquet": (b"PAR1 and no more", "source/unreadable"),
    "broken.json": (b'[{"a": 1},', "init/not-json"),
    "data.zip": (b"PK\x03\x04", "source/unknown-format"),
    "text.xlsx": (b"a,b\n1,2\n", "source/unreadable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_drafted_is_explained(tmp_path: Path, name: str) -> None:
    """Each file that gives no charter gives a diagnostic with help, and nothing else."""
    data, code = REFUSED[name]
    (tmp_path / name).write_bytes(data)
    refused(pmpo("init", name, cwd=tmp_path), code)
    assert list(below(tmp_path)) == [name]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def refused(done: Done, code: str) -> None:
    """A command that ended with one diagnostic and its help."""
    assert (done.code, done.errors) == (2, [code]), done.said
    assert "= help: " in done.err
    assert done.out == ""


def test_a_zip_that_is_no_workbook_is_explained(tmp_path: Path) -> None:
    """A zip archive with the ending of a workbook is told apart from one."""
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("a.txt", "no workbook")
    refused(pmpo("init", "a.xlsx", cwd=tmp_path), "source/unreadable")


# Where it goes ----------------------------------------------------------------------------

STOCK = "sku,on hand,backlog\n" + "".join(f"S{i},{i},{9 - i % 3}\n" for i in range(9))


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    """A small clean file."""
    file = tmp_path / "stock.csv"
    file.write_text(STOCK)
    return file


def test_nothing_is_overwritten(stock: Path) -> None:
    """A second time is refused with what to type, and leaves the first as it was."""
    assert pmpo("init", stock, "office", cwd=stock.parent).code == 0
    before = below(stock.parent)
    refused(pmpo("init", stock, "office", cwd=stock.parent), "init/exists")
    assert below(stock.parent) == before


def test_a_program_is_added_to_an_office(stock: Path) -> None:
    """In an office, a second file becomes a second program with an owner the office knows."""
    assert pmpo("init", stock, "office", "--owner", "Ann Example", cwd=stock.parent).code == 0
    office = stock.parent / "office"
    again = pmpo("init", stock, "--program", "again", cwd=office)
    assert again.code == 0, again.said
    assert "pmpo check --program again" in again.out
    text = (office / "programs" / "again" / "charter.yaml").read_text(encoding="utf-8")
    assert "owner: ann-example\n" in text
    assert "Ann Example" in (office / "office.yaml").read_text(encoding="utf-8")
    assert pmpo("check", "--program", "again", cwd=office).code == 0


def test_an_office_and_its_file_move_together(stock: Path, tmp_path: Path) -> None:
    """A file beside the office is named from there; with --copy it is inside."""
    assert pmpo("init", stock, tmp_path / "office").code == 0
    assert "from: '../stock.csv'" in charter_of(tmp_path / "office")
    assert pmpo("init", stock, tmp_path / "own" / "office", "--copy").code == 0
    assert "from: data/stock.csv" in charter_of(tmp_path / "own" / "office")
    shutil.move(tmp_path / "own" / "office", tmp_path / "moved")
    stock.unlink()
    assert len(units(tmp_path / "moved")) == 9


def test_what_a_person_decides_is_taken(tmp_path: Path) -> None:
    """Unit and time can be named, in any case; names the file does not have are explained."""
    (tmp_path / "sales.csv").write_text(SALES, encoding="utf-8")
    done = pmpo("init", "sales.csv", "--unit", "filiale", "--time", "none", cwd=tmp_path)
    assert done.code == 0, done.said
    text = charter_of(tmp_path / "sales")
    assert "key: [Filiale]" in text
    assert "mode: snapshot" in text
    for option, code in (("--unit", "init/no-column"), ("--time", "init/no-column")):
        refused(pmpo("init", "sales.csv", "x", option, "Laden", cwd=tmp_path), code)
    refused(pmpo("init", "sales.csv", "x", "--time", "Menge", cwd=tmp_path), "init/no-time")
    refused(pmpo("init", "sales.csv", "-p", "My Program", cwd=tmp_path), "init/bad-name")


def test_a_person_at_a_terminal_is_asked(tmp_path: Path) -> None:
    """At a terminal another unit can be chosen by its number; Enter takes the guess."""
    rows = [f"P{i % 4},S{i % 3},{i}\n" for i in range(24)]
    (tmp_path / "visits.csv").write_text("product,shop,visits\n" + "".join(rows))
    said = typed_at_terminal("2\n", "init", "visits.csv", "chosen", cwd=tmp_path)
    assert "What is ranked?" in said
    assert "key: [shop]" in charter_of(tmp_path / "chosen")
    typed_at_terminal("\n", "init", "visits.csv", "guessed", cwd=tmp_path)
    assert "key: [product]" in charter_of(tmp_path / "guessed")
    asked = typed_at_terminal("", "init", "visits.csv", "decided", "--yes", cwd=tmp_path)
    assert "What is ranked?" not in asked


def typed_at_terminal(keys: str, *words: str, cwd: Path) -> str:
    """What a terminal shows while a command runs in it and these keys are pressed."""
    ours, theirs = pty.openpty()
    ran = subprocess.Popen(
        [*COMMAND, *words], cwd=cwd, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, keys.encode())
    shown = b""
    with contextlib.suppress(OSError):  # Linux ends a terminal with an error
        while piece := os.read(ours, 65_536):
            shown += piece
    os.close(ours)
    assert ran.wait() == 0, shown.decode()
    return shown.decode()


def test_a_folder_that_cannot_be_made_is_explained(stock: Path) -> None:
    """A file in the way of the office is named, and nothing is left behind."""
    before = below(stock.parent)
    refused(pmpo("init", stock, stock / "office"), "init/not-writable")
    assert below(stock.parent) == before
