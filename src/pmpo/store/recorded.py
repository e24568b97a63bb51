"""Recorded evaluations: those that the ledger names, on which later ones may build.

An evaluation is recorded once, by an entry `Evaluated` whose id follows from its own. It counts as
pinned: it is never collected.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pmpo.model.canonical import hash_json
from pmpo.model.entry import Actor, Entry
from pmpo.model.time import utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pmpo.model.evaluation import Evaluation

KIND: Final = "Evaluated"
SIGNED: Final = "Signed"
_LEDGER: Final = "ledger"


@dataclass(frozen=True, slots=True)
class RecordedEvaluation:
    """One evaluation as the ledger names it.

    Args:
        position: of its entry in the ledger, whose order decides which of two is the later one.
        result: the hash of its results, which its files must still have.
        by: who recorded it.
        draft: whether its charter was not ratified.
        new: False when it was recorded before.
        begins: the moment from which its charter, which is ratified, will count; None where it
            counts already or nobody ratified it.
    """

    id: str
    program: str
    as_of: datetime
    result: str
    position: int
    by: str
    draft: bool
    new: bool = False
    begins: datetime | None = None


def recorded(store: Path, program: str | None = None) -> tuple[RecordedEvaluation, ...]:
    """The recorded evaluations of an office, in the ledger's order; none where no ledger is.

    Args:
        store: the folder `.pmpo`.
    Raises: StoreError `ledger/…`: the ledger cannot be read.
    """
    if not (store / _LEDGER).exists():
        return ()
    from pmpo.store.ledger.office_ledger import open_ledger  # SQLAlchemy only where it is needed

    found = open_ledger(store).entries(kind=KIND, program=program)
    return tuple(_read(one.position, one.entry) for one in found)


def signed_charters(store: Path) -> frozenset[str]:
    """The names of the charters that anybody has signed: their bytes are never collected."""
    if not (store / _LEDGER).exists():
        return frozenset()
    from pmpo.store.ledger.office_ledger import open_ledger  # SQLAlchemy only where it is needed

    found = open_ledger(store).entries(kind=SIGNED)
    return frozenset(one.entry.body["charter_text"] for one in found)


def last_before(found: Sequence[RecordedEvaluation], as_of: datetime) -> RecordedEvaluation | None:
    """The one with the latest moment before `as_of`; of several, the one recorded last."""
    earlier = [one for one in found if one.as_of < as_of]
    return max(earlier, key=lambda one: (one.as_of, one.position), default=None)


def entry_of(evaluation: Evaluation, actor: Actor, now: datetime, *, draft: bool) -> Entry:
    """The entry that records an evaluation, not signed yet by whoever signs."""
    identity = evaluation.identity
    body = {
        "evaluation": evaluation.id,
        "identity": hash_json(dict(identity)),
        "charter": identity["charter"],
        "as_of": utc_text(evaluation.as_of),
        "known_by": utc_text(evaluation.known_by),
        "table": evaluation.table.hash,
        "result": evaluation.result_hash,
        "prior": identity["prior"],
        "draft": draft,
    }
    return Entry(f"evaluated:{evaluation.id}", KIND, evaluation.program, now, actor, body)


def _read(position: int, entry: Entry) -> RecordedEvaluation:
    body: Any = entry.body
    return RecordedEvaluation(
        id=body["evaluation"],
        program=entry.program or "",
        as_of=datetime.fromisoformat(body["as_of"]),
        result=body["result"],
        position=position,
        by=entry.actor.name,
        draft=body["draft"],
    )
