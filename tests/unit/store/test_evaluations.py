from __future__ import annotations

import json
import multiprocessing
from typing import TYPE_CHECKING, Any

import pytest

from pmpo.store.evaluations import Evaluations
from tests.unit.store.support import (
    everything_below,
    fill,
    make_read_only,
    refused,
    small_disk,
    without_rights,
)

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"result.json": b'{"units": []}\n', "board.parquet": bytes(range(256))}
MANIFEST: dict[str, Any] = {"result": "sha256:aa", "program": "range-review", "名": "見直し"}


def test_an_evaluation_comes_back_as_it_was(tmp_path: Path) -> None:
    """Files and manifest are the same in a store that is opened later."""
    Evaluations(tmp_path).save("ev-1", FILES, MANIFEST)
    stored = Evaluations(tmp_path).load("ev-1")
    assert stored.id == "ev-1"
    assert stored.files == FILES
    assert {key: stored.manifest[key] for key in MANIFEST} == MANIFEST
    assert sorted(stored.manifest["files"]) == sorted(FILES)


def test_the_same_result_again_changes_nothing(tmp_path: Path) -> None:
    """An evaluation is immutable: repeating it keeps the first bytes, whatever else differs."""
    evaluations = Evaluations(tmp_path)
    evaluations.save("ev-1", FILES, MANIFEST)
    states = {path: path.stat().st_mtime_ns for path in (tmp_path / "ev-1").iterdir()}
    evaluations.save("ev-1", FILES, {**MANIFEST, "host": "another"})
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "ev-1").iterdir()} == states
    assert not list(tmp_path.glob("tmp-*"))


def test_another_result_under_the_same_id_is_a_conflict(tmp_path: Path) -> None:
    """Two results for one id mean that something is wrong; the stored one stays."""
    evaluations = Evaluations(tmp_path)
    evaluations.save("ev-1", FILES, MANIFEST)
    with refused("store/conflict") as found:
        evaluations.save("ev-1", {}, {"result": "sha256:bb"})
    assert "sha256:aa" in found[0].note
    assert "sha256:bb" in found[0].note
    assert evaluations.load("ev-1").files == FILES
    assert not list(tmp_path.glob("tmp-*"))


def test_ids_are_sorted_and_leave_other_things_out(tmp_path: Path) -> None:
    """Only evaluations are listed, in an order that no file system decides."""
    evaluations = Evaluations(tmp_path / "evaluations")
    assert evaluations.ids() == ()
    for name in ("ev-b", "ev-a", "ev-c"):
        evaluations.save(name, {}, MANIFEST)
    evaluations.set_latest("range-review", "ev-b")
    assert evaluations.ids() == ("ev-a", "ev-b", "ev-c")


def test_latest_names_what_was_set_last(tmp_path: Path) -> None:
    """Each program has its own pointer, and it moves."""
    evaluations = Evaluations(tmp_path)
    for name in ("ev-a", "ev-b"):
        evaluations.save(name, {}, MANIFEST)
    assert evaluations.latest("range-review") is None
    evaluations.set_latest("range-review", "ev-a")
    evaluations.set_latest("品揃え", "ev-a")
    evaluations.set_latest("range-review", "ev-b")
    assert Evaluations(tmp_path).latest("range-review") == "ev-b"
    assert Evaluations(tmp_path).latest("品揃え") == "ev-a"


def test_latest_cannot_name_what_is_not_stored(tmp_path: Path) -> None:
    """A pointer never leads nowhere."""
    with refused("store/not-found"):
        Evaluations(tmp_path).set_latest("range-review", "ev-a")


def test_a_damaged_pointer_is_named(tmp_path: Path) -> None:
    """A pointer that holds something else is reported with what to do."""
    evaluations = Evaluations(tmp_path)
    evaluations.save("ev-a", {}, MANIFEST)
    evaluations.set_latest("range-review", "ev-a")
    pointer = tmp_path / "latest" / "range-review"
    pointer.unlink()
    pointer.write_text("../../etc\n")
    with refused("store/damaged") as found:
        evaluations.latest("range-review")
    assert str(pointer) in found[0].message


@pytest.mark.parametrize("typed", ["ev-deadbeaf", "../ev-deadbeef", "", "ev-\0"])
def test_an_unknown_id_gets_a_suggestion(tmp_path: Path, typed: str) -> None:
    """Whatever a person types is a finding, never a path."""
    evaluations = Evaluations(tmp_path)
    evaluations.save("ev-deadbeef", {}, MANIFEST)
    with refused("store/not-found") as found:
        evaluations.load(typed)
    if typed.endswith("deadbeaf"):
        assert found[0].help == "did you mean `ev-deadbeef`?"


