"""Reading which waivers an evaluation applied, and to which units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pmpo.evaluate.score import judged_signals, used_signals
from pmpo.model.charter import Charter
from pmpo.model.evaluation import OUT_OF_SCOPE, Evaluation
from pmpo.model.keys import encode
from pmpo.model.table import KEY, SIGNAL
from pmpo.model.waiver import Waiver


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver in force, and the units in scope that it changes something for, by key."""

    waiver: Waiver
    units: tuple[str, ...]

    @property
    def told(self) -> str:
        """The waiver in short, for the row of a unit."""
        return f"{self.waiver.signal} until {self.waiver.expires}"

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object: the waiver, and to whom it was applied."""
        return {**self.waiver.as_json(), "applied_to": list(self.units)}


def waived(charter: Charter, evaluation: Evaluation) -> list[Waived]:
    """The waivers in force, in order of their ids; of several for one value, the first counts."""
    acting = set(judged_signals(charter))
    found: list[Waived] = []
    missing = _missing(charter, evaluation, {one.signal for one in evaluation.waivers})
    for one in evaluation.waivers:
        # Where tables say what the absence of a signal means, only a number in its place counts.
        acts = one.signal in acting or one.policy == "impute"
        covered = [u for u in missing[one.signal] if not one.units or u in one.units]
        for unit in covered:
            del missing[one.signal][unit]
        found.append(Waived(one, tuple(covered) if acts else ()))
    return found


def _missing(
    charter: Charter, evaluation: Evaluation, signals: Iterable[str]
) -> dict[str, dict[str, None]]:
    """Per signal the units in scope that lack it, in key order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    used, status = used_signals(charter), evaluation.results["status"]
    inside = pc.not_equal(status, pa.scalar(OUT_OF_SCOPE, status.type))
    found: dict[str, dict[str, None]] = {}
    for name in signals:
        if name not in used:
            found[name] = {}
            continue
        lacking = pc.and_(pc.is_null(evaluation.table.data[SIGNAL + name]), inside)
        keys = evaluation.table.data.select([KEY + one for one in charter.unit.key]).filter(lacking)
        columns = (column.to_pylist() for column in keys.columns)
        found[name] = dict.fromkeys(encode(parts) for parts in zip(*columns, strict=True))
    return found


def by_unit(applied: Iterable[Waived]) -> Mapping[str, tuple[str, ...]]:
    """Per unit the waivers that were applied to it, in short."""
    found: dict[str, tuple[str, ...]] = {}
    for one in applied:
        for unit in one.units:
            found[unit] = (*found.get(unit, ()), one.told)
    return found
