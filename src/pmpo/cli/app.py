"""The commands and their options; each imports what it needs only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pmpo.cli.options import (
    Actor,
    AsOf,
    Dwell,
    EvaluationId,
    Format,
    Hysteresis,
    Key,
    KnownBy,
    Length,
    OfficeDir,
    Output,
    Periods,
    Program,
    SqlDialect,
    TextJsonOrMarkdown,
    TextOrJson,
)
from pmpo.cli.sections import Commands

app = typer.Typer(
    name="pmpo",
    cls=Commands,
    help="The program office as code: priorities from your own data, ranked and explained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.")
    ] = False,
) -> None:
    """Options before the command."""
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"pmpo {version_of('pmpo')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to build it.")] = Path(
        "pmpo-demo"
    ),
    top: Annotated[int, typer.Option("--top", min=1, help="How many ranks to show.")] = 10,
) -> None:
    """Build an office over a year of real grocery sales, run it and explain the first rank."""
    from pmpo.cli.commands import demo as command

    command(folder, top)


@app.command()
def init(
    *,
    file: Annotated[
        Path, typer.Argument(help="CSV (also .gz), Parquet, JSON lines or Excel.", metavar="FILE")
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help="The office to make or to add to.  [default: this office, else a new folder "
            "named after the file]",
        ),
    ] = None,
    sheet: Annotated[
        str, typer.Option("--sheet", metavar="S", help="The sheet of a workbook.")
    ] = "",
    program: Annotated[
        str, typer.Option("--program", "-p", metavar="NAME", help="What the program is called.")
    ] = "",
    unit: Annotated[
        str,
        typer.Option("--unit", metavar="COL[,COL]", help="What is ranked.  [default: a guess]"),
    ] = "",
    time: Annotated[
        str,
        typer.Option(
            "--time", metavar="COL", help="When a row happened, or `none`.  [default: a guess]"
        ),
    ] = "",
    owner: Annotated[
        str, typer.Option("--owner", metavar="NAME", help="Who answers for the program.")
    ] = "",
    copy: Annotated[
        bool, typer.Option("--copy", help="Copy the file into the office, under data/.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Decide without asking.")] = False,
) -> None:
    """Propose a charter for a file of your own, with its dirt counted and its guesses explained.

    The file is looked through as a whole, the charter is tried on it, and nothing is overwritten.
    """
    from pmpo.cli.init_commands import init as command

    command(
        file,
        folder,
        sheet=sheet,
        program=program,
        unit=unit,
        time=time,
        owner=owner,
        copy=copy,
        ask=not yes,
    )


@app.command()
def schema(
    office: Annotated[
        bool, typer.Option("--office", help="The schema of office.yaml instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of charters, for completion and checks in an editor."""
    from pmpo.cli.commands import schema as command

    command(office)


@app.command()
def check(
    office: OfficeDir = Path(),
    program: Program = None,
    format: Annotated[TextOrJson, typer.Option("--format", "-f")] = TextOrJson.text,
) -> None:
    """Say everything that is wrong with a charter, with what to type instead."""
    from pmpo.cli.commands import check as command

    command(office, program, format.value)


@app.command()
def compile(
    *,
    office: OfficeDir = Path(),
    program: Program = None,
    dialect: Annotated[SqlDialect, typer.Option("--dialect", "-d")] = SqlDialect.duckdb,
    as_of: AsOf = None,
    known_by: KnownBy = None,
    lineage: Annotated[
        bool, typer.Option("--lineage", help="Print what each signal is made of instead.")
    ] = False,
    format: Annotated[
        Format, typer.Option("--format", "-f", help="How to write the lineage.")
    ] = Format.table,
) -> None:
    """Print the SQL that measures a charter's signals."""
    from pmpo.cli.commands import compile as command

    command(
        office,
        program,
        dialect=dialect.value,
        as_of=as_of,
        known_by=known_by,
        lineage=lineage,
        format=format.value,
    )


@app.command()
def backtest(
    name: Annotated[str, typer.Argument(help="A band or decision table of the charter.")],
    *,
    office: OfficeDir = Path(),
    program: Program = None,
    periods: Periods = 13,
    of: Length = None,
    as_of: AsOf = None,
    known_by: KnownBy = None,
    hysteresis: Hysteresis = None,
    dwell: Dwell = None,
    top: Annotated[int, typer.Option("--top", min=0, help="How many restless units to draw.")] = 8,
    format: Annotated[
        Format, typer.Option("--format", "-f", help="How to write it.")
    ] = Format.table,
) -> None:
    """Show how a band or decision table would have behaved over past periods."""
    from pmpo.cli.backtest_commands import backtest as command

    command(
        office,
        program,
        name,
        periods=periods,
        of=of,
        as_of=as_of,
        known_by=known_by,
        hysteresis=hysteresis,
        dwell=dwell,
        top=top,
        format=format.value,
    )


@app.command()
def diff(
    *,
    before: Annotated[str, typer.Argument(help="A file, revision, evaluation or hash.")] = "HEAD",
    after: Annotated[str | None, typer.Argument(help="The same.  [default: as it stands]")] = None,
    office: OfficeDir = Path(),
    program: Program = None,
    format: Annotated[
        TextJsonOrMarkdown, typer.Option("--format", "-f", help="How to write the result.")
    ] = TextJsonOrMarkdown.text,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Leave with 1 when any number can differ.")
    ] = False,
) -> None:
    """Say in words what differs between two charters."""
    from pmpo.cli.diff_commands import diff as command

    command(office, program, before, after, format.value, exit_code=exit_code)


