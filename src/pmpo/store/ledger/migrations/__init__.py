"""How the tables of a ledger are made, and brought from one version to the next.

Revisions are numbers, so that a store written by a newer version can be named and refused.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import inspect, text

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.store.ledger.tables import VERSION

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

_ONE_AT_A_TIME: Final = Lock()  # Alembic keeps what it works on in globals
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
SCRIPTS: Final = Path(__file__).parent


def version_of(connection: Connection) -> int:
    """Which version the tables have; 0 where there are none.

    Raises: StoreError `ledger/newer-schema`, `ledger/damaged`.
    """
    names = inspect(connection).get_table_names()
    if "alembic_version" not in names:
        if names:
            raise _unknown("it has tables and does not say of which version")
        return 0
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if len(found) != 1 or not _NUMBER.fullmatch(str(found[0])):
        raise _unknown("it does not say of which version its tables are")
    version = int(found[0])
    if version > VERSION:
        raise stop(
            "ledger/newer-schema",
            f"the ledger has schema {version}, and this version knows schemas up to {VERSION}",
            note="it was written by a newer version, which may mean other things by its tables",
            help="upgrade: `pip install --upgrade pmpo`",
            error=StoreError,
        )
    return version


def upgrade(connection: Connection, version: int = VERSION) -> None:
    """Bring the tables to a version, within the transaction that the connection is in."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    scripts = _scripts()

    def steps(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs(f"{version:04}", revision)  # noqa: SLF001 # as its commands do

    with _ONE_AT_A_TIME, EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


@cache
def _scripts() -> ScriptDirectory:
    """The revisions, which are read once: a ledger is opened more often than PMPO is installed."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(SCRIPTS)


def _unknown(why: str) -> PmpoError:
    return stop(
        "ledger/damaged",
        f"the ledger cannot be read: {why}",
        help="restore it from a backup",
        error=StoreError,
    )
