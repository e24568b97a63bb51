"""A file under examination: what was read, what was written, and where findings go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pmpo.charter.suggest import did_you_mean, listing
from pmpo.charter.yaml import Entry, Mapping, Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pmpo.charter.findings import Findings
    from pmpo.diagnostics import Span
    from pmpo.model.charter import Charter, Places


class Written:
    """What is written in one file, readable or not, so that a mistake gives only one finding.

    Args:
        root: the tree that was read.
        places: where everything below `root` stands.
        to: where findings go.
    """

    def __init__(self, root: Node, places: Places, to: Findings) -> None:
        self.places = places
        self._root = root
        self._to = to
        self._blocks: dict[str, dict[str, Node]] = {}

    # --- what is written -----------------------------------------------------------------------

    def block(self, *keys: str) -> Node | None:
        """What is written under `keys`, readable or not."""
        node: Node | None = self._root
        for key in keys:
            node = node.get(key) if isinstance(node, Mapping) else None
        return node

    def fields(self, block: str, name: str) -> tuple[Entry, ...]:
        """The fields written for one definition."""
        node = self.named(block).get(name)
        return node.entries if isinstance(node, Mapping) else ()

    def written(self, block: str, name: str, field: str) -> bool:
        """Whether a definition has a field, readable or not."""
        return any(key.text == field for key, _ in self.fields(block, name))

    def all_read(self, count: int, *keys: str) -> bool:
        """Whether all of a mapping could be read, so that it can be judged as a whole."""
        node = self.block(*keys)
        return isinstance(node, Mapping) and len(node.entries) == count

    def named(self, block: str) -> dict[str, Node]:
        """The definitions of one block by name, readable or not."""
        if block not in self._blocks:
            node = self.block(block)
            entries = node.entries if isinstance(node, Mapping) else ()
            self._blocks[block] = {key.text: value for key, value in entries}
        return self._blocks[block]

    def defined(self, *blocks: str) -> dict[str, Node]:
        """The definitions of several blocks by name."""
        if len(blocks) == 1:
            return self.named(blocks[0])
        return {name: node for block in blocks for name, node in self.named(block).items()}

    # --- findings ------------------------------------------------------------------------------

    def at_key(self, code: str, fact: str, path: str, *, note: str = "", help: str) -> None:
        """Report an error at the field name at `path`."""
        self._to.error(code, fact, self.places.key(path), path, note=note, help=help)

    def at_value(self, code: str, fact: str, path: str, *, note: str = "", help: str) -> None:
        """Report an error at the value at `path`, or at the definition's name without one."""
        self._to.error(code, fact, self._value(path), path, note=note, help=help)

    def warn(self, code: str, fact: str, path: str, *, note: str, help: str) -> None:
        """Report at the field name at `path` what a careful author would change."""
        self._to.warning(code, fact, self.places.key(path), path, note=note, help=help)

    def _value(self, path: str) -> Span:
        if path in self.places.values:
            return self.places.value(path)
        return self.places.key(path.rpartition(".")[0])

    def known(self, path: str, name: str, what: str, *blocks: str, is_key: bool = False) -> None:
        """Report `name` at `path` unless one of `blocks` defines it.

        Args:
            path: where the name is used; an empty name is already reported as missing.
            name: the name that must be defined.
            what: what it should be, in words.
            blocks: top-level blocks that may define it.
            is_key: whether the name is a key of a mapping there.
        """
        defined = self.defined(*blocks)
        if not name or name in defined:
            return
        near = "" if self._to.full else did_you_mean(name, defined)
        self._to.error(
            "charter/unknown-name",
            f"there is no {what} `{name[:60]}`",
            self.places.key(path) if is_key else self.places.value(path),
            path,
            label=f"did you mean `{near}`?" if near else "",
            note=f"{' and '.join(blocks)}: {listing(defined)}" if defined else "",
            help=f"write `{near}`" if near else f"define `{name[:60]}` under `{blocks[0]}`",
        )

    def known_all(self, path: str, names: Iterable[str], what: str, *blocks: str) -> None:
        """Report each of a list of names that none of `blocks` defines."""
        for index, name in enumerate(names):
            self.known(f"{path}.{index}", name, what, *blocks)


class Cross(Written):
    """Looks across the parts of one charter.

    Args:
        charter: what could be read; parts that could not are left out.
        root: the tree it was read from, which still names those parts.
        to: where findings go.
    """

    def __init__(self, charter: Charter, root: Node, to: Findings) -> None:
        super().__init__(root, charter.places, to)
        self.charter = charter
