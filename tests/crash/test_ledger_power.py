"""The power fails: what was not synced is lost, in part, in another order, or torn.

What a program that appends and rotates asks of its disk is recorded once. Then the disk is put
together as it may be after any of these calls: what was synced is there; of the rest any part, down
to single sectors. Names are made, changed and removed in their order, as file systems do it.
Some states are tried with every test; `PMPO_CRASH_STATES=20` tries so many after every call, and
prints its figures with `pytest -s`.
"""

from __future__ import annotations

import os
import random
import stat
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import PmpoError
from pmpo.store.ledger.files import examine_folder
from pmpo.store.ledger.keys import read_key
from pmpo.store.ledger.office_ledger import FOLDER, KEY_FILE, open_ledger
from pmpo.store.ledger.verify import verify
from tests.crash.program import ANSWERS, STEPS
from tests.crash.syscalls import KEY_MODE, Call, begin, run
from tests.unit.store.ledger.support import entry, rotate

if TYPE_CHECKING:
    from pathlib import Path

_SECTOR = 512
_STATES = int(os.environ.get("PMPO_CRASH_STATES", "0"))


@dataclass
class File:
    """A file on the disk: what is safe, and what was written since the last sync.

    Args:
        modes: who may use it: the last one since the file was synced, and those that came after it.
    """

    safe: bytearray
    modes: list[int]
    written: list[tuple[int, bytes]] = field(default_factory=list)

    def write(self, data: bytes, offset: int) -> None:
        ends = [at + len(one) for at, one in self.written]
        self.written.append((max(ends, default=len(self.safe)) if offset < 0 else offset, data))

    def sync(self) -> None:
        for offset, data in self.written:
            _put(self.safe, offset, data)
        self.written, self.modes = [], self.modes[-1:]

    def after_a_failure(self, chance: random.Random) -> bytes:
        """What is found: of each write that was not synced all, nothing, or some sectors."""
        found = bytearray(self.safe)
        for offset, data in chance.sample(self.written, len(self.written)):
            for at in range(0, len(data), _SECTOR):
                if chance.random() < 0.5:
                    _put(found, offset + at, data[at : at + _SECTOR])
        return bytes(found)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    content.extend(bytes(max(0, offset + len(data) - len(content))))
    content[offset : offset + len(data)] = data


@dataclass
class Disk:
    """A folder on the disk: names change when the folder is synced, or by chance before that."""

    names: dict[str, File]
    pending: list[dict[str, File | None]] = field(default_factory=list)
    opened: dict[int, File | None] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)

    def now(self) -> dict[str, File]:
        """The files as the running program sees them."""
        return self._after(len(self.pending))

    def _after(self, count: int) -> dict[str, File]:
        names: dict[str, File | None] = {**self.names}
        for changed in self.pending[:count]:
            names |= changed
        return {name: file for name, file in names.items() if file is not None}

    def do(self, call: Call) -> None:
        """What one call asks of the disk."""
        if not call.done or call.name in {"read", "chown"}:
            return
        if call.file == ANSWERS:
            if call.name == "writev" and call.data.endswith(b" ok\n"):
                self.acknowledged.append(call.data.decode().split()[0])
        elif call.name == "openat":
            self._open(call)
        elif call.name in {"fsync", "fdatasync"}:
            self._sync(self.opened[call.handle])
        elif call.name in {"write", "pwrite64"}:
            file = self.opened[call.handle]
            assert file is not None
            file.write(call.data, call.offset)
        elif call.name == "chmod":
            self.now()[call.file].modes.append(call.mode)
        else:
            assert call.name in {"unlink", "rename"}, call
            renamed = {call.to: self.now()[call.file]} if call.to else {}
            self.pending.append({call.file: None, **renamed})

    def _open(self, call: Call) -> None:
        if call.file == FOLDER:
            self.opened[call.handle] = None
            return
        if call.file not in self.now():
            assert call.creates, call
            self.pending.append({call.file: File(bytearray(), [call.mode])})
        self.opened[call.handle] = self.now()[call.file]

    def _sync(self, file: File | None) -> None:
        if file is not None:
            file.sync()
            return
        self.names, self.pending = self.now(), []

    def after_a_failure(self, chance: random.Random) -> dict[str, tuple[bytes, int]]:
        """The files that are found when the power is back, and who may use them."""
        names = self._after(chance.randint(0, len(self.pending)))
        return {
            name: (file.after_a_failure(chance), chance.choice(file.modes))
            for name, file in names.items()
        }


def _recorded(store: Path, unsynced: str = "") -> tuple[Disk, list[Call]]:
    """A ledger's disk before a program works on it, and what the program then asks of it."""
    begin(store)
    files = {
        path.name: File(bytearray(path.read_bytes()), [stat.S_IMODE(path.stat().st_mode)])
        for path in (store / FOLDER).iterdir()
    }
    return Disk(files), run(store, unsynced=unsynced)


def _failure(store: Path, disk: Disk, chance: random.Random) -> str:
    """Put the disk together as a failure leaves it; what is wrong with the ledger then."""
    folder = store / FOLDER
    for path in folder.iterdir():
        path.unlink()
    for name, (content, mode) in disk.after_a_failure(chance).items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(mode)
    try:
        examined = examine_folder(store)
        if not examined.sound:
            return str([finding.message for finding in examined.findings])
        stored = Counter(
            one.entry.id.partition("-")[0] for one in open_ledger(store).entries(start=1)
        )
        wrong = [step for step, count in STEPS.items() if stored[step] not in {0, count}]
        lost = [step for step in disk.acknowledged if not stored[step]]
        if wrong or lost:
            return f"half there: {wrong}, lost: {lost}"
        return _going_on(store)
    except PmpoError as error:
        return str(error)


def _going_on(store: Path) -> str:
    """Append an entry, and give the log another key; what is wrong with the one in its place."""
    ledger, path = open_ledger(store), store / FOLDER / KEY_FILE
    for go_on in (lambda: ledger.append([entry(9)]), lambda: rotate(ledger)):
        go_on()
        key = read_key(path).verifier
        if key != ledger.key or not ledger.checkpoint().note.signed_by(key):
            return "the key that lies in its place is not the log's"
        if stat.S_IMODE(path.stat().st_mode) != KEY_MODE:
            return "the group that shared the key may not use it"
    return str([one.message for one in verify(ledger).findings if one.severity != "note"] or "")


def test_no_power_failure_loses_what_was_acknowledged(tmp_path: Path) -> None:
    """Whenever the power fails, what was acknowledged is there, every step whole, and the key."""
    chance = random.Random(1)
    disk, calls = _recorded(tmp_path)
    every = max(1, len(calls) // 50)
    tried = asked = 0
    for number, call in enumerate(calls):
        disk.do(call)
        asked += call.name != "read"
        for _ in range(_STATES * (call.name != "read") or number % every == 0):
            tried += 1
            assert _failure(tmp_path, disk, chance) == "", f"after call {number}: {call}"
    assert disk.acknowledged == list(STEPS)
    assert tried >= 40
    print(f"{tried} states after {asked} calls: nothing acknowledged was lost")


@pytest.mark.parametrize("unsynced", ["database", "keys"])
def test_the_simulator_finds_what_is_not_synced(tmp_path: Path, unsynced: str) -> None:
    """Without syncs the same program does lose entries or keys: so the test above can fail."""
    chance = random.Random(1)
    disk, calls = _recorded(tmp_path, unsynced)
    found = ""
    for number, call in enumerate(calls):
        disk.do(call)
        if number % 10 == 0 and not found:
            found = _failure(tmp_path, disk, chance)
    assert found
