"""Waivers: asked for by one, granted by another, over on their day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pmpo.decide import state as kinds
from pmpo.decide.gate import Unmet
from pmpo.decide.state import State
from pmpo.decide.waive import (
    granting,
    renamed,
    unmet_by_grant,
    unmet_by_granted,
    unmet_by_waiver,
)
from pmpo.decide.waivers import WaiverStory, in_order, waiver_stories
from pmpo.diagnostics import DataError, PmpoError, StoreError, stop
from pmpo.model.entry import Actor, Entry
from pmpo.model.waiver import Waiver, in_force
from pmpo.office.book import Book, because_given, key_of, ranks_of, unknown
from pmpo.office.run import Run


@dataclass(frozen=True, slots=True)
class Granted:
    """What came of asking for a waiver, or of granting one.

    Args:
        granting: what one types to grant what was asked for; empty where nobody may.
    """

    waiver: Waiver
    unmet: tuple[Unmet, ...]
    granted: bool
    recorded: int
    granting: str = ""


class Waivers(Book):
    """The part of a desk at which waivers are asked for and granted."""

    def waive(self, waiver: Waiver, actor: Actor) -> Granted:
        """Ask for a waiver; in solo mode, who asks grants it too."""
        granted: Granted | None = None
        waiver = self._by_keys(waiver)

        def entries(state: State) -> list[Entry]:
            nonlocal granted
            self.let(actor, "propose")
            charter = self.charter
            units = self._known_units()
            unmet = unmet_by_waiver(waiver, charter, self.today, units)
            if unmet or waiver.id in state.waivers or waiver.id in state.asked:
                granted = Granted(waiver, unmet, waiver.id in state.waivers, 0)
                return []
            again = f":{state.size}" if waiver.id in state.withdrawn_waivers else ""
            id, body = f"{waiver.id}:asked{again}", {"waiver": waiver.as_json()}
            made = [self.entry(id, kinds.WAIVER_ASKED, actor, body)]
            asked = kinds.Asked(waiver, actor, self.now())
            lacking = unmet_by_grant(asked, actor, charter, self.people, self.mode, self.today)
            typed = granting(asked, charter, self.people)
            granted = Granted(waiver, lacking, not lacking, 0, typed)
            return made if lacking else [*made, self._granted(waiver, actor)]

        recorded = self.append(entries)
        assert granted is not None
        return replace(granted, recorded=recorded)

    def grant(self, id: str, actor: Actor) -> Granted:
        """Grant a waiver that somebody asked for."""
        granted: Granted | None = None

        def entries(state: State) -> list[Entry]:
            nonlocal granted
            if id in state.waivers:
                known = state.waivers[id]
                granted = Granted(known, (unmet_by_granted(known, self.today),), True, 0)
                return []
            if id not in state.asked:
                raise unknown(
                    "waiver/unknown", id, "waiver that waits", "pmpo waivers", state.asked
                )
            asked = state.asked[id]
            lacking = unmet_by_grant(asked, actor, self.charter, self.people, self.mode, self.today)
            granted = Granted(asked.waiver, lacking, not lacking, 0)
            return [] if lacking else [self._granted(asked.waiver, actor)]

        recorded = self.append(entries)
        assert granted is not None
        return replace(granted, recorded=recorded)

    def withdraw_waiver(self, id: str, actor: Actor, because: str) -> Waiver:
        """Take back a waiver that nobody has granted yet, or turn it down with a reason.

        Who asked for it may, the owner, and who could grant it.
        """
        waiver: Waiver | None = None

        def entries(state: State) -> list[Entry]:
            nonlocal waiver
            if id in state.waivers:
                raise _granted_already(state.waivers[id])
            if id not in state.asked:
                raise unknown(
                    "waiver/unknown", id, "waiver that waits", "pmpo waivers", state.asked
                )
            asked = state.asked[id]
            self.let_withdraw(actor, asked.actor.name, "waive")
            if actor.name != asked.actor.name:
                because_given(because, f"{id} of `{asked.actor.name}` is turned down")
            waiver, body = asked.waiver, {"waiver": id, "because": because}
            name = f"{id}:withdrawn:{state.size}"
            return [self.entry(name, kinds.WAIVER_WITHDRAWN, actor, body)]

        self.append(entries)
        assert waiver is not None
        return waiver

    def waivers(self) -> tuple[Waiver, ...]:
        """Those that hold today: a run from their end on applies them no more, whatever its as-of.

        So they end for data that lags behind the calendar, too. A replay applies those that its
        evaluation names.
        """
        return in_force(self.state().waivers.values(), self.today)

    def waiver_stories(self) -> Sequence[WaiverStory]:
        """All that were ever asked for, with what became of each; those that wait come first."""
        found, _ = self.recorded()
        stories = [
            replace(one, granting=granting(one.asked, self.charter, self.people))
            if one.status(self.today) == "asked"
            else one
            for one in waiver_stories(one.entry for one in found)
        ]
        return in_order(stories, self.today)

    def _granted(self, waiver: Waiver, actor: Actor) -> Entry:
        told = replace(waiver, approver=actor.name).as_json()
        return self.entry(f"{waiver.id}:waived", kinds.WAIVED, actor, {"waiver": told})

    def _by_keys(self, waiver: Waiver) -> Waiver:
        """The same waiver with its units by their keys; a unit that is unknown stays as it is."""
        try:
            run = self.office.latest(self.program)
        except PmpoError:
            return waiver  # nothing was evaluated yet, so that nobody knows which units there are
        units = {_key(run, one) for one in waiver.units}
        return waiver if units == set(waiver.units) else renamed(waiver, units)

    def _known_units(self) -> frozenset[str] | None:
        try:
            run = self.office.latest(self.program)
        except PmpoError:
            return None  # nothing was evaluated yet, so that nobody knows which units there are
        return frozenset(ranks_of(run))


def _granted_already(waiver: Waiver) -> PmpoError:
    return stop(
        "waiver/granted",
        f"{waiver.id} was granted by `{waiver.approver}`, and a granted waiver is not taken back",
        note="evaluations may have been made under it",
        help=f"it ends by itself on {waiver.expires}",
        error=StoreError,
    )


def _unknown(id: str, state: State) -> PmpoError:
    return unknown("waiver/unknown", id, "waiver that waits", "pmpo waivers", state.asked)


def _key(run: Run, named: str) -> str:
    try:
        return key_of(run, named)
    except DataError as error:
        if error.findings[0].code != "unit/unknown":
            raise
        return named
