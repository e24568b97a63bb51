from __future__ import annotations

from hashlib import sha256

import pytest

from pmpo.store.ledger.tree import (
    EMPTY_ROOT,
    TILE_WIDTH,
    Edge,
    Tile,
    Tree,
    consistent,
    includes,
    leaf_hash,
    root_of,
)
from tests.unit.store.ledger.rfc6962 import Reference

# The leaves and roots of the reference tests of Certificate Transparency (RFC 6962).
_CT_LEAVES = (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)  # fmt: skip
_CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
_SIZE_MAX = 200
_LEAVES = [leaf_hash(bytes([number])) for number in range(_SIZE_MAX)]


_RFC = Reference(_LEAVES)


def _tree(leaves: list[bytes]) -> Tree:
    return Tree(len(leaves), lambda _level, start, end: leaves[start:end])


def test_published_roots() -> None:
    """The roots are those of the reference tests of Certificate Transparency."""
    leaves = [leaf_hash(bytes.fromhex(text)) for text in _CT_LEAVES]
    assert [root_of(leaves[: size + 1]).hex() for size in range(8)] == list(_CT_ROOTS)
    assert [_tree(leaves).root(size + 1).hex() for size in range(8)] == list(_CT_ROOTS)
    assert root_of([]) == _tree([]).root() == EMPTY_ROOT == sha256(b"").digest()


_SIZES = [range(1, 17), range(17, 100), range(100, _SIZE_MAX + 1)]


@pytest.mark.parametrize("sizes", _SIZES, ids=str)
def test_every_inclusion_proof_is_that_of_the_rfc(sizes: range) -> None:
    """For every leaf of every tree up to 200 the proof is the defined one, and it is accepted."""
    tree = _tree(_LEAVES)
    for size in sizes:
        root = _RFC.root(size)
        assert tree.root(size) == root
        for index in range(size):
            proof = tree.inclusion(index, size)
            assert list(proof) == _RFC.inclusion(index, size)
            assert includes(_LEAVES[index], index, size, proof, root)


@pytest.mark.parametrize("sizes", _SIZES, ids=str)
def test_every_consistency_proof_is_that_of_the_rfc(sizes: range) -> None:
    """For every two trees up to 200 the proof is the defined one, and it is accepted."""
    tree = _tree(_LEAVES)
    for second in sizes:
        for first in range(1, second + 1):
            proof = tree.consistency(first, second)
            assert list(proof) == _RFC.consistency(first, second)
            assert consistent(first, second, _RFC.root(first), _RFC.root(second), proof)


def test_an_edge_grows_like_the_tree() -> None:
    """Appending leaf by leaf has the defined root at every size up to 200."""
    edge = Edge()
    assert edge.root() == EMPTY_ROOT
    for size, leaf in enumerate(_LEAVES, 1):
        assert edge.add(leaf) == []
        assert (edge.size, edge.root()) == (size, _RFC.root(size))


def test_tiles_are_given_out_when_they_are_full() -> None:
    """A tile has its 256 hashes and the root over them; 256 tiles make one of the next level."""
    edge = Edge()
    full: list[Tile] = []
    leaves = [leaf_hash(number.to_bytes(3)) for number in range(TILE_WIDTH * TILE_WIDTH + 1)]
    for leaf in leaves:
        full += edge.add(leaf)
    assert [(tile.level, tile.position) for tile in full] == [
        *((0, position) for position in range(TILE_WIDTH)),
        (1, 0),
    ]
    assert len(full[3].hashes) == 8192  # a tile is as C2SP's tlog-tiles defines it
    assert full[3].hashes == b"".join(leaves[3 * TILE_WIDTH : 4 * TILE_WIDTH])
    assert full[3].root == root_of(leaves[3 * TILE_WIDTH : 4 * TILE_WIDTH])
    assert full[-1].hashes == b"".join(tile.root for tile in full[:-1])
    assert edge.levels == [leaves[-1:], [], [full[-1].root]]
    assert edge.root() == sha256(b"\x01" + full[-1].root + leaves[-1]).digest()


