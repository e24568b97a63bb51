"""Measuring: the one step with effects, from files to a table with one row per unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pmpo.compile.cuts import Moments
from pmpo.compile.plan import Plan, Schemas, compile_plan
from pmpo.compile.shared_checks import share_checks
from pmpo.diagnostics import CharterError, DataError, has_errors, stop
from pmpo.evaluate.moments import earlier_boundary
from pmpo.evaluate.quality import Inspection, inspect, judged
from pmpo.evaluate.tables import read_tables
from pmpo.model.canonical import hash_json, hash_table
from pmpo.model.charter import Charter
from pmpo.model.table import HELD, KEY, SIGNAL, SourceGrade, Table
from pmpo.model.time import Duration
from pmpo.store.engine import Engine

if TYPE_CHECKING:
    import pyarrow as pa


def measure(charter: Charter, schemas: Schemas, engine: Engine, moments: Moments) -> Table:
    """Measure every signal of a charter for every unit.

    Args:
        schemas: the columns of each source, as `pmpo.store.readers.Relation.schema` gives them.
        engine: where a relation stands under each source's name.
        moments: as of when, and what was known by when.
    Raises:
        CharterError: the formulas do not compile.
        DataError: a source check failed, a source is empty, or the engine refused.
    """
    table, _ = measure_inspected(charter, schemas, engine, moments)
    return table


def measure_inspected(
    charter: Charter, schemas: Schemas, engine: Engine, moments: Moments
) -> tuple[Table, Inspection]:
    """Like `measure`, with what the source checks found."""
    plan = compiled(charter, schemas, moments)
    moments = plan.moments
    found, inspection = _measured(plan, engine)
    data = with_ages(plan.signals, found)
    if data.num_rows == 0:
        raise stop(
            "unit/none",
            f"source `{charter.unit.source}` names no {charter.unit.name}",
            note=f"no row has all of {', '.join(charter.unit.key)}",
            help="look at the unit's `source` and `key`",
        )
    data = _hold(charter, schemas, engine, plan, data)
    return _table(charter, plan, data, _signal_grades(plan, inspection), moments), inspection


# Faults of a measurement that a broken check may explain.
_OF_ROWS: Final = ("engine/conversion", "engine/overflow")


def _measured(plan: Plan, engine: Engine) -> tuple[pa.Table, Inspection]:
    """Measure a plan whose source checks pass.

    Counts that the measurement gives away are taken from it. Whenever something is wrong, all
    checks are asked again, so that every finding is reported, and before any fault that follows.
    """
    checks = share_checks(plan)
    early = engine.query(checks.sql_before()).to_pylist()[0]
    if has_errors(judged(plan, checks.before, early).findings):
        raise DataError(inspect(plan, engine).findings)
    try:
        data = engine.query(checks.sql())
    except DataError as error:
        if error.findings[0].code in _OF_ROWS:
            _passing(inspect(plan, engine))
        raise
    if not data.num_rows:
        return data.select(plan.columns), _passing(inspect(plan, engine))
    late = data.slice(0, 1).select([probe.name for probe in checks.shared]).to_pylist()[0]
    inspection = judged(plan, checks.checks.probes, {**early, **late})
    return data.select(plan.columns), _passing(inspection)


def _passing(inspection: Inspection) -> Inspection:
    if has_errors(inspection.findings):
        raise DataError(inspection.findings)
    return inspection


def compiled(charter: Charter, schemas: Schemas, moments: Moments) -> Plan:
    """The DuckDB plan of a charter; raises CharterError with all findings of formulas and cells."""
    plan = compile_plan(charter, schemas, moments)
    findings = (*plan.findings, *read_tables(charter, plan.types).findings)
    if has_errors(findings):
        raise CharterError(findings)
    return plan


def _table(
    charter: Charter,
    plan: Plan,
    data: pa.Table,
    grades: Mapping[str, SourceGrade],
    moments: Moments,
) -> Table:
    return Table(
        key=charter.unit.key,
        attributes=plan.attributes,
        signals=plan.signals,
        data=data,
        hash=table_hash(data, grades),
        as_of=moments.as_of,
        known_by=moments.known_by,
        grades=grades,
        calendars={name: charter.calendars[name].as_json() for name in sorted(plan.calendars)},
    )


def table_hash(data: pa.Table, grades: Mapping[str, SourceGrade]) -> str:
    """The name of what was measured: its rows, and how far they can be trusted."""
    letters = {name: grade.grade for name, grade in grades.items()}
    return hash_json({"rows": hash_table(data), "grades": letters})


def _signal_grades(plan: Plan, inspection: Inspection) -> dict[str, SourceGrade]:
    """For each signal the worst grade among the sources it rests on, with all reasons."""
    grades = {}
    for name in plan.signals:
        facts = [inspection.facts[s] for s in plan.sources_of(name) if s in inspection.facts]
        grades[name] = SourceGrade(
            max((fact.grade.grade for fact in facts), default="A"),
            tuple(reason for fact in facts for reason in fact.grade.reasons),
        )
    return grades


def with_ages(signals: Sequence[str], data: pa.Table) -> pa.Table:
    """Add for each signal how many refresh periods old its value is: 0, or null when missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # A Python value that becomes an Arrow one makes Arrow import pandas where that is installed,
    # which takes longer than all the rest of this.
    none = pa.nulls(data.num_rows, pa.int32())
    for name in signals:
        present = pc.is_valid(data[SIGNAL + name])
        same = present.cast(pa.int32())
        data = data.append_column(HELD + name, pc.if_else(present, pc.subtract(same, same), none))
    return data.combine_chunks()


