"""Each call to the disk of a program that appends and rotates fails, or is where it is killed.

Some faults are tried with every test; `PMPO_CRASH_FAULTS=1000` tries up to so many, which is every
fault at every call, and prints its figures with `pytest -s`.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
from collections import Counter
from typing import TYPE_CHECKING

from pmpo.store.ledger.files import examine_folder
from pmpo.store.ledger.keys import read_key
from pmpo.store.ledger.office_ledger import FOLDER, KEY_FILE, open_ledger
from tests.crash.program import ANSWERS, STEPS, work
from tests.crash.syscalls import KEY_MODE, Call, answers, begin, run

if TYPE_CHECKING:
    from pathlib import Path

_FAULTS = {
    **dict.fromkeys(
        ("pwrite64", "write", "fdatasync", "fsync", "unlink", "rename", "chmod", "chown"),
        ("error=EIO", "error=ENOSPC", "signal=KILL"),
    ),
    **dict.fromkeys(("openat", "read"), ("error=EIO",)),
}
_TRIED = int(os.environ.get("PMPO_CRASH_FAULTS", "7"))
_EXPECTED = {
    "ok", "ledger/failed", "ledger/no-space", "ledger/not-writable", "ledger/locked",
    "ledger/key-moving", "ledger/key-unreadable", "ledger/key-wrong",
    "store/failed", "store/no-space",
}  # fmt: skip
# Only a disk that fails at the very end of a commit leaves open whether it held.
_HELD = {"ok", "ledger/key-moving"}
_OPEN = {*_HELD, "ledger/failed"}


def test_no_fault_loses_what_was_acknowledged(tmp_path: Path) -> None:
    """Whatever call fails: what was acknowledged is there, every step whole or not, and the key.

    Whatever was answered, doing all of it again leaves every entry there once, and rotates.
    """
    whole = tmp_path / "whole"
    begin(whole)
    shutil.copytree(whole, tmp_path / "counted")
    faults = _faults(run(tmp_path / "counted"))
    tried = random.Random(1).sample(faults, min(_TRIED, len(faults)))
    told: Counter[str] = Counter()
    for fault in tried:
        store = tmp_path / "store"
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(whole, store)
        run(store, inject=fault)
        said = answers(store)
        told.update(said.values())
        assert set(said.values()) <= _EXPECTED, fault
        assert len(said) == len(STEPS) or "KILL" in fault, fault
        _check(store, said, fault)
    made = Counter(fault.partition(":")[0] for fault in faults)
    print(f"{len(tried)} of {len(faults)} faults ({dict(made)}): {dict(told)}")
    print("nothing acknowledged was lost, nothing was doubled, every step was whole or not there")


def _faults(calls: list[Call]) -> list[str]:
    """Every fault at every call, but for those by which the program tells what it was told."""
    faults: list[str] = []
    made: Counter[str] = Counter()
    for call in calls:
        made[call.name] += 1
        if call.file != ANSWERS:
            kinds = _FAULTS[call.name]
            faults += [f"{call.name}:{kind}:when={made[call.name]}" for kind in kinds]
    return faults


def _check(store: Path, said: dict[str, str], fault: str) -> None:
    """Look at what is left, do everything again, and look again."""
    examined = examine_folder(store)
    assert examined.sound, (fault, examined.findings)
    stored = _stored(store)
    for step, count in STEPS.items():
        found = stored[step]
        assert found in {0, count}, fault
        assert found == count or said.get(step) not in _HELD, fault
        assert found == 0 or said.get(step, "ok") in _OPEN, (fault, said)
    work(store)
    assert set(answers(store).values()) == {"ok"}, fault
    twice = {step: stored[step] if step.startswith("key") else 0 for step in STEPS}
    assert _stored(store) == {step: count + twice[step] for step, count in STEPS.items()}, fault
    assert {one.code for one in examine_folder(store).findings} == {"ledger/key-exposed"}, fault
    key = store / FOLDER / KEY_FILE
    assert read_key(key).verifier == open_ledger(store).key, fault
    assert stat.S_IMODE(key.stat().st_mode) == KEY_MODE, fault


def _stored(store: Path) -> Counter[str]:
    """How many entries of each step are in the log behind what it began with."""
    behind = open_ledger(store).entries(start=1)
    return Counter(one.entry.id.partition("-")[0] for one in behind)
