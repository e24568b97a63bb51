"""Decision tables decide the same on every engine, and as the interpreter says."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.engines.test_plans import dialect
from tests.tabling import (
    HITS,
    answers,
    decision_of,
    interpreted,
    random_table,
    random_units,
    table_sql,
)

if TYPE_CHECKING:
    from tests.engines.engine import Engine

TABLES = 20


def test_tables_decide_the_same_on_every_engine(engines: list[Engine]) -> None:
    """Random tables of every hit policy over all types, missing values and parameters."""
    r = Random(20240304)
    units = random_units(r, 200)
    for engine in engines:
        engine.load("units", units)
    seen = set()
    for _ in range(TABLES):
        decision = decision_of(random_table(r))
        seen.add(decision.hit)
        wanted = answers(interpreted(decision, units))
        for engine in engines:
            rows = engine.query(table_sql(decision, dialect(engine)))
            assert answers(rows) == wanted, (engine.name, decision)
    assert seen == set(HITS)
