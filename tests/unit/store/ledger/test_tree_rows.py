from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo.store.ledger.tree import leaf_hash
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.rfc6962 import Reference
from tests.unit.store.ledger.support import entry, new_ledger

if TYPE_CHECKING:
    from pathlib import Path

_SIZE = 75
_RFC = Reference([leaf_hash(entry(number).leaf()) for number in range(_SIZE)])


@pytest.mark.usefixtures("small_tiles")
def test_proofs_read_tiles_of_every_level(tmp_path: Path) -> None:
    """Proofs from stored tiles of three levels are those that RFC 6962 defines."""
    ledger = new_ledger(tmp_path, 3)
    for start, end in ((3, 4), (4, 9), (9, 63), (63, 64), (64, 65), (65, _SIZE)):
        ledger.append(map(entry, range(start, end)))
    assert ledger.root() == _RFC.root(_SIZE)
    assert verify(ledger).findings == ()
    for index in range(_SIZE):
        assert list(ledger.inclusion(index)) == _RFC.inclusion(index, _SIZE)
        assert list(ledger.consistency(index + 1)) == _RFC.consistency(index + 1, _SIZE)
