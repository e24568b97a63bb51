"""Random decision tables, and what they say about single points, written without the analyser.

A table is texts of cells over a few small sets of values. `holds` reads a cell with a few regular
expressions and compares plain Python values, so it shares no code with what it judges.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

from pmpo.rules.cells import Cell, parse_cell
from pmpo.rules.decision import Decision, DecisionRule, Hit, Input, Output
from pmpo.rules.domains import Domain, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

Value = Decimal | str | date | bool | None
DAY = date(2024, 2, 27)
TENTHS = [Decimal(n) / 10 for n in range(-3, 13)]
GIVEN = tuple(Decimal(n) / 10 for n in (-2, 0, 1, 2, 5, 7, 11))


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of input: its domain, and points of which every set in its cells holds some."""

    domain: Domain
    points: tuple[Value, ...]


KINDS = {
    "number": Kind(Domain("number", precision=1), tuple(TENTHS)),
    "needy": Kind(Domain("number", precision=1, missing="needs data"), (*TENTHS, None)),
    "given": Kind(Domain("number", precision=1, numbers=GIVEN, missing="none"), (*GIVEN, None)),
    "count": Kind(Domain("number", precision=0), tuple(Decimal(n) for n in range(-2, 8))),
    "dense": Kind(Domain("number"), tuple(Decimal(n) / 20 for n in range(-4, 25))),
    "label": Kind(
        Domain("label", labels=("thin", "fair", "full"), missing="unknown"),
        ("thin", "fair", "full", None),
    ),
    "text": Kind(Domain("text"), ("A", "B", "C", "D", "no cell says this")),
    "void": Kind(Domain("text", missing="none"), ("A", "B", "C", "D", "no cell says this", None)),
    "date": Kind(Domain("date"), tuple(DAY + timedelta(days=n) for n in range(-2, 9))),
    "flag": Kind(Domain("boolean"), (False, True)),
}


@dataclass(slots=True)
class Table:
    """Cells as texts, one row per rule."""

    kinds: tuple[str, ...]
    hit: Hit
    rows: list[tuple[str, ...]]
    outputs: list[str]
    accepted: list[tuple[str, ...]] = field(default_factory=list)

    def decision(self) -> Decision:
        """The table as the program reads it."""
        rules = [
            DecisionRule(f"R{n}", self.cells(row), (output,))
            for n, (row, output) in enumerate(zip(self.rows, self.outputs, strict=True), 1)
        ]
        inputs = [Input(f"{kind}_{n}", KINDS[kind].domain) for n, kind in enumerate(self.kinds)]
        values = ("low", "middle", "high") if self.hit == "PRIORITY" else ()
        output = Output("do", "text", values=values)
        accepted = tuple(map(self.cells, self.accepted))
        return Decision("t", self.hit, None, tuple(inputs), (output,), tuple(rules), accepted)

    def cells(self, row: Sequence[str]) -> tuple[Cell, ...]:
        """A row as the program reads it; every cell fits its input."""
        found = []
        for text, kind in zip(row, self.kinds, strict=True):
            cell, faults = fit(parse_cell(text), KINDS[kind].domain)
            assert not faults, (text, faults)
            found.append(cell)
        return tuple(found)

    def points(self) -> Iterator[tuple[Value, ...]]:
        """Every combination of values."""
        return product(*(KINDS[kind].points for kind in self.kinds))

    def covering(self, rows: Sequence[Sequence[str]]) -> dict[tuple[Value, ...], int]:
        """For each point the rows that hold there, as bits."""
        sides = [
            [
                (value, bits_of([row[n] for row in rows], value, kind))
                for value in KINDS[kind].points
            ]
            for n, kind in enumerate(self.kinds)
        ]
        found = {}
        for point in product(*sides):
            bits = -1
            for _, here in point:
                bits &= here
            found[tuple(value for value, _ in point)] = bits
        return found


