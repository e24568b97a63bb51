"""The same ten signals with Polars: lazy, streaming, one scan for the sums and one for customers.

Arguments: the folder of `benchmarks.data`, the file for the result.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from benchmarks.process import Stopwatch, say

KNOWN = datetime(2025, 12, 28)


def since(weeks: int) -> pl.Expr:
    """Rows of the last so many weeks."""
    return pl.col("time") >= KNOWN - timedelta(weeks=weeks)


def signals(office: Path) -> pl.LazyFrame:
    """Ten signals per unit, missing where a unit sold nothing."""
    amount = pl.col("amount")
    ended = pl.col("time") < KNOWN
    lines = pl.scan_parquet(office / "data/sales.parquet").filter(pl.col("time") <= KNOWN)
    sums = lines.group_by("unit").agg(
        amount.sum().alias("revenue"),
        pl.col("quantity").cast(pl.Int64).sum().alias("pieces"),
        pl.len().alias("lines"),
        amount.max().alias("largest"),
        pl.col("discount").sum().alias("discount"),
        amount.filter(since(13) & ended).sum().alias("now"),
        amount.filter(since(26) & ~since(13)).sum().alias("before"),
        (since(4) & ended).sum().alias("lines_4"),
        (since(52) & ended).sum().alias("lines_52"),
        amount.filter(since(52) & ended).sum().alias("year"),
        amount.filter(since(52) & ended & (pl.col("quantity") >= 4)).sum().alias("year_bulk"),
        (since(52) & ended & (pl.col("quantity") >= 4)).sum().alias("bulk_lines"),
        (since(13) & ended).sum().alias("lines_13"),
    )
    pairs = lines.filter(since(13) & ended).select("unit", "customer").unique()
    customers = pairs.group_by("unit").agg(pl.len().alias("customers"))
    units = pl.scan_parquet(office / "data/units.parquet")
    joined = units.join(sums, on="unit", how="left").join(customers, on="unit", how="left")

    def ratio(top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
        return pl.when(bottom != 0).then(top / bottom)

    def col(name: str, counted: str) -> pl.Expr:
        """A sum over a window, missing when the window has no row."""
        return pl.when(pl.col(counted) > 0).then(pl.col(name))

    revenue, pieces = pl.col("revenue"), pl.col("pieces")
    return joined.select(
        "unit",
        revenue.round(2),
        pieces,
        "lines",
        ratio(revenue, pieces).round(4).alias("price"),
        "largest",
        ratio(revenue, revenue + pl.col("discount")).round(4).alias("realisation"),
        (ratio(col("now", "lines_13"), pl.col("before")) - 1).round(4).alias("growth"),
        pl.when(pl.col("lines").is_not_null())
        .then(pl.col("customers").fill_null(0))
        .alias("customers"),
        ratio(pl.col("lines_4"), pl.col("lines_52") / 13).round(4).alias("pace"),
        ratio(col("year_bulk", "bulk_lines"), pl.col("year")).round(4).alias("bulk"),
    ).sort("unit")


def main(office: str, result: str) -> None:
    """Measure and write the result."""
    watch = Stopwatch()
    with watch("all"):
        frame = signals(Path(office)).collect(engine="streaming")
    frame.write_parquet(result)
    say(**watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