_CASES = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 7), (6, 7), (4, 8), (99, 200)]


@pytest.mark.parametrize(("index", "size"), _CASES)
def test_a_changed_inclusion_proof_is_refused(index: int, size: int) -> None:
    """Any other leaf, place, size, root or proof is not accepted."""
    proof, root, leaf = _RFC.inclusion(index, size), _RFC.root(size), _LEAVES[index]
    assert not includes(_LEAVES[(index + 1) % _SIZE_MAX], index, size, proof, root)
    assert not includes(leaf, index, size, proof, EMPTY_ROOT)
    assert not includes(leaf, index, size, [*proof, root], root)
    assert not includes(leaf, index, size, [root, *proof], root)
    assert not includes(leaf, -1, size, proof, root)
    assert not includes(leaf, size, size, proof, root)
    for other in range(size):
        assert includes(leaf, other, size, proof, root) == (other == index)
    for place in range(len(proof)):
        assert not includes(leaf, index, size, proof[:place] + proof[place + 1 :], root)
        changed = [*proof[:place], EMPTY_ROOT, *proof[place + 1 :]]
        assert not includes(leaf, index, size, changed, root)


@pytest.mark.parametrize(
    ("first", "second"), [(1, 2), (2, 3), (3, 4), (4, 7), (6, 7), (7, 8), (8, 16), (99, 200)]
)
def test_a_changed_consistency_proof_is_refused(first: int, second: int) -> None:
    """Any other size, root or proof is not accepted."""
    proof = _RFC.consistency(first, second)
    old, new = _RFC.root(first), _RFC.root(second)
    assert not consistent(first, second, new, old, proof)
    assert not consistent(first, second, EMPTY_ROOT, new, proof)
    assert not consistent(first, second, old, EMPTY_ROOT, proof)
    assert not consistent(first, second, old, new, [])
    assert not consistent(first, second, old, new, [*proof, new])
    assert not consistent(second, first, old, new, proof)
    assert not consistent(-1, second, old, new, proof)
    for other in {first - 1, first + 1} - {0, second}:
        assert not consistent(other, second, old, new, proof)
    for place in range(len(proof)):
        assert not consistent(first, second, old, new, proof[:place] + proof[place + 1 :])
        changed = [*proof[:place], EMPTY_ROOT, *proof[place + 1 :]]
        assert not consistent(first, second, old, new, changed)


def test_trees_without_a_proof_between_them() -> None:
    """Every tree begins with the empty one, and with itself: there is nothing to prove."""
    tree = _tree(_LEAVES)
    assert tree.consistency(0) == tree.consistency(0, 7) == tree.consistency(7, 7) == ()
    root = _RFC.root(7)
    assert consistent(0, 7, EMPTY_ROOT, root, [])
    assert consistent(7, 7, root, root, [])
    assert not consistent(0, 7, root, root, [])
    assert not consistent(0, 7, EMPTY_ROOT, root, [root])
    assert not consistent(7, 7, root, EMPTY_ROOT, [])
    assert not consistent(7, 7, root, root, [root])


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("root", (9,)),
        ("root", (-1,)),
        ("inclusion", (8,)),
        ("inclusion", (-1,)),
        ("inclusion", (3, 3)),
        ("inclusion", (0, 9)),
        ("consistency", (3, 2)),
        ("consistency", (-1,)),
    ],
)
def test_what_is_not_in_a_tree_cannot_be_asked_of_it(what: str, asked: tuple[int, ...]) -> None:
    """Leaves and sizes beyond the tree are refused, not guessed at."""
    with pytest.raises(IndexError, match=r"^(leaf|size) -?\d of \d$"):
        getattr(_tree(_LEAVES[:8]), what)(*asked)
