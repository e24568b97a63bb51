"""Comparing the tables of a ledger with those that the migrations make."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

from pmpo.diagnostics import Diagnostic
from pmpo.store.ledger.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_SQLITE: Final = text("SELECT type, name, tbl_name, sql FROM sqlite_master")
_POSTGRESQL: Final = text(
    "SELECT 'trigger', tgname, '' FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' "
    "ORDER BY tgname"
)
_TABLES: Final = ("ledger", "entries", "tiles", "checkpoints", "attachments")
POSTGRESQL_TRIGGERS: Final = frozenset(
    f"{table}_{what}" for table in _TABLES[:-1] for what in ("no_update", "no_replace")
) | {"attachments_no_update", "attachments_no_delete"}

Schema = dict[tuple[str, str], tuple[str, str | None]]
"""What tables, indexes and triggers there are: type and name to table and statement."""


def schema_findings(connection: Connection) -> list[Diagnostic]:
    """What is not as the migrations make it: triggers that are gone, tables that are changed."""
    if connection.dialect.name == "postgresql":
        named = {row[1] for row in connection.execute(_POSTGRESQL)}
        return _triggers_gone(sorted(POSTGRESQL_TRIGGERS - named))
    expected, found = _expected(), _schema(connection)
    gone = sorted(expected.keys() - found.keys())
    findings = [_changed(f"{kind} `{name}` is gone") for kind, name in gone if kind != "trigger"]
    findings += _triggers_gone([name for kind, name in gone if kind == "trigger"])
    findings += [
        _changed(f"{kind} `{name}` is not the one that PMPO makes")
        for kind, name in sorted(expected.keys() & found.keys())
        if found[kind, name] != expected[kind, name]
    ]
    findings += [
        _changed(f"{kind} `{name}` is none that PMPO makes")
        for kind, name in sorted(found.keys() - expected.keys())
    ]
    return findings


@cache
def _expected() -> Schema:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            upgrade(connection)
            return _schema(connection)
    finally:
        engine.dispose()


def _schema(connection: Connection) -> Schema:
    rows: list[Any] = list(connection.execute(_SQLITE))
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def _triggers_gone(names: Sequence[str]) -> list[Diagnostic]:
    """One finding for all of them."""
    if not names:
        return []
    listed = ", ".join(f"`{name}`" for name in names)
    told = f"the trigger {listed} is" if len(names) == 1 else f"{len(names)} triggers are"
    which = f": {listed}" if len(names) > 1 else ""
    return [
        Diagnostic(
            "ledger/trigger-missing",
            "error",
            f"{told} gone{which}",
            note="triggers refuse changes; without one, other programs can change entries "
            "unnoticed until `pmpo verify` is run",
            help="restore the ledger from a backup, and find out who has written to the database",
        )
    ]


def _changed(fact: str) -> Diagnostic:
    return Diagnostic(
        "ledger/schema-changed",
        "error",
        fact,
        note="something else than PMPO has written to the ledger",
        help="restore the ledger from a backup, and find out who has written to the database",
    )
