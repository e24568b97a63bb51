from __future__ import annotations

import pytest

from pmpo.store.ledger import tree, tree_rows, walk


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of 4 instead of 256, so that 75 entries have tiles of three levels in five blocks."""
    for module in (tree, tree_rows, walk):
        monkeypatch.setattr(module, "TILE_WIDTH", 4)
    for module in (tree, tree_rows):
        monkeypatch.setattr(module, "TILE_BITS", 2)
    monkeypatch.setattr(walk, "BLOCK", 16)
