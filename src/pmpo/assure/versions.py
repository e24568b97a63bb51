"""What a number was computed with: versions of PMPO, its libraries and the machine's software."""

from __future__ import annotations

import platform
import sqlite3
from functools import cache
from importlib.metadata import version

_LIBRARIES = ("pmpo", "duckdb", "pyarrow", "sqlglot")


@cache
def versions() -> dict[str, str]:
    """Name → version; they cannot change while the process lives."""
    return {
        **{name: version(name) for name in _LIBRARIES},
        "sqlite": sqlite3.sqlite_version,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
