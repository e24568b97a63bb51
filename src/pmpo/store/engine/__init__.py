"""Engines: what runs a compiled plan over relations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


class Engine(Protocol):
    """What measuring asks of an engine."""

    def query(self, sql: str) -> pa.Table:
        """Run one SELECT statement and return its complete result."""

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under a name."""
