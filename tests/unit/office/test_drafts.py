"""Whether a stored evaluation is a draft."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tests.decided import ANNA, BEN, trial

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_a_draft_until_its_charter_counts(tmp_path: Path) -> None:
    """Before the ledger, with one signature, and while it waits for its day; not from then on."""
    made = trial(tmp_path)
    made.office.now = made.clock
    run = made.office.latest()
    assert (run.draft, made.office.marked(run).draft) == (None, True)
    made.desk.ratify(ANNA, effective=date(2024, 3, 1), findings=())
    assert made.office.marked(run).draft is True
    made.desk.ratify(BEN, effective=date(2024, 3, 1), findings=())
    assert made.office.marked(run).draft is True
    made.clock.now = made.clock.now.replace(month=3)
    assert made.office.marked(run).draft is False


def test_an_evaluation_is_read_where_the_ledger_cannot_be(tmp_path: Path) -> None:
    """Nobody knows then whether it is a draft, and nothing is said of it."""
    made = trial(tmp_path)
    made.desk.ratify(ANNA, findings=())
    (tmp_path / ".pmpo" / "ledger" / "ledger.db").write_bytes(b"")
    run = made.office.latest()
    assert made.office.marked(run).draft is None
