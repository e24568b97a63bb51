"""The small vocabulary in which the charter language is described.

A shape says what may stand somewhere. It reads a node into a value (or reports why it cannot),
gives its JSON Schema, and says in words what it wants; `language.py` puts shapes together.
"""

# what the methods of a shape do is said once, at Shape
from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pmpo.charter.suggest import did_you_mean, listing
from pmpo.charter.yaml import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType

    from pmpo.charter.findings import Findings


class _Bad(Enum):
    BAD = "BAD"


BAD: Final[Any] = _Bad.BAD
"""Stands for a value that could not be read; what is wrong is already reported."""

DOCUMENTARY: Final = frozenset({"names", "because", "cites"})
"""Fields that explain and never change a number; the logic hash leaves them out."""


class At(NamedTuple):
    """A node with its charter path and the key it stands under."""

    node: Node
    path: str
    key: Scalar | None = None

    def field(self, key: Scalar, value: Node) -> At:
        """The value of one field below this node."""
        return At(value, f"{self.path}.{key.text}" if self.path else key.text, key)

    def item(self, index: int, value: Node) -> At:
        """One item of the list that this node is."""
        return At(value, f"{self.path}.{index}", None)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.key.text if self.key is not None else self.path.rpartition(".")[2]


class Shape(ABC):
    """What may stand at one place of a charter."""

    wants: str

    @abstractmethod
    def read(self, at: At, to: Findings) -> Any:
        """The value at `at`, or BAD after reporting to `to` why there is none."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of this shape."""

    def key_schema(self) -> dict[str, Any]:
        """The JSON Schema of this shape where it is a key, which JSON knows as text only."""
        return self.schema()

    def parts(self) -> tuple[Shape, ...]:
        """The shapes this one is made of."""
        return ()

    def below(self, key: str) -> Shape | None:  # noqa: ARG002  # objects look at it
        """The shape of what stands under `key`, or of the items of a list."""
        return None

    @property
    def documentary(self) -> frozenset[str]:
        """Fields directly below that the logic hash leaves out."""
        return frozenset()

    @property
    def ordered(self) -> bool:
        """Whether the order of the keys directly below matters."""
        return False


