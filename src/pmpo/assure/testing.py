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

from pmpo.assure.case_runs import Bench
from pmpo.assure.mutants import Mutant, Survivor, mutants
from pmpo.diagnostics import CharterError
from pmpo.evaluate.reasons import because_of
from pmpo.model.cases import Case
from pmpo.model.charter import Charter, ParamRef
from pmpo.model.evaluation import BLOCKED, RANKED
from pmpo.rules.cells import Cell, Param, operands, parse_cell
from pmpo.rules.tables import rule_ids

if TYPE_CHECKING:
    import pyarrow as pa

MUTANTS_MAX: Final = 400
RULES_COMPILED_MAX: Final = 20_000
_FAULTS: Final = re.compile(r"tables\..*\.(?:rules|hit)")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a case expected of one thing, and what came of it."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A case, with everything that came out otherwise.

    `left_out` says why the unit is not ranked, where it is not.
    """

    case: Case
    index: int
    differences: tuple[Difference, ...]
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A value at or beside a threshold with which a table decides nothing, or too much."""

    case: str
    signal: str
    value: Decimal
    fault: str

    @property
    def told(self) -> str:
        """What the table fails in."""
        what = "no rule holds" if self.fault.endswith(".rules") else "several rules hold"
        return f"{what} ({self.fault})"


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
class Report:
    """Everything that testing a charter found.

    Args:
        boundaries: faults beside thresholds, of `tried` values that were tried.
        coverage: of the rules on the cases; `live` on the units of an evaluation, where there is
            one.
        mutants: how many changes of thresholds were tried; `survivors`: those no case noticed.
        possible: how many changes there are; where that is more than were tried, those were taken
            evenly from all of them.
    """

    cases: tuple[Judged, ...]
    boundaries: tuple[Boundary, ...]
    tried: int
    coverage: tuple[Covered, ...]
    live: tuple[Covered, ...]
    mutants: int
    survivors: tuple[Survivor, ...]
    possible: int

    @property
    def failed(self) -> int:
        """How many cases came out otherwise."""
        return sum(bool(one.differences) for one in self.cases)


def run_tests(charter: Charter, bench: Bench, live: pa.Table | None = None) -> Report:
    """Test a charter.

    Args:
        bench: what `tests.yaml` says.
        live: the results of an evaluation, for the coverage of rules on real units.
    Raises: CharterError: a cell does not fit what it is about.
    """
    cases = bench.file.cases
    rows = bench.evaluated(charter, cases)
    judged = tuple(
        Judged(case, i, tuple(_differences(case, row)), _left_out(charter, row))
        for i, (case, row) in enumerate(zip(cases, rows, strict=True))
    )
    beside = _boundary_cases(charter, cases)
    faults = _faults(bench.evaluated(charter, [one for one, _, _ in beside]), beside)
    passing = [one.case for one in judged if not one.differences]
    every = list(mutants(charter, bench.types))
    changed = _evenly(every, _tried_at_most(charter))
    return Report(
        cases=judged,
        boundaries=tuple(faults),
        tried=len(beside),
        coverage=tuple(_coverage(charter, rows)),
        live=tuple(_coverage(charter, live.to_pylist())) if live is not None else (),
        mutants=len(changed),
        survivors=tuple(
            survivor for survivor, mutant in changed if _survives(mutant, bench, passing)
        ),
        possible=len(every),
    )


# Judging ------------------------------------------------------------------------------------


def _differences(case: Case, row: Mapping[str, Any]) -> Iterator[Difference]:
    expect = case.expect
    wanted: list[tuple[str, Any, Any]] = []
    if expect.status:
        wanted.append(("status", expect.status, row["status"]))
    if expect.outcome != "":
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


def _left_out(charter: Charter, row: Mapping[str, Any]) -> str:
    if row["status"] == RANKED:
        return ""
    because = because_of(charter, str(row["reason"]))
    return f"{str(row['status']).replace('_', ' ')}: {because}"


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
    """The numbers by which each signal is judged, wherever they hold: edges of bands, and cells."""
    found: dict[str, set[Decimal]] = {name: set() for name in charter.signals}
    for band in charter.bands.values():
        for edge in band.edges:
            found[band.signal] |= _every(charter, edge.id) if isinstance(edge, ParamRef) else {edge}
    for table in charter.tables.values():
        for rule in table.rules:
            for name, cell in zip(table.inputs, rule.when, strict=True):
                if name in found:
                    found[name] |= set(_numbers_of(charter, parse_cell(cell)))
    return {name: values for name, values in found.items() if values}


def _numbers_of(charter: Charter, cell: Cell) -> Iterator[Decimal]:
    for operand in (operand for test in cell.tests for operand in operands(test)):
        if isinstance(operand, Param):
            yield from _every(charter, operand.id)
        elif isinstance(operand.value, Decimal):
            yield operand.value


def _every(charter: Charter, parameter: str) -> set[Decimal]:
    """A parameter's numbers for all segments and days."""
    dated = charter.parameters[parameter].setting.values.values()
    return {number for every in dated for _, number in every}


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
        fired = {id for told in {row.get(column) for row in rows} for id in rule_ids(told)}
        unused = tuple(rule.id for rule in table.rules if rule.id not in fired)
        yield Covered(table.name, len(table.rules), unused)


# Mutation -----------------------------------------------------------------------------------


def _tried_at_most(charter: Charter) -> int:
    """How many changes can be tried while somebody waits: each compiles all rules again."""
    rules = sum(len(table.rules) for table in charter.tables.values())
    return min(MUTANTS_MAX, RULES_COMPILED_MAX // max(rules, 1))


def _evenly(every: Sequence[Mutant], most: int) -> list[Mutant]:
    """At most so many of them, from all parts of the charter alike."""
    if len(every) <= most:
        return list(every)
    return [every[i * len(every) // most] for i in range(most)]


def _survives(mutant: Charter, bench: Bench, passing: Sequence[Case]) -> bool:
    """Whether every case that held still holds under the changed charter.

    A change after which the charter cannot be read any more, such as `[0..0)`, does not go
    unnoticed.
    """
    try:
        rows = bench.one_by_one(mutant, passing)
        return not any(next(_differences(passing[i], row), None) for i, row in rows)
    except CharterError:
        return False
