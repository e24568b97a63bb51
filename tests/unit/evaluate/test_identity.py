"""What an evaluation's id names: everything that can change a number, and nothing else."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from pmpo.evaluate import evaluate
from tests.offices import Office, Run, charter, charter_text

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = """\
items: {from: items.parquet, mode: snapshot}
sales: {from: sales.parquet, time: at, lag: 1 day, tz: UTC, join: {unit: sku}}
"""
SIGNALS = "x: {formula: SUM(n), source: sales, better: higher, value: {0: 0, 10: 100}}"
TEXT = charter_text(sources=SOURCES, signals=SIGNALS)


def run(base: Path, text: str = TEXT, as_of: str = "2024-01-20", n: int = 4) -> Run:
    """Evaluate two units, one of which sold `n`."""
    office = Office(base)
    office.write("items", {"sku": ["a", "b"]})
    office.write("sales", {"sku": ["a"], "at": [datetime(2024, 1, 5)], "n": [n]})
    return office.run(text, as_of)


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\n" + TEXT,
        TEXT.replace("program: trial", "program: trial\nnames: {en: Trial, ja: 試し}"),
        TEXT.replace("x: {formula", "x: {because: It sells., formula"),
    ],
    ids=["comment", "names", "because"],
)
def test_words_change_no_id(tmp_path: Path, text: str) -> None:
    """A charter that only explains itself better measures and ranks as before."""
    assert text != TEXT
    assert run(tmp_path, text).identity == run(tmp_path).identity


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("10: 100", "11: 100"),
        TEXT.replace("SUM(n)", "SUM(n + 0)"),
        TEXT.replace("lag: 1 day", "lag: 2 days"),
        TEXT + "scope: {in: sku <> 'z'}\n",
    ],
    ids=["anchor", "formula", "lag", "scope"],
)
def test_logic_changes_the_id(tmp_path: Path, text: str) -> None:
    """Another way to the same numbers is another evaluation."""
    assert run(tmp_path, text).evaluation.id != run(tmp_path).evaluation.id


def test_moments_and_rows_change_the_id(tmp_path: Path) -> None:
    """The question and what was measured are both part of it."""
    base = run(tmp_path)
    assert run(tmp_path, as_of="2024-01-21").evaluation.id != base.evaluation.id
    assert run(tmp_path, n=5).evaluation.id != base.evaluation.id
    assert run(tmp_path, n=5).table.hash != base.table.hash


def test_an_evaluation_cannot_be_changed(tmp_path: Path) -> None:
    """Neither the evaluation nor the table it rests on takes another value."""
    done = run(tmp_path)
    with pytest.raises(FrozenInstanceError):
        done.evaluation.id = "ev-000000000000"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        done.table.hash = ""  # type: ignore[misc]


def test_one_table_serves_two_charters(tmp_path: Path) -> None:
    """Scoring is pure: the same measured table can be ranked again under other anchors."""
    done = run(tmp_path)
    other = evaluate(charter(TEXT.replace("10: 100", "5: 100")), done.table)
    scores = dict(
        zip(other.results["key_sku"].to_pylist(), other.results["score"].to_pylist(), strict=True)
    )
    assert (done.result("score")["a"], scores["a"]) == (40, 80)
    assert scores["b"] is None
