"""Reading a whole log from its first entry to its last, and building its tree once more.

The tree is built here from the leaves alone, in another way than `tree.Edge` builds it, so that the
two of them can be compared. Rows are read in blocks, so that nobody who appends has to wait.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import LargeBinary, cast, func, literal, select

from pmpo.diagnostics import Diagnostic
from pmpo.model.entry import SCHEMA
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

    from sqlalchemy import ColumnElement, Connection

    from pmpo.store.ledger.database import Database
    from pmpo.store.ledger.tree import Levels

BLOCK: Final = 64 * TILE_WIDTH
_RESTORE: Final = "restore the ledger from a backup, and compare it with the anchors"
_SHOWN_MAX: Final = 5
_BEHIND: Final = len(f',"recorded_at":"2026-03-02T09:00:00.000000Z","schema":{SCHEMA}}}')
"""Bytes of every leaf behind its id, kind and program: canonical JSON sorts the names, and none of
these texts needs an escape. So columns are compared with a leaf without parsing it."""


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
        for start in range(0, self.size, BLOCK):
            end = min(start + BLOCK, self.size)
            with self.database.reading() as connection:
                rows = _rows(connection, start, end)
                kept = _tiles(connection, 0, start // TILE_WIDTH, end // TILE_WIDTH)
            if not self._complete(rows, start, end):
                return
            for first in range(start, end, TILE_WIDTH):
                part = rows[first - start : first - start + TILE_WIDTH]
                levels = self._tile(first, part, kept.get(first // TILE_WIDTH))
                while wanted and wanted[-1] < first + len(part):
                    size = wanted.pop()
                    self.roots[size] = self._tree.root(levels, size - first)
                self._tree.grow(levels)
        self.roots[self.size] = self._tree.root()
        self._upper_tiles()
        self._spare_tiles()

    def _complete(self, rows: Sequence[Any], start: int, end: int) -> bool:
        """Whether the entries are there without gaps; the tree ends where they end."""
        if len(rows) == end - start and rows and rows[-1][0] == end - 1:
            return True
        gone = sorted(set(range(start, end)) - {row[0] for row in rows})
        shown = ", ".join(map(str, gone[:_SHOWN_MAX])) + (" and more" if gone[_SHOWN_MAX:] else "")
        self._add("ledger/gap", f"entries are gone: {shown}", "what comes after is not checked")
        return False

    def _tile(self, first: int, rows: Sequence[Any], kept: Tile | None) -> Levels:
        """Check the rows of one tile against each other and against the stored tile."""
        leaves = [row[1] for row in rows]
        levels = subtrees([sha256(b"\x00" + leaf).digest() for leaf in leaves])
        for position, leaf, told in rows:
            if told is None or not leaf.endswith(told, 0, -_BEHIND):
                self._add(
                    "ledger/columns-changed",
                    f"the columns beside entry {position} do not say what its leaf says",
                    "they are what entries are searched by; the leaf is what counts",
                )
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


def _rows(connection: Connection, start: int, end: int) -> Sequence[Any]:
    """Position, leaf, and what the leaf should hold by the columns beside it, as plain tuples."""
    query = (
        select(entries.c.position, entries.c.leaf, _told(connection.dialect.name))
        .where(entries.c.position >= start, entries.c.position < end)
        .order_by(entries.c.position)
    )
    cursor = connection.execute(query).cursor
    assert cursor is not None
    return cursor.fetchall()


def _told(dialect: str) -> ColumnElement[Any]:
    """A piece of canonical JSON that the columns beside a leaf make; the database writes it."""
    named = func.coalesce('"' + entries.c.program + '"', "null")
    text = (
        literal(',"id":"')
        + entries.c.id
        + literal('","kind":"')
        + entries.c.kind
        + literal('","program":')
        + named
    )
    return func.convert_to(text, "UTF8") if dialect == "postgresql" else cast(text, LargeBinary)


def _tiles(connection: Connection, level: int, start: int, end: int) -> dict[int, Tile]:
    query = select(tiles.c.level, tiles.c.position, tiles.c.hashes, tiles.c.root).where(
        tiles.c.level == level, tiles.c.position >= start, tiles.c.position < end
    )
    return {row.position: Tile(*row) for row in connection.execute(query)}
