"""Sheets of Excel workbooks: exact texts, the right sheet, and workbooks that cannot be read."""

from __future__ import annotations

import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from pmpo.model.charter import Source
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.readers import resolve
from tests.offices import Office, charter_text
from tests.unit.store.support import refused
from tests.workbooks import Cell, Raw, sheet_of, write_workbook

if TYPE_CHECKING:
    from pathlib import Path

HEADER: list[Cell] = ["sku", "value"]


def rows(base: Path, sheet: str = "", file: str = "stock.xlsx") -> list[dict[str, str | None]]:
    """The rows of a workbook as the engine reads them."""
    relation = resolve(Source(name="stock", from_=file, sheet=sheet), base)
    assert set(relation.schema.values()) == {"text"}
    with DuckDB({"stock": relation}, threads=1) as engine:
        found: list[dict[str, str | None]] = engine.query("SELECT * FROM stock").to_pylist()
    return found


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12, "12"),
        (Raw("12.0"), "12"),
        (-0.5, "-0.5"),
        (Raw("19.989999999999998"), "19.99"),
        (Raw("1.5E+20"), "150000000000000000000"),
        (Raw("1E-7"), "0.0000001"),
        (True, "true"),
        ("0012", "0012"),
        (" a b ", " a b "),
        ("=1+1", "=1+1"),
        (Raw("3", formula="1+2"), "3"),
        (Raw("45292", style=1), "2024-01-01"),
        (Raw("45292.354166666664", style=2), "2024-01-01 08:30:00"),
        (Raw("0.354166666666667", style=3), "08:30:00"),
        (Raw("1.5", style=4), "36:00:00"),
        (Raw("#DIV/0!", kind="e", formula="1/0"), None),
        (None, None),
    ],
)
def test_a_cell_is_the_text_that_people_see(tmp_path: Path, cell: Cell, text: str | None) -> None:
    """Whole numbers have no point, dates are ISO dates, and what begins with = is not run."""
    write_workbook(tmp_path / "stock.xlsx", {"Stock": [HEADER, ["a", cell]]})
    [row] = rows(tmp_path)
    assert row == {"sku": "a", "value": text}


def test_empty_rows_and_columns_are_none(tmp_path: Path) -> None:
    """Rows above, between and below the data are left out, as are columns behind it."""
    sheet: list[list[Cell]] = [[], [*HEADER, None], [], ["a", 1], [None, None, None], ["b", None]]
    write_workbook(tmp_path / "stock.xlsx", {"Stock": sheet})
    assert rows(tmp_path) == [{"sku": "a", "value": "1"}, {"sku": "b", "value": None}]


def test_the_only_visible_sheet_is_read(tmp_path: Path) -> None:
    """Hidden sheets are passed over unless they are named."""
    sheets: dict[str, list[list[Cell]]] = {
        "old": [HEADER, ["x", 1]],
        "Stock 2024": [HEADER, ["a", 2]],
    }
    write_workbook(tmp_path / "stock.xlsx", sheets, hidden=["old"])
    assert rows(tmp_path) == [{"sku": "a", "value": "2"}]
    assert rows(tmp_path, "old") == [{"sku": "x", "value": "1"}]


def test_several_sheets_are_named(tmp_path: Path) -> None:
    """One has to be chosen, and it has to be there."""
    sheets: dict[str, list[list[Cell]]] = {"north": [HEADER, ["a", 1]], "south": [HEADER, ["a", 2]]}
    write_workbook(tmp_path / "stock.xlsx", sheets)
    assert rows(tmp_path, "south") == [{"sku": "a", "value": "2"}]
    with refused("source/sheet") as found:
        rows(tmp_path)
    assert found[0].note == "visible are `north`, `south`"
    assert found[0].path == "sources.stock.from"
    with refused("source/sheet") as found:
        rows(tmp_path, "South")
    assert found[0].path == "sources.stock.sheet"


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        ([], "source/no-header"),
        ([[1, 2.5], ["a", 1]], "source/no-header"),
        ([["sku", None, "value"], ["a", 1, 2]], "source/unnamed-column"),
        ([["sku", "SKU"], ["a", 1]], "source/duplicate-column"),
        ([["sku"], ["a", "stray"]], "source/unnamed-column"),
    ],
)
def test_headers_keep_the_rules_of_all_sources(
    tmp_path: Path, sheet: list[list[Cell]], code: str
) -> None:
    """The first row names every column that holds something."""
    write_workbook(tmp_path / "stock.xlsx", {"Stock": sheet})
    with refused(code):
        rows(tmp_path)


