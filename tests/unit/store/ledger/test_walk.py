from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmpo.store.ledger.columns import survey
from pmpo.store.ledger.tree import leaf_hash
from pmpo.store.ledger.walk import Walk
from tests.unit.store.ledger.rfc6962 import Reference
from tests.unit.store.ledger.support import entry, new_ledger, tampering

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pmpo.store.ledger.database import Database
    from pmpo.store.ledger.log import Ledger

_SIZE = 75
_NEAR = ["e-1", "Noted", "oted", 'Noted","program":"x', "null", "Übersicht.größe_2", "e-1\0"]
_RFC = Reference([leaf_hash(entry(number).leaf()) for number in range(_SIZE)])


def _walked(ledger: Ledger, wanted: Sequence[int] = ()) -> Walk:
    walked = Walk(ledger.database, ledger.size, wanted, lambda _first, _leaves: None)
    walked.run()
    return walked


def _messages(walked: Walk) -> list[str]:
    return [finding.message for finding in walked.findings]


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 15, 16, 17, 32, 63, 64, 65, _SIZE])
def test_every_size_has_the_root_of_the_rfc(tmp_path: Path, size: int) -> None:
    """Roots are those of RFC 6962 at every size, at, above and below edges of tiles and blocks."""
    ledger = new_ledger(tmp_path, size)
    walked = _walked(ledger, [*range(size + 9, 0, -3), *range(size + 9)])
    assert walked.findings == []
    assert walked.roots == {at: _RFC.root(at) for at in range(size + 1)}


@pytest.mark.usefixtures("small_tiles")
def test_what_is_appended_meanwhile_is_not_read(tmp_path: Path) -> None:
    """A walk ends at the size it began with, whatever has come behind it."""
    ledger = new_ledger(tmp_path, _SIZE)
    seen: list[bytes] = []
    walked = Walk(ledger.database, 70, [], lambda _first, leaves: seen.extend(leaves))
    walked.run()
    assert walked.roots == {70: _RFC.root(70)}
    assert seen == [entry(number).leaf() for number in range(70)]


def test_a_size_inside_of_a_full_tile_has_its_root(tmp_path: Path) -> None:
    """The same holds for tiles as they are."""
    ledger = new_ledger(tmp_path, 600)
    rfc = Reference([leaf_hash(entry(number).leaf()) for number in range(600)])
    sizes = [599, 0, 513, 512, 511, 257, 256, 255, 1, 7, 7]
    assert _walked(ledger, sizes).roots == {at: rfc.root(at) for at in (*sizes, 600)}


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize(
    ("level", "position"), [(0, 0), (0, 3), (0, 17), (1, 0), (1, 1), (1, 3), (2, 0)]
)
def test_a_tile_that_is_not_as_it_was_is_named(tmp_path: Path, level: int, position: int) -> None:
    """A tile of each level is compared with what is below it, and none beside it is blamed."""
    where = f"WHERE level = {level} AND position = {position}"
    ledger = new_ledger(tmp_path, _SIZE)
    name = f"tile {position} of level {level}"
    for change, message in (
        ("root = zeroblob(32)", f"the root of {name} is not the one over it"),
        ("hashes = zeroblob(128)", f"{name} is not the one over what is below it"),
        ("hashes = zeroblob(9)", f"{name} is not the one over what is below it"),
    ):
        with tampering(tmp_path) as database:
            kept = database.execute(f"SELECT * FROM tiles {where}").fetchone()
            database.execute(f"UPDATE tiles SET {change} {where}")
        assert _messages(_walked(ledger)) == [message]
        with tampering(tmp_path) as database:
            database.execute(f"DELETE FROM tiles {where}")
        assert _messages(_walked(ledger)) == [f"{name} of the tree is gone"]
        with tampering(tmp_path) as database:
            database.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", kept)
        assert _walked(ledger).findings == []


@pytest.mark.usefixtures("small_tiles")
def test_tiles_beyond_the_tree_are_named(tmp_path: Path) -> None:
    """Each level has as many tiles as are full; a further one is none that PMPO writes."""
    ledger = new_ledger(tmp_path, _SIZE)
    with tampering(tmp_path) as database:
        for level, position in ((0, 18), (1, 4), (2, 1), (3, 0), (9, 9)):
            row = (level, position, bytes(128), bytes(32))
            database.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", row)
    assert _messages(_walked(ledger)) == [
        f"tile {position} of level {level} stands for entries that are not there"
        for level, position in ((0, 18), (1, 4), (2, 1), (3, 0), (9, 9))
    ]


