"""How far what was decided has come, and where it can go from there."""

from __future__ import annotations

from typing import Final

from pmpo.decide.state import Decision
from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.model.decision import Stage

_ORDER: Final[dict[Stage, int]] = {"committed": 0, "executing": 1, "done": 2, "stopped": 2}


def goes_on(decision: Decision, stage: Stage) -> bool:
    """Whether a decision comes to a stage; not where it is there already.

    Raises: StoreError `decision/stage`: it cannot come there.
    """
    now = decision.stage
    if now == stage:
        return False
    if now is None:
        raise _refused(
            f"nothing of {decision.id} is being done: its verdict is {decision.proposal.verdict}",
            "`progress` is for what was accepted or overridden",
        )
    if stage == "stopped" and now == "done":
        raise _refused(
            f"{decision.id} is done, and only what is committed or executing can be stopped",
            f"decide anew: `pmpo decide UNIT --supersedes {decision.id} --as NAME …`",
        )
    if _ORDER[stage] <= _ORDER[now] and decision.status != "reopened":
        raise _refused(
            f"{decision.id} is {now} already, and does not go back to {stage}",
            f"open it again first: `pmpo reopen {decision.id} --because TEXT --as NAME`",
        )
    return True


def _refused(fact: str, help: str) -> PmpoError:
    return stop("decision/stage", fact, help=help, error=StoreError)
