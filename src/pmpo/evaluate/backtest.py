"""How a band or decision table would have behaved: how often, on whom, how long, how restlessly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby, pairwise
from statistics import median
from typing import Any, Final

from pmpo.model.keys import encode
from pmpo.model.table import KEY

FLAP: Final = 2
"""Back where it was after at most so many periods elsewhere: a flap."""
_NONE: Final = "–"
Strip = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Stay:
    """Consecutive periods of one unit under one label, from the period `start` on."""

    label: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class LabelPast:
    """What happened under one label.

    Args:
        unit_periods: how often a unit was under it, counted once a period.
        share: of all unit-periods.
        entries: how often a unit came under it that was elsewhere, or not there, before.
        median_stay, longest_stay: in periods; stays that began before the oldest period or go on
            after the newest one count with what is seen of them.
        longest_unit: who stayed longest.
        flaps: visits of at most two periods between two stays under one and the same other label.
        by_period: how many units were under it, the oldest period first.
    """

    label: str
    unit_periods: int
    share: float
    entries: int
    median_stay: float
    longest_stay: int
    longest_unit: str
    flaps: int
    by_period: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The labels of every unit in every period, and what follows from them.

    Args:
        strips: per unit its label in each period, the oldest first; None where it was not there.
    """

    strips: Mapping[str, Strip]
    order: tuple[str, ...] = ()

    def changes(self, unit: str) -> int:
        """How often a unit went from one label to another."""
        return sum(_changed(*pair) for pair in pairwise(self.strips[unit]))

    def flaps(self, unit: str) -> int:
        """How often a unit was back where it was after at most two periods elsewhere."""
        return len(_flaps(_stays(self.strips[unit])))

    @property
    def all_changes(self) -> int:
        """Of all units."""
        return sum(map(self.changes, self.strips))

    @property
    def all_flaps(self) -> int:
        """Of all units."""
        return sum(map(self.flaps, self.strips))

    def labels(self) -> tuple[LabelPast, ...]:
        """Every label that the charter lists or a unit was under, in the charter's order."""
        stays = {unit: _stays(strip) for unit, strip in self.strips.items()}
        seen = dict.fromkeys(
            stay.label for of_unit in stays.values() for stay in of_unit if stay.label
        )
        names = dict.fromkeys([*self.order, *sorted(seen, key=_by_size)])
        whole = sum(stay.length for of_unit in stays.values() for stay in of_unit)
        flaps = Counter(stay.label for of_unit in stays.values() for stay in _flaps(of_unit))
        return tuple(self._label(name, stays, whole, flaps[name]) for name in names)

    def _label(
        self, name: str, stays: Mapping[str, Sequence[Stay]], whole: int, flaps: int
    ) -> LabelPast:
        every = [(stay, unit) for unit, found in stays.items() for stay in found]
        own = [(stay, unit) for stay, unit in every if stay.label == name]
        lengths = [stay.length for stay, _ in own]
        longest = max(own, key=lambda one: (one[0].length, one[1]), default=None)
        columns = zip(*self.strips.values(), strict=True) if self.strips else ()
        return LabelPast(
            label=name,
            unit_periods=sum(lengths),
            share=sum(lengths) / whole if whole else 0.0,
            entries=sum(stay.start > 0 for stay, _ in own),
            median_stay=float(median(lengths)) if lengths else 0.0,
            longest_stay=max(lengths, default=0),
            longest_unit=longest[1] if longest else "",
            flaps=flaps,
            by_period=tuple(sum(label == name for label in column) for column in columns),
        )

    def restless(self) -> list[str]:
        """The units that changed, those that flap most first."""
        moving = [unit for unit in self.strips if self.changes(unit)]
        return sorted(moving, key=lambda unit: (-self.flaps(unit), -self.changes(unit), unit))


@dataclass(frozen=True, slots=True)
class Backtest:
    """A band or table over past periods.

    Args:
        kind: `band` or `table`.
        boundaries: the periods, the oldest first.
        behaviour: as the charter says, with hysteresis and dwell where it has any.
        plain: by the value alone; None where the charter has neither.
        names: the label of each unit, for people.
        notes: what a reader has to know.
    """

    program: str
    name: str
    kind: str
    of: str
    boundaries: tuple[datetime, ...]
    behaviour: Behaviour
    plain: Behaviour | None
    names: Mapping[str, str]
    history: str
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object."""
        found = self.behaviour
        return {
            "program": self.program,
            "name": self.name,
            "kind": self.kind,
            "of": self.of,
            "boundaries": [boundary.isoformat() for boundary in self.boundaries],
            "history": self.history,
            "units": len(found.strips),
            "changes": found.all_changes,
            "flaps": found.all_flaps,
            "without_memory": None
            if self.plain is None
            else {"changes": self.plain.all_changes, "flaps": self.plain.all_flaps},
            "labels": [label.as_json() for label in found.labels()],
            "restless": [
                {
                    "unit": unit,
                    "label": self.names.get(unit, unit),
                    "changes": found.changes(unit),
                    "flaps": found.flaps(unit),
                    "labels": list(found.strips[unit]),
                }
                for unit in found.restless()
            ],
            "notes": list(self.notes),
        }

    def rows(self) -> list[dict[str, str]]:
        """One row per unit and period, for other programs."""
        return [
            {
                "unit": unit,
                "as_of": boundary.isoformat(),
                "label": label,
                "by_value_alone": (self._plain(unit, number) or "") if self.plain else label,
            }
            for unit, strip in self.behaviour.strips.items()
            for number, (boundary, label) in enumerate(zip(self.boundaries, strip, strict=True))
            if label is not None
        ]

    def _plain(self, unit: str, number: int) -> str | None:
        assert self.plain is not None
        return self.plain.strips[unit][number]


def behaviour(periods: Sequence[Mapping[str, str]], order: Iterable[str] = ()) -> Behaviour:
    """Strips of labels from the labels of each period by unit, the oldest period first."""
    units = sorted({unit for period in periods for unit in period})
    strips = {unit: tuple(period.get(unit) for period in periods) for unit in units}
    return Behaviour(strips, tuple(order))


def labels_of(results: Any, key: Sequence[str], column: str) -> dict[str, str]:
    """The label of each unit of an evaluation's results that is in scope; `–` where it has none.

    What a table gives as a number is a label as it is written.
    """
    parts = (results[KEY + name].to_pylist() for name in key)
    names = [encode(one) for one in zip(*parts, strict=True)]
    statuses = results["status"].to_pylist()
    return {
        name: f"{label}" if label is not None else _NONE
        for name, status, label in zip(names, statuses, results[column].to_pylist(), strict=True)
        if status != "out_of_scope"
    }


def _by_size(label: str) -> tuple[bool, Decimal, str]:
    """Numbers from the smallest on, then words in their order."""
    try:
        return False, Decimal(label), ""
    except InvalidOperation:
        return True, Decimal(0), label


def _stays(strip: Strip) -> list[Stay]:
    """The stays of one unit in order; periods in which it was not there end one."""
    found, start = [], 0
    for label, run in groupby(strip):
        length = len(list(run))
        if label is not None:
            found.append(Stay(label, start, length))
        start += length
    return found


def _flaps(stays: Sequence[Stay]) -> list[Stay]:
    """Short stays between two stays under one and the same other label, without a gap."""
    return [
        middle
        for before, middle, after in zip(stays, stays[1:], stays[2:], strict=False)
        if before.label == after.label
        and middle.length <= FLAP
        and before.start + before.length == middle.start
        and middle.start + middle.length == after.start
    ]


def _changed(before: str | None, after: str | None) -> bool:
    return before is not None and after is not None and before != after
