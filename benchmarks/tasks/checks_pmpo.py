"""The source checks of PMPO alone, as they are asked where no measurement answers them in passing.

Arguments: the folder of `benchmarks.data`, the number of threads.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.process import Stopwatch, say
from benchmarks.tasks.signals_pmpo import MOMENTS, opened
from pmpo.evaluate.measure import compiled
from pmpo.evaluate.quality import inspect
from pmpo.store.engine.duckdb import DuckDB


def main(office: str, threads: str) -> None:
    """Check the sources and say what it cost."""
    charter, relations = opened(Path(office))
    schemas = {name: relation.schema for name, relation in relations.items()}
    plan = compiled(charter, schemas, MOMENTS)
    watch = Stopwatch()
    with DuckDB(relations, threads=int(threads), aggregates=plan.atoms) as engine, watch("all"):
        inspect(plan, engine)
    say(**watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
