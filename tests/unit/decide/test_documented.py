"""Every condition, need and kind that a user may meet is explained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pmpo.codes import CODES
from pmpo.loop.due import KINDS
from pmpo.model.decision import GATES, NEEDS, REASON_CODES, VERDICTS

if TYPE_CHECKING:
    from pathlib import Path


def test_conditions_are_documented(root: Path) -> None:
    """The page names each condition by its id, and no other; codes of errors are no conditions."""
    page = (root / "docs" / "decisions.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+/[a-z-]+)(?:/AXIS)?`", page)) - set(CODES)
    used = set()
    for name in ("approvals", "gate", "ratify", "waive"):
        text = (root / "src" / "pmpo" / "decide" / f"{name}.py").read_text("utf-8")
        used |= set(re.findall(r'Unmet\(\s*f?"([a-z_]+/[a-z-]+)', text))
    assert used == told


def test_words_are_documented(root: Path) -> None:
    """Needs, verdicts, reason codes and kinds of what is due stand on the page."""
    page = (root / "docs" / "decisions.md").read_text(encoding="utf-8")
    words = [*NEEDS, *GATES, *VERDICTS, *REASON_CODES, *KINDS]
    assert [word for word in words if f"`{word}`" not in page] == []
    assert [text for text in KINDS.values() if text.split(":")[0].rstrip(".") not in page] == []
