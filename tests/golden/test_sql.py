"""Charters beside the statements they compile to, one per dialect, reviewed as text."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pmpo import sql
from pmpo.compile.history import compile_history
from tests.compiling import GOLDEN_AS_OF, charter_in, plan_for, schema_of, tables_in

FOLDER = Path(__file__).parent / "sql"
HISTORIES = ("range_review", "scd2_through")
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml") if ".tables" not in path.name)


@pytest.mark.parametrize("dialect", sql.DIALECTS)
@pytest.mark.parametrize("case", CASES)
def test_statement(case: str, dialect: sql.Dialect, rewrite: bool) -> None:
    """Each charter compiles to exactly the statement that was reviewed."""
    charter = charter_in(FOLDER / f"{case}.yaml")
    statement = plan_for(
        charter, tables_in(FOLDER / f"{case}.tables.yaml"), GOLDEN_AS_OF, dialect
    ).sql()
    expected = FOLDER / f"{case}.{dialect}.sql"
    if rewrite:
        expected.write_text(statement, encoding="utf-8")
    assert statement == expected.read_text(encoding="utf-8"), (
        f"rewrite with: pytest {__file__} --rewrite"
    )


@pytest.mark.parametrize("dialect", sql.DIALECTS)
@pytest.mark.parametrize("case", HISTORIES)
def test_statement_of_a_history(case: str, dialect: sql.Dialect, rewrite: bool) -> None:
    """Several periods at once compile to exactly the statement that was reviewed."""
    charter = charter_in(FOLDER / f"{case}.yaml")
    tables = tables_in(FOLDER / f"{case}.tables.yaml")
    schemas = {name: schema_of(table) for name, table in tables.items()}
    week = timedelta(weeks=1)
    periods = [GOLDEN_AS_OF.shifted(GOLDEN_AS_OF.as_of - week * back) for back in (2, 1, 0)]
    statement = compile_history(charter, schemas, periods, dialect).sql
    expected = FOLDER / f"{case}.history.{dialect}.sql"
    if rewrite:
        expected.write_text(statement, encoding="utf-8")
    assert statement == expected.read_text(encoding="utf-8"), (
        f"rewrite with: pytest {__file__} --rewrite"
    )


def test_no_statement_is_left_over() -> None:
    """Every statement and every table belongs to a charter that is still there."""
    assert {path.name.split(".")[0] for path in FOLDER.iterdir()} == set(CASES)
