"""Score and rank with pymcdm: its weighted sum model.

Arguments: how many units, the file for the result.
"""

from __future__ import annotations

import sys

import numpy as np
from pymcdm.helpers import rrankdata
from pymcdm.methods import WSM

from benchmarks.decisions import CRITERIA, WEIGHTS, matrix
from benchmarks.process import Stopwatch, say


def unchanged(column: np.ndarray, *, cost: bool = False) -> np.ndarray:  # noqa: ARG001 - its interface
    """The values are utilities already."""
    return column


def main(units: str, result: str) -> None:
    """Evaluate and rank."""
    values = matrix(int(units))
    weights = np.array(WEIGHTS) / 100
    watch = Stopwatch()
    with watch("all"):
        score = WSM(normalization_function=unchanged)(values, weights, np.ones(CRITERIA))
        rank = rrankdata(score)
    np.savez(result, score=score, rank=rank)
    say(**watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
