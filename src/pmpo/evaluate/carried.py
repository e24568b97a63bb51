"""Reading which table inputs carried the value last known: for one unit, and counted over all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from pmpo.evaluate.state import DATED, KNOWN
from pmpo.model.charter import Charter
from pmpo.model.evaluation import RANKED, Evaluation
from pmpo.model.time import zone
from pmpo.rules.tables import carried_column


@dataclass(frozen=True, slots=True)
class CarriedWhy:
    """What was known last of an input that a unit misses now.

    Args:
        as_of: the moment of the value, in ISO 8601 on the charter's clock.
        days: its age in whole days of that calendar.
        max_age: how old it may be, as the charter says.
        stands: whether it stands in for the missing value, or is too old.
    """

    value: Any
    as_of: str
    days: int
    max_age: str
    stands: bool


@dataclass(frozen=True, slots=True)
class CarriedCount:
    """For how many ranked units a table carried an input, and of which moment the oldest value is.

    Args:
        oldest: in ISO 8601 on the charter's clock.
    """

    table: str
    input: str
    units: int
    oldest: str

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object."""
        return asdict(self)


def last_known(
    charter: Charter, as_of: datetime, table: str, name: str, result: Mapping[str, Any]
) -> CarriedWhy | None:
    """What is known of an input that a unit misses; None where nothing is, or nothing is carried.

    Args:
        result: the unit's row of the results.
    """
    missing = charter.tables[table].missing.get(name)
    if missing is None or missing.max_age is None or result[DATED + name] is None:
        return None
    then = _on_clock(charter, result[DATED + name])
    return CarriedWhy(
        value=result[KNOWN + name],
        as_of=then.isoformat(),
        days=(as_of.astimezone(then.tzinfo).date() - then.date()).days,
        max_age=str(missing.max_age),
        stands=result[carried_column(table, name)] is not None,
    )


def carried_by(charter: Charter, name: str, result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The tables that carried an input of a unit, and the day of the value."""
    return [
        (table, _on_clock(charter, of).date().isoformat())
        for table, one in _carrying(charter)
        if one == name and (of := result[carried_column(table, one)]) is not None
    ]


def carried_counts(charter: Charter, evaluation: Evaluation) -> list[CarriedCount]:
    """Every input that was carried for some ranked unit, in the order of tables."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = []
    pairs = list(_carrying(charter))
    results = evaluation.results
    if pairs:
        status = results["status"]
        results = results.filter(pc.equal(status, pa.scalar(RANKED, status.type)))
    for table, name in pairs:
        moments = results[carried_column(table, name)]
        units = len(moments) - moments.null_count
        if units:
            oldest = _on_clock(charter, pc.min(moments).as_py()).isoformat()
            found.append(CarriedCount(table, name, units, oldest))
    return found


def _carrying(charter: Charter) -> Iterator[tuple[str, str]]:
    """Tables and those of their inputs whose last value they carry."""
    for table in charter.tables.values():
        for name in table.inputs:
            if name in table.missing and table.missing[name].max_age is not None:
                yield table.name, name


def _on_clock(charter: Charter, moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(zone(charter.zone_name))
