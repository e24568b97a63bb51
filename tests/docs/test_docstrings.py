from __future__ import annotations

import doctest
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from pmpo.demo import build
from tests.architecture.modules import Module, modules

if TYPE_CHECKING:
    from pathlib import Path

WITH_EXAMPLES = [module for module in modules() if ">>> " in module.text]


@pytest.fixture(scope="module")
def beside_the_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the demo office as `pmpo-demo`."""
    folder = tmp_path_factory.mktemp("docstrings")
    build(folder / "pmpo-demo")
    return folder


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda module: module.name)
def test_examples_in_docstrings_are_true(
    module: Module, beside_the_demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An example in a docstring prints what it says, beside a demo office; none is skipped."""
    monkeypatch.chdir(beside_the_demo)
    rules = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.testmod(import_module(module.name), optionflags=rules)
    assert result.failed == 0
    assert result.attempted > 0
    assert "+SKIP" not in module.text
