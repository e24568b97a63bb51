"""`test`: cases against a charter, boundaries nobody thought of, and thresholds nobody watches.

Cases are units that do not exist. They are evaluated by the same statement as real ones, so that a
case which holds says something about the charter and not about a second reading of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from pmpo.assure.case_runs import evaluated
from pmpo.model.cases import Case, CaseFile
from pmpo.model.charter import Band, Charter, DecisionTable, Rule
from pmpo.model.evaluation import BLOCKED
from pmpo.rules.cells import Cell, Constant, operands, parse_cell

if TYPE_CHECKING:
    import pyarrow as pa

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
    rows = evaluated(charter, cases, cases.cases, threads)
    judged = tuple(
        Judged(case, i, tuple(_differences(case, row)))
        for i, (case, row) in enumerate(zip(cases.cases, rows, strict=True))
    )
    beside = _boundary_cases(charter, cases.cases)
    faults = _faults(evaluated(charter, cases, [one for one, _, _ in beside], threads), beside)
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
        if isinstance(band.hysteresis, Decimal):
            yield from _moved_hysteresis(charter, name, band, band.hysteresis)
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


def _moved_hysteresis(
    charter: Charter, name: str, band: Band, width: Decimal
) -> Iterator[tuple[Survivor, Charter]]:
    step = Decimal(1).scaleb(int(width.as_tuple().exponent))
    for moved in (width + step, width - step):
        if moved >= 0:
            bands = {**charter.bands, name: replace(band, hysteresis=moved)}
            told = Survivor(f"bands.{name}.hysteresis", f"{width:f}", f"{moved:f}")
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
    rows = evaluated(mutant, file, passing, threads)
    return not any(
        next(_differences(case, row), None) for case, row in zip(passing, rows, strict=True)
    )
