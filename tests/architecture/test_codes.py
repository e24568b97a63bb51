from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from pmpo.codes import CODES
from tests.architecture.modules import modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.architecture.modules import Module

CODE = re.compile(r"[a-z]+(?:-[a-z]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")
AREAS = {code.split("/")[0] for code in CODES}


def literals(module: Module) -> Iterator[tuple[str, int]]:
    """The texts in a file that look like a diagnostic code, with their lines."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if CODE.fullmatch(text) and text.split("/")[0] in AREAS:
                yield text, node.lineno


USED = [
    (text, f"{module.name}:{line}")
    for module in modules()
    if module.name != "pmpo.codes"
    for text, line in literals(module)
]


def test_every_code_in_use_is_registered() -> None:
    """A finding whose code is not in the table could not be looked up."""
    assert [f"{place} {code}" for code, place in USED if code not in CODES] == []


def test_every_registered_code_is_used() -> None:
    """The table holds no code that nothing reports any more."""
    assert sorted(set(CODES) - {code for code, _ in USED}) == []


def test_every_registered_code_is_documented(root: Path) -> None:
    """A code that is printed can be found in the reference."""
    reference = (root / "docs" / "reference" / "diagnostics.md").read_text(encoding="utf-8")
    assert [code for code in sorted(CODES) if f"`{code}`" not in reference] == []


def test_codes_are_well_formed_and_explained() -> None:
    """Every code is `area/slug` in plain lower case, with a sentence that explains it."""
    assert [code for code in CODES if not CODE.fullmatch(code)] == []
    assert [code for code, meaning in CODES.items() if len(meaning.split()) < 3] == []
