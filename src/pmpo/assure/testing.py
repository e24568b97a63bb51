"""`test`: cases against a charter, boundaries nobody thought of, and thresholds nobody watches.

Cases are units that do not exist. They are evaluated by the same statement as real ones, so that a
case which holds says something about the charter and not about a second reading of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from pmpo.evaluate.evaluate import evaluate
from pmpo.model.cases import Case, CaseFile, Value
from pmpo.model.charter import Band, Charter, DecisionTable, Rule, Scope
from pmpo.model.evaluation import BLOCKED
from pmpo.model.table import ABOUT, HELD, KEY, SIGNAL, SourceGrade, Table
from pmpo.rules.cells import Cell, Constant, operands, parse_cell

if TYPE_CHECKING:
    import pyarrow as pa

ANY_DAY: Final = date(2000, 1, 3)
_FAULTS: Final = re.compile(r"tables\..*\.(?:rules|hit)")
_NUMBER: Final = re.compile(r"(?<![\w\"'])(?<!\d\.)-?\d+(?:\.\d+)?(?!\w|\.\d|[\"'])")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a case expected of one thing, and what came of it."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A case, with everything that came out otherwise."""

    case: Case
    index: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Boundary:
    """A value at or beside a threshold with which a table decides nothing, or too much."""

    case: str
    signal: str
    value: Decimal
    fault: str


@dataclass(frozen=True, slots=True)
class Covered:
    """How many rules of a table decide a case, and which none does."""

    table: str
    rules: int
    unused: tuple[str, ...]

    @property
    def share(self) -> Decimal:
        """Per cent of the rules that decide at least one case."""
        return Decimal(100 * (self.rules - len(self.unused))) / self.rules


@dataclass(frozen=True, slots=True)
class Survivor:
    """A threshold that can change without any case noticing."""

    where: str
    was: str
    became: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that testing a charter found.

    Args:
        boundaries: faults beside thresholds, of `tried` values that were tried.
        coverage: of the rules on the cases; `live` on the units of an evaluation, where there is
            one.
        mutants: how many thresholds were changed; `survivors`: those that no case noticed.
    """

    cases: tuple[Judged, ...]
    boundaries: tuple[Boundary, ...]
    tried: int
    coverage: tuple[Covered, ...]
    live: tuple[Covered, ...]
    mutants: int
    survivors: tuple[Survivor, ...]

    @property
    def failed(self) -> int:
        """How many cases came out otherwise."""
        return sum(bool(one.differences) for one in self.cases)


def run_tests(
    charter: Charter, cases: CaseFile, live: pa.Table | None = None, *, threads: int | None = None
) -> Report:
    """Test a charter.

    Args:
        cases: what `tests.yaml` says.
        live: the results of an evaluation, for the coverage of rules on real units.
    Raises: CharterError: a cell does not fit what it is about.
    """
    rows = _evaluated(charter, cases, cases.cases, threads)
    judged = tuple(
        Judged(case, i, tuple(_differences(case, row)))
        for i, (case, row) in enumerate(zip(cases.cases, rows, strict=True))
    )
    beside = _boundary_cases(charter, cases.cases)
    faults = _faults(_evaluated(charter, cases, [one for one, _, _ in beside], threads), beside)
    passing = [one.case for one in judged if not one.differences]
    mutants = list(_mutants(charter))
    return Report(
        cases=judged,
        boundaries=tuple(faults),
        tried=len(beside),
        coverage=tuple(_coverage(charter, rows)),
        live=tuple(_coverage(charter, live.to_pylist())) if live is not None else (),
        mutants=len(mutants),
        survivors=tuple(
            survivor for survivor, mutant in mutants if _survives(mutant, cases, passing, threads)
        ),
    )


# Evaluating units that do not exist ---------------------------------------------------------


def _evaluated(
    charter: Charter, file: CaseFile, cases: Sequence[Case], threads: int | None
) -> list[dict[str, Any]]:
    """The result of each case, in their order.

    The scope counts for cases that expect a status; others are units that the program decides.
    """
    found: dict[int, dict[str, Any]] = {}
    decided = replace(charter, scope=Scope())
    for (day, scoped, _), indices in _batches(charter, file, cases).items():
        table = _table(charter, [cases[i] for i in indices], day)
        under = charter if scoped else decided
        results = evaluate(under, table, threads=threads).results.to_pylist()
        found.update(zip(indices, results, strict=True))
    return [found[i] for i in range(len(cases))]


Batch = tuple[date, bool, int]


def _batches(charter: Charter, file: CaseFile, cases: Sequence[Case]) -> dict[Batch, list[int]]:
    """Cases that one evaluation can hold, in key order: of one day, each unit once."""
    found: dict[Batch, list[int]] = {}
    seen: dict[tuple[date, bool, tuple[str, ...]], int] = {}
    keys = [_key(charter, case, i) for i, case in enumerate(cases)]
    for i in sorted(range(len(cases)), key=lambda i: keys[i]):
        case = cases[i]
        day, scoped = case.as_of or file.as_of or ANY_DAY, bool(case.expect.status)
        times = seen.get((day, scoped, keys[i]), 0)
        seen[day, scoped, keys[i]] = times + 1
        found.setdefault((day, scoped, times), []).append(i)
    return found


def _key(charter: Charter, case: Case, number: int) -> tuple[str, ...]:
    """The key of a case; parts that it does not name are its own number."""
    given = [case.unit.get(name) for name in charter.unit.key]
    return tuple(str(part) if part is not None else f"{number:09d}" for part in given)


def _table(charter: Charter, cases: Sequence[Case], day: date) -> Table:
    """A measured table that nobody measured: a row per case, in their order."""
    import pyarrow as pa

    columns: dict[str, pa.Array] = {}
    keys = [_key(charter, case, i) for i, case in enumerate(cases)]
    for position, name in enumerate(charter.unit.key):
        columns[KEY + name] = pa.array([key[position] for key in keys], pa.string())
    named = {name for case in cases for name in case.unit} | _looked_at(charter)
    attributes = sorted(named - set(charter.unit.key))
    for name in attributes:
        columns[ABOUT + name] = _column([case.unit.get(name) for case in cases])
    for name in charter.signals:
        values = [case.signals.get(name) for case in cases]
        columns[SIGNAL + name] = _column(values)
        held = [None if value is None else 0 for value in values]
        columns[HELD + name] = pa.array(held, pa.int32())
    moment = datetime.combine(day, time(12), UTC)
    return Table(
        key=charter.unit.key,
        attributes=tuple(attributes),
        signals=tuple(charter.signals),
        data=pa.table(columns),
        hash="sha256:" + "0" * 64,
        as_of=moment,
        known_by=moment,
        grades={name: SourceGrade("A") for name in charter.signals},
    )


def _looked_at(charter: Charter) -> set[str]:
    """The columns of the unit that numbers vary by, or that tables look at."""
    settings = [one.setting for one in charter.parameters.values()]
    settings += [one.setting for one in charter.assumptions.values() if one.setting is not None]
    inputs = {name for table in charter.tables.values() for name in table.inputs if "." not in name}
    inputs -= {*charter.signals, *charter.bands}
    return inputs | {name for setting in settings for name in setting.by}


def _column(values: Sequence[Value]) -> pa.Array:
    """Numbers as doubles, as signals are; a column of several kinds is text."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds <= {Decimal}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())  # type: ignore[arg-type]
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {date}:
        return pa.array(values, pa.date32())
    return pa.array([None if v is None else str(v) for v in values], pa.string())


