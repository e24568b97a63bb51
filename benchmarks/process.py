"""One measured process: CPU seconds and peak memory as the operating system counts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KILOBYTE = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost.

    Args:
        cpu_s: user and system seconds of the whole process, on all threads.
        wall_s: seconds on the clock.
        peak_bytes: the largest resident memory.
        told: what the task said about its parts.
    """

    cpu_s: float
    wall_s: float
    peak_bytes: int
    told: dict[str, Any]


def run_task(task: str, *arguments: str) -> Cost:
    """Run `benchmarks.tasks.<task>` in a process of its own.

    Raises: RuntimeError: the task failed; it says with what.
    """
    command = [sys.executable, "-m", f"benchmarks.tasks.{task}", *arguments]
    started = time.perf_counter()
    child = subprocess.Popen(  # noqa: S603 - the command is put together here
        command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]
    )
    assert child.stdout is not None
    said = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stdout.close()
    if child.returncode:
        raise RuntimeError(f"benchmarks.tasks.{task} ended with {child.returncode}")
    told = json.loads(said.strip().splitlines()[-1])
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * _KILOBYTE, told)


def say(**told: Any) -> None:
    """What a task tells the process that measures it."""
    sys.stdout.write(json.dumps(told) + "\n")


class Stopwatch:
    """CPU and wall seconds of the parts of a task.

    Example:
        >>> watch = Stopwatch()
        >>> with watch("part"):
        ...     total = sum(range(1000))
        >>> sorted(watch.parts)
        ['part_cpu_s', 'part_wall_s']
    """

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self._name = ""
        self._began = (0.0, 0.0)

    def __call__(self, name: str) -> Stopwatch:
        self._name = name
        return self

    def __enter__(self) -> None:
        self._began = (time.process_time(), time.perf_counter())

    def __exit__(self, *_: object) -> None:
        self.parts[f"{self._name}_cpu_s"] = time.process_time() - self._began[0]
        self.parts[f"{self._name}_wall_s"] = time.perf_counter() - self._began[1]
