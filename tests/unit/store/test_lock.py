from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pmpo.store.layout import prepare
from pmpo.store.lock import Holder, Lock
from tests.unit.store.support import everything_below, make_read_only, refused, small_disk

if TYPE_CHECKING:
    from pathlib import Path

ME = Holder(os.getpid(), "pmpo run", "2026-01-05T08:00:00+00:00")
_HOLD = """
import os, sys
from pathlib import Path
from pmpo.store.lock import Holder, Lock
lock = Lock(Path(sys.argv[1]))
with getattr(lock, sys.argv[2])(Holder(os.getpid(), sys.argv[3], "this morning")):
    print("held", flush=True)
    sys.stdin.read()
"""


def holding(root: Path, mode: str, command: str = "pmpo run") -> subprocess.Popen[str]:
    """Another process that holds the lock until its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(root), mode, command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_runs_share_the_lock(tmp_path: Path) -> None:
    """A second run goes on while the first is at work, and both are known."""
    lock = Lock(tmp_path)
    with holding(tmp_path, "shared") as other:
        with lock.shared(ME, wait_s=0):
            assert {holder.pid for holder in lock.holders()} == {os.getpid(), other.pid}
        other.communicate()
    assert lock.holders() == ()
    assert everything_below(tmp_path) == {"lock"}


@pytest.mark.parametrize(("theirs", "ours"), [("shared", "exclusive"), ("exclusive", "shared")])
def test_collecting_and_running_exclude_each_other(tmp_path: Path, theirs: str, ours: str) -> None:
    """Whoever comes second is told for whom it waited, and how long."""
    told: list[str] = []
    with holding(tmp_path, theirs, "pmpo gc --delete") as other:
        with (
            refused("store/locked") as found,
            getattr(Lock(tmp_path), ours)(ME, wait_s=0.2, tell=told.append),
        ):
            pass
        other.communicate()
    who = f"`pmpo gc --delete` (process {other.pid}, since this morning)"
    assert who in found[0].message
    assert told == [f"waiting up to 0.2 s for {who}"]


def test_waiting_ends_when_the_other_ends(tmp_path: Path) -> None:
    """A run that waits for a collection begins as soon as it has ended."""
    with holding(tmp_path, "exclusive") as other:
        assert other.stdin is not None
        stdin = other.stdin
        with Lock(tmp_path).shared(ME, tell=lambda _: stdin.close()):
            assert other.wait() == 0


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    """After kill -9 the lock is free at once, and its name is not given as holder."""
    with holding(tmp_path, "exclusive") as other:
        other.send_signal(signal.SIGKILL)
        other.communicate()
    lock = Lock(tmp_path)
    assert list(tmp_path.glob("tmp-*/holder.json"))
    with lock.exclusive(ME, wait_s=0):
        assert lock.holders() == (ME,)


def test_a_holder_that_said_nothing_is_another_process(tmp_path: Path) -> None:
    """Who cannot be named is still waited for."""
    with holding(tmp_path, "shared") as other:
        for told in tmp_path.glob("tmp-*/holder.json"):
            told.write_text("{")
        with refused("store/locked") as found, Lock(tmp_path).exclusive(ME, wait_s=0):
            pass
        other.communicate()
    assert "another process" in found[0].message


def test_without_a_store_there_is_nothing_to_guard(tmp_path: Path) -> None:
    """Looking into an office that was never run creates nothing."""
    lock = Lock(tmp_path / ".pmpo")
    with lock.shared(ME), lock.exclusive(ME):
        assert not (tmp_path / ".pmpo").exists()


def test_a_reader_creates_no_lock(tmp_path: Path) -> None:
    """Who only looks into a store for a moment writes nothing into it."""
    with Lock(tmp_path).shared():
        assert everything_below(tmp_path) == set()


def test_a_read_only_store_can_be_read_and_not_collected() -> None:
    """On a disk that nobody may write, readers need no lock and collecting is refused."""
    with small_disk("256k") as disk:
        store = prepare(disk)
        with store.lock.shared(ME):
            pass
        make_read_only(disk)
        with store.lock.shared(), store.lock.shared(ME):
            assert store.evaluations.ids() == ()
        with refused("store/not-writable"), store.lock.exclusive(ME):
            pass
