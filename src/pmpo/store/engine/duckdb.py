"""DuckDB as the embedded engine: it reads the declared files, and cannot reach anything else."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import duckdb
from duckdb import DuckDBPyConnection, StatementType

from pmpo.diagnostics import DataError, Diagnostic, PmpoError, stop
from pmpo.store import _duck

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    import pyarrow as pa

    from pmpo.store.readers.relation import Relation

THREADS_VARIABLE: Final = "PMPO_THREADS"
TIMEOUT_VARIABLE: Final = "PMPO_TIMEOUT_S"
_HOUR_S: Final = 3600.0
_DENSE_BYTES: Final = 64 << 20
_STATE_BYTES: Final = 32  # what DuckDB keeps for a sum of 128 bits, its largest
_MOST_THREADS: Final = 1024
_MEMORY: Final = re.compile(r"\d+(\.\d+)? ?([KMGT]i?)?B", re.IGNORECASE)


def thread_count(environment: Mapping[str, str] = os.environ) -> int:
    """How many threads to use: what PMPO_THREADS says, else every core this process may use.

    Raises:
        PmpoError: `engine/threads`: the variable is not a whole number from 1 to 1024.
    """
    said = environment.get(THREADS_VARIABLE, "").strip()
    if not said:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _cores()
    if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= _MOST_THREADS:
        raise stop(
            "engine/threads",
            f"{THREADS_VARIABLE} is `{said}`",
            note=f"it says how many threads the engine uses: a whole number from 1 to "
            f"{_MOST_THREADS}; results do not depend on it",
            help=f"unset {THREADS_VARIABLE} to use every core, or set it to a number such as 2",
            error=PmpoError,
        )
    return int(said)


def time_limit_s(environment: Mapping[str, str] = os.environ) -> float:
    """Seconds after which a query is stopped: what PMPO_TIMEOUT_S says, else one hour.

    Raises:
        PmpoError: `engine/time-limit`: the variable is not a positive number.
    """
    said = environment.get(TIMEOUT_VARIABLE, "").strip()
    if not said:
        return _HOUR_S
    if not said.isascii() or not said.isdigit() or int(said) < 1:
        raise stop(
            "engine/time-limit",
            f"{TIMEOUT_VARIABLE} is `{said}`",
            note="it says after how many seconds a query is stopped: a whole number from 1",
            help=f"unset {TIMEOUT_VARIABLE} for one hour, or set it to a number such as 600",
            error=PmpoError,
        )
    return float(said)


def dense_bits(aggregates: int) -> int:
    """For keys of how many bits each thread may hold a slot for every possible key.

    Example:
        >>> dense_bits(12), dense_bits(500)
        (17, 12)
    """
    slots = _DENSE_BYTES // (_STATE_BYTES * (aggregates + 1))
    return max(slots.bit_length() - 1, 12)


def _cores() -> int:
    return os.cpu_count() or 1


class DuckDB:
    """A fresh in-memory engine with one view per relation; use it as a context manager.

    Args:
        relations: what can be read; each becomes a view under its key.
        threads: None takes `thread_count()`.
        memory_limit: such as `512MB`; what does not fit is written to a private folder.
        timeout_s: seconds after which a query is stopped; None takes `time_limit_s()`.
        aggregates: how many aggregates a query computes at once. Knowing it, groups by dense whole
            numbers are addressed instead of looked up as far as memory for that is small.

    Raises:
        DataError: `engine/…` or `source/…`, for everything DuckDB can refuse.

    Example:
        >>> with DuckDB({}, threads=1) as engine:
        ...     engine.query("SELECT 1 AS one").to_pylist()
        [{'one': 1}]
    """

    def __init__(
        self,
        relations: Mapping[str, Relation],
        *,
        threads: int | None = None,
        memory_limit: str | None = None,
        timeout_s: float | None = None,
        aggregates: int | None = None,
    ) -> None:
        self._relations = dict(relations)
        self._threads = thread_count() if threads is None else threads
        self._memory_limit = _checked_memory(memory_limit)
        self._timeout_s = time_limit_s() if timeout_s is None else timeout_s
        self._dense_bits = None if aggregates is None else dense_bits(aggregates)
        self._connection: DuckDBPyConnection | None = None
        self._spill: Path | None = None

    def __enter__(self) -> Self:
        self._spill = Path(tempfile.mkdtemp(prefix="pmpo-spill-"))
        try:
            self._connection = self._open(self._spill)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection and remove what it spilled."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._spill is not None:
            shutil.rmtree(self._spill, ignore_errors=True)
            self._spill = None

    def query(self, sql: str) -> pa.Table:
        """Run one SELECT statement and return its complete result.

        Raises:
            DataError: `engine/not-a-query` for anything but one SELECT; `engine/too-long`;
                other `engine/…` and `source/…` codes by what went wrong.
        """
        connection = self._live()
        with _findings():
            _only_select(connection, sql)
            with self._watchdog(connection):
                return connection.sql(sql).to_arrow_table()

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under a name."""
        with _findings():
            self._live().register(name, table)

    def _live(self) -> DuckDBPyConnection:
        if self._connection is None:
            raise RuntimeError("the engine is closed: use it inside its `with` block")
        return self._connection

    def _open(self, spill: Path) -> DuckDBPyConnection:
        _distinct_names(self._relations)
        files = _present(self._relations)
        with _findings():
            connection = _duck.connect(
                files,
                threads=self._threads,
                memory_limit=self._memory_limit,
                spill=spill,
                dense_bits=self._dense_bits,
            )
        try:
            with _findings():
                for name, relation in self._relations.items():
                    view = f"CREATE VIEW {_duck.name(name)} AS SELECT * FROM {relation.sql}"  # noqa: S608
                    connection.execute(view)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _watchdog(self, connection: DuckDBPyConnection) -> Iterator[None]:
        """Stop a query that runs longer than it may."""
        timer = threading.Timer(self._timeout_s, connection.interrupt)
        timer.start()
        try:
            yield
        except duckdb.InterruptException as error:
            raise stop(
                "engine/too-long",
                f"the query was stopped after {self._timeout_s:g} seconds",
                note="a formula that never ends would hold up the whole review",
                help="look for a join that multiplies rows, or allow more time with "
                f"{TIMEOUT_VARIABLE}",
            ) from error
        finally:
            timer.cancel()
            timer.join()


