"""Replay: do a stored evaluation again, and say what differs down to the unit and signal.

Where the rows are lost the stored table is scored again, which proves less and is said so. Nothing
is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pmpo.assure.versions import versions
from pmpo.diagnostics import Diagnostic, PmpoError, in_order
from pmpo.evaluate.evaluate import evaluate
from pmpo.evaluate.record import Record, read_record
from pmpo.model.evaluation import Evaluation
from pmpo.model.keys import encode
from pmpo.model.table import KEY, Table
from pmpo.office.again import (
    charter_of,
    checked,
    measured,
    moments_of,
    prior_of_stored,
    rows_read_for,
)
from pmpo.store.layout import Store

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN: Final = 100
"""How many differences are told one by one."""

NOT_THERE: Final = "–"

Verdict = Literal["same", "scoring only", "different", "impossible"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that came out otherwise; `–` stands for a unit or column that is not there."""

    unit: str
    column: str
    stored: str
    again: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """A stored evaluation, and what came out of doing it again.

    Args:
        verdict: `same`: measured and scored to the same bits; `scoring only`: the rows are lost,
            and the stored table gave the same results; `different`; `impossible`: nothing could be
            done again.
        findings: what was lost, changed or refused.
        id_again: the id of what came out.
        table, result: the hashes that were stored and those of now; None where nothing came out.
        differences: the first hundred, signals before results; `differing` counts all.
        versions: what computed it then and what does now, where they are not the same.
    """

    id: str
    program: str
    as_of: str
    verdict: Verdict
    findings: tuple[Diagnostic, ...]
    id_again: str | None
    table: tuple[str, str | None]
    result: tuple[str, str | None]
    differences: tuple[Difference, ...] = ()
    differing: int = 0
    versions: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the stored results came out again."""
        return self.verdict in ("same", "scoring only")

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object that `replay --format json` prints."""
        both = {"table": self.table, "result": self.result}
        return {
            "evaluation": self.id,
            "program": self.program,
            "as_of": self.as_of,
            "verdict": self.verdict,
            "again": self.id_again,
            **{name: {"stored": then, "again": now} for name, (then, now) in both.items()},
            "findings": [finding.as_json() for finding in self.findings],
            "differing": self.differing,
            "differences": [
                {"unit": one.unit, "column": one.column, "stored": one.stored, "again": one.again}
                for one in self.differences
            ],
            "versions": {
                name: {"stored": then, "now": now} for name, (then, now) in self.versions.items()
            },
        }


def replay(store: Store, folder: Path, id: str, threads: int | None = None) -> Replayed:
    """Do a stored evaluation again and compare.

    Args:
        folder: the office's, from which recorded paths start.
    Raises: StoreError: the evaluation itself cannot be read.
    """
    record = read_record(store.evaluations.load(id))
    stored = record.evaluation
    table: Table | None = None
    again: Evaluation | None = None
    found: list[Diagnostic] = []
    try:
        charter = charter_of(record)
        rows = rows_read_for(record, store, folder)
        found += rows.lost
        if not rows.lost:
            table = measured(charter, rows.relations, moments_of(stored), threads)
        prior = prior_of_stored(store, stored)
        again = evaluate(charter, table or checked(stored.table), prior, stored.waivers,
                         threads=threads)  # fmt: skip
    except PmpoError as error:
        found += error.findings
    return _replayed(record, table, again, found)


def replay_each(store: Store, folder: Path, id: str, threads: int | None = None) -> Replayed:
    """Like `replay`, and an evaluation that cannot be read is one of which nothing comes."""
    try:
        return replay(store, folder, id, threads)
    except PmpoError as error:
        nothing = ("", None)
        return Replayed(id, "", "", "impossible", error.findings, None, nothing, nothing)


def _replayed(
    record: Record, table: Table | None, again: Evaluation | None, found: list[Diagnostic]
) -> Replayed:
    stored = record.evaluation
    told = list(_all_differences(stored, table, again))
    return Replayed(
        id=stored.id,
        program=stored.program,
        as_of=stored.as_of.isoformat(),
        verdict=_verdict(stored, table, again),
        findings=in_order(found),
        id_again=again.id if again is not None else None,
        table=(stored.table.hash, table.hash if table is not None else None),
        result=(stored.result_hash, again.result_hash if again is not None else None),
        differences=tuple(islice(told, SHOWN)),
        differing=len(told),
        versions=_other_versions(record),
    )


def _verdict(stored: Evaluation, table: Table | None, again: Evaluation | None) -> Verdict:
    if table is not None and table.hash != stored.table.hash:
        return "different"
    if again is None:
        return "impossible"
    if (again.id, again.result_hash) != (stored.id, stored.result_hash):
        return "different"
    return "same" if table is not None else "scoring only"


def _other_versions(record: Record) -> dict[str, tuple[str, str]]:
    then, now = record.manifest.get("versions", {}), versions()
    return {
        name: (str(then.get(name, NOT_THERE)), now.get(name, NOT_THERE))
        for name in {**then, **now}
        if str(then.get(name)) != now.get(name)
    }


# Differences ------------------------------------------------------------------------------


def _all_differences(
    stored: Evaluation, table: Table | None, again: Evaluation | None
) -> Iterator[Difference]:
    if table is not None and table.hash != stored.table.hash:
        yield from differences(stored.table.data, table.data, stored.table.key)
        for name in sorted({*stored.table.grades, *table.grades}):
            then, now = (
                one.grades[name].grade if name in one.grades else NOT_THERE
                for one in (stored.table, table)
            )
            if then != now:
                yield Difference(NOT_THERE, f"grade of {name}", then, now)
    if again is None:
        return
    if again.result_hash != stored.result_hash:
        yield from differences(stored.results, again.results, stored.table.key)
    for name in stored.identity:
        then, now = str(stored.identity[name]), str(again.identity.get(name))
        if then != now:
            yield Difference(NOT_THERE, f"identity: {name}", then, now)


def differences(stored: pa.Table, again: pa.Table, key: tuple[str, ...]) -> Iterator[Difference]:
    """Where two tables of units differ: units in order of their keys, columns as they stand."""
    then, now = _by_unit(stored, key), _by_unit(again, key)
    columns = list(dict.fromkeys([*stored.column_names, *again.column_names]))
    for unit in sorted({*then, *now}):
        if unit not in then or unit not in now:
            words = ("there", NOT_THERE) if unit in then else (NOT_THERE, "there")
            yield Difference(unit, "unit", *words)
            continue
        for column in columns:
            left, right = (row.get(column, NOT_THERE) for row in (then[unit], now[unit]))
            if left != right:
                yield Difference(unit, column, _text(left), _text(right))


def _by_unit(data: pa.Table, key: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    return {encode([row[KEY + part] for part in key]): row for row in data.to_pylist()}


def _text(value: Any) -> str:
    return "missing" if value is None else repr(value) if isinstance(value, float) else str(value)
