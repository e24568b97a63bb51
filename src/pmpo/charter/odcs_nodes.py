"""Nodes of a charter's tree that are made from those of a contract, with its places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pmpo.charter.yaml import Entry, Mapping, Mark, Node, Scalar, Sequence

_WHOLE: Final = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Tree:
    """Makes nodes that stand where the contract says what they say."""

    mark: Mark

    def text(self, text: str) -> Scalar:
        """A text, whatever it looks like."""
        return Scalar(text, "'", self.mark, plain=False)

    def plain(self, text: str) -> Scalar:
        """A number or word without quotes."""
        return Scalar(text, "", self.mark, plain=True)

    def null(self) -> Scalar:
        return self.plain("null")

    def entry(self, name: str, value: Node) -> Entry:
        """A field of the charter's language."""
        return Entry(self.plain(name), value)


def text_of(node: Node | None) -> str:
    """The text of a scalar; empty for what is none."""
    return node.text if isinstance(node, Scalar) and node.kind != "null" else ""


def mapping(node: Node | None) -> Mapping | None:
    """The node when it is a mapping."""
    return node if isinstance(node, Mapping) else None


def listed(node: Node | None) -> list[Mapping]:
    """The mappings of a list; empty for what is none."""
    items = node.items if isinstance(node, Sequence) else ()
    return [item for item in items if isinstance(item, Mapping)]


def whole(text: str, otherwise: int) -> int:
    """The whole number that a text says, of at most 15 digits; else `otherwise`."""
    return int(text) if _WHOLE.fullmatch(text) else otherwise
