from __future__ import annotations

from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from tests.architecture.modules import SOURCE, modules


def test_the_installed_package_is_this_checkout() -> None:
    """What the tests import is what lies beside them: after a change, `pip install -e .`."""
    spec = find_spec("pmpo")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent
    for module in modules():
        there = installed / module.path.relative_to(SOURCE / "pmpo")
        assert there.read_text(encoding="utf-8") == module.text


def test_the_command_is_installed() -> None:
    """`pmpo` on the command line calls the program's entry point."""
    (command,) = entry_points(group="console_scripts", name="pmpo")
    assert command.value == "pmpo.cli:program"


def test_the_types_are_published() -> None:
    """Programs that use PMPO are checked against its types."""
    spec = find_spec("pmpo")
    assert spec is not None
    assert spec.origin is not None
    assert (Path(spec.origin).parent / "py.typed").exists()
