"""What every view shares: two colours, plurals, and text that cannot steer a terminal."""

from __future__ import annotations

from typing import Final

from rich.padding import Padding
from rich.text import Text

ACCENT: Final = "cyan"
DIM: Final = "bright_black"


def counted(noun: str, count: int) -> str:
    """A noun behind a number."""
    return noun if count == 1 or noun.endswith("s") else f"{noun}s"


def plain(text: str) -> str:
    """Text of the user's data without control characters, so that it cannot steer a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)


def below(text: Text | str, style: str = "") -> Padding:
    """A text below a title, to its right also on the lines on which it goes on."""
    shown = Text(text, style=style) if isinstance(text, str) else text
    return Padding(shown, (0, 0, 0, 2), expand=False)