# Hold -------------------------------------------------------------------------------------


def _hold(
    charter: Charter, schemas: Schemas, engine: Engine, now: Plan, data: pa.Table
) -> pa.Table:
    """Fill signals under `hold` with the newest earlier measurement inside their `max_age`.

    Each is measured again as of an earlier refresh boundary, under that moment's own cuts.
    """
    moments, step = now.moments, 1
    while waiting := _waiting(charter, data, moments, step):
        earlier = moments.shifted(earlier_boundary(charter, moments.as_of, step))
        plan = compile_plan(charter, schemas, earlier, only=waiting, also_read=now.used)
        data = filled(data, engine.query(plan.sql()), waiting, step, charter.unit.key)
        step += 1
    return data


def _waiting(charter: Charter, data: pa.Table, moments: Moments, step: int) -> list[str]:
    """The held signals that still miss a unit and reach back far enough."""
    boundary = earlier_boundary(charter, moments.as_of, step)
    return [
        name
        for name, signal in charter.signals.items()
        if signal.missing.policy == "hold"
        and reaches(signal.missing.max_age, moments.as_of, boundary)
        and data[SIGNAL + name].null_count
    ]


def reaches(max_age: Duration | None, as_of: datetime, boundary: datetime) -> bool:
    """Whether what was measured as of a boundary may still be held."""
    return max_age is not None and boundary >= max_age.before(as_of)


def filled(
    data: pa.Table, earlier: pa.Table, names: list[str], step: int, key: tuple[str, ...]
) -> pa.Table:
    """Take what is missing in `data` from an earlier measurement of the same units."""
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = [KEY + part for part in key]
    position = pa.array(range(data.num_rows), pa.int64())
    joined = (
        data.select(keys)
        .append_column("position", position)
        .join(earlier.select([*keys, *(SIGNAL + name for name in names)]), keys)
        .sort_by("position")
    )
    for name in names:
        now, then = data[SIGNAL + name], joined[SIGNAL + name]
        fill = pc.and_(pc.is_null(now), pc.is_valid(then))
        age = pc.if_else(fill, pa.scalar(step, pa.int32()), data[HELD + name])
        data = _replaced(data, SIGNAL + name, pc.coalesce(now, then))
        data = _replaced(data, HELD + name, age)
    return data.combine_chunks()


def _replaced(data: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return data.set_column(data.schema.get_field_index(name), name, column)
