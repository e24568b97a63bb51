from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from pmpo.diagnostics import CharterError, PmpoError, StoreError
from pmpo.office import Office
from tests.scenarios.trial import AS_OF, CHARTER, Trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pmpo.office import Run


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """An office that runs as it is."""
    return Trial(tmp_path).build()


@pytest.fixture
def office(trial: Trial) -> Office:
    """The same office through the library."""
    return Office(trial.folder)


def everything(run: Run) -> dict[str, Any]:
    """All that can be asked of an evaluation."""
    return {
        "summary": run.summary(),
        "identity": dict(run.evaluation.identity),
        "board": run.board().to_pylist(),
        "results": run.results.to_pylist(),
        "measured": run.evaluation.table.data.to_pylist(),
        "why": [run.why(name).as_json() for name in ("PRESS-01", "LATHE-07", "MILL-02")],
        "left out": run.left_out,
        "notes": run.notes,
    }


def codes(error: pytest.ExceptionInfo[PmpoError]) -> list[str]:
    """The codes of what was raised."""
    return [finding.code for finding in error.value.findings]


def test_five_lines_give_a_board_and_its_reasons(office: Office) -> None:
    """Open, run, board as an Arrow table, why: as the README says."""
    run = office.run("overhaul", as_of=AS_OF)
    board = run.board(top=5).select(["rank", "label", "score"])
    assert board["label"].to_pylist() == ["Lathe", "Press"]
    (part,) = run.why("LATHE-07").contributions
    assert (part.signal, part.value, part.points) == ("downtime", 24.0, "100.000000000000")


def test_a_stored_evaluation_is_what_was_run(office: Office) -> None:
    """Read back by its id, every hash, rank, value and reason is as it was."""
    run = office.run(as_of=AS_OF)
    assert everything(office.evaluation(run.evaluation.id)) == everything(run)
    assert everything(office.latest()) == everything(run)


def test_an_evaluation_keeps_its_own_charter(trial: Trial, office: Office) -> None:
    """After the charter has changed, an old evaluation is explained by its own text."""
    run = office.run(as_of=AS_OF)
    before = everything(run)
    trial.edit(("{0: 0, 24: 100}", "{0: 0, 48: 100}"))
    assert everything(office.evaluation(run.evaluation.id)) == before
    assert office.changed_since(run)
    other = office.run(as_of=AS_OF)
    assert other.evaluation.id != run.evaluation.id
    assert not office.changed_since(other)


def test_a_comment_is_no_other_charter(trial: Trial, office: Office) -> None:
    """What changes no number changes no id."""
    run = office.run(as_of=AS_OF)
    trial.charter.write_text(CHARTER + "# seen in the meeting\n")
    assert not office.changed_since(run)
    assert office.run(as_of=AS_OF).evaluation.id == run.evaluation.id


def test_the_board_is_a_table_of_the_same_columns_without_rows(
    trial: Trial, office: Office
) -> None:
    """A program that selects columns works on the day when no unit is ranked."""
    full = office.run(as_of=AS_OF).board()
    trial.edit(("signals:\n", "scope: {in: label = 'X'}\nsignals:\n"))
    empty = office.run(as_of=AS_OF).board()
    assert empty.num_rows == 0
    assert empty.schema == full.schema
    assert pa.types.is_decimal(full.schema.field("score").type)


def test_top_beyond_the_end_is_the_whole_board(office: Office) -> None:
    """Asking for more ranks than there are is no mistake."""
    run = office.run(as_of=AS_OF)
    assert run.board(1).num_rows == 1
    assert run.board(1_000_000) == run.board()


def _truncated(folder: Path) -> None:
    file = folder / "results.parquet"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-20])


def _changed(folder: Path) -> None:
    file = folder / "charter.yaml"
    file.chmod(0o644)
    file.write_text(file.read_text().replace("24: 100", "12: 100"))


def _missing(folder: Path) -> None:
    (folder / "table.parquet").unlink()


def _no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _half_a_manifest(folder: Path) -> None:
    file = folder / "manifest.json"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:100])


DAMAGES = [_truncated, _changed, _missing, _no_manifest, _half_a_manifest]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__.strip("_"))
def test_a_damaged_evaluation_is_never_shown(
    trial: Trial, office: Office, damage: Callable[[Path], None]
) -> None:
    """A file that is not as it was stored is named, in the library and on the command line."""
    id = office.run(as_of=AS_OF).evaluation.id
    folder = trial.folder / ".pmpo" / "evaluations" / id
    folder.chmod(0o755)
    damage(folder)
    with pytest.raises(StoreError) as error:
        office.evaluation(id)
    assert codes(error) == ["store/damaged"]
    done = trial.pmpo("board")
    assert (done.code, done.errors, done.out) == (2, ["store/damaged"], "")


def test_an_evaluation_of_a_newer_version_is_refused(trial: Trial, office: Office) -> None:
    """The store's layout names its version; a newer one is not guessed at."""
    office.run(as_of=AS_OF)
    layout = trial.folder / ".pmpo" / "layout.json"
    layout.chmod(0o644)
    layout.write_text(json.dumps({"layout": 99}))
    with pytest.raises(StoreError) as error:
        office.latest()
    assert codes(error) == ["store/newer-layout"]


def test_programs_are_named_where_there_are_several(trial: Trial, office: Office) -> None:
    """With two programs one has to be said, and a misspelt one is put right."""
    other = trial.folder / "programs" / "second"
    other.mkdir()
    (other / "charter.yaml").write_text(CHARTER.replace("program: overhaul", "program: second"))
    assert office.programs() == ["overhaul", "second"]
    for name, help in ((None, "--program overhaul"), ("overhal", "`overhaul`")):
        with pytest.raises(StoreError) as error:
            office.run(name)
        assert codes(error) == ["office/program"]
        assert help in error.value.findings[0].help
    assert office.run("second", as_of=AS_OF).evaluation.program == "second"
    assert office.latest("second").evaluation.program == "second"


def test_all_findings_come_at_once(trial: Trial, office: Office) -> None:
    """A charter with several faults raises them together, in the order of the file."""
    trial.edit(("owner: maintenance\n", "ownr: maintenance\n"), ("better: higher", "better: up"))
    with pytest.raises(CharterError) as error:
        office.run()
    lines = [finding.span.line for finding in error.value.findings if finding.span is not None]
    assert len(lines) >= 2
    assert lines == sorted(lines)
