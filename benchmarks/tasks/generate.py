"""Write the data unless it is there.

Arguments: how many rows, how many units.
"""

from __future__ import annotations

import sys

from benchmarks.data import office_of
from benchmarks.process import say


def main(rows: str, units: str) -> None:
    """Say where the data is, and how large."""
    office = office_of(int(rows), int(units))
    say(office=str(office), bytes=(office / "data" / "sales.parquet").stat().st_size)


if __name__ == "__main__":
    main(*sys.argv[1:])
