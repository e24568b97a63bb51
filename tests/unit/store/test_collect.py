from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pmpo.store.collect import Plan, Retention, carry_out, plan
from pmpo.store.layout import Store, open_store, prepare
from pmpo.store.pins import Pin
from tests.unit.store.support import everything_below, fill, refused, small_disk

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOTHING = Retention(keep_days=0, keep_last=0)


def keep(
    store: Store,
    id: str,
    *,
    days: float,
    program: str = "p",
    copy: str | None = None,
    prior: str | None = None,
) -> None:
    """Store an evaluation that was made so many days ago."""
    manifest: dict[str, Any] = {
        "schema": 1,
        "evaluation": id,
        "program": program,
        "result": id,
        "evaluated_at": (NOW - timedelta(days=days)).isoformat(),
        "snapshot": {"sources": {"items": {"copy": copy}} if copy else {}},
    }
    described = f'{{"identity": {{"prior": "{prior}"}}}}' if prior else "{}"
    store.evaluations.save(id, {"evaluation.json": described.encode()}, manifest)
    store.evaluations.set_latest(program, id)


def going(planned: Plan) -> list[str]:
    """The ids of the evaluations that a plan deletes."""
    return sorted(one.id for one in planned.evaluations)


def test_an_empty_office_has_nothing_to_collect(tmp_path: Path) -> None:
    """Where there is no store nothing goes, and none is made."""
    planned = plan(open_store(tmp_path), NOTHING, NOW)
    assert (planned.evaluations, planned.objects, planned.size) == ((), {}, 0)
    assert everything_below(tmp_path) == set()


def test_old_evaluations_go_with_their_copies(tmp_path: Path) -> None:
    """What is neither pinned, latest, young nor among the newest goes; shared copies stay."""
    store = prepare(tmp_path)
    mine, shared = store.objects.put_bytes(b"only ev-1"), store.objects.put_bytes(b"shared")
    keep(store, "ev-1", days=100, copy=mine)
    keep(store, "ev-2", days=99, copy=shared)
    keep(store, "ev-3", days=1, copy=shared)
    planned = plan(store, NOTHING, NOW)
    assert going(planned) == ["ev-1", "ev-2"]
    assert dict(planned.objects) == {mine: 9}
    assert planned.kept == {"ev-3": "latest of p"}
    carry_out(store, planned)
    assert store.evaluations.ids() == ("ev-3",)
    assert [name for name, _ in store.objects.all()] == [shared]
    assert store.objects.read_bytes(shared) == b"shared"
    assert "tmp-" not in "".join(everything_below(tmp_path))


def test_planning_changes_nothing(tmp_path: Path) -> None:
    """A dry run leaves every file, also what a killed process left."""
    store = prepare(tmp_path)
    keep(store, "ev-1", days=100)
    keep(store, "ev-2", days=1)
    left = tmp_path / ".pmpo" / "objects" / "tmp-left"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"12345")
    before = everything_below(tmp_path)
    planned = plan(store, NOTHING, NOW)
    assert dict(planned.temporary) == {left: 5}
    assert planned.size > 5
    assert everything_below(tmp_path) == before
    carry_out(store, planned)
    assert not left.exists()


@pytest.mark.parametrize(
    ("retention", "stays"),
    [
        (NOTHING, {"ev-0"}),
        (Retention(keep_days=10, keep_last=0), {"ev-0", "ev-1"}),
        (Retention(keep_days=0, keep_last=3), {"ev-0", "ev-1", "ev-2"}),
        (Retention(keep_days=25, keep_last=1), {"ev-0", "ev-1", "ev-2"}),
        (Retention(), {"ev-0", "ev-1", "ev-2", "ev-3", "ev-4"}),
    ],
)
def test_retention_keeps_the_young_and_the_newest(
    tmp_path: Path, retention: Retention, stays: set[str]
) -> None:
    """Either reason is enough; the latest stays without any."""
    store = prepare(tmp_path)
    for number in reversed(range(5)):
        keep(store, f"ev-{number}", days=10 * number)
    assert set(plan(store, retention, NOW).kept) == stays


def test_each_program_keeps_its_own(tmp_path: Path) -> None:
    """Many evaluations of one program push none of another out."""
    store = prepare(tmp_path)
    keep(store, "ev-old", days=500, program="rare")
    for number in range(3):
        keep(store, f"ev-{number}", days=number, program="busy")
    store.evaluations.set_latest("busy", "ev-0")
    planned = plan(store, NOTHING, NOW)
    assert planned.kept == {"ev-old": "latest of rare", "ev-0": "latest of busy"}


