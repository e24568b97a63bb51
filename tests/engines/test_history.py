"""A history in one statement is the plans of its periods, bit for bit, on every engine."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pmpo.compile.history import compile_history
from pmpo.compile.plan import compile_plan
from pmpo.diagnostics import has_errors
from pmpo.model.history import PERIOD
from pmpo.model.table import SIGNAL
from tests.compiling import GOLDEN_AS_OF, charter_in, schema_of, tables_in
from tests.engines.engine import in_bits

if TYPE_CHECKING:
    from pmpo.compile.cuts import Moments
    from pmpo.sql import Dialect
    from tests.engines.engine import Engine, Row

FOLDER = Path(__file__).parents[1] / "golden" / "sql"
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml") if ".tables" not in path.name)
# Boundaries of uneven distance, so that some rows enter and leave windows in the same period.
DAYS_BACK = (200, 90, 45, 31, 17, 10, 9, 1, 0)


def periods() -> list[Moments]:
    """The moments of a history, the oldest first."""
    return [GOLDEN_AS_OF.shifted(GOLDEN_AS_OF.as_of - timedelta(days=days)) for days in DAYS_BACK]


@pytest.mark.parametrize("case", CASES)
def test_history_is_its_periods(case: str, engines: list[Engine]) -> None:
    """Every engine finds in one statement what the plan of each period finds."""
    tables = tables_in(FOLDER / f"{case}.tables.yaml")
    charter = charter_in(FOLDER / f"{case}.yaml")
    schemas = {name: schema_of(table) for name, table in tables.items()}
    for engine in engines:
        dialect: Dialect = engine.dialect  # type: ignore[assignment]
        for name, table in tables.items():
            engine.load(name, table)
        history = compile_history(charter, schemas, periods(), dialect)
        assert not has_errors(history.findings)
        if not history.sql:
            assert set(history.apart) == set(charter.signals)
            continue
        found = in_bits(engine.query(history.sql))
        expected: list[Row] = []
        for back, moments in enumerate(reversed(periods())):
            plan = compile_plan(charter, schemas, moments, dialect)
            names = [
                name
                for name in plan.columns
                if not name.startswith(SIGNAL) or name.removeprefix(SIGNAL) in history.together
            ]
            assert history.columns == (PERIOD, *names)
            rows = in_bits(engine.query(plan.sql(history.together)))
            expected = [(f"number {back}", *row) for row in rows] + expected
        assert found == expected, engine.name
