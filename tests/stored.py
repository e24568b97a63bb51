"""A small office with evaluations in its store, for tests of what happens to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pmpo import Office
from tests.offices import Office as Files
from tests.offices import charter_text

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.office import Run

SOURCES = """\
items: {from: items.parquet, mode: snapshot}
sales:
  from: sales.parquet
  mode: append
  time: sold_at
  lag: 1 day
  tz: UTC
  columns: {pieces: integer}
  join: {items: sku}
"""
SIGNALS = """\
x:
  formula: TRAILING(SUM(pieces), '4 weeks')
  source: sales
  better: higher
  value: {0: 0, 100: 100}
  missing: {policy: exclude}
"""
REMEMBERING = """\
bands:
  flow: {signal: x, edges: [54, 56], labels: [low, mid, high], hysteresis: 3, missing: unknown}
"""
FIRST_MONDAY = datetime(2024, 3, 4)
DAY = timedelta(days=1)


def office(folder: Path, *, more: str = "") -> Office:
    """An office whose items are copied at each run and whose sales are read where they lie."""
    program = folder / "programs" / "trial" / "charter.yaml"
    program.parent.mkdir(parents=True)
    text = charter_text(sources=SOURCES, signals=SIGNALS, more=more)
    program.write_text(text, "utf-8")
    files = Files(folder)
    files.write("items", {"sku": ["a", "b", "c"]})
    days = range(60)
    files.write(
        "sales",
        {
            "sku": [("a", "b")[day % 2] for day in days],
            "sold_at": [FIRST_MONDAY - 40 * DAY + day * DAY for day in days],
            "pieces": [day % 7 + 1 for day in days],
        },
    )
    return Office(folder)


def run(of: Office, week: int = 0, *, record_as: str | None = None) -> str:
    """Evaluate as of a Monday and return the evaluation's id."""
    return whole_run(of, week, record_as=record_as).evaluation.id


def whole_run(of: Office, week: int = 0, *, record_as: str | None = None) -> Run:
    """Evaluate as of a Monday."""
    day = FIRST_MONDAY + 7 * week * DAY
    return of.run(as_of=day.date().isoformat(), threads=1, record_as=record_as)