def bits_of(cells: Sequence[str], value: Value, kind: str) -> int:
    """Which of the cells in one column hold for a value, as bits."""
    missing = KINDS[kind].domain.missing
    return sum(holds(cell, value, missing) << n for n, cell in enumerate(cells))


@cache
def holds(text: str, value: Value, missing: str | None) -> bool:
    """Whether a cell holds for one value, by plain comparison."""
    if text == "-":
        return True
    inverted = re.fullmatch(r"not\((.*)\)", text)
    if inverted is not None:
        return not holds(inverted[1], value, missing)
    return any(_one(test, value, missing) for test in _split(text))


def _split(text: str) -> list[str]:
    """The tests of a cell: commas stand between them and inside quotes only."""
    return [part.strip() for part in re.findall(r'(?:"[^"]*"|[^,"])+', text)]


SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip


def _one(test: str, value: Value, missing: str | None) -> bool:
    if missing is not None and test in ("null", f'"{missing}"'):
        return value is None
    if value is None:
        return False
    between = re.fullmatch(r"([\[(\]])(.*)\.\.(.*)([\])\[])", test)
    if between is not None:
        opening, low, high, closing = between.groups()
        after, before = (
            SIGNS[">=" if opening == "[" else ">"],
            SIGNS["<=" if closing == "]" else "<"],
        )
        return after(value, _read(low)) and before(value, _read(high))
    mark = re.match(r"<=|>=|<|>|=|", test)
    assert mark is not None
    return SIGNS[mark[0] or "="](value, _read(test[mark.end() :]))


def _read(text: str) -> Value:
    """A value as it stands in a cell."""
    text = text.strip()
    day = re.fullmatch(r'date\("(.*)"\)', text)
    if day is not None:
        return date.fromisoformat(day[1])
    if text.startswith('"'):
        return text[1:-1]
    return text == "true" if text in ("true", "false") else Decimal(text)


# Random tables ------------------------------------------------------------------------------


def random_table(rng: Random, hit: Hit = "UNIQUE") -> Table:
    """A table: cells at random, or everything split into rules, whole or with a flaw.

    Of two thirds the rules come from splitting, so that many tables are complete, and many differ
    from a complete one by a single cell.
    """
    kinds = tuple(rng.choice(list(KINDS)) for _ in range(rng.choice([1, 2, 2, 3])))
    rows = _scattered(rng, kinds) if rng.random() < 0.34 else _divided(rng, kinds)
    outputs = [rng.choice(["low", "middle", "high"]) for _ in rows]
    return Table(kinds, hit, rows, outputs)


def _scattered(rng: Random, kinds: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(random_cell(rng, kind) for kind in kinds) for _ in range(rng.randint(1, 7))]


