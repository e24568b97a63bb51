"""The code blocks of a Markdown document and what its comments say about testing them.

A block is tested as its language says. A comment on the line above changes that:

    <!-- test: skip because REASON -->      it is not run
    <!-- test: exit 1 -->                   its commands end with this status
    <!-- test: file NAME -->                it is written to a file that later blocks use
    <!-- test: under signals.growth -->     it is a piece of a charter, found at this path
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FENCE = re.compile(r"(?P<indent> *)```(?P<language>[A-Za-z0-9_+-]*) *(?P<more>.*)")
_COMMENT = re.compile(r"\s*<!-- test: (?P<verb>\w+)(?: (?P<rest>.*?))? -->\s*")


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Args:
        line: the line of its fence, from 1.
        verb: what the comment above it asks for, or nothing.
        rest: what follows the verb.
    """

    path: Path
    line: int
    language: str
    text: str
    verb: str = ""
    rest: str = ""

    @property
    def place(self) -> str:
        """`file:line`, as editors open it."""
        return f"{self.path}:{self.line}"


def blocks(path: Path) -> list[Block]:
    """All fenced blocks of a document, in order."""
    return list(_blocks(path, path.read_text(encoding="utf-8").splitlines()))


def _blocks(path: Path, lines: list[str]) -> Iterator[Block]:
    number = 0
    while number < len(lines):
        fence = _FENCE.fullmatch(lines[number])
        if fence is None:
            number += 1
            continue
        end = number + 1
        while end < len(lines) and lines[end].strip() != "```":
            end += 1
        comment = _COMMENT.fullmatch(lines[number - 1]) if number else None
        yield Block(
            path,
            number + 1,
            fence["language"],
            dedent("\n".join(lines[number + 1 : end])) + "\n",
            comment["verb"] if comment else "",
            (comment["rest"] or "").strip() if comment else "",
        )
        number = end + 1
