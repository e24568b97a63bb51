"""Why a unit is taken, or is not, and what would have to be otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from pmpo.evaluate.selection import Seat, Selection
from pmpo.model.meta import no_items
from pmpo.model.ratio import shortest


@dataclass(frozen=True, slots=True)
class SeatWhy:
    """How the selection sees one unit.

    Args:
        taken: whether it is recommended to be taken now.
        seat: its seat, as on the board.
        condition: the first of `requires` that keeps it out; empty where none does.
        values: what that condition looks at, by name: exact numbers, dates and times as text; None
            is unknown.
        last: the rank of the last unit that is taken by its rank; None where none is.
        capacity: how many seats there are; None where as many as are wanted.
        held: how many of them people hold.
    """

    taken: bool
    seat: str
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=no_items)
    last: int | None = None
    capacity: int | None = None
    held: int = 0


def seat_why(selection: Selection, unit: str, rank: int | None) -> SeatWhy | None:
    """Why a unit is taken or not; None for one that has no rank and for which nobody holds a seat.

    Args:
        unit: its key.
    """
    held = selection.decided.occupied.get(unit)
    if rank is None and held is None:
        return None
    seat = selection.seat(rank) if rank is not None else Seat(held or "")
    failing = selection.failing(rank) if rank is not None else None
    condition, values = failing if failing is not None else (None, {})
    return SeatWhy(
        taken=seat.is_taken,
        seat=str(seat),
        condition=condition.text if condition is not None else "",
        values={name: _told(value) for name, value in values.items()},
        last=selection.last,
        capacity=selection.capacity,
        held=selection.held,
    )


def _told(value: Any) -> Any:
    """A value as it can stand in JSON."""
    if isinstance(value, Decimal):
        return shortest(value)
    return value.isoformat() if isinstance(value, date) else value
