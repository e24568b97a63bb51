"""The minutes of a review: what was looked at, what was decided, what is still open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
        state: what was recorded before the review.
        after: what stands once it is held.
        due: what still waits for an answer then.
        put_aside: what is due too, and quiet until a day.
        evaluation: the id of the evaluation that was looked at.
        notes: what the chair adds, as Markdown.
        checkpoint: the ledger's newest signed checkpoint: minutes anchor it outside the ledger.
    """

    charter: Charter
    state: State
    after: State
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


def lapsing(of: Minutes) -> list[Decision]:
    """What holds until the review, and lapses with it: its charter was not ratified in time."""
    was = of.state.decisions
    return [
        one
        for one in of.after.decisions.values()
        if one.status == "lapsed" and was[one.id].status != "lapsed"
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
    yield from _part("Decided since the last review", map(_decided, _newest(of)), empty="Nothing.")
    yield from _part("Lapsed with this review", _lapsed(of))
    yield from _part("Still open", map(_open, of.due), empty="Nothing.")
    yield from _part("Put aside", map(_quiet, of.put_aside))
    yield from _part("Notes", of.notes.rstrip().splitlines())
    if of.checkpoint:
        yield ""
        yield ANCHOR
        yield ""
        yield "The ledger at this moment, for whoever keeps these minutes:"
        yield ""
        yield "```text"
        yield of.checkpoint.rstrip()
        yield "```"


def _part(head: str, lines: Iterable[str], empty: str = "") -> Iterator[str]:
    """A part of the minutes; left out where there is nothing, unless `empty` says so."""
    found = list(lines) or ([empty] if empty else [])
    if found:
        yield from ("", f"## {head}", "", *found)


def _newest(of: Minutes) -> list[Decision]:
    """What was decided since the last review, as it stands after this one."""
    return [of.after.decisions[one.id] for one in since_last(of.state)]


def _decided(one: Decision) -> str:
    proposal = one.proposal
    because = f": {escaped(proposal.because)}" if proposal.because else ""
    answers = f", answers {', '.join(proposal.resolves)}" if proposal.resolves else ""
    return (
        f"- `{one.id}` {proposal.verdict} {_units(one)} ({one.told_status}, by "
        f"{escaped(one.proposed_by.name)}){because}{answers}"
    )


def _lapsed(of: Minutes) -> Iterator[str]:
    found = lapsing(of)
    if found:
        yield "Provisional decisions end at the second review if nobody has ratified their charter."
        yield ""
    for one in found:
        yield f"- `{one.id}` {one.proposal.verdict} {_units(one)}"


def _open(item: DueItem) -> str:
    rests = f" Decisions: {', '.join(item.decisions)}." if item.decisions else ""
    whose = f"({escaped(item.owner)}, since {item.since})"
    return f"- `{item.id}` {escaped(item.reason)} {whose}.{rests}"


def _quiet(item: DueItem) -> str:
    why = item.put_aside
    said = f", by {escaped(why.actor.name)}: {escaped(why.because)}" if why else ""
    return f"- `{item.id}` {escaped(item.reason)} (until {item.snoozed_until}{said})"


def _units(one: Decision) -> str:
    first = one.proposal.units[0]
    more = f" and {len(one.proposal.units) - 1} more" if len(one.proposal.units) > 1 else ""
    return escaped(one.proposal.named(first)) + more
