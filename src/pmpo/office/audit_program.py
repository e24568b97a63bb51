"""What the page of an auditor's pack says of one program."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pmpo.assure.minutes import Kept
from pmpo.decide.state import DECIDED, SNOOZED, STANDS, Decision, Ratification, Review, State
from pmpo.decide.waive import told_waiver
from pmpo.decide.waivers import waiver_stories
from pmpo.office.audit_files import (
    charter_file,
    decision_file,
    evaluation_file,
    receipt_file,
    receipt_named,
)
from pmpo.office.audit_html import acted, linked, moment, said, short, table
from pmpo.store.ledger.log import Recorded
from pmpo.store.recorded import KIND as EVALUATED

LOST_WORDS: Final[Mapping[str, str]] = {
    "gone": "was gone from the office",
    "changed": "was changed in the office since the review",
}
"""What had become of minutes that a pack does not hold."""
_DECISIONS: Final = (
    "decision", "what", "status", "decided", "proposed by", "approved by", "rests on", "proof",
)  # fmt: skip
_ESCAPED: Final = re.compile(r"\\([^A-Za-z0-9\s])")


def program(
    state: State, entries: Sequence[Recorded], minutes: Mapping[int, Kept]
) -> Iterator[str]:
    """What was decided, signed, waived and reviewed in it, and what came back.

    Args:
        entries: of the whole log.
        minutes: by the positions of the entries that record them.
    """
    own = [one for one in entries if one.entry.program == state.program]
    yield f"<h2>{html.escape(state.program)}</h2>"
    yield "<h3>Decisions</h3>"
    yield table(_DECISIONS, map(_decision, state.decisions.values()))
    yield "<h3>Charters</h3>"
    yield table(
        ("counts from", "signed by", "bytes", "proof"),
        (_charter(one, state, entries) for one in state.ratifications),
    )
    yield "<h3>Evaluations</h3>"
    yield table(
        ("evaluation", "numbers as of", "charter", "recorded", "by"),
        (_evaluation(one) for one in own if one.entry.kind == EVALUATED),
    )
    yield "<h3>Waivers</h3>"
    yield table(("waiver", "what", "because", "what happened"), _waivers(own))
    yield "<h3>What came back</h3>"
    yield table(("since", "what", "whose", "what was answered"), _came_back(state, own))
    yield "<h3>Reviews</h3>"
    yield table(
        ("held", "chair", "numbers as of", "entry", "minutes"),
        (_review(one, minutes.get(one.position)) for one in state.reviews),
    )
    yield from _texts(state.reviews, minutes)


def _decision(one: Decision) -> tuple[str, ...]:
    proposal = one.proposal
    what = ", ".join(proposal.named(unit) for unit in proposal.units[:3])
    more = f" and {len(proposal.units) - 3} more" if len(proposal.units) > 3 else ""
    grounds = proposal.grounds.evaluation
    return (
        linked(decision_file(one.id), one.id),
        html.escape(f"{proposal.verdict} {what}{more}"),
        html.escape(one.told_status),
        moment(one.decided_at) if one.decided_at is not None else "",
        acted(one.proposed_by),
        ", ".join(acted(given.actor) for given in one.approvals),
        short(grounds) if grounds else "judgement",
        linked(receipt_named(one.id), "receipt") if one.decided_at is not None else "",
    )


def _charter(one: Ratification, state: State, entries: Sequence[Recorded]) -> tuple[str, ...]:
    """A ratified charter, with how each of its signers was known when they signed."""
    signed = {
        given.actor.name: given.actor
        for given in state.signatures
        if given.charter_text == one.charter_text and given.at <= one.at
    }
    names = [acted(signed[name]) if name in signed else html.escape(name) for name in one.signers]
    return (
        moment(one.effective),
        ", ".join(names),
        linked(charter_file(one.charter_text), one.charter_text),
        linked(receipt_file(entries[one.position].entry), "receipt"),
    )


def _evaluation(one: Recorded) -> tuple[str, ...]:
    body = one.entry.body
    id = str(body["evaluation"])
    return (
        linked(evaluation_file(id), id),
        html.escape(str(body["as_of"])),
        "a draft: it did not count" if body["draft"] else "counted",
        moment(one.entry.recorded_at),
        acted(one.entry.actor),
    )


def _waivers(own: Sequence[Recorded]) -> Iterator[tuple[str, ...]]:
    """All that were asked for, with who did what to them."""
    for one in waiver_stories(recorded.entry for recorded in own):
        happened = [f"asked for by {one.asked.actor.name}"]
        if one.granted is not None:
            happened.append(f"granted by {one.granted.actor.name}")
        if one.withdrawn is not None:
            because = f": {one.withdrawn.because}" if one.withdrawn.because else ""
            happened.append(f"withdrawn by {one.withdrawn.actor.name}{because}")
        waiver = one.waiver
        yield (
            short(waiver.id),
            said(told_waiver(waiver)),
            html.escape(waiver.because),
            html.escape("; ".join(happened)),
        )


def _came_back(state: State, own: Sequence[Recorded]) -> Iterator[tuple[str, ...]]:
    """What was due, with what was said to it; a date that a decision answered has no entry."""
    told = _answers(state, own)
    for item in state.due.values():
        yield (
            str(item.since),
            f"{said(item.reason)} {short(item.id)}",
            html.escape(item.owner),
            "<br>".join(told.pop(item.id, ["nothing yet"])),
        )
    for id, answered in told.items():
        yield "", f"a date that had come {short(id)}", "", "<br>".join(answered)


def _answers(state: State, own: Sequence[Recorded]) -> dict[str, list[str]]:
    """What was said to each due item, in the order of the log."""
    told: dict[str, list[str]] = {}
    for one in own:
        body, who = one.entry.body, html.escape(one.entry.actor.name)
        if one.entry.kind == STANDS:
            answer = f"it stands, by {who}: {html.escape(body['because'])}"
            told.setdefault(body["due"], []).append(answer)
        elif one.entry.kind == SNOOZED:
            answer = f"put aside until {body['until']}, by {who}: {html.escape(body['because'])}"
            told.setdefault(body["due"], []).append(answer)
        elif one.entry.kind == DECIDED:
            decision = state.decisions[body["decision"]]
            for due in decision.proposal.resolves:
                answer = f"decided: {linked(decision_file(decision.id), decision.id)}"
                told.setdefault(due, []).append(answer)
    return told


def _review(one: Review, minutes: Kept | None) -> tuple[str, ...]:
    return (
        moment(one.at),
        html.escape(one.chair),
        html.escape(one.as_of),
        str(one.position),
        _named(minutes),
    )


def _named(minutes: Kept | None) -> str:
    if minutes is None:
        return "the entry names no file"
    if minutes.text is not None:
        return linked(minutes.file, minutes.file)
    became = f"{html.escape(minutes.file)} {LOST_WORDS[minutes.found]}"
    return f"<strong>not in this pack</strong>: {became}"


def _texts(held: Sequence[Review], minutes: Mapping[int, Kept]) -> Iterator[str]:
    """The minutes to be read on the page, without the signs that keep them whole as Markdown."""
    for one in held:
        kept = minutes.get(one.position)
        if kept is not None and kept.text is not None:
            text = html.escape(_ESCAPED.sub(r"\1", kept.text.decode("utf-8", "replace")))
            yield f"<details><summary>Minutes of {one.at.date()}, entry {one.position}</summary>"
            yield f"<pre>{text}</pre></details>"
