"""Charters that several tests read, and how an editor sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pmpo.charter.yaml import Mapping, Node, Scalar

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


def instance(node: Node) -> Any:
    """The JSON value that an editor sees."""
    if isinstance(node, Mapping):
        return {key.text: instance(value) for key, value in node.entries}
    if not isinstance(node, Scalar):
        return [instance(item) for item in node.items]
    if node.kind == "text":
        return node.text
    return json.loads(node.text or "null") if node.text != "~" else None