# Judging ------------------------------------------------------------------------------------


def _differences(case: Case, row: Mapping[str, Any]) -> Iterator[Difference]:
    expect = case.expect
    wanted: list[tuple[str, Any, Any]] = []
    if expect.status:
        wanted.append(("status", expect.status, row["status"]))
    if expect.outcome:
        wanted.append(("outcome", expect.outcome, row.get("outcome")))
    wanted += [(f"band {n}", label, row[f"band_{n}"]) for n, label in expect.bands.items()]
    wanted += [(f"rule of {n}", rule, row.get(f"rule_{n}")) for n, rule in expect.rules.items()]
    for name, value in expect.outputs.items():
        wanted.append((name, value, row.get("out_" + name.replace(".", "_", 1))))
    for what, expected, found in wanted:
        if not _same(expected, found):
            yield Difference(what, _told(expected), _told(found))
    if expect.score is not None:
        yield from _score(expect.score, row["score"])


def _score(expected: Decimal, found: Decimal | None) -> Iterator[Difference]:
    """A score is compared to as many digits as the case has written."""
    digits = Decimal(1).scaleb(int(expected.as_tuple().exponent))
    shown = found.quantize(digits, ROUND_HALF_UP) if found is not None else None
    if shown != expected:
        yield Difference("score", f"{expected:f}", _told(shown))


def _same(expected: Any, found: Any) -> bool:
    if isinstance(expected, Decimal) and found is not None and not isinstance(found, str):
        return Decimal(str(found)) == expected
    return bool(expected == found)


