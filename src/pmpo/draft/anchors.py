"""Anchors: what values are worth, fixed numbers taken once from how the units are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pmpo.draft.parts import BandDraft, SignalDraft

if TYPE_CHECKING:
    import pyarrow as pa

_SHARES: Final = ((0, 0), (25, 25), (50, 50), (75, 75), (95, 95), (100, 100))
_LARGEST: Final = Decimal(10) ** 12
FIRST: Final = ((Decimal(0), 0), (Decimal(1), 100))
"""Anchors that stand there until values were measured."""


def with_first(signal: SignalDraft) -> SignalDraft:
    """The signal with anchors that only make it valid."""
    return replace(signal, anchors=_turned(FIRST, signal)) if signal.axis else signal


def anchored(signal: SignalDraft, spread: Mapping[int, Decimal], units: str) -> SignalDraft:
    """The signal with anchors at the least value, the greatest, and some quantiles between them.

    They are rounded to two digits, so that people can say them.

    Args:
        spread: the value at each of these shares; empty when nothing was measured.
        units: what the units are called.
    """
    if not signal.axis:
        return signal
    measured = [(spread[share], worth) for share, worth in _SHARES] if spread else []
    points = _increasing(_rounded(measured))
    notes = signal.notes
    if len(points) < 2:
        points = _of_one(spread.get(50, Decimal(0)))
        notes = (*notes, f"nearly all {units} have the same value now, so it tells little apart")
    return replace(signal, anchors=_turned(points, signal), notes=notes)


def banded(signal: SignalDraft, spread: Mapping[int, Decimal], units: str) -> BandDraft | None:
    """A band whose edges leave a quarter of the units below and a quarter above."""
    if not spread:
        return None
    edges = [at for at, _ in _rounded([(spread[25], 0), (spread[75], 0)])]
    if edges[0] >= edges[1]:
        return None
    falling = signal.name == "growth" and edges[0] < 0 < edges[1]
    labels = ("falling", "steady", "rising") if falling else ("low", "usual", "high")
    return BandDraft(
        "pace" if signal.name == "growth" else "standing",
        signal.name,
        (edges[0], edges[1]),
        labels,
        (f"a quarter of the {units} lie below the first edge now, a quarter above the second",),
    )


def spread_of(column: pa.ChunkedArray) -> dict[int, Decimal]:
    """The values at or below which so many per cent lie, by nearest rank; empty without values."""
    ordered = column.drop_null().combine_chunks().sort()
    if not len(ordered):
        return {}
    places = {share: max(-(-len(ordered) * share // 100) - 1, 0) for share, _ in _SHARES}
    return {share: Decimal(str(ordered[place].as_py())) for share, place in places.items()}


def _rounded(points: Sequence[tuple[Decimal, int]]) -> list[tuple[Decimal, int]]:
    """Values that people can say, in the same order."""
    if not points:
        return []
    spread = points[-1][0] - points[0][0]
    if not spread:
        return list(points)
    return [(_short(at, spread), worth) for at, worth in points]


def _short(value: Decimal, spread: Decimal) -> Decimal:
    """A value with two digits of its own, and with more where all values are close together."""
    exponent = spread.adjusted() - 1
    if value:
        exponent = min(exponent, value.adjusted() - 1)
    return _plain(value.quantize(Decimal(1).scaleb(exponent)))


def _plain(value: Decimal) -> Decimal:
    """A number without an exponent and without zeros behind the point."""
    text = f"{value:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text) + 0


def _increasing(points: Sequence[tuple[Decimal, int]]) -> list[tuple[Decimal, int]]:
    """Each value once: the lowest with the least worth, the highest with the most."""
    kept: dict[Decimal, int] = {}
    for at, worth in points:
        if abs(at) <= _LARGEST:
            kept.setdefault(at, worth)
    if len(kept) > 1:
        kept[max(kept)] = 100
    return sorted(kept.items())


def _of_one(value: Decimal) -> list[tuple[Decimal, int]]:
    at = _plain(value.quantize(Decimal("0.01"))) if abs(value) < _LARGEST else Decimal(0)
    return [(at, 0), (at + 1, 100)]


def _turned(
    points: Sequence[tuple[Decimal, int]], signal: SignalDraft
) -> tuple[tuple[Decimal, int], ...]:
    """The worths in the direction that is better."""
    if signal.better == "higher":
        return tuple(points)
    return tuple((at, 100 - worth) for at, worth in points)
