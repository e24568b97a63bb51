"""Recording evaluations, and finding the recorded one that a new one builds on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.evaluate.record import read_record
from pmpo.evaluate.state import uses_prior
from pmpo.model.time import utc_text
from pmpo.store.recorded import RecordedEvaluation, last_before, recorded

if TYPE_CHECKING:
    from pmpo.model.charter import Charter
    from pmpo.model.evaluation import Evaluation
    from pmpo.store.layout import Store


def prior_of(store: Store, charter: Charter, as_of: datetime) -> Evaluation | None:
    """The last recorded evaluation of a program with an earlier moment, where its charter reads it.

    Raises: StoreError `evaluation/prior-missing`: it is not stored as it was recorded.
    """
    if not uses_prior(charter):
        return None
    last = last_before(recorded(store.root, charter.program), as_of)
    return stored_prior(store, last) if last is not None else None


def stored_prior(store: Store, last: RecordedEvaluation) -> Evaluation:
    """A recorded evaluation as it is stored."""
    try:
        found = read_record(store.evaluations.load(last.id)).evaluation
    except PmpoError as error:
        raise _missing(last, error.findings[0].message) from error
    if found.result_hash != last.result:
        raise _missing(last, f"its results are {found.result_hash}, recorded were {last.result}")
    return found


def _missing(last: RecordedEvaluation, why: str) -> PmpoError:
    return stop(
        "evaluation/prior-missing",
        f"{last.id}, on which this evaluation builds, is not stored as it was recorded",
        note=f"{why}; what is remembered of units as of {utc_text(last.as_of)} would be forgotten",
        help="restore its folder from a backup, or run the program as of that moment again: the "
        "same charter and data give the same evaluation",
        error=StoreError,
    )
