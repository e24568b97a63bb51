"""Options of the commands that judge a change of a charter before it counts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pmpo.cli.app import app
from pmpo.cli.options import AsOf, KnownBy, OfficeDir, Program, TextJsonOrMarkdown


@app.command()
def plan(
    *,
    office: OfficeDir = Path(),
    program: Program = None,
    draft: Annotated[
        str | None,
        typer.Option(
            "--draft",
            metavar="CHARTER",
            help="A file or a git revision.  [default: the charter as it stands]",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="CHARTER",
            help="A file, a git revision or an evaluation.  [default: the latest evaluation]",
        ),
    ] = None,
    as_of: AsOf = None,
    known_by: KnownBy = None,
    format: Annotated[
        TextJsonOrMarkdown, typer.Option("--format", "-f", help="How to write the result.")
    ] = TextJsonOrMarkdown.text,
) -> None:
    """Show what a draft of a charter would change on the data as it is, and store nothing."""
    from pmpo.cli.plan_commands import plan as command

    command(
        office,
        program,
        draft=draft,
        against=against,
        as_of=as_of,
        known_by=known_by,
        format=format.value,
    )


class TestFormat(StrEnum):
    """How the result of testing is written."""

    text = "text"
    json = "json"
    junit = "junit"


@app.command("test")
def cases(
    *,
    office: OfficeDir = Path(),
    program: Program = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML here.")
    ] = None,
    min_coverage: Annotated[
        int,
        typer.Option("--min-coverage", min=0, max=100, help="Per cent of rules that cases decide."),
    ] = 0,
    min_live_coverage: Annotated[
        int,
        typer.Option(
            "--min-live-coverage",
            min=0,
            max=100,
            help="Per cent of rules that decide a unit of the latest evaluation.",
        ),
    ] = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail where no case notices a changed threshold.")
    ] = False,
    format: Annotated[
        TestFormat, typer.Option("--format", "-f", help="How to write the result.")
    ] = TestFormat.text,
) -> None:
    """Test a charter by the cases beside it: expectations, boundaries, coverage, mutation."""
    from pmpo.cli.case_commands import Asked
    from pmpo.cli.case_commands import run_cases as command

    asked = Asked(min_coverage, min_live_coverage, strict)
    command(office, program, junit=junit, asked=asked, format=format.value)
