"""What stands now: what the entries of a program come to, which `reading` reads in their order.

Nothing is kept beside the ledger. Whoever asks reads its entries again; a log of one office is
small, and a state that cannot differ from its log needs no repair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal

from pmpo.model.charter import Quorum
from pmpo.model.decision import STAGES, Proposal, Stage, besides
from pmpo.model.entry import Actor
from pmpo.model.waiver import Waiver

Status = Literal["proposed", "decided", "withdrawn", "superseded", "reopened", "lapsed"]

PROPOSED: Final = "Proposed"
APPROVED: Final = "Approved"
DECIDED: Final = "Decided"
WITHDRAWN: Final = "Withdrawn"
REOPENED: Final = "Reopened"
STANDS: Final = "Stands"
PROGRESSED: Final = "Progressed"
SIGNED: Final = "Signed"
RATIFIED: Final = "Ratified"
WAIVER_ASKED: Final = "WaiverAsked"
WAIVED: Final = "Waived"
WAIVER_WITHDRAWN: Final = "WaiverWithdrawn"
RAISED: Final = "Raised"
SNOOZED: Final = "Snoozed"
REVIEWED: Final = "Reviewed"

BROKEN: Final = "assumption-broken"
"""The cause of a due item that opens decisions again."""

STANDING: Final[tuple[Status, ...]] = ("decided", "reopened")
"""What holds for a unit, until another decision takes its place."""

BEGUN: Final[tuple[Stage, ...]] = ("committed", "executing")
"""The stages of a unit that uses up capacity."""

_LAPSES_AFTER_REVIEWS: Final = 2


@dataclass(frozen=True, slots=True)
class Approval:
    """One signature under a proposal."""

    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Reopening:
    """Why a decision is open again; `due` is the item that asked for it, where one did."""

    because: str
    actor: Actor
    at: datetime
    due: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """Who did something that needs a reason, when, and why: withdrawn, turned down, put aside."""

    because: str
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """Somebody's note of how far some units have come: without names all it spoke of by then."""

    stage: Stage
    actor: Actor
    at: datetime
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A proposal and everything that happened to it.

    Args:
        position: of its `Proposed` entry in the ledger.
        provisional: it rests on a charter that nobody had ratified.
        reviewed: when reviews were held since it was decided provisionally.
        confirmed: the charter it rests on is ratified, even if it counts only later.
        stages: how far each unit that was accepted has come; empty where none was.
        progress: who noted which stage, in the ledger's order.
        replaced: the units about which another decision took its place, with that one's id.
    """

    id: str
    proposal: Proposal
    proposed_by: Actor
    proposed_at: datetime
    position: int
    approvals: tuple[Approval, ...] = ()
    decided_at: datetime | None = None
    provisional: bool = False
    confirmed: bool = False
    reviewed: tuple[datetime, ...] = ()
    withdrawn: Why | None = None
    reopened: Reopening | None = None
    stages: Mapping[str, Stage] = field(default_factory=dict)
    progress: tuple[Progress, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)

    @property
    def units(self) -> tuple[str, ...]:
        """Those it still speaks of: about each of the others another decision took its place."""
        return tuple(unit for unit in self.proposal.units if unit not in self.replaced)

    @property
    def superseded_by(self) -> str:
        """The last of the decisions that took its place; empty while it speaks of any unit."""
        return "" if self.units or not self.replaced else tuple(self.replaced.values())[-1]

    @property
    def successors(self) -> dict[str, tuple[str, ...]]:
        """The decisions that took its place, each with the units for which it did."""
        found: dict[str, list[str]] = {}
        for unit, id in self.replaced.items():
            found.setdefault(id, []).append(unit)
        return {id: tuple(units) for id, units in found.items()}

    @property
    def stage(self) -> Stage | None:
        """How far the unit of it has come that has come least far; None where nothing was taken."""
        found = [self.stages[unit] for unit in self.units or self.stages if unit in self.stages]
        return min(found, key=STAGES.index, default=None)

    @property
    def status(self) -> Status:
        """Where it stands; a provisional decision lapses at the second review without a charter."""
        if self.withdrawn is not None:
            return "withdrawn"
        if self.superseded_by:
            return "superseded"
        if self.decided_at is None:
            return "proposed"
        if self.lapsed_at is not None:
            return "lapsed"
        return "reopened" if self.reopened is not None else "decided"

    @property
    def lapsed_at(self) -> datetime | None:
        """When the review was held at which it lapsed; None where it did not."""
        if not self.provisional or self.confirmed or len(self.reviewed) < _LAPSES_AFTER_REVIEWS:
            return None
        return self.reviewed[_LAPSES_AFTER_REVIEWS - 1]

    def after_review(self, moment: datetime) -> Decision:
        """The same after a review: what is provisional remembers it."""
        if self.decided_at is None or not self.provisional:
            return self
        return replace(self, reviewed=(*self.reviewed, moment))

    @property
    def told_status(self) -> str:
        """Where it stands, `provisional` where it holds under a charter nobody ratified."""
        pilot = self.status == "decided" and self.provisional and not self.confirmed
        return "provisional" if pilot else self.status

    @property
    def holds(self) -> bool:
        """Whether people act on it."""
        return self.status == "decided"


@dataclass(frozen=True, slots=True)
class Ratification:
    """A charter that enough people have signed.

    Args:
        effective: the moment from which it counts.
        quorum: how many of whom it asked for; the charter that replaces it needs them too.
    """

    charter_text: str
    charter_logic: str
    signers: tuple[str, ...]
    effective: datetime
    at: datetime
    position: int
    quorum: Quorum


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's signature under the bytes of a charter.

    Args:
        day: the first day on which it is to count, where the signer said one.
        round: how often these bytes had been ratified before: going back is signed anew.
    """

    charter_text: str
    charter_logic: str
    actor: Actor
    editor: str
    at: datetime
    day: date | None = None
    because: str = ""
    round: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A waiver that somebody asked for and nobody has granted yet."""

    waiver: Waiver
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something that waits for an answer.

    Args:
        kind: what happened: `assumption-broken`, `waiver-expired`, `review-date` ….
        owner: whose it is.
        since: the day on which it came up.
        decisions: those that rest on what happened.
        snoozed_until: it is quiet before this day.
        put_aside: who made it quiet, when and why.
        owners: the people and roles who may answer it, the owner among them.
        waits: the proposal or waiver that waits for approval, where that is it.
        approve: what one types to approve it; empty where nobody may.
    """

    id: str
    kind: str
    reason: str
    owner: str
    since: date
    program: str
    decisions: tuple[str, ...] = ()
    snoozed_until: date | None = None
    owners: tuple[str, ...] = ()
    waits: str = ""
    approve: str = ""
    put_aside: Why | None = None

    def is_quiet(self, today: date) -> bool:
        """Whether it was put aside until a day that has not come."""
        return self.snoozed_until is not None and self.snoozed_until > today


