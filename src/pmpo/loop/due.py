"""What is due: everything that waits for somebody's answer, in one queue. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Final

from pmpo.decide.approvals import Waiting, approving, waiting_for
from pmpo.decide.madr import told_expectation
from pmpo.decide.state import BROKEN, Asked, Decision, DueItem, State
from pmpo.decide.waive import granters_of, granting, told_waiver
from pmpo.loop.missed import chair_of, missed_review
from pmpo.loop.signing import waits_for_signatures
from pmpo.model.charter import Assumption, Charter, TradeOff
from pmpo.model.evaluation import Evaluation
from pmpo.model.office import OfficeFile

UNCONFIRMED: Final = "assumption-past-review"
TRADE_OFF: Final = "trade-off-past-review"
LOOK: Final = "review-date"
EXPECTATION: Final = "expectation-date"
ACTION: Final = "action-overdue"
WAIVER: Final = "waiver-expired"
LAPSED: Final = "provisional-lapsed"
WAITING: Final = "approval-waiting"
REOPENED: Final = "decision-reopened"
MISSED: Final = "review-missed"
SIGNING: Final = "signature-waiting"

NOBODY: Final = OfficeFile(edition=1)
"""An office that names nobody: roles stand for people."""

KINDS: Final[dict[str, str]] = {
    BROKEN: "An assumption does not hold on the data any more.",
    UNCONFIRMED: "The day has come on which an assumption was to be looked at again.",
    TRADE_OFF: "The day has come on which the charter's trade-off was to be looked at again.",
    LOOK: "The day has come on which a decision was to be looked at again.",
    EXPECTATION: "The day has come by which something was expected of a decision.",
    ACTION: "An action was not done by its day.",
    WAIVER: "A waiver has expired.",
    LAPSED: "A provisional decision has lapsed: its charter was not ratified in time.",
    WAITING: "A proposal or a waiver waits for approval.",
    SIGNING: "A charter that somebody has signed waits for the signatures of others.",
    MISSED: "A review that the cadence asked for was not held on its day.",
    REOPENED: "A decision was opened again, and no other one has taken its place.",
}
"""Why something is due."""

LASTING: Final = (WAITING, REOPENED)
"""Kinds that are due as long as it is so: no answer but the one that ends it takes them away."""


def due(
    state: State,
    charter: Charter,
    today: date,
    office: OfficeFile = NOBODY,
    written: Charter | None = None,
) -> tuple[DueItem, ...]:
    """What waits for an answer today: what was raised, and what a date has brought.

    One item per cause, the oldest first; those snoozed and answered are left out.

    Args:
        charter: the one that counts.
        written: the one that stands in the file, and may wait for signatures.
    """
    found = unanswered(state, charter, today, office, written)
    return tuple(one for one in found if not one.is_quiet(today))


def unanswered(
    state: State,
    charter: Charter,
    today: date,
    office: OfficeFile = NOBODY,
    written: Charter | None = None,
) -> tuple[DueItem, ...]:
    """What nobody has answered yet, the oldest first, what is put aside included."""
    found = (*_dated(state, charter, today, office), *_unsigned(state, written, office))
    dated = {one.id: one for one in found}
    for id, item in state.due.items():
        if id in dated and item.snoozed_until is not None:
            until, aside = item.snoozed_until, item.put_aside
            dated[id] = replace(dated[id], snoozed_until=until, put_aside=aside)
    # what a date brought is due as long as it is so; what was raised stays until it is answered
    raised = {id: item for id, item in state.due.items() if item.kind == BROKEN}
    lasting = {id for id, item in dated.items() if item.kind in LASTING}
    answered = state.answered - lasting
    left = [one for one in {**raised, **dated}.values() if one.id not in answered]
    return tuple(sorted(left, key=lambda one: (one.since, one.id)))


def _dated(state: State, charter: Charter, today: date, office: OfficeFile) -> Iterator[DueItem]:
    for assumption in charter.assumptions.values():
        if assumption.review_by is not None and assumption.review_by <= today:
            yield _item(
                state.program,
                UNCONFIRMED,
                f"{assumption.name}:{assumption.review_by}",
                reason=f"`{assumption.name}` was to be looked at by {assumption.review_by}: "
                f"{assumption.claim}",
                owner=assumption.owner or charter.owner,
                since=assumption.review_by,
                decisions=resting_on(state, assumption.name),
            )
    for trade in charter.trade_offs:
        if trade.review_by is not None and trade.review_by <= today:
            sides = " against ".join(trade.between)
            yield _item(
                state.program,
                TRADE_OFF,
                f"{sides}:{trade.review_by}",
                reason=f"{sides} was to be looked at by {trade.review_by}: {trade.because}",
                owner=charter.owner,
                since=trade.review_by,
                decisions=_trading(state, trade),
            )
    for waiver in state.waivers.values():
        if waiver.expires <= today:
            yield _item(
                state.program,
                WAIVER,
                waiver.id,
                reason=f"{waiver.id} for `{waiver.signal}` has expired: {waiver.because}",
                owner=waiver.approver or charter.owner,
                since=waiver.expires,
                decisions=(),
            )
    for asked in state.asked.values():
        granters = granters_of(asked, charter, office)
        waits = "waits for approval" if granters else "waits for an approval that nobody may give"
        yield _item(
            state.program,
            WAITING,
            asked.waiver.id,
            reason=f"waiver {asked.waiver.id} {waits} ({_asked_for(asked, today)}): "
            f"{asked.waiver.because}",
            owner=" or ".join(granters) or charter.owner,
            owners=(*granters, asked.actor.name),
            waits=asked.waiver.id,
            approve=granting(asked, charter, office),
            since=asked.at.date(),
            decisions=(),
        )
    missed = missed_review(state, charter, today)
    if missed is not None:
        yield _item(
            state.program,
            MISSED,
            missed.isoformat(),
            reason=f"the review planned for {missed:%a %Y-%m-%d %H:%M} {missed.tzinfo} was not "
            "held",
            owner=chair_of(charter),
            since=missed.astimezone(UTC).date(),
            decisions=(),
        )
    for decision in state.decisions.values():
        if decision.status == "proposed":
            waiting = waiting_for(decision, charter, office)
            yield _waiting(state.program, decision, waiting, charter.owner)
        yield from _of_decision(state, decision, charter, today)


def _unsigned(state: State, written: Charter | None, office: OfficeFile) -> Iterator[DueItem]:
    """The charter in the file, where others still have to sign it."""
    waiting = waits_for_signatures(state, written, office) if written is not None else None
    if written is not None and waiting is not None:
        yield _item(
            state.program,
            SIGNING,
            waiting.cause,
            reason=f"the charter is signed by {', '.join(waiting.signed)} and not ratified: "
            f"{waiting.lacking}",
            owner=" or ".join(waiting.missing) or written.owner,
            owners=(*waiting.missing, written.owner),
            since=waiting.since,
            decisions=(),
        )


def _asked_for(asked: Asked, today: date) -> str:
    over = ", which has come: only withdrawing ends it" if asked.waiver.expires <= today else ""
    return told_waiver(asked.waiver) + over


def answered_by(item: DueItem) -> tuple[str, ...]:
    """The commands that answer an item, as one can type them, besides `stands` and `snooze`."""
    if item.kind == WAITING:
        ends = f"pmpo withdraw {item.waits} --as NAME"
        return (item.approve, ends) if item.approve else (ends,)
    if item.kind == MISSED:
        return ("pmpo review --as NAME",)
    if item.kind == SIGNING:
        return ("pmpo ratify --as NAME",)
    if item.kind == REOPENED:
        return (f"pmpo decide UNIT --supersedes {item.decisions[0]} --as NAME …",)
    if item.decisions:
        again = f"--supersedes {item.decisions[0]} --resolves {item.id}"
        return (f"pmpo decide UNIT {again} --as NAME …",)
    return ()


def _waiting(program: str, decision: Decision, waiting: Waiting, owner: str) -> DueItem:
    """A proposal that waits, with how many have approved it and who may."""
    return _item(
        program,
        WAITING,
        f"{decision.id}:approval",
        reason=f"{_subject(decision)}: {decision.proposal.verdict} waits for approval: {waiting}",
        owner=" or ".join(waiting.missing) or owner,
        owners=(*waiting.missing, decision.proposed_by.name),
        waits=decision.id,
        approve=approving(decision.id, keyed=waiting.keyed) if waiting.missing else "",
        since=decision.proposed_at.date(),
        decisions=(decision.id,),
    )


def _subject(decision: Decision) -> str:
    units = decision.units or decision.proposal.units
    more = f" and {len(units) - 1:,} more" if len(units) > 1 else ""
    return decision.proposal.named(units[0]) + more


def _of_decision(
    state: State, decision: Decision, charter: Charter, today: date
) -> Iterator[DueItem]:
    proposal, owner = decision.proposal, decision.proposed_by.name
    what, mine = _subject(decision), (decision.id,)

    def item(kind: str, cause: str, reason: str, since: date, whose: str = owner) -> DueItem:
        return _item(
            state.program,
            kind,
            f"{decision.id}:{cause}",
            reason=reason,
            owner=whose,
            since=since,
            decisions=mine,
        )

    if decision.status == "lapsed" and decision.lapsed_at is not None:
        reason = f"{what}: {proposal.verdict} was provisional, and its charter was never ratified"
        yield item(LAPSED, "lapsed", reason, decision.lapsed_at.date(), charter.owner)
    why, waiting = decision.reopened, state.due.keys() - state.answered
    if decision.status == "reopened" and why is not None and why.due not in waiting:
        reason = f"{what}: {proposal.verdict} was opened again: {why.because}"
        yield item(REOPENED, f"reopened:{why.at.isoformat()}", reason, why.at.date())
    if not decision.holds:
        return
    look = proposal.next_look
    if look is not None and look <= today:
        yield item(LOOK, f"look:{look}", f"{what}: to be looked at again", look)
    expected = proposal.expectation
    if expected is not None and expected.by <= today:
        reason = f"{what}: expected {told_expectation(expected)}"
        yield item(EXPECTATION, f"expected:{expected.by}", reason, expected.by)
    if decision.stage in ("done", "stopped"):
        return
    for action in proposal.actions:
        if action.due < today:
            reason = f"{what}: {action.what}; done when {action.done_when}"
            since = action.due + timedelta(days=1)
            yield item(ACTION, f"action:{action.what}", reason, since, action.owner)


def resting_on(state: State, assumption: str) -> tuple[str, ...]:
    """The decisions that hold and rest on an assumption, in the ledger's order."""
    return tuple(
        one.id
        for one in state.decisions.values()
        if one.status in ("decided", "reopened") and assumption in one.proposal.assumptions
    )


