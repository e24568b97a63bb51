"""What people have decided by now, for whoever looks at an evaluation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pmpo.decide.reading import read_state
from pmpo.decide.standing import decided_of
from pmpo.decide.state import State
from pmpo.diagnostics import PmpoError
from pmpo.evaluate.selection import Decided
from pmpo.store.layout import FOLDER


def telling(folder: Path, program: str) -> Callable[[], Decided | None]:
    """What tells, once it is asked, what people have decided about a program's units."""
    return partial(decided_in, folder, program)


def decided_in(folder: Path, program: str) -> Decided | None:
    """What people have decided about a program's units; None where the ledger cannot be read.

    Without it nobody knows who is taken: `doctor` says what is wrong, and all that rests on the
    evaluation alone can be read all the same.
    """
    try:
        return decided_of(_state(program, folder / FOLDER))
    except PmpoError:
        return None


def _state(program: str, store: Path) -> State:
    """Everything that was recorded of a program, by the name that its charter declares."""
    if not (store / "ledger").exists():
        return State(program, 0)
    from pmpo.store.ledger.office_ledger import open_ledger  # SQLAlchemy only where it is needed

    ledger = open_ledger(store)
    size = ledger.size
    found = ledger.entries(program=program, upto=size)
    return read_state(program, ((one.position, one.entry) for one in found), size)
