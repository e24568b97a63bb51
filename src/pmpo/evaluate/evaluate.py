"""The pure heart: a charter and a table make an evaluation. No clock, no files, no chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pmpo.compile import types
from pmpo.compile.types import Type
from pmpo.evaluate.carrying import PRIOR
from pmpo.evaluate.quality import GRADES
from pmpo.evaluate.score import MEASURED, Scoring, score_sql
from pmpo.evaluate.state import Remembered, definitions, remembered, uses_prior
from pmpo.model.canonical import hash_json, hash_table
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import KEY, Table
from pmpo.model.time import utc_text, zone
from pmpo.model.waiver import Waiver, in_force
from pmpo.store.engine.duckdb import DuckDB

if TYPE_CHECKING:
    import pyarrow as pa


def evaluate(
    charter: Charter,
    table: Table,
    prior: Evaluation | None = None,
    waivers: Sequence[Waiver] = (),
    *,
    threads: int | None = None,
) -> Evaluation:
    """Evaluate a measured table under a charter.

    Args:
        prior: the last recorded evaluation of the program with an earlier `as_of`. It is read by
            bands with `hysteresis` or `dwell` and by inputs of tables that carry their last value,
            and is part of the identity where there is one.
        waivers: other policies for missing signals; those that have expired by the day of the
            table's `as_of` change nothing.
        threads: changes the speed, never the result.
    Raises:
        CharterError: the scope does not compile on this table.
        DataError `evaluation/prior`: the prior is not an earlier one of this program.
    """
    columns = column_types(table.data)
    before = remembered(charter, table, columns, prior)
    scoring = _scoring(charter, table, before, waivers)
    with DuckDB({}, threads=threads) as engine:
        _register(engine, table, before)
        results = _results(engine, scoring, table)
    identity = {
        "edition": charter.edition,
        "charter": charter.logic_hash,
        "as_of": utc_text(table.as_of),
        "known_by": utc_text(table.known_by),
        "table": table.hash,
        "prior": prior.id if prior is not None and uses_prior(charter) else None,
        "waivers": hash_json([waiver.as_json() for waiver in scoring.waivers]),
        "calendar": hash_json(dict(table.calendars)),
    }
    return Evaluation(
        id="ev-" + hash_json(identity).removeprefix("sha256:")[:12],
        program=charter.program,
        identity=identity,
        as_of=table.as_of,
        known_by=table.known_by,
        table=table,
        results=results,
        result_hash=hash_table(results),
        waivers=tuple(scoring.waivers),
        states=definitions(charter, columns),
    )


def tried(
    charter: Charter,
    table: Table,
    prior: Evaluation | None,
    waivers: Sequence[Waiver],
    number: str,
) -> pa.Table:
    """Results of rows that are tries, several of which may be of one unit; nothing is ranked.

    Args:
        table: rows that `evaluate` would take, were their keys unique.
        number: the column that numbers them; it is kept, and the rows come in its order.
    """
    before = remembered(charter, table, column_types(table.data), prior)
    scoring = replace(_scoring(charter, table, before, waivers), carried=(number,))
    with DuckDB({}, threads=1) as engine:
        _register(engine, table, before)
        return engine.query(score_sql(scoring, sorted_rows=False)).sort_by(number)


def _scoring(
    charter: Charter, table: Table, before: Remembered, waivers: Sequence[Waiver]
) -> Scoring:
    """What the statement needs to know; only waivers that still hold are part of it."""
    day = table.as_of.astimezone(zone(charter.zone_name)).date()
    return Scoring(
        charter,
        waivers=in_force(waivers, day),
        columns=column_types(table.data),
        grades={name: GRADES.index(grade.grade) for name, grade in table.grades.items()},
        as_of=table.as_of,
        remembered=before,
    )


def _register(engine: DuckDB, table: Table, before: Remembered) -> None:
    engine.register(MEASURED, table.data)
    if before.data is not None:
        engine.register(PRIOR, before.data)


def _results(engine: DuckDB, scoring: Scoring, table: Table) -> pa.Table:
    """One row per unit in the order of the table, with ranks by score and then by that order.

    The engine keeps the order of rows on which it only computes. Ranking the one column of scores
    then costs a tenth of sorting whole rows by score and back by key, which is what the engine
    does in one statement, and what it is asked for should the order have changed, as a join with
    the prior changes it.
    """
    if scoring.remembered.columns:
        return engine.query(score_sql(scoring))
    rows = engine.query(score_sql(scoring, sorted_rows=False))
    keys = [KEY + name for name in table.key]
    if not rows.select(keys).equals(table.data.select(keys)):
        return engine.query(score_sql(scoring))
    return with_ranks(rows)


def with_ranks(rows: pa.Table) -> pa.Table:
    """Put ranks where the scores as whole numbers are: best first, of equals the earlier row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    score = rows["rank"].combine_chunks()
    place = pc.rank(score, sort_keys="descending", tiebreaker="first").cast(pa.int64())
    rank = pc.if_else(pc.is_valid(score), place, pa.nulls(len(score), pa.int64()))
    return rows.set_column(rows.schema.get_field_index("rank"), "rank", rank)


def column_types(data: pa.Table) -> dict[str, Type]:
    """The types of an Arrow table's columns as formulas see them."""
    import pyarrow as pa

    def kind(of: pa.DataType) -> Type:
        if pa.types.is_decimal(of):
            return Type("exact", of.precision, of.scale)
        if pa.types.is_integer(of):
            return types.INTEGER
        if pa.types.is_floating(of):
            return types.REAL
        if pa.types.is_boolean(of):
            return types.BOOLEAN
        if pa.types.is_date(of):
            return types.DATE
        return types.TIMESTAMP if pa.types.is_timestamp(of) else types.TEXT

    return {field.name: kind(field.type) for field in data.schema}
