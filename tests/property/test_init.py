"""Whatever a table holds, it gives a charter without faults, or a diagnostic."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.diagnostics import PmpoError
from pmpo.draft.propose import Asked, propose
from pmpo.office import Office

NAMES: Final = (
    "id", "product", "Unit Price", "qty", "date", "updated_at", "phase", "Jan", "feb", "2023",
    "null", "a: b", "it's", "#1", "日付", " padded ", "Order", "value", "amount", "size", "cost%",
    "resolved_at", "resolved_by", "active", "name", "x" * 70, 'quo"te', "on hand", "planned end",
    "[list]", "{map}", "- dash", "true", "growth", "*star", "&and",
)  # fmt: skip
CELLS: Final = {
    "numbers": st.integers(-10_000, 10_000).map(str),
    "money": st.integers(0, 10**9).map(lambda n: f"${n:,}.50"),
    "fractions": st.floats(-1e9, 1e9).map(str),
    "huge": st.integers(-(10**40), 10**40).map(str),
    "dates": st.dates().map(str),
    "days": st.dates().map(lambda day: f"{day.day}/{day.month}/{day.year:04d}"),
    "times": st.datetimes().map(str),
    "few": st.sampled_from(["a", "b", "it's", "", "?", "n/a", "true", "false"]),
    "texts": st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=12),
    "codes": st.sampled_from(["C12", "13", "14", "PNS", "0015", "17.0"]),
    "none": st.just(""),
}


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A header and some rows of columns that each hold one kind of cell, or a mixture."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    rows = draw(st.integers(1, 12))
    columns = []
    for _ in names:
        kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=2))
        cell = st.one_of(*(CELLS[kind] for kind in kinds))
        columns.append(draw(st.lists(cell, min_size=rows, max_size=rows)))
    return [names, *([column[i] for column in columns] for i in range(rows))]


@given(tables())
@settings(max_examples=25)
def test_a_table_gives_a_charter_or_a_diagnostic(table: Sequence[Sequence[str]]) -> None:
    """The charter of a random table has neither errors nor warnings, and a run of it ends well.

    What cannot be drafted is refused with a finding that says what to do, and writes nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        file, place = Path(folder) / "table.csv", Path(folder) / "office"
        with file.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text).writerows(table)
        if not drafted(file, place):
            assert [path.name for path in Path(folder).iterdir()] == ["table.csv"]
            return
        office = Office(place)
        assert [f.code for f in office.check() if f.severity != "note"] == []
        assert office.run().evaluation.results.num_rows


def drafted(file: Path, place: Path) -> bool:
    """Whether a file gave an office; if not, every finding says what to do."""
    try:
        propose(Asked(file, place))
    except PmpoError as error:
        refused = [finding.code for finding in error.findings if not finding.help]
    else:
        return True
    assert refused == []
    return False
