"""The cases of a table or band: what its numbers are for each segment and from each day on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice, product
from math import prod
from typing import Any, Final

from pmpo.evaluate.score import judged_signals
from pmpo.model.charter import Band, Charter, ParamRef, Setting
from pmpo.model.settings import OTHER, every_case, for_segment, parts_of
from pmpo.rules.decision import Decision, Input
from pmpo.rules.decision_sets import Banding, Case

COMBINATIONS_MAX: Final = 5_000
CASES_MAX: Final = 50
TOGETHER_MAX: Final = 400
"""Values of several outputs of one table that are tried together."""
# Pairs of rules that may be compared in all cases together.
PAIRS_MAX: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """A case with the words that say for whom it is; without words where it is for all."""

    case: Case
    words: str


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases that are looked at, and whether there are more."""

    told: tuple[Told, ...]
    more: bool


def cases_of(charter: Charter, decision: Decision) -> Cases:
    """Every combination of segment and day for which a table's numbers are different ones.

    Combinations in which a number does not exist yet are left out: such units are blocked.
    """
    bands = [charter.bands[one.name] for one in decision.inputs if one.name in charter.bands]
    edges = (edge.id for band in bands for edge in band.edges if isinstance(edge, ParamRef))
    names = dict.fromkeys([*decision.parameters, *edges])
    settings = {name: charter.parameters[name].setting for name in names}
    combinations = list(islice(every_case(list(settings.values())), COMBINATIONS_MAX + 1))
    never = tuple(_never_met(charter, decision))
    seen: dict[object, Told] = {}
    for day, parts in combinations[:COMBINATIONS_MAX]:
        numbers = _numbers(settings, parts, day)
        if numbers is not None:
            case = Case(
                numbers=numbers,
                bandings=dict(_bandings(charter, bands, numbers)),
                measured=frozenset(_measured(charter, decision)),
                never_met=never,
                **_segment(decision, list(settings.values()), parts),
            )
            key = (tuple(numbers.values()), *case.only.items(), *case.never.items())
            seen.setdefault(key, Told(case, _words(parts, day)))
    most = max(1, min(CASES_MAX, PAIRS_MAX // len(decision.rules) ** 2))
    more = len(seen) > most or len(combinations) > COMBINATIONS_MAX
    return Cases(tuple(seen.values())[:most], more)


def edges_of(charter: Charter, band: Band) -> Iterator[tuple[tuple[Decimal, ...], str]]:
    """The edges of a band in each case, with the words that say for whom."""
    names = dict.fromkeys(edge.id for edge in band.edges if isinstance(edge, ParamRef))
    settings = {name: charter.parameters[name].setting for name in names}
    seen: set[tuple[Decimal, ...]] = set()
    for day, parts in islice(every_case(list(settings.values())), COMBINATIONS_MAX):
        numbers = _numbers(settings, parts, day)
        if numbers is None:
            continue
        edges = tuple(numbers[e.id] if isinstance(e, ParamRef) else e for e in band.edges)
        if edges not in seen:
            seen.add(edges)
            yield edges, _words(parts, day)


def _numbers(
    settings: Mapping[str, Setting], parts: Mapping[str, str], day: date
) -> dict[str, Decimal] | None:
    """The number of each parameter; None when one has none yet."""
    found = {name: for_segment(setting, parts, day) for name, setting in settings.items()}
    known = {name: number for name, number in found.items() if number is not None}
    return known if len(known) == len(found) else None


def _measured(charter: Charter, decision: Decision) -> Iterator[str]:
    """Inputs without which a unit is not ranked, so that no rule is asked, or that are imputed.

    Where only tables look at a signal, they say themselves what its absence means.
    """
    judged = judged_signals(charter)
    for one in decision.inputs:
        band = charter.bands.get(one.name)
        signal = charter.signals.get(band.signal if band is not None else one.name)
        if signal is not None and (signal.name in judged or signal.missing.policy == "impute"):
            missing = signal.missing
            policy = missing.then if missing.policy == "hold" else missing.policy
            if policy in ("exclude", "block", "impute"):
                yield one.name


def _never_met(charter: Charter, decision: Decision) -> Iterator[dict[str, Decimal | str]]:
    """What several outputs of one table are never together, where all that it gives is known."""
    for table in charter.tables.values():
        names = [output.name for output in table.outputs]
        inputs = [
            one
            for one in decision.inputs
            if one.name.partition(".")[0] == table.name and one.name.partition(".")[2] in names
        ]
        known = all(one.max_age is None and one.default is None for one in inputs)
        if len(inputs) < 2 or table.hit == "COLLECT" or not known:
            continue
        places = [names.index(one.name.partition(".")[2]) for one in inputs]
        texts = {tuple(rule.then[place] for place in places) for rule in table.rules}
        if any(text.startswith("PARAM(") for row in texts for text in row):
            continue
        given = {
            tuple(_value(one, text) for one, text in zip(inputs, row, strict=True)) for row in texts
        }
        values = [sorted(set(column), key=str) for column in zip(*given, strict=True)]
        if prod(map(len, values)) > TOGETHER_MAX:
            continue
        for row in product(*values):
            if row not in given:
                yield {one.name: value for one, value in zip(inputs, row, strict=True)}


def _value(one: Input, text: str) -> Decimal | str:
    return Decimal(text) if one.domain.kind == "number" else text


def _bandings(
    charter: Charter, bands: Sequence[Band], numbers: Mapping[str, Decimal]
) -> Iterator[tuple[str, Banding]]:
    """Bands without memory, with their edges as they are here."""
    for band in bands:
        if band.hysteresis is None and band.dwell is None and band.signal in charter.signals:
            edges = (numbers[e.id] if isinstance(e, ParamRef) else e for e in band.edges)
            digits = charter.signals[band.signal].precision
            yield band.name, Banding(band.signal, digits, tuple(edges), band.closed)


def _segment(
    decision: Decision, settings: Sequence[Setting], parts: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """What an input that is part of the segment can be, and what it cannot."""
    shared = {one.name for one in decision.inputs} & set(parts)
    named = {
        column: tuple(dict.fromkeys(part for one in settings for part in parts_of(one, column)))
        for column in shared
    }
    return {
        "only": {column: parts[column] for column in shared if parts[column] != OTHER},
        "never": {column: named[column] for column in shared if parts[column] == OTHER},
    }


def _words(parts: Mapping[str, str], day: date) -> str:
    """For whom, and from when."""
    named = [
        f"any other {column}" if part == OTHER else f"{column} {part}"
        for column, part in parts.items()
    ]
    return ", ".join([*named, *([] if day == date.min else [f"from {day}"])])
