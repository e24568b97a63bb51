"""What taking some units gains and gives up, and whether a statement of it fits the numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pmpo.evaluate.find import label_of, rows_at, with_attributes
from pmpo.evaluate.score import AXIS, signal_weights
from pmpo.evaluate.selection import BEYOND, MUST, TAKEN, Decided, Ranking, selected
from pmpo.model.charter import Charter
from pmpo.model.decision import TradeOffStatement
from pmpo.model.evaluation import Evaluation
from pmpo.rules.values import MICRO
from pmpo.rules.weights import TOTAL

_WHOLE: Final = Decimal(MICRO * TOTAL)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An axis on which a statement says something else than the numbers."""

    axis: str
    said: str
    difference: Decimal
    uncertainty: Decimal


def unit_left_out(
    charter: Charter, evaluation: Evaluation, units: Collection[str], decided: Decided
) -> str | None:
    """The unit that these displace: the best one that is not taken because they are.

    Where the charter names a capacity, that is the best one that may be taken and finds no seat,
    and for a unit that is not taken itself the best one that is. Without a capacity it is the best
    unit that may be taken and is neither among these nor one that people hold a seat for. None
    where no unit is left out.

    Args:
        decided: what people have decided; about these units as if nothing were.
    """
    before = decided.without(units)
    found = selected(charter, evaluation, before)
    ranking = Ranking(charter, evaluation)
    mine = {rank for rank in ranking.ranks(units).values() if rank is not None}
    if found is None:
        held = {rank for rank in ranking.ranks(before.occupied).values() if rank is not None}
        return _first(ranking, range(1, len(ranking) + 1), mine | held)
    if found.capacity is None:
        return _first(ranking, found.ranks(TAKEN, MUST).to_pylist(), mine)
    if any(not found.seat(rank).is_taken for rank in mine):
        displaced = _first(ranking, found.ranks(TAKEN).to_pylist(), mine)
        if displaced is not None:
            return displaced
    return _first(ranking, found.ranks(BEYOND)[: len(mine) + 1].to_pylist(), mine)


def _first(ranking: Ranking, ranks: Iterable[int], besides: Collection[int]) -> str | None:
    """The unit of the first of some ranks that is none of others."""
    rank = next((rank for rank in ranks if rank not in besides), None)
    return ranking.units([rank])[0] if rank is not None else None


def rows_of(charter: Charter, evaluation: Evaluation, units: Collection[str]) -> dict[str, Any]:
    """The results of some units, with their attributes, by unit."""
    import pyarrow as pa

    data = with_attributes(evaluation)
    places = rows_at(charter, data, units)
    rows = data.take(pa.array(places.values(), pa.int64())).to_pylist()
    return {
        unit: {**row, "label": label_of(charter, row)}
        for unit, row in zip(places, rows, strict=True)
    }


def differences(
    charter: Charter, taken: Sequence[Mapping[str, Any]], left: Mapping[str, Any]
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Per axis the mean points of what is taken less those of what is left out.

    Returns: differences, and how many points of each a missing value leaves open.
    """
    difference, open_points = {}, {}
    for axis in charter.axes:
        mine = [row[AXIS + axis] or Decimal(0) for row in taken]
        mean = sum(mine, Decimal(0)) / len(mine)
        difference[axis] = mean - (left[AXIS + axis] or Decimal(0))
        widths = [_width(charter, row, axis) for row in taken]
        open_points[axis] = max(widths) + _width(charter, left, axis)
    return difference, open_points


def _width(charter: Charter, row: Mapping[str, Any], axis: str) -> Decimal:
    """How many points of an axis the policy `range` leaves open for one unit."""
    width = Decimal(0)
    weights = signal_weights(charter)
    for name in charter.axes[axis].signals:
        low, high = row.get(f"low_{name}"), row.get(f"high_{name}")
        if low is not None and high is not None:
            weight = row.get(f"weight_{name}", weights[name])
            width += Decimal(weight * (high - low)) / _WHOLE
    return width


def contradictions(said: TradeOffStatement) -> list[Contradiction]:
    """Every axis on which a statement and the numbers differ beyond what is uncertain.

    An axis must be named on the side on which it clearly falls, and on no other. One whose
    difference is within its uncertainty may be named on either side or on none.
    """
    found = []
    for axis, difference in said.differences.items():
        open_points = said.uncertainty.get(axis, Decimal(0))
        if not _fits(difference, open_points, axis in said.gains, axis in said.gives_up):
            told = _told(axis in said.gains, axis in said.gives_up)
            found.append(Contradiction(axis, told, difference, open_points))
    return found


def _fits(difference: Decimal, open_points: Decimal, gains: bool, gives: bool) -> bool:
    if gains and gives:
        return False
    if difference > open_points:
        return gains
    if difference < -open_points:
        return gives
    return bool(open_points) or not (gains or gives)


def _told(gains: bool, gives: bool) -> str:
    if gains and gives:
        return "gained and given up"
    return "gained" if gains else "given up" if gives else "not named"


def stated_by_numbers(
    difference: Mapping[str, Decimal],
    uncertainty: Mapping[str, Decimal],
    against: str,
    because: str = "",
) -> TradeOffStatement:
    """The statement that the numbers themselves make: what clearly rises and what clearly falls."""
    clear = {a: d for a, d in difference.items() if abs(d) > uncertainty.get(a, Decimal(0))}
    return TradeOffStatement(
        gains=tuple(axis for axis, d in clear.items() if d > 0),
        gives_up=tuple(axis for axis, d in clear.items() if d < 0),
        because=because,
        against=against,
        differences=dict(difference),
        uncertainty=dict(uncertainty),
    )
