"""Which decisions are about a unit, or stand at some point. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pmpo.decide.state import Decision
from pmpo.model.keys import readable


def selected(
    decisions: Iterable[Decision], units: Collection[str] = (), statuses: Collection[str] = ()
) -> list[Decision]:
    """The decisions about any of some units that stand at any of some points, the newest first.

    Args:
        units: keys, or labels as the machine knew them when it was decided; none means any.
        statuses: none means any.
    """
    found = [
        one
        for one in decisions
        if (not units or _about(one, units)) and (not statuses or one.status in statuses)
    ]
    return sorted(found, key=lambda one: -one.position)


def _about(decision: Decision, units: Collection[str]) -> bool:
    proposal = decision.proposal
    labels = {one.label for one in proposal.recommended if one.unit in proposal.units}
    keys = {*proposal.units, *map(readable, proposal.units)}
    return not labels.union(keys).isdisjoint(units)
