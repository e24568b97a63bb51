"""Weights: percent on two levels to whole micro-units that add up to exactly one million."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

TOTAL: Final = 1_000_000


def leaf_weights(axes: Mapping[str, tuple[Decimal, Mapping[str, Decimal]]]) -> dict[str, int]:
    """The weight of each signal in the whole score.

    Shares are apportioned by largest remainder; ties go to the signal that stands first.

    Args:
        axes: per axis its weight and the weights of its signals, in charter order.
    Returns: signal → weight in micro-units; they add up to 1 000 000.
    Example:
        >>> leaf_weights({"a": (Decimal(60), {"x": Decimal(100)}),
        ...               "b": (Decimal(40), {"y": Decimal(50), "z": Decimal(50)})})
        {'x': 600000, 'y': 200000, 'z': 200000}
    """
    shares: dict[str, Fraction] = {}
    whole = sum((Fraction(weight) for weight, _ in axes.values()), Fraction(0))
    for weight, signals in axes.values():
        inner = sum((Fraction(w) for w in signals.values()), Fraction(0))
        for name, own in signals.items():
            shares[name] = (
                Fraction(weight) / whole * Fraction(own) / inner if whole and inner else Fraction(0)
            )
    return apportion(shares, TOTAL)


def apportion(shares: Mapping[str, Fraction], total: int) -> dict[str, int]:
    """Split `total` in proportion to `shares`, which add up to one, by largest remainder."""
    exact = {name: share * total for name, share in shares.items()}
    result = {name: int(value) for name, value in exact.items()}
    left = total - sum(result.values()) if any(shares.values()) else 0
    order = sorted(exact, key=lambda name: result[name] - exact[name])
    for name in order[:left]:
        result[name] += 1
    return result
