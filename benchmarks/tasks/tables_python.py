"""The decision table as a person would write it in Python, from Parquet to an Arrow table.

Arguments: how many rows all others decide, how many of the first this one does, the file for the
result.
"""

from __future__ import annotations

import sys

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.process import Stopwatch, say
from benchmarks.table import rows_of


def decide(growth: float, cover: float, price: str, earning: str) -> tuple[str, str]:
    """The rule and the outcome of one row."""
    if growth >= 0.3:
        return ("R2", "review-price") if price == "thin" else ("R1", "display")
    if growth >= 0.1:
        if earning == "loses":
            return "R5", "review-price"
        return ("R3", "order") if cover < 2 else ("R4", "widen")
    if growth >= -0.1:
        return ("R7", "review-cost") if earning == "loses" else ("R6", "keep")
    if growth >= -0.3:
        return ("R9", "sell-off") if price == "thin" else ("R8", "narrow")
    return "R10", "delist"


def main(all_rows: str, count: str, result: str) -> None:
    """Decide the first `count` rows."""
    path = rows_of(int(all_rows))
    watch = Stopwatch()
    with watch("all"):
        table = pq.read_table(path).slice(0, int(count))
        columns = [table[name].to_pylist() for name in ("growth", "cover", "price", "earning")]
        rules, outcomes = zip(*(decide(*row) for row in zip(*columns, strict=True)), strict=True)
        found = pa.table({"rule": list(rules), "do": list(outcomes)})
    pq.write_table(found, result)
    say(rows=found.num_rows, **watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
