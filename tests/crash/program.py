"""A program that appends to a ledger and gives it other keys in between; `syscalls` runs it."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pmpo.diagnostics import PmpoError
from pmpo.model.entry import Actor, Entry
from pmpo.store.ledger import database
from pmpo.store.ledger.office_ledger import open_ledger

STEPS: Final = {"key0": 2, "b0": 1, "b1": 3, "b2": 40, "key1": 2, "b3": 2, "b4": 300}
"""What is done one after another, and how many entries each appends; `key…` gives another key."""
ANSWERS: Final = "answers"
_NOW: Final = datetime(2026, 3, 3, tzinfo=UTC)


def work(store: Path) -> None:
    """Do every step, and write into `answers` what was answered to each.

    It is written by a call that the program uses for nothing else, so that it never fails.
    """
    answers = os.open(store / ANSWERS, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for step, count in STEPS.items():
        try:
            (_rotate if step.startswith("key") else _append)(store, step, count)
        except PmpoError as error:
            said = error.findings[0].code
        else:
            said = "ok"
        os.writev(answers, [f"{step} {said}\n".encode()])
    os.close(answers)


def _append(store: Path, step: str, count: int) -> None:
    body: dict[str, Any] = {"text": "x" * 300}
    open_ledger(store).append([_entry(f"{step}-{n}", "Noted", body) for n in range(count)])


def _rotate(store: Path, step: str, _: int) -> None:
    """As `office.rotating` does it: with what changed of people's keys, and in its own life."""
    ledger = open_ledger(store)
    size, (key, handover) = ledger.size, ledger.next_key()
    declared = _entry(f"{step}-{size}", "KeyDeclared", {"person": "ben", "key": ""})
    because = {"because": "due", "handover": str(handover), "lost": False}
    rotated = _entry(f"{step}-{handover.new.id.hex()}", "KeyRotated", because)
    ledger.rotate([declared, rotated], key, expected_size=size)


def _entry(id: str, kind: str, body: dict[str, Any]) -> Entry:
    return Entry(id, kind, None, _NOW, Actor("anna"), body)


def _sync_nothing_of(what: str) -> None:
    """What the tests must find: the database or the key files are written and not synced."""
    if what == "database":
        vars(database)["_PRAGMAS"] = ("synchronous = OFF",)
    if what == "keys":
        vars(os)["fsync"] = bool


if __name__ == "__main__":
    _sync_nothing_of(sys.argv[2])
    work(Path(sys.argv[1]))
