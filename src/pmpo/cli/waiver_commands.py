"""`waive` and `waivers`: another missing-data policy for some time, and all there ever were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pmpo.cli import waiver_views as views
from pmpo.cli.decide_commands import desk_of
from pmpo.cli.exits import FINDINGS
from pmpo.cli.output import print_json, print_rows, show
from pmpo.cli.store_commands import tell

if TYPE_CHECKING:
    from pmpo.model.waiver import Waiver


def waive(
    folder: Path, program: str | None, waiver: Waiver, who: str, key: Path | None, format: str
) -> None:
    """Ask for a waiver."""
    desk = desk_of(folder, program)
    granted = desk.waive(waiver, desk.actor(who, key))
    if format == "json":
        print_json(views.granted_json(granted))
    else:
        show(*views.granted(granted))
    if granted.unmet and not granted.recorded:
        raise typer.Exit(FINDINGS)


def waivers(folder: Path, program: str | None, format: str) -> None:
    """List all waivers, and what became of each."""
    from pmpo.office import Office

    office = Office(folder, tell=tell)
    programs = office.programs() if program is None else [office.program(program)]
    desks = [office.desk(name) for name in programs]
    found = [(desk.declared, one) for desk in desks for one in desk.waiver_stories()]
    today = office.now().date()
    if format == "table":
        show(*views.waivers(found, today))
    else:
        rows = [views.waiver_row(name, one, today) for name, one in found]
        print_rows(rows, views.WAIVER_ROW, format)
