"""The decision tables of a charter with what their inputs can be: read once, used by all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pmpo.compile.formula import place_of
from pmpo.compile.types import Type
from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter, DecisionTable
from pmpo.model.table import ABOUT, KEY, SIGNAL
from pmpo.rules.cells import CellFault
from pmpo.rules.decision import Decision, TableFault, output_domain, read_table
from pmpo.rules.domains import Domain


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that could be read, those before which another must be decided last."""

    decisions: Mapping[str, Decision]
    findings: tuple[Diagnostic, ...]


def read_tables(charter: Charter, types: Mapping[str, Type]) -> Tables:
    """Read every table of a charter.

    Args:
        types: the types of signals and of the unit's columns, by their column in the measured
            table; an input that is not among them has been reported elsewhere.
    Returns: the tables without faults, in an order in which each can be decided, and every fault
        with its place inside the cell.
    """
    decisions: dict[str, Decision] = {}
    findings: list[Diagnostic] = []
    for table in _in_order(charter):
        domains: dict[str, Domain | None] = {}
        for index, name in enumerate(table.inputs):
            path = f"inputs.{index}"
            domain = _domain(charter, table, name, types, decisions)
            if isinstance(domain, CellFault):
                findings.append(_finding(charter, table, TableFault(path, name, domain)))
                domain = None
            domains[name] = domain
        decision, faults = read_table(table, domains, charter.parameters)
        findings += [_finding(charter, table, fault) for fault in faults]
        if decision is not None:
            decisions[table.name] = decision
    return Tables(decisions, tuple(findings))


def _in_order(charter: Charter) -> list[DecisionTable]:
    """Tables after those whose outputs they look at, else as they stand; circles are left out."""
    done: list[DecisionTable] = []
    waiting = list(charter.tables.values())
    while waiting:
        names = {table.name for table in waiting}
        ready = [
            table
            for table in waiting
            if not names & {name.partition(".")[0] for name in table.inputs if "." in name}
        ]
        if not ready:
            return done
        done += ready
        waiting = [table for table in waiting if table not in ready]
    return done


def _domain(
    charter: Charter,
    table: DecisionTable,
    name: str,
    types: Mapping[str, Type],
    decisions: Mapping[str, Decision],
) -> Domain | CellFault | None:
    """What an input can be; None where that is not known."""
    if name in charter.signals:
        kind = types.get(SIGNAL + name)
        return _typed(name, kind, charter.signals[name].precision)
    if name in charter.bands:
        band = charter.bands[name]
        met = _meets_missing(charter, table, name)
        return Domain("label", labels=band.labels, missing=band.missing if met else None)
    other, dot, wanted = name.partition(".")
    if dot and other in charter.tables:
        decided = decisions.get(other)
        outputs = decided.outputs if decided is not None else ()
        found = [output for output in outputs if output.name == wanted]
        return output_domain(charter.tables[other], found[0]) if found else None
    return _typed(name, types.get(attribute_column(charter, name)), None)


def _meets_missing(charter: Charter, table: DecisionTable, name: str) -> bool:
    """Whether the rules of a table meet the label that a band has for missing values.

    A unit whose signal is missing is not asked for an outcome where the signal's policy takes it
    out of the ranking, and has a value where the policy gives it one. Then only a rule that names
    the label has to do with it; whatever else makes the band missing blocks the unit.
    """
    band = charter.bands[name]
    missing = charter.signals[band.signal].missing if band.signal in charter.signals else None
    policy = missing and (missing.then if missing.policy == "hold" else missing.policy)
    if policy not in ("exclude", "block", "impute"):
        return True
    column = table.inputs.index(name)
    texts = [rule.when[column] for rule in table.rules if column < len(rule.when)]
    return any(f'"{band.missing}"' in text or "null" in text for text in texts)


def attribute_column(charter: Charter, name: str) -> str:
    """The column of the measured table that holds a column of the unit's source."""
    return (KEY if name in charter.unit.key else ABOUT) + name


def _typed(name: str, kind: Type | None, precision: int | None) -> Domain | CellFault | None:
    if kind is None or kind.kind in ("error", "null"):
        return None
    if kind.kind == "exact":
        return Domain("number", precision=kind.scale)
    if kind.kind in ("real", "double"):
        return Domain("number", precision=precision)
    if kind.kind in ("text", "date", "boolean"):
        return Domain(kind.kind)
    return CellFault(
        "table/type",
        f"`{name[:60]}` is {kind.told}, which no cell can be compared with",
        (0, len(name)),
        note="inputs are numbers, texts, dates, conditions and bands",
        help="make a date of it: `CAST(… AS DATE)`",
    )


def _finding(charter: Charter, table: DecisionTable, fault: TableFault) -> Diagnostic:
    path = f"tables.{table.name}.{fault.path}"
    told = fault.fault
    return Diagnostic(
        told.code,
        "error",
        told.fact,
        span=place_of(charter.places, path, fault.text, *told.extent),
        path=path,
        note=told.note,
        help=told.help,
    )
