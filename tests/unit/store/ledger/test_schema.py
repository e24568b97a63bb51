from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from pmpo.store.ledger.database import sqlite
from pmpo.store.ledger.migrations import upgrade
from pmpo.store.ledger.office_ledger import begin_file
from pmpo.store.ledger.schema import POSTGRESQL_TRIGGERS, schema_findings
from tests.unit.store.ledger.support import made_by_migrations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Found = Callable[..., list[str]]

_TABLES = ("attachments", "checkpoints", "entries", "ledger", "tiles")
_TRIGGERS = [
    f"{table}_{what}" for table in _TABLES for what in ("no_delete", "no_replace", "no_update")
]
_OTHER = {
    "trigger": "CREATE TRIGGER {name} AFTER DELETE ON entries BEGIN SELECT 1; END",
    "index": "CREATE INDEX {name} ON entries (kind)",
    "table": "CREATE TABLE {name} (x TEXT)",
}


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """What is found of new tables on which somebody has run some statements."""
    path = tmp_path / "ledger.db"
    begin_file(path)
    with sqlite(path).writing() as connection:
        upgrade(connection)

    def messages(*statements: str) -> list[str]:
        with sqlite(path).writing() as connection:
            for statement in statements:
                connection.execute(text(statement))
            findings = schema_findings(connection)
            connection.rollback()
        return [finding.message for finding in findings]

    return messages


def _others(kind: str, name: str) -> tuple[str, str]:
    return f"DROP {kind} {name}", _OTHER[kind].format(name=name)


@pytest.mark.parametrize("name", _TRIGGERS)
def test_each_trigger_that_is_gone_or_another_is_named(found: Found, name: str) -> None:
    """A guard that is gone, and one that guards nothing in its place, are told apart."""
    gone, other = _others("trigger", name)
    assert found(gone) == [f"the trigger `{name}` is gone"]
    changed = f"trigger `{name}` is not the one that PMPO makes"
    assert found(gone, other) == [changed]


@pytest.mark.parametrize("name", _TABLES)
def test_each_table_that_is_gone_or_another_is_named(found: Found, name: str) -> None:
    """A table goes with its guards and indexes; one of other columns is not the same."""
    gone, other = _others("table", name)
    triggers = [one for one in _TRIGGERS if one.startswith(f"{name}_")]
    indexes = {
        "entries": ["entries_by_kind", "sqlite_autoindex_entries_1"],
        "tiles": ["sqlite_autoindex_tiles_1"],
        "attachments": ["sqlite_autoindex_attachments_1"],
    }
    without = [f"index `{one}` is gone" for one in indexes.get(name, [])]
    listed = ", ".join(f"`{one}`" for one in triggers)
    guards = f"3 triggers are gone: {listed}"
    assert found(gone) == [*without, f"table `{name}` is gone", guards]
    changed = f"table `{name}` is not the one that PMPO makes"
    assert found(gone, other) == [*without, guards, changed]


def test_an_index_that_is_another_is_named(found: Found) -> None:
    """An index over other columns does not find what the one that PMPO makes finds."""
    changed = ["index `entries_by_kind` is not the one that PMPO makes"]
    assert found(*_others("index", "entries_by_kind")) == changed


def test_a_trigger_that_is_said_to_be_of_another_table_is_named(found: Found) -> None:
    """What the schema of the file says of a trigger counts, not only its statement."""
    assert found(
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET tbl_name = 'tiles' WHERE name = 'entries_no_delete'",
    ) == ["trigger `entries_no_delete` is not the one that PMPO makes"]


def test_findings_are_in_order(found: Found) -> None:
    """The same is said in the same order, whatever somebody has done first."""
    all_gone = [f"DROP TRIGGER {name}" for name in reversed(_TRIGGERS)]
    listed = ", ".join(f"`{name}`" for name in _TRIGGERS)
    assert found(*all_gone) == [f"15 triggers are gone: {listed}"]
    others = [_OTHER["trigger"].format(name=name) for name in reversed(_TRIGGERS)]
    assert found(*all_gone, *others) == [
        f"trigger `{name}` is not the one that PMPO makes" for name in _TRIGGERS
    ]
    more = [_OTHER["table"].format(name=f"more_{letter}") for letter in "hgfedcba"]
    assert found(*more) == [
        f"table `more_{letter}` is none that PMPO makes" for letter in "abcdefgh"
    ]


def test_the_triggers_on_postgresql_are_those_that_are_made() -> None:
    """Each guard that the migrations make there is looked for, and no other."""
    made = (re.match(r"CREATE TRIGGER (\w+)", one) for one in made_by_migrations("postgresql"))
    assert {match[1] for match in made if match} == POSTGRESQL_TRIGGERS
