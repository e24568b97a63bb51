"""The ledger: append many entries, prove one, verify all of them; beside plain hashing.

Argument: how many entries.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from benchmarks.process import Stopwatch, say
from pmpo.model.entry import Actor, Entry
from pmpo.store.ledger.office_ledger import open_ledger
from pmpo.store.ledger.tree import EMPTY_ROOT, TILE_WIDTH, leaf_hash, node_hash, perfect_root
from pmpo.store.ledger.verify import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pmpo.store.ledger.log import Ledger

_BATCH = 1000
_ROUNDS = 5
"""How often the log is verified; medians are told."""
_START = datetime(2026, 1, 5, tzinfo=UTC)


def _entry(number: int) -> Entry:
    body = {
        "evaluation": "ev-0123456789ab",
        "unit": f"GROCERY/{number}",
        "verdict": "accept",
        "because": "it grows without being given away",
    }
    moment = _START + timedelta(seconds=number)
    return Entry(f"e-{number:032x}", "Decided", "range-review", moment, Actor("anna"), body)


def _leaves(ledger: Ledger) -> Sequence[bytes]:
    """Every leaf, by the database's own driver: the fastest way to read them."""
    with ledger.database.reading() as connection:
        cursor = connection.execute(text("SELECT leaf FROM entries ORDER BY position")).cursor
        assert cursor is not None
        return [leaf for (leaf,) in cursor.fetchall()]


def _root(leaves: Sequence[bytes]) -> bytes:
    """The root by the fewest steps: every leaf, then every pair."""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    root = EMPTY_ROOT
    full = len(hashes) - len(hashes) % TILE_WIDTH
    for at in range(0, full, TILE_WIDTH):
        root = node_hash(root, perfect_root(hashes[at : at + TILE_WIDTH]))
    return root


def _verified(ledger: Ledger) -> dict[str, float]:
    """What verifying takes, and beside it reading the leaves and hashing them in memory."""
    watch = Stopwatch()
    with watch("read"):
        leaves = _leaves(ledger)
    with watch("hash"):
        _root(leaves)
    del leaves
    with watch("verify"):
        found = verify(ledger)
    assert found.sound, found.findings
    parts = watch.parts
    ratios = {
        f"verify_beside_hashing_{kind}": parts[f"verify_{kind}_s"] / parts[f"hash_{kind}_s"]
        for kind in ("wall", "cpu")
    }
    return parts | ratios


def main(count: str) -> None:
    """Measure in a folder that is thrown away."""
    watch = Stopwatch()
    size = int(count)
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(Path(folder), create=True)
        with watch("append"):
            for start in range(0, size, _BATCH):
                ledger.append(_entry(n) for n in range(start, min(start + _BATCH, size)))
        proofs = []
        for number in range(0, size, max(1, size // 100)):
            began = time.process_time()
            ledger.inclusion(number)
            proofs.append(time.process_time() - began)
        rounds = [_verified(ledger) for _ in range(_ROUNDS)]
        stored = (Path(folder) / "ledger" / "ledger.db").stat().st_size
    say(
        entries=size,
        bytes_per_entry=stored / size,
        proof_cpu_ms=statistics.median(proofs) * 1000,
        proof_slowest_cpu_ms=max(proofs) * 1000,
        appends_per_cpu_s=size / watch.parts["append_cpu_s"],
        appends_per_s=size / watch.parts["append_wall_s"],
        **watch.parts,
        **{name: statistics.median(parts[name] for parts in rounds) for name in rounds[0]},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
