"""Runs the blocks of a document one after the other in one folder, as a reader would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema

from pmpo import sql
from pmpo.charter.yaml import parse
from tests.unit.charter.corpus import instance

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.docs.blocks import Block

ROOT = Path(__file__).resolve().parents[2]

# The package is installed already, so that a document's `pip install` must not change it.
_PIP = "#!/bin/sh\nexit 0\n"


@dataclass
class Story:
    """A folder in which the blocks of one document are run.

    Args:
        place: an empty folder; the project's examples are put into it.
        failures: what did not hold, with file and line.
    """

    place: Path
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._work = self.place / "work"
        self._work.mkdir()
        if (ROOT / "examples").is_dir():
            shutil.copytree(ROOT / "examples", self._work / "examples")
        programs = self.place / "bin"
        programs.mkdir()
        (programs / "pip").write_text(_PIP)
        (programs / "pip").chmod(0o755)
        path = [programs, Path(sys.executable).parent, os.environ["PATH"]]
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join(map(str, path)),
            "COLUMNS": "100",
            "NO_COLOR": "1",
        }

    def tell(self, block: Block) -> None:
        """Run or check one block and note what does not hold."""
        if block.verb == "skip":
            return
        if block.verb == "file":
            target = self._work / block.rest
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        problem = _CHECKS[block.language](self, block)
        if problem:
            self.failures.append(f"{block.place}: {problem}")

    def _sh(self, block: Block) -> str:
        return self._commands(block, block.text)[0]

    def _console(self, block: Block) -> str:
        """Each `$ command` must print the lines below it; `…` stands for anything."""
        for command, expected in _dialogue(block.text):
            problem, printed = self._commands(block, command)
            if problem:
                return problem
            if not re.fullmatch(_pattern(expected), printed.strip("\n")):
                return f"`{command}` printed\n{printed}\ninstead of\n{expected}"
        return ""

    def _commands(self, block: Block, text: str) -> tuple[str, str]:
        ran = self._run(["bash", "-euo", "pipefail", "-c", text])
        wanted = int(block.rest) if block.verb == "exit" else 0
        if ran.returncode == wanted:
            return "", ran.stdout
        return f"exit status {ran.returncode}, not {wanted}\n{ran.stdout}", ran.stdout

    def _python(self, block: Block) -> str:
        """A script, or a dialogue with `>>>` whose answers must be the same."""
        dialogue = block.text.startswith(">>>")
        script = self._work / ("block.txt" if dialogue else "block.py")
        script.write_text(block.text, encoding="utf-8")
        program = ["-m", "doctest"] if dialogue else []
        ran = self._run([sys.executable, "-W", "error", *program, script.name])
        script.unlink()
        return f"failed\n{ran.stdout}" if ran.returncode else ""

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self._work,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )

    def _yaml(self, block: Block) -> str:
        """A charter or an office's file, or a piece of a charter, must fit its schema."""
        piece = instance(parse(block.text, block.place))
        if block.verb == "under":
            for name in reversed(block.rest.split(".")):
                piece = {name: piece}
        office = isinstance(piece, dict) and "office" in piece
        return _misfit(piece, self._schema(["--office"] if office else []))

    def _schema(self, options: list[str]) -> dict[str, Any]:
        ran = self._run(["pmpo", "schema", *options])
        assert ran.returncode == 0, ran.stdout
        schema: dict[str, Any] = json.loads(ran.stdout)
        return schema

    def _json(self, block: Block) -> str:
        try:
            json.loads(block.text)
        except ValueError as reason:
            return f"not JSON: {reason}"
        return ""

    def _sql(self, block: Block) -> str:
        try:
            sql.parse(block.text)
        except sql.SqlError as reason:
            return f"not SQL: {reason}"
        return ""

    def _free(self, _block: Block) -> str:
        """Text and drawings hold for themselves."""
        return ""


_CHECKS: dict[str, Callable[[Story, Block], str]] = {
    "sh": Story._sh,
    "console": Story._console,
    "python": Story._python,
    "yaml": Story._yaml,
    "json": Story._json,
    "sql": Story._sql,
    "text": Story._free,
    "mermaid": Story._free,
}
LANGUAGES = frozenset(_CHECKS)


def _dialogue(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output that follows it."""
    told: list[tuple[str, str]] = []
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        told.append((command, output.strip("\n")))
    return told


def _pattern(expected: str) -> str:
    """A line with only `…` stands for any lines, and `…` in a line for any text in it."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*?") + r" *\n"
        for line in f"{expected}\n".splitlines()
    ]
    return "".join(lines).removesuffix(r"\n") + r"\n*"


def _misfit(piece: object, schema: dict[str, Any]) -> str:
    """Where a charter does not fit; what a piece of one leaves out is not missed."""
    whole = isinstance(piece, dict) and "charter" in piece
    errors = [
        error
        for error in jsonschema.Draft202012Validator(schema).iter_errors(piece)
        if whole or error.validator != "required" or len(error.absolute_path) > 0
    ]
    return "; ".join(f"{error.json_path}: {error.message}" for error in errors)