@dataclass(frozen=True, slots=True)
class Review:
    """A review that was held; its minutes are attached to the entry."""

    as_of: str
    at: datetime
    chair: str
    position: int


@dataclass(frozen=True, slots=True)
class State:
    """Everything that was recorded of one program, as it stands after `size` entries."""

    program: str
    size: int
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    signatures: tuple[Signature, ...] = ()
    ratifications: tuple[Ratification, ...] = ()
    asked: Mapping[str, Asked] = field(default_factory=dict)
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    withdrawn_waivers: Mapping[str, Why] = field(default_factory=dict)
    due: Mapping[str, DueItem] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()
    reviews: tuple[Review, ...] = ()

    def after(self, review: Review) -> State:
        """What stands once a review is held: what is provisional comes nearer to its end."""
        decisions = {id: one.after_review(review.at) for id, one in self.decisions.items()}
        return replace(self, decisions=decisions, reviews=(*self.reviews, review))

    def ratified(self, at: datetime) -> Ratification | None:
        """The charter that counts at a moment: the last one signed of those that have begun."""
        begun = [one for one in self.ratifications if one.effective <= at]
        return begun[-1] if begun else None

    def coming(self, at: datetime) -> tuple[Ratification, ...]:
        """The charters that are signed and wait; one that was signed after them ends their wait."""
        now = self.ratified(at)
        after = now.position if now is not None else -1
        return tuple(one for one in self.ratifications if one.position > after)

    def is_ratified(self, charter_logic: str, at: datetime) -> bool:
        """Whether a charter of this logic counts at a moment."""
        now = self.ratified(at)
        return now is not None and now.charter_logic == charter_logic

    def begins(self, charter_logic: str, at: datetime) -> datetime | None:
        """When a charter of this logic that is ratified and waits begins to count."""
        waiting = (o.effective for o in self.coming(at) if o.charter_logic == charter_logic)
        return min(waiting, default=None)

    def rounds(self, charter_text: str) -> int:
        """How often the bytes of a charter have been ratified."""
        return sum(one.charter_text == charter_text for one in self.ratifications)

    def of_unit(self, unit: str) -> tuple[Decision, ...]:
        """The decisions that speak of a unit, the newest first."""
        return self.of_units((unit,))[unit]

    def of_units(self, units: Collection[str]) -> dict[str, tuple[Decision, ...]]:
        """Per unit the decisions that speak of it, the newest first; each decision is read once."""
        found: dict[str, list[Decision]] = {unit: [] for unit in units}
        for one in sorted(self.decisions.values(), key=lambda one: -one.position):
            for unit in one.units:
                if unit in found:
                    found[unit].append(one)
        return {unit: tuple(decisions) for unit, decisions in found.items()}

    def holding(self) -> tuple[Decision, ...]:
        """The decisions that people act on."""
        return tuple(one for one in self.decisions.values() if one.holds)

    def occupied(self) -> dict[str, Stage]:
        """The units that use a seat: committed or executing, each with its stage.

        What is open again is still being done: it keeps its place until another decision ends it.
        """
        return {
            unit: one.stages[unit]
            for one in self.decisions.values()
            if one.status in STANDING
            for unit in besides(one.units, one.proposal.seatless)
            if one.stages.get(unit) in BEGUN
        }

    def settled(self) -> frozenset[str]:
        """The units about which something is decided, waits for approval, or is open again."""
        return frozenset(
            unit
            for one in self.decisions.values()
            if one.status == "proposed" or one.status in STANDING
            for unit in one.units
        )


def replaced_by(proposal: Proposal, old: Decision) -> tuple[str, ...]:
    """The units of a decision whose place a proposal takes: those it names, or all if none is.

    One decision can be about many units. Whoever decides anew about one of them says nothing of
    the others, and they stay as they are: also when another decision is about that one by now.
    """
    named = set(proposal.units)
    if named.isdisjoint(old.proposal.units):
        return old.units
    return tuple(unit for unit in old.units if unit in named)
