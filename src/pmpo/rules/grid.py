"""A decision table cut into pieces that none of its rules tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pmpo.rules.boxes import Box
from pmpo.rules.orders import Order
from pmpo.rules.regions import HIGHEST, LOWEST, Pieces, Region, between, cut, region


@dataclass(frozen=True, slots=True)
class Column:
    """One input of a table, as sets see it.

    Args:
        whole: all it can hold, the missing value included where rules get to see it.
        missing: what the missing value is called.
        on: the dimension it lies on. A band without memory lies on that of its signal, because the
            signal says which band it is.
        spread: for such a band, the numbers of the signal behind each label.
    """

    name: str
    order: Order
    whole: Region
    on: str
    missing: str = "missing"
    spread: tuple[Region, ...] = ()

    def placed(self, wanted: Region) -> Region:
        """A set of its values as a set on its dimension."""
        if not self.spread:
            return wanted
        labels = [part for n, part in enumerate(self.spread) if _holds(wanted, n)]
        runs = (run for part in labels for run in part.intervals)
        return region(runs, missing=wanted.missing)

    def seen(self, placed: Region) -> Region:
        """The values it can have inside a set on its dimension."""
        if not self.spread:
            return placed
        labels = (n for n, part in enumerate(self.spread) if part.meet(placed).intervals)
        return region(((n, n) for n in labels), missing=placed.missing)


@dataclass(frozen=True, slots=True)
class Line:
    """One rule or accepted gap: a set per input, and what follows."""

    cells: tuple[Region, ...]
    outputs: tuple[str, ...] = ()


class Grid:
    """A table cut into pieces that no rule tells apart.

    Args:
        columns: in the order of the cells.
        lines: every set that must not be cut through.
    """

    def __init__(self, columns: Sequence[Column], lines: Sequence[Line]) -> None:
        self.columns = columns
        self._index = {name: n for n, name in enumerate(dict.fromkeys(one.on for one in columns))}
        self.pieces = [self._cut(name, lines) for name in self._index]
        self._bits: dict[tuple[int, Region], int] = {}

    def _cut(self, name: str, lines: Sequence[Line]) -> Pieces:
        """The pieces of one dimension."""
        here = [(n, one) for n, one in enumerate(self.columns) if one.on == name]
        whole = reduce(Region.meet, (one.placed(one.whole) for _, one in here))
        cells = [one.placed(line.cells[n]) for n, one in here for line in lines]
        spread = [part for _, one in here for part in one.spread]
        return cut(whole, list(dict.fromkeys([*cells, *spread])))

    @property
    def space(self) -> Box:
        """Everything that can happen."""
        return tuple(pieces.all for pieces in self.pieces)

    def box(self, line: Line) -> Box:
        """The pieces a line covers."""
        found = list(self.space)
        for one, cell in zip(self.columns, line.cells, strict=True):
            here = self._index[one.on]
            found[here] &= self._bits_of(here, one.placed(cell))
        return tuple(found)

    def _bits_of(self, here: int, placed: Region) -> int:
        known = self._bits.get((here, placed))
        if known is None:
            known = self._bits[here, placed] = self.pieces[here].bits(placed)
        return known

    def point(self, box: Box) -> tuple[str, ...]:
        """One example in a box, a text per input."""
        bases = {one.on: one.order for one in self.columns if not one.spread}
        chosen = {
            name: _example(self.pieces[here].region(box[here]), bases.get(name))
            for name, here in self._index.items()
        }
        return tuple(_shown(one, one.seen(chosen[one.on])) for one in self.columns)

    def readable(self, box: Box, around: Box) -> Box:
        """`box` without what lies apart from `around`, where a set reads best as one range."""
        ranges = {one.on for one in self.columns if one.order.runs}
        return tuple(
            _run_of(part, seed) if on in ranges else part
            for on, part, seed in zip(self._index, box, around, strict=True)
        )

    def tellable(self, *boxes: Box) -> Box:
        """The first of `boxes` that cells can say, else one piece of the last.

        Only several bands of one signal together can make a set that their cells cannot say.
        """
        for box in boxes:
            if self.box(Line(self._seen(box))) == box:
                return box
        return tuple(part & -part for part in boxes[-1])

    def _seen(self, box: Box) -> tuple[Region, ...]:
        """What each input can be inside a box."""
        placed = {on: self.pieces[here].region(box[here]) for on, here in self._index.items()}
        return tuple(one.seen(placed[one.on]) for one in self.columns)

    def cells(self, box: Box) -> tuple[str, ...]:
        """A box as cells of a rule, where it is one."""
        return tuple(map(_cell, self.columns, self._seen(box)))


def _run_of(part: int, seed: int) -> int:
    """The neighbours of the lowest piece of `seed` that lie in `part`."""
    low = high = seed & -seed
    while part & low >> 1:
        low >>= 1
    while part & high << 1:
        high <<= 1
    return (high << 1) - low


def _holds(wanted: Region, number: int) -> bool:
    return any(low <= number <= high for low, high in wanted.intervals)


def _example(inside: Region, order: Order | None) -> Region:
    """One value of a set; a missing one only where there is no other."""
    if not inside.intervals:
        return inside
    finite = (int(end) for end in inside.intervals[0] if end not in (LOWEST, HIGHEST))
    number = order.example(inside) if order else next(finite, 0)
    return between(number, number)


def _shown(one: Column, value: Region) -> str:
    return one.order.shown(int(value.intervals[0][0])) if value.intervals else one.missing


def _cell(one: Column, wanted: Region) -> str:
    """A set as a cell."""
    return one.order.cell(wanted, one.missing if one.whole.missing else None)