def _told(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


# Boundaries ---------------------------------------------------------------------------------


def _boundary_cases(charter: Charter, cases: Sequence[Case]) -> list[tuple[Case, str, Decimal]]:
    """Every case again with each of its signals at, just below and just above each threshold."""
    made = []
    for name, values in _thresholds(charter).items():
        step = Decimal(1).scaleb(-charter.signals[name].precision)
        for case in cases:
            if case.signals.get(name) is None:
                continue
            for value in sorted({v + d for v in values for d in (-step, Decimal(0), step)}):
                moved = replace(case, signals={**case.signals, name: value})
                made.append((moved, name, value))
    return made


def _thresholds(charter: Charter) -> dict[str, set[Decimal]]:
    """The numbers by which each signal is judged: edges of bands, and numbers in cells."""
    found: dict[str, set[Decimal]] = {name: set() for name in charter.signals}
    for band in charter.bands.values():
        found[band.signal] |= {edge for edge in band.edges if isinstance(edge, Decimal)}
    for table in charter.tables.values():
        for rule in table.rules:
            for name, cell in zip(table.inputs, rule.when, strict=True):
                if name in found:
                    found[name] |= _numbers_of(parse_cell(cell))
    return {name: values for name, values in found.items() if values}


def _numbers_of(cell: Cell) -> set[Decimal]:
    ends = [operand for test in cell.tests for operand in operands(test)]
    values = [one.value for one in ends if isinstance(one, Constant)]
    return {one for one in values if isinstance(one, Decimal)}


def _faults(
    rows: Sequence[Mapping[str, Any]], beside: Sequence[tuple[Case, str, Decimal]]
) -> Iterator[Boundary]:
    """Boundary values with which a table has no rule, or several where it may have one."""
    seen = set()
    for row, (case, signal, value) in zip(rows, beside, strict=True):
        reason = str(row["reason"] or "")
        fault = (signal, value, reason)
        if row["status"] == BLOCKED and _FAULTS.fullmatch(reason) and fault not in seen:
            seen.add(fault)
            yield Boundary(case.name, signal, value, reason)


# Coverage -----------------------------------------------------------------------------------


def _coverage(charter: Charter, rows: Sequence[Mapping[str, Any]]) -> Iterator[Covered]:
    for table in charter.tables.values():
        column = f"rule_{table.name}"
        fired = {id for row in rows for id in str(row.get(column) or "").split(",")}
        unused = tuple(rule.id for rule in table.rules if rule.id not in fired)
        yield Covered(table.name, len(table.rules), unused)


# Mutation -----------------------------------------------------------------------------------


def _mutants(charter: Charter) -> Iterator[tuple[Survivor, Charter]]:
    """The charter with one threshold changed by one in its last digit, up and down."""
    for name, band in charter.bands.items():
        for i, edge in enumerate(band.edges):
            if isinstance(edge, Decimal):
                yield from _moved_edge(charter, name, band, i, edge)
    for name, table in charter.tables.items():
        for rule in table.rules:
            for i, cell in enumerate(rule.when):
                for match in _NUMBER.finditer(cell):
                    yield from _moved_cell(charter, name, table, rule, (i, match))


def _moved_edge(
    charter: Charter, name: str, band: Band, i: int, edge: Decimal
) -> Iterator[tuple[Survivor, Charter]]:
    step = Decimal(1).scaleb(int(edge.as_tuple().exponent))
    for moved in (edge + step, edge - step):
        edges = (*band.edges[:i], moved, *band.edges[i + 1 :])
        bands = {**charter.bands, name: replace(band, edges=edges)}
        told = Survivor(f"bands.{name}.edges.{i}", f"{edge:f}", f"{moved:f}")
        yield told, replace(charter, bands=bands)


def _moved_cell(
    charter: Charter,
    name: str,
    table: DecisionTable,
    rule: Rule,
    at: tuple[int, re.Match[str]],
) -> Iterator[tuple[Survivor, Charter]]:
    i, match = at
    number = Decimal(match[0])
    step = Decimal(1).scaleb(int(number.as_tuple().exponent))
    for moved in (number + step, number - step):
        cell = rule.when[i]
        changed = f"{cell[: match.start()]}{moved:f}{cell[match.end() :]}"
        when = (*rule.when[:i], changed, *rule.when[i + 1 :])
        rules = tuple(replace(one, when=when) if one is rule else one for one in table.rules)
        tables = {**charter.tables, name: replace(table, rules=rules)}
        told = Survivor(f"tables.{name}.{rule.id}", cell, changed)
        yield told, replace(charter, tables=tables)


def _survives(
    mutant: Charter, file: CaseFile, passing: Sequence[Case], threads: int | None
) -> bool:
    """Whether every case that held still holds under the changed charter."""
    rows = _evaluated(mutant, file, passing, threads)
    return not any(
        next(_differences(case, row), None) for case, row in zip(passing, rows, strict=True)
    )
