"""The gate: what a proposal still lacks, with what would meet each condition. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from shlex import quote
from typing import Final

import rfc8785

from pmpo.decide.access import allow, gates_of
from pmpo.decide.differs import Said, differs
from pmpo.decide.fence import Fenced
from pmpo.decide.state import BEGUN, STANDING, Decision, State, replaced_by
from pmpo.decide.tradeoff import contradictions
from pmpo.model.charter import Charter
from pmpo.model.decision import REASON_CODES, Basis, Proposal
from pmpo.model.entry import LEAF_SIZE_MAX, Actor
from pmpo.model.office import OfficeFile
from pmpo.model.rounding import shown

GATE: Final = "approve"
UNITS_MAX: Final = 1_000
SIZE_MAX: Final = LEAF_SIZE_MAX - 1_024
"""Bytes of what a proposal says; the rest of its entry is who says it, and when."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """One condition that is not met.

    Args:
        id: stable, such as `trade_off/contradicted`.
        reason: why it is not met.
        meets: what would meet it, as one can type it.
    """

    id: str
    reason: str
    meets: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a gate looks at besides the proposal: all of it values, nothing to be read.

    Args:
        superseded: the newer evaluation of the program, where there is one.
        expired: the waivers that its evaluation used and that have expired by `today`.
        units: the units that the evaluation has and that the program decides about; none where it
            rests on none: what was compared by judgement was looked up when it was proposed.
        ranked: those of them that have a rank.
        said: what the evaluation says of the units that are decided about.
        fenced: the units that it would end although their fence holds.
        open_due: the due items that nobody has answered yet; None where that does not matter.
    """

    charter: Charter
    office: OfficeFile
    state: State
    today: date
    superseded: str = ""
    expired: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()
    ranked: frozenset[str] = frozenset()
    said: Said = field(default_factory=Said)
    fenced: tuple[Fenced, ...] = ()
    open_due: frozenset[str] | None = None


def unmet_by_proposal(proposal: Proposal, proposer: Actor, facts: Facts) -> tuple[Unmet, ...]:
    """Everything that a proposal itself lacks; nobody can approve it before."""
    needs = {need for gate in gates_of(facts.charter, facts.office, GATE) for need in gate.needs}
    return (
        *_actor(proposer, facts),
        *_units(proposal, facts),
        *_grounds(proposal, facts, needs),
        *_verdict(proposal),
        *_amount(proposal),
        *_recommended(proposal, facts),
        *_stop(proposal, facts),
        *_fence(proposal, facts),
        *_trade_off(proposal, facts),
        *_rest(proposal, facts, needs),
        *_supersedes(proposal, facts),
        *_resolves(proposal, facts),
    )


def _actor(actor: Actor, facts: Facts) -> Iterator[Unmet]:
    answer = allow(actor.name, "propose", facts.charter, facts.office)
    if not answer:
        yield Unmet("propose/not-allowed", answer.because, answer.meets)


def _units(proposal: Proposal, facts: Facts) -> Iterator[Unmet]:
    if not proposal.units:
        yield Unmet("units/none", "it names no unit", "name a unit, or `--rest`")
    if len(proposal.units) > UNITS_MAX:
        yield Unmet(
            "units/too-many",
            f"{len(proposal.units):,} units are more than {UNITS_MAX} that one decision may name",
            "write a `capacity` under `ranking.take`, or decide in parts",
        )
    size = len(rfc8785.dumps(proposal.as_json()))
    if len(proposal.units) <= UNITS_MAX and size > SIZE_MAX:
        yield Unmet(
            "units/too-large",
            f"what is said has {size:,} bytes, and one entry of the ledger holds {SIZE_MAX:,}",
            "say it shorter, and keep the long text elsewhere; or decide about fewer units at once",
        )
    strange = [unit for unit in proposal.units if unit not in facts.units]
    strange = list(_new(strange, proposal, facts))
    if strange and proposal.basis == "data":
        yield Unmet(
            "units/unknown",
            f"{_listed(strange)} {'is' if len(strange) == 1 else 'are'} not ranked in "
            f"{_evaluation(proposal)}{_why(strange, facts)}",
            "`pmpo board` lists the units; for others decide by `--basis judgement`",
        )
    unranked = [u for u in proposal.units if u in facts.units and u not in facts.ranked]
    if unranked and proposal.verdict == "accept" and proposal.basis == "data":
        yield Unmet(
            "units/unranked",
            f"{_listed(unranked)} {'is' if len(unranked) == 1 else 'are'} not ranked in "
            f"{_evaluation(proposal)}{_why(unranked, facts)}; there is no recommendation to accept",
            "decide by `--basis judgement`, or waive what leaves it out",
        )


