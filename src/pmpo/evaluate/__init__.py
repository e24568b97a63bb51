"""Measuring, which has effects, and evaluating, which has none."""

from pmpo.evaluate.evaluate import evaluate
from pmpo.evaluate.measure import measure

__all__ = ["evaluate", "measure"]
