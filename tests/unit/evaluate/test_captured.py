"""Tables that are overwritten, and say of which day they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import PmpoError
from pmpo.office import Office
from tests.offices import Office as Files
from tests.offices import charter_text

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.office import Run

X = "x: {formula: SUM(stock.pieces), better: higher, value: {0: 0, 10: 100}}"


def run(base: Path, stock: str, *, items: str = "", as_of: str | None = None) -> Run:
    """Run a program over two snapshots; `stock` and `items` are further fields of theirs."""
    files = Files(base)
    files.write("items", {"sku": ["a"]})
    files.write("stock", {"sku": ["a"], "pieces": [3]})
    text = charter_text(
        sources=f"items: {{from: items.parquet, mode: snapshot, tz: UTC{items}}}\n"
        f"stock: {{from: stock.parquet, mode: snapshot, tz: UTC, join: {{items: sku}}{stock}}}",
        signals=X,
    )
    (base / "programs" / "trial").mkdir(parents=True, exist_ok=True)
    (base / "programs" / "trial" / "charter.yaml").write_text(text, encoding="utf-8")
    return Office(base).run(as_of=as_of)


def test_the_day_by_which_all_was_captured_is_the_default_moment(tmp_path: Path) -> None:
    """Two files of two days are a state of the later one; nothing has to be typed."""
    done = run(tmp_path, ", captured: 2024-01-31", items=", captured: 2024-01-15")
    assert done.evaluation.as_of.isoformat() == "2024-01-31T00:00:00+00:00"
    assert done.why("a").quality["grade"] == "B"
    assert [note for note in done.notes if "point-in-time" in note] == []


def test_a_snapshot_that_does_not_say_its_day_leaves_the_moment_open(tmp_path: Path) -> None:
    """One of two unknown days is an unknown day; the finding says what to type."""
    with pytest.raises(PmpoError, match="no default moment") as caught:
        run(tmp_path, ", captured: 2024-01-31")
    assert "captured: " in caught.value.findings[0].help


def test_a_moment_before_it_was_captured_is_not_point_in_time(tmp_path: Path) -> None:
    """The state of a later day is shown, and graded as what it is."""
    days = ", captured: 2024-01-31"
    done = run(tmp_path, days, items=days, as_of="2024-01-30")
    assert "`stock` was captured on 2024-01-31" in " ".join(done.notes)
    assert done.why("a").quality["grade"] == "C"


def test_an_old_capture_is_late(tmp_path: Path) -> None:
    """`late_after` counts from the day of the capture."""
    fresh = ", captured: 2024-01-31, refresh: {every: 1 month, late_after: 6 weeks}"
    in_time = run(tmp_path, fresh, items=", captured: 2024-01-31", as_of="2024-03-13")
    assert in_time.why("a").quality["grade"] == "B"
    late = run(tmp_path, fresh, items=", captured: 2024-01-31", as_of="2024-03-14")
    assert "`stock` is late: it was captured on 2024-01-31" in " ".join(late.notes)
    assert late.why("a").quality["grade"] == "C"
