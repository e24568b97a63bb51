"""Charters that several tests read."""

from __future__ import annotations

from pathlib import Path

GOLDEN = Path(__file__).parents[2] / "golden"
CHARTERS = sorted((GOLDEN / "charters").glob("*.yaml"))
MINIMAL = (GOLDEN / "charters" / "minimal.yaml").read_text(encoding="utf-8")
COMPLETE = (GOLDEN / "charters" / "range_review.yaml").read_text(encoding="utf-8")


def changed(*pairs: tuple[str, str], text: str = MINIMAL) -> str:
    """`text` with each first text of a pair, which must be there, replaced by the second."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
