"""Two evaluations of the same units side by side: who changed rank, status, band, rule, outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import DataError, stop
from pmpo.evaluate.find import units_of, with_attributes
from pmpo.evaluate.selection import (
    NOTHING_DECIDED,
    Decided,
    Ranking,
    candidates_of,
)
from pmpo.model.charter import Charter
from pmpo.model.evaluation import BLOCKED, EXCLUDED, OUT_OF_SCOPE, RANKED, Evaluation
from pmpo.model.table import ABOUT, KEY

if TYPE_CHECKING:
    import pyarrow as pa

NOT_THERE: Final = "–"
"""What stands for a unit, or a label, that one of the two does not have."""

TOP: Final = 20
"""How many first ranks are looked at where the charter names no capacity."""

_STATUSES: Final = (RANKED, BLOCKED, EXCLUDED, OUT_OF_SCOPE)


@dataclass(frozen=True, slots=True)
class Cell:
    """The units that went from one label to another."""

    before: str
    after: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Units by their label before and after; the cells off the diagonal changed.

    The matrix of statuses counts every unit, the others those that were or are in scope.

    Args:
        kind: status, band, outcome, rule or output.
        labels: in the charter's order, those only one side has behind them.
        counts: how many units went from one label to another.
        changed: the cells in which something changed, in the order of labels; their units by
            rank after, those without one by key.
    """

    kind: str
    name: str
    labels: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]
    changed: tuple[Cell, ...]

    @property
    def units_changed(self) -> int:
        """How many units have another label after."""
        return sum(count for (before, after), count in self.counts.items() if before != after)


@dataclass(frozen=True, slots=True)
class Moved:
    """One unit's rank and score before and after; None where it was not ranked."""

    unit: str
    label: str
    rank_from: int | None
    rank_to: int | None
    score_from: str | None
    score_to: str | None

    @property
    def places(self) -> int | None:
        """How many places it went up (positive) or down; None when it was ranked only once."""
        if self.rank_from is None or self.rank_to is None:
            return None
        return self.rank_from - self.rank_to


@dataclass(frozen=True, slots=True)
class Comparison:
    """What another charter, or other data, makes of the same units.

    Args:
        units: how many there are in either.
        moved: every unit whose rank or score differs, by its rank after, then before.
        top: how many first ranks `entered` and `left` look at, where no charter says who is taken.
        by_take: whether `entered` and `left` are who is taken now, and who no longer is.
        dropped: the units that left; where people hold seats, those that would not be taken again.
        matrices: status first, then bands, outcomes, rules and outputs that either side has.
        labels: what people call the units that changed in any way, by key.
    """

    before: str
    after: str
    units: int
    moved: tuple[Moved, ...]
    top: int
    by_take: bool
    entered: tuple[Moved, ...]
    left: tuple[Moved, ...]
    dropped: tuple[str, ...]
    matrices: tuple[Matrix, ...]
    labels: Mapping[str, str]

    @property
    def is_same(self) -> bool:
        """Whether no unit changed in any way."""
        who = (*self.moved, *self.entered, *self.left, *self.dropped)
        return not who and not any(matrix.units_changed for matrix in self.matrices)

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object; every changed unit is named."""
        return {
            "before": self.before,
            "after": self.after,
            "units": self.units,
            "top": self.top,
            "by_take": self.by_take,
            "entered": [one.unit for one in self.entered],
            "left": [one.unit for one in self.left],
            "moved": [asdict(one) for one in self.moved],
            "matrices": [
                {
                    "kind": matrix.kind,
                    "name": matrix.name,
                    "changed": matrix.units_changed,
                    "cells": [
                        {"before": before, "after": after, "units": count}
                        for (before, after), count in matrix.counts.items()
                    ],
                    "who": [asdict(cell) for cell in matrix.changed],
                }
                for matrix in self.matrices
            ],
        }


def compare(
    old_charter: Charter,
    old: Evaluation,
    new_charter: Charter,
    new: Evaluation,
    decided: Decided = NOTHING_DECIDED,
) -> Comparison:
    """Put two evaluations side by side, unit by unit.

    Args:
        decided: what people have decided; the seats they hold are held on both sides.
    Raises: DataError `compare/other-units`: the two rank different kinds of units.
    """
    if old_charter.unit.key != new_charter.unit.key:
        raise stop(
            "compare/other-units",
            f"the units have the key {_listed(old_charter)} before and {_listed(new_charter)} "
            "after, so that none can be found again",
            help="compare charters that rank the same kind of unit",
            error=DataError,
        )
    joined = _joined(old_charter, old, new_charter, new)
    matrices = tuple(_matrices(old_charter, new_charter, joined))
    sides = _Sides((old_charter, old), (new_charter, new))
    before, after = (sides.chosen(side, decided) for side in sides.both)
    free = Decided(settled=decided.settled.difference(decided.occupied))
    again = [set(sides.chosen(side, free)) if decided.occupied else set() for side in sides.both]
    dropped = {*before, *again[0].intersection(decided.occupied)}.difference(after, again[1])
    return Comparison(
        before=old.id,
        after=new.id,
        units=joined.num_rows,
        moved=tuple(_moved(joined, _differ(joined))),
        top=sides.top,
        by_take=sides.by_take,
        entered=tuple(_moved(joined, _among(joined, after, before))),
        left=tuple(
            sorted(
                _moved(joined, _among(joined, before, after)), key=lambda one: one.rank_from or 0
            )
        ),
        dropped=tuple(sorted(dropped)),
        matrices=matrices,
        labels=_labels(joined, matrices),
    )


def _listed(charter: Charter) -> str:
    return ", ".join(f"`{name}`" for name in charter.unit.key)


class _Sides:
    """Who is chosen on each side: who is taken, or the first ranks where no charter says who is."""

    def __init__(self, *sides: tuple[Charter, Evaluation]) -> None:
        self.both = sides
        self._candidates = {id(side): candidates_of(*side) for side in sides}
        takes = [one.take for one in self._candidates.values() if one is not None]
        self.by_take = bool(takes)
        self.top = takes[-1].capacity or TOP if takes else TOP

    def chosen(self, side: tuple[Charter, Evaluation], decided: Decided) -> list[str]:
        """The units of one side."""
        candidates = self._candidates[id(side)]
        if candidates is not None:
            return candidates.seen(decided).units()
        ranking = Ranking(*side)
        return ranking.units(range(1, min(self.top, len(ranking)) + 1))


def _among(joined: pa.Table, units: Sequence[str], others: Sequence[str]) -> Any:
    """Whether a unit is one of some, and none of others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    only = pa.array(sorted(set(units).difference(others)), pa.string())
    return pc.is_in(joined["unit"], only)


