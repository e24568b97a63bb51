"""What every view shares: two colours, and text that cannot steer a terminal."""

from __future__ import annotations

from typing import Final

ACCENT: Final = "cyan"
DIM: Final = "bright_black"


def plain(text: str) -> str:
    """Text of the user's data without control characters, so that it cannot steer a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)
