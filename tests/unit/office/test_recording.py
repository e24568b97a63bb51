"""Recording evaluations: which one a new one builds on, once, and kept."""

from __future__ import annotations

import multiprocessing
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pmpo import Office
from pmpo.diagnostics import StoreError
from pmpo.model.entry import Actor, Entry
from pmpo.store.recorded import recorded
from tests.stored import REMEMBERING, office, run, whole_run

if TYPE_CHECKING:
    from pathlib import Path


def prior(of: Office, week: int) -> str | None:
    """On what a plain run as of a Monday builds."""
    found: str | None = whole_run(of, week).evaluation.identity["prior"]
    return found


def folder(of: Office, id: str) -> Path:
    """Where an evaluation is stored."""
    return of.folder / ".pmpo" / "evaluations" / id


def codes(of: Office) -> list[str]:
    """What `doctor` finds."""
    return [finding.code for finding in of.doctor().findings]


def test_only_what_is_recorded_is_built_on(tmp_path: Path) -> None:
    """A plain run reads the last recorded evaluation before it, and is not one itself."""
    of = office(tmp_path, more=REMEMBERING)
    assert prior(of, 0) is None
    assert not (tmp_path / ".pmpo" / "ledger").exists()
    first = run(of, 0, record_as="anna")
    assert prior(of, 1) == first
    assert prior(of, 2) == first
    second = run(of, 1, record_as="anna")
    assert prior(of, 2) == second
    assert prior(of, 1) == first
    assert prior(of, 0) is None


def test_the_latest_moment_counts_not_the_latest_entry(tmp_path: Path) -> None:
    """An earlier moment that is recorded later does not come before a later one."""
    of = office(tmp_path, more=REMEMBERING)
    later = run(of, 2, record_as="anna")
    earlier = run(of, 0, record_as="anna")
    assert prior(of, 3) == later
    assert prior(of, 1) == earlier


def test_of_one_moment_the_last_recorded_counts(tmp_path: Path) -> None:
    """The order is the ledger's: a clock that went backwards does not change it."""
    of = office(tmp_path, more=REMEMBERING)
    first = whole_run(of, 1, record_as="anna").evaluation
    run(of, 0, record_as="anna")
    again = whole_run(of, 1).evaluation
    assert first.id != again.id
    body = {**next(of.ledger().entries()).entry.body}
    body |= {"evaluation": again.id, "result": again.result_hash}
    long_ago = datetime(1999, 1, 1, tzinfo=UTC)
    entry = Entry(f"evaluated:{again.id}", "Evaluated", "trial", long_ago, Actor("bob"), body)
    of.ledger().append([entry])
    assert prior(of, 2) == again.id


def test_a_charter_without_memory_is_recorded_and_builds_on_nothing(tmp_path: Path) -> None:
    """Recording changes no id of a program that has nothing to remember."""
    of = office(tmp_path)
    plain = [run(of, week) for week in (0, 1)]
    noted = [run(of, week, record_as="anna") for week in (0, 1)]
    assert plain == noted
    assert prior(of, 1) is None
    assert [one.id for one in recorded(tmp_path / ".pmpo")] == noted


def test_an_evaluation_is_recorded_once(tmp_path: Path) -> None:
    """Whoever comes second is told that it was recorded before, and by whom."""
    of = office(tmp_path, more=REMEMBERING)
    first = whole_run(of, 0, record_as="anna").recorded
    second = whole_run(of, 0, record_as="bob").recorded
    assert first is not None
    assert second is not None
    assert (first.new, first.by, first.position, first.draft) == (True, "anna", 0, True)
    assert (second.new, second.by, second.position) == (False, "anna", 0)
    assert of.ledger().size == 1


def _record(folder: Path, name: str) -> None:
    run(Office(folder), 0, record_as=name)


def test_two_people_may_record_at_once(tmp_path: Path) -> None:
    """Both runs succeed, and the ledger names the evaluation once."""
    of = office(tmp_path, more=REMEMBERING)
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_record, args=(tmp_path, name)) for name in ("anna", "bob")]
    for one in both:
        one.start()
    for one in both:
        one.join(120)
    assert [one.exitcode for one in both] == [0, 0]
    [only] = recorded(tmp_path / ".pmpo")
    assert only.by in {"anna", "bob"}
    assert prior(of, 1) == only.id


def test_what_is_recorded_is_never_collected(tmp_path: Path) -> None:
    """It counts as pinned, and the list says what it is."""
    of = office(tmp_path, more=REMEMBERING)
    kept, gone, latest = run(of, 0, record_as="anna"), run(of, 1), run(of, 2)
    collected = of.collect(keep_days=0, keep_last=0, delete=True)
    assert collected.plan.kept == {kept: "recorded", latest: "latest of trial"}
    assert {one.id: one.recorded for one in of.evaluations()} == {kept: True, latest: False}
    assert gone not in {one.id for one in of.evaluations()}


def test_nothing_is_collected_beside_a_damaged_ledger(tmp_path: Path) -> None:
    """What has to stay is not known then."""
    of = office(tmp_path, more=REMEMBERING)
    run(of, 0, record_as="anna")
    run(of, 1)
    run(of, 2)
    (tmp_path / ".pmpo" / "ledger" / "ledger.db").write_bytes(b"no database")
    with pytest.raises(StoreError):
        of.collect(keep_days=0, keep_last=0, delete=True)
    assert len(list((tmp_path / ".pmpo" / "evaluations").glob("ev-*"))) == 3
    assert any(code.startswith("ledger/") for code in codes(of))


def test_a_recorded_evaluation_that_is_lost_is_missed(tmp_path: Path) -> None:
    """Runs that build on it refuse, `doctor` names it, and running it again brings it back."""
    of = office(tmp_path, more=REMEMBERING)
    lost = run(of, 0, record_as="anna")
    later = run(of, 1)
    shutil.rmtree(folder(of, lost))
    assert "doctor/recorded-missing" in codes(of)
    with pytest.raises(StoreError) as caught:
        run(of, 1)
    assert caught.value.findings[0].code == "evaluation/prior-missing"
    assert run(of, 0) == lost
    assert run(of, 1) == later
    assert codes(of) == []


def test_a_recorded_evaluation_that_was_changed_is_noticed(tmp_path: Path) -> None:
    """Files that agree with each other and not with the ledger are not what was recorded."""
    of = office(tmp_path, more=REMEMBERING)
    id = run(of, 0, record_as="anna")
    other = folder(of, run(of, -4))
    stored = folder(of, id)
    for name in ("results.parquet", "evaluation.json", "manifest.json", "table.parquet"):
        (stored / name).write_bytes((other / name).read_bytes())
    assert "doctor/recorded-changed" in codes(of)
    with pytest.raises(StoreError) as caught:
        run(of, 1)
    assert caught.value.findings[0].code == "evaluation/prior-missing"
