"""A program's entries, read one after another into what stands by now: one reader per kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from pmpo.decide.state import (
    APPROVED,
    BROKEN,
    DECIDED,
    PROGRESSED,
    PROPOSED,
    RAISED,
    RATIFIED,
    REOPENED,
    REVIEWED,
    SIGNED,
    SNOOZED,
    STANDING,
    STANDS,
    WAIVED,
    WAIVER_ASKED,
    WAIVER_WITHDRAWN,
    WITHDRAWN,
    Approval,
    Asked,
    Decision,
    DueItem,
    Progress,
    Ratification,
    Reopening,
    Review,
    Signature,
    State,
    Why,
    replaced_by,
)
from pmpo.model.charter import Quorum
from pmpo.model.decision import Proposal, Stage
from pmpo.model.entry import Entry
from pmpo.model.waiver import Waiver


def read_state(program: str, entries: Iterable[tuple[int, Entry]], size: int) -> State:
    """Read a program's entries in their order.

    Args:
        entries: positions and entries of the program; kinds that say nothing of it are passed over.
        size: of the ledger they were read from.
    """
    reading = _Reading(program)
    for position, entry in entries:
        reader = _READERS.get(entry.kind)
        if reader is not None:
            reader(reading, position, entry)
    return reading.state(size)


@dataclass(slots=True)
class _Reading:
    """A state while it is read: dictionaries that grow, so that each entry costs the same."""

    program: str
    decisions: dict[str, Decision] = field(default_factory=dict)
    signatures: list[Signature] = field(default_factory=list)
    ratifications: list[Ratification] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    waivers: dict[str, Waiver] = field(default_factory=dict)
    withdrawn_waivers: dict[str, Why] = field(default_factory=dict)
    due: dict[str, DueItem] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    reviews: list[Review] = field(default_factory=list)

    def state(self, size: int) -> State:
        return State(
            program=self.program,
            size=size,
            decisions=self.decisions,
            signatures=tuple(self.signatures),
            ratifications=tuple(self.ratifications),
            asked=self.asked,
            waivers=self.waivers,
            withdrawn_waivers=self.withdrawn_waivers,
            due=self.due,
            answered=frozenset(self.answered),
            reviews=tuple(self.reviews),
        )

    def change(self, entry: Entry, change: Callable[[Decision], Decision]) -> None:
        """Change the decision that an entry names."""
        id = entry.body["decision"]
        self.decisions[id] = change(self.decisions[id])


def _proposed(reading: _Reading, position: int, entry: Entry) -> None:
    proposal = Proposal.from_json(entry.body["proposal"])
    logic = proposal.grounds.charter_logic
    reading.decisions[entry.id] = Decision(
        entry.id,
        proposal,
        entry.actor,
        entry.recorded_at,
        position,
        confirmed=any(one.charter_logic == logic for one in reading.ratifications),
    )


def _approved(reading: _Reading, _position: int, entry: Entry) -> None:
    given = Approval(entry.actor, entry.recorded_at)
    reading.change(entry, lambda one: replace(one, approvals=(*one.approvals, given)))


def _decided(reading: _Reading, _position: int, entry: Entry) -> None:
    one = reading.decisions[entry.body["decision"]]
    stages: dict[str, Stage] = {"accept": "committed", "override": "committed", "stop": "stopped"}
    stage = stages.get(one.proposal.verdict)
    reading.decisions[one.id] = replace(
        one,
        decided_at=entry.recorded_at,
        provisional=entry.body["provisional"],
        stages=dict.fromkeys(one.proposal.units, stage) if stage is not None else {},
    )
    if one.proposal.supersedes:
        old = reading.decisions[one.proposal.supersedes]
        gone = dict.fromkeys(replaced_by(one.proposal, old), one.id)
        reading.decisions[old.id] = replace(old, replaced={**old.replaced, **gone})
    reading.answered.update(one.proposal.resolves)


def _withdrawn(reading: _Reading, _position: int, entry: Entry) -> None:
    reading.change(entry, lambda one: replace(one, withdrawn=_why(entry)))


def _why(entry: Entry) -> Why:
    return Why(entry.body["because"], entry.actor, entry.recorded_at)


def _reopened(reading: _Reading, _position: int, entry: Entry) -> None:
    body = entry.body
    why = Reopening(body["because"], entry.actor, entry.recorded_at, body["due"])
    reading.change(entry, lambda one: replace(one, reopened=why))


def _stands(reading: _Reading, _position: int, entry: Entry) -> None:
    """What an item opened again holds as before, unless another open item is about it too."""
    id = entry.body["due"]
    reading.answered.add(id)
    for one in reading.decisions.values():
        if one.reopened is not None and one.reopened.due == id:
            others = [
                item.id
                for item in reading.due.values()
                if item.kind == BROKEN
                and one.id in item.decisions
                and item.id not in reading.answered
            ]
            why = replace(one.reopened, due=others[0]) if others else None
            reading.decisions[one.id] = replace(one, reopened=why)


def _progressed(reading: _Reading, _position: int, entry: Entry) -> None:
    stage: Stage = entry.body["stage"]
    named = tuple(entry.body.get("units", ()))

    def change(one: Decision) -> Decision:
        units = named or one.units
        noted = Progress(stage, entry.actor, entry.recorded_at, units)
        stages = {**one.stages, **dict.fromkeys(units, stage)}
        return replace(one, stages=stages, progress=(*one.progress, noted))

    reading.change(entry, change)


def _signed(reading: _Reading, _position: int, entry: Entry) -> None:
    body = entry.body
    said = body.get("day", body.get("effective", ""))
    text = body["charter_text"]
    reading.signatures.append(
        Signature(
            text,
            body["charter_logic"],
            entry.actor,
            body["editor"],
            entry.recorded_at,
            date.fromisoformat(said) if said else None,
            body.get("because", ""),
            sum(one.charter_text == text for one in reading.ratifications),
        )
    )


def _ratified(reading: _Reading, position: int, entry: Entry) -> None:
    body = entry.body
    made = Ratification(
        body["charter_text"],
        body["charter_logic"],
        tuple(body["signers"]),
        _moment(body["effective"]),
        entry.recorded_at,
        position,
        Quorum(any=body["any"], of=tuple(body["of"]), needs=tuple(body.get("needs", ()))),
    )
    reading.ratifications.append(made)
    lapsed = set()
    for id, one in reading.decisions.items():
        if one.proposal.grounds.charter_logic == made.charter_logic:
            if one.status == "lapsed":
                lapsed.add(id)
            reading.decisions[id] = replace(one, confirmed=True)
    if lapsed:
        _back(reading, lapsed)


def _back(reading: _Reading, lapsed: Collection[str]) -> None:
    """What had lapsed holds again, but for the units about which people decided anew since then."""
    holding: dict[str, str] = {}
    standing = [one for one in reading.decisions.values() if one.status in STANDING]
    for one in sorted(standing, key=lambda one: (one.decided_at, one.position), reverse=True):
        newer = {unit: holding[unit] for unit in one.units if unit in holding}
        if newer and one.id in lapsed:
            reading.decisions[one.id] = replace(one, replaced={**one.replaced, **newer})
        holding |= {unit: one.id for unit in one.units if unit not in newer}


def _moment(text: str) -> datetime:
    """A moment; entries of the first version name a day, which begins in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _waiver_asked(reading: _Reading, _position: int, entry: Entry) -> None:
    waiver = Waiver.from_json(dict(entry.body["waiver"]))
    reading.asked[waiver.id] = Asked(waiver, entry.actor, entry.recorded_at)


