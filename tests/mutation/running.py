"""Running tests one by one inside of pytest, and learning what each of them reaches."""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest
from coverage import Coverage
from hypothesis import Phase, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_OPTIONS: Final = (
    "-oaddopts=",
    "--import-mode=importlib",
    "--capture=sys",
    "--tb=native",
    "-qq",
    "-pno:cacheprovider",
    "-pno:xdist",
    "-Wignore::pytest.PytestAssertRewriteWarning",
)
_SLOW_TO_LOAD: Final = ("alembic.", "cryptography.", "sqlalchemy.", "psycopg.")
_AT_LEAST_S: Final = 1.5
_TIMES: Final = 10


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the tests before anything is changed.

    Args:
        seconds: how long each test takes.
        reached: the tests that run each line, by file and line.
    """

    seconds: dict[str, float]
    reached: dict[tuple[str, int], set[str]]


class _Instead:
    """Lets pytest load tests, and does something with them instead of running all of them."""

    def __init__(self, run: Callable[[list[pytest.Item]], None]) -> None:
        self._run = run
        self.loaded = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        # the same examples every time, and no time lost for making a failure small
        settings.register_profile(
            "mutation",
            settings.get_profile("pmpo"),
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),
        )
        settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.loaded = not session.testsfailed
        if self.loaded:
            self._run(session.items)
        return True


class _Watch:
    """Notes whether the running test fails."""

    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed


def load(tests: Sequence[str], run: Callable[[list[pytest.Item]], None]) -> bool:
    """Let pytest load tests, and run something with them; whether all of them could be loaded."""
    plugin = _Instead(run)
    pytest.main([*_OPTIONS, *tests], plugins=[plugin])
    return plugin.loaded


def learn(files: Sequence[Path], items: Sequence[pytest.Item]) -> tuple[Known, list[str]]:
    """Run every test once.

    Returns: what is known of them then, and the libraries that they load while running.

    Raises: AssertionError where one fails.
    """
    coverage = Coverage(data_file=None, include=[str(path) for path in files], config_file=False)
    seconds: dict[str, float] = {}
    before = set(sys.modules)
    coverage.start()
    for item in items:
        coverage.switch_context(item.nodeid)
        begun, computed = time.monotonic(), time.process_time()
        assert not _fails(item), item.nodeid
        # waiting for others counts little; computing counts
        waited = time.monotonic() - begun
        seconds[item.nodeid] = max(time.process_time() - computed, waited / 4)
    coverage.stop()
    data = coverage.get_data()
    reached = {
        (file, line): set(filter(None, contexts))
        for file in data.measured_files()
        for line, contexts in data.contexts_by_lineno(file).items()
    }
    loaded = set(sys.modules) - before
    return Known(seconds, reached), sorted(one for one in loaded if one.startswith(_SLOW_TO_LOAD))


def first_failure(items: Sequence[pytest.Item], seconds: dict[str, float]) -> str:
    """The first test that fails, else nothing; what takes far too long is ended by a signal."""
    for item in items:
        allowed = _AT_LEAST_S + _TIMES * seconds[item.nodeid]
        signal.setitimer(signal.ITIMER_PROF, allowed)
        signal.setitimer(signal.ITIMER_REAL, 10 * allowed)
        if _fails(item):
            return item.nodeid
    return ""


def _fails(item: pytest.Item) -> bool:
    watch = _Watch()
    item.config.pluginmanager.register(watch)
    item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
    item.config.pluginmanager.unregister(watch)
    return watch.failed
