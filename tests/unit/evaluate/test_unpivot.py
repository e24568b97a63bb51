"""Columns that become rows, from files to numbers."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from pmpo.compile.plan import compile_plan
from pmpo.diagnostics import PmpoError
from tests.compiling import moments
from tests.offices import Office, Run, charter, charter_text

if TYPE_CHECKING:
    from pathlib import Path

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DATED = ", ".join(f"{name}: '2023-{number:02d}-01'" for number, name in enumerate(MONTHS, 1))
SOURCES = """\
items: {{from: {file}, mode: snapshot}}
demand:
  from: {file}
  unpivot: {{columns: {{{columns}}}, name: month, value: pieces}}
  columns: {{month: date, pieces: integer}}
  time: month
  lag: 1 day
  tz: UTC
  join: {{items: {sku}}}
  {more}
"""
SIGNALS = """\
x:
  formula: TRAILING(SUM(pieces), '92 days')
  source: demand
  better: higher
  value: {0: 0, 9: 100}
year: {formula: SUM(pieces), source: demand}
spread: {formula: STDDEV(pieces), source: demand}
rows: {formula: COUNT(*), source: demand}
"""


def run(base: Path, file: str, columns: str, sku: str = "sku", more: str = "") -> Run:
    """Measure demand written as one column per month, as of the first of April."""
    text = charter_text(
        sources=SOURCES.format(file=file, columns=columns, sku=sku, more=more),
        signals=SIGNALS,
        unit=f"unit: {{name: item, source: items, key: [{sku}]}}",
    )
    return Office(base).run(text, "2023-04-02")


def test_each_column_is_a_row_at_its_own_time(tmp_path: Path) -> None:
    """Months after the moment asked about are not there yet, nor one that may be incomplete."""
    (tmp_path / "demand.csv").write_text("sku,jan,feb,mar,apr,may\na,1,2,4,8,16\nb,,3,5,7,\n")
    done = run(tmp_path, "demand.csv", DATED.partition(", jun")[0])
    assert done.signal("x") == {"a": 7.0, "b": 8.0}
    assert done.signal("year") == {"a": 15.0, "b": 15.0}
    assert done.signal("rows") == {"a": 4.0, "b": 4.0}
    assert done.inspection.facts["demand"].rows == 8


def test_where_and_checks_see_the_new_columns(tmp_path: Path) -> None:
    """Rows without a value can be left out, and a check counts the others."""
    (tmp_path / "demand.csv").write_text("sku,jan,feb,mar,apr,may\na,1,2,4,8,16\nb,,3,5,7,\n")
    more = "where: pieces IS NOT NULL\n  checks: [{range: {pieces: [2, 99]}, severity: warn}]"
    done = run(tmp_path, "demand.csv", DATED.partition(", jun")[0], more=more)
    assert done.signal("rows") == {"a": 4.0, "b": 3.0}
    assert "`pieces` is out of range in 1 row" in done.inspection.findings[0].message


def test_wrong_values_are_counted_over_all_columns(tmp_path: Path) -> None:
    """A text in one of the columns is named, and it stops the run."""
    (tmp_path / "demand.csv").write_text("sku,jan,feb\na,1,x\nb,y,3\n")
    with pytest.raises(PmpoError) as caught:
        run(tmp_path, "demand.csv", DATED.partition(", mar")[0])
    assert [f.message for f in caught.value.findings] == [
        "2 values of `demand.pieces` are not integer, for example 'x'"
    ]


def test_what_cannot_be_turned_is_refused() -> None:
    """Columns that are not there, of several types, or hidden by a new one."""
    text = charter_text(
        sources=SOURCES.format(file="d.csv", columns=DATED, sku="sku", more=""), signals=SIGNALS
    )
    table = {"sku": "text", "pieces": "integer"} | dict.fromkeys(MONTHS[1:], "text")
    plan = compile_plan(
        charter(text),
        {"items": {"sku": "text"}, "demand": table | {"dec": "date"}},
        moments("2024-02-01"),
    )
    assert {(f.code, f.message) for f in plan.findings} == {
        ("source/unknown-column", "source `demand` has no column `jan`"),
        ("source/unpivot", "source `demand` has a column `pieces` already"),
        (
            "source/unpivot",
            "the columns that `demand` turns into rows are of several types: text, date",
        ),
    }


def test_a_year_of_demand_in_twelve_columns(tmp_path: Path, shared_data: Path) -> None:
    """Every unit of the file has the sums that its columns have."""
    file = shared_data / "inventory" / "sample_498_skus.csv"
    done = run(tmp_path, str(file), DATED, sku="Sku")
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    first, three = MONTHS[:4], MONTHS[:3]
    assert done.signal("year") == {r["Sku"]: float(sum(int(r[m]) for m in first)) for r in rows}
    assert done.signal("x") == {r["Sku"]: float(sum(int(r[m]) for m in three)) for r in rows}
