"""The commands about proof and their options: verify, key, and what is exported for others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pmpo.cli.app import app
from pmpo.cli.options import As, Because, Key, OfficeDir, Program, TextOrJson

export = typer.Typer(
    help="Write what others can verify: receipts, checkpoints, anchors, backups.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)
app.add_typer(export, name="export")


@app.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="A receipt, a backup or an audit pack; needs no office.  "
            "[default: the office's ledger]",
            show_default=False,
        ),
    ] = None,
    *,
    office: OfficeDir = Path(),
    anchor: Annotated[
        list[Path] | None,
        typer.Option(
            "--anchor",
            metavar="FILE",
            help="A text with checkpoints, or a copy of the log, to compare with; repeatable.",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            metavar="KEY",
            help="A log's verifier key as you know it from elsewhere; repeatable.",
        ),
    ] = None,
    format: Annotated[TextOrJson, typer.Option("--format", "-f")] = TextOrJson.text,
) -> None:
    """Prove that nothing was changed: the whole ledger, one decision's receipt, or a backup."""
    from pmpo.cli.proof_commands import verify as command

    command(file, office, anchor or (), key or (), format.value)


@app.command()
def key(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A person, as office.yaml names them.  [default: your login name]",
            show_default=False,
        ),
    ] = None,
    *,
    new: Annotated[
        bool, typer.Option("--new", help="Make the key; none is ever replaced.")
    ] = False,
) -> None:
    """Print the public half of the key with which you sign what you decide."""
    from pmpo.cli.proof_commands import key as command

    command(name, new=new)


@app.command()
def rotate(
    *,
    who: As = "",
    because: Because = "",
    lost: Annotated[
        bool,
        typer.Option("--lost", help="The key is gone for good and cannot vouch for the next one."),
    ] = False,
    key: Key = None,
    office: OfficeDir = Path(),
    format: Annotated[TextOrJson, typer.Option("--format", "-f")] = TextOrJson.text,
) -> None:
    """Give the ledger another key, because the one it has leaked, is lost, or is old."""
    from pmpo.cli.proof_commands import rotate as command

    command(office, who, key, because, lost=lost, format=format.value)


@app.command()
def clock(
    *,
    who: As = "",
    because: Because = "",
    key: Key = None,
    office: OfficeDir = Path(),
) -> None:
    """Go on from now, where the ledger's last entry was dated by a clock that ran ahead."""
    from pmpo.cli.proof_commands import clock as command

    command(office, who, key, because)


@export.command("receipt")
def export_receipt(
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="The id of a decision or of any entry.")
    ],
    office: OfficeDir = Path(),
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Where to.", show_default="stdout")
    ] = None,
) -> None:
    """Write the proof of a decision, or of any entry; `pmpo verify FILE` checks it anywhere."""
    from pmpo.cli.proof_commands import export_receipt as command

    command(entry, office, to)


@export.command("checkpoint")
def export_checkpoint(office: OfficeDir = Path()) -> None:
    """Print how many entries the ledger has and their root, signed."""
    from pmpo.cli.proof_commands import export_checkpoint as command

    command(office)


@export.command("key")
def export_key(
    office: OfficeDir = Path(),
    *,
    all: Annotated[
        bool, typer.Option("--all", help="Every key it has had, one a line, the first one first.")
    ] = False,
) -> None:
    """Print the public key by which others verify the ledger."""
    from pmpo.cli.proof_commands import export_key as command

    command(office, all=all)


@export.command("anchor")
def export_anchor(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="A text file.", show_default="anchors.txt"),
    ] = None,
    office: OfficeDir = Path(),
) -> None:
    """Add the newest checkpoint to a text file, such as one in the charter's repository."""
    from pmpo.cli.proof_commands import export_anchor as command

    command(file, office)


@export.command("backup")
def export_backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    office: OfficeDir = Path(),
) -> None:
    """Copy the ledger, also while others append, and verify the copy."""
    from pmpo.cli.proof_commands import export_backup as command

    command(file, office)


@export.command("entries")
def export_entries(
    office: OfficeDir = Path(),
    program: Program = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="Such as `Decided`.")
    ] = None,
) -> None:
    """Print what was recorded as lines of JSON, in the order of the ledger."""
    from pmpo.cli.proof_commands import export_entries as command

    command(office, kind, program)


@export.command("audit")
def export_audit(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    office: OfficeDir = Path(),
) -> None:
    """Write all that was recorded, with what proves it, and a page to read; for an auditor."""
    from pmpo.cli.proof_commands import export_audit as command

    command(folder, office)
