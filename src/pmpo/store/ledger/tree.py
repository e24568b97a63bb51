"""The Merkle tree of RFC 6962: hashes, and proofs that one entry or one size is part of another.

Perfect subtrees never change once they are full, so the tree is kept in tiles of 256 hashes (as in
C2SP tlog-tiles): appending keeps only the right edge in mind, and a proof reads a few tiles. All
functions here are pure; where tiles are kept is somebody else's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

EMPTY_ROOT: Final = sha256(b"").digest()
TILE_BITS: Final = 8
TILE_WIDTH: Final = 1 << TILE_BITS

Range = tuple[int, int]
"""Leaves `start` up to, not including, `end`."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of an entry's leaf."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two neighbouring subtrees."""
    return sha256(b"\x01" + left + right).digest()


Levels = Sequence[Sequence[bytes]]
"""Neighbouring leaves' hashes, and above them what is over two, four, eight … of them."""


def subtrees(hashes: Sequence[bytes]) -> Levels:
    """The perfect subtrees over neighbouring hashes, the first of which begins one of that size."""
    levels = [hashes]
    while len(levels[-1]) > 1:
        pairs = iter(levels[-1])
        levels.append(
            [sha256(b"\x01" + a + b).digest() for a, b in zip(pairs, pairs, strict=False)]
        )
    return levels


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of neighbouring hashes."""
    return subtrees(hashes)[-1][0]


@dataclass(frozen=True, slots=True)
class Tile:
    """256 neighbouring hashes that never change again.

    Args:
        level: 0 for hashes of leaves, 1 for roots of tiles of level 0, and so on.
        position: which tile of its level, from the left.
        hashes: 256 hashes of 32 bytes.
        root: the root over them.
    """

    level: int
    position: int
    hashes: bytes
    root: bytes


@dataclass(slots=True)
class Edge:
    """The right edge of a tree: what is needed to append to it, and to know its root.

    Args:
        size: leaves of the tree.
        levels: hashes of the tile of each level that is not full yet.
    """

    size: int = 0
    levels: list[list[bytes]] = field(default_factory=list)

    def add(self, leaf: bytes) -> list[Tile]:
        """Append the hash of one leaf; returns the tiles that are full now."""
        self.size += 1
        full: list[Tile] = []
        carried: bytes | None = leaf
        level = 0
        while carried is not None:
            if level == len(self.levels):
                self.levels.append([])
            hashes = self.levels[level]
            hashes.append(carried)
            carried = None
            if len(hashes) == TILE_WIDTH:
                carried = perfect_root(hashes)
                position = (self.size >> (TILE_BITS * (level + 1))) - 1
                full.append(Tile(level, position, b"".join(hashes), carried))
                self.levels[level] = []
            level += 1
        return full

    def root(self) -> bytes:
        """The root of the tree."""
        root: bytes | None = None
        for hashes in self.levels:
            for part in reversed(list(_perfect_parts(hashes))):
                root = part if root is None else node_hash(part, root)
        return EMPTY_ROOT if root is None else root


def _perfect_parts(hashes: Sequence[bytes]) -> Iterator[bytes]:
    """Roots of the largest perfect subtrees over `hashes`, from the left."""
    for start, end in cover(0, len(hashes)):
        yield perfect_root(hashes[start:end])


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of all leaves of a tree."""
    edge = Edge()
    for leaf in leaves:
        edge.add(leaf)
    return edge.root()


# Which subtrees a proof is made of -------------------------------------------------------


def split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def cover(start: int, end: int) -> Iterator[Range]:
    """The perfect subtrees that a subtree of the tree over `end` leaves consists of."""
    while start < end:
        width = 1 << ((end - start).bit_length() - 1)
        yield start, start + width
        start += width


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The subtrees whose roots prove that leaf `index` is in the tree of `size`, leaf first."""
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The subtrees whose roots prove that the tree of `first` begins the tree of `second`."""
    if first in {0, second}:
        return []
    start, end, path = 0, second, []
    while first != end:
        middle = start + split(end - start)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    if start:
        path.append((start, end))
    return path[::-1]


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that can prove things about itself at any size up to its own.

    Args:
        size: leaves of the tree.
        hashes: called with tile level, first and end position, all within one tile; returns
            these neighbouring hashes.
    """

    size: int
    hashes: Callable[[int, int, int], Sequence[bytes]]

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree when it had `size` leaves."""
        size = self._checked(size)
        return self._root((0, size)) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The proof that leaf `index` is in the tree of `size`."""
        size = self._checked(size)
        if not 0 <= index < size:
            raise IndexError(f"leaf {index} of {size}")
        return tuple(map(self._root, inclusion_ranges(index, size)))

    def consistency(self, first: int, second: int | None = None) -> tuple[bytes, ...]:
        """The proof that the tree of `second` leaves begins with that of `first`."""
        second = self._checked(second)
        if not 0 <= first <= second:
            raise IndexError(f"size {first} of {second}")
        return tuple(map(self._root, consistency_ranges(first, second)))

    def _checked(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise IndexError(f"size {size} of {self.size}")
        return size

    def _root(self, leaves: Range) -> bytes:
        parts = [self._perfect(start, end) for start, end in cover(*leaves)]
        root = parts.pop()
        while parts:
            root = node_hash(parts.pop(), root)
        return root

    def _perfect(self, start: int, end: int) -> bytes:
        level = ((end - start).bit_length() - 1) // TILE_BITS
        shift = level * TILE_BITS
        return perfect_root(self.hashes(level, start >> shift, end >> shift))


# Checking proofs, as RFC 9162 (2.1.3.2 and 2.1.4.2) describes it: apart from how they are made ---


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf with this hash is number `index` of `size` under `root`.

    Source: RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    place, last, made = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            made = node_hash(part, made)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            made = node_hash(made, part)
        place >>= 1
        last >>= 1
    return last == 0 and made == root


def consistent(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that the tree of `second` leaves begins with that of `first`.

    Source: RFC 9162, 2.1.4.2; every tree begins with the empty one.
    """
    if not 0 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, part)
        place >>= 1
        last >>= 1
    return last == 0 and old == first_root and new == second_root
