"""What the page of an auditor's pack says of one decision: what, why, where it stands, and who."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pmpo.decide.madr import told_expectation, told_seats
from pmpo.decide.state import Decision
from pmpo.model.decision import STAGES, Proposal, Recommended, TradeOffStatement, meaning_of
from pmpo.model.keys import decode, readable
from pmpo.model.rounding import shown
from pmpo.office.audit_files import decision_file, receipt_named
from pmpo.office.audit_html import (
    acted,
    anchored,
    counted,
    day,
    facts,
    linked,
    mark,
    moment,
    name,
    plain,
    prose,
    short,
    within,
    worded,
)

DECISIONS: Final = ("decision", "what and why", "where it stands", "who")
_TITLE_UNITS_MAX: Final = 3
_LISTED_MAX: Final = 100
"""How many units of a batch are listed; the entry of its proposal has them all."""


def decision(one: Decision) -> tuple[str, ...]:
    """A row of the list of decisions, with the columns `DECISIONS`."""
    return (_which(one), _what(one), "<br>".join(_stands(one)), "<br>".join(_who(one)))


def unit_name(proposal: Proposal, unit: str) -> str:
    """A unit by its label and key, each in the direction of its own script."""
    said = next((one for one in proposal.recommended if one.unit == unit), None)
    key = name(readable(unit))
    if said is None or said.label == unit or said.label in decode(unit):
        return key
    return f"{name(said.label)} ({key})"


def _which(one: Decision) -> str:
    proof = worded(receipt_named(one.id), "receipt") if one.decided_at is not None else ""
    entry = within(f"entry-{one.position}", f"entry {one.position}")
    lines = [anchored(one.id, linked(decision_file(one.id), one.id)), proof, entry]
    return "<br>".join(line for line in lines if line)


def _what(one: Decision) -> str:
    """The verdict, the reasons that were given, and what it is measured by later."""
    proposal = one.proposal
    units = ", ".join(unit_name(proposal, u) for u in proposal.units[:_TITLE_UNITS_MAX])
    more = len(proposal.units) - _TITLE_UNITS_MAX
    units += f" and {more:,} more" if more > 0 else ""
    action = f": {name(proposal.action)}" if proposal.action else ""
    number = f" × {proposal.quantity:f}" if proposal.quantity is not None else ""
    title = f"<strong>{proposal.verdict} {units}{action}{number}</strong>"
    return f"{title}{facts(_reasons(proposal))}{_units(one) if more > 0 else ''}"


def _reasons(proposal: Proposal) -> Iterator[tuple[str, str]]:
    code = proposal.reason_code
    yield "because", prose(proposal.because) if proposal.because else ""
    yield "reason code", f"{mark(code)} {plain(meaning_of(code))}" if code else ""
    yield "switching cost", prose(proposal.switching_cost) if proposal.switching_cost else ""
    yield "seats", name(told_seats(proposal)) if proposal.seatless else ""
    if len(proposal.units) <= _TITLE_UNITS_MAX:
        told = [_recommended(said, proposal) for said in proposal.recommended]
        yield "recommended", "<br>".join(told)
    yield "option", name(proposal.option) if proposal.option else ""
    yield "considered", ", ".join(map(name, proposal.options))
    if proposal.trade_off is not None:
        yield from _trade_off(proposal.trade_off, proposal)
    expected, look = proposal.expectation, proposal.next_look
    yield "expected", name(told_expectation(expected)) if expected is not None else ""
    yield "assumes", ", ".join(map(name, proposal.assumptions))
    yield "to do", "<br>".join(_actions(proposal))
    conflict = proposal.conflict
    yield "conflict of interest", prose(conflict) if conflict else ""
    yield "next look", day(look) if look is not None else ""
    yield "answers", ", ".join(map(within, proposal.resolves))
    yield "supersedes", within(proposal.supersedes) if proposal.supersedes else ""


def _recommended(said: Recommended, proposal: Proposal) -> str:
    """What the machine said of a unit: outcome, rank and score, with the reasons of the rules."""
    rules = "; ".join(f"{name(rule['id'])}: {name(rule['because'])}" for rule in said.rules)
    which = f"{unit_name(proposal, said.unit)}: " if len(proposal.units) > 1 else ""
    quality = f", quality {plain(said.quality)}" if said.quality else ""
    return f"{which}{_numbers(said)}{quality}" + (f" ({rules})" if rules else "")


def _numbers(said: Recommended) -> str:
    score = f"score {shown(Decimal(said.score))}" if said.score is not None else ""
    rank = f"rank {said.rank}" if said.rank is not None else "not ranked"
    outcome = name(said.outcome) if said.outcome else ""
    return ", ".join(part for part in (outcome, rank, score) if part)


def _trade_off(said: TradeOffStatement, proposal: Proposal) -> Iterator[tuple[str, str]]:
    yield "gains", ", ".join(_side(said, said.gains)) or "nothing"
    yield "gives up", ", ".join(_side(said, said.gives_up)) or "nothing"
    named = ", which was named" if said.best else ", the best left out"
    yield "compared with", unit_name(proposal, said.against) + named if said.against else ""
    yield "best left out", unit_name(proposal, said.best) if said.best else ""
    if said.because and said.because != proposal.because:
        yield "why this side", prose(said.because)


def _side(said: TradeOffStatement, axes: Sequence[str]) -> Iterator[str]:
    """Axes with the points that the numbers say, and how many missing values leave open."""
    for axis in axes:
        points, unsure = said.differences.get(axis), said.uncertainty.get(axis)
        give = f" ±{shown(unsure)}" if unsure else ""
        yield name(axis) + (f" ({shown(points):+}{give} points)" if points is not None else "")


def _actions(proposal: Proposal) -> Iterator[str]:
    for action in proposal.actions:
        tracked = f" [{name(action.tracker)}]" if action.tracker else ""
        done = f"done when {name(action.done_when)}"
        yield f"{name(action.what)}: {name(action.owner)} by {day(action.due)}, {done}{tracked}"


def _units(one: Decision) -> str:
    """The units of a batch, with what the machine said of them and who took the place."""
    proposal = one.proposal
    known = {said.unit: said for said in proposal.recommended}
    ordered = dict.fromkeys([*known, *proposal.units])
    listed = [unit for unit in ordered if unit in set(proposal.units)][:_LISTED_MAX]
    made = []
    for unit in listed:
        numbers = f": {_numbers(known[unit])}" if unit in known else ""
        gone = one.replaced.get(unit, "")
        anew = f", superseded by {within(gone)}" if gone else ""
        made.append(f"<li>{unit_name(proposal, unit)}{numbers}{anew}</li>")
    more = len(proposal.units) - len(listed)
    entry = within(f"entry-{one.position}", f"entry {one.position}")
    rest = f"<p>and {more:,} more: {entry} has them all.</p>" if more else ""
    rules = {(r["id"], r["because"]) for said in proposal.recommended for r in said.rules}
    why = facts((f"rule {name(id)}", name(because)) for id, because in sorted(rules))
    told = counted(len(proposal.units), "unit")
    return f"<details><summary>{told}</summary><ol>{''.join(made)}</ol>{rest}{why}</details>"


def _stands(one: Decision) -> Iterator[str]:
    """Where it stands, and what happened to it since."""
    yield f"<strong>{one.told_status}</strong>{_stages(one)}"
    if one.proposal.grounds.draft:
        yield "its charter was ratified later" if one.confirmed else "its charter was a draft"
    for id, units in one.successors.items():
        part = f"{len(units):,} of {len(one.proposal.units):,} " if one.units else ""
        few = ", ".join(unit_name(one.proposal, unit) for unit in units[:_TITLE_UNITS_MAX])
        more = f" and {len(units) - _TITLE_UNITS_MAX:,} more" * (len(units) > _TITLE_UNITS_MAX)
        named = f" ({few}{more})" if one.units else ""
        yield f"{part}superseded by {within(id)}{named}"
    for noted in one.progress:
        about = f", {counted(len(noted.units), 'unit')}" if len(one.proposal.units) > 1 else ""
        yield f"{noted.stage} on {day(noted.at)}, as {acted(noted.actor)} noted{about}"
    for word, why in (("withdrawn", one.withdrawn), ("opened again", one.reopened)):
        if why is not None:
            because = f": {prose(why.because)}" if why.because else ""
            yield f"{word} on {day(why.at)} by {acted(why.actor)}{because}"


def _stages(one: Decision) -> str:
    """How far the units have come that it still speaks of."""
    found = Counter(one.stages[unit] for unit in one.units if unit in one.stages)
    alone = len(found) == 1
    return "".join(
        f", {stage if alone else f'{found[stage]:,} {stage}'}" for stage in STAGES if found[stage]
    )


def _who(one: Decision) -> Iterator[str]:
    """Who proposed and approved it, when, and what it rests on."""
    yield f"proposed by {acted(one.proposed_by)}, {day(one.proposed_at)}"
    for given in one.approvals:
        yield f"approved by {acted(given.actor)}, {day(given.at)}"
    if one.decided_at is not None:
        yield f"decided {moment(one.decided_at)}"
    if one.proposal.mode == "solo":
        yield f"{mark('solo')} one person decides alone"
    grounds = one.proposal.grounds
    if grounds.evaluation:
        yield f"on {within(grounds.evaluation)}"
    if one.proposal.basis == "judgement":
        yield f"by {mark('judgement')}"
    if not grounds.evaluation and one.proposal.basis != "judgement":
        yield short("no evaluation")