def test_changed_leaves_are_told_from_a_changed_tile(tmp_path: Path) -> None:
    """Where a tile still has its own root, the leaves have changed; else the tile has."""
    ledger = new_ledger(tmp_path, 512)
    leaf = replace(entry(3), body={"number": -1}).leaf()
    with tampering(tmp_path) as database:
        database.execute("UPDATE entries SET leaf = ? WHERE position = 300", (leaf,))
        database.execute("UPDATE tiles SET hashes = zeroblob(8192) WHERE position = 0")
    assert _messages(_walked(ledger)) == [
        "the columns beside entry 300 do not say what its leaf says",
        "tile 0 of level 0 is not the one over what is below it",
        "entry 300 is not what was recorded",
    ]


def test_entries_of_no_program_are_as_they_are_searched(tmp_path: Path) -> None:
    """Whether an entry has a program or none, its columns are compared with what its leaf says."""
    ledger = new_ledger(tmp_path)
    ledger.append([entry(0, program=None), entry(1), entry(2, program=None)])
    assert _walked(ledger).findings == []
    with tampering(tmp_path) as database:
        database.execute("UPDATE entries SET program = 'null' WHERE position = 0")
        database.execute("UPDATE entries SET program = NULL WHERE position = 1")
    assert _messages(_walked(ledger)) == [
        f"the columns beside entry {at} do not say what its leaf says" for at in (0, 1)
    ]


@pytest.mark.parametrize("column", ["id", "kind", "program"])
def test_bytes_in_place_of_a_text_are_found(tmp_path: Path, column: str) -> None:
    """SQLite keeps bytes beside texts, and a search for the text would not find that entry."""
    ledger = new_ledger(tmp_path, 5)
    with tampering(tmp_path) as database:
        database.execute(f"UPDATE entries SET {column} = CAST({column} AS BLOB) WHERE position = 2")
    assert _messages(_walked(ledger)) == [
        "the columns beside entry 2 do not say what its leaf says"
    ]


def test_any_other_text_in_a_column_is_found(tmp_path: Path) -> None:
    """What a column says is compared whole, whatever is written there and in any language."""
    said = {"id": "e-1", "kind": "Noted", "program": "Übersicht.größe_2"}
    ledger = new_ledger(tmp_path)
    ledger.append([entry(0), entry(1, program=said["program"]), entry(2)])

    @given(
        st.sampled_from(sorted(said)),
        st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(_NEAR),
    )
    def tampered(column: str, value: str) -> None:
        change = f"UPDATE entries SET {column} = ? WHERE position = 1"
        with tampering(tmp_path) as database:
            database.execute(change, (value,))
        found = [] if value == said[column] else [1]
        assert _messages(_walked(ledger)) == [
            f"the columns beside entry {at} do not say what its leaf says" for at in found
        ]
        with tampering(tmp_path) as database:
            database.execute(change, (said[column],))

    tampered()
    assert _walked(ledger).findings == []


def test_who_looks_at_leaves_may_stop_the_walk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error ends everything: the blocks behind are not surveyed any more, nor looked at."""
    monkeypatch.setattr("pmpo.store.ledger.walk.BLOCK", 256)
    ledger = new_ledger(tmp_path, 1500)
    surveyed: list[int] = []
    seen: list[int] = []
    stopped = threading.Event()

    def third_waits(database: Database, start: int, end: int) -> tuple[int, list[int]]:
        surveyed.append(start)
        if start == 512:
            stopped.wait(10)
        return survey(database, start, end)

    def look(first: int, _leaves: Sequence[bytes]) -> None:
        seen.append(first)
        if first:
            threading.Timer(0.1, stopped.set).start()
            raise KeyboardInterrupt

    monkeypatch.setattr("pmpo.store.ledger.walk.survey", third_waits)
    with pytest.raises(KeyboardInterrupt):
        Walk(ledger.database, 1500, [], look).run()
    assert seen == [0, 256]
    assert surveyed == [0, 256, 512]
