"""What all tests share: flags, the optional real data, and how properties are searched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# No time limits: how long an example takes says something about the machine, not about PMPO.
settings.register_profile("pmpo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pmpo")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flags of this suite."""
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write what the code gives now into the golden files; review the result with git diff",
    )


@pytest.fixture(scope="session")
def rewrite(pytestconfig: pytest.Config) -> bool:
    """Whether golden files are to be rewritten instead of compared."""
    return bool(pytestconfig.getoption("--rewrite"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data that is not part of the project.

    `PMPO_SHARED_DATA` names it, and then it has to be there; otherwise it is looked for beside
    the checkout, and tests that need it are skipped where it is absent.
    """
    named = os.environ.get("PMPO_SHARED_DATA")
    place = Path(named) if named else ROOT.parent / "shared" / "data"
    if place.is_dir():
        return place
    if named:
        pytest.fail(f"PMPO_SHARED_DATA names {named}, which is not a folder")
    pytest.skip("optional real data not found: set PMPO_SHARED_DATA to its folder")
