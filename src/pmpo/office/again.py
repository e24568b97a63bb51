"""What a stored evaluation was made of, put together again: charter, rows, prior."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pmpo.charter.load import loads
from pmpo.compile.cuts import Moments
from pmpo.diagnostics import CharterError, Diagnostic, PmpoError, StoreError, stop
from pmpo.evaluate.measure import compiled, measure, table_hash
from pmpo.evaluate.record import Record, read_record
from pmpo.model.calendars import Calendar
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import Table
from pmpo.office.sources import schemas_of
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.layout import Store
from pmpo.store.readers import Relation
from pmpo.store.snapshot import restore


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that an evaluation was measured on.

    Args:
        relations: by source, those that are still what they were.
        lost: what is gone or another; nothing can be measured again then.
    """

    relations: dict[str, Relation]
    lost: tuple[Diagnostic, ...]


def charter_of(record: Record) -> Charter:
    """The charter of a stored evaluation, in the calendars that it was measured by.

    Raises: CharterError: its text is not one for this version.
    """
    loaded = loads(record.charter_text, f"{record.evaluation.id}/charter.yaml")
    if loaded.charter is None:
        raise CharterError(loaded.findings)
    return replace(loaded.charter, calendars=calendars_of(record.evaluation))


def calendars_of(stored: Evaluation) -> dict[str, Calendar]:
    """The office's calendars as they were, as far as they changed a number."""
    told = stored.table.calendars
    return {name: Calendar.from_json(name, one) for name, one in told.items()}


def rows_read_for(record: Record, store: Store, folder: Path) -> Rows:
    """The rows that a stored evaluation was measured on, by hash."""
    relations, lost = restore(record.manifest["snapshot"], store.objects, folder)
    return Rows(relations, tuple(lost))


def moments_of(stored: Evaluation) -> Moments:
    """The question of a stored evaluation."""
    return Moments(stored.as_of, stored.known_by)


def measured(
    charter: Charter, relations: dict[str, Relation], moments: Moments, threads: int | None
) -> Table:
    """Measure a charter on rows that were read before.

    Raises: CharterError, DataError.
    """
    schemas = schemas_of(relations)
    plan = compiled(charter, schemas, moments)
    with DuckDB(relations, threads=threads, aggregates=plan.atoms) as engine:
        return measure(charter, schemas, engine, moments)


def checked(stored: Table) -> Table:
    """A stored table, which must be the one that the evaluation is named by.

    Raises: StoreError `store/damaged`.
    """
    actual = table_hash(stored.data, stored.grades)
    if actual == stored.hash:
        return stored
    raise stop(
        "store/damaged",
        f"the stored table is {actual}, and the evaluation rests on {stored.hash}",
        help="restore the folder `.pmpo` from a backup",
        error=StoreError,
    )


def prior_of_stored(store: Store, stored: Evaluation) -> Evaluation | None:
    """The evaluation that a stored one builds on.

    Raises: StoreError `replay/prior`.
    """
    id = stored.identity["prior"]
    if id is None:
        return None
    try:
        return read_record(store.evaluations.load(id)).evaluation
    except PmpoError as error:
        raise stop(
            "replay/prior",
            f"{stored.id} builds on {id}, which cannot be read",
            note=_first(error.findings),
            help="restore its folder from a backup, or run the program as of its moment again",
            error=StoreError,
        ) from error


def _first(findings: Iterable[Diagnostic]) -> str:
    return next((finding.message for finding in findings), "")
