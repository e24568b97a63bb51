"""Charters beside the statements they compile to, one per dialect, reviewed as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from pmpo import sql
from tests.compiling import GOLDEN_AS_OF, charter_in, plan_for, tables_in

FOLDER = Path(__file__).parent / "sql"
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


def test_no_statement_is_left_over() -> None:
    """Every statement and every table belongs to a charter that is still there."""
    assert {path.name.split(".")[0] for path in FOLDER.iterdir()} == set(CASES)
