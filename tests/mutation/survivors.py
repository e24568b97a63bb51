"""The changes that no test finds, as `survivors.txt` lists them under their reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("survivors.txt")


def survivors() -> frozenset[str]:
    """Their names; lines that begin with `#` are reasons."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
