"""A program's history through the facade: what is measured again, what is found in the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pmpo.compile.cuts import Moments
from pmpo.compile.plan import compile_plan
from pmpo.diagnostics import CharterError, DataError, PmpoError
from pmpo.office.sources import all_relations, schemas_of
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.histories import TABLE
from pmpo.store.layout import open_store
from tests import stored
from tests.offices import Office as Files

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo import Office

AS_OF = "2024-03-18"


@pytest.fixture
def told() -> list[str]:
    """What the office said while it worked."""
    return []


@pytest.fixture
def office(tmp_path: Path, told: list[str]) -> Office:
    """An office with sales of some weeks."""
    office = stored.office(tmp_path)
    office.tell = told.append
    return office


def keys(office: Office) -> tuple[str, ...]:
    """The questions that the store holds the answers of."""
    return open_store(office.folder).histories.all_keys()


def codes(error: pytest.ExceptionInfo[PmpoError]) -> list[str]:
    """The codes of what was raised."""
    return [finding.code for finding in error.value.findings]


def rewritten(office: Office, old: str, new: str) -> None:
    """Change the charter."""
    path = office.charter_path("trial")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_each_period_is_what_a_run_at_its_boundary_measures(office: Office) -> None:
    """The newest period ends at the last boundary not after `as_of`; the others lie before it."""
    history = office.history(periods=4, as_of="2024-03-20")
    days = [boundary.date().isoformat() for boundary in history.boundaries]
    assert days == ["2024-03-18", "2024-03-11", "2024-03-04", "2024-02-26"]
    charter = office.charter()
    relations = all_relations(charter, office.folder)
    schemas = schemas_of(relations)
    with DuckDB(relations) as engine:
        for number, boundary in enumerate(history.boundaries):
            plan = compile_plan(charter, schemas, Moments.at(boundary))
            measured = engine.query(plan.sql()).combine_chunks()
            assert history.of_period(number).combine_chunks().equals(measured)
    assert history.data["period"].to_pylist() == [3, 3, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0]


def test_the_same_question_is_answered_from_the_store(office: Office) -> None:
    """Asked again, nothing new is stored, and all is equal; the clock does not matter."""
    first, stored_first = office.history(periods=3, as_of=AS_OF), keys(office)
    again = office.history(periods=3, as_of="2024-03-19")
    assert (again.hash, again.boundaries, again.signals) == (
        first.hash,
        first.boundaries,
        first.signals,
    )
    assert again.data.equals(first.data)
    assert keys(office) == stored_first
    assert len(stored_first) == 1


def test_whatever_can_change_the_answer_asks_the_data_again(office: Office) -> None:
    """Other periods, another formula and other rows miss; a weight does not."""
    asked = {"periods": 3, "as_of": AS_OF}
    first = office.history(**asked)  # type: ignore[arg-type]
    office.history(periods=2, as_of=AS_OF)
    office.history(periods=3, of="2 weeks", as_of=AS_OF)
    assert len(keys(office)) == 3
    rewritten(office, "value: {0: 0, 100: 100}", "value: {0: 0, 200: 100}")
    assert office.history(**asked).hash == first.hash  # type: ignore[arg-type]
    assert len(keys(office)) == 3
    rewritten(office, "'4 weeks'", "'3 weeks'")
    assert office.history(**asked).hash != first.hash  # type: ignore[arg-type]
    assert len(keys(office)) == 4
    rewritten(office, "'3 weeks'", "'4 weeks'")
    rows = {
        "sku": ["c"],
        "sold_at": [stored.FIRST_MONDAY],
        "pieces": [5],
    }
    Files(office.folder).write("sales", rows)
    assert office.history(**asked).hash != first.hash  # type: ignore[arg-type]
    assert len(keys(office)) == 5


@pytest.mark.parametrize("file", [TABLE, "manifest.json"])
def test_a_damaged_history_is_told_of_and_measured_again(
    office: Office, told: list[str], file: str
) -> None:
    """What is not what was stored is never answered with; `doctor` sees it before."""
    first = office.history(periods=3, as_of=AS_OF)
    path = open_store(office.folder).histories.folder(keys(office)[0]) / file
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-9] + b"damaged!}")
    found = [f for f in office.doctor().findings if f.code == "doctor/history-damaged"]
    assert [f.severity for f in found] == ["warning"]
    assert office.history(periods=3, as_of=AS_OF).hash == first.hash
    assert [text for text in told if "is damaged and is measured again" in text]
    assert office.doctor().findings == ()


def test_a_history_that_was_exchanged_is_found_out(office: Office, told: list[str]) -> None:
    """A table of another question with a manifest that agrees still is not the stored history."""
    first = office.history(periods=3, as_of=AS_OF)
    (key,) = keys(office)
    histories = open_store(office.folder).histories
    office.history(periods=2, as_of=AS_OF)
    other = next(found for found in keys(office) if found != key)
    manifest = dict(histories.load(key).manifest)  # type: ignore[union-attr]
    table = histories.load(other).table  # type: ignore[union-attr]
    histories.remove(key)
    histories.save(key, table, manifest)
    assert office.history(periods=3, as_of=AS_OF).hash == first.hash
    assert len(told) == 1


def test_doctor_removes_damaged_histories(office: Office) -> None:
    """`--fix` removes them, because nothing is lost with them."""
    office.history(periods=3, as_of=AS_OF)
    path = open_store(office.folder).histories.folder(keys(office)[0]) / TABLE
    path.unlink()
    examined = office.doctor(fix=True)
    assert any("histories" in done for done in examined.repaired)
    assert keys(office) == ()
    assert examined.findings == () or {f.severity for f in examined.findings} == {"note"}


def test_old_histories_are_collected(office: Office) -> None:
    """What is young or among the newest stays, with the copies of data that it was measured on."""
    office.history(periods=3, as_of=AS_OF)
    office.history(periods=2, as_of=AS_OF)
    store = open_store(office.folder)
    copies = list(store.objects.all())
    assert not office.collect().plan.histories
    assert not office.collect(keep_days=0, keep_last=2).plan.objects
    some = office.collect(keep_days=0, keep_last=1, delete=True).plan
    assert (len(some.histories), len(some.objects)) == (1, 0)
    rest = office.collect(keep_days=0, keep_last=0, delete=True)
    assert (len(rest.plan.histories), len(rest.plan.objects)) == (1, len(copies))
    assert [one["history"] for one in rest.as_json()["histories"]]
    assert (keys(office), list(store.objects.all())) == ((), [])


def test_a_full_disk_costs_only_the_cache(office: Office, told: list[str]) -> None:
    """The answer is given though it cannot be kept, and that is told."""
    (office.folder / ".pmpo").mkdir()
    (office.folder / ".pmpo" / "layout.json").write_text('{"layout": 1}\n', "utf-8")
    (office.folder / ".pmpo" / "histories").write_text("in the way", "utf-8")
    assert len(office.history(periods=2, as_of=AS_OF)) == 2
    assert [text for text in told if "could not be kept" in text]


@pytest.mark.parametrize(
    ("asked", "help"),
    [
        ({"periods": 0}, "1 to 520 periods"),
        ({"periods": 521}, "1 to 520 periods"),
        ({"periods": 500, "of": "10 years"}, "before the year 1"),
        ({"of": "a while"}, "not a length of time"),
    ],
)
def test_a_past_that_does_not_exist_is_refused(
    office: Office, asked: dict[str, object], help: str
) -> None:
    """Nothing is measured or stored then."""
    with pytest.raises(DataError) as error:
        office.history(as_of=AS_OF, **asked)  # type: ignore[arg-type]
    assert codes(error) == ["history/periods"]
    assert help in error.value.findings[0].message
    assert keys(office) == ()


def test_a_charter_with_faults_has_no_history(office: Office) -> None:
    """All findings of the formulas are reported."""
    rewritten(office, "SUM(pieces)", "SUM(pices)")
    with pytest.raises(CharterError) as error:
        office.history(as_of=AS_OF)
    assert codes(error) == ["source/unknown-column"]


def test_the_manifest_says_what_was_measured(office: Office) -> None:
    """Program, length and boundaries can be read without the program."""
    history = office.history(periods=2, as_of=AS_OF)
    folder = open_store(office.folder).histories.folder(keys(office)[0])
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (told["program"], told["of"], told["periods"]) == ("trial", "1 week", 2)
    assert told["history"] == history.hash
    assert told["boundaries"][0].startswith(AS_OF)
