"""What the tests of the ledger share: entries, ledgers, and RFC 6962 written down once more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from pmpo.model.entry import Actor, Entry
from pmpo.store.ledger.office_ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pmpo.store.ledger.log import Ledger

_START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def entry(number: int, *, kind: str = "Noted", program: str | None = "range-review") -> Entry:
    """One of many entries, told apart by their numbers."""
    moment = _START + timedelta(seconds=number)
    return Entry(f"e-{number}", kind, program, moment, Actor("anna"), {"number": number})


def new_ledger(folder: Path, count: int = 0) -> Ledger:
    """A new ledger in the store `folder` with `count` entries."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = open_ledger(folder, create=True)
    ledger.append(map(entry, range(count)))
    return ledger


# RFC 6962 as its text defines it, recursively: section 2.1, 2.1.1 and 2.1.2 -----------------


def mth(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash over the hashes of leaves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = _split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The audit path of leaf `m`."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The consistency proof between the first `m` leaves and all of them."""
    return _subproof(m, leaves, known=True)


def _subproof(m: int, leaves: Sequence[bytes], *, known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = _split(len(leaves))
    if m <= k:
        return [*_subproof(m, leaves[:k], known=known), mth(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], known=False), mth(leaves[:k])]


def _split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k