# Both sides in one table --------------------------------------------------------------------


def _compared(charter: Charter, evaluation: Evaluation) -> list[tuple[str, str]]:
    """The columns of labels that an evaluation has: kind and column, in the charter's order."""
    names = evaluation.results.column_names
    found = [("band", f"band_{name}") for name in charter.bands]
    found += [("outcome", "outcome")]
    found += [("rule", name) for name in names if name.startswith("rule_")]
    found += [("output", name) for name in names if name.startswith("out_")]
    return [("status", "status"), *((kind, name) for kind, name in found if name in names)]


def _joined(
    old_charter: Charter, old: Evaluation, new_charter: Charter, new: Evaluation
) -> pa.Table:
    """One row per unit of either side, with `…_from` and `…_to`, `unit` and `label`.

    Rows are in the order of their ranks after, those without one by key.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = [KEY + name for name in new_charter.unit.key]
    sides = []
    for charter, evaluation, end in ((old_charter, old, "_from"), (new_charter, new, "_to")):
        data = with_attributes(evaluation)
        columns = {name: data[name] for name in keys}
        columns["label" + end] = _label_column(charter, data)
        for name in ("rank", "score", *(name for _, name in _compared(charter, evaluation))):
            values = data[name]
            wanted = name in ("rank", "score")
            columns[name + end] = values if wanted else values.cast(pa.string())
        sides.append(pa.table(columns))
    joined = sides[0].join(sides[1], keys, join_type="full outer")
    joined = joined.sort_by([(name, "ascending") for name in ("rank_to", *keys)])
    units = pa.array(units_of(new_charter, joined), pa.string())
    label = pc.coalesce(joined["label_to"], joined["label_from"], units)
    return joined.append_column("unit", units).append_column("label", label)


def _label_column(charter: Charter, data: pa.Table) -> pa.ChunkedArray:
    import pyarrow as pa

    name = charter.unit.label
    for column in (KEY + name, ABOUT + name):
        if name and column in data.column_names:
            return data[column].cast(pa.string())
    return pa.chunked_array([pa.nulls(data.num_rows, pa.string())])


def _labels(joined: pa.Table, matrices: Sequence[Matrix]) -> dict[str, str]:
    """What people call each unit that changed: its label after, else before, else its key."""
    import pyarrow as pa
    import pyarrow.compute as pc

    named = {unit for matrix in matrices for cell in matrix.changed for unit in cell.units}
    wanted = pc.or_(_differ(joined), pc.is_in(joined["unit"], pa.array(sorted(named), pa.string())))
    changed = joined.select(["unit", "label"]).filter(wanted)
    return dict(zip(changed["unit"].to_pylist(), changed["label"].to_pylist(), strict=True))


def _differ(joined: pa.Table) -> Any:
    """Whether a unit's rank or score differs; having one and having none differ too."""
    import pyarrow.compute as pc

    found = None
    for name in ("rank", "score"):
        before, after = joined[name + "_from"], joined[name + "_to"]
        one_has = pc.xor(pc.is_null(before), pc.is_null(after))
        other = pc.or_(one_has, pc.fill_null(pc.not_equal(before, after), False))
        found = other if found is None else pc.or_(found, other)
    return found