def test_a_sheet_of_another_file_is_refused(tmp_path: Path) -> None:
    """`sheet` has no meaning for a CSV file, and a source is one workbook."""
    (tmp_path / "stock.csv").write_text("sku\na\n")
    with refused("source/sheet"):
        rows(tmp_path, "Stock", "stock.csv")
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, {"Stock": [HEADER]})
    with refused("source/several-workbooks"):
        rows(tmp_path, file="*.xlsx")


@pytest.mark.parametrize(
    "damage", ["text", "cut", "locked", "empty archive", "broken xml", "wrong checksum"]
)
def test_what_is_no_workbook_is_told_apart(tmp_path: Path, damage: str) -> None:
    """Damaged and locked workbooks end in a finding that says what to do."""
    path = write_workbook(tmp_path / "stock.xlsx", {"Stock": [HEADER, ["a", 1]]})
    data = path.read_bytes()
    if damage == "text":
        path.write_text("sku,value\na,1\n")
    elif damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "locked":
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    elif damage == "empty archive":
        with zipfile.ZipFile(path, "w"):
            pass
    elif damage == "broken xml":
        write_workbook(path, {"Stock": sheet_of('<row r="1"><c r="A1"')})
    else:
        at = data.index(b"xl/worksheets/sheet1.xml") + 40
        path.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
    with refused("source/unreadable") as found:
        rows(tmp_path)
    assert found[0].help


def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    """Neither two far cells nor a part of blanks is held in memory."""
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"/></row>'
    write_workbook(tmp_path / "stock.xlsx", {"Stock": sheet_of(far)})
    with refused("source/too-large") as found:
        rows(tmp_path)
    assert "17,179,869,184 cells" in found[0].message
    with (
        zipfile.ZipFile(tmp_path / "stock.xlsx", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(600):
            part.write(b" " * (1 << 20))
    with refused("source/too-large"):
        rows(tmp_path)


def test_a_program_runs_on_a_workbook(tmp_path: Path) -> None:
    """Items and sales of one workbook, with dates that Excel keeps as numbers."""
    sold: list[list[Cell]] = [
        ["sku", "at", "amount"],
        ["a", Raw("45293.25", style=2), 1.25],
        ["a", Raw("45294", style=1), "n/a"],
        ["b", Raw("45400", style=1), 7],
    ]
    write_workbook(tmp_path / "shop.xlsx", {"Items": [["sku"], ["a"], ["b"]], "Sales": sold})
    done = Office(tmp_path).run(
        charter_text(
            sources="""
                items: {from: shop.xlsx, sheet: Items, mode: snapshot}
                sales:
                  from: shop.xlsx
                  sheet: Sales
                  time: at
                  known_at: none
                  tz: UTC
                  columns: {at: timestamp, amount: {type: 'decimal(9,2)', null: ['n/a']}}
                  join: {items: sku}
            """,
            signals="""
                x: {formula: SUM(amount), source: sales, better: higher, value: {0: 0, 9: 100}}
            """,
        ),
        "2024-02-01",
    )
    assert done.signal("x") == {"a": 1.25, "b": None}
    assert done.inspection.facts["sales"].latest == datetime(2024, 1, 3)
