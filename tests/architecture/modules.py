"""The source files of PMPO as syntax trees, and which of them import which."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).resolve().parents[2] / "src"


@dataclass(frozen=True)
class Module:
    """One file of `src/pmpo`."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        """What the file says."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The file's syntax tree."""
        return ast.parse(self.text, filename=str(self.path))

    @property
    def room(self) -> str:
        """The part of PMPO the module lies in: `pmpo.charter.yaml` lies in `charter`."""
        return self.name.split(".")[1] if "." in self.name else ""

    @cached_property
    def imports(self) -> frozenset[str]:
        """Full names of everything imported anywhere in the file, also inside functions.

        `from a import b` gives `a.b`: only `modules` together can tell whether that is a module.
        """
        return frozenset(_imported(self.tree))

    @cached_property
    def imports_when_run(self) -> frozenset[str]:
        """The same without what only a type checker imports."""
        return frozenset(_imported(_WithoutTypeChecking().visit(ast.parse(self.text))))


class _WithoutTypeChecking(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | None:  # the name ast calls it by
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def roots(names: frozenset[str]) -> set[str]:
    """The top-level packages of imported names."""
    return {name.split(".")[0] for name in names}


def modules() -> list[Module]:
    """Every module of PMPO, in the order of their names."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found.append(Module(".".join(part for part in parts if part != "__init__"), path))
    return found


def graph(among: list[Module]) -> dict[str, frozenset[str]]:
    """Which modules of `among` each of them imports.

    `from a.b import c` imports `a.b.c` if that is a module, and else `a.b`.
    """
    names = {module.name for module in among}

    def targets(module: Module) -> Iterator[str]:
        for name in module.imports:
            target = name if name in names else name.rpartition(".")[0]
            if target in names and target != module.name:
                yield target

    return {module.name: frozenset(targets(module)) for module in among}


def cycle(edges: dict[str, frozenset[str]]) -> list[str]:
    """The modules of one import cycle in order, or nothing."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in sorted(edges[name]):
            found = walk(target, [*path, name])
            if found:
                return found
        done.add(name)
        return []

    return next((found for name in sorted(edges) if (found := walk(name, []))), [])
