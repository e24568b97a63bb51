"""Attachments: data outside the leaves, which may be erased once an entry says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_REFUSED = "the ledger is append-only"
_NOT_ERASED = "NOT EXISTS (SELECT 1 FROM entries WHERE kind = 'Erased' AND {in_leaf} > 0)"


def upgrade() -> None:
    """Make the table, and the triggers that let nothing go before the ledger says that it goes."""
    op.create_table(
        "attachments",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _guard_sqlite() -> None:
    not_erased = _NOT_ERASED.format(in_leaf="instr(CAST(leaf AS TEXT), OLD.hash)")
    taken = "EXISTS (SELECT 1 FROM attachments WHERE hash = NEW.hash)"
    for name, when in (
        ("attachments_no_update", "BEFORE UPDATE ON attachments"),
        ("attachments_no_delete", f"BEFORE DELETE ON attachments WHEN {not_erased}"),
        ("attachments_no_replace", f"BEFORE INSERT ON attachments WHEN {taken}"),
    ):
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END")


def _guard_postgresql() -> None:
    not_erased = _NOT_ERASED.format(in_leaf="position(OLD.hash IN convert_from(leaf, 'UTF8'))")
    op.execute(
        "CREATE FUNCTION attachments_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {not_erased} THEN RAISE EXCEPTION '{_REFUSED}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER attachments_no_delete BEFORE DELETE ON attachments "
        "FOR EACH ROW EXECUTE FUNCTION attachments_no_delete()"
    )
    op.execute(
        "CREATE TRIGGER attachments_no_update BEFORE UPDATE OR TRUNCATE ON attachments "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
    )
