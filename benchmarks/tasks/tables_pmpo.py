"""The decision table with PMPO: the statement it is compiled to, from Parquet to an Arrow table.

Arguments: how many rows, the file for the result, the number of threads, `rule` for outcome and
rule, or `hits` for one bit per rule that holds beside them.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.process import Stopwatch, say
from benchmarks.table import EARNINGS, INPUTS, PRICES, RULES, rows_of
from pmpo import sql
from pmpo.compile.context import Step
from pmpo.compile.expressions import rounded
from pmpo.compile.plan import statement
from pmpo.model.charter import DecisionTable, OutputColumn, Rule, Source
from pmpo.rules.decision import Decision, read_table
from pmpo.rules.domains import Domain
from pmpo.rules.tables import TableSql
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.readers import resolve

DOMAINS = {
    "growth": Domain("number", precision=4),
    "cover": Domain("number", precision=4),
    "price": Domain("label", labels=PRICES),
    "earning": Domain("label", labels=EARNINGS),
}


def decision_of(hit: str) -> Decision:
    """The table as it would stand in a charter."""
    rules = tuple(Rule(id=rule, when=when, then=(do,)) for rule, when, do in RULES)
    outputs = (OutputColumn(name="do"),)
    table = DecisionTable(name="action", inputs=INPUTS, outputs=outputs, rules=rules)
    decision, faults = read_table(table, DOMAINS, {})
    assert decision is not None, faults
    return replace(decision, hit=hit)


def statement_of(way: str) -> str:
    """Numbers made finite and rounded, then the pick, and where asked for the bits."""
    inputs = {
        name: rounded(sql.finite(sql.column(name)), domain.precision or 0)
        if domain.kind == "number"
        else sql.column(name)
        for name, domain in DOMAINS.items()
    }
    # ANY needs every bit; UNIQUE is proved to have no overlap, and needs none
    compiled = TableSql(decision_of("ANY" if way == "hits" else "UNIQUE"), inputs, {}, {})
    steps = [Step(*step) for step in compiled.steps("rows")][:-1]
    # a byte is enough for the pick of ten rules, and is what an Arrow dictionary takes as it is
    columns = [sql.named(sql.cast(compiled.picked, "tinyint"), "pick")]
    if way == "hits":
        columns.append(sql.column(f"{compiled.prefix}hits_1"))
    return statement(steps, sql.select(columns, sql.table(steps[-1].name)), "duckdb")


def named(picks: pa.Table) -> pa.Table:
    """Rule and outcome as texts, which Arrow keeps once each; the bits as they are."""
    index = pc.subtract(picks["pick"].combine_chunks(), pa.scalar(1, pa.int8()))
    rules, outcomes = [rule for rule, _, _ in RULES], [do for *_, do in RULES]
    told = {
        "rule": pa.DictionaryArray.from_arrays(index, rules),
        "do": pa.DictionaryArray.from_arrays(index, outcomes),
    }
    return pa.table(told | {name: picks[name] for name in picks.column_names[1:]})


def main(rows: str, result: str, threads: str, way: str) -> None:
    """Decide every row."""
    path = rows_of(int(rows))
    source = Source(name="rows", from_=path.name, mode="snapshot")
    relations = {"rows": resolve(source, path.parent)}
    named(pa.table({"pick": pa.array([1], pa.int8())}))  # what starts once is not timed for anyone
    watch = Stopwatch()
    with watch("all"), DuckDB(relations, threads=int(threads)) as engine:
        found = named(engine.query(statement_of(way)))
    pq.write_table(found.select(["rule", "do"]), result)
    say(rows=found.num_rows, **watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
