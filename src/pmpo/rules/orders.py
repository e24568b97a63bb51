"""Values of one kind in their order, as whole numbers and back as people write them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar, Final

from pmpo.model.meta import no_items
from pmpo.rules.cells import quoted
from pmpo.rules.regions import ANY, HIGHEST, LOWEST, NOTHING, Bound, Region, between

_SOME_DAY: Final = date(2000, 1, 1).toordinal()
OTHER: Final = "any other text"


class Order(ABC):
    """All values of one kind, counted in their order; the missing one is not among them.

    `runs` is whether a set of them is read best as one range.
    """

    runs: ClassVar[bool] = True

    @property
    def whole(self) -> Region:
        """Every value."""
        return between(LOWEST, HIGHEST)

    @abstractmethod
    def floor(self, value: Any) -> tuple[int, bool]:
        """The number of the last value not after `value`, and whether it is `value` itself."""

    @abstractmethod
    def shown(self, number: int) -> str:
        """A value as people read it."""

    def written(self, number: int) -> str:
        """A value as it is written in a cell."""
        return self.shown(number)

    @property
    def ends(self) -> tuple[Bound, Bound]:
        """The first and the last value."""
        return self.whole.intervals[0][0], self.whole.intervals[-1][1]

    def example(self, wanted: Region) -> int:
        """A value of a set that reads easily: where it begins, else where it ends."""
        low, high = wanted.intervals[0]
        if low != self.ends[0]:
            return int(low)
        return self.anything if high == self.ends[1] else int(high)

    @property
    def anything(self) -> int:
        """A value where all are alike."""
        return 0

    def below(self, value: Any, *, or_equal: bool) -> Region:
        """The values before `value`."""
        number, exact = self.floor(value)
        return between(LOWEST, number - (exact and not or_equal)).meet(self.whole)

    def above(self, value: Any, *, or_equal: bool) -> Region:
        """The values after `value`."""
        number, exact = self.floor(value)
        return between(number + (not (exact and or_equal)), HIGHEST).meet(self.whole)

    def equal(self, value: Any) -> Region:
        """`value` alone; nothing when the input never holds it."""
        number, exact = self.floor(value)
        return between(number, number).meet(self.whole) if exact else NOTHING

    def cell(self, wanted: Region, missing: str | None) -> str:
        """A set of values as a cell.

        Args:
            missing: the label of the missing value; None where rules never meet one.
        """
        if wanted.intervals == self.whole.intervals:
            return "-" if wanted.missing or missing is None else f"not({quoted(missing)})"
        tests = [self._run(*run) for run in wanted.intervals]
        named = [quoted(missing)] if missing is not None and wanted.missing else []
        return ", ".join([*tests, *named])

    def _run(self, low: Bound, high: Bound) -> str:
        if low == high:
            return self.written(int(low))
        if low == self.ends[0]:
            return self._end("<= ", "< ", int(high), 1)
        if high == self.ends[1]:
            return self._end(">= ", "> ", int(low), -1)
        first = self._end("[", "(", int(low), -1)
        return f"{first}..{self._end(']', ')', int(high), 1, after=True)}"

    def _end(
        self, closed: str, opened: str, number: int, outside: int, *, after: bool = False
    ) -> str:
        """One end of a run, with its mark before or after it; closed unless an order knows better.

        Args:
            outside: where the run does not go: 1 after its end, -1 before its beginning.
        """
        del opened, outside
        return self.written(number) + closed if after else closed + self.written(number)


@dataclass(frozen=True)
class Numbers(Order):
    """Numbers with so many digits after the point.

    `named` are parameters by the number they are here; cells say their names. `among` are all
    numbers that there are.
    """

    digits: int
    named: Mapping[int, str] = field(default_factory=no_items)
    among: Region = ANY

    @property
    def whole(self) -> Region:
        return self.among

    def floor(self, value: Any) -> tuple[int, bool]:
        scaled = Fraction(value) * 10**self.digits
        return math.floor(scaled), scaled.denominator == 1

    def shown(self, number: int) -> str:
        sign, whole = "-" if number < 0 else "", str(abs(number)).rjust(self.digits + 1, "0")
        cut = len(whole) - self.digits
        return sign + f"{whole[:cut]}.{whole[cut:]}".rstrip("0").rstrip(".")

    def _end(
        self, closed: str, opened: str, number: int, outside: int, *, after: bool = False
    ) -> str:
        """Open where that is shorter: below 0.1, not up to 0.0999; at a parameter, by its name."""
        inner, outer = self.written(number), self.written(number + outside)
        is_open = len(outer) < len(inner)
        if number in self.named or number + outside in self.named:
            is_open = number not in self.named
        mark, value = (opened, outer) if is_open else (closed, inner)
        return value + mark if after else mark + value

    def written(self, number: int) -> str:
        name = self.named.get(number)
        return self.shown(number) if name is None else f'PARAM("{name}")'

    def example(self, wanted: Region) -> int:
        """The roundest number near the middle, such as 0.05 between 0.0001 and 0.0999.

        Of a set without end, a round number not far from where it begins, unless that is as short.
        """
        low, high = min(wanted.intervals, key=lambda run: (run[0] == LOWEST) + (run[1] == HIGHEST))
        if low != LOWEST and high != HIGHEST:
            return _round(int(low), int(high))
        if low == LOWEST and high == HIGHEST:
            return self.anything
        end = int(high if low == LOWEST else low)
        reach = max(abs(end), int(10**self.digits))
        near = _round(end - reach, end) if low == LOWEST else _round(end, end + reach)
        return near if len(self.shown(near)) < len(self.shown(end)) else end


def _round(low: int, high: int) -> int:
    """A number with few digits in the middle half of a range."""
    middle = (low + high) // 2
    size = len(str(max(abs(low), abs(high))))
    for step in (int(10**power) // part for power in range(size, 0, -1) for part in (1, 2)):
        near = (middle + step // 2) // step * step
        if 4 * abs(near - middle) <= high - low:
            return near
    return middle


@dataclass(frozen=True)
class Labels(Order):
    """A few names that are all there is: the labels of a band, or no and yes."""

    runs: ClassVar[bool] = False
    labels: tuple[str, ...]
    quoted: bool = True

    @property
    def whole(self) -> Region:
        return between(0, len(self.labels) - 1)

    def floor(self, value: Any) -> tuple[int, bool]:
        return (self.labels.index(value), True) if value in self.labels else (-1, False)

    def shown(self, number: int) -> str:
        return self.labels[number]

    def written(self, number: int) -> str:
        return quoted(self.labels[number]) if self.quoted else self.labels[number]

    def _run(self, low: Bound, high: Bound) -> str:
        return ", ".join(map(self.written, range(int(low), int(high) + 1)))


@dataclass(frozen=True)
class Conditions(Labels):
    """false, then true."""

    labels: tuple[str, ...] = ("false", "true")
    quoted: bool = False

    def floor(self, value: Any) -> tuple[int, bool]:
        return int(value), True


class Texts(Labels):
    """Any text: those that cells name, and all others as one value, the last."""

    def __init__(self, named: Iterable[str]) -> None:
        super().__init__((*dict.fromkeys(named), OTHER))

    def cell(self, wanted: Region, missing: str | None) -> str:
        """Where other texts belong to the set, those that do not are named instead."""
        if not wanted.intervals or wanted.intervals[-1][1] != self.ends[1]:
            return super().cell(wanted, missing)
        rest = self.whole.without(wanted)
        said = [self._run(*run) for run in rest.intervals]
        if missing is not None and not wanted.missing:
            said.append(quoted(missing))
        return f"not({', '.join(said)})" if said else "-"


class Days(Order):
    """Dates."""

    @property
    def whole(self) -> Region:
        return between(date.min.toordinal(), date.max.toordinal())

    @property
    def anything(self) -> int:
        return _SOME_DAY

    def floor(self, value: Any) -> tuple[int, bool]:
        return value.toordinal(), True

    def shown(self, number: int) -> str:
        return date.fromordinal(number).isoformat()

    def written(self, number: int) -> str:
        return f'date("{self.shown(number)}")'
