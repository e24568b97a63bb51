"""The data: sales lines of two years and their units, the same bytes of numbers for one seed.

Doubles with two decimals, as point-of-sale exports have them; a long tail of units; lines in the
order of time. Written once as zstd Parquet into a folder outside the repository.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from numpy.random import Generator

SEED: Final = 20260105
UNITS: Final = 100_000
AS_OF: Final = np.datetime64("2025-12-29T00:00:00", "us")
WEEKS: Final = 104
_CHUNK: Final = 2_000_000
_ROW_GROUP: Final = 500_000
_VERSION: Final = 1
"""Raised whenever the generator changes, so that old files are not taken for new ones."""


def cache_folder() -> Path:
    """Where generated files live: `PMPO_BENCH_DIR`, else the system's folder for caches."""
    named = os.environ.get("PMPO_BENCH_DIR")
    if named:
        return Path(named)
    caches = os.environ.get("XDG_CACHE_HOME")
    home = Path(caches) if caches else Path.home() / ".cache"
    return (home if home.is_dir() else Path(tempfile.gettempdir())) / "pmpo-bench"


def office_of(rows: int, units: int = UNITS, folder: Path | None = None) -> Path:
    """A folder with `data/units.parquet` and `data/sales.parquet`, generated when missing."""
    office = (folder or cache_folder()) / f"v{_VERSION}-{rows}-{units}"
    data = office / "data"
    if not (data / "sales.parquet").exists():
        data.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"unit": np.arange(units, dtype=np.int32)}), data / "units.parquet")
        partial = data / "sales.parquet.partial"
        _write_sales(partial, rows, units)
        partial.rename(data / "sales.parquet")
    return office


def _write_sales(path: Path, rows: int, units: int) -> None:
    dice = np.random.Generator(np.random.PCG64(SEED))
    popularity = dice.permutation(units)
    list_price = np.exp(dice.normal(6.6, 0.9, units)).astype(np.int64) + 5
    first = _lines(dice, 0, min(_CHUNK, rows), rows, popularity, list_price)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first, row_group_size=_ROW_GROUP)
        for start in range(_CHUNK, rows, _CHUNK):
            count = min(_CHUNK, rows - start)
            lines = _lines(dice, start, count, rows, popularity, list_price)
            writer.write_table(lines, row_group_size=_ROW_GROUP)


def _lines(
    dice: Generator,
    start: int,
    count: int,
    rows: int,
    popularity: np.ndarray,
    list_price: np.ndarray,
) -> pa.Table:
    """Lines `start` to `start + count` of all `rows`, in the order of time."""
    units = len(popularity)
    unit = popularity[np.minimum((units * dice.random(count) ** 1.6).astype(np.int64), units - 1)]
    span = WEEKS * 7 * 86_400_000_000
    at = np.sort(dice.integers(span * start // rows, span * (start + count) // rows, count))
    quantity = np.minimum(dice.geometric(0.45, count), 24)
    cents = list_price[unit] * dice.integers(900, 1_101, count) // 1_000 * quantity
    percent = dice.integers(0, 31, count) * (dice.random(count) < 0.3)
    discount = cents * percent // 100
    category = pa.DictionaryArray.from_arrays(
        pa.array((unit % 24).astype(np.int8)), [f"category {number:02}" for number in range(24)]
    )
    return pa.table(
        {
            "unit": unit.astype(np.int32),
            "store": dice.integers(0, 400, count).astype(np.int16),
            "customer": dice.integers(0, 2_000_000, count).astype(np.int32),
            "time": AS_OF - span + at,
            "amount": (cents - discount) / 100.0,
            "quantity": quantity.astype(np.int32),
            "discount": discount / 100.0,
            "category": category,
        }
    )
