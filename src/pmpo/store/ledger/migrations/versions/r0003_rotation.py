"""Rotation: no table changes, but a log may have several keys, one after another.

A program that knows only the first key would take what the next ones sign for forged: it is told
that the log is newer than it is.
"""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keys stand in entries of kind `KeyRotated`; there is nothing to change."""
