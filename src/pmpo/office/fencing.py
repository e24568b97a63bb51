"""Which units a proposal would end inside their fence: the ledger beside stored evaluations."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection
from datetime import datetime

from pmpo.decide.fence import Fenced, breached, fenced, leaving
from pmpo.decide.state import BEGUN, Decision, State
from pmpo.diagnostics import StoreError, stop
from pmpo.model.charter import Charter
from pmpo.model.decision import Proposal
from pmpo.office.run import Run


def inside_fence(
    proposal: Proposal,
    state: State,
    charter: Charter,
    now: datetime,
    run: Run | None,
    run_of: Callable[[Proposal], Run | None],
) -> tuple[Fenced, ...]:
    """The units that a proposal would end although their fence holds and nothing was breached.

    Args:
        charter: the one that counts now, whose fence holds.
        run: what the proposal rests on; None by judgement, which measures no breach.
        run_of: the evaluation on which an earlier proposal rests.
    """
    found = fenced(leaving(proposal, state), state, charter, now)
    if run is None or proposal.basis != "data" or _unsigned(run, state, now):
        return found
    decisions = {one.decision.id: one.decision for one in found}
    out: set[str] = set()
    for id, decision in decisions.items():
        then = _kept(decision.proposal, run_of)
        if then is not None:
            units = [one.unit for one in found if one.decision.id == id]
            was, is_ = (then.charter, then.evaluation), (run.charter, run.evaluation)
            out |= breached(was, is_, units)
    return tuple(one for one in found if one.unit not in out)


def _unsigned(run: Run, state: State, now: datetime) -> bool:
    """Whether an evaluation is under a draft although a charter counts.

    Else whoever edits the charter's file could open every fence.
    """
    return state.ratified(now) is not None and not state.is_ratified(run.charter.logic_hash, now)


def _kept(proposal: Proposal, run_of: Callable[[Proposal], Run | None]) -> Run | None:
    """What a commitment rests on; without it no breach can be shown, and the fence holds."""
    try:
        return run_of(proposal)
    except StoreError:
        return None  # `doctor` names it


def check_fence(
    decision: Decision, units: Collection[str], state: State, charter: Charter, now: datetime
) -> None:
    """Refuse that a unit is noted as stopped while its fence holds.

    Raises: StoreError `decision/fenced`.
    """
    begun = {unit: decision for unit in units if decision.stages.get(unit) in BEGUN}
    for one in fenced(begun, state, charter, now):
        raise stop(
            "decision/fenced",
            f"`{one.unit}` is committed until {one.until:%Y-%m-%d %H:%M} {one.until.tzinfo}, "
            "and does not stop by a note",
            note="`ranking.take.fence` of the charter says so; what is stopped earlier is decided, "
            "with what it costs",
            help=f"`pmpo decide {shlex.quote(one.unit)} --verdict stop --supersedes {decision.id} "
            "--reason-code CODE --switching-cost TEXT --because TEXT --as NAME`",
            error=StoreError,
        )
