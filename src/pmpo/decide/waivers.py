"""What became of the waivers of a program: asked for, granted, over, withdrawn. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pmpo.decide.state import WAIVED, WAIVER_ASKED, WAIVER_WITHDRAWN, Approval, Asked, Why
from pmpo.model.entry import Entry
from pmpo.model.waiver import Waiver

WaiverStatus = Literal["asked", "in-force", "ended", "lapsed", "withdrawn", "turned-down"]


@dataclass(frozen=True, slots=True)
class WaiverStory:
    """A waiver and everything that happened to it since it was asked for last.

    Args:
        granted: who granted it, and when.
        withdrawn: who took it back or turned it down, when and why.
        granting: what one types to grant it; empty where it does not wait, or nobody may.
    """

    asked: Asked
    granted: Approval | None = None
    withdrawn: Why | None = None
    granting: str = ""

    @property
    def waiver(self) -> Waiver:
        """What was asked for."""
        return self.asked.waiver

    def status(self, today: date) -> WaiverStatus:
        """Where it stands; `lapsed` where its end came before anybody granted it."""
        if self.withdrawn is not None:
            own = self.withdrawn.actor.name == self.asked.actor.name
            return "withdrawn" if own else "turned-down"
        over = self.waiver.expires <= today
        if self.granted is None:
            return "lapsed" if over else "asked"
        return "ended" if over else "in-force"


def waiver_stories(entries: Iterable[Entry]) -> tuple[WaiverStory, ...]:
    """The waivers of a program, in the order in which they were asked for last.

    Args:
        entries: of the program, in the ledger's order; other kinds are passed over.
    """
    found: dict[str, WaiverStory] = {}
    for one in entries:
        if one.kind == WAIVER_ASKED:
            waiver = Waiver.from_json(dict(one.body["waiver"]))
            found.pop(waiver.id, None)
            found[waiver.id] = WaiverStory(Asked(waiver, one.actor, one.recorded_at))
        elif one.kind == WAIVED:
            id = str(one.body["waiver"]["id"])
            found[id] = replace(found[id], granted=Approval(one.actor, one.recorded_at))
        elif one.kind == WAIVER_WITHDRAWN:
            why = Why(one.body["because"], one.actor, one.recorded_at)
            id = str(one.body["waiver"])
            found[id] = replace(found[id], withdrawn=why)
    return tuple(found.values())


def in_order(stories: Iterable[WaiverStory], today: date) -> Sequence[WaiverStory]:
    """What waits for somebody first, then what holds, by its end; then the rest, newest first."""
    placed: dict[WaiverStatus, int] = {"asked": 0, "in-force": 1}
    newest = sorted(stories, key=lambda one: one.asked.at, reverse=True)

    def place(one: WaiverStory) -> tuple[int, date]:
        at = placed.get(one.status(today), 2)
        return at, one.waiver.expires if at < len(placed) else date.min

    return sorted(newest, key=place)
