"""Whether assumptions still hold on the data: each check is measured like any signal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pmpo.compile.assumed import as_question, assumption_signal
from pmpo.compile.cuts import Moments
from pmpo.compile.plan import Schemas
from pmpo.evaluate.measure import measure
from pmpo.model.charter import Assumption, Charter
from pmpo.model.table import SIGNAL
from pmpo.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Tested:
    """One assumption held against the data.

    Args:
        holds: None where the data does not tell, such as when there are no rows.
    """

    assumption: Assumption
    holds: bool | None


def assumptions_tested(
    charter: Charter, schemas: Schemas, engine: Engine, moments: Moments
) -> Iterator[Tested]:
    """Test every assumption that has a check, on the rows inside both cuts.

    Raises: CharterError: a check does not compile; DataError: its source cannot be read.
    """
    for assumption in charter.assumptions.values():
        if assumption.check is not None:
            asked = as_question(charter, assumption)
            table = measure(asked, _only(schemas, assumption.check.source), engine, moments)
            [value] = table.data[SIGNAL + assumption_signal(assumption)].to_pylist()
            yield Tested(assumption, None if value is None else bool(value))


def _only(schemas: Schemas, source: str) -> Mapping[str, Mapping[str, str] | None]:
    return {source: schemas[source]}
