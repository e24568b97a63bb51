"""Ten signals with PMPO: source checks, one statement with the spine, and hashing, as a run does.

Arguments: the folder of `benchmarks.data`, the file for the result, the number of threads.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.process import Stopwatch, say
from pmpo.charter.load import load
from pmpo.compile.cuts import Moments
from pmpo.evaluate.measure import compiled, measure_inspected
from pmpo.model.charter import Charter
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.readers import Relation, resolve

CHARTER = Path(__file__).parents[1] / "charter.yaml"
MOMENTS = Moments.at(datetime(2025, 12, 29, tzinfo=UTC))


def opened(office: Path) -> tuple[Charter, dict[str, Relation]]:
    """The charter and the files that it names."""
    charter = load(CHARTER).charter
    assert charter is not None
    return charter, {name: resolve(one, office) for name, one in charter.sources.items()}


def main(office: str, result: str, threads: str) -> None:
    """Measure, and say what was found."""
    charter, relations = opened(Path(office))
    schemas = {name: relation.schema for name, relation in relations.items()}
    watch = Stopwatch()
    with watch("all"):
        atoms = compiled(charter, schemas, MOMENTS).atoms
        with DuckDB(relations, threads=int(threads), aggregates=atoms) as engine:
            table, inspection = measure_inspected(charter, schemas, engine, MOMENTS)
    pq.write_table(table.data, result)
    facts = inspection.facts["sales"]
    say(hash=table.hash, rows=facts.rows, orphans=facts.orphans, **watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
