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

from pmpo.store.ledger.files import examine_folder
from pmpo.store.ledger.keys import read_key
from pmpo.store.ledger.office_ledger import KEY_FILE, open_ledger
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.support import entry, new_ledger

# Python tells of every file that is opened, renamed, removed or changed before it does it, and of
# every statement that the database gets: at the one with the given number the process kills itself.
_PROGRAM = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from pmpo.store.ledger.office_ledger import open_ledger
from tests.unit.store.ledger.support import rotate

store, last, steps = Path(sys.argv[1]), int(sys.argv[2]), 0
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
rotate(ledger)
print(steps)
"""


_STRIDE = 1 if os.environ.get("PMPO_CRASH_FAULTS") else 5
_ROOT = Path(__file__).parent.parent.parent


def _killed_at(store: Path, number: int) -> str | None:
    """Rotate, be killed at a step, and say how many steps there were where that was never."""
    command = [sys.executable, "-c", _PROGRAM, str(store), str(number), f"{store}-other"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
    assert ran.returncode in {0, -signal.SIGKILL}, ran.stderr
    return None if ran.returncode else ran.stdout


def test_a_killed_rotation_loses_no_key(tmp_path: Path) -> None:
    """Whenever it is killed: the log has one key, its file is there, and all goes on from there."""
    whole = tmp_path / "whole"
    before = new_ledger(whole, 3).key
    new_ledger(tmp_path / "other")
    shutil.copytree(tmp_path / "other", tmp_path / "counted-other")
    shutil.copytree(whole, tmp_path / "counted")
    steps = int(_killed_at(tmp_path / "counted", 0) or 0)
    assert steps > 20
    rotations, moving = set(), 0
    tried = range(1, steps + 1, _STRIDE)
    for number in tried:
        store = tmp_path / f"store-{number}"
        shutil.copytree(whole, store)
        shutil.copytree(tmp_path / "other", f"{store}-other")
        assert _killed_at(store, number) is None
        examined = examine_folder(store)
        codes = {one.code for one in examined.findings}
        assert codes <= {"ledger/key-moving", "ledger/journal"}, (number, examined.findings)
        moving += "ledger/key-moving" in codes
        ledger = open_ledger(store)
        rotations.add(ledger.size - 3)
        assert (ledger.key == before) == (ledger.size == 3)
        ledger.append([entry(9)])
        assert read_key(store / "ledger" / KEY_FILE).verifier == ledger.key
        assert verify(ledger).findings == ()
    assert rotations == {0, 1}
    assert moving > 1
    print(f"killed at {len(tried)} of {steps} steps: no key was lost, the log went on")
