"""The same ten signals with pandas: only the needed columns are read, each window is one slice.

Arguments: the folder of `benchmarks.data`, the file for the result.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from benchmarks.process import Stopwatch, say

KNOWN = pd.Timestamp("2025-12-28")


def signals(office: Path) -> pd.DataFrame:
    """Ten signals per unit, missing where a unit sold nothing."""
    units = pd.read_parquet(office / "data/units.parquet")["unit"]
    columns = ["unit", "customer", "time", "amount", "quantity", "discount"]
    lines = pd.read_parquet(office / "data/sales.parquet", columns=columns)
    lines = lines[lines["time"] <= KNOWN]

    def window(start: int, end: int = 0) -> pd.DataFrame:
        """Rows from `start` to `end` weeks before the last known moment."""
        time = lines["time"]
        first, last = (KNOWN - pd.Timedelta(weeks=weeks) for weeks in (start, end))
        return lines[(time >= first) & (time < last)]

    grouped = lines.groupby("unit")
    revenue, pieces = grouped["amount"].sum(), grouped["quantity"].sum()
    discount, count = grouped["discount"].sum(), grouped.size()
    quarter = window(13)
    now = quarter.groupby("unit")["amount"].sum()
    before = window(26, 13).groupby("unit")["amount"].sum()
    pairs = quarter[["unit", "customer"]].drop_duplicates()
    customers = pairs.groupby("unit").size().reindex(count.index, fill_value=0)
    year = window(52)
    by_unit = year.groupby("unit")
    lines_52 = by_unit.size().reindex(count.index, fill_value=0)
    lines_4 = window(4).groupby("unit").size().reindex(count.index, fill_value=0)
    year_amount = by_unit["amount"].sum()
    year_bulk = year[year["quantity"] >= 4].groupby("unit")["amount"].sum()
    found = pd.DataFrame(
        {
            "revenue": revenue.round(2),
            "pieces": pieces,
            "lines": count,
            "price": (revenue / pieces).round(4),
            "largest": grouped["amount"].max(),
            "realisation": (revenue / (revenue + discount)).round(4),
            "growth": (now / before - 1).round(4),
            "customers": customers,
            "pace": (lines_4 / (lines_52 / 13)).round(4),
            "bulk": (year_bulk / year_amount).round(4),
        }
    )
    return found.reindex(units).sort_index()


def main(office: str, result: str) -> None:
    """Measure and write the result."""
    watch = Stopwatch()
    with watch("all"):
        frame = signals(Path(office))
    frame.reset_index().to_parquet(result)
    say(**watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
