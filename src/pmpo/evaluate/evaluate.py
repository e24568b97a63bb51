"""The pure heart: a charter and a table make an evaluation. No clock, no files, no chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pmpo.compile import types
from pmpo.compile.types import Type
from pmpo.evaluate.quality import GRADES
from pmpo.evaluate.score import MEASURED, Scoring, score_sql
from pmpo.model.canonical import hash_json, hash_table
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import Table
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
        prior: the last recorded evaluation; part of the identity. Nothing in this version of the
            charter language reads it yet.
        waivers: other policies for missing signals; those that have expired by the day of the
            table's `as_of` change nothing.
        threads: changes the speed, never the result.
    Raises: CharterError: the scope does not compile on this table.
    """
    day = table.as_of.astimezone(zone(charter.zone_name)).date()
    holding = in_force(waivers, day)
    scoring = Scoring(
        charter,
        waivers=holding,
        columns=column_types(table.data),
        grades={name: GRADES.index(grade.grade) for name, grade in table.grades.items()},
        day=day,
    )
    with DuckDB({}, threads=threads) as engine:
        engine.register(MEASURED, table.data)
        results = engine.query(score_sql(scoring)).combine_chunks()
    identity = {
        "edition": charter.edition,
        "charter": charter.logic_hash,
        "as_of": utc_text(table.as_of),
        "known_by": utc_text(table.known_by),
        "table": table.hash,
        "prior": prior.id if prior is not None else None,
        "waivers": hash_json([waiver.as_json() for waiver in holding]),
        "calendar": hash_json({}),
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
        waivers=holding,
    )


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
