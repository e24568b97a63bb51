"""Counterfactuals: what another charter, or rows known later, would have said.

A stored evaluation is the one side; the other is evaluated on rows that are stored too, and
nothing is written.
"""

from __future__ import annotations

from pathlib import Path

from pmpo.compile.cuts import Moments
from pmpo.diagnostics import DataError, Diagnostic
from pmpo.evaluate.compare import compare
from pmpo.evaluate.evaluate import evaluate
from pmpo.evaluate.record import read_record
from pmpo.evaluate.state import names_in
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.office.again import (
    Rows,
    charter_of,
    checked,
    measured,
    prior_of_stored,
    rows_read_for,
)
from pmpo.office.planning import Planned
from pmpo.store.layout import Store


def replay_with(
    store: Store,
    folder: Path,
    id: str,
    *,
    charter: tuple[str, Charter] | None,
    rows_of: str | None,
    threads: int | None = None,
) -> Planned:
    """What a stored evaluation would have been under another charter, on other rows, or both.

    Where its own rows are lost the stored table is scored, provided that both charters measure the
    same.

    Args:
        charter: what the other charter is called, and the charter; None keeps the stored one.
        rows_of: the evaluation whose rows are measured. The moment stays; what was known is what
            the later of the two knew.
    Raises: CharterError, DataError `replay/not-measurable`, StoreError.
    """
    record = read_record(store.evaluations.load(id))
    stored, old = record.evaluation, charter_of(record)
    named, new = charter if charter is not None else ("its charter", old)
    other = record if rows_of is None else read_record(store.evaluations.load(rows_of))
    rows = rows_read_for(other, store, folder)
    if not rows.lost:
        known_by = max(stored.known_by, other.evaluation.known_by)
        table = measured(new, rows.relations, Moments(stored.as_of, known_by), threads)
    elif rows_of is None and _measures(old) == _measures(new):
        table = checked(stored.table)
    else:
        raise _not_measurable(other.evaluation, rows)
    prior = prior_of_stored(store, stored)
    after = evaluate(new, table, prior, stored.waivers, threads=threads)
    return Planned(
        program=new.program,
        against=id,
        old_charter=old,
        charter=new,
        as_of=stored.as_of,
        known_by=after.known_by,
        comparison=compare(old, stored, new, after),
        draft=named if rows_of is None else f"{named} on the rows of {rows_of}",
        rows_of=rows_of or "",
    )


def _measures(charter: Charter) -> object:
    """All of a charter that the measured table depends on; words and scoring are left out."""
    signals = {
        name: (one.formula, one.source, one.align, one.calendar, one.precision, one.ask)
        for name, one in charter.signals.items()
    }
    held = {
        name: one.missing.max_age
        for name, one in charter.signals.items()
        if one.missing.policy == "hold"
    }
    named = {word for one in charter.signals.values() for word in names_in(one.formula)}
    settings = [
        {name: one.setting for name, one in block.items() if name in named}
        for block in (charter.parameters, charter.assumptions)
    ]
    columns = {name for one in charter.parameters.values() for name in one.setting.by}
    return (charter.unit, charter.sources, signals, held, settings, columns, charter.refresh,
            charter.tz, charter.scope)  # fmt: skip


def _not_measurable(stored: Evaluation, rows: Rows) -> DataError:
    return DataError(
        [
            Diagnostic(
                "replay/not-measurable",
                "error",
                f"the rows that {stored.id} was measured on are not all there any more",
                note="; ".join(finding.message for finding in rows.lost),
                help="restore them; or ask for a charter that differs in values, bands, tables "
                "or weights only, for which the stored table is enough",
            )
        ]
    )
