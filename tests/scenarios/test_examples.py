"""The examples on their real data: what they count, and the board beside each."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow.parquet as pq
import pytest

import pmpo.demo as pmpo_demo
from pmpo.charter import load
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from collections.abc import Callable

DEMO: Final = Path(pmpo_demo.__file__).parent / "office"
EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"


class Example(NamedTuple):
    """One folder of `examples`, and where its data is among the optional real data."""

    name: str
    shared: str
    data: str


ALL: Final = {
    one.name: one
    for one in (
        Example("online-retail", "retail/online_retail.parquet", "online_retail.parquet"),
        Example("orange-juice", "retail/orange_juice_weeks_40_119.parquet", "orange_juice.parquet"),
        Example(
            "school-projects",
            "portfolio/nyc_school_capital_projects_2025_06.csv.gz",
            "school_projects.csv.gz",
        ),
    )
}


class Office(NamedTuple):
    """A copy of an example with its data, after one run."""

    folder: Path
    data: Path
    summary: dict[str, Any]

    def board(self) -> list[dict[str, Any]]:
        rows = pmpo("board", "--format", "json", cwd=self.folder).json()
        assert isinstance(rows, list)
        return rows

    def note(self, part: str) -> str:
        """The one note that says `part`."""
        (found,) = [note for note in self.summary["notes"] if part in note]
        return str(found)


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Callable[[str], Office]:
    """The examples by name, each run once."""
    made: dict[str, Office] = {}

    def office(name: str) -> Office:
        if name not in made:
            example = ALL[name]
            folder = shutil.copytree(
                EXAMPLES / name,
                tmp_path_factory.mktemp("example") / name,
                ignore=shutil.ignore_patterns("data", ".pmpo"),
            )
            (folder / "data").mkdir()
            data = folder / "data" / example.data
            data.symlink_to(shared_data / example.shared)
            said = pmpo("run", "--format", "json", cwd=folder)
            assert said.code == 0, said.said
            made[name] = Office(folder, data, said.json())
        return made[name]

    return office


def test_every_folder_is_tested() -> None:
    """An example that nobody runs would rot."""
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_check_finds_nothing_wrong(name: str, offices: Callable[[str], Office]) -> None:
    """Errors and warnings would teach what nobody should write."""
    said = pmpo("check", "--format", "json", cwd=offices(name).folder)
    assert [f for f in said.json() if f["severity"] != "note"] == []


@pytest.mark.parametrize("name", ALL)
def test_the_board_beside_each_example(
    name: str, offices: Callable[[str], Office], rewrite: bool
) -> None:
    """What the charter makes of the data is shown as it is now."""
    said = pmpo("board", "--top", "20", cwd=offices(name).folder)
    page = (
        f"# The board of {name}\n\nMade by `pmpo run` and `pmpo board --top 20`; "
        f"the data is described [beside it](../README.md).\n\n```text\n{said.out.strip()}\n```\n"
    )
    file = EXAMPLES / name / "board.md"
    if rewrite:
        file.write_text(page, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == page, "write it anew with --rewrite"


@pytest.mark.parametrize("folder", [*(EXAMPLES / name for name in ALL), DEMO], ids=lambda f: f.name)
def test_cases_hold_and_notice_every_threshold(folder: Path, tmp_path: Path) -> None:
    """Every rule decides a case, and no threshold could be mistyped unnoticed; without any data."""
    office = shutil.copytree(
        folder, tmp_path / "office", ignore=shutil.ignore_patterns("data", ".pmpo")
    )
    said = pmpo("test", "--strict", "--min-coverage", "100", cwd=office)
    assert said.code == 0, said.said


def test_the_examples_use_every_way_to_decide() -> None:
    """What the language has for rules can be looked up in a charter that runs on real data."""
    charters = [
        loaded.charter
        for path in sorted(EXAMPLES.glob("*/programs/*/charter.yaml"))
        if (loaded := load(path)).charter is not None
    ]
    tables = [table for charter in charters for table in charter.tables.values()]
    bands = [band for charter in charters for band in charter.bands.values()]
    assert {table.hit for table in tables} == {"UNIQUE", "ANY", "FIRST", "PRIORITY", "COLLECT"}
    assert {table.aggregate for table in tables} == {None, "SUM", "MIN", "MAX", "COUNT"}
    assert any(table.accepted_gaps for table in tables)
    assert any(one.max_age for table in tables for one in table.missing.values())
    assert any(band.hysteresis for band in bands)
    assert any(band.dwell for band in bands)


# Online Retail: counted by plain Python from the file as it is ------------------------------


@pytest.fixture(scope="module")
def invoice_lines(shared_data: Path) -> list[dict[str, str | None]]:
    """Every different line that had happened by the day before the evaluation."""
    rows = pq.read_table(shared_data / ALL["online-retail"].shared).to_pylist()
    different = {tuple(row.items()): row for row in rows}
    return [row for row in different.values() if row["InvoiceDate"] < "2011-12-04"]


def test_online_retail_counts_its_dirt(
    offices: Callable[[str], Office], invoice_lines: list[dict[str, str]]
) -> None:
    """Lines without a customer, without a price, and stock corrections are counted once each."""
    office = offices("online-retail")
    assert office.summary["as_of"] == "2011-12-05T00:00:00+00:00"
    unpriced = sum(float(row["UnitPrice"]) <= 0 for row in invoice_lines)
    corrections = sum(
        int(row["Quantity"]) <= 0 and not row["InvoiceNo"].startswith("C") for row in invoice_lines
    )
    nameless = sum(row["CustomerID"] is None for row in invoice_lines)
    assert f"`CustomerID` is missing in {nameless:,} rows" in office.note("CustomerID")
    assert f"{unpriced:,} rows break `UnitPrice > 0`" in office.note("UnitPrice > 0")
    assert f"{corrections:,} rows break" in office.note("OR InvoiceNo LIKE")
    written = Counter(row["StockCode"].casefold() for row in invoice_lines)
    alike = len({row["StockCode"] for row in invoice_lines}) - len(written)
    assert alike > 0
    assert "differ only by case" in office.note("differ only by case")


def test_online_retail_lets_no_postage_and_no_cancellation_rank(
    offices: Callable[[str], Office], invoice_lines: list[dict[str, str]]
) -> None:
    """Fees are out of scope, and what was cancelled lowers a score instead of raising revenue."""
    rows = {row["unit"]: row for row in offices("online-retail").board()}
    assert not {"POST", "DOT", "M", "C2", "AMAZONFEE"} & set(rows)
    assert not {"damages", "check", "damaged"} & {row["label"] for row in rows.values()}
    unit = "22423"  # the shop's best seller, with many cancellations
    window = [row for row in invoice_lines if row["StockCode"] == unit]
    window = [row for row in window if row["InvoiceDate"] >= "2011-11-06"]
    sold = sum(
        int(row["Quantity"]) * round(float(row["UnitPrice"]) * 1000)
        for row in window
        if int(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0
    )
    why = pmpo("why", unit, "--format", "json", cwd=offices("online-retail").folder).json()
    turnover = next(c for c in why["contributions"] if c["signal"] == "turnover")
    assert turnover["value"] == pytest.approx(sold / 1000 / 4, abs=0.005)


# Orange juice -------------------------------------------------------------------------------


def test_orange_juice_means_are_those_of_four_weeks(offices: Callable[[str], Office]) -> None:
    """Growth of one brand in one store is the difference of two means of logarithms."""
    office = offices("orange-juice")
    rows = pq.read_table(office.data).to_pylist()
    mine = {row["week"]: row for row in rows if row["store"] == 2 and row["brand"] == 1}
    # as of 1991-12-23 the week that began on 1991-12-12 is the last one that was over: week 118
    now = [mine[week]["logmove"] for week in range(115, 119) if week in mine]
    before = [mine[week]["logmove"] for week in range(111, 115) if week in mine]
    why = pmpo("why", "2/1", "--format", "json", cwd=office.folder).json()
    growth = next(c for c in why["contributions"] if c["signal"] == "growth")
    assert growth["value"] == pytest.approx(sum(now) / 4 - sum(before) / 4, abs=0.00006)
    margin = next(c for c in why["contributions"] if c["signal"] == "margin")
    earned = [mine[week]["profit"] for week in range(115, 119)]
    assert margin["value"] == pytest.approx(sum(earned) / 4, abs=0.006)


def test_orange_juice_remembers_week_by_week(
    offices: Callable[[str], Office], tmp_path: Path
) -> None:
    """A closed store keeps its last advertisement; bands remember as a plain loop over weeks does.

    Stores 47 and 48 have no row in week 115, and 48 has none in 116 and 117.
    """
    example = offices("orange-juice")
    folder = shutil.copytree(
        EXAMPLES / "orange-juice", tmp_path / "oj", ignore=shutil.ignore_patterns("data", ".pmpo")
    )
    (folder / "data").symlink_to(example.data.parent)
    rows = {
        (f"{row['store']}/{row['brand']}", row["week"]): row
        for row in pq.read_table(example.data).to_pylist()
    }
    units = {unit for unit, _ in rows}
    bands: dict[str, Earning] = {}
    carried = []
    for week, day in enumerate(["1991-11-25", "1991-12-02", "1991-12-09", "1991-12-16"], 114):
        words = ("run", "--record", "--as", "data-team", "--as-of", day, "--format", "json")
        said = pmpo(*words, cwd=folder)
        assert said.code == 0, said.said
        carried.append([(one["input"], one["units"]) for one in said.json()["carried"]])
        for unit in units:
            seen = [rows[unit, w]["profit"] for w in range(week - 3, week + 1) if (unit, w) in rows]
            margin = round(sum((Decimal(f"{one:.4f}") for one in seen), Decimal()) / len(seen), 2)
            bands[unit] = _earning(margin, week, bands.get(unit))
        board = pmpo("board", "--format", "json", cwd=folder).json()
        assert {row["unit"]: row["bands"]["earning"] for row in board} == {
            unit: one.label for unit, one in bands.items()
        }
    assert carried == [[], [("advertised", 22)], [("advertised", 11)], [("advertised", 11)]]
    assert sum(one.since > 114 for one in bands.values()) > 100
    for brand in range(1, 12):
        why = pmpo("why", f"48/{brand}", "--format", "json", cwd=folder).json()
        last = why["tables"][1]["carried"]["advertised"]
        assert last["as_of"].startswith("1991-11-25")
        assert last["value"] == pytest.approx(rows[f"48/{brand}", 114]["feat"], abs=0.005)


class Earning(NamedTuple):
    """The band of one brand in one store, and the week since which it has it."""

    label: str
    since: int


def _earning(margin: Decimal, week: int, before: Earning | None) -> Earning:
    """Edges 15 and 25, a point of hysteresis on either side, at least two weeks in one band."""
    labels = ["thin", "fair", "full"]
    if before is None:
        return Earning(labels[(margin >= 15) + (margin >= 25)], week)
    was = labels.index(before.label)
    edges = [edge + 1 if was <= i else edge - 1 for i, edge in enumerate((15, 25))]
    label = labels[sum(margin >= edge for edge in edges)]
    if label == before.label or week - before.since < 2:
        return before
    return Earning(label, week)


# School projects ----------------------------------------------------------------------------


def test_school_projects_count_letters_in_columns_of_dates(
    offices: Callable[[str], Office],
) -> None:
    """A running phase whose date is a code is counted, and shown as an interval, not as in time."""
    office = offices("school-projects")
    with gzip.open(office.data, "rt", encoding="utf-8-sig", newline="") as file:
        phases = [{k.strip(): v for k, v in row.items()} for row in csv.DictReader(file)]
    coded = [
        row
        for row in phases
        if row["Project Status Name"] == "In-Progress"
        and "/" not in row["Project Phase Planned End Date"]
    ]
    assert f"{len(coded):,} rows break" in office.note("planned IS NOT NULL")
    projects = {
        (row["Project Building Identifier"], row["Project Description"], row["DSF Number(s)"])
        for row in phases
    }
    assert office.summary["units"] == len(projects)
    undated = [row for row in office.board() if row["bands"]["schedule"] == "no-date"]
    assert undated
    assert all(row["interval"] and row["quality"] == "D" for row in undated)
