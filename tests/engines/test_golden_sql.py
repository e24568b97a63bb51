"""Each golden statement, run by the engine it was written for over a few rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.compiling import GOLDEN_AS_OF, charter_in, plan_for, tables_in
from tests.engines.engine import in_bits

if TYPE_CHECKING:
    from tests.engines.engine import Engine, Row

FOLDER = Path(__file__).parents[1] / "golden" / "sql"
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml") if ".tables" not in path.name)


@pytest.mark.parametrize("case", CASES)
def test_result(case: str, engines: list[Engine], rewrite: bool) -> None:
    """Every engine answers its committed statement with the committed result."""
    tables = tables_in(FOLDER / f"{case}.tables.yaml")
    charter = charter_in(FOLDER / f"{case}.yaml")
    columns = plan_for(charter, tables, GOLDEN_AS_OF, "duckdb").columns
    expected = FOLDER / f"{case}.result.txt"
    first: list[Row] | None = None
    for engine in engines:
        for name, table in tables.items():
            engine.load(name, table)
        statement = (FOLDER / f"{case}.{engine.dialect}.sql").read_text(encoding="utf-8")
        rows = engine.query(statement)
        if rewrite and first is None:
            expected.write_text(listed(columns, rows), encoding="utf-8")
        first = first or in_bits(rows)
        assert in_bits(rows) == first, engine.name
        assert listed(columns, rows) == expected.read_text(encoding="utf-8"), engine.name


def listed(columns: tuple[str, ...], rows: list[Row]) -> str:
    """A result as text: per unit one line for each column."""
    return "\n".join(
        "\n".join(f"{name}: {value!r}" for name, value in zip(columns, row, strict=True)) + "\n"
        for row in rows
    )
