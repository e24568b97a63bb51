"""Small offices for tests: write rows to files, read a charter from text, measure and evaluate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from pmpo.charter.load import loads
from pmpo.compile.cuts import Moments
from pmpo.evaluate import evaluate
from pmpo.evaluate.measure import measure_inspected
from pmpo.store import readers
from pmpo.store.engine.duckdb import DuckDB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pmpo.evaluate.quality import Inspection
    from pmpo.model.charter import Charter
    from pmpo.model.evaluation import Evaluation
    from pmpo.model.table import Table

HEAD = """\
charter: 1
program: trial
purpose: {statement: Show that numbers repeat.}
owner: lead
refresh: {every: 1 week}
"""
ITEMS = "unit: {name: item, source: items, key: [sku]}"
ONE_AXIS = "main: {weight: 100, signals: {x: 100}}"


def moment(text: str) -> datetime:
    """An instant; UTC where the text has no offset."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def charter_text(
    *, sources: str, signals: str, unit: str = ITEMS, axes: str = ONE_AXIS, more: str = ""
) -> str:
    """The text of a charter from the insides of its blocks."""
    blocks = {"sources": sources, "signals": signals, "axes": axes}
    told = [HEAD, dedent(more).strip(), unit]
    told += [f"{name}:\n{indent(dedent(text).strip(), '  ')}" for name, text in blocks.items()]
    return "\n".join(told) + "\n"


def charter(text: str) -> Charter:
    """The charter that `text` says; fails with its findings when it has errors."""
    loaded = loads(text, "charter.yaml")
    assert loaded.charter is not None, [f"{f.code} {f.path}: {f.message}" for f in loaded.findings]
    return loaded.charter


@dataclass(frozen=True)
class Run:
    """Everything that one run gives."""

    charter: Charter
    table: Table
    inspection: Inspection
    evaluation: Evaluation

    @property
    def identity(self) -> tuple[str, str, str]:
        """The three hashes that must repeat: table, evaluation, result."""
        return self.table.hash, self.evaluation.id, self.evaluation.result_hash

    @property
    def codes(self) -> list[str]:
        """The codes of what the source checks found."""
        return [finding.code for finding in self.inspection.findings]

    def signal(self, name: str) -> dict[str, Any]:
        """The values of a signal by unit; parts of a composite key are joined by `/`."""
        return self._by_unit(self.table.data, f"signal_{name}")

    def held(self, name: str) -> dict[str, int | None]:
        """How old the values of a signal are, in refresh periods, by unit."""
        return self._by_unit(self.table.data, f"held_{name}")

    def result(self, column: str) -> dict[str, Any]:
        """A column of the results by unit."""
        return self._by_unit(self.evaluation.results, column)

    def _by_unit(self, data: pa.Table, column: str) -> dict[str, Any]:
        parts = [data[f"key_{part}"].to_pylist() for part in self.table.key]
        units = ["/".join(key) for key in zip(*parts, strict=True)]
        return dict(zip(units, data[column].to_pylist(), strict=True))


@dataclass(frozen=True)
class Office:
    """A folder with data files."""

    base: Path

    def write(
        self, name: str, rows: pa.Table | Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]
    ) -> Path:
        """Write rows as one Parquet file, `<name>.parquet`."""
        path = self.base / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(as_table(rows), path)
        return path

    def run(
        self,
        text: str | Charter,
        as_of: str,
        *,
        known_by: str | None = None,
        threads: int = 1,
        memory_limit: str | None = None,
    ) -> Run:
        """Measure and evaluate a charter over the files of this folder."""
        read = charter(text) if isinstance(text, str) else text
        relations = {n: readers.resolve(s, self.base) for n, s in read.sources.items()}
        schemas = {name: relation.schema for name, relation in relations.items()}
        at = moment(as_of)
        moments = Moments(at, moment(known_by) if known_by else at)
        with DuckDB(relations, threads=threads, memory_limit=memory_limit) as engine:
            table, inspection = measure_inspected(read, schemas, engine, moments)
        return Run(read, table, inspection, evaluate(read, table, threads=threads))


def as_table(
    rows: pa.Table | Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
) -> pa.Table:
    """Rows as an Arrow table, given as one, as columns, or as a list of rows."""
    if isinstance(rows, pa.Table):
        return rows
    return pa.table(dict(rows)) if hasattr(rows, "keys") else pa.Table.from_pylist(list(rows))