def _trading(state: State, trade: TradeOff) -> tuple[str, ...]:
    """The decisions that hold and gain or give up points on an axis of a trade-off."""
    sides = set(trade.between)
    return tuple(
        one.id
        for one in state.decisions.values()
        if one.holds
        and one.proposal.trade_off is not None
        and sides & {*one.proposal.trade_off.gains, *one.proposal.trade_off.gives_up}
    )


def broken(
    state: State, charter: Charter, assumption: Assumption, evaluation: Evaluation
) -> DueItem | None:
    """The item of an assumption that does not hold; None while an earlier one waits for an answer.

    An assumption that was answered and breaks again is a new cause. On data of the moment for which
    it was answered it is none: else no answer would last until the next look.
    """
    times = 0
    while True:
        cause = f"{assumption.name}:{charter.logic_hash}:{times}"
        check = assumption.check
        item = _item(
            state.program,
            BROKEN,
            cause,
            reason=f"`{assumption.name}` does not hold as of {evaluation.as_of.date()}: "
            f"{check.holds if check else ''} ({assumption.claim})",
            owner=assumption.owner or charter.owner,
            since=evaluation.as_of.date(),
            decisions=resting_on(state, assumption.name),
        )
        if item.id not in state.due:
            return item
        if item.id not in state.answered or state.due[item.id].since >= item.since:
            return None
        times += 1


def _item(
    program: str,
    kind: str,
    cause: str,
    *,
    reason: str,
    owner: str,
    since: date,
    decisions: Iterable[str],
    owners: tuple[str, ...] = (),
    waits: str = "",
    approve: str = "",
) -> DueItem:
    """An item whose id is that of its cause, so that one cause is one item."""
    digest = hashlib.sha256(f"{program}\0{kind}\0{cause}".encode()).hexdigest()
    return DueItem(
        id=f"due-{digest[:12]}",
        kind=kind,
        reason=reason,
        owner=owner,
        since=since,
        program=program,
        decisions=tuple(decisions),
        owners=owners or (owner,),
        waits=waits,
        approve=approve,
    )
