"""A decision as Markdown, in the shape of MADR: context, options, outcome, consequences.

Source: Markdown Architectural Decision Records 4.0, https://adr.github.io/madr/
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from pmpo.decide.state import Decision
from pmpo.model.charter import Charter
from pmpo.model.decision import Expectation, Proposal, TradeOffStatement, meaning_of
from pmpo.model.keys import readable
from pmpo.model.markdown import escaped
from pmpo.model.rounding import shown

_WORDS: Final = {
    "accept": "accepted as recommended",
    "override": "overridden",
    "hold": "held",
    "reject": "rejected",
    "stop": "stopped",
}


def madr(decision: Decision, charter: Charter | None) -> str:
    """The page of one decision.

    Args:
        charter: the one it was made under, for its purpose and the claims of its assumptions; None
            where nobody has it any more: then the page goes without them.
    """
    return "\n".join(_lines(decision, charter)) + "\n"


def _lines(decision: Decision, charter: Charter | None) -> Iterator[str]:
    proposal = decision.proposal
    yield "---"
    yield f"status: {decision.told_status}"
    if decision.decided_at is not None:
        yield f"date: {decision.decided_at.date()}"
    deciders = ", ".join(dict.fromkeys(one.actor.name for one in decision.approvals))
    yield f"decision-makers: [{escaped(deciders)}]"
    yield "---"
    yield ""
    yield f"# {_title(decision)}"
    yield ""
    yield "## Context and problem statement"
    yield ""
    if charter is not None:
        yield escaped(charter.purpose.statement)
        yield ""
    grounds = proposal.grounds
    if grounds.evaluation:
        yield (
            f"Evaluation `{grounds.evaluation}` as of {grounds.as_of[:10]}, under charter "
            f"`{grounds.charter_logic}`.{_draft(decision)}"
        )
    else:
        yield f"Decided by judgement, without an evaluation.{_draft(decision)}"
    yield ""
    yield from _recommendations(decision)
    yield from _options(decision)
    yield "## Decision outcome"
    yield ""
    because = f": {escaped(proposal.because)}" if proposal.because else ""
    yield f"{_title(decision)}{because}".rstrip(".") + "."
    if proposal.reason_code:
        yield f"Reason code `{proposal.reason_code}`: {meaning_of(proposal.reason_code)}"
    if proposal.switching_cost:
        yield f"Switching cost: {escaped(proposal.switching_cost)}".rstrip(".") + "."
    if proposal.seatless:
        yield f"Seats: {escaped(told_seats(proposal))}."
    yield ""
    if proposal.trade_off is not None:
        yield from _consequences(proposal.trade_off)
    follow_up = list(_follow_up(decision, charter))
    if follow_up:
        yield from ("### Confirmation", "", *follow_up, "")
    yield from _record(decision)


def told_seats(proposal: Proposal) -> str:
    """For which of its units it uses no seat; empty where each uses one."""
    if not proposal.seatless or not proposal.seated:
        return "none is used" if proposal.seatless else ""
    first = ", ".join(map(proposal.named, proposal.seatless[:3]))
    more = len(proposal.seatless) - 3
    return f"none is used for {first}" + (f" and {more:,} more" if more > 0 else "")


def _draft(decision: Decision) -> str:
    """What it means that its charter did not count, where that is so."""
    if not decision.proposal.grounds.draft:
        return ""
    if decision.confirmed:
        return " The charter did not count yet; it is ratified, so the decision is not provisional."
    return " The charter was a draft, so the decision is provisional."


def _title(decision: Decision) -> str:
    proposal = decision.proposal
    what = escaped(proposal.named(proposal.units[0]))
    if len(proposal.units) > 1:
        what = f"{what} and {len(proposal.units) - 1} more"
    doing = escaped(proposal.action) if proposal.action else ""
    outcome = proposal.recommended[0].outcome if proposal.recommended else None
    done = doing or (escaped(outcome) if outcome and proposal.verdict == "accept" else "")
    number = f" ({proposal.quantity:f})" if proposal.quantity is not None else ""
    return f"{what}: {_word(proposal)}" + (f", {done}{number}" if done else number)


def _word(proposal: Proposal) -> str:
    """What people said of it; by judgement nothing was recommended that they could accept."""
    free = proposal.basis == "judgement" and proposal.verdict == "accept"
    return "taken by judgement" if free else _WORDS[proposal.verdict]


def _recommendations(decision: Decision) -> Iterator[str]:
    found = decision.proposal.recommended
    if not found:
        return
    yield "| rank | unit | score | outcome | quality | rules |"
    yield "|---:|---|---:|---|---|---|"
    for one in found:
        rules = "; ".join(f"{rule['id']}: {rule['because']}" for rule in one.rules)
        score = _rounded(Decimal(one.score)) if one.score is not None else ""
        cells = [str(one.rank or ""), one.named, score, one.outcome or "", one.quality, rules]
        yield "| " + " | ".join(map(escaped, cells)) + " |"
    more = len(decision.proposal.units) - len(found)
    if more:
        yield ""
        yield f"and {more} more units."
    yield ""


def _options(decision: Decision) -> Iterator[str]:
    proposal = decision.proposal
    yield "## Considered options"
    yield ""
    chosen = proposal.option or proposal.action or _word(proposal)
    yield f"- {escaped(chosen)} (chosen)"
    for option in proposal.options:
        yield f"- {escaped(option)}"
    if proposal.trade_off is not None and proposal.trade_off.against:
        against, best = (
            escaped(readable(unit))
            for unit in (proposal.trade_off.against, proposal.trade_off.best)
        )
        which = "which was named to compare with" if best else "the best unit left out"
        yield f"- taking {against} instead, {which}"
        if best:
            yield f"- taking {best} instead, the best unit left out"
    yield ""


def _consequences(said: TradeOffStatement) -> Iterator[str]:
    yield "### Consequences"
    yield ""
    for word, names in (("Good", said.gains), ("Bad", said.gives_up)):
        for axis in names:
            difference = said.differences.get(axis)
            told = f" ({_signed(difference)} points)" if difference is not None else ""
            verb = "gains" if word == "Good" else "gives up"
            yield f"- {word}, because it {verb} {escaped(axis)}{told}"
    if not said.gains:
        yield "- Nothing is gained."
    if not said.gives_up:
        yield "- Nothing is given up."
    if said.because:
        yield f"- Why this side: {escaped(said.because)}"
    yield ""


def _follow_up(decision: Decision, charter: Charter | None) -> Iterator[str]:
    proposal = decision.proposal
    if proposal.expectation is not None:
        yield f"- Expected: {told_expectation(proposal.expectation)}"
    known = charter.assumptions if charter is not None else {}
    for name in proposal.assumptions:
        claim = f": {escaped(known[name].claim)}" if name in known else ""
        yield f"- Rests on `{name}`{claim}"
    if proposal.next_look is not None:
        yield f"- To be looked at again on {proposal.next_look}"
    for action in proposal.actions:
        tracked = f" [{escaped(action.tracker)}]" if action.tracker else ""
        yield (
            f"- {escaped(action.owner)} by {action.due}: {escaped(action.what)}; done when "
            f"{escaped(action.done_when)}{tracked}"
        )
    if proposal.conflict:
        yield f"- Conflict of interest: {escaped(proposal.conflict)}"


def _record(decision: Decision) -> Iterator[str]:
    proposal = decision.proposal
    yield "## More information"
    yield ""
    yield f"- Decision `{decision.id}`, entry {decision.position} of the ledger"
    yield f"- Mode {proposal.mode}, basis {proposal.basis}"
    who, how = escaped(decision.proposed_by.name), decision.proposed_by.how
    yield f"- Proposed by {who} ({how}) on {decision.proposed_at.date()}"
    for one in decision.approvals:
        yield f"- Approved by {escaped(one.actor.name)} ({one.actor.how}) on {one.at.date()}"
    if proposal.supersedes:
        yield f"- Supersedes `{proposal.supersedes}`"
    for id, units in decision.successors.items():
        yield f"- Superseded by `{id}`{escaped(proposal.about(units))}"
    for noted in decision.progress:
        who, about = escaped(noted.actor.name), escaped(proposal.about(noted.units))
        yield f"- {noted.stage.capitalize()} on {noted.at.date()}, as {who} noted{about}"
    for word, why in (("Withdrawn", decision.withdrawn), ("Reopened", decision.reopened)):
        if why is not None:
            because = f": {escaped(why.because)}" if why.because else ""
            yield f"- {word} on {why.at.date()} by {escaped(why.actor.name)}{because}"


def told_expectation(expected: Expectation) -> str:
    """An expectation in words."""
    low, high = expected.low, expected.high
    if low is not None and high is not None:
        said = f"= {low:f}" if low == high else f"between {low:f} and {high:f}"
    else:
        said = f">= {low:f}" if low is not None else f"<= {high:f}"
    return f"{expected.signal} {said} by {expected.by}"


def _rounded(value: Decimal) -> str:
    return f"{shown(value)}"


def _signed(value: Decimal) -> str:
    return f"{shown(value):+}"
