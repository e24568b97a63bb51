"""A clock that ran ahead does not stop an office until its time has come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import PmpoError
from pmpo.office.book import told_length
from tests.decided import ANNA, BEN, OFFICE, Trial, trial, wish
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path) -> Trial:
    """An office in which Anna's clock was a year ahead when she proposed something."""
    made = trial(tmp_path)
    made.office.now = made.clock
    now = made.clock.now
    made.clock.now = now + timedelta(days=366)
    made.desk.propose(wish(expectation=None, verdict="hold", gains=None, gives_up=None), ANNA)
    made.clock.now = now
    return made


def test_a_keeper_goes_on_from_now(made: Trial) -> None:
    """Nothing can be recorded, until somebody says why the last entry is dated ahead."""
    held = wish(units=("b",), verdict="hold", expectation=None, gains=None, gives_up=None)
    with pytest.raises(PmpoError, match="366 days behind the last entry") as refused:
        made.desk.propose(held, BEN)
    assert "`pmpo clock --as NAME --because TEXT`" in (refused.value.findings[0].help or "")
    [warned] = made.office.doctor().findings
    assert (warned.code, warned.severity) == ("ledger/clock", "warning")
    assert warned.message == (
        "the last entry, 1, by anna, is dated 366 days ahead of this machine's clock"
    )
    placed = made.office.correct_clock("ben", " her laptop was set to 2025 ")
    assert placed.entry.kind == "ClockCorrected"
    assert placed.entry.body["because"] == "her laptop was set to 2025"
    assert placed.entry.body["entry"] == placed.position - 1
    assert made.desk.propose(held, BEN).recorded == 1
    assert [one.severity for one in made.office.doctor().findings] == ["note"]
    found = made.office.verify()
    assert found.sound
    assert [one.code for one in found.findings] == ["ledger/clock"]


@pytest.mark.parametrize(
    ("who", "because", "code"),
    [("zoe", "x", "clock/not-allowed"), ("anna", "x", "clock/not-allowed"),
     ("ben", "  ", "decision/because"), ("", "x", "actor/nobody")],
)  # fmt: skip
def test_not_everybody_says_so(made: Trial, who: str, because: str, code: str) -> None:
    """The ledger's keepers, with a reason; nothing is recorded else."""
    office = made.office.folder / "office.yaml"
    office.write_text(OFFICE + "keepers: [lead]\n", encoding="utf-8")
    size = made.office.ledger().size
    with pytest.raises(PmpoError, match=code):
        made.office.correct_clock(who, because)
    assert made.office.ledger().size == size


def test_a_clock_that_is_right_is_not_corrected(made: Trial) -> None:
    """Once is enough, also from the command line."""
    made.office.correct_clock("ben", "set to another year")
    with pytest.raises(PmpoError, match="clock/right"):
        made.office.correct_clock("ben", "again")
    made.office.now = made.clock
    done = pmpo("clock", "--as", "ben", "--because", "x", cwd=made.office.folder)
    assert (done.code, "clock/right" in done.said) == (2, True)


def test_how_far_it_is_off_is_told_in_words() -> None:
    """In the largest unit of which it has two."""
    told = [told_length(seconds) for seconds in (180, 7_199, 7_200, 172_799, 172_800)]
    assert told == ["3 minutes", "120 minutes", "2 hours", "48 hours", "2 days"]
