"""`pmpo replay` and `pmpo why --to`: do an evaluation again, as it was or otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pmpo.cli import replay_views
from pmpo.cli.exits import FINDINGS
from pmpo.cli.output import (
    flat,
    print_csv,
    print_json,
    print_markdown,
    show,
    show_findings,
    width,
    write,
    write_data,
)
from pmpo.cli.plan_markdown import markdown
from pmpo.cli.plan_views import plan as story
from pmpo.cli.store_commands import tell

if TYPE_CHECKING:
    from pmpo.office import Office


def replay(
    folder: Path,
    evaluation: str | None,
    *,
    program: str | None,
    everything: bool,
    charter: str | None,
    rows_of: str | None,
    format: str,
) -> None:
    """Replay one evaluation or all; leave with 1 when one does not come out as it was stored."""
    from pmpo.office import Office

    office = Office(folder, tell=tell)
    if everything:
        _all(office, format)
        return
    id = evaluation if evaluation is not None else office.latest(program).evaluation.id
    if charter is not None or rows_of is not None:
        _otherwise(office, id, charter, rows_of, format)
        return
    replayed = office.again.replay(id)
    if format == "json":
        print_json(replayed.as_json())
    elif format == "md":
        print_markdown(replayed.as_json()["differences"], _DIFFERENCE)
    else:
        if replayed.findings:
            show_findings(replayed.findings)
            write("\n")
        show(*replay_views.replayed(replayed))
    if not replayed.holds:
        raise typer.Exit(FINDINGS)


_DIFFERENCE = ("unit", "column", "stored", "again")
_ROW = ("evaluation", "program", "as_of", "recorded", "verdict", "differing", "because")


def _all(office: Office, format: str) -> None:
    """Every stored evaluation, one line each."""
    recorded = {one.id for one in office.evaluations() if one.recorded}
    found = []
    for one in office.again.replay_all():
        found.append(one)
        if format == "text":
            show(replay_views.line(one, recorded=one.id in recorded))
    if format != "text":
        rows = [replay_views.row(one, recorded=one.id in recorded) for one in found]
        if format == "json":
            print_json(rows)
        else:
            print_markdown(rows, _ROW)
    else:
        show(replay_views.summary(found))
    if not all(one.holds for one in found):
        raise typer.Exit(FINDINGS)


def _otherwise(
    office: Office, id: str, charter: str | None, rows_of: str | None, format: str
) -> None:
    """What another charter, or other rows, would have said."""
    planned = office.again.replay_with(id, charter=charter, rows_of=rows_of)
    if format == "json":
        print_json(planned.as_json())
    elif format == "md":
        write_data(markdown(planned))
    else:
        show(*story(planned, width()))


def why_to(
    unit: str, to: str, folder: Path, program: str | None, evaluation: str | None, format: str
) -> None:
    """Per signal the smallest change that leads to a band, outcome or rank."""
    from pmpo.office import Office

    found = Office(folder, tell=tell).again.levers(unit, to, program=program, evaluation=evaluation)
    rows = found.as_json()["levers"]
    names = ("signal", "value", "to", "change", "because", "held")
    if format == "table":
        show(*replay_views.levers(found))
    elif format == "json":
        print_json(found.as_json())
    elif format == "csv":
        print_csv([flat(row) for row in rows], names)
    else:
        print_markdown([flat(row) for row in rows], names)
