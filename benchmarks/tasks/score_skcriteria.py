"""Score and rank with scikit-criteria: its weighted sum model.

Arguments: how many units, the file for the result.
"""

from __future__ import annotations

import sys

import numpy as np
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedSumModel

from benchmarks.decisions import CRITERIA, WEIGHTS, matrix
from benchmarks.process import Stopwatch, say


def main(units: str, result: str) -> None:
    """Evaluate; the values are utilities already, so nothing is scaled."""
    values = matrix(int(units))
    weights = np.array(WEIGHTS) / 100
    watch = Stopwatch()
    with watch("all"):
        problem = mkdm(values, [max] * CRITERIA, weights=weights)
        found = WeightedSumModel().evaluate(problem)
        rank, score = found.rank_, found.e_.score
    np.savez(result, score=score, rank=rank)
    say(**watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
