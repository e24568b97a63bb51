"""`pmpo plan`: what a draft of a charter would change."""

from __future__ import annotations

from pathlib import Path

from pmpo.cli.output import print_json, show, width, write_data
from pmpo.cli.plan_markdown import markdown
from pmpo.cli.plan_views import plan as story
from pmpo.cli.store_commands import tell


def plan(
    folder: Path,
    program: str | None,
    *,
    draft: str | None,
    against: str | None,
    as_of: str | None,
    known_by: str | None,
    format: str,
) -> None:
    """Evaluate both charters on the same data and show who changes."""
    from pmpo.office import Office

    planned = Office(folder, tell=tell).plan(
        program, draft=draft, against=against, as_of=as_of, known_by=known_by
    )
    if format == "json":
        print_json(planned.as_json())
    elif format == "md":
        write_data(markdown(planned))
    else:
        show(*story(planned, width()))
