"""The changes that are made to a module, one at a time: small mistakes that somebody could make.

What is not changed, and why:

- Wording of messages: it is for people, and no test should hold each word. Facts that messages
  show, codes, SQL, names and patterns are changed.
- Docstrings, annotations, imports and assertions, which say what is so, and the arguments of
  `@dataclass`: mypy refuses code that they do not fit.
"""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_CALCULATED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_CALLED: Final = {
    "all": "any",
    "any": "all",
    "min": "max",
    "max": "min",
    "sorted": "list",
    "reversed": "iter",
    "startswith": "endswith",
    "endswith": "startswith",
    "partition": "rpartition",
    "rpartition": "partition",
    "match": "search",
    "fullmatch": "match",
}
_REPORTS: Final = re.compile(
    r"(stop|Diagnostic|_?add|_?found|_?finding|_?damaged|_?changed|_?gone|_?grown|_?stop"
    r"|_?unreadable|_?none|\w+Error|print)$"
)
_CODE: Final = re.compile(r"[a-z]+/[a-z-]+|error|warning|note")
_SPEECH: Final = re.compile(r"[a-z]{2,}[,:;]? [a-z]{2,}")
_SQL: Final = re.compile(r"\s*[A-Z]{3,} ")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a module.

    Args:
        function: the outermost function it is in; empty for what runs on import.
        lines: the statement it is in; of a block, only its head.
        before: the changed piece as it was.
        after: and as it is then.
        make: changes the tree in which it was found, once.
    """

    function: str
    lines: range
    before: str
    after: str
    make: Callable[[], None] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.function or 'on import'}: {self.before} -> {self.after}"


def changes(tree: ast.Module) -> list[Change]:
    """All changes of a module, in the order of its text."""
    finder = _Finder()
    finder.inside(tree)
    return finder.found


class _Finder:
    def __init__(self) -> None:
        self.found: list[Change] = []
        self._scope: list[str] = []
        self._function = ""
        self._lines = range(0)
        self._reports = False

    def inside(self, node: ast.AST) -> None:
        """Find changes in all parts of a node."""
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "format_spec", "ctx"} or _is_settled(node, name):
                continue
            if isinstance(value, list):
                for at, part in enumerate(value):
                    if isinstance(part, ast.AST):
                        self._visit(part, partial(value.__setitem__, at))
            elif isinstance(value, ast.AST):
                self._visit(value, partial(setattr, node, name))

    def _visit(self, node: ast.AST, put: Callable[[ast.AST], None]) -> None:
        if _says_what_is_so(node):
            return
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            self._definition(node)
            return
        kept = self._lines, self._reports
        if isinstance(node, ast.stmt):
            self._lines = _head(node)
        if not self._is_wording(node):
            for new in _replacements(node):
                self._add(node, new, put)
        if isinstance(node, ast.Call) and _REPORTS.match(_name(node.func)):
            self._reports = True
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    self.inside(part)
        else:
            self.inside(node)
        self._lines, self._reports = kept

    def _definition(self, node: ast.ClassDef | ast.FunctionDef) -> None:
        kept = self._lines
        self._lines = range(node.lineno, node.lineno + 1)
        for at, decorator in enumerate(node.decorator_list):
            if "dataclass" not in ast.unparse(decorator):
                self._visit(decorator, partial(node.decorator_list.__setitem__, at))
        if isinstance(node, ast.FunctionDef):
            self.inside(node.args)
        self._scope.append(node.name)
        outermost = isinstance(node, ast.FunctionDef) and not self._function
        if outermost:
            self._function = ".".join(self._scope)
        for at, statement in enumerate(node.body):
            self._visit(statement, partial(node.body.__setitem__, at))
        if outermost:
            self._function = ""
        self._scope.pop()
        self._lines = kept

    def _is_wording(self, node: ast.AST) -> bool:
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "" for part in node.values]
            said = "\0".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
        else:
            return False
        if self._reports and not _CODE.fullmatch(said):
            return True
        return bool(_SPEECH.search(said)) and not _SQL.match(said)

    def _add(self, node: ast.AST, new: ast.AST, put: Callable[[ast.AST], None]) -> None:
        before, after = _shown(node), _shown(new)
        if before != after:
            make = partial(put, ast.copy_location(new, node))
            self.found.append(Change(self._function, self._lines, before, after, make))


def _is_settled(node: ast.AST, name: str) -> bool:
    """Whether a part is never run: what only types need."""
    return name == "body" and isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING"


def _says_what_is_so(node: ast.AST) -> bool:
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, ast.Import | ast.ImportFrom | ast.Assert)


def _head(node: ast.stmt) -> range:
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if body else node.end_lineno
    return range(node.lineno, max(last or 0, node.lineno) + 1)


def _is_truth(node: ast.AST | None) -> bool:
    """Whether a node is True or False, which are changed into each other."""
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _name(node: ast.AST) -> str:
    return getattr(node, "attr", None) or getattr(node, "id", None) or ""


def _shown(node: ast.AST) -> str:
    """A piece of code on one line; of a block, its head."""
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    return " ".join(text.split("\n    ")[0].split())


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in the place of a node by mistake."""
    match node:
        case ast.Constant():
            yield from _constants(node)
        case ast.Compare():
            yield from _comparisons(node)
        case ast.Call():
            yield from _calls(node)
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _CALCULATED:
            yield _with(node, op=_CALCULATED[type(node.op)]())
        case ast.BoolOp():
            yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.JoinedStr():
            yield _with(node, values=[*node.values, ast.Constant("XX")])
        case ast.Slice():
            yield from (_with(node, **{at: None}) for at in ("lower", "upper", "step"))
        case ast.comprehension():
            for at in range(len(node.ifs)):
                yield _with(node, ifs=node.ifs[:at] + node.ifs[at + 1 :])
        case ast.ExceptHandler():
            yield _with(node, type=ast.Tuple([], ast.Load()))
        case _:
            pass  # names, parameters, operators and what else has no change of its own
    yield from _statements(node)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in the place of a statement, or of what a branch depends on."""
    match node:
        case ast.If() | ast.While() | ast.IfExp() if (
            not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp)
            and _name(node.test) != "TYPE_CHECKING"
        ):
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.Return(value=ast.expr()) if not _is_truth(node.value):
            yield ast.Return(ast.Constant(None))
        case ast.For():
            yield _with(node, iter=ast.Tuple([], ast.Load()))
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Delete():
            yield ast.Pass()
        case ast.AugAssign() | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case _:
            pass  # other statements define names; without them nothing would run


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    match node.value:
        case bool():
            yield ast.Constant(not node.value)
        case int() | float():
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value - 1)
        case str():
            yield ast.Constant(f"{node.value}XX")
        case bytes():
            yield ast.Constant(node.value + b"XX")
        case _:
            pass  # None


def _comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for at, old in enumerate(node.ops):
        for new in _COMPARED[type(old)]:
            yield _with(node, ops=[*node.ops[:at], new(), *node.ops[at + 1 :]])


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Attribute) and node.func.attr == "strip":
        yield node.func.value
    other = _CALLED.get(_name(node.func))
    if other and isinstance(node.func, ast.Name):
        yield _with(node, func=ast.Name(other, ast.Load()))
    elif other and isinstance(node.func, ast.Attribute):
        yield _with(node, func=_with(node.func, attr=other))
    given = node.args
    for at in range(len(given) - 1):
        if not any(isinstance(one, ast.Starred) for one in given[at : at + 2]):
            yield _with(node, args=[*given[:at], given[at + 1], given[at], *given[at + 2 :]])
    for keyword in node.keywords:
        if keyword.arg not in {"note", "help"}:
            yield _with(node, keywords=[one for one in node.keywords if one is not keyword])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new
