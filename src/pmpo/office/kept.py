"""What an office keeps: listing, pinning, collecting and examining it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pmpo.assure.doctor import diagnose, repair
from pmpo.assure.housekeeping import Collected, Examination, Listed, examination, listed
from pmpo.diagnostics import has_errors, in_order
from pmpo.store.collect import KEEP_DAYS, KEEP_LAST, Retention, carry_out
from pmpo.store.collect import plan as plan_collection
from pmpo.store.layout import FOLDER, open_store, store_at
from pmpo.store.lock import WAIT_S, Holder
from pmpo.store.pins import Pin

if TYPE_CHECKING:
    from pmpo.office.run import Run


class Housekeeping:
    """The part of an office that looks after its store.

    Args:
        folder: the office's folder.
        tell: is called with a sentence whenever something takes a while.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None] | None) -> None:
        self.folder = folder
        self.tell = tell
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        """The moment by which people act and waivers end."""

    def evaluations(self) -> tuple[Listed, ...]:
        """Every stored evaluation, the newest first."""
        store = open_store(self.folder, tidy=False)
        with store.lock.shared(tell=self.tell):
            return listed(store)

    def marked(self, run: Run) -> Run:
        """A stored evaluation, knowing by `draft` whether its charter counts."""
        from pmpo.office.drafts import marked

        return marked(run, self.folder, self.now())

    def pin(self, id: str, because: str = "") -> Pin:
        """Keep a stored evaluation, and the copies it rests on, for ever.

        Pinning again replaces the reason.

        Raises: StoreError `store/not-found`, `store/damaged`.
        """
        store = open_store(self.folder)
        with store.lock.shared(holder("pmpo pin"), tell=self.tell):
            store.evaluations.load(id)
            pin = Pin(id, because, now())
            store.pins.put(pin)
        return pin

    def unpin(self, id: str) -> None:
        """Let an evaluation be collected when it is old enough.

        Raises: StoreError `store/not-pinned`.
        """
        store = open_store(self.folder)
        with store.lock.shared(holder("pmpo unpin"), tell=self.tell):
            store.pins.remove(id)

    def collect(
        self,
        *,
        keep_days: int = KEEP_DAYS,
        keep_last: int = KEEP_LAST,
        delete: bool = False,
        wait_s: float = WAIT_S,
    ) -> Collected:
        """Find, and delete if asked to, what is not needed any more.

        Args:
            keep_days: evaluations made within so many days stay.
            keep_last: so many of the newest of each program stay.
            delete: False tells only what would go.
            wait_s: for how long at most to wait until no run is going on.
        Raises: StoreError `store/locked`, `store/cannot-collect`.
        """
        retention = Retention(keep_days, keep_last)
        store = open_store(self.folder, tidy=False)
        if not delete:
            with store.lock.shared(wait_s=wait_s, tell=self.tell):
                return Collected(
                    plan_collection(store, retention, datetime.now(UTC)), deleted=False
                )
        with store.lock.exclusive(holder("pmpo gc --delete"), wait_s=wait_s, tell=self.tell):
            planned = plan_collection(store, retention, datetime.now(UTC))
            carry_out(store, planned)
        return Collected(planned, deleted=True)

    def doctor(self, *, fix: bool = False) -> Examination:
        """Find every kind of damage in the store, and repair what can be without loss if asked to.

        Args:
            fix: remove what killed processes left half-made, and let pointers that lead nowhere
                name the newest evaluation.
        """
        repaired = self._repaired() if fix else ()
        store = store_at(self.folder / FOLDER)
        with store.lock.shared(tell=self.tell):
            findings, seen = diagnose(self.folder)
            if seen.ledger and not has_errors(findings):
                from pmpo.assure.ledger import ledger_of
                from pmpo.office.book import clock_findings

                ledger = ledger_of(self.folder, create=False)
                findings = in_order([*findings, *clock_findings(ledger, self.now())])
            return examination(self.folder, findings, seen, repaired)

    def _repaired(self) -> tuple[str, ...]:
        store = open_store(self.folder, tidy=False)
        with store.lock.exclusive(holder("pmpo doctor --fix"), tell=self.tell):
            return tuple(repair(store))


def now() -> str:
    """This moment, as manifests and pins write it: of two runs in one second one is the later."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def holder(command: str) -> Holder:
    """This process, as others are told who hold or want the store."""
    return Holder(os.getpid(), command, now())
