"""The fence: what people have committed to stays for some time.

Until it ends a unit leaves by breach, which is when what it was taken for has gone, or as an
override that says what the change costs. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pmpo.decide.differs import outcomes_of
from pmpo.decide.state import BEGUN, STANDING, Decision, State, replaced_by
from pmpo.decide.tradeoff import rows_of
from pmpo.evaluate.outcomes import OUTCOME
from pmpo.model.charter import Charter
from pmpo.model.decision import Proposal
from pmpo.model.evaluation import RANKED, Evaluation
from pmpo.model.time import Duration, zone


@dataclass(frozen=True, slots=True)
class Fenced:
    """A unit inside its fence.

    Args:
        decision: the one that committed to it.
        until: when it may leave like any other.
    """

    unit: str
    decision: Decision
    until: datetime


def fence_of(charter: Charter) -> Duration | None:
    """How long a unit stays that people have committed to; None where it may leave at any time."""
    take = charter.ranking.take if charter.ranking is not None else None
    return take.fence if take is not None else None


def fenced_until(decision: Decision, charter: Charter) -> datetime | None:
    """When the fence of what a decision committed to ends, on the charter's clock.

    None without a fence, and where nothing of it is committed or executing.
    """
    length, begun = fence_of(charter), decision.decided_at
    if length is None or begun is None or decision.status not in STANDING:
        return None
    if not any(decision.stages.get(unit) in BEGUN for unit in decision.units):
        return None
    return length.after(begun.astimezone(zone(charter.zone_name)))


def fenced(leaving: Mapping[str, Decision], charter: Charter, now: datetime) -> tuple[Fenced, ...]:
    """The units that somebody wants to leave while their fence holds.

    A decision that something due has opened again is breached: an assumption it rests on broke.
    """
    found = []
    for unit, decision in leaving.items():
        until = fenced_until(decision, charter)
        broken = decision.reopened is not None and bool(decision.reopened.due)
        if until is not None and until > now and not broken:
            found.append(Fenced(unit, decision, until))
    return tuple(found)


def leaving(proposal: Proposal, state: State) -> dict[str, Decision]:
    """The units that are committed or executing and would not be any more, or for something else.

    Accepting a unit again lets it stay; overriding it for another action does not.
    """
    found = {}
    for unit in proposal.units:
        for one in state.of_unit(unit):
            if one.status in STANDING and one.stages.get(unit) in BEGUN:
                same = proposal.verdict == "override" and proposal.action == one.proposal.action
                if proposal.verdict != "accept" and not same:
                    found[unit] = one
    old = state.decisions.get(proposal.supersedes)
    if old is not None and old.status in STANDING:
        for unit in replaced_by(proposal, old):
            if unit not in proposal.units and old.stages.get(unit) in BEGUN:
                found[unit] = old
    return found


def breached(
    then: tuple[Charter, Evaluation], now: tuple[Charter, Evaluation], units: Collection[str]
) -> frozenset[str]:
    """The units for which a threshold of the charter was crossed since they were committed to.

    That is when a unit has no rank any more, or another outcome; where no table gives an outcome
    in words, when one of its bands is another one.

    Args:
        then: what the commitment rests on: the charter it was made under, and its evaluation.
        now: what is proposed rests on.
    """
    before, after = rows_of(*then, units), rows_of(*now, units)
    return frozenset(unit for unit in units if _crossed(then[0], before.get(unit), after.get(unit)))


def _crossed(
    charter: Charter, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> bool:
    if after is None or after["status"] != RANKED:
        return before is not None and before["status"] == RANKED
    if before is None or before["status"] != RANKED:
        return False  # it was taken without a rank, and has none to lose
    return any(before[name] != after[name] for name in _told(charter, before) if name in after)


def _told(charter: Charter, row: Mapping[str, Any]) -> Iterator[str]:
    """The columns of results that say on which side of its thresholds a unit is."""
    if outcomes_of(charter):
        yield OUTCOME
    else:
        yield from (f"band_{name}" for name in charter.bands if f"band_{name}" in row)
