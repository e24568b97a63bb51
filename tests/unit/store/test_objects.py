from __future__ import annotations

import hashlib
import multiprocessing
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo.store.objects import Objects, hash_bytes
from tests.unit.store.support import (
    everything_below,
    make_read_only,
    refused,
    small_disk,
    without_rights,
)


@given(st.lists(st.binary(max_size=2000), max_size=5))
def test_what_is_put_is_read_back(contents: list[bytes]) -> None:
    """Whatever bytes are stored come back under their hash, also from a store opened later."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "objects"
        names = [Objects(root).put_bytes(data) for data in contents]
        again = Objects(root)
        assert [again.read_bytes(name) for name in names] == contents
        assert names == [f"sha256:{hashlib.sha256(data).hexdigest()}" for data in contents]


def test_putting_twice_stores_once(tmp_path: Path) -> None:
    """The same bytes have one name and one file, whether they come as bytes or as a file."""
    objects = Objects(tmp_path / "objects")
    (tmp_path / "file").write_bytes(b"same")
    assert objects.put_bytes(b"same") == objects.put_file(tmp_path / "file")
    files = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    assert len(files) == 1


def test_objects_are_read_only_files(tmp_path: Path) -> None:
    """Nobody changes an object by a slip."""
    objects = Objects(tmp_path)
    (tmp_path / "writable").write_bytes(b"b")
    for name in (objects.put_bytes(b"a"), objects.put_file(tmp_path / "writable")):
        assert stat.S_IMODE(objects.path(name).stat().st_mode) == 0o444


def test_a_changed_object_is_refused_and_healed_by_putting_it_again(tmp_path: Path) -> None:
    """Bytes that no longer fit their name are never returned, and the right ones replace them."""
    objects = Objects(tmp_path)
    name = objects.put_bytes(b"right")
    objects.path(name).chmod(0o644)
    objects.path(name).write_bytes(b"wrong")
    with refused("store/damaged") as found:
        objects.read_bytes(name)
    assert "has changed since it was stored" in found[0].message
    with refused("store/damaged"):
        objects.verify(name)
    assert objects.put_bytes(b"right") == name
    objects.verify(name)
    assert objects.read_bytes(name) == b"right"


def test_an_absent_object_is_named(tmp_path: Path) -> None:
    """Asking for what is not there says where it would be."""
    objects = Objects(tmp_path)
    with refused("store/not-found") as found:
        objects.read_bytes(hash_bytes(b"absent"))
    assert str(tmp_path) in found[0].note
    with refused("store/not-found"):
        objects.verify(hash_bytes(b"absent"))


def test_only_names_of_objects_are_paths(tmp_path: Path) -> None:
    """A name from a damaged manifest cannot lead out of the store."""
    with pytest.raises(ValueError, match="not the name of an object"):
        Objects(tmp_path).path("sha256:../../etc/passwd")


def _put_many(root: Path, worker: int) -> None:
    objects = Objects(root)
    for number in range(30):
        objects.put_bytes(f"shared {number}".encode())
        objects.put_bytes(f"own {worker} {number}".encode())


def test_two_processes_store_at_once(tmp_path: Path) -> None:
    """Processes that put the same and different objects do not disturb each other."""
    root = tmp_path / "objects"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_put_many, args=(root, number)) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    objects = Objects(root)
    for number in range(30):
        for text in (f"shared {number}", f"own 0 {number}", f"own 1 {number}"):
            assert objects.read_bytes(hash_bytes(text.encode())) == text.encode()
    assert len([path for path in root.rglob("*") if path.is_file()]) == 90
    assert not list(root.glob("tmp-*"))


def test_a_full_disk_leaves_nothing_half_written() -> None:
    """What does not fit is refused with place and help, and what fitted before is still whole."""
    with small_disk("256k") as disk:
        objects = Objects(disk / "objects")
        small = objects.put_bytes(b"x" * 50_000)
        before = everything_below(disk)
        with refused("store/no-space") as found:
            objects.put_bytes(b"y" * 400_000)
        assert str(disk) in found[0].help
        (disk / "large").write_bytes(b"z" * 120_000)
        with refused("store/no-space"):
            objects.put_file(disk / "large")
        assert everything_below(disk) == before | {"large"}
        assert objects.read_bytes(small) == b"x" * 50_000


def test_a_read_only_disk_is_named() -> None:
    """A disk that nobody can write to is refused, and still read."""
    with small_disk("256k") as disk:
        name = Objects(disk / "objects").put_bytes(b"kept")
        make_read_only(disk)
        objects = Objects(disk / "objects")
        with refused("store/not-writable") as found:
            objects.put_bytes(b"new")
        assert "Read-only" in found[0].message
        assert objects.read_bytes(name) == b"kept"


def test_a_folder_without_rights_is_named() -> None:
    """A user who may not write is told where."""
    with without_rights() as folder, refused("store/not-writable") as found:
        Objects(folder / "objects").put_bytes(b"x")
    assert "Permission denied" in found[0].message


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    """A file where the folder should be is reported, and stays as it is."""
    (tmp_path / "objects").write_text("mine")
    with refused("store/not-a-folder"):
        Objects(tmp_path / "objects").put_bytes(b"x")
    with refused("store/not-a-folder"):
        Objects(tmp_path / "objects" / "below").put_bytes(b"x")
    assert (tmp_path / "objects").read_text() == "mine"


def test_scratch_of_the_dead_goes_and_of_the_living_stays(tmp_path: Path) -> None:
    """Opening the store removes what a crash left, and nothing that another process still fills."""
    left = tmp_path / "tmp-crashed"
    left.mkdir()
    (left / "half").write_bytes(b"half an object")
    living = Objects(tmp_path)
    assert not left.exists()
    with living.scratch() as folder:
        (folder / "object").write_bytes(b"data")
        Objects(tmp_path)
        name = living.adopt(folder / "object")
    assert living.read_bytes(name) == b"data"
    assert not folder.exists()
