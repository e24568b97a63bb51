"""`decide`, `approve`, `decisions`, `ratify`, `waive`, `due` and what answers it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pmpo.cli import decide_views as views
from pmpo.cli import waiver_views
from pmpo.cli.exits import FINDINGS
from pmpo.cli.output import print_json, print_rows, show, write_data
from pmpo.cli.store_commands import tell
from pmpo.diagnostics import DataError

if TYPE_CHECKING:
    from pmpo.decide.state import Decision
    from pmpo.office.charters import Signed
    from pmpo.office.desk import Desk
    from pmpo.office.wish import Wish


@dataclass(frozen=True, slots=True)
class ToSign:
    """How somebody wants to sign a charter, as it was typed."""

    who: str
    key: Path | None
    editor: str = ""
    effective: date | None = None
    because: str = ""
    dry_run: bool = False
    sure: bool = False


def desk_of(folder: Path, program: str | None) -> Desk:
    """The desk of a program."""
    from pmpo.office import Office

    return Office(folder, tell=tell).desk(program)


def decide(
    folder: Path,
    program: str | None,
    wish: Wish,
    who: str,
    key: Path | None,
    *,
    dry_run: bool,
    format: str,
) -> None:
    """Propose a verdict; say what it lacks, or what was recorded."""
    desk = desk_of(folder, program)
    try:
        answer = desk.propose(wish, desk.actor(who, key), dry_run=dry_run)
    except DataError as error:
        raise _about_axes(error, wish, desk.charter.axes) from error
    if format == "json":
        print_json(views.answer_json(answer))
    else:
        show(*views.answer(answer, dry_run=dry_run))
    if answer.unmet and not answer.recorded:
        raise typer.Exit(FINDINGS)


def _about_axes(error: DataError, wish: Wish, axes: Collection[str]) -> DataError:
    """The error, with what to type where an axis behind another one was taken for a unit."""
    stray = [unit for unit in wish.units if unit in axes]
    if not stray or error.findings[0].code != "unit/unknown":
        return error
    help = f"`{stray[0]}` is an axis; name each with an option of its own: `--gains {stray[0]}`"
    return DataError(tuple(replace(one, help=help) for one in error.findings))


def approve(
    folder: Path, program: str | None, id: str, who: str, key: Path | None, format: str
) -> None:
    """Approve a proposal, or grant a waiver."""
    desk = desk_of(folder, program)
    actor = desk.actor(who, key)
    if id.startswith("wa-"):
        granted = desk.grant(id, actor)
        if format == "json":
            print_json(waiver_views.granted_json(granted))
        else:
            show(*waiver_views.granted(granted))
        unmet = bool(granted.unmet)
    else:
        answer = desk.approve(id, actor)
        if format == "json":
            print_json(views.answer_json(answer))
        else:
            show(*views.answer(answer))
        unmet = bool(answer.unmet) and not answer.recorded
    if unmet:
        raise typer.Exit(FINDINGS)


def decisions(
    folder: Path,
    program: str | None,
    id: str | None,
    *,
    units: Collection[str],
    statuses: Collection[str],
    format: str,
) -> None:
    """List decisions, all of them or some, or show one whole."""
    from pmpo.decide.selecting import selected

    if id is not None and (units or statuses):
        raise typer.BadParameter("one decision is shown whole: leave out --unit and --status")
    desk = desk_of(folder, program)
    if id is None:
        known = selected(desk.state().decisions.values(), units, statuses)
        found = [(one, desk.waiting(one)) for one in known]
        if not found and (units or statuses) and format == "table":
            show(views.none_such(units, statuses))
        elif format == "table":
            show(*views.decisions(found))
        else:
            print_rows([views.decision_row(*one) for one in found], views.DECISION_ROW, format)
        return
    one = desk.decision(id)
    if format == "json":
        print_json(views.decision_json(one, desk.waiting(one), desk.fence(one)))
    elif format == "md":
        from pmpo.decide.madr import madr

        write_data(madr(one, desk.charter_of(one)))
    else:
        show(*views.decision(one, desk.waiting(one), desk.fence(one)))


def withdraw(
    folder: Path, program: str | None, id: str, who: str, key: Path | None, because: str
) -> None:
    """Take back or turn down what waits for approval."""
    if not id.startswith("wa-"):
        change(folder, program, who, key, lambda desk, actor: desk.withdraw(id, actor, because))
        return
    desk = desk_of(folder, program)
    show(waiver_views.withdrawn(desk.withdraw_waiver(id, desk.actor(who, key), because)))


def change(
    folder: Path, program: str | None, who: str, key: Path | None, what: Callable[[Desk, Any], Any]
) -> None:
    """Withdraw, reopen or progress a decision, and say where it stands."""
    desk = desk_of(folder, program)
    changed: Decision = what(desk, desk.actor(who, key))
    show(*views.decision(changed, fence=desk.fence(changed)))


def ratify(folder: Path, program: str | None, wish: ToSign, format: str) -> None:
    """Show what a charter changes and from when it counts, and sign it as it stands."""
    desk = desk_of(folder, program)
    actor = desk.actor(wish.who, wish.key)

    def sign(*, shown: str = "", dry_run: bool = False) -> Signed:
        return desk.ratify(
            actor,
            editor=wish.editor,
            effective=wish.effective,
            because=wish.because,
            shown=shown,
            dry_run=dry_run,
        )

    seen = sign(dry_run=True)
    if format != "json":
        show(*views.to_sign(seen))
    if wish.dry_run or not seen.signable:
        signed = seen
    elif format != "json" and not wish.sure and not _agreed():
        raise typer.Exit(FINDINGS)
    else:
        signed = sign(shown=seen.charter.text_hash)
    if format == "json":
        print_json(views.signed_json(signed))
    else:
        show(*views.signed(signed, dry_run=wish.dry_run))
    if not signed.signable:
        raise typer.Exit(FINDINGS)


def _agreed() -> bool:
    """Ask whoever sits at a terminal; elsewhere the command itself is the answer."""
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    return typer.confirm("Sign it?")
