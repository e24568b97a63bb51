"""The power fails: what was not synced is lost, in part, in another order, or torn.

What an appending program asks of its disk is recorded once. Then the disk is put together as it may
be after any of these calls: what was synced is there; of the rest any part, down to single sectors.
Some states are tried with every test; `PMPO_CRASH_STATES=20` tries so many after every call, and
prints its figures with `pytest -s`.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pmpo.diagnostics import PmpoError
from pmpo.store.ledger.files import examine_folder
from pmpo.store.ledger.office_ledger import FILE, FOLDER, open_ledger
from tests.crash.syscalls import BATCHES, Call, run
from tests.unit.store.ledger.support import new_ledger

if TYPE_CHECKING:
    from pathlib import Path

_SECTOR = 512
_STATES = int(os.environ.get("PMPO_CRASH_STATES", "0"))


@dataclass
class File:
    """A file on the disk: what is safe, and what was written since the last sync."""

    safe: bytearray
    written: list[tuple[int, bytes]] = field(default_factory=list)

    def sync(self) -> None:
        for offset, data in self.written:
            _put(self.safe, offset, data)
        self.written = []

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
    pending: list[tuple[str, File | None]] = field(default_factory=list)
    opened: dict[int, File | None] = field(default_factory=dict)
    acknowledged: list[int] = field(default_factory=list)

    def now(self) -> dict[str, File]:
        """The files as the running program sees them."""
        names = dict(self.names)
        for name, file in self.pending:
            _name(names, name, file)
        return names

    def do(self, call: Call) -> None:
        """What one call asks of the disk."""
        if call.file == "answers":
            if call.name == "write" and call.data.endswith(b" ok\n"):
                self.acknowledged.append(int(call.data.split()[0]))
        elif call.name == "openat":
            self._open(call)
        elif call.name == "unlink":
            self.pending.append((call.file, None))
        elif call.name in {"fsync", "fdatasync"}:
            self._sync(self.opened[call.handle])
        else:
            file = self.opened[call.handle]
            assert file is not None
            assert call.name == "pwrite64", call
            file.written.append((call.offset, call.data))

    def _open(self, call: Call) -> None:
        if call.file == FOLDER:
            self.opened[call.handle] = None
            return
        if call.file not in self.now():
            assert call.creates, call
            self.pending.append((call.file, File(bytearray())))
        self.opened[call.handle] = self.now()[call.file]

    def _sync(self, file: File | None) -> None:
        if file is not None:
            file.sync()
            return
        self.names, self.pending = self.now(), []

    def after_a_failure(self, chance: random.Random) -> dict[str, bytes]:
        """The files that are found when the power is back."""
        names = dict(self.names)
        for name, file in self.pending[: chance.randint(0, len(self.pending))]:
            _name(names, name, file)
        return {name: file.after_a_failure(chance) for name, file in names.items()}


def _name(names: dict[str, File], name: str, file: File | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


def _recorded(store: Path, *pragmas: str) -> tuple[Disk, list[Call]]:
    """A ledger's disk before a program appends to it, and what the program then asks of it."""
    new_ledger(store)
    disk = Disk({FILE: File(bytearray((store / FOLDER / FILE).read_bytes()))})
    return disk, run(store, *pragmas)


def _failure(store: Path, disk: Disk, chance: random.Random) -> str:
    """Put the disk together as a failure leaves it; what is wrong with the ledger then."""
    folder = store / FOLDER
    for path in folder.glob(f"{FILE}*"):
        path.unlink()
    for name, content in disk.after_a_failure(chance).items():
        (folder / name).write_bytes(content)
    try:
        examined = examine_folder(store)
        if not examined.sound:
            return str([finding.message for finding in examined.findings])
        stored = Counter(one.entry.id.partition("-")[0] for one in open_ledger(store).entries())
    except PmpoError as error:
        return str(error)
    wrong = [batch for batch, count in BATCHES.items() if stored[f"b{batch}"] not in {0, count}]
    lost = [batch for batch in disk.acknowledged if not stored[f"b{batch}"]]
    return f"half there: {wrong}, lost: {lost}" if wrong or lost else ""


def test_no_power_failure_loses_what_was_acknowledged(tmp_path: Path) -> None:
    """Whenever the power fails, what was acknowledged is there, and every batch is whole."""
    chance = random.Random(1)
    disk, calls = _recorded(tmp_path)
    every = max(1, len(calls) // 50)
    tried = 0
    for number, call in enumerate(calls):
        disk.do(call)
        for _ in range(_STATES or number % every == 0):
            tried += 1
            assert _failure(tmp_path, disk, chance) == "", f"after call {number}: {call.name}"
    assert disk.acknowledged == list(BATCHES)
    assert tried >= 40
    print(f"{tried} states after {len(calls)} calls: nothing acknowledged was lost")


def test_the_simulator_finds_what_is_not_synced(tmp_path: Path) -> None:
    """Without syncs the same program does lose entries: so the test above can fail."""
    chance = random.Random(1)
    disk, calls = _recorded(tmp_path, "synchronous = OFF")
    found = []
    for number, call in enumerate(calls):
        disk.do(call)
        if number % 10 == 0:
            found.append(_failure(tmp_path, disk, chance))
    assert any(found)