def test_a_pinned_evaluation_and_its_copy_stay(tmp_path: Path) -> None:
    """A pin outlives every retention, and so does what the pinned evaluation rests on."""
    store = prepare(tmp_path)
    copy = store.objects.put_bytes(b"data")
    keep(store, "ev-1", days=3000, copy=copy)
    keep(store, "ev-2", days=1)
    store.pins.put(Pin("ev-1", "decided", "then"))
    planned = plan(store, NOTHING, NOW)
    assert (going(planned), dict(planned.objects)) == ([], {})
    store.pins.remove("ev-1")
    planned = plan(store, NOTHING, NOW)
    assert (going(planned), dict(planned.objects)) == (["ev-1"], {copy: 4})


def test_the_prior_state_of_what_stays_stays(tmp_path: Path) -> None:
    """The evaluation whose state a kept one was computed from is kept, with its copy."""
    store = prepare(tmp_path)
    copy = store.objects.put_bytes(b"data of the prior state")
    keep(store, "ev-0", days=40)
    keep(store, "ev-1", days=30, copy=copy, prior="ev-0")
    keep(store, "ev-2", days=20, prior="ev-1")
    planned = plan(store, NOTHING, NOW)
    assert planned.kept == {"ev-2": "latest of p", "ev-1": "ev-2 rests on it"}
    assert going(planned) == ["ev-0"]
    assert dict(planned.objects) == {}


@pytest.mark.parametrize("pointer", [None, "nonsense", "ev-gone"])
def test_without_a_good_pointer_the_newest_is_the_latest(
    tmp_path: Path, pointer: str | None
) -> None:
    """A lost or damaged pointer never lets a program's last evaluation go."""
    store = prepare(tmp_path)
    keep(store, "ev-1", days=20)
    keep(store, "ev-2", days=10)
    path = tmp_path / ".pmpo" / "evaluations" / "latest" / "p"
    path.unlink()
    if pointer is not None:
        path.write_text(pointer)
    assert plan(store, NOTHING, NOW).kept == {"ev-2": "latest of p"}


@pytest.mark.parametrize(
    "manifest", ["", "{", "[]", '{"files": {}}', '{"files": {}, "program": "p", "evaluated_at": 1}']
)
def test_nothing_is_deleted_beside_a_damaged_manifest(tmp_path: Path, manifest: str) -> None:
    """When it is not known what an evaluation rests on, no copy is safe to delete."""
    store = prepare(tmp_path)
    store.objects.put_bytes(b"perhaps needed")
    keep(store, "ev-1", days=100)
    keep(store, "ev-2", days=1)
    path = store.evaluations.folder("ev-1") / "manifest.json"
    path.chmod(0o644)
    path.write_text(manifest)
    before = everything_below(tmp_path)
    with refused("store/cannot-collect", "store/damaged"):
        plan(store, NOTHING, NOW)
    assert everything_below(tmp_path) == before


def test_an_evaluation_of_a_newer_version_stops_collecting(tmp_path: Path) -> None:
    """What a newer version refers to is not guessed at."""
    store = prepare(tmp_path)
    store.evaluations.save("ev-1", {}, {"schema": 9, "result": "r"})
    with refused("store/cannot-collect", "store/newer-schema"):
        plan(store, NOTHING, NOW)


def test_strays_are_left_alone(tmp_path: Path) -> None:
    """What the program did not write it does not delete."""
    store = prepare(tmp_path)
    keep(store, "ev-1", days=1)
    object_folder = tmp_path / ".pmpo" / "objects" / "ab"
    object_folder.mkdir(parents=True)
    for place in (object_folder / "note.txt", tmp_path / ".pmpo" / "mine.txt"):
        place.write_text("keep me")
    before = everything_below(tmp_path)
    carry_out(store, plan(store, NOTHING, NOW))
    assert everything_below(tmp_path) == before


def test_collecting_works_on_a_full_disk() -> None:
    """The moment at which collecting is needed most leaves no space to write anything."""
    with small_disk("512k") as disk:
        store = prepare(disk)
        copy = store.objects.put_bytes(b"x" * 50_000)
        keep(store, "ev-1", days=100, copy=copy)
        keep(store, "ev-2", days=1)
        fill(disk)
        carry_out(store, plan(store, NOTHING, NOW))
        assert store.evaluations.ids() == ("ev-2",)
        assert list(store.objects.all()) == []


@pytest.mark.parametrize("wrong", [{"keep_days": -1}, {"keep_days": 10**9}, {"keep_last": -1}])
def test_an_impossible_retention_is_refused(wrong: dict[str, int]) -> None:
    """A negative number of days or evaluations means nothing."""
    with pytest.raises(ValueError, match="keep_"):
        Retention(**wrong)
