"""Each write, sync and removal of an append fails, or is where the program is killed.

Some faults are tried with every test; `PMPO_CRASH_FAULTS=1000` tries up to so many, which is every
fault at every call, and prints its figures with `pytest -s`.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from typing import TYPE_CHECKING

from pmpo.store.ledger.files import examine_folder
from pmpo.store.ledger.office_ledger import open_ledger
from tests.crash.syscalls import BATCHES, answers, run
from tests.unit.store.ledger.support import new_ledger

if TYPE_CHECKING:
    from pathlib import Path

_CALLS = ("pwrite64", "fdatasync", "unlink")
_FAULTS = ("error=EIO", "error=ENOSPC", "signal=KILL")
_TRIED = int(os.environ.get("PMPO_CRASH_FAULTS", "7"))
_EXPECTED = {"ok", "ledger/failed", "ledger/no-space", "ledger/not-writable", "ledger/locked"}


def test_no_fault_loses_what_was_acknowledged(tmp_path: Path) -> None:
    """Whatever call fails: what was acknowledged is there, and every batch whole or not at all.

    Whatever was answered, doing all of it again leaves every entry there once.
    """
    whole = tmp_path / "whole"
    new_ledger(whole)
    shutil.copytree(whole, tmp_path / "counted")
    made = Counter(call.name for call in run(tmp_path / "counted"))
    faults = [
        f"{name}:{fault}:when={number}"
        for name in _CALLS
        for fault in _FAULTS
        for number in range(1, made[name] + 1)
    ]
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
        assert len(said) == len(BATCHES) or "KILL" in fault, fault
        _check(store, said, fault)
    print(f"{len(tried)} of {len(faults)} faults at {dict(made)}: {dict(told)}")
    print("nothing acknowledged was lost, nothing was doubled, every batch was whole or not there")


def _check(store: Path, said: dict[int, str], fault: str) -> None:
    examined = examine_folder(store)
    assert examined.sound, (fault, examined.findings)
    stored = Counter(one.entry.id.partition("-")[0] for one in open_ledger(store).entries())
    for batch, count in BATCHES.items():
        found = stored[f"b{batch}"]
        assert found in {0, count}, fault
        assert found == count or said.get(batch) != "ok", fault
        # Only a disk that fails at the very end of a commit leaves open whether it held.
        assert found == 0 or said.get(batch, "ok") in {"ok", "ledger/failed"}, fault
    run(store)
    assert set(answers(store).values()) == {"ok"}, fault
    again = Counter(one.entry.id.partition("-")[0] for one in open_ledger(store).entries())
    assert again == {f"b{batch}": count for batch, count in BATCHES.items()}, fault
