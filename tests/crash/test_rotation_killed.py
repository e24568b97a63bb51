"""A process that gives the ledger another key is killed at the steps of it.

Some of them are tried with every test; with `PMPO_CRASH_FAULTS` set, every one.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pmpo.store.ledger.files import examine_folder
from pmpo.store.ledger.keys import read_key
from pmpo.store.ledger.office_ledger import KEY_FILE, open_ledger
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.support import entry, new_ledger, rotate
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

# Python tells of every file that is opened, renamed, removed or changed before it does it, and of
# every statement that the database gets: at the one with the given number the process kills itself.
_PROGRAM = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from pmpo.store.ledger.office_ledger import open_ledger
from tests.unit.store.ledger.support import rotate

store, last, lost, steps = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[4] == "lost", 0
ledger = open_ledger(store)
rotate(open_ledger(Path(sys.argv[3])))  # everything that is loaded late is loaded now

def step(*_):
    global steps
    steps += 1
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)

def heard(what, told):
    if what in {"open", "os.rename", "os.remove", "os.chmod", "os.chown"}:
        if str(told[0]).startswith(str(store)):
            step()

sys.addaudithook(heard)
for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
    event.listen(ledger.database.engine, moment, step)
rotate(ledger, lost=lost)
print(steps)
"""


_ALL = "PMPO_CRASH_FAULTS" in os.environ
_ROOT = Path(__file__).parent.parent.parent


def _killed_at(store: Path, number: int, *, lost: bool = False) -> str | None:
    """Rotate, be killed at a step, and say how many steps there were where that was never."""
    command = [sys.executable, "-c", _PROGRAM, str(store), str(number), f"{store}-other"]
    command += ["lost" if lost else "due"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
    assert ran.returncode in {0, -signal.SIGKILL}, ran.stderr
    return None if ran.returncode else ran.stdout


def _killed(folder: Path, *, lost: bool = False) -> Iterator[Path]:
    """Stores of a log of three entries, each of which was left at another step of a rotation."""
    new_ledger(folder / "whole", 3)
    if lost:
        (folder / "whole" / "ledger" / KEY_FILE).unlink()
    new_ledger(folder / "other")

    def copied(name: str) -> Path:
        shutil.copytree(folder / "other", folder / f"{name}-other")
        return Path(shutil.copytree(folder / "whole", folder / name))

    steps = int(_killed_at(copied("counted"), 0, lost=lost) or 0)
    assert steps > 20
    tried = range(1, steps + 1, 1 if _ALL else 10 if lost else 5)
    for number in tried:
        store = copied(f"store-{number}")
        assert _killed_at(store, number, lost=lost) is None
        yield store
    print(f"killed at {len(tried)} of {steps} steps: no key was lost, the log went on")


def test_a_killed_rotation_loses_no_key(tmp_path: Path) -> None:
    """Whenever it is killed: the log has one key, its file is there, and all goes on from there."""
    rotations, moving = set(), 0
    for store in _killed(tmp_path):
        examined = examine_folder(store)
        codes = {one.code for one in examined.findings}
        assert codes <= {"ledger/key-moving", "ledger/journal"}, (store, examined.findings)
        moving += "ledger/key-moving" in codes
        ledger = open_ledger(store)
        before = read_key(tmp_path / "whole" / "ledger" / KEY_FILE).verifier
        rotations.add(ledger.size - 3)
        assert (ledger.key == before) == (ledger.size == 3)
        ledger.append([entry(9)])
        assert read_key(store / "ledger" / KEY_FILE).verifier == ledger.key
        assert verify(ledger).findings == ()
    assert rotations == {0, 1}
    assert moving > 1


def test_a_killed_rotation_of_a_lost_key_goes_on(tmp_path: Path) -> None:
    """Whenever it is killed: the next key is there if the log names it, else one rotates again."""
    rotations = set()
    for store in _killed(tmp_path, lost=True):
        ledger = open_ledger(store)
        rotations.add(ledger.size - 3)
        if ledger.size == 3:
            with refused("ledger/key-missing"):
                ledger.append([entry(9)])
        else:
            with refused("ledger/key-not-lost"):
                rotate(ledger, lost=True)
        rotate(ledger, lost=ledger.size == 3)
        ledger.append([entry(9)])
        assert read_key(store / "ledger" / KEY_FILE).verifier == ledger.key
        assert [one.code for one in verify(ledger).findings] == ["ledger/key-lost"]
    assert rotations == {0, 1}
