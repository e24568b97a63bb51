"""The matrix for score and rank: units by criteria, all to be maximised, with their weights."""

from __future__ import annotations

from typing import Final

import numpy as np

CRITERIA: Final = 8
WEIGHTS: Final = (25, 20, 15, 12, 10, 8, 6, 4)
"""Percent of the score."""
_SEED: Final = 20260106


def matrix(units: int) -> np.ndarray:
    """Values from 0 to 1 with four decimals; shape (n_units, n_criteria)."""
    dice = np.random.Generator(np.random.PCG64(_SEED))
    return dice.integers(0, 10_001, (units, CRITERIA)) / 10_000.0
