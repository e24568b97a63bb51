"""`due`, what answers it, and `review`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pmpo.cli import due_views as views
from pmpo.cli.decide_commands import desk_of
from pmpo.cli.output import print_rows, show
from pmpo.cli.store_commands import tell
from pmpo.diagnostics import DataError, stop

if TYPE_CHECKING:
    from pmpo.decide.state import DueItem
    from pmpo.office.desk import Desk


def due(
    folder: Path,
    program: str | None,
    *,
    check: bool,
    aside: bool,
    who: str,
    key: Path | None,
    format: str,
) -> None:
    """List what waits for an answer; with `check`, test the assumptions on the data first.

    Whoever reads what is due by a program gets what is put aside only when they ask for it
    (`aside`): it is not due.
    """
    from pmpo.office import Office

    office = Office(folder, tell=tell)
    programs = office.programs() if program is None else [office.program(program)]
    items: list[DueItem] = []
    quiet: list[DueItem] = []
    for name in programs:
        desk = office.desk(name)
        if check:
            office.test_assumptions(name, desk.actor(who, key))
        items += desk.due()
        quiet += desk.put_aside()
    items.sort(key=lambda one: (one.since, one.id))
    if aside and format == "table":
        show(*(views.put_aside(quiet) if quiet else [views.NOTHING_ASIDE]))
    elif aside:
        print_rows([views.aside_row(one) for one in quiet], views.ASIDE_ROW, format)
    elif format == "table":
        show(*views.due(items), *views.put_aside(quiet))
    else:
        print_rows([views.due_row(one) for one in items], views.DUE_ROW, format)


def answer_due(
    folder: Path, program: str | None, who: str, key: Path | None, what: Callable[[Desk, Any], None]
) -> None:
    """Answer a due item, and show what is left."""
    desk = desk_of(folder, program)
    what(desk, desk.actor(who, key))
    show(*views.due(desk.due()), *views.put_aside(desk.put_aside()))


def review(
    folder: Path,
    program: str | None,
    who: str,
    key: Path | None,
    *,
    present: Iterable[str],
    notes: Path | None,
) -> None:
    """Hold a review: test assumptions, record it and write its minutes."""
    from pmpo.office import Office

    office = Office(folder, tell=tell)
    name = office.program(program)
    said = _notes(notes)
    held = office.review(
        name, office.desk(name).actor(who, key), present=tuple(present), notes=said
    )
    show(*views.reviewed(held))


def _notes(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise stop(
            "review/notes",
            f"{path} cannot be read as notes: {error}",
            help="name a file of UTF-8 text",
            error=DataError,
        ) from error
