"""How large compiled SQL may grow, measured without recursion.

A short formula can stand for a very large statement, because some functions mention their argument
several times and derived columns are written out where they are used.
"""

from __future__ import annotations

from typing import Final

from pmpo.sql import exp

MAX_STEPS: Final = 10_000
MAX_NODES: Final = 10_000
MAX_NESTING: Final = 300
MAX_CHAIN: Final = 150


def parts_of(node: exp.Expr) -> int:
    """How many parts SQL has."""
    return sum(1 for _ in node.walk())


def too_large(node: exp.Expr, nesting: int = MAX_NESTING) -> bool:
    """Whether a tree has more parts, or deeper ones, than engines and readers can take."""
    waiting = [(node, 1)]
    parts = 0
    while waiting:
        part, depth = waiting.pop()
        parts += 1
        if parts > MAX_NODES or depth > nesting:
            return True
        waiting += [(child, depth + 1) for child in part.iter_expressions()]
    return False
