"""What nobody may guess: ids of entries and salts. No result of an evaluation rests on them."""

from __future__ import annotations

import secrets

from pmpo.model.entry import SALT_SIZE


def new_id() -> str:
    """An id for an entry: 128 bits that nobody else has."""
    return f"e-{secrets.token_hex(16)}"


def new_salt() -> bytes:
    """A salt for what is attached to an entry."""
    return secrets.token_bytes(SALT_SIZE)
