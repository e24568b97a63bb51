"""The same as `history_pmpo`, as one would do without it: the plan of each period, one by one.

Arguments: the folder of `benchmarks.data`, the number of periods, the number of threads.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa

from benchmarks.process import Stopwatch, say
from benchmarks.tasks.signals_pmpo import MOMENTS, opened
from pmpo.compile.plan import compile_plan
from pmpo.evaluate.history import assembled, question
from pmpo.model.history import PERIOD
from pmpo.model.time import Duration
from pmpo.store.engine.duckdb import DuckDB


def main(office: str, periods: str, threads: str) -> None:
    """Measure, and say what was found."""
    charter, relations = opened(Path(office))
    schemas = {name: relation.schema for name, relation in relations.items()}
    asked = question(charter, schemas, MOMENTS, int(periods), Duration.parse("1 week"))
    watch, tables = Stopwatch(), []
    with watch("all"), DuckDB(relations, threads=int(threads)) as engine:
        for number, moments in enumerate(asked.moments):
            table = engine.query(compile_plan(charter, schemas, moments).sql())
            period = pa.repeat(pa.scalar(number, pa.int32()), table.num_rows)
            tables.append(table.add_column(0, PERIOD, period))
        history = assembled(asked, pa.concat_tables(tables[::-1]).combine_chunks())
    say(hash=history.hash, rows=history.data.num_rows, **watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