@pytest.mark.parametrize("name", ["../x", "a/b", "", "manifest.json", ".hidden"])
def test_file_names_are_plain(tmp_path: Path, name: str) -> None:
    """A name that leads elsewhere, or hides the manifest, is a mistake of the caller."""
    with pytest.raises(ValueError, match="cannot be a file name"):
        Evaluations(tmp_path).save("ev-1", {name: b""}, MANIFEST)
    assert everything_below(tmp_path) == set()


def test_every_kind_of_damage_is_named(tmp_path: Path) -> None:
    """A file that changed or vanished, and a broken manifest, are reported by their path."""
    evaluations = Evaluations(tmp_path)
    for name in ("changed", "gone", "no-manifest", "broken", "hollow"):
        evaluations.save(f"ev-{name}", FILES, MANIFEST)
    (tmp_path / "ev-changed" / "result.json").chmod(0o644)
    (tmp_path / "ev-changed" / "result.json").write_bytes(b'{"units": [1]}')
    (tmp_path / "ev-gone" / "board.parquet").unlink()
    for name, text in (("no-manifest", None), ("broken", "{"), ("hollow", json.dumps([1]))):
        manifest = tmp_path / f"ev-{name}" / "manifest.json"
        manifest.unlink()
        if text is not None:
            manifest.write_text(text)
    for name, file in (
        ("changed", "result.json"),
        ("gone", "board.parquet"),
        ("no-manifest", "manifest.json"),
        ("broken", "manifest.json"),
        ("hollow", "manifest.json"),
    ):
        with refused("store/damaged") as found:
            evaluations.load(f"ev-{name}")
        assert str(tmp_path / f"ev-{name}" / file) in found[0].message


def test_a_full_disk_leaves_no_half_evaluation() -> None:
    """An evaluation that does not fit is not there at all, and the earlier ones are whole."""
    with small_disk("256k") as disk:
        evaluations = Evaluations(disk / "evaluations")
        evaluations.save("ev-small", {"a": b"x" * 20_000}, MANIFEST)
        before = everything_below(disk)
        with refused("store/no-space"):
            evaluations.save("ev-large", {"a": b"x" * 90_000, "b": b"x" * 190_000}, MANIFEST)
        assert everything_below(disk) == before
        assert evaluations.ids() == ("ev-small",)
        assert evaluations.load("ev-small").files == {"a": b"x" * 20_000}


def test_a_disk_without_room_for_a_pointer_keeps_the_old_one() -> None:
    """A pointer that cannot be written still names what it named."""
    with small_disk("64k") as disk:
        evaluations = Evaluations(disk / "evaluations")
        for name in ("ev-a", "ev-b"):
            evaluations.save(name, {}, MANIFEST)
        evaluations.set_latest("p", "ev-a")
        fill(disk)
        with refused("store/no-space"):
            evaluations.set_latest("p", "ev-b")
        assert evaluations.latest("p") == "ev-a"
        assert not list((disk / "evaluations").glob("tmp-*"))


def test_a_read_only_disk_can_be_read() -> None:
    """What was stored can be read where nothing can be written, and saving says why not."""
    with small_disk("256k") as disk:
        Evaluations(disk).save("ev-1", FILES, MANIFEST)
        make_read_only(disk)
        evaluations = Evaluations(disk)
        assert evaluations.load("ev-1").files == FILES
        with refused("store/not-writable"):
            evaluations.save("ev-2", FILES, MANIFEST)


def test_a_folder_without_rights_is_named() -> None:
    """A user who may not write is told so, and nothing is left behind."""
    with without_rights() as folder:
        with refused("store/not-writable") as found:
            Evaluations(folder / "evaluations").save("ev-1", FILES, MANIFEST)
        assert str(folder) in found[0].message
        assert everything_below(folder) == set()


def _save_many(root: Path, worker: int) -> None:
    evaluations = Evaluations(root)
    for number in range(25):
        evaluations.save(f"ev-{number}", FILES, {**MANIFEST, "host": f"host {worker}"})
        evaluations.set_latest("p", f"ev-{number}")


def test_two_processes_save_the_same_evaluations(tmp_path: Path) -> None:
    """Whoever comes second finds the evaluation stored, and neither disturbs the other."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_save_many, args=(tmp_path, number)) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    evaluations = Evaluations(tmp_path)
    assert len(evaluations.ids()) == 25
    assert all(evaluations.load(name).files == FILES for name in evaluations.ids())
    assert evaluations.latest("p") in evaluations.ids()
    assert not list(tmp_path.glob("tmp-*"))
