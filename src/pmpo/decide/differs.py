"""What the evaluation says of units, and whether a verdict is that or something else. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from pmpo.decide.tradeoff import rows_of
from pmpo.evaluate.outcomes import OUTCOME, further_columns
from pmpo.evaluate.reasons import because_of
from pmpo.model.charter import Charter
from pmpo.model.decision import Proposal
from pmpo.model.evaluation import Evaluation

_NO_WORD: Final = re.compile(r"\s*(?:PARAM\s*\(.*|[-+]?[0-9.]+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """What an evaluation says of the units that somebody decides about.

    Args:
        outcomes: all that the outcome of a unit can be; empty where no table gives words.
        units: per ranked unit its outcome, and the other outputs by `table.output`.
        left_out: per unit without a rank, why.
    """

    outcomes: tuple[str, ...] = ()
    units: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


def said_of(charter: Charter, evaluation: Evaluation, units: Collection[str]) -> Said:
    """What an evaluation says of some units."""
    told: dict[str, Mapping[str, Any]] = {}
    left_out: dict[str, str] = {}
    further = further_columns(charter)
    for unit, row in rows_of(charter, evaluation, units).items():
        if row["rank"] is None:
            because = because_of(charter, row["reason"])
            left_out[unit] = f"{row['status'].replace('_', ' ')}: {because}"
        elif charter.tables:
            others = {name: row[column] for name, column in further.items()}
            told[unit] = {"outcome": row[OUTCOME], **others}
    return Said(outcomes_of(charter), told, left_out)


def outcomes_of(charter: Charter) -> tuple[str, ...]:
    """All that the outcome can be, in the table's order; empty where it is a number or none is."""
    if not charter.tables:
        return ()
    table = charter.tables[charter.outcome or next(iter(charter.tables))]
    found = table.outputs[0].values or tuple(dict.fromkeys(rule.then[0] for rule in table.rules))
    return () if any(_NO_WORD.fullmatch(one) for one in found) else found


def differs(said: Said, proposal: Proposal) -> Iterator[tuple[str, str]]:
    """Where an accepted proposal asks for something else than what was recommended.

    Yields: what was typed, and what was recommended for the first unit for which it is not that.
    """
    for name, typed in (("action", proposal.action), ("option", proposal.option)):
        if typed:
            yield from _first(said, proposal, f"{name} `{typed}`", typed)
    if proposal.quantity is not None:
        yield from _first(said, proposal, f"quantity {proposal.quantity:f}", proposal.quantity)


def _first(
    said: Said, proposal: Proposal, told: str, typed: str | Decimal
) -> Iterator[tuple[str, str]]:
    for unit in proposal.units:
        values = said.units.get(unit, {})
        if values and typed not in map(_exact, values.values()):
            shown = (f"{name} {one}" for name, one in values.items() if one is not None)
            yield told, f"`{unit}`: {', '.join(shown) or 'nothing'}"
            return


def _exact(value: Any) -> Any:
    """Numbers as exact decimals, all else as it is."""
    return Decimal(value) if isinstance(value, int) else value
