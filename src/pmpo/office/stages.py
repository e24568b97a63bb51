"""How far what was decided has come, unit by unit, and where it can go from there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from pmpo.decide.state import Decision
from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.model.decision import Stage

_ORDER: Final[dict[Stage, int]] = {"committed": 0, "executing": 1, "done": 2, "stopped": 2}


def goes_on(decision: Decision, stage: Stage, units: Collection[str] = ()) -> bool:
    """Whether units of a decision come to a stage; not where all of them are there already.

    Args:
        units: of those it speaks of; by default all.
    Raises: StoreError `decision/stage`: one of them cannot come there.
    """
    if not decision.stages:
        raise _refused(
            f"nothing of {decision.id} is being done: its verdict is {decision.proposal.verdict}",
            "`progress` is for what was accepted or overridden",
        )
    wanted = tuple(units) or decision.units
    moving = [unit for unit in wanted if decision.stages[unit] != stage]
    for unit in moving:
        _check(decision, unit, stage)
    return bool(moving)


def speaks_of(decision: Decision, unit: str) -> None:
    """Refuse a unit about which a decision says nothing, or nothing any more: `decision/unit`."""
    if unit in decision.units:
        return
    other = decision.replaced.get(unit)
    fact = f"{decision.id} says nothing of `{unit}`"
    if other is not None:
        fact = f"{decision.id} says nothing of `{unit}` any more: {other} took its place"
    raise stop(
        "decision/unit",
        fact,
        help=f"`pmpo decisions {other or decision.id}` lists its units",
        error=StoreError,
    )


def _check(decision: Decision, unit: str, stage: Stage) -> None:
    now = decision.stages[unit]
    what = decision.id if len(decision.units) == 1 else f"`{unit}` of {decision.id}"
    apart = "" if len(decision.units) == 1 else ", or name other units with `--unit`"
    if stage == "stopped" and now == "done":
        raise _refused(
            f"{what} is done, and only what is committed or executing can be stopped",
            f"decide anew: `pmpo decide UNIT --supersedes {decision.id} --as NAME …`{apart}",
        )
    if _ORDER[stage] <= _ORDER[now] and decision.status != "reopened":
        raise _refused(
            f"{what} is {now} already, and does not go back to {stage}",
            f"open it again first: `pmpo reopen {decision.id} --because TEXT --as NAME`{apart}",
        )


def _refused(fact: str, help: str) -> PmpoError:
    return stop("decision/stage", fact, help=help, error=StoreError)
