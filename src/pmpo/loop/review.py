"""The minutes of a review: what was looked at, what was decided, what is still open. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pmpo.assure.minutes import ANCHOR
from pmpo.decide.state import Decision, DueItem, State
from pmpo.model.charter import Charter
from pmpo.model.markdown import escaped


@dataclass(frozen=True, slots=True)
class Minutes:
    """What the minutes are made of.

    Args:
        put_aside: what is due too, and quiet until a day.
        evaluation: the id of the evaluation that was looked at.
        notes: what the chair adds, as Markdown.
        checkpoint: the ledger's newest signed checkpoint: minutes anchor it outside the ledger.
    """

    charter: Charter
    state: State
    due: Sequence[DueItem]
    put_aside: Sequence[DueItem]
    evaluation: str
    as_of: datetime
    chair: str
    present: Sequence[str]
    held_at: datetime
    notes: str = ""
    checkpoint: str = ""


def since_last(state: State) -> list[Decision]:
    """Proposals and decisions after the last review, in the ledger's order."""
    last = state.reviews[-1].at if state.reviews else None
    return [
        one
        for one in state.decisions.values()
        if last is None or (one.decided_at or one.proposed_at) > last
    ]


def minutes(of: Minutes) -> str:
    """The minutes as Markdown."""
    return "\n".join(_lines(of)) + "\n"


def _lines(of: Minutes) -> Iterator[str]:
    name = of.charter.meta.names.get("en", of.charter.program)
    yield f"# Review of {escaped(name)}, {of.held_at.date()}"
    yield ""
    yield f"- Chair: {escaped(of.chair)}"
    if of.present:
        yield f"- Present: {', '.join(map(escaped, of.present))}"
    yield f"- Numbers: evaluation `{of.evaluation}` as of {of.as_of.date()}"
    yield f"- Charter: `{of.charter.logic_hash}`"
    yield ""
    yield "## Decided since the last review"
    yield ""
    found = since_last(of.state)
    for one in found:
        proposal = one.proposal
        because = f": {escaped(proposal.because)}" if proposal.because else ""
        answers = f", answers {', '.join(proposal.resolves)}" if proposal.resolves else ""
        yield (
            f"- `{one.id}` {proposal.verdict} {_units(one)} ({one.told_status}, by "
            f"{escaped(one.proposed_by.name)}){because}{answers}"
        )
    if not found:
        yield "Nothing."
    yield ""
    yield "## Still open"
    yield ""
    for item in of.due:
        rests = f" Decisions: {', '.join(item.decisions)}." if item.decisions else ""
        whose = f"({escaped(item.owner)}, since {item.since})"
        yield f"- `{item.id}` {escaped(item.reason)} {whose}.{rests}"
    if not of.due:
        yield "Nothing."
    if of.put_aside:
        yield ""
        yield "## Put aside"
        yield ""
        for item in of.put_aside:
            why = item.put_aside
            said = f", by {escaped(why.actor.name)}: {escaped(why.because)}" if why else ""
            yield f"- `{item.id}` {escaped(item.reason)} (until {item.snoozed_until}{said})"
    if of.notes:
        yield ""
        yield "## Notes"
        yield ""
        yield of.notes.rstrip()
    if of.checkpoint:
        yield ""
        yield ANCHOR
        yield ""
        yield "The ledger at this moment, for whoever keeps these minutes:"
        yield ""
        yield "```text"
        yield of.checkpoint.rstrip()
        yield "```"


def _units(one: Decision) -> str:
    first = one.proposal.units[0]
    more = f" and {len(one.proposal.units) - 1} more" if len(one.proposal.units) > 1 else ""
    return escaped(one.proposal.named(first)) + more