def _divided(rng: Random, kinds: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Rules that share out all there is; then, half of the time, one rule or cell is changed."""
    rows: list[tuple[frozenset[Value], ...]] = [tuple(frozenset(KINDS[k].points) for k in kinds)]
    for _ in range(rng.randint(0, 6)):
        row = rows.pop(rng.randrange(len(rows)))
        column = rng.randrange(len(kinds))
        left, right = _halves(rng, kinds[column], row[column])
        rows += [(*row[:column], side, *row[column + 1 :]) for side in (left, right) if side]
    texts = [
        tuple(cell_of(rng, k, part) for k, part in zip(kinds, row, strict=True)) for row in rows
    ]
    flaw = rng.random()
    if flaw < 0.25 and len(texts) > 1:
        texts.pop(rng.randrange(len(texts)))
    elif flaw < 0.5:
        spoilt, column = rng.randrange(len(texts)), rng.randrange(len(kinds))
        cells = list(texts[spoilt])
        cells[column] = random_cell(rng, kinds[column])
        texts[spoilt] = tuple(cells)
    rng.shuffle(texts)
    return texts


def _halves(rng: Random, kind: str, part: frozenset[Value]) -> tuple[frozenset[Value], ...]:
    """Two sets: below and above some value, or some labels and the others."""
    inside = [value for value in KINDS[kind].points if value in part]
    if KINDS[kind].domain.ordered:
        at = rng.randrange(len(inside))
        left = frozenset(inside[:at])
    else:
        left = frozenset(value for value in inside if rng.random() < 0.5)
    return left, part - left


def cell_of(rng: Random, kind: str, part: frozenset[Value]) -> str:
    """A cell that holds exactly for `part` of the points of a kind."""
    points = KINDS[kind].points
    if part == frozenset(points):
        return "-"
    if not KINDS[kind].domain.ordered:
        return _listed(rng, kind, part)
    values = [value for value in points if value is not None]
    tests, at = [], 0
    while at < len(values):
        if values[at] not in part:
            at += 1
            continue
        end = at
        while end + 1 < len(values) and values[end + 1] in part:
            end += 1
        tests.append(_run(rng, kind, at, end))
        at = end + 1
    if None in part:
        tests.append(rng.choice(["null", _missing(kind)]))
    return ", ".join(tests)


def _run(rng: Random, kind: str, at: int, end: int) -> str:
    """A run of neighbours as one test, with ends open or closed as it falls.

    Between two dense points lies something: every other one stands for it and is never named.
    """
    values = [value for value in KINDS[kind].points if value is not None]
    open_low, open_high = rng.random() < 0.5, rng.random() < 0.5
    if kind == "dense":
        open_low, open_high = at % 2 == 1, end % 2 == 1
    if at == 0 and end == len(values) - 1:
        return f"<= {_write(values[-3])}, > {_write(values[-3])}"
    if at == 0:
        return f"< {_write(values[end + 1])}" if open_high else f"<= {_write(values[end])}"
    if end == len(values) - 1:
        return f"> {_write(values[at - 1])}" if open_low else f">= {_write(values[at])}"
    low = rng.choice("(]") + _write(values[at - 1]) if open_low else "[" + _write(values[at])
    high = _write(values[end + 1]) + rng.choice(")[") if open_high else _write(values[end]) + "]"
    return f"{low}..{high}"


def _listed(rng: Random, kind: str, part: frozenset[Value]) -> str:
    others = [value for value in KINDS[kind].points if value not in part]
    said = [value for value in KINDS[kind].points if value in part]
    unspoken = "no cell says this" in part
    if unspoken or (rng.random() < 0.3 and "no cell says this" not in others):
        return "not(" + ", ".join(_name(kind, value) for value in others) + ")"
    return ", ".join(_name(kind, value) for value in said)


def _name(kind: str, value: Value) -> str:
    return _missing(kind) if value is None else _write(value)


def _missing(kind: str) -> str:
    return f'"{KINDS[kind].domain.missing}"'


def _write(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return f'date("{value}")'
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def random_cell(rng: Random, kind: str) -> str:
    """Any cell; the values it names lie inside the points, so that these show all it says."""
    if rng.random() < 0.2:
        return "-"
    points = [value for value in KINDS[kind].points if value is not None]
    if not KINDS[kind].domain.ordered:
        named = [value for value in KINDS[kind].points if value != "no cell says this"]
        chosen = rng.sample(named, rng.randint(1, len(named)))
        said = ", ".join(_name(kind, value) for value in chosen)
    else:
        inner = points[2:-2:2] if kind == "dense" else points[2:-2]
        if kind == "given":  # all its points are known: what lies between them may be named too
            inner = list(TENTHS)
        said = ", ".join(_test(rng, inner) for _ in range(rng.choice([1, 1, 1, 2])))
        if KINDS[kind].domain.missing and rng.random() < 0.2:
            said += ", null"
    return f"not({said})" if rng.random() < 0.2 else said


def _test(rng: Random, points: Sequence[Value]) -> str:
    if rng.random() < 0.5:
        return rng.choice(["", "= ", "< ", "<= ", "> ", ">= "]) + _write(rng.choice(points))
    low, high = sorted(rng.sample(range(len(points)), 2))
    return f"{rng.choice('[(]')}{_write(points[low])}..{_write(points[high])}{rng.choice('])[')}"
