from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from pmpo.store.ledger.tables import metadata
from tests.unit.store.ledger.support import made_by_migrations, new_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.schema import DDLElement

_FULL_TILE = 256
"""So many entries that every table is in use."""


def test_alembic_finds_no_difference(tmp_path: Path) -> None:
    """Tables, columns, their types and nulls, and indexes are described as they were made."""
    with new_ledger(tmp_path, _FULL_TILE).database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_description_makes_the_same_tables(tmp_path: Path, dialect: str) -> None:
    """Also keys, checks, the order of columns and numbers that a database makes are the same."""
    new_ledger(tmp_path, _FULL_TILE)
    spoken = make_url(f"{dialect}://").get_dialect()()
    statements: list[DDLElement] = [CreateTable(table) for table in metadata.sorted_tables]
    statements += [CreateIndex(one) for table in metadata.sorted_tables for one in table.indexes]
    described = [" ".join(str(one.compile(dialect=spoken)).split()) for one in statements]
    tables = ("CREATE TABLE", "CREATE INDEX")
    made = [one for one in made_by_migrations(dialect) if one.startswith(tables)]
    # the first version lets PostgreSQL number the one row of `ledger`, which nothing uses
    assert sorted(described) == sorted(one.replace("one SERIAL", "one INTEGER") for one in made)
