"""Rounding for reading: shown parts add up to the shown whole."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from pmpo.model.rounding import shown

__all__ = ["shown", "shown_parts"]


def shown_parts(parts: Sequence[Decimal], digits: int = 1) -> list[Decimal]:
    """Parts rounded so that they add up to their rounded sum: largest remainder, first wins.

    Example:
        >>> [str(p) for p in shown_parts([Decimal("1.25"), Decimal("1.25"), Decimal("1.26")])]
        ['1.3', '1.2', '1.3']
    """
    step = Decimal(1).scaleb(-digits)
    floors = [part.quantize(step, ROUND_FLOOR) for part in parts]
    left = int((shown(sum(parts, Decimal(0)), digits) - sum(floors, Decimal(0))) / step)
    order = sorted(range(len(parts)), key=lambda i: floors[i] - parts[i])
    for i in order[:left]:
        floors[i] += step
    return floors
