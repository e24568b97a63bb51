"""Columns with a format, from files to numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pmpo.compile.plan import compile_plan
from pmpo.diagnostics import PmpoError
from tests.compiling import moments
from tests.offices import Office, Run, charter, charter_text

if TYPE_CHECKING:
    from pathlib import Path

X = "x: {formula: SUM(amount), source: sales, better: higher, value: {0: 0, 10: 100}}"
SOURCES = """\
items: {{from: items.parquet, mode: snapshot}}
sales:
  from: sales.csv
  time: at
  known_at: none
  tz: UTC
  join: {{items: sku}}
  columns: {{at: {at}, amount: {amount}}}
"""
DAY = "{type: timestamp, format: '%d/%m/%Y %H:%M'}"
MONEY = "{type: 'decimal(12,2)', format: '1.234,56'}"


def run(
    base: Path, rows: str, at: str = DAY, amount: str = MONEY, x: str = X, as_of: str = "2024-02-01"
) -> Run:
    """Measure sales written as `rows`."""
    office = Office(base)
    office.write("items", {"sku": ["a"]})
    (base / "sales.csv").write_text("sku;at;amount\n" + rows, encoding="utf-8")
    return office.run(charter_text(sources=SOURCES.format(at=at, amount=amount), signals=x), as_of)


def test_dates_and_numbers_are_read_as_they_are_written(tmp_path: Path) -> None:
    """The day stands before the month, the comma before the cents."""
    rows = "a;01/02/2024 00:30;5\na;2/1/2024 8:05;1.234,50\na;31/01/2024 23:59;-0,25\n"
    done = run(tmp_path, rows)
    assert done.signal("x") == {"a": 1234.25}
    assert done.inspection.facts["sales"].latest == datetime(2024, 1, 31, 23, 59)


@pytest.mark.parametrize(
    ("column", "written", "value"),
    [
        ("{type: 'decimal(12,2)', format: '$1,234.56'}", "-$1,234.5", -1234.5),
        ("{type: 'decimal(9,4)', format: '12 %'}", "-7 %", -0.07),
        ("{type: 'decimal(9,4)', format: '12.5 %'}", "12.25%", 0.1225),
        ("{type: integer, format: '1 234'}", "12\u202f345", 12345.0),
        ("{type: integer, format: '1.234,0'}", "12.345,00", 12345.0),
        ("{type: 'decimal(9,4)', format: '1.234,56', null: ['-']}", "-", None),
    ],
)
def test_numbers_by_example(tmp_path: Path, column: str, written: str, value: float | None) -> None:
    """Signs, groups and percentages become exact numbers."""
    assert run(tmp_path, f"a;02/01/2024 08:00;{written}\n", amount=column).signal("x") == {
        "a": value
    }


def test_days_written_as_whole_numbers(tmp_path: Path) -> None:
    """A format also reads 20240131, and a half day of twelve hours."""
    day = "{type: date, format: '%Y%m%d'}"
    rows = "a;20240131;1\na;20240202;2\n"
    assert run(tmp_path, rows, day).signal("x") == {"a": 1.0}
    clock = "{type: timestamp, format: '%m/%d/%Y %I:%M %p'}"
    done = run(tmp_path, "a;1/31/2024 8:05 PM;1\n", clock)
    assert done.inspection.facts["sales"].latest == datetime(2024, 1, 31, 20, 5)


def test_texts_written_otherwise_are_counted_with_an_example(tmp_path: Path) -> None:
    """Months that do not exist, short years and other separators stop the run."""
    rows = "a;31/02/2024 08:00;1\na;01/02/24 08:00;1,234.50\na;01/01/2024 08:00;1,5\n"
    with pytest.raises(PmpoError) as caught:
        run(tmp_path, rows)
    clock, comma = "written as `%d/%m/%Y %H:%M`", "written as `1.234,56`"
    assert [(f.code, f.path, f.message) for f in caught.value.findings] == [
        (
            "source/wrong-type",
            "sources.sales.columns.at",
            f"2 values of `sales.at` are not timestamp {clock}, for example '01/02/24 08:00'",
        ),
        (
            "source/wrong-type",
            "sources.sales.columns.amount",
            f"1 value of `sales.amount` is not decimal(12,2) {comma}, for example '1,234.50'",
        ),
    ]


def test_a_format_of_values_that_are_no_texts_is_refused() -> None:
    """A number has no separators left."""
    text = charter_text(sources=SOURCES.format(at=DAY, amount=MONEY), signals=X)
    schemas = {
        "items": {"sku": "text"},
        "sales": {"sku": "text", "at": "timestamp", "amount": "double"},
    }
    plan = compile_plan(charter(text), schemas, moments("2024-02-01"))
    assert {(f.code, f.path) for f in plan.findings} == {
        ("source/format-type", "sources.sales.columns.at.format"),
        ("source/format-type", "sources.sales.columns.amount.format"),
    }


def test_dates_by_directives_are_for_duckdb_alone() -> None:
    """Other engines read other texts as dates, and the plan says so instead of guessing."""
    text = charter_text(sources=SOURCES.format(at=DAY, amount=MONEY), signals=X)
    for dialect in ("postgres", "spark"):
        plan = compile_plan(charter(text), {}, moments("2024-02-01"), dialect)
        assert ("compile/dialect", "sources.sales.columns.at.format") in {
            (f.code, f.path) for f in plan.findings
        }


@pytest.mark.parametrize(
    ("format", "counts", "newest"),
    [
        ("weeks since 2023-12-30", [1, 2, 4], datetime(2024, 1, 27)),
        ("days since 1899-12-30", [45292, 45293, 45322], datetime(2024, 1, 31)),
        ("seconds since 1970-01-01", [1704067200, 1704067201, 1706745599], None),
        ("milliseconds since 2024-01-01T00:00:00.5", [-500, 0, 1], None),
    ],
)
def test_whole_numbers_count_units_of_time(
    tmp_path: Path, format: str, counts: list[int], newest: datetime | None
) -> None:
    """Week numbers, spreadsheet days and epochs become moments, before and after their origin."""
    at = f"{{type: timestamp, format: '{format}'}}"
    rows = "".join(f"a;{count};1\n" for count in counts)
    done = run(tmp_path, rows, at=at, amount="{type: integer}")
    assert done.signal("x") == {"a": 3.0}
    unit, _, since = format.split(maxsplit=2)
    expected = datetime.fromisoformat(since) + timedelta(**{unit: counts[-1]})
    assert done.inspection.facts["sales"].latest == expected
    assert newest in (None, expected)


@pytest.mark.parametrize("count", ["1.5", "never", "999999999999999999999", "-99999999999"])
def test_a_count_beyond_the_calendar_is_told(tmp_path: Path, count: str) -> None:
    """What is no whole number, or would lie after the year 9999, is counted with its example."""
    at = "{type: timestamp, format: weeks since 1989-09-07}"
    with pytest.raises(PmpoError, match="weeks since 1989-09-07") as caught:
        run(tmp_path, f"a;1790;1\na;{count};1\n", at=at, amount="{type: integer}")
    (found,) = [f for f in caught.value.findings if f.code == "source/wrong-type"]
    assert count in found.message


def test_counts_in_a_column_of_whole_numbers(tmp_path: Path) -> None:
    """A typed column is counted like a text; a number beyond the calendar is told, not dropped."""
    office = Office(tmp_path)
    office.write("items", {"sku": ["a"]})
    sources = SOURCES.replace("sales.csv", "sales.parquet").format(
        at="{type: date, format: days since 2024-01-01}", amount="{type: integer}"
    )
    office.write("sales", {"sku": ["a", "a"], "at": [3, 5], "amount": [1, 1]})
    assert office.run(charter_text(sources=sources, signals=X), "2024-02-01").signal("x") == {
        "a": 2.0
    }
    office.write("sales", {"sku": ["a", "a"], "at": [3, 10**15], "amount": [1, 1]})
    with pytest.raises(PmpoError, match=r"1 value of `sales\.at` is not date"):
        office.run(charter_text(sources=sources, signals=X), "2024-02-01")
