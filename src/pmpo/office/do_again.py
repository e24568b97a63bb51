"""Stored evaluations done again: as they were, under another charter, on other rows, in part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pmpo.evaluate.levers import Levers, levers
from pmpo.evaluate.record import read_record
from pmpo.evaluate.targets import target_from
from pmpo.office.again import prior_of_stored
from pmpo.office.counterfactuals import replay_with
from pmpo.office.planning import Planned
from pmpo.office.replaying import Replayed, replay, replay_each
from pmpo.store.layout import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pmpo.model.charter import Charter
    from pmpo.office.run import Run


class OfficeAsked(Protocol):
    """What doing again needs of its office."""

    folder: Path
    tell: Callable[[str], None] | None

    def latest(self, program: str | None = None) -> Run: ...
    def evaluation(self, id: str) -> Run: ...
    def charter_named(self, named: str, program: str | None = None) -> Charter: ...
    def folder_of(self, declared: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Again:
    """What can be asked of stored evaluations by doing them again; nothing is written."""

    office: OfficeAsked

    def replay(self, id: str, *, threads: int | None = None) -> Replayed:
        """Do a stored evaluation again from what it was made of, and compare.

        Raises: StoreError: the evaluation itself cannot be read.
        """
        store = self._store()
        with store.lock.shared(tell=self.office.tell):
            return replay(store, self.office.folder.resolve(), id, threads)

    def replay_all(self, *, threads: int | None = None) -> Iterator[Replayed]:
        """Every stored evaluation done again, one after the other."""
        store = self._store()
        for id in store.evaluations.ids():
            with store.lock.shared(tell=self.office.tell):
                yield replay_each(store, self.office.folder.resolve(), id, threads)

    def replay_with(
        self,
        id: str,
        *,
        charter: str | None = None,
        rows_of: str | None = None,
        threads: int | None = None,
    ) -> Planned:
        """What another charter, or the rows that another evaluation read, would have said.

        Args:
            charter: a file, a git revision or an evaluation; by default its own.
            rows_of: an evaluation; the moment stays, and what was known is what that one knew.
        Raises: CharterError, DataError, StoreError.
        """
        office, store = self.office, self._store()
        with store.lock.shared(tell=office.tell):
            of = read_record(store.evaluations.load(id)).evaluation.program
            named = (
                (charter, office.charter_named(charter, office.folder_of(of))) if charter else None
            )
            return replay_with(
                store, office.folder.resolve(), id, charter=named, rows_of=rows_of, threads=threads
            )

    def levers(
        self, unit: str, to: str, *, program: str | None = None, evaluation: str | None = None
    ) -> Levers:
        """What would move a unit: per signal the smallest change that leads there.

        Args:
            unit: its key as the board shows it, or its label.
            to: `price=full`, `full`, an outcome, or `rank 20`.
            evaluation: by default the latest.
        Raises: DataError `unit/…`, `target/…`, StoreError.
        """
        office, store = self.office, self._store()
        run = office.latest(program) if evaluation is None else office.evaluation(evaluation)
        target = target_from(run.charter, to)
        with store.lock.shared(tell=office.tell):
            prior = prior_of_stored(store, run.evaluation)
        return levers(run.charter, run.evaluation, prior, unit, target)

    def _store(self) -> Store:
        return open_store(self.office.folder, tidy=False)
