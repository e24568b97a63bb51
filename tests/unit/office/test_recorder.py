"""Who records a run, and on which run people decide: the rules of every other command."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import PmpoError
from pmpo.store.recorded import recorded
from tests.decided import ANNA, Trial, trial, wish
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path

EARLY, LATE = "2024-01-30", "2024-01-31"


@pytest.fixture
def made(tmp_path: Path) -> Trial:
    """A team's office that was run as of the later moment."""
    return trial(tmp_path, as_of=LATE)


def by(made: Trial) -> list[str]:
    """Who recorded each evaluation."""
    return [one.by for one in recorded(made.office.folder / ".pmpo")]


def test_strangers_record_nothing(made: Trial) -> None:
    """Whom the office does not know is refused before anything is measured or stored."""
    stored = made.office.evaluations()
    with pytest.raises(PmpoError) as caught:
        made.office.run("shelves", as_of=EARLY, record_as="nobody")
    assert [one.code for one in caught.value.findings] == ["decision/not-allowed"]
    assert (by(made), made.office.evaluations()) == ([], stored)
    made.office.run("shelves", as_of=EARLY, record_as="anna")
    assert by(made) == ["anna"]


def test_an_office_that_knows_nobody_lets_everybody_record(tmp_path: Path) -> None:
    """Where office.yaml names no people and no roles, a name is enough."""
    made = trial(tmp_path, office="office: 1\n")
    made.office.run("shelves", as_of=LATE, record_as="whoever")
    assert by(made) == ["whoever"]


def test_the_clock_may_not_run_backwards(made: Trial) -> None:
    """A run that is dated before the last entry is not recorded, as nothing else is."""
    made.office.now = made.clock
    made.office.run("shelves", as_of=EARLY, record_as="anna")
    made.clock.now -= timedelta(days=2)
    with pytest.raises(PmpoError) as caught:
        made.office.run("shelves", as_of=LATE, record_as="anna")
    assert [one.code for one in caught.value.findings] == ["ledger/clock"]
    assert len(by(made)) == 1


def test_the_variable_says_who_records(made: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """`PMPO_AS` counts for `run --record` as it does for every command."""
    monkeypatch.setenv("PMPO_AS", "ben")
    said = pmpo("run", "--record", "--as-of", LATE, cwd=made.office.folder)
    assert said.code == 0, said.said
    assert by(made) == ["ben"]


def test_a_look_back_does_not_become_the_grounds(made: Trial) -> None:
    """People decide on the evaluation of the latest moment; that it is not the last run is said."""
    latest = made.office.latest().evaluation
    told: list[str] = []
    made.office.tell = told.append
    back = made.office.run("shelves", as_of=EARLY).evaluation
    assert made.office.latest().evaluation.id == back.id != latest.id
    grounds = made.desk.propose(wish(), ANNA, dry_run=True).decision.proposal.grounds
    assert grounds.evaluation == latest.id
    assert [text for text in told if latest.id in text]
    answer = made.desk.propose(wish(evaluation=back.id), ANNA, dry_run=True)
    assert "grounds/superseded" in [one.id for one in answer.unmet]
    assert latest.id in next(o for o in answer.unmet if o.id == "grounds/superseded").reason


def test_of_one_moment_the_last_run_counts(made: Trial) -> None:
    """After the data has changed, the run over what it is now is what people decide on."""
    made.bills(("d", 500, 10))
    again = made.office.run("shelves", as_of=LATE).evaluation
    grounds = made.desk.propose(wish(), ANNA, dry_run=True).decision.proposal.grounds
    assert grounds.evaluation == again.id
