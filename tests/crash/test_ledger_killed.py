"""Several writers of one ledger, killed at random moments, and what each of them was told.

Some rounds run with every test; `PMPO_CRASH_ROUNDS=300 pytest -s tests/crash/test_ledger_killed.py`
runs the long form and prints its figures.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from time import sleep
from typing import TYPE_CHECKING

from pmpo.store.ledger.anchors import Anchor
from pmpo.store.ledger.files import examine_folder
from pmpo.store.ledger.office_ledger import open_ledger
from tests.unit.store.ledger.support import new_ledger

if TYPE_CHECKING:
    from pathlib import Path

# Appends batches of one to four entries and reads the size in between; tells when it asks and what
# it is answered. A batch that was open when the writer was killed is appended first in its next
# life, as by a program that does not know what has become of it.
_WRITER = """
import json, sys, time
from datetime import UTC, datetime
from pathlib import Path
from pmpo.model.entry import Actor, Entry
from pmpo.store.ledger.office_ledger import open_ledger

store, name, number, again = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:]
ledger = open_ledger(store)

def tell(**said):
    print(json.dumps({**said, "at": time.monotonic()}), flush=True)

while True:
    ids = again or [f"{name}-{n}" for n in range(number, number + 1 + number % 4)]
    number, again = number + (0 if again else len(ids)), []
    tell(asks=ids)
    placed = ledger.append(
        [Entry(id, "Noted", name, datetime.now(UTC), Actor(name), {"of": id}) for id in ids]
    )
    tell(placed={one.entry.id: one.position for one in placed})
    tell(asks=[])
    tell(size=ledger.size)
"""
_ROUNDS = int(os.environ.get("PMPO_CRASH_ROUNDS", "5"))
_WRITERS = 3


@dataclass(frozen=True)
class Answer:
    """What a writer was told.

    Args:
        asked: when it asked first, by a clock that all processes share.
        answered: when it was told.
        position: of an entry; for a size, of the last entry that it counts.
        id: of the entry; empty for a size.
    """

    asked: float
    answered: float
    position: int
    id: str = ""


@dataclass
class Writer:
    """One writer over its lives."""

    name: str
    number: int = 0
    open: list[str] = field(default_factory=list)
    asked: dict[str, float] = field(default_factory=dict)

    def start(self, store: Path) -> subprocess.Popen[str]:
        """Begin its next life."""
        command = [sys.executable, "-c", _WRITER, str(store), self.name, str(self.number)]
        return subprocess.Popen([*command, *self.open], stdout=subprocess.PIPE, text=True)

    def hear(self, said: str) -> list[Answer]:
        """What it said before it was killed; a last line without an end was not said."""
        found: list[Answer] = []
        asked = 0.0
        for line in said.split("\n")[:-1]:
            one = json.loads(line)
            if "asks" in one:
                asked, self.open = one["at"], one["asks"]
                for id in self.open:
                    self.asked.setdefault(id, asked)
                    self.number = max(self.number, int(id.split("-")[1]) + 1)
            elif "size" in one:
                found.append(Answer(asked, one["at"], one["size"] - 1))
            else:
                self.open = []
                found += [
                    Answer(self.asked[id], one["at"], position, id)
                    for id, position in one["placed"].items()
                ]
        return found


def _round(store: Path, writers: list[Writer], until_killed_s: float) -> list[Answer]:
    """Let all writers write for a moment, kill all of them, and gather what they were told."""
    running = [writer.start(store) for writer in writers]
    first = [process.stdout.readline() for process in running if process.stdout]
    sleep(until_killed_s)
    for process in running:
        process.send_signal(signal.SIGKILL)
    heard = []
    for writer, process, line in zip(writers, running, first, strict=True):
        heard += writer.hear(line + process.communicate()[0])
        assert process.returncode == -signal.SIGKILL
    return heard


def _not_linearizable(answers: list[Answer], asked: dict[int, float]) -> list[Answer]:
    """Answers that no single order of all appends and readings explains.

    An entry lies behind everything that was answered before it was asked for; a size counts all of
    that, and nothing that was asked for after it was answered.
    """
    wrong, highest = [], -1
    done = sorted(answers, key=lambda one: one.answered)
    place = 0
    for one in sorted(answers, key=lambda one: one.asked):
        while place < len(done) and done[place].answered < one.asked:
            highest = max(highest, done[place].position)
            place += 1
        is_entry = bool(one.id)
        if one.position < highest + is_entry or asked.get(one.position, 0) > one.answered:
            wrong.append(one)
    return wrong


def test_the_check_of_histories_finds_what_is_wrong() -> None:
    """A late entry before an early one, and a size that misses an entry, are found."""
    early, late = Answer(0, 1, 5, "early"), Answer(2, 3, 4, "late")
    assert _not_linearizable([early, late], {}) == [late]
    size = Answer(2, 3, 4)
    assert _not_linearizable([early, size], {}) == [size]
    assert _not_linearizable([early, Answer(2, 3, 5), Answer(0.5, 4, 3, "beside")], {}) == []
    assert _not_linearizable([Answer(2, 3, 5)], {5: 4.0}) == [Answer(2, 3, 5)]


def test_killed_writers_lose_nothing(tmp_path: Path) -> None:
    """After kill -9 of several writers everything acknowledged is there once, in one order."""
    moments = random.Random(1)
    new_ledger(tmp_path)
    writers = [Writer(f"w{number}") for number in range(_WRITERS)]
    answers: list[Answer] = []
    anchors: list[Anchor] = []
    stored: dict[str, int] = {}
    told: set[tuple[str, int]] = set()
    for number in range(_ROUNDS):
        answers += _round(tmp_path, writers, moments.uniform(0, 0.3))
        ledger = open_ledger(tmp_path)
        stored = {one.entry.id: one.position for one in ledger.entries()}
        told = {(one.id, one.position) for one in answers if one.id}
        assert told <= set(stored.items())
        assert len(stored) == ledger.size
        anchors.append(Anchor(f"round {number}", ledger.checkpoint()))
        assert examine_folder(tmp_path, anchors).sound
    asked = {
        stored[id]: at for writer in writers for id, at in writer.asked.items() if id in stored
    }
    assert _not_linearizable(answers, asked) == []
    assert len(told) >= _ROUNDS
    print(f"{_ROUNDS} rounds, {_WRITERS} writers killed in each: {len(told)} entries acknowledged")
    print(f"{len(stored)} stored, 0 lost, 0 doubled; {len(answers)} answers in one order")
