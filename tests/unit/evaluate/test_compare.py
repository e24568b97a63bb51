"""Two evaluations side by side: counts that add up, and every changed unit by name."""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.diagnostics import PmpoError
from pmpo.evaluate.compare import Comparison, compare
from tests.offices import Office, charter_text

LABELS = ("low", "middle", "high")


def text(
    *, edges: tuple[float, float] = (3, 7), least: float = 0, worth: float = 100, key: str = "sku"
) -> str:
    """A charter that scores and bands one number per item, and leaves small ones out."""
    return charter_text(
        sources="items: {from: items.parquet, mode: snapshot, columns: {n: integer}}",
        signals="x: {formula: SUM(items.n), better: higher, precision: 0, "
        f"value: {{0: 0, 5: {worth / 2}, 10: {worth}}}, missing: {{policy: exclude}}}}",
        unit=f"unit: {{name: item, source: items, key: [{key}]}}",
        more=f"scope: {{in: 'COALESCE(x, 99) >= {least}'}}\n"
        f"bands:\n  size: {{signal: x, edges: [{edges[0]}, {edges[1]}], "
        f"labels: [{', '.join(LABELS)}], missing: unknown}}",
    )


def compared(base: Path, numbers: dict[str, int | None], old: str, new: str) -> Comparison:
    """Evaluate both charters on the same items."""
    office = Office(base)
    office.write("items", {"sku": list(numbers), "n": list(numbers.values())})
    before, after = (office.run(one, "2024-02-01") for one in (old, new))
    return compare(before.charter, before.evaluation, after.charter, after.evaluation)


def expected(
    numbers: dict[str, int | None], edges: tuple[float, float], least: float
) -> tuple[dict[str, int], dict[str, str], dict[str, str]]:
    """Ranks, statuses and bands of each item, by hand."""
    status = {
        name: "out_of_scope"
        if (99 if n is None else n) < least
        else "excluded"
        if n is None
        else "ranked"
        for name, n in numbers.items()
    }
    ranked = [name for name in numbers if status[name] == "ranked"]
    order = sorted(ranked, key=lambda name: (-(numbers[name] or 0), name))
    bands = {
        name: "unknown" if n is None else LABELS[bisect_right(edges, n)]
        for name, n in numbers.items()
    }
    return {name: i + 1 for i, name in enumerate(order)}, status, bands


EDGES = st.tuples(st.integers(1, 5), st.integers(6, 9))


@settings(max_examples=25)
@given(
    st.dictionaries(
        st.sampled_from("abcdefghij"), st.none() | st.integers(0, 10), min_size=1, max_size=10
    ),
    EDGES,
    EDGES,
    st.integers(0, 5),
)
def test_counts_and_names_are_those_counted_by_hand(
    numbers: dict[str, int | None], old: tuple[int, int], new: tuple[int, int], least: int
) -> None:
    """Every cell of every matrix, and every moved unit, agrees with plain Python."""
    with tempfile.TemporaryDirectory() as base:
        found = compared(Path(base), numbers, text(edges=old), text(edges=new, least=least))
    ranks_old, status_old, bands_old = expected(numbers, old, 0)
    ranks_new, status_new, bands_new = expected(numbers, new, least)
    assert found.units == len(numbers)
    assert {one.unit: (one.rank_from, one.rank_to) for one in found.moved} == {
        name: (ranks_old.get(name), ranks_new.get(name))
        for name in numbers
        if ranks_old.get(name) != ranks_new.get(name)
    }
    status, size = found.matrices
    for matrix, before, after in ((status, status_old, status_new), (size, bands_old, bands_new)):
        decided = [
            name
            for name in numbers
            if matrix is status or {status_old[name], status_new[name]} != {"out_of_scope"}
        ]
        cells = [(before[name], after[name]) for name in decided]
        assert dict(matrix.counts) == {cell: cells.count(cell) for cell in cells}
        assert {(c.before, c.after): set(c.units) for c in matrix.changed} == {
            cell: {name for name in decided if (before[name], after[name]) == cell}
            for cell in cells
            if cell[0] != cell[1]
        }


def test_the_same_charter_changes_nothing(tmp_path: Path) -> None:
    """A comparison with itself says so."""
    same = compared(tmp_path, {"a": 1, "b": None}, text(), text())
    assert same.is_same
    assert same.before == same.after
    assert same.as_json()["moved"] == []


def test_a_score_may_change_where_no_rank_does(tmp_path: Path) -> None:
    """Other anchors move scores; that is told although nobody changes place."""
    found = compared(tmp_path, {"a": 10, "b": 1}, text(), text(worth=80))
    assert [(one.unit, one.places, one.score_to) for one in found.moved] == [
        ("a", 0, "80.000000000000"),
        ("b", 0, "8.000000000000"),
    ]
    assert not found.is_same


def test_units_with_another_key_cannot_be_compared(tmp_path: Path) -> None:
    """A product is not found again among shops."""
    office = Office(tmp_path)
    office.write("items", {"sku": ["a"], "shop": ["s"], "n": [1]})
    old, new = (office.run(text(key=key), "2024-02-01") for key in ("sku", "shop"))
    with pytest.raises(PmpoError, match="`sku` before and `shop`"):
        compare(old.charter, old.evaluation, new.charter, new.evaluation)
