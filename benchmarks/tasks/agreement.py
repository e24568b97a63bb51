"""Compare what the contenders found.

Arguments: the folder with their results.
"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.agreement import compare_scores, compare_signals
from benchmarks.process import say


def main(folder: str) -> None:
    """Say how many numbers agree, differ by one unit of the last decimal, or differ."""
    place = Path(folder)
    own = place / "pmpo.parquet"
    signals = {
        name: asdict(compare_signals(own, place / f"{name}.parquet"))
        for name in ("polars", "pandas")
    }
    scores = {
        name: asdict(compare_scores(place / "pmpo.npz", place / f"{name}.npz"))
        for name in ("skcriteria", "pymcdm")
    }
    say(signals=signals, scores=scores)


if __name__ == "__main__":
    main(*sys.argv[1:])
