"""The tree as the ledger's tables hold it: full tiles, and the leaves behind the last of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from pmpo.store.ledger.tables import entries, tiles
from pmpo.store.ledger.tree import TILE_BITS, TILE_WIDTH, Edge, Tree, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_HASH_SIZE: Final = 32


def load_edge(connection: Connection, size: int) -> Edge:
    """The right edge of the tree over the first `size` entries."""
    levels: list[list[bytes]] = []
    count = size
    while count:
        end = count
        start = end - end % TILE_WIDTH
        levels.append(
            _leaves(connection, start, end)
            if not levels
            else _roots(connection, len(levels) - 1, start, end)
        )
        count >>= TILE_BITS
    return Edge(size, levels)


def _leaves(connection: Connection, start: int, end: int) -> list[bytes]:
    found = connection.execute(
        select(entries.c.leaf)
        .where(entries.c.position >= start, entries.c.position < end)
        .order_by(entries.c.position)
    )
    return [leaf_hash(leaf) for leaf in found.scalars()]


def _roots(connection: Connection, level: int, start: int, end: int) -> list[bytes]:
    found = connection.execute(
        select(tiles.c.root)
        .where(tiles.c.level == level, tiles.c.position >= start, tiles.c.position < end)
        .order_by(tiles.c.position)
    )
    return list(found.scalars())


def stored_tree(connection: Connection, size: int) -> Tree:
    """The tree over the first `size` entries, which reads what a proof needs."""
    edge = load_edge(connection, size)
    read: dict[tuple[int, int], Sequence[bytes]] = {}

    def hashes(level: int, start: int, end: int) -> Sequence[bytes]:
        tile = start >> TILE_BITS
        if (level, tile) not in read:
            full = (tile + 1) << (TILE_BITS * (level + 1)) <= size
            read[level, tile] = _tile(connection, level, tile) if full else edge.levels[level]
        first = tile << TILE_BITS
        return read[level, tile][start - first : end - first]

    return Tree(size, hashes)


def _tile(connection: Connection, level: int, position: int) -> list[bytes]:
    joined = connection.execute(
        select(tiles.c.hashes).where(tiles.c.level == level, tiles.c.position == position)
    ).scalar_one()
    return [joined[at : at + _HASH_SIZE] for at in range(0, len(joined), _HASH_SIZE)]
