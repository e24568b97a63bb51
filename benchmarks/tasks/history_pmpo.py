"""The ten signals in each of many weekly periods with PMPO: one statement, and hashing.

Arguments: the folder of `benchmarks.data`, the number of periods, the number of threads.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.process import Stopwatch, say
from benchmarks.tasks.signals_pmpo import MOMENTS, opened
from pmpo.evaluate.history import answered, question
from pmpo.model.time import Duration
from pmpo.store.engine.duckdb import DuckDB


def main(office: str, periods: str, threads: str) -> None:
    """Measure, and say what was found."""
    charter, relations = opened(Path(office))
    schemas = {name: relation.schema for name, relation in relations.items()}
    watch = Stopwatch()
    with watch("compile"):
        asked = question(charter, schemas, MOMENTS, int(periods), Duration.parse("1 week"))
    with watch("all"), DuckDB(relations, threads=int(threads)) as engine:
        history = answered(asked, engine)
    say(
        hash=history.hash,
        rows=history.data.num_rows,
        apart=len(history.apart),
        **watch.parts,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
