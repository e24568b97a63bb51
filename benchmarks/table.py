"""The decision table that is timed: ten rules over four inputs, and rows for it.

Every contender reads the same Parquet file: two numbers with four decimals, and two bands as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.data import cache_folder

INPUTS: Final = ("growth", "cover", "price", "earning")
PRICES: Final = ("thin", "fair", "full")
EARNINGS: Final = ("loses", "covers", "earns")
# One rule for every value: growth in five parts, split by the other inputs.
RULES: Final = (
    ("R1", (">= 0.3", "-", '"fair","full"', "-"), "display"),
    ("R2", (">= 0.3", "-", '"thin"', "-"), "review-price"),
    ("R3", ("[0.1..0.3)", "< 2", "-", '"covers","earns"'), "order"),
    ("R4", ("[0.1..0.3)", ">= 2", "-", '"covers","earns"'), "widen"),
    ("R5", ("[0.1..0.3)", "-", "-", '"loses"'), "review-price"),
    ("R6", ("[-0.1..0.1)", "-", "-", '"covers","earns"'), "keep"),
    ("R7", ("[-0.1..0.1)", "-", "-", '"loses"'), "review-cost"),
    ("R8", ("[-0.3..-0.1)", "-", '"fair","full"', "-"), "narrow"),
    ("R9", ("[-0.3..-0.1)", "-", '"thin"', "-"), "sell-off"),
    ("R10", ("< -0.3", "-", "-", "-"), "delist"),
)
_SEED: Final = 20260107
_ROW_GROUP: Final = 500_000


def rows_of(count: int) -> Path:
    """The file with `count` rows, generated when missing."""
    path = cache_folder() / f"table-v1-{count}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        pq.write_table(_rows(count), partial, compression="zstd", row_group_size=_ROW_GROUP)
        partial.rename(path)
    return path


def _rows(count: int) -> pa.Table:
    dice = np.random.Generator(np.random.PCG64(_SEED))
    return pa.table(
        {
            "growth": dice.integers(-6_000, 6_001, count) / 10_000.0,
            "cover": dice.integers(0, 60_001, count) / 10_000.0,
            "price": _labels(dice.integers(0, 3, count), PRICES),
            "earning": _labels(dice.integers(0, 3, count), EARNINGS),
        }
    )


def _labels(codes: np.ndarray, labels: tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), list(labels)).cast(
        pa.string()
    )
