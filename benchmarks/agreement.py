"""Whether contenders found the same numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

PRECISIONS: Final = {
    "revenue": 2,
    "pieces": 0,
    "lines": 0,
    "price": 4,
    "largest": 2,
    "realisation": 4,
    "growth": 4,
    "customers": 0,
    "pace": 4,
    "bulk": 4,
}
"""Decimals of each signal, as the charter declares them."""


_ERROR: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two results compare.

    Args:
        cells: how many numbers were compared.
        rounded_apart: cells one unit apart in the last decimal: a sum of doubles that lies within
            its own error of a tie is rounded to one side or the other.
        different: cells further apart, or missing on one side only.
    """

    cells: int
    rounded_apart: int
    different: int


def compare_signals(own: Path, other: Path) -> Agreement:
    """Compare PMPO's table with another library's, signal by signal."""
    ours, theirs = pq.read_table(own), pq.read_table(other).sort_by("unit")
    order = pc.sort_indices(ours["key_unit"].cast(pa.int64()))
    ours = ours.take(order)
    apart = different = 0
    for name, digits in PRECISIONS.items():
        left, right = ours[f"signal_{name}"], theirs[name].cast(pa.float64())
        right = pc.if_else(pc.fill_null(pc.is_nan(right), fill_value=True), None, right)
        distance = pc.abs(pc.subtract(left, right))
        one_missing = pc.xor(pc.is_null(left), pc.is_null(right))
        far = pc.greater(distance, 1.5 * 10.0**-digits)
        near = pc.greater(distance, 0.5 * 10.0**-digits)
        wrong = pc.sum(far).as_py() or 0
        different += wrong + pc.sum(one_missing).as_py()
        apart += (pc.sum(near).as_py() or 0) - wrong
    return Agreement(len(PRECISIONS) * ours.num_rows, apart, different)


def compare_scores(own: Path, other: Path) -> Agreement:
    """Compare scores from 0 to 1, and the order of the units by rank.

    Units whose scores differ by less than the error of a sum of doubles may stand in any order.
    """
    ours, theirs = np.load(own), np.load(other)
    different = int(np.count_nonzero(np.abs(ours["score"] - theirs["score"]) > _ERROR))
    in_order = theirs["score"][np.argsort(ours["rank"], kind="stable")]
    different += int(np.count_nonzero(np.diff(in_order) > _ERROR))
    by_other = ours["score"][np.argsort(theirs["rank"], kind="stable")]
    different += int(np.count_nonzero(np.diff(by_other) > _ERROR))
    return Agreement(3 * len(in_order), 0, different)


def compare_decisions(own: Path, other: Path) -> int:
    """How many of the rows that another decided have another rule or outcome."""
    theirs = pq.read_table(other)
    ours = pq.read_table(own).slice(0, theirs.num_rows)
    same = [
        pc.equal(ours[name].cast(pa.string()), theirs[name].cast(pa.string()))
        for name in ("rule", "do")
    ]
    return int(pc.sum(pc.invert(pc.and_(*same)).cast(pa.int64())).as_py() or 0)
