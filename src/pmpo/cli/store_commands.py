"""The commands about what is stored: list, pin, collect, examine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from pmpo.cli import store_views
from pmpo.cli.exits import FINDINGS
from pmpo.cli.output import (
    print_csv,
    print_json,
    print_markdown,
    show,
    show_findings,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.office import Office

_COLUMNS = (
    "evaluation", "program", "as_of", "made", "ranked", "latest", "recorded", "draft", "pinned",
    "because", "size", "damaged",
)  # fmt: skip


def tell(text: str) -> None:
    """Why something takes a while, on stderr: also in a log, where nobody watches a terminal."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


def evaluations(folder: Path, format: str) -> None:
    """List what is stored."""
    found = _office(folder).evaluations()
    rows = [one.as_json() for one in found]
    if format == "table":
        show(*store_views.evaluations(found))
    elif format == "json":
        print_json(rows)
    elif format == "csv":
        print_csv(rows, _COLUMNS)
    else:
        print_markdown(rows, _COLUMNS)


def pin(id: str, because: str, folder: Path) -> None:
    """Keep an evaluation for ever."""
    made = _office(folder).pin(id, because)
    show(store_views.pinned(made.evaluation, made.because))


def unpin(id: str, folder: Path) -> None:
    """Let an evaluation be collected again."""
    _office(folder).unpin(id)
    show(store_views.unpinned(id))


def gc(
    folder: Path, *, keep_days: int, keep_last: int, delete: bool, wait_s: float, format: str
) -> None:
    """Print what would go, or what went."""
    collected = _office(folder).collect(
        keep_days=keep_days, keep_last=keep_last, delete=delete, wait_s=wait_s
    )
    if format == "json":
        print_json(collected.as_json())
    else:
        show(*store_views.collected(collected))


def doctor(folder: Path, *, fix: bool, format: str) -> None:
    """Print everything that is wrong with the store; leave with 1 when anything is."""
    if sys.stderr is not None and sys.stderr.isatty():
        tell("reading everything that is stored, and the files it refers to …")
    examination = _office(folder).doctor(fix=fix)
    if format == "json":
        print_json(examination.as_json())
    else:
        show(*store_views.facts(examination))
        if examination.findings:
            show_findings(examination.findings)
            write("\n")
        show(store_views.verdict(examination))
    if not examination.clean:
        raise typer.Exit(FINDINGS)


def _office(folder: Path) -> Office:
    from pmpo.office import Office

    return Office(folder, tell=tell)
