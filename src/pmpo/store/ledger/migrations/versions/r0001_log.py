"""The log: identity, entries, tiles and checkpoints, none of which is ever updated or deleted."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFUSED = "the ledger is append-only"


def upgrade() -> None:
    """Make the tables, and the triggers that keep them append-only."""
    op.create_table(
        "ledger",
        sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1"), primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("position", _BIG, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("program", sa.Text),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
    )
    op.create_index("entries_by_kind", "entries", ["kind", "position"])
    op.create_table(
        "tiles",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", _BIG, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", _BIG, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    guards = _postgresql if op.get_bind().dialect.name == "postgresql" else _sqlite
    for statement in guards():
        op.execute(statement)


_TAKEN = {
    "ledger": "EXISTS (SELECT 1 FROM ledger)",
    "entries": (
        "NEW.position <> (SELECT COALESCE(MAX(position), -1) + 1 FROM entries) "
        "OR EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)"
    ),
    "tiles": ("EXISTS (SELECT 1 FROM tiles WHERE level = NEW.level AND position = NEW.position)"),
    "checkpoints": "NEW.size <= (SELECT COALESCE(MAX(size), -1) FROM checkpoints)",
}
"""When a new row would replace one or leave a gap. SQLite's `INSERT OR REPLACE` deletes rows
without telling any other trigger."""


def _sqlite() -> Iterator[str]:
    for table, taken in _TAKEN.items():
        for name, when in (
            (f"{table}_no_update", f"BEFORE UPDATE ON {table}"),
            (f"{table}_no_delete", f"BEFORE DELETE ON {table}"),
            (f"{table}_no_replace", f"BEFORE INSERT ON {table} WHEN {taken}"),
        ):
            yield f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"


def _postgresql() -> Iterator[str]:
    refuse = f"RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'integrity_constraint_violation';"
    begin = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    yield f"CREATE FUNCTION ledger_append_only() {begin} {refuse} END $$"
    for table, taken in _TAKEN.items():
        check = f"IF {taken} THEN {refuse} END IF; RETURN NEW;"
        yield f"CREATE FUNCTION {table}_no_replace() {begin} {check} END $$"
        yield (
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_no_replace()"
        )
