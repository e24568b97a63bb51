"""Which units take no seat: something is done with them for which `take` keeps none.

Seats are for what `requires` asks for: where it asks that `action = 'display'`, a unit of which
people decide to delist it uses none. docs/adr/0027-seatless.md says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pmpo.evaluate.conditions import truths
from pmpo.evaluate.find import rows_at
from pmpo.evaluate.outcomes import outcome_column
from pmpo.evaluate.selection import candidates_of
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation


def seatless(
    charter: Charter, evaluation: Evaluation, units: Sequence[str], action: str = ""
) -> tuple[str, ...]:
    """The units for which a condition of `requires` about the outcome clearly does not hold.

    What else `requires` asks for is no matter here: whoever takes a unit in spite of it fills a
    seat all the same. So do units that the evaluation does not know, and by what is recommended
    those that `must` names.

    Args:
        action: the outcome that people put in place of the recommended one; empty where they accept
            it.
    """
    candidates = candidates_of(charter, evaluation)
    if candidates is None or not charter.tables:
        return ()
    column = outcome_column(charter)
    asked = [one for one in candidates.conditions if column in one.columns.values()]
    if not asked or (action and not _is_text(evaluation, column)):
        return ()  # words in place of a number cannot be held against a condition
    places = rows_at(charter, evaluation.results, units)
    if not places:
        return ()
    few = _rows(evaluation, list(places.values()), {column: action} if action else {})
    out = {
        unit
        for told in truths(asked, few)
        for unit, holds in zip(places, told.to_pylist(), strict=True)
        if holds is False
    }
    if out and not action:  # whom the names of `must` mean is looked for among all units
        out -= candidates.named.must.keys()
    return tuple(unit for unit in units if unit in out)


def _is_text(evaluation: Evaluation, column: str) -> bool:
    import pyarrow as pa

    kind = evaluation.results.schema.field(column).type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _rows(evaluation: Evaluation, rows: list[int], said: dict[str, str]) -> Evaluation:
    """An evaluation of some rows only, with texts in place of what some columns say."""
    import pyarrow as pa

    wanted = pa.array(rows, pa.int64())
    results, table = evaluation.results.take(wanted), evaluation.table
    for name, text in said.items():
        texts = pa.array([text] * len(rows), pa.string())
        results = results.set_column(results.column_names.index(name), name, texts)
    return replace(evaluation, results=results, table=replace(table, data=table.data.take(wanted)))
