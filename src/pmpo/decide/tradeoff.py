"""What taking some units gains and gives up, and whether a statement of it fits the numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pmpo.evaluate.find import label_of, units_of, with_attributes
from pmpo.evaluate.score import AXIS, signal_weights
from pmpo.model.charter import Charter
from pmpo.model.decision import TradeOffStatement
from pmpo.model.evaluation import Evaluation
from pmpo.rules.values import MICRO
from pmpo.rules.weights import TOTAL

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE: Final = Decimal(MICRO * TOTAL)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An axis on which a statement says something else than the numbers."""

    axis: str
    said: str
    difference: Decimal
    uncertainty: Decimal


def unit_left_out(
    charter: Charter, evaluation: Evaluation, units: Collection[str], committed: Collection[str]
) -> str | None:
    """The unit that these displace: the best one that is not taken because they are.

    Where the charter names a capacity, that is the best unit beyond it, and for a unit from beyond
    it the best one inside that nobody has committed to. Without a capacity it is the best unit
    that is neither among these nor committed to. None where no unit is left out.
    """
    ranks = _ranks(charter, evaluation)
    take = charter.ranking.take if charter.ranking else None
    capacity = take.capacity if take is not None else None
    others = [unit for unit in ranks if unit not in units]
    free = [unit for unit in others if unit not in committed]
    if capacity is None:
        return free[0] if free else None
    beyond = [unit for unit in units if ranks.get(unit, 0) > capacity]
    if beyond:
        inside = [unit for unit in free if ranks[unit] <= capacity]
        if inside:
            return inside[0]
    return next((unit for unit in free if ranks[unit] > capacity), None)


def _ranks(charter: Charter, evaluation: Evaluation) -> dict[str, int]:
    """The ranked units with their ranks, from the first to the last."""
    import pyarrow.compute as pc

    data: pa.Table = evaluation.results
    ranked = data.filter(pc.is_valid(data["rank"])).sort_by("rank")
    return dict(zip(units_of(charter, ranked), ranked["rank"].to_pylist(), strict=True))


def rows_of(charter: Charter, evaluation: Evaluation, units: Collection[str]) -> dict[str, Any]:
    """The results of some units, with their attributes, by unit."""
    import pyarrow as pa

    wanted = set(units)
    data = with_attributes(evaluation)
    places = {unit: i for i, unit in enumerate(units_of(charter, data)) if unit in wanted}
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
