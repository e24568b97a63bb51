"""A program that appends to a ledger, run under `strace`: what it asks of the disk, and faults.

`strace` shows every write, sync and removal of the real libraries, and can let each of them fail or
kill the program at it. So faults are tested where they happen, not in a stand-in for SQLite.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pmpo.store.ledger.office_ledger import FILE, FOLDER

# Appends five batches of different sizes; writes into `answers` what it is told about each.
_PROGRAM: Final = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from pmpo.diagnostics import PmpoError
from pmpo.model.entry import Actor, Entry
from pmpo.store.ledger import database
from pmpo.store.ledger.office_ledger import open_ledger

store = Path(sys.argv[1])
if sys.argv[2:]:
    database._PRAGMAS = tuple(sys.argv[2:])
answers = os.open(store / "answers", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
ledger = open_ledger(store)
now, anna, body = datetime(2026, 3, 2, tzinfo=UTC), Actor("anna"), {"text": "x" * 300}
for batch, count in enumerate([1, 3, 40, 2, 300]):
    entries = [Entry(f"b{batch}-{n}", "Noted", None, now, anna, body) for n in range(count)]
    try:
        ledger.append(entries)
    except PmpoError as error:
        os.write(answers, f"{batch} {error.findings[0].code}\\n".encode())
    else:
        os.write(answers, f"{batch} ok\\n".encode())
"""
BATCHES: Final = {0: 1, 1: 3, 2: 40, 3: 2, 4: 300}
_CALLS: Final = "openat,pwrite64,write,fdatasync,fsync,unlink,ftruncate"
_LINE: Final = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)")
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True)
class Call:
    """One system call.

    Args:
        name: such as `pwrite64`.
        file: the path that it is about.
        handle: the number by which an opened file is known from then on; else -1.
        data: what is written.
        offset: where to; -1 behind the end.
        creates: whether a file may be made by opening it.
    """

    name: str
    file: str
    handle: int = -1
    data: bytes = b""
    offset: int = -1
    creates: bool = False


def run(store: Path, *pragmas: str, inject: str = "") -> list[Call]:
    """Run the program under `strace` and return what it asked of the ledger's files.

    Args:
        pragmas: replace what the ledger asks of SQLite.
        inject: a fault, such as `pwrite64:error=EIO:when=3`.
    """
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trace = store / "trace"
    database = store / FOLDER / FILE
    watched = [database.parent, database, f"{database}-journal", store / "answers"]
    paths = [word for path in watched for word in ("-P", str(path))]
    command = ["strace", "-o", str(trace), "-xx", "-s", "100000", "-e", f"trace={_CALLS}", *paths]
    if inject:
        command += ["-e", f"inject={inject}"]
    program = [sys.executable, "-c", _PROGRAM, str(store), *pragmas]
    ran = subprocess.run([*command, *program], capture_output=True, text=True, check=False)
    if "ptrace" in ran.stderr and "not permitted" in ran.stderr:
        pytest.skip("strace may not trace here")
    assert ran.returncode in {0, -9, 137}, ran.stderr
    return _read(trace.read_text())


def answers(store: Path) -> dict[int, str]:
    """What the program was told about each batch."""
    path = store / "answers"
    lines = path.read_text().splitlines() if path.exists() else []
    return {int(batch): said for batch, _, said in (line.partition(" ") for line in lines)}


def _read(trace: str) -> list[Call]:
    calls: list[Call] = []
    opened: dict[int, str] = {}
    for line in trace.splitlines():
        match = _LINE.match(line)
        if match is None or int(match["result"]) < 0:
            continue
        name, arguments, result = match["name"], match["arguments"], int(match["result"])
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(arguments)]
        if name == "openat":
            opened[result] = Path(texts[0].decode()).name
            calls.append(Call(name, opened[result], result, creates="O_CREAT" in arguments))
        elif name == "unlink":
            calls.append(Call(name, Path(texts[0].decode()).name))
        else:
            handle = int(arguments.partition(",")[0])
            offset = int(arguments.rpartition(",")[2]) if name in {"pwrite64", "ftruncate"} else -1
            data = texts[0] if texts else b""
            calls.append(Call(name, opened[handle], handle, data, offset))
    return calls
