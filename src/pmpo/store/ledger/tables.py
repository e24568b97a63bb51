"""The tables of a ledger, for SQLite and PostgreSQL; `migrations` makes and upgrades them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

VERSION: Final = 3
"""The newest schema that this version knows: the number of the last migration."""

metadata: Final = MetaData()
_BIG: Final = BigInteger().with_variant(Integer(), "sqlite")

ledger = Table(
    "ledger",
    metadata,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False),
    Column("key", Text, nullable=False),
)
"""Which log this is, and its verifier key: one row. PostgreSQL locks it for every append."""

entries = Table(
    "entries",
    metadata,
    Column("position", _BIG, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("program", Text),
    Column("leaf", LargeBinary, nullable=False),
    Index("entries_by_kind", "kind", "position"),
)
"""Every entry: the bytes of its leaf, and beside them what is searched for."""

tiles = Table(
    "tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", _BIG, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
)
"""The full tiles of the tree. What is not in one follows from the last entries."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", _BIG, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)
"""The signed checkpoint of every size at which the log was ever acknowledged."""

attachments = Table(
    "attachments",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Data outside the leaves. Rows are never updated; deleted only when an entry says so."""
