"""What the entries of a decision prove together: the proposal, its approvals, and that it holds.

The entry `Decided` names the decision and who approved; what was decided stands in the entry
`Proposed`. So a receipt of a decision holds all of them, and here they are held against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pmpo.decide.state import APPROVED, DECIDED, PROPOSED
from pmpo.model.decision import Proposal
from pmpo.model.entry import Entry, moment_text

KINDS: Final = (PROPOSED, APPROVED, DECIDED)

_STRANGE: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading an entry that does not say what its kind says comes to."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A decision as its entries say.

    Args:
        approved: in the order of the log.
    """

    proposal: Proposal
    proposed: Entry
    approved: tuple[Entry, ...]
    decided: Entry

    def as_json(self) -> dict[str, Any]:
        """What was decided, by whom, when, and how that is known."""
        body = self.decided.body
        return {
            "decision": self.proposed.id,
            "program": self.proposed.program,
            "proposal": self.proposal.as_json(),
            "proposed": _act(self.proposed),
            "approved": [_act(one) for one in self.approved],
            "decided": _act(self.decided),
            "mode": body["mode"],
            "provisional": body["provisional"],
            "approvals": list(body["approvals"]),
            "approvals_wanted": body["any"],
        }


def _act(entry: Entry) -> dict[str, str]:
    return {
        "by": entry.actor.name,
        "how": entry.actor.how,
        "at": moment_text(entry.recorded_at),
    }


def about(entry: Entry) -> str:
    """The decision that an entry proposes, approves or decides; empty for any other entry."""
    if entry.kind == PROPOSED:
        return entry.id
    return str(entry.body.get("decision", "")) if entry.kind in KINDS else ""


def proposed_in(entry: Entry) -> Proposal | None:
    """What an entry proposes; None where it proposes nothing that this version can read.

    A receipt can come from anywhere, so that its entry may say anything.
    """
    if entry.kind != PROPOSED:
        return None
    try:
        found = Proposal.from_json(entry.body["proposal"])
        found.as_json()
    except _STRANGE:
        return None
    return found


def proving(id: str, entries: Iterable[Entry]) -> tuple[str, ...]:
    """The entries that prove a decision; none where it is not decided.

    Args:
        entries: of its program, in the order of the log.
    """
    own = [one for one in entries if about(one) == id]
    return tuple(one.id for one in own) if any(one.kind == DECIDED for one in own) else ()


def proven(entries: Sequence[tuple[int, Entry]]) -> tuple[Proven | None, tuple[str, ...]]:
    """The decision that entries prove together, and why they prove none.

    Args:
        entries: with their positions in the log.
    """
    ordered = [entry for _, entry in sorted(entries, key=lambda one: one[0])]
    try:
        faults = tuple(_faults(ordered))
        if faults:
            return None, faults
        proposed, *approved, decided = ordered
        found = Proven(
            Proposal.from_json(proposed.body["proposal"]), proposed, tuple(approved), decided
        )
        found.as_json()
    except _STRANGE:
        return None, ("an entry of it does not say what entries of its kind say",)
    return found, ()


def _faults(ordered: Sequence[Entry]) -> Iterator[str]:
    kinds = [one.kind for one in ordered]
    if len(kinds) < 3 or kinds != [PROPOSED, *[APPROVED] * (len(kinds) - 2), DECIDED]:
        yield f"{', '.join(kinds)}: a decision is proposed, then approved, then decided"
        return
    id, decided = ordered[0].id, ordered[-1]
    others = [one.id for one in ordered if about(one) != id]
    if others:
        yield f"{', '.join(others)}: not about {id}"
    if len({one.program for one in ordered}) > 1:
        yield "its entries are of several programs"
    given = {one.actor.name for one in ordered[1:-1]}
    lacking = [name for name in decided.body["approvals"] if name not in given]
    if lacking:
        yield f"the approval of {', '.join(lacking)} is not there"
