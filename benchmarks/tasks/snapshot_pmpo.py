"""What PMPO does to hold sources still: hash files that stay, copy tables that may change.

Arguments: the folder of `benchmarks.data`.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.process import Stopwatch, say
from benchmarks.tasks.signals_pmpo import MOMENTS, opened
from pmpo.evaluate.measure import compiled
from pmpo.store.layout import prepare
from pmpo.store.snapshot import capture


def main(office: str) -> None:
    """Capture both sources into a store that is thrown away."""
    charter, relations = opened(Path(office))
    plan = compiled(charter, {name: one.schema for name, one in relations.items()}, MOMENTS)
    pairs = [(charter.sources[name], relation) for name, relation in relations.items()]
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        store = prepare(Path(folder))
        with watch("all"):
            capture(pairs, plan.reads, store.objects, now=datetime.now(UTC), base=Path(office))
    say(**watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