def _new(strange: list[str], proposal: Proposal, facts: Facts) -> Iterator[str]:
    """Units outside the program, but for those that end there because they left it since then."""
    ends = proposal.verdict not in ("accept", "override")
    for unit, decisions in facts.state.of_units(strange).items():
        if not (ends and any(one.status in STANDING for one in decisions)):
            yield unit


def _evaluation(proposal: Proposal) -> str:
    return proposal.grounds.evaluation or "the latest evaluation"


def _why(units: list[str], facts: Facts) -> str:
    """Why the first of some units has no rank, where the evaluation has it at all."""
    because = facts.said.left_out.get(units[0])
    return f" ({because})" if because else ""


def nothing_left(basis: Basis) -> Unmet:
    """What `--rest` lacks where everything is decided already, or nothing is recommended."""
    if basis == "judgement":
        return Unmet(
            "units/nothing-left",
            "the rest is what is recommended, and by judgement nothing is",
            "leave `--basis judgement` out, or name the units",
        )
    return Unmet(
        "units/nothing-left",
        "nothing is left: all that is recommended is decided, or waits for approval",
        "`pmpo decisions` lists what was decided",
    )


def said_before(status: str, id: str) -> Unmet:
    """What a proposal lacks that says exactly what another one said that has ended."""
    return Unmet(
        "propose/again",
        f"exactly this was proposed as {id}, and is {status}",
        "say what is different now: `--because TEXT`",
    )


def partly_superseded(decision: Decision) -> Unmet:
    """What a proposal lacks that says what another one said that holds for some units only."""
    gone, newer = list(decision.replaced), ", ".join(decision.successors)
    return Unmet(
        "propose/again",
        f"exactly this was decided as {decision.id}, and about {_listed(gone)} {newer} took "
        "its place",
        f"decide anew about {'it' if len(gone) == 1 else 'those'}: "
        f"`pmpo decide {quote(gone[0])} --supersedes {decision.replaced[gone[0]]} --as NAME …`",
    )


def _listed(units: list[str]) -> str:
    shown = ", ".join(f"`{unit}`" for unit in units[:3])
    return shown + (f" and {len(units) - 3} more" if len(units) > 3 else "")


def _grounds(proposal: Proposal, facts: Facts, needs: set[str]) -> Iterator[Unmet]:
    grounds = proposal.grounds
    if proposal.basis == "data" and facts.superseded:
        yield Unmet(
            "grounds/superseded",
            f"{grounds.evaluation} is not the newest evaluation: {facts.superseded} is",
            f"decide on it: `pmpo decide … --evaluation {facts.superseded}`, or without "
            "`--evaluation`",
        )
    if "ratified" in needs and grounds.draft:
        yield Unmet(
            "grounds/draft",
            "its charter is a draft, and the gate asks for a ratified one",
            "`pmpo ratify --as NAME`",
        )
    if "no_expired_waiver" in needs and facts.expired:
        yield Unmet(
            "grounds/expired-waiver",
            f"its evaluation used waivers that have expired: {', '.join(facts.expired)}",
            "run the program again, and waive again what still needs it",
        )


def _verdict(proposal: Proposal) -> Iterator[Unmet]:
    if proposal.verdict == "override":
        if not proposal.action:
            yield Unmet(
                "override/action", "an override says what is done instead", "add `--action TEXT`"
            )
        if proposal.reason_code not in REASON_CODES:
            yield Unmet(
                "override/reason-code",
                "an override needs the code of its reason",
                "add `--reason-code`: " + ", ".join(REASON_CODES),
            )
    if proposal.verdict in ("override", "reject", "stop") and not proposal.because:
        yield Unmet(
            "because/missing", f"nobody said why to {proposal.verdict}", "add `--because TEXT`"
        )
    if proposal.basis == "judgement" and not proposal.because:
        yield Unmet("because/judgement", "a decision without data says why", "add `--because TEXT`")


def _amount(proposal: Proposal) -> Iterator[Unmet]:
    amount = proposal.quantity
    if amount is not None and amount < 0:
        fact = f"{amount:f} is less than nothing"
        yield Unmet("quantity/negative", fact, "name a `--quantity` of zero or more")


