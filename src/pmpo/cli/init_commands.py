"""What `init` does: ask for a proposal, show what was found and what to type next."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pmpo.cli import init_views
from pmpo.cli.output import show, width
from pmpo.diagnostics import stop

if TYPE_CHECKING:
    from collections.abc import Sequence


def init(
    file: Path,
    folder: Path | None,
    *,
    sheet: str,
    program: str,
    unit: str,
    time: str,
    owner: str,
    copy: bool,
    ask: bool,
) -> None:
    """Propose a charter for a file, and say what it rests on."""
    from pmpo.draft.propose import Asked
    from pmpo.draft.roles import Wanted
    from pmpo.office import Office

    asked = Asked(
        file,
        folder if folder is not None else _folder(file, program),
        Wanted(_columns(unit), time.strip()),
        sheet,
        _checked(program),
        owner.strip(),
        copy,
    )
    proposal = Office.propose(asked, tell=_tell, ask=_ask if ask and _is_watched() else None)
    show(*init_views.proposal(proposal, width()))


def _folder(file: Path, program: str) -> Path:
    """This folder where it is an office, else a new one named after the file or the program."""
    from pmpo.draft.propose import program_name

    if Path("programs").is_dir() or Path("office.yaml").is_file():
        return Path()
    return Path(program or program_name(file))


def _columns(text: str) -> tuple[str, ...]:
    """The columns of an option; a name with a comma stands in quotes, as in CSV."""
    found = next(csv.reader([text], skipinitialspace=True), []) if text.strip() else []
    return tuple(name.strip() for name in found if name.strip())


def _checked(program: str) -> str:
    from pmpo.draft.write import role_id

    if program and role_id(program) != program:
        raise stop(
            "init/bad-name",
            f"`{program}` cannot be the name of a program",
            note="it is a small letter or digit, then small letters, digits, `_` and `-`",
            help=f"write for example `--program {role_id(program)}`",
        )
    return program


def _is_watched() -> bool:
    """Whether a person sits at a terminal, at both ends."""
    ends = (sys.stdin, sys.stdout)
    return all(end is not None and end.isatty() for end in ends)


def _tell(text: str) -> None:
    """Progress, on stderr, for a person who waits."""
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")


def _ask(question: str, answers: Sequence[str]) -> int:
    """Ask for one of several answers; Enter takes the first."""
    typer.echo(f"\n{question}")
    for number, answer in enumerate(answers, start=1):
        typer.echo(f"  {number}  {answer}")
    while True:
        said = int(typer.prompt("number", default=1, type=int))
        if 1 <= said <= len(answers):
            return said - 1
        typer.echo(f"one of 1 to {len(answers)}, please")
