"""Giving the ledger another key: because the one of now has leaked, is lost, or is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pmpo.charter.office_file import LoadedOffice
from pmpo.decide.access import may_keep
from pmpo.diagnostics import DataError, stop
from pmpo.model.entry import Entry
from pmpo.office.book import check_clock
from pmpo.office.identity import actor_of, key_changes, people_of

if TYPE_CHECKING:
    from pmpo.store.ledger.log import Ledger
    from pmpo.store.ledger.note import VerifierKey


class Keeping(Protocol):
    """What rotating needs of an office."""

    def shared(self) -> LoadedOffice: ...
    def ledger(self, *, create: bool = False) -> Ledger: ...


@dataclass(frozen=True, slots=True)
class Rotated:
    """What came of it.

    Args:
        position: of the entry that names the key; what is appended from there on it signs.
        vouched: whether the key before has signed that; not, where it was lost.
    """

    position: int
    old: VerifierKey
    new: VerifierKey
    vouched: bool

    def as_json(self) -> dict[str, Any]:
        """What came of it, as `pmpo rotate --format json` prints it."""
        return {
            "entry": self.position,
            "key": str(self.new),
            "before": str(self.old),
            "vouched": self.vouched,
        }


def rotate(
    office: Keeping,
    who: str,
    key: Path | None,
    because: str,
    now: Callable[[], datetime],
    *,
    lost: bool,
) -> Rotated:
    """Give the ledger another key, and record who did it and why.

    Args:
        who, key: who acts, and the file of their own key where they sign.
        lost: the log's key is gone for good, so that it cannot vouch for the next one.
    Raises: DataError `actor/…`, `rotate/…`; StoreError `ledger/…`.
    """
    people = people_of(office.shared())
    actor, signing = actor_of(who, key, people)
    answer = may_keep(who, "rotate", people)
    if not answer:
        raise stop("rotate/not-allowed", answer.because, help=answer.meets, error=DataError)
    if not because.strip():
        raise stop(
            "rotate/because",
            "it is not said why the log gets another key",
            note="who reads the log in a year wants to know",
            help="add `--because 'the old laptop was stolen'`, or what it is",
            error=DataError,
        )
    from pmpo.store.ledger.signatures import sign_entry
    from pmpo.store.ledger.terms import KEY_ROTATED

    ledger, moment = office.ledger(), now()
    check_clock(ledger, moment)
    size, old = ledger.size, ledger.key
    next_key, handover = ledger.next_key(lost=lost)
    made = key_changes(ledger, people, actor, moment, size)
    body = {"because": because, "handover": str(handover), "lost": lost}
    id = f"key-rotated:{handover.new.id.hex()}"
    made.append(Entry(id, KEY_ROTATED, None, moment, actor, body))
    if signing is not None:
        made = [sign_entry(one, signing) for one in made]
    placed = ledger.rotate(made, next_key, expected_size=size)
    return Rotated(placed[-1].position, old, handover.new, handover.vouched)