def _recommended(proposal: Proposal, facts: Facts) -> Iterator[Unmet]:
    """Accepting takes what was recommended; what is done instead is among what tables can give."""
    if proposal.basis != "data":
        return
    outcomes = facts.said.outcomes
    if proposal.verdict == "accept":
        for typed, recommended in differs(facts.said, proposal):
            yield Unmet(
                "accept/differs",
                f"{typed} is not what is recommended for {recommended}",
                "leave it out, or decide it as `--verdict override --action ACTION "
                "--reason-code CODE --because TEXT`",
            )
    if (
        proposal.verdict == "override"
        and proposal.action
        and outcomes
        and proposal.action not in outcomes
    ):
        yield Unmet(
            "override/unknown-action",
            f"`{proposal.action}` is nothing that the charter's tables can give",
            f"write one of these as `--action`: {', '.join(outcomes)}",
        )


def _stop(proposal: Proposal, facts: Facts) -> Iterator[Unmet]:
    """What ends has begun: only what is committed or executing can be stopped."""
    if proposal.verdict != "stop":
        return
    idle = [
        unit
        for unit, decisions in facts.state.of_units(proposal.units).items()
        if not any(
            one.stages.get(unit) in BEGUN
            for one in decisions
            if one.status in (*STANDING, "lapsed")
        )
    ]
    if idle:
        yield Unmet(
            "stop/nothing",
            f"nothing of {_listed(idle)} is committed or executing, so there is nothing to stop",
            "`--verdict hold` puts off what was not begun, `--verdict reject` turns it down",
        )


def _fence(proposal: Proposal, facts: Facts) -> Iterator[Unmet]:
    """Who ends a commitment early overrides it, and says what the change costs."""
    if not facts.fenced:
        return
    first = facts.fenced[0]
    ends = f"the fence of {_listed([one.unit for one in facts.fenced])} lasts "
    ends += f"until {first.until:%Y-%m-%d %H:%M} {first.until.tzinfo}"
    ends += f" ({first.decision.id} committed to it)"
    if proposal.reason_code not in REASON_CODES:
        yield Unmet(
            "fence/reason-code",
            f"{ends}; nothing was breached, so that ending it earlier is an override",
            f"add `--reason-code`: {', '.join(REASON_CODES)}; or wait until then",
        )
    if not proposal.switching_cost:
        yield Unmet(
            "fence/switching-cost",
            "nobody said what it costs to end that early",
            "add `--switching-cost TEXT`, such as what was spent and is lost",
        )
    if proposal.verdict == "hold" and not proposal.because:
        yield Unmet("because/missing", "nobody said why it ends early", "add `--because TEXT`")


def _trade_off(proposal: Proposal, facts: Facts) -> Iterator[Unmet]:
    """The statement is asked for wherever something is taken, and checked wherever it is made."""
    said = proposal.trade_off
    if said is None:
        if proposal.seated and facts.charter.axes:
            yield Unmet(
                "trade_off/missing",
                "nobody said what is gained and what is given up for it",
                "add `--gains AXIS --gives-up AXIS`; `nothing` is an answer. The axes are "
                + ", ".join(facts.charter.axes),
            )
        return
    if proposal.seatless and not proposal.seated:
        if said.against or said.gains or said.gives_up:
            yield Unmet(
                "trade_off/no-seat",
                f"no seat is used for {_listed(list(proposal.seatless))}, so that nothing is left "
                "out to compare with",
                "leave `--gains`, `--gives-up` and `--against` out",
            )
        return
    if said.against in proposal.units:
        yield Unmet(
            "trade_off/against",
            f"`{said.against}` is compared with itself",
            "name one that is left out with `--against`, or leave it out: the best one is taken",
        )
        return
    if said.against and facts.units and said.against not in facts.ranked:
        yield Unmet(
            "trade_off/against",
            f"`{said.against}` has no rank, so that there is nothing to compare with",
            "name a ranked unit with `--against`, or leave it out: the best one is taken",
        )
        return
    strange = [name for name in (*said.gains, *said.gives_up) if name not in facts.charter.axes]
    if strange:
        yield Unmet(
            "trade_off/unknown-axis",
            f"{_listed(strange)} {'is' if len(strange) == 1 else 'are'} no axis of the charter",
            "the axes are " + ", ".join(facts.charter.axes),
        )
    for wrong in contradictions(said):
        sign = "+" if wrong.difference > 0 else ""
        unsure = wrong.uncertainty
        beyond = f", beyond the {shown(unsure)} that are uncertain" if unsure else ""
        yield Unmet(
            f"trade_off/contradicted/{wrong.axis}",
            f"`{wrong.axis}` is {wrong.said}, and the numbers say {sign}{shown(wrong.difference)} "
            f"points against {said.against}{beyond}",
            f"say `--{'gains' if wrong.difference > 0 else 'gives-up'} {wrong.axis}`"
            if wrong.difference
            else f"leave `{wrong.axis}` out: there is no difference",
        )


