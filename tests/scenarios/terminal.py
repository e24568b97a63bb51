"""What a person does at a terminal: type `pmpo`, read what it says, look into the folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pmpo.store.objects import hash_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

COMMAND = (sys.executable, "-c", "from pmpo.cli import program; program()")
CODE = re.compile(r"^(error|warning|note)\[([a-z-]+/[a-z0-9-]+)\]: (.+)$", re.MULTILINE)
_SETTINGS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM", "PMPO_THREADS")


@dataclass(frozen=True)
class Done:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything that a person reads."""
        return self.out + self.err

    @property
    def codes(self) -> list[str]:
        """The codes of the findings, in the order in which they are shown."""
        return [code for _, code, _ in CODE.findall(self.said)]

    @property
    def errors(self) -> list[str]:
        """The codes of what stopped the command."""
        return [code for severity, code, _ in CODE.findall(self.said) if severity == "error"]

    def json(self) -> Any:
        """The JSON value on stdout; the command must have succeeded."""
        assert self.code == 0, self.said
        return json.loads(self.out)


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what changes how results look, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
    return {**kept, "PYTHONUTF8": "1", **(more or {})}


def pmpo(*words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Done:
    """Type a command and wait for it."""
    ran = subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        check=False,
    )
    return Done(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def started(*words: str | Path, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    """Type a command and do not wait for it."""
    return subprocess.Popen(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def half_written(office: Path) -> list[str]:
    """What stands in an office's store without being whole.

    Whole are: the layout, objects that have the hash they are called by, evaluations whose files
    are those of their manifest, pointers to such evaluations, and histories likewise.
    """
    files = below(office / ".pmpo") if (office / ".pmpo").is_dir() else {}
    return sorted(name for name in files if not _is_whole(name, files))


def _is_whole(name: str, files: Mapping[str, bytes]) -> bool:
    area, *rest = name.split("/")
    if area == "objects":
        return hash_bytes(files[name]) == "sha256:" + "".join(rest)
    if area == "evaluations" and rest[0] == "latest":
        return f"evaluations/{files[name].decode().strip()}/manifest.json" in files
    if area == "evaluations" and rest[0].startswith("ev-"):
        manifest = json.loads(files[f"evaluations/{rest[0]}/manifest.json"])
        promised = manifest["files"].get(rest[1])
        return rest[1] == "manifest.json" or hash_bytes(files[name]) == promised
    if area == "histories":
        manifest = json.loads(files[f"histories/{rest[0]}/manifest.json"])
        return rest[1] == "manifest.json" or hash_bytes(files[name]) == manifest["table"]
    return name in ("layout.json", "lock")


def table(lines: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV text; cells hold nothing that would need quotes."""
    return "".join(",".join(map(str, line)) + "\n" for line in lines)
