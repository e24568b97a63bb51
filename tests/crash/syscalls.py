"""What the program asks of the disk, as `strace` sees it, and what of that is made to fail.

`strace` shows every write, sync, renaming and removal of the real libraries, and can let each of
them fail or kill the program at it. So faults are tested where they happen, not in a stand-in for
SQLite.
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

from pmpo.store.ledger.key_file import IGNORE_FILE, NEXT, KeyFile
from pmpo.store.ledger.keys import read_key, write_key
from pmpo.store.ledger.office_ledger import FILE, FOLDER, KEY_FILE
from tests.crash.program import ANSWERS
from tests.unit.store.ledger.support import new_ledger, rotate

_ROOT: Final = Path(__file__).parent.parent.parent
_CALLS: Final = (
    "openat,read,pwrite64,write,writev,fdatasync,fsync,unlink,rename,chmod,chown,ftruncate"
)
_LINE: Final = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)")
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')

KEY_MODE: Final = 0o440


@dataclass(frozen=True)
class Call:
    """One system call.

    Args:
        name: such as `pwrite64`.
        done: whether it did what was asked.
        file: the path that it is about.
        handle: the number by which an opened file is known from then on; else -1.
        data: what is written.
        offset: where to; -1 behind the end.
        creates: whether a file may be made by opening it.
        to: what the file is called after it was renamed.
        mode: who may use the file from then on, where that is said; else -1.
    """

    name: str
    done: bool
    file: str
    handle: int = -1
    data: bytes = b""
    offset: int = -1
    creates: bool = False
    to: str = ""
    mode: int = -1


def begin(store: Path) -> None:
    """Make what the program works on: a log whose key a killed process has not moved into place.

    A group shares the key. The `.gitignore` beside it does not know of a next one yet.
    """
    ledger = new_ledger(store)
    file = KeyFile(store / FOLDER / KEY_FILE)
    old = read_key(file.path)
    rotate(ledger)
    file.path.rename(file.next)
    write_key(file.path, old)
    for path in (file.path, file.next):
        path.chmod(KEY_MODE)
    ignore = store / FOLDER / IGNORE_FILE
    ignore.unlink()
    ignore.write_text(f"/{KEY_FILE}\n")


def run(store: Path, *, unsynced: str = "", inject: str = "") -> list[Call]:
    """Run the program under `strace` and return what it asked of the ledger's files.

    Args:
        unsynced: `database` or `keys`, of which nothing is then synced.
        inject: a fault, such as `pwrite64:error=EIO:when=3`; it must happen.
    """
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trace, folder = store / "trace", store / FOLDER
    names = (FILE, f"{FILE}-journal", KEY_FILE, f"{KEY_FILE}{NEXT}", IGNORE_FILE)
    watched = [folder, *(folder / name for name in names), folder / f"{IGNORE_FILE}{NEXT}"]
    paths = [word for path in [*watched, store / ANSWERS] for word in ("-P", str(path))]
    command = ["strace", "-o", str(trace), "-xx", "-s", "100000", "-e", f"trace={_CALLS}", *paths]
    if inject:
        command += ["-e", f"inject={inject}"]
    program = [sys.executable, "-m", "tests.crash.program", str(store), unsynced]
    ran = subprocess.run(
        [*command, *program], capture_output=True, text=True, check=False, cwd=_ROOT
    )
    if "ptrace" in ran.stderr and "not permitted" in ran.stderr:
        pytest.skip("strace may not trace here")
    expected = {-9, 137} if "KILL" in inject else {0}
    assert ran.returncode in expected, (inject, ran.stderr)
    traced = trace.read_text()
    assert ("INJECTED" in traced) is ("error" in inject), inject
    return _read(traced)


def answers(store: Path) -> dict[str, str]:
    """What the program was told last about each step."""
    path = store / ANSWERS
    lines = path.read_text().splitlines() if path.exists() else []
    return {name: said for name, _, said in (line.partition(" ") for line in lines)}


def _read(trace: str) -> list[Call]:
    calls: list[Call] = []
    opened: dict[int, str] = {}
    for line in trace.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        name, arguments, result = match["name"], match["arguments"], int(match["result"])
        done = result >= 0
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(arguments)]
        if name in {"openat", "unlink", "rename", "chmod", "chown"}:
            file, *to = [Path(text.decode()).name for text in texts]
            if name == "openat":
                opened[result] = file
            creates = "O_CREAT" in arguments
            last = arguments.rpartition(", ")[2]
            mode = int(last, 8) if creates or name == "chmod" else -1
            calls.append(Call(name, done, file, result, creates=creates, to="".join(to), mode=mode))
        else:
            handle = int(arguments.partition(",")[0])
            offset = int(arguments.rpartition(",")[2]) if name in {"pwrite64", "ftruncate"} else -1
            data = texts[0] if texts else b""
            calls.append(Call(name, done, opened[handle], handle, data, offset))
    return calls
