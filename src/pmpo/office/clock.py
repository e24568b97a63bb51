"""Going on after a clock that ran ahead: whoever writes next would be refused until its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from pmpo.charter.office_file import LoadedOffice
from pmpo.decide.access import may_keep
from pmpo.diagnostics import DataError, stop
from pmpo.model.entry import Entry
from pmpo.office.book import ahead_of, because_given
from pmpo.office.identity import actor_of, key_changes, people_of

if TYPE_CHECKING:
    from pmpo.store.ledger.log import Ledger, Recorded

CLOCK_CORRECTED: Final = "ClockCorrected"


class Keeping(Protocol):
    """What correcting needs of an office."""

    def shared(self) -> LoadedOffice: ...
    def ledger(self, *, create: bool = False) -> Ledger: ...


def correct_clock(
    office: Keeping, who: str, key: Path | None, because: str, now: Callable[[], datetime]
) -> Recorded:
    """Record that the last entry is dated ahead, so that what comes next counts from now.

    What was written ahead stays as it is: nothing is edited, and `verify` notes the step back.

    Args:
        who, key: who acts, and the file of their own key where they sign.
    Raises: DataError `actor/…`, `clock/…`, `decision/because`; StoreError `ledger/…`.
    """
    people = people_of(office.shared())
    actor, signing = actor_of(who, key, people)
    answer = may_keep(who, "correct the clock", people)
    if not answer:
        raise stop("clock/not-allowed", answer.because, help=answer.meets, error=DataError)
    because_given(because, "the last entry is taken to be dated ahead")
    from pmpo.store.ledger.signatures import sign_entry
    from pmpo.store.ledger.unguessable import new_id

    ledger, moment = office.ledger(), now()
    size, last = ledger.size, ahead_of(ledger, moment)
    if last is None:
        raise stop(
            "clock/right",
            "no entry is dated ahead of this machine's clock",
            help="there is nothing to correct",
            error=DataError,
        )
    body = {"because": because.strip(), "entry": last.position, "dated": last.entry.id}
    made = key_changes(ledger, people, actor, moment, size)
    made.append(Entry(new_id(), CLOCK_CORRECTED, None, moment, actor, body))
    if signing is not None:
        made = [sign_entry(one, signing) for one in made]
    return ledger.append(made, expected_size=size)[-1]