def _moved(joined: pa.Table, who: Any) -> list[Moved]:
    ends = ("unit", "label", "rank_from", "rank_to", "score_from", "score_to")
    changed = joined.select(ends).filter(who)
    columns = [changed[name].to_pylist() for name in ends]
    found = [
        Moved(unit, label, rank_from, rank_to, _text(score_from), _text(score_to))
        for unit, label, rank_from, rank_to, score_from, score_to in zip(*columns, strict=True)
    ]
    return sorted(found, key=_order)


def _order(one: Moved) -> tuple[bool, int, int]:
    return (one.rank_to is None, one.rank_to or 0, one.rank_from or 0)


def _text(score: Decimal | None) -> str | None:
    return f"{score:f}" if score is not None else None


# Matrices -----------------------------------------------------------------------------------


def _matrices(old_charter: Charter, new_charter: Charter, joined: pa.Table) -> Iterator[Matrix]:
    names = joined.column_names
    wanted = ["status", *(f"band_{name}" for name in {**old_charter.bands, **new_charter.bands})]
    wanted += ["outcome"]
    found = dict.fromkeys(wanted)
    found.update(
        dict.fromkeys(
            name.removesuffix(end)
            for prefix in ("rule_", "out_")
            for end in ("_from", "_to")
            for name in names
            if name.startswith(prefix) and name.endswith(end)
        )
    )
    in_scope = joined.filter(_in_scope(joined))
    for column in found:
        if any(column + end in names for end in ("_from", "_to")):
            order = _label_order(column, old_charter, new_charter)
            yield _matrix(column, joined if column == "status" else in_scope, order)


def _in_scope(joined: pa.Table) -> Any:
    """Whether one of the two decides about a unit."""
    import pyarrow.compute as pc

    within = [
        pc.invert(pc.is_in(_values(joined, "status" + end), _outside())) for end in ("_from", "_to")
    ]
    return pc.or_(*within)


def _outside() -> pa.Array:
    import pyarrow as pa

    return pa.array([OUT_OF_SCOPE, NOT_THERE])


def _values(joined: pa.Table, name: str) -> Any:
    """A column of labels, with something to read where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if name not in joined.column_names:
        return pa.chunked_array([pa.repeat(NOT_THERE, joined.num_rows)])
    return pc.fill_null(joined[name], NOT_THERE)


def _label_order(column: str, *charters: Charter) -> list[str]:
    """The labels of a column as the charters list them; none for rules and outcomes."""
    if column == "status":
        return list(_STATUSES)
    band = column.removeprefix("band_")
    found = [charter.bands[band] for charter in reversed(charters) if band in charter.bands]
    return list(dict.fromkeys(name for one in found for name in (*one.labels, one.missing)))


def _matrix(column: str, joined: pa.Table, order: Sequence[str]) -> Matrix:
    """Count units with their labels before and after."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ends = {"before": _values(joined, column + "_from"), "after": _values(joined, column + "_to")}
    steps = pa.table({"unit": joined["unit"], **ends})
    counted = steps.group_by(list(ends)).aggregate([([], "count_all")]).to_pylist()
    counts = {(row["before"], row["after"]): row["count_all"] for row in counted}
    changed: dict[tuple[str, str], list[str]] = {}
    for row in steps.filter(pc.not_equal(steps["before"], steps["after"])).to_pylist():
        changed.setdefault((row["before"], row["after"]), []).append(row["unit"])
    known = {label for pair in counts for label in pair}
    seen = sorted(known - set(order) - {NOT_THERE})
    labels = [label for label in order if label in known and label != NOT_THERE] + seen
    labels += [NOT_THERE] if NOT_THERE in known else []
    pairs = [(old, new) for old in labels for new in labels]
    kind, _, name = column.partition("_")
    return Matrix(
        kind={"out": "output"}.get(kind, kind),
        name=name or column,
        labels=tuple(labels),
        counts={pair: counts[pair] for pair in pairs if pair in counts},
        changed=tuple(Cell(*pair, tuple(changed[pair])) for pair in pairs if pair in changed),
    )
