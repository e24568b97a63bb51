"""The logic hash: the name of everything in a charter that can change a number.

It covers the fields as they are written: what is unset stays unset, decimals and formulas keep
their text, so adding a field to the language renames no old charter. Only the documentation
fields are left out. Canonical JSON forgets the order of keys; where order matters (ties between
weights go to the first), a mapping is written as a list of pairs.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import rfc8785

from pmpo.charter.language import CHARTER
from pmpo.charter.yaml import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from pmpo.charter.shapes import Shape


def logic_hash(root: Node) -> str:
    """The SHA-256 of the canonical form of the charter at `root`."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(canonical(root, CHARTER))).hexdigest()


def text_hash(data: bytes) -> str:
    """The SHA-256 of the bytes that people sign."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical(node: Node, shape: Shape | None) -> Any:
    """The JSON value of `node`; depth is bounded by the YAML reader."""
    if isinstance(node, Scalar):
        return _scalar(node)
    if isinstance(node, Sequence):
        below = shape.below("") if shape is not None else None
        return [canonical(item, below) for item in node.items]
    return _mapping(node, shape)


def _scalar(node: Scalar) -> str | bool | None:
    kind = node.kind
    if kind == "null":
        return None
    return node.text == "true" if kind == "bool" else node.text


def _mapping(node: Mapping, shape: Shape | None) -> Any:
    if shape is None:
        return {key.text: canonical(value, None) for key, value in node.entries}
    dropped = shape.documentary
    pairs = [
        (key.text, canonical(value, shape.below(key.text)))
        for key, value in node.entries
        if key.text not in dropped
    ]
    return [list(pair) for pair in pairs] if shape.ordered else dict(pairs)
