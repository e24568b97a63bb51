"""What people have decided by now, for whoever looks at an evaluation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pmpo.decide.standing import decided_of
from pmpo.diagnostics import PmpoError
from pmpo.evaluate.selection import Decided
from pmpo.office.drafts import state_of
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
        return decided_of(state_of(program, folder / FOLDER))
    except PmpoError:
        return None
