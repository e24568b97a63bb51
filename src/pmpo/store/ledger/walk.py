"""Reading a whole log from its first entry to its last, and building its tree once more.

The tree is built here from the leaves alone, in another way than `tree.Edge` builds it, so that the
two of them can be compared. Rows are read in blocks, so that nobody who appends has to wait. While
the leaves of a block are hashed here, the database compares the columns beside them: Python's lock
is free for as long as it does.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from pmpo.diagnostics import Diagnostic
from pmpo.store.ledger.columns import inside, survey
from pmpo.store.ledger.tables import entries, tiles
from pmpo.store.ledger.tree import (
    EMPTY_ROOT,
    TILE_WIDTH,
    Tile,
    node_hash,
    perfect_root,
    subtrees,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection

    from pmpo.store.ledger.database import Database
    from pmpo.store.ledger.tree import Levels

BLOCK: Final = 64 * TILE_WIDTH
_RESTORE: Final = "restore the ledger from a backup, and compare it with the anchors"
_SHOWN_MAX: Final = 5


@dataclass(slots=True)
class Roots:
    """The tree as far as it was built: the perfect subtrees at its right edge, as a stack."""

    stack: list[tuple[int, bytes]] = field(default_factory=list)

    def grow(self, levels: Levels) -> None:
        """Append neighbouring leaves, whose own subtrees are no larger than those on the stack."""
        for level, hash in _pieces(levels, len(levels[0])):
            self._push(level, hash)

    def _push(self, level: int, hash: bytes) -> None:
        while self.stack and self.stack[-1][0] == level:
            hash = node_hash(self.stack.pop()[1], hash)
            level += 1
        self.stack.append((level, hash))

    def root(self, levels: Levels = ((),), count: int = 0) -> bytes:
        """The root over all that was appended, and the first `count` leaves of what comes next."""
        pieces = [hash for _, hash in chain(self.stack, _pieces(levels, count))]
        if not pieces:
            return EMPTY_ROOT
        root = pieces.pop()
        for hash in reversed(pieces):
            root = node_hash(hash, root)
        return root


def _pieces(levels: Levels, count: int) -> Iterator[tuple[int, bytes]]:
    """The perfect subtrees over the first `count` of some leaves, the largest first."""
    at = 0
    for level in reversed(range(count.bit_length())):
        if count >> level & 1:
            yield level, levels[level][at >> level]
            at += 1 << level


@dataclass(slots=True)
class Walk:
    """One reading of a log.

    Args:
        database: where the log is.
        size: how many entries are read.
        wanted: the sizes at which the root is wanted, beside that of the whole log.
        look: is called with the leaves of each tile, and the position of the first.
    """

    database: Database
    size: int
    wanted: Sequence[int]
    look: Callable[[int, Sequence[bytes]], None]
    roots: dict[int, bytes] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)
    _tree: Roots = field(default_factory=Roots)
    _levels: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def run(self) -> None:
        """Read everything; afterwards `roots` and `findings` say what was seen."""
        wanted = sorted({size for size in self.wanted if size < self.size}, reverse=True)
        starts = range(0, self.size, BLOCK)
        ends = [min(start + BLOCK, self.size) for start in starts]
        beside = ThreadPoolExecutor(1)
        try:
            ahead = beside.map(partial(survey, self.database), starts, ends)
            for start, end, (count, changed) in zip(starts, ends, ahead, strict=True):
                if count < end - start:
                    self._gap(start, end)
                    return
                self._columns(changed)
                self._block(start, end, wanted)
        finally:
            beside.shutdown(cancel_futures=True)
        self.roots[self.size] = self._tree.root()
        self._upper_tiles()
        self._spare_tiles()

    def _block(self, start: int, end: int, wanted: list[int]) -> None:
        """Check the leaves of a block, of which none is gone, tile by tile."""
        with self.database.reading() as connection:
            kept = _tiles(connection, 0, start // TILE_WIDTH, end // TILE_WIDTH)
            firsts = range(start, end, TILE_WIDTH)
            for leaves, first in zip(_leaves(connection, start, end), firsts, strict=False):
                levels = self._tile(first, leaves, kept.get(first // TILE_WIDTH))
                while wanted and wanted[-1] < first + len(leaves):
                    size = wanted.pop()
                    self.roots[size] = self._tree.root(levels, size - first)
                self._tree.grow(levels)

    def _gap(self, start: int, end: int) -> None:
        """Say which entries are gone: the tree ends where they end."""
        query = select(entries.c.position).where(*inside(start, end))
        with self.database.reading() as connection:
            there = connection.execute(query).scalars()
            gone = sorted(set(range(start, end)) - set(there))
        shown = ", ".join(map(str, gone[:_SHOWN_MAX])) + (" and more" if gone[_SHOWN_MAX:] else "")
        self._add("ledger/gap", f"entries are gone: {shown}", "what comes after is not checked")

    def _columns(self, changed: Sequence[int]) -> None:
        for position in changed:
            self._add(
                "ledger/columns-changed",
                f"the columns beside entry {position} do not say what its leaf says",
                "they are what entries are searched by; the leaf is what counts",
            )

    def _tile(self, first: int, leaves: Sequence[bytes], kept: Tile | None) -> Levels:
        """Check the leaves of one tile against the stored tile."""
        levels = subtrees([sha256(b"\x00" + leaf).digest() for leaf in leaves])
        self.look(first, leaves)
        if len(leaves) == TILE_WIDTH:
            self._compare(0, first // TILE_WIDTH, levels, kept)
        return levels

    def _compare(self, level: int, position: int, levels: Levels, kept: Tile | None) -> None:
        """Check a full tile, and carry its root to the level above."""
        hashes, root = levels[0], levels[-1][0]
        self._levels[level + 1].append(root)
        name = f"tile {position} of level {level}"
        if kept is None:
            self._add("ledger/tile-changed", f"{name} of the tree is gone", "")
        elif kept.hashes != b"".join(hashes):
            self._blame(level, position, hashes, kept, name)
        elif kept.root != root:
            self._add("ledger/tile-changed", f"the root of {name} is not the one over it", "")

    def _blame(
        self, level: int, position: int, hashes: Sequence[bytes], kept: Tile, name: str
    ) -> None:
        """Say which leaf has changed, when the tile above it still has its own root."""
        stored = [kept.hashes[at : at + 32] for at in range(0, len(kept.hashes), 32)]
        whole = len(stored) == TILE_WIDTH and perfect_root(stored) == kept.root
        if level or not whole:
            self._add("ledger/tile-changed", f"{name} is not the one over what is below it", "")
            return
        pairs = zip(hashes, stored, strict=True)
        first = position * TILE_WIDTH
        for at in [first + place for place, (new, old) in enumerate(pairs) if new != old]:
            self._add(
                "ledger/leaf-changed",
                f"entry {at} is not what was recorded",
                "the hash of its leaf is another one than when it was appended",
            )

    def _upper_tiles(self) -> None:
        level = 1
        while self._levels[level]:
            roots = self._levels[level]
            count = len(roots) // TILE_WIDTH
            with self.database.reading() as connection:
                kept = _tiles(connection, level, 0, count)
            for position in range(count):
                part = roots[position * TILE_WIDTH : (position + 1) * TILE_WIDTH]
                self._compare(level, position, subtrees(part), kept.get(position))
            level += 1

    def _spare_tiles(self) -> None:
        """Tiles beyond the tree are nothing that PMPO has written."""
        full = {level: len(roots) for level, roots in self._levels.items() if roots}
        with self.database.reading() as connection:
            query = select(tiles.c.level, func.max(tiles.c.position)).group_by(tiles.c.level)
            for level, last in connection.execute(query).all():
                if last >= full.get(level + 1, 0):
                    self._add(
                        "ledger/tile-changed",
                        f"tile {last} of level {level} stands for entries that are not there",
                        "",
                    )

    def _add(self, code: str, fact: str, note: str) -> None:
        self.findings.append(Diagnostic(code, "error", fact, note=note, help=_RESTORE))


def _leaves(connection: Connection, start: int, end: int) -> Iterator[list[bytes]]:
    """The leaves of one tile after another, in their order."""
    query = select(entries.c.leaf).where(*inside(start, end)).order_by(entries.c.position)
    cursor = connection.execute(query).cursor  # a row of SQLAlchemy costs more than its leaf
    assert cursor is not None
    while rows := cursor.fetchmany(TILE_WIDTH):
        yield list(chain.from_iterable(rows))


def _tiles(connection: Connection, level: int, start: int, end: int) -> dict[int, Tile]:
    query = select(tiles.c.level, tiles.c.position, tiles.c.hashes, tiles.c.root).where(
        tiles.c.level == level, tiles.c.position >= start, tiles.c.position < end
    )
    return {row.position: Tile(*row) for row in connection.execute(query)}
