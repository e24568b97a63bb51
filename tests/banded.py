"""Bands that remember, told twice: to PMPO, and to a few lines of plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pmpo.evaluate import evaluate
from pmpo.model.canonical import hash_table
from pmpo.model.table import SourceGrade, Table
from tests.offices import charter, charter_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pmpo.model.evaluation import Evaluation

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Remembering:
    """One band on one signal; `segments` adds to the first edge, by the segment of a unit."""

    edges: tuple[Decimal, ...]
    hysteresis: Decimal | None = None
    dwell: int | None = None
    closed: str = "left"
    segments: Mapping[str, Decimal] = field(default_factory=dict)
    formula: str = "COUNT(*)"
    because: str = "So it was agreed."

    def text(self) -> str:
        """The charter."""
        edges = [f"{edge:f}" for edge in self.edges]
        more = ""
        if self.segments:
            told = {**self.segments, "*": Decimal(0)}
            values = ", ".join(f"'{k}': {self.edges[0] + v:f}" for k, v in told.items())
            more = f"parameters:\n  first: {{by: grp, values: {{{values}}}}}\n"
            edges[0] = "PARAM('first')"
        labels = ", ".join(f"l{i}" for i in range(len(edges) + 1))
        fields = [
            "signal: x", f"edges: [{', '.join(edges)}]", f"labels: [{labels}]",
            f"closed: {self.closed}", "missing: unknown", f"because: {self.because}",
        ]  # fmt: skip
        fields += [f"hysteresis: {self.hysteresis:f}"] if self.hysteresis is not None else []
        fields += [f"dwell: {self.dwell} weeks"] if self.dwell is not None else []
        return charter_text(
            sources="items: {from: items.parquet, mode: snapshot}",
            signals=f"x: {{formula: {self.formula}, source: items, better: higher, "
            "value: {0: 0, 100: 100}, missing: {policy: exclude}}",
            unit="unit: {name: item, source: items, key: [sku], parents: [grp]}",
            more=f"{more}bands:\n  b: {{{', '.join(fields)}}}\n",
        )


def table(values: Mapping[str, Decimal | None], groups: Mapping[str, str], week: int) -> Table:
    """The measured table of one week."""
    keys = sorted(values)
    told = [None if values[key] is None else float(values[key] or 0) for key in keys]
    data = pa.table(
        {
            "key_sku": pa.array(keys, pa.string()),
            "about_grp": pa.array([groups.get(key, "a") for key in keys], pa.string()),
            "signal_x": pa.array(told, pa.float64()),
            "held_x": pa.array([None if x is None else 0 for x in told], pa.int32()),
        }
    )
    as_of, grades = START + week * WEEK, {"x": SourceGrade("A")}
    return Table(("sku",), ("grp",), ("x",), data, hash_table(data), as_of, as_of, grades)


def evaluated(
    bands: Sequence[Remembering],
    weeks: Sequence[Mapping[str, Decimal | None]],
    groups: Mapping[str, str] | None = None,
) -> list[Evaluation]:
    """What PMPO says, week by week, each under its own charter and on the one before."""
    found: list[Evaluation] = []
    for week, (band, values) in enumerate(zip(bands, weeks, strict=True)):
        measured = table(values, groups or {}, week)
        prior = found[-1] if found else None
        found.append(evaluate(charter(band.text()), measured, prior, threads=1))
    return found


def rows(evaluation: Evaluation) -> dict[str, tuple[str, str | None, datetime | None]]:
    """Per unit the label, the band that is remembered, and since when."""
    return {
        row["key_sku"]: (row["band_b"], row.get("last_b"), row.get("since_b"))
        for row in evaluation.results.to_pylist()
    }


# The reference ----------------------------------------------------------------------------


def reference(
    band: Remembering,
    weeks: Sequence[Mapping[str, Decimal | None]],
    groups: Mapping[str, str] | None = None,
) -> list[dict[str, tuple[str, str | None, datetime | None]]]:
    """The same, one unit and one week after the other: a Schmitt trigger for each edge."""
    memory: dict[str, tuple[list[bool], datetime]] = {}
    told = []
    for week, values in enumerate(weeks):
        now = START + week * WEEK
        memory = {unit: memory[unit] for unit in values if unit in memory}
        answer: dict[str, Any] = {}
        for unit, value in values.items():
            edges = list(band.edges)
            edges[0] += band.segments.get((groups or {}).get(unit, "a"), Decimal(0))
            if value is not None:
                _see(band, memory, unit, value, edges, now)
            triggers, since = memory.get(unit, (None, None))
            last = None if triggers is None else f"l{sum(triggers)}"
            naive = None if since is None else since.replace(tzinfo=None)
            answer[unit] = ("unknown" if value is None else last, last, naive)
        told.append(answer)
    return told


def _see(
    band: Remembering,
    memory: dict[str, tuple[list[bool], datetime]],
    unit: str,
    value: Decimal,
    edges: list[Decimal],
    now: datetime,
) -> None:
    """Let one value act on the triggers of its unit."""

    def above(edge: Decimal) -> bool:
        return value > edge or (value == edge and band.closed == "left")

    if unit not in memory:
        memory[unit] = ([above(edge) for edge in edges], now)
        return
    triggers, since = memory[unit]
    width = band.hysteresis or Decimal(0)
    moved = [
        True if above(edge + width) else False if not above(edge - width) else was
        for edge, was in zip(edges, triggers, strict=True)
    ]
    long_enough = band.dwell is None or since + band.dwell * WEEK <= now
    if moved != triggers and long_enough:
        memory[unit] = (moved, now)
