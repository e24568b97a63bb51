"""Options of the commands by which people decide; each imports what it needs when it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pmpo.cli.app import app
from pmpo.cli.options import (
    As,
    Because,
    Format,
    Key,
    OfficeDir,
    Output,
    Program,
    TextOrJson,
)

DecisionId = Annotated[str, typer.Argument(metavar="DECISION", help="Such as de-0123456789ab.")]
Told = Annotated[TextOrJson, typer.Option("--format", "-f", help="How to write the result.")]


class VerdictWord(StrEnum):
    """What people say of a recommendation."""

    accept = "accept"
    override = "override"
    hold = "hold"
    reject = "reject"
    stop = "stop"


class BasisWord(StrEnum):
    """What a decision rests on."""

    data = "data"
    judgement = "judgement"


class StageWord(StrEnum):
    """How far what was decided has come."""

    executing = "executing"
    done = "done"
    stopped = "stopped"


class StatusWord(StrEnum):
    """Where a decision stands."""

    proposed = "proposed"
    decided = "decided"
    withdrawn = "withdrawn"
    superseded = "superseded"
    reopened = "reopened"
    lapsed = "lapsed"


class PolicyWord(StrEnum):
    """What happens instead where a signal is missing."""

    worst = "worst"
    range = "range"
    impute = "impute"
    redistribute = "redistribute"
    exclude = "exclude"
    block = "block"


UnitsOption = Annotated[
    list[str] | None, typer.Argument(metavar="[UNIT]...", help="Keys or labels of the board.")
]
VerdictOption = Annotated[VerdictWord, typer.Option("--verdict", "-v", help="What is decided.")]
RestOption = Annotated[
    bool, typer.Option("--rest", help="All that is recommended and not decided yet.")
]
GainsOption = Annotated[
    list[str] | None, typer.Option("--gains", metavar="AXIS", help="What is gained; `nothing`.")
]
GivesUpOption = Annotated[
    list[str] | None,
    typer.Option("--gives-up", metavar="AXIS", help="What is given up; `nothing`."),
]
AgainstOption = Annotated[
    str, typer.Option("--against", metavar="UNIT", help="Compare with this unit left out.")
]
ActionOption = Annotated[
    str, typer.Option("--action", metavar="TEXT", help="What is done instead: an override.")
]
ReasonCodeOption = Annotated[
    str, typer.Option("--reason-code", metavar="CODE", help="Why it is overridden.")
]
SwitchingCostOption = Annotated[
    str,
    typer.Option("--switching-cost", metavar="TEXT", help="What it costs to end a commitment now."),
]
OptionOption = Annotated[
    str, typer.Option("--option", metavar="TEXT", help="Which option was chosen.")
]
QuantityOption = Annotated[
    str | None, typer.Option("--quantity", metavar="NUMBER", help="How much of it.")
]
ConsideredOption = Annotated[
    list[str] | None,
    typer.Option("--considered", metavar="TEXT", help="An option that was not chosen."),
]
ExpectOption = Annotated[
    str, typer.Option("--expect", metavar="TEXT", help="Such as 'growth >= 0.1'.")
]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="DATE", help="By when it is expected.")
]
RestsOnOption = Annotated[
    list[str] | None, typer.Option("--rests-on", metavar="ASSUMPTION", help="An assumption.")
]
TodoOption = Annotated[
    list[str] | None,
    typer.Option(
        "--todo", metavar="TEXT", help="An action: 'what; owner; due date; done when; tracker'."
    ),
]
LookOption = Annotated[
    str | None,
    typer.Option("--look", metavar="DATE", help="When to look again; or `next review`."),
]
ConflictOption = Annotated[
    str, typer.Option("--conflict", metavar="TEXT", help="Conflict of interest, or `none`.")
]
BasisOption = Annotated[
    BasisWord, typer.Option("--basis", help="`judgement` decides without data.")
]
SupersedesOption = Annotated[
    str, typer.Option("--supersedes", metavar="DECISION", help="The one it replaces.")
]
ResolvesOption = Annotated[
    list[str] | None, typer.Option("--resolves", metavar="DUE", help="A due item it answers.")
]
EvaluationOption = Annotated[
    str, typer.Option("--evaluation", "-e", metavar="EV", help="[default: the latest]")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what it lacks, and record nothing.")
]


@app.command()
def decide(
    units: UnitsOption = None,
    *,
    who: As = "",
    key: Key = None,
    verdict: VerdictOption = VerdictWord.accept,
    rest: RestOption = False,
    gains: GainsOption = None,
    gives_up: GivesUpOption = None,
    against: AgainstOption = "",
    because: Because = "",
    action: ActionOption = "",
    reason_code: ReasonCodeOption = "",
    option: OptionOption = "",
    quantity: QuantityOption = None,
    considered: ConsideredOption = None,
    expect: ExpectOption = "",
    by: ByOption = None,
    rests_on: RestsOnOption = None,
    todo: TodoOption = None,
    look: LookOption = None,
    conflict: ConflictOption = "",
    basis: BasisOption = BasisWord.data,
    supersedes: SupersedesOption = "",
    switching_cost: SwitchingCostOption = "",
    resolves: ResolvesOption = None,
    evaluation: EvaluationOption = "",
    dry_run: DryRunOption = False,
    office: OfficeDir = Path(),
    program: Program = None,
    format: Told = TextOrJson.text,
) -> None:
    """Propose a verdict, and say what the gate still asks for."""
    from pmpo.cli.decide_commands import decide as command
    from pmpo.cli.wishes import Typed, wish_of

    wish = wish_of(
        Typed(
            verdict=verdict.value,
            units=tuple(units or ()),
            rest=rest,
            evaluation=evaluation,
            basis=basis.value,
            because=because,
            action=action,
            option=option,
            quantity=quantity,
            considered=tuple(considered or ()),
            gains=None if gains is None else tuple(gains),
            gives_up=None if gives_up is None else tuple(gives_up),
            against=against,
            expect=expect,
            by=by,
            rests_on=tuple(rests_on or ()),
            todo=tuple(todo or ()),
            conflict=conflict,
            reason_code=reason_code,
            look=look,
            supersedes=supersedes,
            switching_cost=switching_cost,
            resolves=tuple(resolves or ()),
        )
    )
    command(office, program, wish, who, key, dry_run=dry_run, format=format.value)


@app.command()
def approve(
    id: Annotated[str, typer.Argument(metavar="ID", help="A proposal (de-…) or waiver (wa-…).")],
    *,
    who: As = "",
    key: Key = None,
    office: OfficeDir = Path(),
    program: Program = None,
    format: Told = TextOrJson.text,
) -> None:
    """Approve a proposal, or grant a waiver."""
    from pmpo.cli.decide_commands import approve as command

    command(office, program, id, who, key, format.value)


@app.command()
def decisions(
    id: Annotated[
        str | None, typer.Argument(metavar="[DECISION]", help="Show this one whole.")
    ] = None,
    *,
    unit: Annotated[
        list[str] | None,
        typer.Option("--unit", metavar="UNIT", help="Those about this unit; may be repeated."),
    ] = None,
    status: Annotated[
        list[StatusWord] | None,
        typer.Option("--status", help="Those that stand there; may be repeated."),
    ] = None,
    office: OfficeDir = Path(),
    program: Program = None,
    format: Output = Format.table,
) -> None:
    """List decisions, or show one whole; `--format md` writes it as a decision record."""
    from pmpo.cli.decide_commands import decisions as command

    statuses = tuple(one.value for one in status or ())
    units = tuple(unit or ())
    command(office, program, id, units=units, statuses=statuses, format=format.value)


@app.command()
def withdraw(
    id: Annotated[str, typer.Argument(metavar="ID", help="A proposal (de-…) or waiver (wa-…).")],
    *,
    who: As = "",
    key: Key = None,
    because: Because = "",
    office: OfficeDir = Path(),
    program: Program = None,
) -> None:
    """Take back, or turn down, a proposal that was not decided yet, or a waiver not granted."""
    from pmpo.cli.decide_commands import withdraw as command

    command(office, program, id, who, key, because)


@app.command()
def reopen(
    id: DecisionId,
    *,
    who: As = "",
    key: Key = None,
    because: Because = "",
    office: OfficeDir = Path(),
    program: Program = None,
) -> None:
    """Open a decision again: it holds no more until another one takes its place."""
    from pmpo.cli.decide_commands import change

    change(office, program, who, key, lambda desk, actor: desk.reopen(id, actor, because))


@app.command()
def progress(
    id: DecisionId,
    stage: Annotated[StageWord, typer.Argument(help="How far it has come.")],
    *,
    unit: Annotated[
        list[str] | None,
        typer.Option("--unit", metavar="UNIT", help="Only this one of it; may be repeated."),
    ] = None,
    who: As = "",
    key: Key = None,
    office: OfficeDir = Path(),
    program: Program = None,
) -> None:
    """Note that what was decided is being done, is done, or was stopped."""
    from pmpo.cli.decide_commands import change

    change(
        office,
        program,
        who,
        key,
        lambda desk, actor: desk.progress(id, stage.value, actor, unit or ()),
    )


@app.command()
def ratify(
    *,
    who: As = "",
    key: Key = None,
    editor: Annotated[
        str,
        typer.Option(
            "--edited-by", metavar="NAME", help="Who wrote it.  [default: who signs first]"
        ),
    ] = "",
    effective: Annotated[
        str | None,
        typer.Option(
            "--effective", metavar="DATE", help="The first day it counts.  [default: as it says]"
        ),
    ] = None,
    because: Annotated[
        str, typer.Option("--because", metavar="TEXT", help="Why it cannot wait for its review.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and sign nothing.")
    ] = False,
    sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before signing.")] = False,
    office: OfficeDir = Path(),
    program: Program = None,
    format: Told = TextOrJson.text,
) -> None:
    """Show what the charter changes, and sign it; it is ratified when enough people have signed."""
    from pmpo.cli.decide_commands import ToSign
    from pmpo.cli.decide_commands import ratify as command
    from pmpo.cli.wishes import day

    begins = day(effective, "--effective")
    wish = ToSign(who, key, editor, begins, because, dry_run, sure)
    command(office, program, wish, format.value)


@app.command()
def waive(
    signal: Annotated[str, typer.Argument(help="The signal that is missing.")],
    *,
    policy: Annotated[PolicyWord, typer.Option("--policy", help="What happens instead.")],
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="The first day it no longer holds.")
    ],
    who: As = "",
    key: Key = None,
    because: Because = "",
    unit: Annotated[
        list[str] | None,
        typer.Option("--unit", metavar="UNIT", help="For this unit only; may be repeated."),
    ] = None,
    value: Annotated[
        str | None, typer.Option("--value", metavar="NUMBER", help="With `impute`, the number.")
    ] = None,
    office: OfficeDir = Path(),
    program: Program = None,
    format: Told = TextOrJson.text,
) -> None:
    """Ask for another missing-data policy for some time, with a reason."""
    from pmpo.cli.waiver_commands import waive as command
    from pmpo.cli.wishes import waiver

    asked = waiver(signal, policy.value, until, because, tuple(unit or ()), value)
    command(office, program, asked, who, key, format.value)


@app.command()
def waivers(
    *,
    office: OfficeDir = Path(),
    program: Program = None,
    format: Output = Format.table,
) -> None:
    """List waivers: which wait, hold, are over or were turned down, by whom, why, until when."""
    from pmpo.cli.waiver_commands import waivers as command

    command(office, program, format.value)
