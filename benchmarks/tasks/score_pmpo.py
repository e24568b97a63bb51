"""Score and rank with PMPO: value functions, weights, points, ranks, reasons and their hash.

Arguments: how many units, the file for the result, the number of threads.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from benchmarks.decisions import CRITERIA, WEIGHTS, matrix
from benchmarks.process import Stopwatch, say
from pmpo.charter.load import loads
from pmpo.evaluate import evaluate
from pmpo.model.canonical import hash_table
from pmpo.model.charter import Charter
from pmpo.model.table import HELD, KEY, SIGNAL, Table

HEAD = """\
charter: 1
program: score
purpose: {statement: See how long score and rank take.}
owner: benchmarks
refresh: {every: 1 week}
tz: UTC
unit: {name: unit, source: units, key: [unit]}
sources:
  units: {from: units.parquet, mode: snapshot, key: [unit]}
"""
SIGNAL_TEXT = """\
  c{number}:
    formula: MAX(value_{number})
    source: units
    unit: ratio
    precision: 4
    better: higher
    value: {{0: 0, 1: 100}}
    missing: {{policy: exclude, because: No value.}}
"""


def charter() -> Charter:
    """A weighted sum of eight criteria."""
    weights = ", ".join(f"c{number}: {weight}" for number, weight in enumerate(WEIGHTS))
    text = HEAD + f"axes: {{all: {{weight: 100, signals: {{{weights}}}}}}}\nsignals:\n"
    text += "".join(SIGNAL_TEXT.format(number=number) for number in range(CRITERIA))
    loaded = loads(text, "charter.yaml")
    assert loaded.charter is not None, loaded.findings
    return loaded.charter


def table(units: int) -> Table:
    """A measured table, as `measure` hands it over."""
    values = matrix(units)
    columns: dict[str, pa.Array] = {f"{KEY}unit": pa.array([f"{unit:07}" for unit in range(units)])}
    for number in range(CRITERIA):
        columns[f"{SIGNAL}c{number}"] = pa.array(values[:, number])
    for number in range(CRITERIA):
        columns[f"{HELD}c{number}"] = pa.array(np.zeros(units, np.int32))
    data = pa.table(columns)
    now = datetime(2025, 12, 29, tzinfo=UTC)
    names = tuple(f"c{number}" for number in range(CRITERIA))
    return Table(("unit",), (), names, data, hash_table(data), now, now)


def main(units: str, result: str, threads: str) -> None:
    """Evaluate, and write scores and ranks in the order of the units."""
    program, measured = charter(), table(int(units))
    evaluate(program, table(10), threads=int(threads))
    watch = Stopwatch()
    with watch("all"):
        evaluation = evaluate(program, measured, threads=int(threads))
    score = evaluation.results["score"].cast(pa.float64()).to_numpy() / 100
    np.savez(result, score=score, rank=evaluation.results["rank"].to_numpy())
    say(result=evaluation.result_hash, **watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
