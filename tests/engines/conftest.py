"""The engines: each starts when the first test asks for it and stops with the session."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.engines.engine import DuckDB
from tests.engines.postgresql import PostgreSQL
from tests.engines.sparksession import Spark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engines.engine import Engine

ENGINES = ("duckdb", "duckdb_two_threads", "postgres", "spark")


@pytest.fixture(scope="session")
def duckdb() -> Iterator[DuckDB]:
    """DuckDB on one thread."""
    with closing(DuckDB(threads=1)) as engine:
        yield engine


@pytest.fixture(scope="session")
def duckdb_two_threads() -> Iterator[DuckDB]:
    """DuckDB on two threads."""
    with closing(DuckDB(threads=2)) as engine:
        yield engine


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    with closing(PostgreSQL()) as engine:
        yield engine


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    """A Spark session."""
    with closing(Spark()) as engine:
        yield engine


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    engine: Engine = request.getfixturevalue(request.param)
    return engine


@pytest.fixture
def engines(request: pytest.FixtureRequest) -> list[Engine]:
    """All engines at once, to compare what they answer."""
    return [request.getfixturevalue(name) for name in ENGINES]
