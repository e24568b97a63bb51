"""The data that a charter names, as it can be seen from the office's folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pmpo.compile.cuts import Moments
from pmpo.compile.plan import Plan, Schemas
from pmpo.diagnostics import DataError, Diagnostic, PmpoError
from pmpo.evaluate.measure import compiled
from pmpo.evaluate.moments import moments_from
from pmpo.model.charter import Charter
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.layout import Store
from pmpo.store.readers import Relation, resolve
from pmpo.store.snapshot import Snapshot, capture

ANY_MOMENT: Final = Moments.at(datetime(2000, 1, 3, tzinfo=UTC))
"""A moment to compile for where none is asked for yet, such as to find which columns are read."""


def relations_of(charter: Charter, folder: Path) -> tuple[dict[str, Relation], list[Diagnostic]]:
    """The sources that can be seen, and findings about those that cannot."""
    found: dict[str, Relation] = {}
    findings: list[Diagnostic] = []
    for name, source in charter.sources.items():
        try:
            found[name] = resolve(source, folder)
        except PmpoError as error:
            findings += [_placed(charter, name, finding) for finding in error.findings]
    return found, findings


def visible_schemas(charter: Charter, folder: Path) -> tuple[Schemas, list[Diagnostic]]:
    """The columns of each source, None for one that cannot be seen, and findings about those."""
    relations, unseen = relations_of(charter, folder)
    seen: dict[str, Mapping[str, str] | None] = dict.fromkeys(charter.sources)
    return {**seen, **schemas_of(relations)}, unseen


def all_relations(charter: Charter, folder: Path) -> dict[str, Relation]:
    """Every source of a charter.

    Raises: DataError: with a finding for each that cannot be seen.
    """
    relations, findings = relations_of(charter, folder)
    if findings:
        raise DataError(findings)
    return relations


def schemas_of(relations: Mapping[str, Relation]) -> dict[str, Mapping[str, str]]:
    """The columns of each source with their types."""
    return {name: relation.schema for name, relation in relations.items()}


def moments_of(
    charter: Charter, relations: Mapping[str, Relation], as_of: str | None, known_by: str | None
) -> Moments:
    """Both cuts that somebody asks for, or what a charter takes from its data."""
    plan = compiled(charter, schemas_of(relations), ANY_MOMENT)
    with DuckDB(relations) as engine:
        return moments_from(charter, plan, engine, as_of, known_by)


def snapshot_of(
    charter: Charter, plan: Plan, relations: Mapping[str, Relation], store: Store, folder: Path
) -> Snapshot:
    """Hold still what is about to be read: only sources that the plan uses."""
    read = {step.name for step in plan.steps}
    used = [
        (charter.sources[name], relation)
        for name, relation in relations.items()
        if plan.rows[name].known_name in read
    ]
    return capture(used, plan.reads, store.objects, now=datetime.now(UTC), base=folder.resolve())


def _placed(charter: Charter, source: str, finding: Diagnostic) -> Diagnostic:
    """Give a finding about a source's data the place where the charter names that data."""
    if finding.span is not None:
        return finding
    path = finding.path or f"sources.{source}.from"
    return Diagnostic(
        finding.code,
        finding.severity,
        finding.message,
        span=charter.places.value(path),
        path=path,
        label=finding.label,
        note=finding.note,
        help=finding.help,
    )
