from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pmpo.store.layout import open_store, prepare
from tests.unit.store.support import everything_below, fill, make_read_only, refused, small_disk

if TYPE_CHECKING:
    from pathlib import Path


def test_opening_creates_nothing(tmp_path: Path) -> None:
    """Whoever only looks leaves an office as it was."""
    store = open_store(tmp_path)
    assert store.evaluations.ids() == ()
    assert store.evaluations.latest("p") is None
    assert everything_below(tmp_path) == set()


def test_preparing_writes_the_layout_once(tmp_path: Path) -> None:
    """A store says which layout it has, and preparing it again changes nothing."""
    prepare(tmp_path)
    layout = tmp_path / ".pmpo" / "layout.json"
    assert json.loads(layout.read_text()) == {"layout": 1}
    written = layout.stat().st_mtime_ns
    store = prepare(tmp_path)
    store.evaluations.save("ev-1", {"a": b"1"}, {"result": "r"})
    name = store.objects.put_bytes(b"object")
    assert layout.stat().st_mtime_ns == written
    again = open_store(tmp_path)
    assert again.evaluations.load("ev-1").files == {"a": b"1"}
    assert again.objects.read_bytes(name) == b"object"


def test_a_newer_store_is_refused_by_its_version(tmp_path: Path) -> None:
    """A later layout may mean other things, so it is not guessed at."""
    (tmp_path / ".pmpo").mkdir()
    (tmp_path / ".pmpo" / "layout.json").write_text('{"layout": 7, "more": true}')
    for opening in (open_store, prepare):
        with refused("store/newer-layout") as found:
            opening(tmp_path)
        assert "layout 7" in found[0].message
        assert "layouts up to 1" in found[0].message
        assert "upgrade" in found[0].help


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"layout": "1"}', '{"layout": true}', '{"layout": 0}']
)
def test_a_damaged_layout_is_diagnosed(tmp_path: Path, text: str) -> None:
    """A layout file that says nothing is reported with what belongs into it."""
    (tmp_path / ".pmpo").mkdir()
    (tmp_path / ".pmpo" / "layout.json").write_text(text)
    with refused("store/damaged") as found:
        open_store(tmp_path)
    assert '{"layout": 1}' in found[0].help


def test_a_lost_layout_is_diagnosed(tmp_path: Path) -> None:
    """A store that holds something but does not say what it is was damaged."""
    prepare(tmp_path).objects.put_bytes(b"x")
    (tmp_path / ".pmpo" / "layout.json").unlink()
    with refused("store/damaged") as found:
        prepare(tmp_path)
    assert "it is missing" in found[0].message


def test_an_interrupted_start_is_completed(tmp_path: Path) -> None:
    """A crash before the layout was in place leaves a store that can still be prepared."""
    half = tmp_path / ".pmpo" / "tmp-crashed"
    half.mkdir(parents=True)
    (half / "layout.json").write_text("{")
    prepare(tmp_path)
    assert everything_below(tmp_path) == {".pmpo", ".pmpo/layout.json"}


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    """A file called `.pmpo` is not overwritten."""
    (tmp_path / ".pmpo").write_text("mine")
    for opening in (open_store, prepare):
        with refused("store/not-a-folder"):
            opening(tmp_path)
    assert (tmp_path / ".pmpo").read_text() == "mine"


def test_a_full_disk_leaves_no_half_layout() -> None:
    """A store that cannot be made can be made later."""
    with small_disk("64k") as disk:
        filler = fill(disk)
        with refused("store/no-space"):
            prepare(disk)
        filler.unlink()
        prepare(disk)
        assert everything_below(disk) == {".pmpo", ".pmpo/layout.json"}


def test_a_read_only_office_says_so() -> None:
    """Making a store where nothing can be written is refused."""
    with small_disk("64k") as disk:
        make_read_only(disk)
        open_store(disk)
        with refused("store/not-writable"):
            prepare(disk)
