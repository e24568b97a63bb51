"""What a draft of a charter would change on today's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pmpo.compile.cuts import Moments
from pmpo.decide.standing import decided_of
from pmpo.decide.state import Decision, State
from pmpo.evaluate.compare import Comparison, compare
from pmpo.evaluate.evaluate import evaluate
from pmpo.evaluate.measure import compiled, measure
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.waiver import Waiver
from pmpo.office.recording import prior_of
from pmpo.office.sources import ANY_MOMENT, all_relations, moments_of, schemas_of
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.layout import open_store


@dataclass(frozen=True, slots=True)
class Affected:
    """A decision that holds, and those of its units for which the draft says something else."""

    decision: Decision
    units: tuple[str, ...]


def affected(state: State, comparison: Comparison) -> tuple[Affected, ...]:
    """The decisions that a draft would reopen: their units change status, outcome or rule."""
    kinds = ("status", "outcome", "rule")
    changed = {
        unit
        for matrix in comparison.matrices
        if matrix.kind in kinds
        for cell in matrix.changed
        for unit in cell.units
    }
    changed.update(comparison.dropped)
    found = []
    for decision in state.holding():
        units = tuple(unit for unit in decision.units if unit in changed)
        if units:
            found.append(Affected(decision, units))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Planned:
    """A draft beside the charter it would replace, both on the same data at the same moment.

    Args:
        against: what the older charter was called: a file, a revision or an evaluation.
        draft: what the other side is called.
        rows_of: the evaluation whose rows the other side reads; empty where both read the same.
        reopens: decisions that hold and rest on what would change.
    """

    program: str
    against: str
    old_charter: Charter
    charter: Charter
    as_of: datetime
    known_by: datetime
    comparison: Comparison
    draft: str = "draft"
    rows_of: str = ""
    reopens: tuple[Affected, ...] = ()

    @property
    def same_logic(self) -> bool:
        """Whether only wording differs, so that no number can."""
        return self.old_charter.logic_hash == self.charter.logic_hash

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object."""
        return {
            "program": self.program,
            "against": self.against,
            "charter_before": self.old_charter.logic_hash,
            "charter_after": self.charter.logic_hash,
            "as_of": self.as_of.isoformat(),
            "known_by": self.known_by.isoformat(),
            **self.comparison.as_json(),
            "reopens": [
                {"decision": one.decision.id, "units": list(one.units)} for one in self.reopens
            ],
        }


def plan(
    folder: Path,
    old: Charter,
    new: Charter,
    *,
    against: str,
    as_of: str | None,
    known_by: str | None,
    waivers: Sequence[Waiver],
    state: State,
    threads: int | None,
) -> Planned:
    """Evaluate a draft and the charter it would replace on the data as it is; nothing is stored.

    Args:
        folder: the office's, from which both charters name their data.
        against: what the older charter is called.
        as_of, known_by: for both; by default what the older charter takes from its data.
        waivers: those that were granted; they hold for both, as they would for a run.
        state: what people have decided; their seats are held under both.
    Raises: CharterError, DataError.
    """
    # the moment of the older charter holds for both: what is compared is charters, not days
    moments = moments_of(old, all_relations(old, folder), as_of, known_by)
    before = _evaluated(folder, old, moments, waivers, threads)
    after = _evaluated(folder, new, moments, waivers, threads)
    comparison = compare(old, before, new, after, decided_of(state))
    return Planned(
        program=new.program,
        against=against,
        old_charter=old,
        charter=new,
        as_of=before.as_of,
        known_by=before.known_by,
        comparison=comparison,
        reopens=affected(state, comparison),
    )


def _evaluated(
    folder: Path,
    charter: Charter,
    moments: Moments,
    waivers: Sequence[Waiver],
    threads: int | None,
) -> Evaluation:
    relations = all_relations(charter, folder)
    schemas = schemas_of(relations)
    plan = compiled(charter, schemas, ANY_MOMENT)
    with DuckDB(relations, threads=threads, aggregates=plan.atoms) as engine:
        table = measure(charter, schemas, engine, moments)
    prior = prior_of(open_store(folder, tidy=False), charter, table.as_of)
    return evaluate(charter, table, prior, waivers, threads=threads)
