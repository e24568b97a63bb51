"""The command line without the program `pmpo` on the path."""

from __future__ import annotations

import subprocess
import sys

import pmpo


def test_the_package_runs_as_a_module() -> None:
    """`python -m pmpo` is `pmpo`, with its results and exit codes."""
    words = [sys.executable, "-m", "pmpo"]
    told = subprocess.run([*words, "--version"], capture_output=True, text=True, check=True)
    assert pmpo.__version__ in told.stdout
    assert subprocess.run([*words, "nothing"], capture_output=True, check=False).returncode == 2
