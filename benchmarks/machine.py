"""The machine and the versions, without names and paths."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = (
    "pmpo", "duckdb", "sqlglot", "pyarrow", "polars", "pandas", "numpy", "scikit-criteria",
    "pymcdm", "zen-engine",
)  # fmt: skip


def described() -> dict[str, Any]:
    """Processor, cores, memory, system, versions, and how busy the machine was."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
        "versions": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
