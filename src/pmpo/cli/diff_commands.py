"""`pmpo diff`: what differs between two charters."""

from __future__ import annotations

from pathlib import Path

import typer

from pmpo.cli import diff_views
from pmpo.cli.exits import FINDINGS
from pmpo.cli.output import print_json, show, write_data


def diff(
    folder: Path,
    program: str | None,
    before: str,
    after: str | None,
    format: str,
    *,
    exit_code: bool,
) -> None:
    """Compare two charters; with `exit_code`, leave with 1 when any number can differ."""
    from pmpo.office import Office

    found = Office(folder).diff(before, after, program)
    now = after or "the charter as it stands"
    if format == "json":
        print_json({"before": before, "after": after, **found.as_json()})
    elif format == "md":
        write_data(diff_views.markdown(found, before, now))
    else:
        show(*diff_views.diff(found, before, now))
    if exit_code and not found.same_logic:
        raise typer.Exit(FINDINGS)
