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
_BEGINS: Final = {"sqlite": "instr({0}, {1}) = 1", "postgresql": "position({1} IN {0}) = 1"}
_TEXTS: Final = {
    # bytes in a column of texts stand behind every text, and no search for a text finds them
    "sqlite": "id < x'' AND kind < x'' AND coalesce(program, '') < x''",
    "postgresql": "TRUE",
}


def inside(start: int, end: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The condition that an entry has a position from `start` up to `end`."""
    return entries.c.position >= start, entries.c.position < end


def survey(database: Database, start: int, end: int) -> tuple[int, list[int]]:
    """How many entries there are from `start` up to `end`, and beside which other columns stand.

    Raises: StoreError where the database cannot be read.
    """
    where = inside(start, end)
    differ = _differ(database.engine.dialect.name)
    numbers = select(func.count(), func.count(case((differ, entries.c.position)))).where(*where)
    named = select(entries.c.position).where(*where, differ).order_by(entries.c.position)
    with database.reading() as connection:
        count, changed = connection.execute(numbers).one()
        return count, list(connection.execute(named).scalars()) if changed else []


def _differ(dialect: str) -> ColumnElement[bool]:
    """Whether what the columns say is not where it should be in the leaf, by its size in bytes.

    Constants are no parameters here: those would cost on every row.
    """
    to_bytes = _BYTES[dialect].format
    id, kind, program = (f"length({to_bytes(name)})" for name in ("id", "kind", "program"))
    size = f"""length('"id":"","kind":"","program":') + {id} + {kind}
        + coalesce({program} + length('""'), length('null'))"""
    told = """'"id":"' || id || '","kind":"' || kind
        || coalesce('","program":"' || program || '"', '","program":null')"""
    rest = f"substr(leaf, length(leaf) - {_BEHIND} - ({size}) + 1)"
    agree = f"{_BEGINS[dialect].format(rest, to_bytes(told))} AND {_TEXTS[dialect]}"
    return literal_column(f"NOT coalesce({agree}, FALSE)")
