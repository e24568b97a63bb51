"""Whether assumptions still hold on the data: each check is measured like any signal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pmpo.compile.cuts import Moments
from pmpo.compile.plan import Schemas
from pmpo.evaluate.measure import measure
from pmpo.model.charter import Assumption, Charter, Scope, Signal, Unit
from pmpo.model.table import SIGNAL
from pmpo.store.engine import Engine

_ALL: Final = "pmpo_all"


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


def assumption_signal(assumption: Assumption) -> str:
    """The name that an assumption's check has as a signal, and findings about it."""
    return "holds_" + assumption.name.replace("-", "_")


def as_question(charter: Charter, assumption: Assumption) -> Charter:
    """A charter with one unit, all rows of the source together, and one signal: does it hold?

    So a check means what a formula means, under both cuts, with the same exact arithmetic.
    """
    check = assumption.check
    assert check is not None
    source = charter.sources[check.source]
    everything = replace(source, derive={**source.derive, _ALL: "'all'"}, join={}, checks=())
    name = assumption_signal(assumption)
    signal = Signal(name=name, formula=f"IF({check.holds}, 1, 0)", source=check.source, precision=0)
    return replace(
        charter,
        unit=Unit(name="source", source=check.source, key=(_ALL,)),
        sources={check.source: everything},
        signals={name: signal},
        axes={},
        bands={},
        tables={},
        scope=Scope(),
    )


def _only(schemas: Schemas, source: str) -> Mapping[str, Mapping[str, str] | None]:
    return {source: schemas[source]}
