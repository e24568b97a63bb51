"""Connections to the database of a ledger, and what it refuses as findings.

SQLite keeps a rollback journal and syncs everything (`synchronous=EXTRA`); why not WAL says
docs/adr/0014-ledger.md.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from pmpo.diagnostics import PmpoError, StoreError, stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

WAIT_S: Final = 60.0
_PRAGMAS: Final = (
    "synchronous = EXTRA",
    "mmap_size = 0",
    "secure_delete = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "recursive_triggers = ON",
)


@dataclass(frozen=True, slots=True)
class Database:
    """Where a ledger is kept.

    Args:
        engine: SQLAlchemy's, for SQLite or PostgreSQL.
        place: how people know it: a path, or a URL without its password.
    """

    engine: Engine
    place: str

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One view of the ledger, whatever others append meanwhile."""
        with self._connected("REPEATABLE READ") as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that nobody else appends beside; it holds completely or not at all.

        Raises: StoreError `ledger/locked`, `ledger/no-space`, `ledger/not-writable`,
            `ledger/damaged`, `ledger/append-only`, `ledger/failed`.
        """
        with self._connected("READ COMMITTED", writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def _connected(self, isolation: str, *, writes: bool = False) -> Iterator[Connection]:
        options: dict[str, Any] = {"pmpo_writes": writes}
        if self.engine.dialect.name != "sqlite":
            options["isolation_level"] = isolation
        try:
            with self.engine.connect().execution_options(**options) as connection:
                yield connection
        except DBAPIError as error:
            raise _finding(error.orig, self.place) from error
        except self.engine.dialect.loaded_dbapi.Error as error:  # of rows taken from its own cursor
            raise _finding(error, self.place) from error
        except UnicodeDecodeError as error:
            # sqlite3 cannot even decode the message that says what is damaged
            raise _stop("ledger/damaged", f"{self.place}: its tables have no names") from error


def sqlite(path: Path, *, read_only: bool = False, wait_s: float = WAIT_S) -> Database:
    """The SQLite file `path`, which must be there: nothing is ever created by looking.

    Args:
        read_only: refuse to write even where this user may; a journal that a killed process has
            left can then not be rolled back.
        wait_s: for how long at most another process that appends is waited for.
    """
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    mode = "rw" if writable and not read_only else "ro"
    uri = f"{path.absolute().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        opened = sqlite3.connect(
            uri, uri=True, timeout=wait_s, isolation_level=None, check_same_thread=False
        )
        for pragma in _PRAGMAS:
            opened.execute(f"PRAGMA {pragma}")
        return opened

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return Database(engine, str(path))


def postgresql(url: str) -> Database:
    """The PostgreSQL database at `url`, such as `postgresql+psycopg://host/name`."""
    engine = create_engine(url, poolclass=NullPool)
    event.listen(engine, "begin", _commit_durably)
    return Database(engine, engine.url.render_as_string(hide_password=True))


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("pmpo_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _commit_durably(connection: Connection) -> None:
    if connection.get_execution_options().get("pmpo_writes"):
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO on")


# What a database refuses -----------------------------------------------------------------

_HELP: Final = {
    "ledger/locked": "wait until the other command has ended, and run this one again",
    "ledger/no-space": "free space on the disk and run the command again",
    "ledger/not-writable": "give this user the right to write the file and its folder",
    "ledger/append-only": "write a new entry that says what is different now",
    "ledger/damaged": "restore the ledger from a backup; `pmpo doctor` tells what else is wrong",
    "ledger/failed": "check the disk or the server of the ledger, then `pmpo doctor`",
}
_NOTE: Final = {
    "ledger/no-space": "nothing was half-written: what was acknowledged before is still there",
    "ledger/append-only": "nothing in the ledger is ever changed or deleted",
    "ledger/failed": "whether it still was recorded is not known; recording it again never doubles "
    "it",
}
_SQLITE: Final = {
    "SQLITE_BUSY": "ledger/locked",
    "SQLITE_LOCKED": "ledger/locked",
    "SQLITE_FULL": "ledger/no-space",
    "SQLITE_READONLY": "ledger/not-writable",
    "SQLITE_PERM": "ledger/not-writable",
    "SQLITE_AUTH": "ledger/not-writable",
    "SQLITE_CONSTRAINT": "ledger/append-only",
    "SQLITE_CORRUPT": "ledger/damaged",
    "SQLITE_NOTADB": "ledger/damaged",
    "SQLITE_ERROR": "ledger/damaged",  # a table or column is not there
}
_POSTGRESQL: Final = {
    "23": "ledger/append-only",
    "25": "ledger/not-writable",
    "42": "ledger/damaged",
    "53": "ledger/no-space",
    "55": "ledger/locked",
    "57": "ledger/locked",
    "XX": "ledger/damaged",
}


def _finding(cause: BaseException | None, place: str) -> PmpoError:
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "SQLITE_ERROR")
        code = _SQLITE.get("_".join(name.split("_")[:2]), "ledger/failed")
    else:
        code = _POSTGRESQL.get((getattr(cause, "sqlstate", None) or "")[:2], "ledger/failed")
    return _stop(code, f"{place}: {str(cause).strip().partition(chr(10))[0]}")


def _stop(code: str, fact: str) -> PmpoError:
    return stop(code, fact, note=_NOTE.get(code, ""), help=_HELP[code], error=StoreError)
