from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from tests.architecture.modules import Module, modules

WITH_EXAMPLES = [module for module in modules() if ">>> " in module.text]


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda module: module.name)
def test_examples_in_docstrings_are_true(module: Module) -> None:
    """An example in a docstring prints what it says."""
    result = doctest.testmod(import_module(module.name), optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0
