"""Trying changes: each in a process of its own, forked from one that has loaded all tests.

What runs on import is changed by importing everything anew in the forked process; a function, by
giving it the changed code. Tests that reach the changed lines run until one fails: those first that
found a change of the same function before, then the fastest, for some seconds at most.
"""

from __future__ import annotations

import ast
import gc
import math
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from importlib import import_module
from importlib.machinery import SourceFileLoader
from random import Random
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Final

import pytest

from tests.mutation.changes import Change, changes
from tests.mutation.processes import in_fork
from tests.mutation.running import Known, first_failure, learn, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

SURVIVED, KILLED, TIMED_OUT, UNREACHED = "survived", "killed", "timed out", "unreached"
_SERVER: Final = "tests/engines/"
_TESTS_MIN: Final = 3
_SLOW_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Trial:
    """A change, and what came of it.

    Args:
        name: the file, the function, and what was changed; no two have the same.
        text: the changed function or file as it was, by its hash.
        by: the test that found it; empty where none did.
        seconds: how long it took.
    """

    name: str
    text: str
    outcome: str = ""
    by: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Planned:
    path: Path
    tree: ast.Module
    change: Change
    trial: Trial


@dataclass
class Trials:
    """Tries changes of files with tests.

    Args:
        folder: what is below it is changed.
        files: these of it.
        tests: files and folders of tests, as pytest takes them.
        tell: is called with each trial.
        skip: whether a change need not be tried, by its name and text.
        seconds: for how long tests run at most that find nothing.
        until: ends when the clock (`time.monotonic`) says so; what runs on import has the last
            quarter of the time.
    """

    folder: Path
    files: Sequence[Path]
    tests: Sequence[str]
    tell: Callable[[Trial], None]
    skip: Callable[[Trial], bool]
    seconds: float = 6.0
    until: float = math.inf
    begun: float = field(default_factory=time.monotonic)
    _known: Known = field(default_factory=lambda: Known({}, {}))
    _uses: dict[str, set[tuple[str, int]]] = field(default_factory=lambda: defaultdict(set))
    _found_by: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def run(self) -> None:
        """Try everything."""
        planned = [one for one in self.planned() if not self.skip(one.trial)]
        Random(1).shuffle(planned)  # what is done at any time is a fair sample of all
        load(self.tests, partial(self._loaded, planned))
        for one in planned:
            if not one.change.function and time.monotonic() < self.until:
                self._judge(one, self._order(one), partial(self._anew, one))

    def planned(self) -> list[_Planned]:
        """All changes, named so that each has a name of its own."""
        seen: Counter[str] = Counter()
        planned = []
        for path in self.files:
            text = path.read_text()
            tree = ast.parse(text)
            for node in ast.walk(tree):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    self._uses[node.id].add((str(path), node.lineno))
            texts = {name: hash_of(ast.unparse(node)) for name, node in _outermost(tree)}
            for change in changes(tree):
                name = f"{path.relative_to(self.folder)} {change}"
                seen[name] += 1
                name += f" #{seen[name]}" if seen[name] > 1 else ""
                trial = Trial(name, texts.get(change.function) or hash_of(text))
                planned.append(_Planned(path, tree, change, trial))
        return planned

    def _loaded(self, planned: Sequence[_Planned], items: list[pytest.Item]) -> None:
        """Everything is loaded and nothing has run yet."""
        self._known, imported = in_fork(partial(learn, self.files, items)).answer
        for name in imported:
            import_module(name)
        functions = _functions(self.files)
        gc.collect()
        gc.freeze()  # forked processes share more of what they never look at
        by_id = {item.nodeid: item for item in items}
        for one in sorted(planned, key=self._needs_server):
            if one.change.function and time.monotonic() < self.begun + 0.75 * (
                self.until - self.begun
            ):
                ids = self._order(one)
                chosen = [by_id[id] for id in ids]
                changed = functions.get((one.path, one.change.function), [])
                self._judge(one, ids, partial(self._inside, one, changed, chosen))

    def _inside(
        self,
        one: _Planned,
        functions: Sequence[FunctionType],
        chosen: Sequence[pytest.Item],
        _: Sequence[str],
    ) -> str:
        """Try a change of a function."""
        tree = _changed(one)
        _change_on_import(one.path, tree)  # migrations are loaded when they run
        code = _code(tree, one)
        for function in functions:
            function.__code__ = code
        return first_failure(chosen, self._known.seconds)

    def _anew(self, one: _Planned, ids: Sequence[str]) -> str:
        """Try a change of what runs on import."""
        _forget()
        _change_on_import(one.path, _changed(one))
        failed: list[str] = []

        def run(items: list[pytest.Item]) -> None:
            wanted = sorted(
                (item for item in items if item.nodeid in ids),
                key=lambda item: ids.index(item.nodeid),
            )
            failed.append(first_failure(wanted, self._known.seconds))

        files = [*dict.fromkeys(id.partition("::")[0] for id in ids)]
        for part in (files[:1], files[1:]):
            if part and not load(part, run):
                return "importing"
            if part and failed[-1]:
                return failed[-1]
        return ""

    def _judge(
        self, one: _Planned, ids: Sequence[str], attempt: Callable[[Sequence[str]], str]
    ) -> None:
        begun = time.monotonic()
        by, outcome = "", UNREACHED
        if ids:
            ended = in_fork(partial(attempt, ids))
            by = ended.answer or ""
            outcome = TIMED_OUT if ended.killed else KILLED if by else SURVIVED
            for place in (_place(one), str(one.path)):
                self._found_by[place][by] += 1
        trial = Trial(one.trial.name, one.trial.text, outcome, by, time.monotonic() - begun)
        self.tell(trial)

    def _order(self, one: _Planned) -> list[str]:
        """The tests to run, the most promising first."""
        seconds = self._known.seconds
        reaching = self._reaching(one) if one.change.function else self._using(one)
        before, nearby = self._found_by[_place(one)], self._found_by[str(one.path)]
        own = tuple(
            f"/test_{name}.py::"
            for name in (*one.path.relative_to(self.folder).parts[:-1], one.path.stem)
        )
        ids = set(seconds) if not one.change.function else reaching

        def promise(id: str) -> tuple[object, ...]:
            is_own = any(name in id for name in own)
            slow = seconds[id] if seconds[id] > _SLOW_S else 0
            return -before[id], id not in reaching, not is_own, -nearby[id], slow, hash_of(id)

        chosen: list[str] = []
        spent = 0.0
        for id in sorted(ids, key=promise):
            if len(chosen) < _TESTS_MIN or spent + seconds[id] <= self.seconds:
                chosen.append(id)
                spent += seconds[id]
        return chosen

    def _reaching(self, one: _Planned) -> set[str]:
        """Tests that reach a change; those that need a server only where no other does."""
        lines = ((str(one.path), line) for line in one.change.lines)
        found = _union(self._known.reached.get(line, set()) for line in lines)
        return {id for id in found if not id.startswith(_SERVER)} or found

    def _needs_server(self, one: _Planned) -> bool:
        return any(id.startswith(_SERVER) for id in self._reaching(one))

    def _using(self, one: _Planned) -> set[str]:
        """Tests that reach a line in which the names are used that a statement gives."""
        names = {
            part.id
            for node in ast.walk(one.tree)
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.lineno in one.change.lines
            for part in ast.walk(node)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        return _union(
            self._known.reached.get(place, set())
            for name in names
            for place in self._uses.get(name, ())
        )


def hash_of(text: str) -> str:
    """A text by a few digits."""
    return sha256(text.encode()).hexdigest()[:16]


def _place(one: _Planned) -> str:
    return f"{one.path} {one.change.function}"


def _union(sets: Iterable[set[str]]) -> set[str]:
    return set().union(*sets)


def _outermost(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield f"{within}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _outermost(node, f"{within}{node.name}.")


# Changing what is loaded -------------------------------------------------------------------


def _changed(one: _Planned) -> ast.Module:
    """Make a change, for good: only ever in a forked process."""
    one.change.make()
    return ast.fix_missing_locations(one.tree)


def _functions(paths: Sequence[Path]) -> dict[tuple[Path, str], list[FunctionType]]:
    """The functions of some files, wherever they are kept: in classes, properties, wrappers."""
    files = {str(path): path for path in paths}
    found: dict[tuple[Path, str], list[FunctionType]] = defaultdict(list)
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename in files:
            found[files[one.__code__.co_filename], one.__code__.co_qualname].append(one)
    return found


def _code(tree: ast.Module, one: _Planned) -> CodeType:
    code = compile(tree, str(one.path), "exec", dont_inherit=True)
    for name in one.change.function.split("."):
        [code] = [
            part for part in code.co_consts if isinstance(part, CodeType) and part.co_name == name
        ]
    return code


def _forget() -> None:
    """Let everything of the project be imported again."""
    for name in list(sys.modules):
        ours = name.partition(".")[0] == "pmpo" or name.startswith("tests.")
        if ours and not name.startswith("tests.mutation"):
            del sys.modules[name]


def _change_on_import(path: Path, tree: ast.Module) -> None:
    given = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        if self.path == str(path):
            return compile(tree, str(path), "exec", dont_inherit=True)
        return given(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]
