"""Trying a draft: measured on the file itself, so that its anchors fit and nobody is surprised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pmpo.assure.check import check
from pmpo.charter.load import loads
from pmpo.compile.cuts import Moments
from pmpo.diagnostics import CharterError, Diagnostic
from pmpo.draft.anchors import anchored, banded, spread_of, with_first
from pmpo.draft.parts import Draft, SignalDraft
from pmpo.evaluate.evaluate import evaluate
from pmpo.evaluate.measure import compiled, measure_inspected
from pmpo.evaluate.moments import moments_from
from pmpo.model.evaluation import OUT_OF_SCOPE, Evaluation
from pmpo.model.table import SIGNAL
from pmpo.store.engine.duckdb import DuckDB

if TYPE_CHECKING:
    import pyarrow as pa

    from pmpo.evaluate.quality import Inspection
    from pmpo.model.charter import Charter
    from pmpo.model.office import OfficeFile
    from pmpo.store.readers import Relation

_ANY_MOMENT: Final = Moments.at(datetime(2000, 1, 3, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Tried:
    """A draft that has been run once, in memory.

    Args:
        text: the charter.
        findings: what `check` says about it.
        warnings: what a run says about the rows.
    """

    draft: Draft
    text: str
    charter: Charter
    evaluation: Evaluation
    findings: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...]


def tried(
    draft: Draft, write: Callable[[Draft], str], office: OfficeFile | None, shown_as: str
) -> Tried:
    """Measure a draft, take its anchors and band from what was measured, and evaluate it.

    Args:
        write: makes the charter's text.
        office: who is known.
        shown_as: what findings call the charter.
    Raises: CharterError, DataError: the file cannot be measured as the draft says.
    """
    first = replace(draft, signals=tuple(with_first(signal) for signal in draft.signals))
    relations = {
        source.name: replace(draft.profile.relation, name=source.name) for source in draft.sources
    }
    with DuckDB(relations) as engine:
        charter = _charter(write(first), shown_as)
        table, inspection, evaluation = _evaluated(charter, relations, engine, draft.as_of)
        settled = _settled(first, table, evaluation)
        text = write(settled)
        charter = _charter(text, shown_as)
        evaluation = evaluate(charter, evaluation.table)
    schemas = {name: relation.schema for name, relation in relations.items()}
    findings = check(charter, schemas, loads(text, shown_as).findings, office)
    return Tried(settled, text, charter, evaluation, findings, inspection.findings)


def _charter(text: str, shown_as: str) -> Charter:
    loaded = loads(text, shown_as)
    if loaded.charter is None:
        raise CharterError(loaded.findings)
    return loaded.charter


def _evaluated(
    charter: Charter, relations: Mapping[str, Relation], engine: DuckDB, as_of: str
) -> tuple[pa.Table, Inspection, Evaluation]:
    schemas = {name: relation.schema for name, relation in relations.items()}
    plan = compiled(charter, schemas, _ANY_MOMENT)
    moments = moments_from(charter, plan, engine, as_of or None, None)
    table, inspection = measure_inspected(charter, schemas, engine, moments)
    return table.data, inspection, evaluate(charter, table)


def _settled(draft: Draft, data: pa.Table, evaluation: Evaluation) -> Draft:
    """The draft with anchors and a band from the units in its scope."""
    import pyarrow.compute as pc

    inside = pc.not_equal(evaluation.results["status"], OUT_OF_SCOPE)
    spreads = {
        signal.name: spread_of(data[SIGNAL + signal.name].filter(inside))
        for signal in draft.signals
        if signal.axis
    }
    units = f"{draft.unit.name}s"
    signals = tuple(
        anchored(signal, spreads.get(signal.name, {}), units) for signal in draft.signals
    )
    as_of = evaluation.as_of.date().isoformat()
    bands = (banded(s, spreads[s.name], units) for s in _most_telling(signals))
    band = next((one for one in bands if one is not None), None)
    return replace(draft, signals=signals, band=band, measured_as_of=as_of)


def _most_telling(signals: Sequence[SignalDraft]) -> list[SignalDraft]:
    """Signals on an axis, changes first: a band of them says what people say anyway."""
    scored = [signal for signal in signals if signal.axis]
    return sorted(scored, key=lambda signal: signal.unit != "change")
