"""Replay: stored evaluations come out again to the bit, or it is said what differs and why."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from pmpo import Office
from pmpo.diagnostics import DataError
from pmpo.evaluate.measure import table_hash
from pmpo.evaluate.record import Record
from pmpo.model.canonical import hash_table
from pmpo.store.layout import open_store
from pmpo.store.recorded import recorded
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pmpo.model.evaluation import Evaluation

RECORDED = Path(__file__).parent.parent / "recorded" / "shelf"


@pytest.fixture
def shelf(tmp_path: Path) -> Office:
    """A copy of the office that an earlier commit recorded."""
    folder = tmp_path / "shelf"
    shutil.copytree(RECORDED, folder)
    (folder / "store").rename(folder / ".pmpo")
    return Office(folder)


def weeks(of: Office) -> list[str]:
    """The recorded evaluations, the earliest first."""
    found = recorded(of.folder / ".pmpo")
    return [one.id for one in sorted(found, key=lambda one: one.as_of)]


def codes(of: Office, id: str) -> tuple[str, list[str]]:
    """The verdict on an evaluation, and the codes of what was found."""
    replayed = of.again.replay(id)
    return replayed.verdict, [finding.code for finding in replayed.findings]


def test_what_an_earlier_commit_recorded_comes_out_again(shelf: Office) -> None:
    """Ids, tables and results of a chain of three weeks, as the ledger of then names them."""
    found = {one.id: one for one in shelf.again.replay_all()}
    for one in recorded(shelf.folder / ".pmpo"):
        replayed = found[one.id]
        assert (replayed.verdict, replayed.findings) == ("same", ())
        assert replayed.id_again == one.id
        assert replayed.result == (one.result, one.result)
        assert replayed.table[0] == replayed.table[1]
    assert len(found) == 3
    wrong = {finding.code for finding in shelf.doctor().findings}
    assert not {code for code in wrong if code.startswith("doctor/")}


def test_replay_writes_nothing(shelf: Office) -> None:
    """No file of the office appears, changes or goes."""
    before = contents(shelf.folder)
    list(shelf.again.replay_all())
    after = contents(shelf.folder)
    after.pop(".pmpo/lock", None)
    assert after == before


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_rows_that_are_lost_leave_the_scoring(shelf: Office) -> None:
    """A file that is gone or another, a copy that is damaged or gone: the stored table counts."""
    last, sales = weeks(shelf)[-1], shelf.folder / "data" / "sales-1.parquet"
    whole = sales.read_bytes()
    sales.unlink()
    assert codes(shelf, last) == ("scoring only", ["source/missing-file"])
    sales.write_bytes((shelf.folder / "data" / "sales-0.parquet").read_bytes())
    assert codes(shelf, last) == ("scoring only", ["source/changed"])
    sales.write_bytes(whole)
    [copy] = [path for path in (shelf.folder / ".pmpo" / "objects").rglob("*") if path.is_file()]
    copy.chmod(0o644)
    copy.write_bytes(b"other")
    assert codes(shelf, last) == ("scoring only", ["store/damaged"])
    copy.unlink()
    assert codes(shelf, last) == ("scoring only", ["store/not-found"])


def test_a_file_that_is_new_is_not_read(shelf: Office) -> None:
    """What was read is named file by file: a later one that fits the pattern changes nothing."""
    data = shelf.folder / "data"
    (data / "sales-2.parquet").write_bytes((data / "sales-0.parquet").read_bytes())
    assert codes(shelf, weeks(shelf)[-1]) == ("same", [])


def test_without_its_prior_nothing_comes_out(shelf: Office) -> None:
    """Bands would be others, so it is not tried; the prior itself still replays."""
    first, second, third = weeks(shelf)
    shutil.rmtree(shelf.folder / ".pmpo" / "evaluations" / second)
    assert codes(shelf, third) == ("impossible", ["replay/prior"])
    assert codes(shelf, first) == ("same", [])


def store_as(of: Office, evaluation: Evaluation) -> None:
    """Let something else be stored under the id of an evaluation, whole in itself."""
    record = of.record(evaluation.id)
    changed = Record(evaluation, record.charter_text, record.manifest)
    manifest = {**record.manifest, "result": evaluation.result_hash}
    shutil.rmtree(of.folder / ".pmpo" / "evaluations" / evaluation.id)
    open_store(of.folder).evaluations.save(evaluation.id, changed.files(), manifest)


def changed(data: pa.Table, column: str, row: int, value: object) -> pa.Table:
    """A table with another value in one place."""
    told = data[column].to_pylist()
    told[row] = value
    index = data.column_names.index(column)
    return data.set_column(index, column, pa.array(told, data.schema.field(column).type))


def test_other_results_are_named_by_unit_and_column(shelf: Office) -> None:
    """What an engine once computed otherwise stands out with both values."""
    id = weeks(shelf)[0]
    evaluation = shelf.record(id).evaluation
    results = changed(evaluation.results, "band_pace", 0, "fast")
    store_as(shelf, replace(evaluation, results=results, result_hash=hash_table(results)))
    replayed = shelf.again.replay(id)
    assert (replayed.verdict, replayed.differing) == ("different", 1)
    [only] = replayed.differences
    assert (only.unit, only.column, only.stored, only.again) == ("a", "band_pace", "fast", "steady")


def test_other_measurements_are_named_by_unit_and_signal(shelf: Office) -> None:
    """A table that rows do not give again: which signal of which unit, and the id that follows."""
    id = weeks(shelf)[0]
    evaluation = shelf.record(id).evaluation
    data = changed(evaluation.table.data, "signal_sold", 1, 41.0)
    table = replace(evaluation.table, data=data, hash=table_hash(data, evaluation.table.grades))
    store_as(shelf, replace(evaluation, table=table))
    replayed = shelf.again.replay(id)
    assert replayed.verdict == "different"
    first, *rest = replayed.differences
    assert (first.unit, first.column, first.stored, first.again) == (
        "b",
        "signal_sold",
        "41.0",
        "40.0",
    )
    assert rest == []


def test_another_charter_on_the_same_rows(shelf: Office, tmp_path: Path) -> None:
    """Weights turned round move units; nothing is stored, and without rows it still works."""
    text = (shelf.folder / "programs" / "shelf" / "charter.yaml").read_text("utf-8")
    draft = tmp_path / "draft.yaml"
    draft.write_text(text.replace("weight: 70", "weight: 5").replace("weight: 30", "weight: 95"))
    first = weeks(shelf)[0]
    planned = shelf.again.replay_with(first, charter=str(draft))
    assert not planned.comparison.is_same
    assert len(shelf.evaluations()) == 3
    (shelf.folder / "data" / "sales-0.parquet").unlink()
    assert shelf.again.replay_with(first, charter=str(draft)).comparison == planned.comparison
    assert shelf.again.replay_with(first, charter=first).comparison.is_same


def test_without_rows_another_formula_cannot_be_measured(shelf: Office, tmp_path: Path) -> None:
    """The stored table knows nothing of it, and it is refused instead of guessed."""
    text = (shelf.folder / "programs" / "shelf" / "charter.yaml").read_text("utf-8")
    draft = tmp_path / "draft.yaml"
    draft.write_text(text.replace("'2 weeks')", "'3 weeks')"), "utf-8")
    first = weeks(shelf)[0]
    assert not shelf.again.replay_with(first, charter=str(draft)).comparison.is_same
    (shelf.folder / "data" / "sales-0.parquet").unlink()
    with pytest.raises(DataError) as caught:
        shelf.again.replay_with(first, charter=str(draft))
    assert caught.value.findings[0].code == "replay/not-measurable"


def test_the_rows_that_a_later_evaluation_read(shelf: Office) -> None:
    """What the charter of then says of then, from items as they are known now."""
    items = shelf.folder / "data" / "items.csv"
    items.write_text(items.read_text("utf-8").replace("Old stock,gone", "Old stock,dry"), "utf-8")
    later = shelf.run(as_of="2024-03-11").evaluation.id
    planned = shelf.again.replay_with(weeks(shelf)[0], rows_of=later)
    [status] = [one for one in planned.comparison.matrices if one.kind == "status"]
    assert [(one.before, one.after, one.units) for one in status.changed] == [
        ("out_of_scope", "ranked", ("e",))
    ]


def test_the_command_says_it_in_words_and_by_its_status(shelf: Office) -> None:
    """0 where all comes out again, 1 where not, with the reason in the line of each."""
    folder, last = shelf.folder, weeks(shelf)[-1]
    fine = pmpo("replay", last, cwd=folder)
    assert fine.code == 0
    assert f"replayed {last} as of 2024-03-04: same" in fine.said
    all_fine = pmpo("replay", "--all", cwd=folder)
    assert (all_fine.code, all_fine.said.count("recorded  same")) == (0, 3)
    (folder / ".pmpo" / "evaluations" / weeks(shelf)[0] / "results.parquet").write_bytes(b"")
    broken = pmpo("replay", "--all", "--format", "json", cwd=folder)
    assert broken.code == 1
    told = {row["evaluation"]: row["verdict"] for row in json.loads(broken.out)}
    assert [told[id] for id in weeks(shelf)] == ["impossible", "impossible", "same"]


def test_all_takes_nothing_else(shelf: Office) -> None:
    """What would be ignored is refused."""
    assert pmpo("replay", "--all", "--with-charter", "x.yaml", cwd=shelf.folder).code == 2


def test_the_command_tells_what_would_move_a_unit(shelf: Office) -> None:
    """From the latest evaluation: the smallest change of the one signal that can."""
    told = pmpo("why", "a", "--to", "slow", "--format", "json", cwd=shelf.folder).json()
    assert (told["unit"], told["now"], told["there"]) == ("a", "steady", False)
    assert [(one["signal"], one["to"], one["change"]) for one in told["levers"]] == [
        ("sold", "26", "-5"),
        ("price", None, None),
    ]
    said = pmpo("why", "a", "--to", "slow", cwd=shelf.folder).said
    assert "cannot by itself: band pace is of sold alone" in " ".join(said.split())