def _rest(proposal: Proposal, facts: Facts, needs: set[str]) -> Iterator[Unmet]:
    yield from _expectation(proposal, facts, needs)
    if "conflict" in needs and not proposal.conflict:
        yield Unmet(
            "conflict/missing",
            "the decider's conflict of interest is not said",
            "add `--conflict none`, or what it is",
        )
    look = proposal.next_look
    if "next_look" in needs and look is None:
        yield Unmet(
            "next_look/missing", "nobody said when to look again", f"add `--look {_later(facts)}`"
        )
    if look is not None and look <= facts.today:
        yield Unmet("next_look/past", f"{look} has come already", "name a later day")
    yield from _assumptions(proposal, facts, needs)
    for action in proposal.actions:
        if action.due < facts.today:
            fact = f"`{action.what}` was due on {action.due}"
            yield Unmet("action/past", fact, "name a later day")


def _later(facts: Facts) -> date:
    """A day that can be typed as it stands: a quarter from now."""
    return facts.today + timedelta(days=90)


def _expectation(proposal: Proposal, facts: Facts, needs: set[str]) -> Iterator[Unmet]:
    expected = proposal.expectation
    if expected is None:
        if "expectation" in needs and proposal.verdict in ("accept", "override"):
            yield Unmet(
                "expectation/missing",
                "nobody said what is expected of it",
                f"add `--expect '{next(iter(facts.charter.signals))} >= 0.1' --by {_later(facts)}`",
            )
        return
    if expected.signal not in facts.charter.signals:
        yield Unmet(
            "expectation/unknown-signal",
            f"`{expected.signal}` is no signal of the charter",
            "the signals are " + ", ".join(facts.charter.signals),
        )
    if expected.by <= facts.today:
        yield Unmet("expectation/past", f"{expected.by} has come already", "name a later day")


def _assumptions(proposal: Proposal, facts: Facts, needs: set[str]) -> Iterator[Unmet]:
    known = facts.charter.assumptions
    if "assumptions" in needs and known and not proposal.assumptions:
        yield Unmet(
            "assumptions/missing",
            "nobody said which assumptions it rests on",
            "add `--rests-on`: " + ", ".join(known),
        )
    for name in proposal.assumptions:
        if name not in known:
            yield Unmet(
                "assumptions/unknown",
                f"the charter has no assumption `{name}`",
                "its assumptions are " + ", ".join(known),
            )


def _supersedes(proposal: Proposal, facts: Facts) -> Iterator[Unmet]:
    """One decision holds for a unit; another one says which it replaces."""
    if proposal.supersedes:
        old = facts.state.decisions.get(proposal.supersedes)
        if old is None:
            yield Unmet(
                "supersedes/unknown",
                f"there is no decision `{proposal.supersedes}`",
                "`pmpo decisions` lists them",
            )
            return
        if old.status not in (*STANDING, "lapsed"):
            yield Unmet(
                "supersedes/not-standing",
                f"{old.id} is {old.status}, so that nothing can take its place",
                "leave `--supersedes` out",
            )
            return
        if len(old.units) > 1 and set(old.proposal.units).isdisjoint(proposal.units):
            yield Unmet(
                "supersedes/other-units",
                f"{old.id} is about {_listed(list(old.units))}, and nothing would end unnamed",
                "name the units for which it takes the place; what else is to end is decided apart "
                f"(`pmpo decisions {old.id}` lists them)",
            )
            return
        if not replaced_by(proposal, old):
            yield Unmet(
                "supersedes/not-standing",
                f"{old.id} says nothing of {_listed(list(proposal.units))} any more: "
                f"{', '.join(old.successors)} took its place",
                "leave `--supersedes` out, or name the decision that says something of it",
            )
            return
    for unit, decisions in facts.state.of_units(proposal.units).items():
        standing = [
            one for one in decisions if one.status in STANDING and one.id != proposal.supersedes
        ]
        if standing:
            yield Unmet(
                "supersedes/missing",
                f"{standing[0].id} holds for `{unit}` already ({standing[0].proposal.verdict})",
                f"propose what takes its place{', apart' * (len(proposal.units) > 1)}: "
                f"`pmpo decide {quote(unit)} --supersedes {standing[0].id} --as NAME …`",
            )


def _resolves(proposal: Proposal, facts: Facts) -> Iterator[Unmet]:
    """What it answers is due when it is proposed; until it is approved that may have ended."""
    if facts.open_due is None:
        return
    for id in proposal.resolves:
        if id not in facts.open_due:
            yield Unmet(
                "resolves/unknown",
                f"nothing that is due is called `{id}`, or it is answered already",
                "`pmpo due` lists what is due; leave `--resolves` out where it answers nothing",
            )
