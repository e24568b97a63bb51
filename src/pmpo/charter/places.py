"""Where each charter path stands, worked out when the first finding asks for it.

A charter without findings never pays for it: walking 500 signals would cost as much as reading
them.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from functools import cached_property

from pmpo.charter.yaml import Mapping, Mark, Node, Sequence
from pmpo.diagnostics import Span
from pmpo.model.charter import Places


class _Spans(MappingType[str, Span]):
    """Spans by charter path, of values or of keys."""

    def __init__(self, root: Node, *, keys: bool) -> None:
        self._root = root
        self._keys = keys

    @cached_property
    def _marks(self) -> dict[str, Mark]:
        found: dict[str, Mark] = {} if self._keys else {"": self._root.mark}
        waiting: list[tuple[str, Node]] = [("", self._root)]
        while waiting:
            path, node = waiting.pop()
            for name, key, value in _children(node):
                below = f"{path}.{name}" if path else name
                if not self._keys:
                    found[below] = value.mark
                elif key is not None:
                    found[below] = key
                waiting.append((below, value))
        return found

    def __getitem__(self, path: str) -> Span:
        return self._marks[path].span

    def __contains__(self, path: object) -> bool:
        return path in self._marks

    def __iter__(self) -> Iterator[str]:
        return iter(self._marks)

    def __len__(self) -> int:
        return len(self._marks)


def _children(node: Node) -> Iterator[tuple[str, Mark | None, Node]]:
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield key.text, key.mark, value
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield str(index), None, item


def places_of(root: Node, file: str, text: str) -> Places:
    """The place of every value and every field name below `root`."""
    return Places(
        file=file, values=_Spans(root, keys=False), keys=_Spans(root, keys=True), text=text
    )
