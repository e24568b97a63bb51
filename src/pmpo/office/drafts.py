"""Whether a stored evaluation is a draft, for whoever looks at it later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pmpo.decide.reading import read_state
from pmpo.decide.state import RATIFIED, State
from pmpo.diagnostics import PmpoError
from pmpo.office.run import Run
from pmpo.store.layout import FOLDER
from pmpo.store.recorded import recorded


def marked(run: Run, folder: Path, now: datetime) -> Run:
    """The same evaluation, knowing whether its charter counts.

    It is no draft where its charter counts now, or counted when it was recorded. Where the ledger
    cannot be read nobody knows; `doctor` says why, and the evaluation can be read all the same.
    """
    try:
        return replace(run, draft=_is_draft(run, folder / FOLDER, now))
    except PmpoError:
        return run


def _is_draft(run: Run, store: Path, now: datetime) -> bool:
    evaluation = run.evaluation
    kept = recorded(store, evaluation.program)
    if any(one.id == evaluation.id and not one.draft for one in kept):
        return False
    return not _ratified(evaluation.program, store).is_ratified(run.charter.logic_hash, now)


def _ratified(program: str, store: Path) -> State:
    """What was ratified in a program, and nothing else: a long log is not read for one line."""
    if not (store / "ledger").exists():
        return State(program, 0)
    from pmpo.store.ledger.office_ledger import open_ledger  # SQLAlchemy only where it is needed

    ledger = open_ledger(store)
    size = ledger.size
    found = ledger.entries(kind=RATIFIED, program=program, upto=size)
    return read_state(program, ((one.position, one.entry) for one in found), size)
