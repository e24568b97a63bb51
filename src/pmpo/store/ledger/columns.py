"""Comparing what entries are searched by with what their leaves say; the database does it.

Canonical JSON sorts the names of an entry, and what is searched by needs no escape in it: so id,
kind and program are one piece of every leaf, and the same number of bytes always follows it. No
leaf has to be parsed for that, nor even to be read into this process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, literal_column, select

from pmpo.model.entry import SCHEMA
from pmpo.store.ledger.tables import entries

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from pmpo.store.ledger.database import Database

_BEHIND: Final = len(f',"recorded_at":"2026-03-02T09:00:00.000000Z","schema":{SCHEMA}}}')
_BYTES: Final = {"sqlite": "CAST({} AS BLOB)", "postgresql": "convert_to({}, 'UTF8')"}


def survey(database: Database, start: int, end: int) -> tuple[int, list[int]]:
    """How many entries there are from `start` up to `end`, and beside which other columns stand.

    Raises: StoreError where the database cannot be read.
    """
    inside = entries.c.position >= start, entries.c.position < end
    differ = _differ(database.engine.dialect.name)
    numbers = select(func.count(), func.count(case((differ, 1)))).where(*inside)
    named = select(entries.c.position).where(*inside, differ).order_by(entries.c.position)
    with database.reading() as connection:
        count, changed = connection.execute(numbers).one()
        return count, list(connection.execute(named).scalars()) if changed else []


def _differ(dialect: str) -> ColumnElement[bool]:
    """Whether columns and leaf differ: constants are no parameters, which cost on every row.

    A column is compared with itself as a text since SQLite keeps bytes in a column of texts, and no
    search for a text would find them.
    """
    to_bytes = _BYTES[dialect].format
    told = """'"id":"' || id || '","kind":"' || kind
        || coalesce('","program":"' || program || '"', '","program":null')"""
    length = f"""(length('"id":"","kind":"","program":') + length(id) + length(kind)
        + coalesce(length({to_bytes("program")}) + length('""'), length('null')))"""
    return literal_column(
        f"""NOT coalesce(
            substr(leaf, length(leaf) - {_BEHIND} - {length} + 1, {length}) = {to_bytes(told)}
            AND id = CAST(id AS TEXT) AND kind = CAST(kind AS TEXT)
            AND (program IS NULL OR program = CAST(program AS TEXT)), FALSE)"""
    )