@contextmanager
def _findings() -> Iterator[None]:
    """Raise what DuckDB refuses as findings."""
    try:
        yield
    except duckdb.Error as error:
        raise _duck.finding(error) from error


def _only_select(connection: DuckDBPyConnection, sql: str) -> None:
    kinds = [statement.type for statement in connection.extract_statements(sql)]
    if kinds != [StatementType.SELECT]:
        named = ", ".join(kind.name for kind in kinds) or "nothing"
        raise stop(
            "engine/not-a-query",
            f"the engine runs one SELECT statement, and this is {named}",
            note="nothing that is measured may change data or settings",
        )


def _present(relations: Mapping[str, Relation]) -> list[Path]:
    """Every file of the relations, all of which are still there."""
    missing = [
        Diagnostic(
            "engine/missing-file",
            "error",
            f"{file} is no longer there",
            path=f"sources.{name}",
            help="restore the file, or run again if it was replaced",
        )
        for name, relation in relations.items()
        for file in relation.files
        if not file.is_file()
    ]
    if missing:
        raise DataError(missing)
    return [file for relation in relations.values() for file in relation.files]


def _distinct_names(relations: Mapping[str, Relation]) -> None:
    """Refuse names that DuckDB cannot tell apart."""
    seen: dict[str, str] = {}
    for name in relations:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise DataError(
                [
                    Diagnostic(
                        "engine/same-name",
                        "error",
                        f"sources `{other}` and `{name}` differ only by case",
                        path=f"sources.{name}",
                        note="SQL takes both for the same table",
                        help="rename one of them",
                    )
                ]
            )


def _checked_memory(limit: str | None) -> str | None:
    if limit is not None and not _MEMORY.fullmatch(limit.strip()):
        raise stop(
            "engine/memory-limit",
            f"`{limit}` is not an amount of memory",
            help="write a number and a unit, such as 512MB or 4GB",
            error=PmpoError,
        )
    return limit
