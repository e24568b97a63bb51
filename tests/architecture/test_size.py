from __future__ import annotations

import ast
import io
import tokenize
from typing import TYPE_CHECKING

from tests.architecture.modules import modules

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70

# Long because each is one table or one visitor, and says so at its top.
LONG_MODULES = {"pmpo.charter.language", "pmpo.compile.expressions"}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, with those inside classes and functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def code_lines(part: ast.Module | ast.stmt, text: str) -> set[int]:
    """The numbers of the lines of `text` on which `part` has code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(part):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
            lines -= span(node.body[0])
    return lines if isinstance(part, ast.Module) else lines & span(part)


def span(part: ast.stmt) -> set[int]:
    """The numbers of all lines of a statement."""
    return set(range(part.lineno, (part.end_lineno or part.lineno) + 1))


ALL = modules()
LINES = {module.name: len(code_lines(module.tree, module.text)) for module in ALL}


def test_a_module_fits_in_the_head() -> None:
    """A file that grows past comfort is split by meaning; explanations do not count."""
    long = {name: lines for name, lines in LINES.items() if lines > MODULE_LINES_MAX}
    assert {name: lines for name, lines in long.items() if name not in LONG_MODULES} == {}
    assert set(LONG_MODULES) <= set(long), "an exception that is no longer needed is removed"


def test_a_function_fits_on_a_screen() -> None:
    """A function that does one thing is short; explanations do not count."""
    long = [
        f"{module.name}.{function.name} has {lines} lines"
        for module in ALL
        for function in functions(module.tree)
        if (lines := len(code_lines(function, module.text))) > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_only_code_is_counted() -> None:
    """Blank lines, comments and docstrings are not lines of code; a long text is."""
    source = 'def f():\n    """Say.\n\n    More.\n    """\n\n    # why\n    return """a\nb"""\n'
    assert code_lines(ast.parse(source), source) == {1, 8, 9}
