"""From a charter's text with n signals to the statement: read, check, compile, render.

Arguments: how many signals.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from benchmarks.process import Stopwatch, say
from pmpo.charter.load import loads
from pmpo.compile.cuts import Moments
from pmpo.compile.plan import compile_plan

SCHEMAS = {
    "units": {"unit": "integer"},
    "sales": {"unit": "integer", "time": "timestamp", "amount": "double"},
}
HEAD = """\
charter: 1
program: many
purpose: {statement: See how long a charter takes to compile.}
owner: benchmarks
refresh: {every: 1 week}
tz: UTC
unit: {name: unit, source: units, key: [unit]}
sources:
  units: {from: units.parquet, mode: snapshot, key: [unit]}
  sales:
    from: sales.parquet
    mode: append
    time: time
    lag: 1 day
    columns: {amount: 'decimal(12,2)'}
    join: {unit: unit}
axes: {only: {weight: 100, signals: {s0: 100}}}
signals:
"""
SIGNAL = """\
  s{number}:
    formula: >-
      TRAILING(SUM(amount), '{weeks} weeks')
      / NULLIF(TRAILING(COUNT(*), '{others} weeks', '4 weeks'), 0) - {number}
    source: sales
    unit: ratio
    precision: 4
    better: higher
    value: {{-0.2: 0, 0: 40, 0.3: 100}}
    missing: {{policy: exclude, because: Nothing was sold.}}
"""


def text_with(signals: int) -> str:
    """A charter with so many signals, each with a formula of its own."""
    return HEAD + "".join(
        SIGNAL.format(number=number, weeks=number % 50 + 1, others=number % 40 + 1)
        for number in range(signals)
    )


def statement_of(text: str) -> str:
    """The statement that a charter's text compiles to."""
    loaded = loads(text, "charter.yaml")
    assert loaded.charter is not None, loaded.findings
    moments = Moments.at(datetime(2025, 12, 29, tzinfo=UTC))
    return compile_plan(loaded.charter, SCHEMAS, moments).sql()


def main(signals: str) -> None:
    """Compile once to load what is loaded on first use, then measure."""
    statement_of(text_with(1))
    text = text_with(int(signals))
    watch = Stopwatch()
    with watch("all"):
        statement = statement_of(text)
    say(characters=len(statement), **watch.parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