def _waiver_withdrawn(reading: _Reading, _position: int, entry: Entry) -> None:
    id = entry.body["waiver"]
    del reading.asked[id]
    reading.withdrawn_waivers[id] = _why(entry)


def _waived(reading: _Reading, _position: int, entry: Entry) -> None:
    granted = Waiver.from_json(dict(entry.body["waiver"]))
    reading.asked.pop(granted.id, None)
    reading.waivers[granted.id] = granted


def _raised(reading: _Reading, _position: int, entry: Entry) -> None:
    body = entry.body
    reading.due[entry.id] = DueItem(
        entry.id,
        body["cause"],
        body["reason"],
        body["owner"],
        date.fromisoformat(body["since"]),
        reading.program,
        tuple(body["decisions"]),
    )


def _snoozed(reading: _Reading, _position: int, entry: Entry) -> None:
    item = reading.due[entry.body["due"]]
    until = date.fromisoformat(entry.body["until"])
    reading.due[item.id] = replace(item, snoozed_until=until, put_aside=_why(entry))


def _reviewed(reading: _Reading, position: int, entry: Entry) -> None:
    held = Review(entry.body["as_of"], entry.recorded_at, entry.actor.name, position)
    reading.reviews.append(held)
    for id, one in reading.decisions.items():
        reading.decisions[id] = one.after_review(held.at)


_READERS: Final[Mapping[str, Callable[[_Reading, int, Entry], None]]] = {
    PROPOSED: _proposed,
    APPROVED: _approved,
    DECIDED: _decided,
    WITHDRAWN: _withdrawn,
    REOPENED: _reopened,
    STANDS: _stands,
    PROGRESSED: _progressed,
    SIGNED: _signed,
    RATIFIED: _ratified,
    WAIVER_ASKED: _waiver_asked,
    WAIVED: _waived,
    WAIVER_WITHDRAWN: _waiver_withdrawn,
    RAISED: _raised,
    SNOOZED: _snoozed,
    REVIEWED: _reviewed,
}
"""Kinds that change what stands; `Evaluated` and others are read by whoever needs them."""