def describe(node: Node) -> str:
    """What was written, in words for a finding."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.kind == "null":
        return "nothing"
    shown = node.text if len(node.text) <= 40 else node.text[:40] + "…"
    return f"`{shown}`" if node.kind == "bool" else f"the {node.kind} `{shown}`"


def wrong_type(at: At, to: Findings, wants: str, help: str = "", subject: str = "") -> Any:
    """Report that something of another kind was written, by default naming the path."""
    to.error(
        "charter/wrong-type",
        f"{subject or f'`{at.path}`'} wants {wants}, not {describe(at.node)}",
        at.node.span,
        at.path,
        label=f"expected {wants}",
        help=help or f"write {wants} here",
    )
    return BAD


def bad_value(code: str, at: At, to: Findings, fact: str, *, note: str = "", help: str) -> Any:
    """Report that the right kind of thing was written, with a value that cannot be meant."""
    to.error(code, fact, at.node.span, at.path, note=note, help=help)
    return BAD


def quote(text: str) -> str:
    """`text` as a single-quoted YAML scalar."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Text(Shape):
    """Free text; `blank` admits the empty text where it means something."""

    wants: str = "a text"
    blank: bool = False

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if not isinstance(node, Scalar) or node.kind != "text":
            return wrong_type(at, to, self.wants, self._quoted(node))
        if not self.blank and not node.text.strip():
            return bad_value(
                "charter/empty",
                at,
                to,
                f"`{at.path}` is an empty text",
                help=f"write {self.wants}, or delete the field",
            )
        return node.text

    def _quoted(self, node: Node) -> str:
        if isinstance(node, Scalar) and node.kind in ("number", "bool"):
            return f"put it in quotes: {quote(node.text)}"
        return ""

    def schema(self) -> dict[str, Any]:
        return {"type": "string"} if self.blank else {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class Name(Shape):
    """An identifier; `pattern` is a regular expression for all of it, `remedy` is what to do."""

    pattern: str
    wants: str
    rule: str
    remedy: str = "choose another name"

    def read(self, at: At, to: Findings) -> Any:
        text = Text(self.wants).read(at, to)
        if text is BAD or re.fullmatch(self.pattern, text):
            return text
        return self.refuse(at, to, text)

    def refuse(self, at: At, to: Findings, text: str) -> Any:
        """Report that `text` cannot be a name here."""
        to.error(
            "charter/bad-name",
            f"`{text[:80]}` cannot be {self.wants}",
            at.node.span,
            at.path,
            note=self.rule,
            help=self.remedy,
        )
        return BAD

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True)
class Flag(Shape):
    """true or false."""

    wants: str = "true or false"

    def read(self, at: At, to: Findings) -> Any:
        if not isinstance(at.node, Scalar) or at.node.kind != "bool":
            return wrong_type(at, to, self.wants)
        return at.node.text == "true"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice(Shape):
    """One of a few words; some may be only validated (`idle`) or not supported yet (`refused`)."""

    options: tuple[str, ...]
    idle: MappingType[str, str] = field(default_factory=dict)
    refused: MappingType[str, str] = field(default_factory=dict)

    @property
    def wants(self) -> str:  # type: ignore[override]  # computed from the options
        return "one of " + listing(self.options, limit=20)

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if not isinstance(node, Scalar) or node.kind != "text":
            return wrong_type(at, to, self.wants)
        if node.text not in self.options:
            return self._unknown(node, at, to)
        if node.text in self.refused:
            to.not_supported(f"`{node.text}`", self.refused[node.text], node.span, at.path)
        if node.text in self.idle:
            to.not_acted_on(f"`{node.text}`", self.idle[node.text], node.span, at.path)
        return node.text

    def _unknown(self, node: Scalar, at: At, to: Findings) -> Any:
        near = did_you_mean(node.text, self.options)
        to.error(
            "charter/bad-choice",
            f"`{at.path}` cannot be `{node.text[:60]}`",
            node.span,
            at.path,
            label=f"did you mean `{near}`?" if near else "",
            note=f"it is {self.wants}",
            help=f"write `{near}`" if near else f"write {self.wants}",
        )
        return BAD

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.options)}


@dataclass(frozen=True)
class ListOf(Shape):
    """A list, read into a tuple."""

    item: Shape
    at_least: int = 0
    distinct: bool = True
    wants: str = ""

    def __post_init__(self) -> None:
        if not self.wants:
            object.__setattr__(self, "wants", f"a list, each item {self.item.wants}")

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if not isinstance(node, Sequence):
            one = isinstance(node, Scalar) and node.kind != "null"
            shown = node.text if isinstance(node, Scalar) else ""
            return wrong_type(at, to, self.wants, f"write it as a list: [{shown}]" if one else "")
        if len(node.items) < self.at_least:
            return bad_value(
                "charter/empty",
                at,
                to,
                f"`{at.path}` needs at least {self.at_least} item"
                + ("s" if self.at_least > 1 else ""),
                help=f"list {self.item.wants}",
            )
        spots = [at.item(index, item) for index, item in enumerate(node.items)]
        values = [self.item.read(spot, to) for spot in spots]
        if BAD in values or (self.distinct and self._repeated(spots, values, to)):
            return BAD
        return tuple(values)

    def _repeated(self, spots: list[At], values: list[Any], to: Findings) -> bool:
        found = False
        seen: set[str] = set()
        for spot, value in zip(spots, values, strict=True):
            if not isinstance(value, str):
                continue
            if value in seen:
                found = True
                fact = f"`{value}` stands in this list twice"
                bad_value("charter/repeated", spot, to, fact, help="delete one of the two")
            seen.add(value)
        return found

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "array", "items": self.item.schema()}
        if self.at_least:
            found["minItems"] = self.at_least
        return found

    def parts(self) -> tuple[Shape, ...]:
        return (self.item,)

    def below(self, key: str) -> Shape | None:  # noqa: ARG002  # all items have one shape
        return self.item
