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
from pmpo.decide.state import BEGUN, BROKEN, STANDING, Decision, State, replaced_by
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


def fenced_until(
    decision: Decision, state: State, charter: Charter, now: datetime
) -> datetime | None:
    """When the fence of what a decision committed to ends, on the charter's clock.

    None without a fence, once it is over, and where nothing of it is committed or executing. A
    decision is breached whose assumption broke: its fence is open.
    """
    length, begun = fence_of(charter), decision.decided_at
    if length is None or begun is None or decision.status not in STANDING:
        return None
    if not any(decision.stages.get(unit) in BEGUN for unit in decision.units):
        return None
    until = length.after(begun.astimezone(zone(charter.zone_name)))
    return until if until > now and not _broken(decision, state) else None


def _broken(decision: Decision, state: State) -> bool:
    """Whether an assumption it rests on broke, and nobody said that it stands nevertheless."""
    if decision.reopened is not None and decision.reopened.due:
        return True
    return any(
        item.kind == BROKEN and decision.id in item.decisions and item.id not in state.answered
        for item in state.due.values()
    )


def fenced(
    leaving: Mapping[str, Decision], state: State, charter: Charter, now: datetime
) -> tuple[Fenced, ...]:
    """The units that somebody wants to leave while their fence holds."""
    decisions = {one.id: one for one in leaving.values()}
    ends = {id: fenced_until(one, state, charter, now) for id, one in decisions.items()}
    found = ((unit, one, ends[one.id]) for unit, one in leaving.items())
    return tuple(Fenced(unit, one, until) for unit, one, until in found if until is not None)


def leaving(proposal: Proposal, state: State) -> dict[str, Decision]:
    """The units that are committed or executing and would end, or be for something else."""
    found = {}
    for unit, decisions in state.of_units(proposal.units).items():
        for one in decisions:
            begun = one.status in STANDING and one.stages.get(unit) in BEGUN
            if begun and not _stays(proposal, one.proposal):
                found[unit] = one
    old = state.decisions.get(proposal.supersedes)
    if old is not None and old.status in STANDING:
        named = set(proposal.units)
        for unit in replaced_by(proposal, old):
            if unit not in named and old.stages.get(unit) in BEGUN:
                found[unit] = old
    return found


def _stays(proposal: Proposal, old: Proposal) -> bool:
    """Whether a unit is still committed to the same: what is recommended, or the same action."""
    if proposal.verdict not in ("accept", "override"):
        return False
    told = [(one.verdict, one.basis) for one in (proposal, old)]
    return told == [("accept", "data")] * 2 or proposal.action == old.action


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