@app.command()
def run(
    *,
    office: OfficeDir = Path(),
    program: Program = None,
    as_of: AsOf = None,
    known_by: KnownBy = None,
    record: Annotated[
        bool, typer.Option("--record", help="Write it into the ledger: later ones build on it.")
    ] = False,
    actor: Actor = None,
    key: Key = None,
    format: Output = Format.table,
) -> None:
    """Measure, evaluate and store: the result is named by everything it rests on."""
    from pmpo.cli.commands import Recording
    from pmpo.cli.commands import run as command

    recording = Recording(record, actor, key)
    command(office, program, as_of, known_by, recording=recording, format=format.value)


@app.command()
def board(
    office: OfficeDir = Path(),
    program: Program = None,
    top: Annotated[
        int | None,
        typer.Option(
            "--top", min=1, help="How many ranks to show.  [default: all; 1,000 in a table]"
        ),
    ] = None,
    evaluation: EvaluationId = None,
    format: Output = Format.table,
) -> None:
    """Show the ranked units of the latest evaluation."""
    from pmpo.cli.commands import board as command

    command(office, program, top, evaluation, format.value)


@app.command()
def why(
    unit: Annotated[str, typer.Argument(help="A unit's key or label, as the board shows it.")],
    office: OfficeDir = Path(),
    program: Program = None,
    evaluation: EvaluationId = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="TARGET", help="What would move it: a band, an outcome, `rank 20`."
        ),
    ] = None,
    format: Output = Format.table,
) -> None:
    """Explain one unit's place: every point of its score, and what the numbers rest on."""
    if to is not None:
        from pmpo.cli.replay_commands import why_to

        why_to(unit, to, office, program, evaluation, format.value)
        return
    from pmpo.cli.commands import why as command

    command(unit, office, program, evaluation, format.value)


@app.command()
def replay(
    evaluation: Annotated[
        str | None,
        typer.Argument(metavar="EV", help="A stored evaluation.", show_default="the latest"),
    ] = None,
    *,
    office: OfficeDir = Path(),
    program: Program = None,
    all: Annotated[bool, typer.Option("--all", help="Everything that is stored.")] = False,
    with_charter: Annotated[
        str | None,
        typer.Option(
            "--with-charter",
            metavar="CHARTER",
            help="What another charter would have said: a file, a git revision, an evaluation.",
        ),
    ] = None,
    with_snapshot: Annotated[
        str | None,
        typer.Option(
            "--with-snapshot",
            metavar="EV",
            help="What the rows that another evaluation read would have said.",
        ),
    ] = None,
    format: Annotated[
        TextJsonOrMarkdown, typer.Option("--format", "-f", help="How to write the result.")
    ] = TextJsonOrMarkdown.text,
) -> None:
    """Do a stored evaluation again from its charter, data and prior, and compare every bit."""
    if all and (evaluation or program or with_charter or with_snapshot):
        raise typer.BadParameter("--all replays everything as it was: name nothing else with it")
    from pmpo.cli.replay_commands import replay as command

    command(
        office,
        evaluation,
        program=program,
        everything=all,
        charter=with_charter,
        rows_of=with_snapshot,
        format=format.value,
    )


# What is stored ---------------------------------------------------------------------------

StoredId = Annotated[str, typer.Argument(metavar="EV", help="A stored evaluation.")]


@app.command()
def evaluations(office: OfficeDir = Path(), format: Output = Format.table) -> None:
    """List the stored evaluations, the newest first."""
    from pmpo.cli.store_commands import evaluations as command

    command(office, format.value)


@app.command()
def pin(
    evaluation: StoredId,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why.")] = "",
    office: OfficeDir = Path(),
) -> None:
    """Keep a stored evaluation, and the copies it rests on, for ever."""
    from pmpo.cli.store_commands import pin as command

    command(evaluation, because, office)


@app.command()
def unpin(evaluation: StoredId, office: OfficeDir = Path()) -> None:
    """Let a pinned evaluation be deleted again when it is old enough."""
    from pmpo.cli.store_commands import unpin as command

    command(evaluation, office)


@app.command()
def gc(
    *,
    office: OfficeDir = Path(),
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=0, max=36_500, help="Keep what is younger.")
    ] = 90,
    keep_last: Annotated[
        int, typer.Option("--keep-last", min=0, help="Keep so many of each program.")
    ] = 10,
    delete: Annotated[bool, typer.Option("--delete", help="Delete it, not only say so.")] = False,
    wait: Annotated[
        float,
        typer.Option("--wait", min=0, metavar="SECONDS", help="How long to wait for runs to end."),
    ] = 60.0,
    format: Annotated[TextOrJson, typer.Option("--format", "-f")] = TextOrJson.text,
) -> None:
    """Say what is stored and not needed any more, and delete it with --delete.

    Pinned evaluations, the latest of each program and what they rest on always stay.
    """
    from pmpo.cli.store_commands import gc as command

    command(
        office,
        keep_days=keep_days,
        keep_last=keep_last,
        delete=delete,
        wait_s=wait,
        format=format.value,
    )


@app.command()
def doctor(
    *,
    office: OfficeDir = Path(),
    fix: Annotated[bool, typer.Option("--fix", help="Repair what can be without loss.")] = False,
    format: Annotated[TextOrJson, typer.Option("--format", "-f")] = TextOrJson.text,
) -> None:
    """Say everything that is wrong with what is stored, and what can be done about it."""
    from pmpo.cli.store_commands import doctor as command

    command(office, fix=fix, format=format.value)
