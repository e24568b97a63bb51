"""The decision table with zen-engine, whose rules engine is written in Rust.

Arguments: how many rows all others decide, how many of the first this one does, the file for the
result, `one` for one call per row or `batch` for its batch.

The decision is compiled once, as its documentation advises; rows are Python dicts before the clock
starts, since that is what the engine takes.
"""

from __future__ import annotations

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import zen

from benchmarks.process import Stopwatch, say
from benchmarks.table import INPUTS, RULES, rows_of

KEY = "action"


def model() -> str:
    """The table as a JSON decision model: one table between its input and its output."""
    inputs = [{"id": name, "name": name, "field": name} for name in INPUTS]
    outputs = [{"id": name, "name": name, "field": name} for name in ("rule", "do")]
    rules = [
        {
            "_id": rule,
            **{name: "" if cell == "-" else cell for name, cell in zip(INPUTS, when, strict=True)},
            "rule": f'"{rule}"',
            "do": f'"{do}"',
        }
        for rule, when, do in RULES
    ]
    place = {"position": {"x": 0, "y": 0}}
    content = {"hitPolicy": "first", "inputs": inputs, "outputs": outputs, "rules": rules}
    return json.dumps(
        {
            "contentType": "application/vnd.gorules.decision",
            "nodes": [
                {"id": "in", "name": "in", "type": "inputNode", **place},
                {"id": KEY, "name": KEY, "type": "decisionTableNode", **place, "content": content},
                {"id": "out", "name": "out", "type": "outputNode", **place},
            ],
            "edges": [
                {"id": "1", "sourceId": "in", "targetId": KEY, "type": "edge"},
                {"id": "2", "sourceId": KEY, "targetId": "out", "type": "edge"},
            ],
        }
    )


def main(all_rows: str, count: str, result: str, way: str) -> None:
    """Decide the first `count` rows."""
    content = zen.ZenDecisionContent(model())
    engine = zen.ZenEngine({"loader": lambda _key: content})
    rows = pq.read_table(rows_of(int(all_rows))).slice(0, int(count)).to_pylist()
    engine.evaluate(KEY, rows[0])
    watch = Stopwatch()
    if way == "one":
        with watch("all"):
            found = [engine.evaluate(KEY, row)["result"] for row in rows]
    else:
        requests = [{"key": KEY, "context": row} for row in rows]
        with watch("all"):
            found = [one["data"]["result"] for one in engine.evaluate_batch(requests)]
    table = pa.table({name: [row[name] for row in found] for name in ("rule", "do")})
    pq.write_table(table, result)
    say(rows=len(found), **watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
