"""Approvals under a proposal: which of them count, how many are needed, and who may still. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from pmpo.decide.access import allow, gate_roles, gates_of
from pmpo.decide.gate import GATE, Unmet
from pmpo.decide.state import Approval, Decision
from pmpo.model.charter import Charter
from pmpo.model.entry import SURE
from pmpo.model.office import OfficeFile

_NO_ROLE: Final = "name the same role under `gates` of charter and office.yaml"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the gate asks of approvals: that of the charter and that of the office together.

    Args:
        wanted: how many different people approve; one in solo mode.
        others_only: who proposed does not count.
        keyed: only signatures count.
        roles: who may approve.
    """

    wanted: int
    others_only: bool
    keyed: bool
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How far a proposal's approvals are.

    Args:
        counted: the people whose approval counts, in the order in which they gave it.
        wanted: how many there have to be.
        missing: who may still approve: people where office.yaml names any, else roles.
        keyed: only signatures count.
    """

    counted: tuple[str, ...]
    wanted: int
    missing: tuple[str, ...]
    keyed: bool

    @property
    def is_over(self) -> bool:
        """Whether enough people have approved."""
        return len(self.counted) >= self.wanted

    def __str__(self) -> str:
        who = f"; {' or '.join(self.missing)} may" if self.missing else ""
        return f"{len(self.counted)} of {self.wanted}{who}"


def rules_of(decision: Decision, charter: Charter, office: OfficeFile) -> Rules:
    """What the gate asks of a proposal's approvals."""
    gates = gates_of(charter, office, GATE)
    team = decision.proposal.mode == "team"
    wanted = max((gate.any for gate in gates), default=1) if team else 1
    return Rules(
        wanted=wanted,
        others_only=team and (wanted > 1 or any(gate.four_eyes for gate in gates)),
        keyed=any("key" in gate.needs for gate in gates),
        roles=gate_roles(charter, office, GATE),
    )


def waiting_for(decision: Decision, charter: Charter, office: OfficeFile) -> Waiting:
    """How many of the approvals count by the gate as it is now, and who may still give one."""
    rules = rules_of(decision, charter, office)
    counted = tuple(
        dict.fromkeys(
            one.actor.name
            for one in decision.approvals
            if allow(one.actor.name, "approve", charter, office)
            and not (rules.others_only and one.actor.name == decision.proposed_by.name)
            and (one.actor.how in SURE or not rules.keyed)
        )
    )
    if len(counted) >= rules.wanted:
        return Waiting(counted, rules.wanted, (), rules.keyed)
    out = {*counted, *((decision.proposed_by.name,) if rules.others_only else ())}
    people = tuple(
        name
        for name in office.people
        if name not in out and allow(name, "approve", charter, office)
    )
    roles = () if office.people else tuple(name for name in rules.roles if name not in out)
    return Waiting(counted, rules.wanted, people or roles, rules.keyed)


def approving(id: str, *, keyed: bool) -> str:
    """What one types to approve a proposal."""
    return f"pmpo approve {id} --as NAME{' --key FILE' if keyed else ''}"


def unmet_by_approvals(
    decision: Decision, charter: Charter, office: OfficeFile
) -> tuple[Unmet, ...]:
    """What a proposal's approvals still lack before it is decided."""
    waiting = waiting_for(decision, charter, office)
    if waiting.is_over:
        return ()
    rules = rules_of(decision, charter, office)
    found = tuple(_unmet_by_actors(decision, charter, office, rules))
    if found and rules.wanted == 1:
        return found
    told = tuple(one for one in found if one.id != "approve/nobody" or decision.approvals)
    who = " or ".join(waiting.missing)
    return (
        *told,
        Unmet(
            "approve/quorum",
            f"{len(waiting.counted)} of {waiting.wanted} approvals are there"
            + (f" ({', '.join(waiting.counted)})" if waiting.counted else ""),
            f"let {who} approve it: `{approving(decision.id, keyed=rules.keyed)}`"
            if who
            else _nobody_left(decision),
        ),
    )


def unmet_by_approval(
    decision: Decision, given: Approval, charter: Charter, office: OfficeFile
) -> tuple[Unmet, ...]:
    """Why one approval would not count; how many others there are does not matter."""
    alone = replace(decision, approvals=(given,))
    rules = rules_of(decision, charter, office)
    return tuple(_unmet_by_actors(alone, charter, office, rules))


def _unmet_by_actors(
    decision: Decision, charter: Charter, office: OfficeFile, rules: Rules
) -> Iterator[Unmet]:
    """Where none of the approvals counts: why."""
    actors = [one.actor for one in decision.approvals]
    allowed = [one for one in actors if allow(one.name, "approve", charter, office)]
    if not allowed:
        refused = [allow(one.name, "approve", charter, office) for one in actors]
        because = refused[-1].because if refused else "nobody who may has approved it"
        yield Unmet("approve/nobody", because, _let_approve(decision, charter, office, rules))
        return
    others = [one for one in allowed if one.name != decision.proposed_by.name]
    if rules.others_only and not others:
        what = "four eyes" if rules.wanted == 1 else f"{rules.wanted} others"
        yield Unmet(
            "approve/four-eyes",
            f"`{decision.proposed_by.name}` proposed it, and the gate asks for {what}",
            _let_approve(decision, charter, office, rules),
        )
    counting = others if rules.others_only else allowed
    if rules.keyed and not any(one.how in SURE for one in counting or allowed):
        yield Unmet(
            "approve/key",
            "the gate asks for a signature, and the approval was only asserted",
            "approve with `--key`",
        )


def _let_approve(decision: Decision, charter: Charter, office: OfficeFile, rules: Rules) -> str:
    """What to type so that somebody approves who may."""
    if not rules.roles:
        return _NO_ROLE
    nobody_yet = replace(decision, approvals=())
    who = waiting_for(nobody_yet, charter, office).missing
    if not who:
        return _nobody_left(decision)
    return f"let {' or '.join(who)} approve it: `{approving(decision.id, keyed=rules.keyed)}`"


def _nobody_left(decision: Decision) -> str:
    """What to do where only who proposed it could approve it."""
    return (
        f"nobody else may: `pmpo withdraw {decision.id} --as NAME` and let another propose it, or "
        "give somebody the role in office.yaml"
    )
