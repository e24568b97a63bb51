"""Why units are not ranked: the rules of the charter that keep them out, and how many each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pmpo.evaluate.factors import ratio_paths
from pmpo.evaluate.ratio import SCORE_RULE, because_of_factor
from pmpo.model.charter import Charter
from pmpo.model.evaluation import OUT_OF_SCOPE, RANKED, Evaluation


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many units one rule leaves out of the ranking."""

    status: str
    rule: str
    because: str
    units: int


def left_out(charter: Charter, evaluation: Evaluation) -> list[LeftOut]:
    """Which rules keep units out of the ranking, and how many each; charter order."""
    results = evaluation.results
    pairs = Counter(zip(results["status"].to_pylist(), results["reason"].to_pylist(), strict=True))
    found = [
        LeftOut(status, rule, because_of(charter, rule), units)
        for (status, rule), units in pairs.items()
        if status != RANKED
    ]
    order = {path: i for i, path in enumerate(_rule_paths(charter))}
    return sorted(found, key=lambda item: (item.status != OUT_OF_SCOPE, order[item.rule]))


def _rule_paths(charter: Charter) -> Iterator[str]:
    yield "scope.in"
    for i in range(len(charter.scope.out)):
        yield f"scope.out.{i}"
    for name in charter.signals:
        yield f"signals.{name}.missing"
        yield f"signals.{name}.value"
    for name in charter.axes:
        yield f"axes.{name}"
    yield from ratio_paths(charter)
    for table in charter.tables.values():
        yield from (f"tables.{table.name}.inputs.{i}" for i in range(len(table.inputs)))
        yield f"tables.{table.name}.rules"
        yield f"tables.{table.name}.hit"
    for name in charter.parameters:
        yield f"parameters.{name}"


def because_of(charter: Charter, rule: str) -> str:
    """The reason that the charter gives for a rule, else the rule itself."""
    area, _, rest = rule.partition(".")
    if rule == "scope.in":
        return charter.scope.meta.because or f"not in scope: {charter.scope.in_}"
    if area == "scope":
        leave = charter.scope.out[int(rest.rpartition(".")[2])]
        return leave.because or leave.where
    if area == SCORE_RULE:
        return because_of_factor(charter, rule)
    if area == "axes":
        return f"no signal of {rest} was measured, so that its weight can go nowhere"
    if area == "parameters":
        return f"parameter {rest} of a decision table has no number on that day"
    if area == "tables":
        return _undecided(charter, rest)
    name, _, field = rest.rpartition(".")
    if field == "value":
        return f"a parameter among the anchors of {name} has no number on that day"
    missing = charter.signals[name].missing
    because = f" ({missing.meta.because})" if missing.meta.because else ""
    if missing.policy == "hold":
        return f"{name} not measured within {missing.max_age}, then {missing.then}{because}"
    return f"{name} not measured: {missing.policy}{because}"


def _undecided(charter: Charter, rest: str) -> str:
    """Why a table decides nothing about a unit."""
    name, _, field = rest.partition(".")
    table = charter.tables[name]
    if field == "rules":
        return f"no rule of table {name} holds"
    if field == "hit":
        return (
            f"several rules of table {name} hold"
            if table.hit == "UNIQUE"
            else f"rules of table {name} hold that contradict each other"
        )
    wanted = table.inputs[int(field.rpartition(".")[2])]
    missing = table.missing.get(wanted)
    if missing is not None and missing.max_age is not None:
        return (
            f"{wanted} is missing, none of the last {missing.max_age} is known, and table {name} "
            "decides nothing without it"
        )
    return f"{wanted} is missing, and table {name} decides nothing without it"
