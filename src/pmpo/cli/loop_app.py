"""Options of the commands by which decisions come back; each imports what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pmpo.cli.app import app
from pmpo.cli.options import As, Because, Format, Key, OfficeDir, Output, Program

DueId = Annotated[str, typer.Argument(metavar="DUE", help="Such as due-0123456789ab.")]


@app.command()
def due(
    *,
    check: Annotated[
        bool,
        typer.Option("--check", help="Hold the assumptions against the data first; with --as."),
    ] = False,
    aside: Annotated[
        bool, typer.Option("--put-aside", help="List what is quiet until a day instead.")
    ] = False,
    who: As = "",
    key: Key = None,
    office: OfficeDir = Path(),
    program: Program = None,
    format: Output = Format.table,
) -> None:
    """List what waits for an answer: what, why, whose, since when."""
    from pmpo.cli.loop_commands import due as command

    command(office, program, check=check, aside=aside, who=who, key=key, format=format.value)


@app.command()
def stands(
    id: DueId,
    *,
    who: As = "",
    key: Key = None,
    because: Because = "",
    office: OfficeDir = Path(),
    program: Program = None,
) -> None:
    """Answer what is due: everything that rests on it stands as it was decided."""
    from pmpo.cli.loop_commands import answer_due

    answer_due(office, program, who, key, lambda desk, actor: desk.stands(id, actor, because))


@app.command()
def snooze(
    id: DueId,
    *,
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Quiet before this day.")],
    who: As = "",
    key: Key = None,
    because: Because = "",
    office: OfficeDir = Path(),
    program: Program = None,
) -> None:
    """Put what is due aside until a day, with a reason."""
    from pmpo.cli.loop_commands import answer_due
    from pmpo.cli.wishes import required_day

    quiet = required_day(until, "--until")
    answer_due(
        office, program, who, key, lambda desk, actor: desk.snooze(id, actor, quiet, because)
    )


@app.command()
def review(
    *,
    who: As = "",
    key: Key = None,
    present: Annotated[
        list[str] | None, typer.Option("--present", metavar="NAME", help="Who else takes part.")
    ] = None,
    notes: Annotated[
        Path | None,
        typer.Option(
            "--notes", metavar="FILE", help="Markdown that the chair adds to the minutes."
        ),
    ] = None,
    office: OfficeDir = Path(),
    program: Program = None,
) -> None:
    """Hold a review: test assumptions, list what is due, write minutes and record them."""
    from pmpo.cli.loop_commands import review as command

    command(office, program, who, key, present=tuple(present or ()), notes=notes)
