from __future__ import annotations

import ast

import pytest

from tests.mutation.__main__ import LEDGER
from tests.mutation.changes import changes
from tests.mutation.survivors import survivors
from tests.mutation.trials import Trials


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("a = b < c", ["a = b <= c", "a = b >= c"]),
        ("a = b + c * d", ["a = b - c * d", "a = b + c // d"]),
        ("a = b and not c", ["a = b or not c", "a = b and c"]),
        ("a = 3", ["a = 4", "a = 2"]),
        ("a = True", ["a = False"]),
        ("a = 'area/slug'", ["a = 'area/slugXX'"]),
        ("a = b[1:]", ["a = b[:]", "a = b[2:]", "a = b[0:]"]),
        ("f(a, b)", ["pass", "f(b, a)"]),
        ("f(a, k=b, help=c)", ["pass", "f(a, help=c)"]),
        ("raise a", ["pass"]),
        ("if a:\n    b += c", ["if not a:\n    b += c", "if a:\n    b -= c", "if a:\n    pass"]),
        ("try:\n    a\nexcept B:\n    c", ["try:\n    a\nexcept ():\n    c"]),
        ("[a for a in b if c]", ["[a for a in b]"]),
        ("def f():\n    return a", ["def f():\n    return None"]),
        ("def f():\n    return True", ["def f():\n    return False"]),
    ],
)
def test_small_mistakes_are_made(code: str, made: list[str]) -> None:
    """Each mistake is made once and alone."""
    trees = [ast.parse(code) for _ in changes(ast.parse(code))]
    for number, tree in enumerate(trees):
        changes(tree)[number].make()
    assert [ast.unparse(ast.fix_missing_locations(tree)) for tree in trees] == made


@pytest.mark.parametrize(
    "code",
    [
        '"""What it is."""',
        "import a",
        "assert a < b",
        "a: int",
        "a = 'nothing in the ledger is ever changed'",
        "def f(a: 'int' = b) -> 'str':\n    pass",
        "@dataclass(frozen=True)\nclass A:\n    pass",
        "if TYPE_CHECKING:\n    a = 3",
    ],
)
def test_what_says_what_is_so_is_left_alone(code: str) -> None:
    """Docstrings, imports, assertions, types and the wording of messages are not changed."""
    assert changes(ast.parse(code)) == []


def test_survivors_are_changes_of_the_code_as_it_is() -> None:
    """Nothing is listed that was changed since, and nothing twice."""
    trials = Trials(LEDGER, sorted(LEDGER.rglob("*.py")), (), print, lambda _: False)
    names = [planned.trial.name for planned in trials.planned()]
    assert len(set(names)) == len(names)
    assert survivors() <= set(names)
