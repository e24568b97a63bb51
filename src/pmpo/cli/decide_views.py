"""How decisions, charters to sign, waivers and what is due look in a terminal and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from pmpo.cli.diff_views import diff
from pmpo.cli.rounding import shown
from pmpo.cli.words import ACCENT, DIM, below, plain
from pmpo.decide.approvals import approving
from pmpo.decide.gate import Unmet
from pmpo.decide.madr import told_expectation, told_seats
from pmpo.decide.state import STANDING, Decision, Reopening, Why
from pmpo.model.decision import STAGES, Proposal, TradeOffStatement, meaning_of
from pmpo.model.keys import readable

if TYPE_CHECKING:
    from datetime import datetime

    from pmpo.decide.approvals import Waiting
    from pmpo.model.effect import Effect
    from pmpo.office.charters import Signed
    from pmpo.office.decisions import Answer

DECISION_ROW: Final = (
    "decision", "status", "verdict", "units", "action", "by", "approved_by", "date", "evaluation",
    "provisional", "stage", "approvals_wanted", "approvals_missing", "waits_for",
)  # fmt: skip
DUE_ROW: Final = ("id", "kind", "reason", "owner", "since", "program", "decisions")
_STATUS: Final = {
    "proposed": "waits for approval",
    "decided": "decided",
    "withdrawn": "withdrawn",
    "superseded": "superseded",
    "reopened": "open again",
    "lapsed": "lapsed",
}


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=DIM)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=DIM)
    grid.add_column(overflow="fold")
    return grid


def unmet(found: Sequence[Unmet]) -> Iterator[Any]:
    """Conditions that are not met, each with what would meet it."""
    for one in found:
        text = Text()
        text.append("unmet", style="bold")
        text.append(f" [{one.id}]: ", style=DIM)
        text.append(plain(one.reason))
        yield text
        yield below(Text.assemble(("= help: ", DIM), plain(one.meets)))


# Decisions ----------------------------------------------------------------------------------


def answer(of: Answer, *, dry_run: bool = False) -> Iterator[Any]:
    """What came of a proposal or an approval."""
    decision_known = of.decision.position >= 0
    if of.again and not of.unmet:
        yield Text.assemble(
            ("already proposed", "bold"), f" as {of.decision.id}; nothing more was recorded"
        )
    if of.unmet and (of.again or not decision_known):
        yield Text.assemble(("not proposed", "bold"), f": {_title(of.decision.proposal)}")
    elif of.unmet and not of.recorded and of.waiting is None:
        yield Text.assemble(
            ("not approved", "bold"),
            f": {_title(of.decision.proposal)}",
            (f"  {of.decision.id}", DIM),
        )
    else:
        yield from decision(of.decision, of.waiting)
    if of.numbers is not None and not decision_known:
        yield from numbers(of.numbers)
    yield from unmet(of.unmet)
    if dry_run and not of.unmet and not of.again:
        yield Text("nothing lacks; nothing was recorded", style=DIM)


def numbers(found: TradeOffStatement) -> Iterator[Any]:
    """What the numbers say of a trade-off, as somebody would type it."""
    against, best = readable(found.against), readable(found.best)
    which = f"which was named (the best left out is {best})" if best else "the best left out"
    told = f"against {against}, {which}, the numbers say:"
    yield Text(plain(told), style=DIM)
    table = _table()
    table.add_column("axis")
    table.add_column("points", justify="right")
    table.add_column("uncertain", justify="right")
    for axis, difference in found.differences.items():
        open_points = found.uncertainty.get(axis, Decimal(0))
        table.add_row(
            plain(axis), f"{shown(difference):+}", f"±{shown(open_points)}" if open_points else ""
        )
    yield table


def decision(
    of: Decision, waiting: Waiting | None = None, fence: datetime | None = None
) -> Iterator[Any]:
    """One decision whole; a proposal with how far its approvals are.

    Args:
        fence: until when what it committed to stays.
    """
    proposal = of.proposal
    title = Text("\n")
    title.append(_title(proposal), style="bold")
    title.append(f"  {of.id}", style=DIM)
    yield title
    grid = _grid()
    status = _STATUS[of.status]
    if of.provisional and not of.confirmed and of.status == "decided":
        status += "; provisional: its charter is a draft, and it lapses at the second review"
    if waiting is not None:
        status += f": {waiting}"
    grid.add_row("status", plain(status))
    for name, value in _if(_stages(of), "stage"):
        grid.add_row(name, value)
    if fence is not None:
        until = f"until {fence:%Y-%m-%d %H:%M} {fence.tzinfo}"
        grid.add_row("fence", f"{until}: it leaves earlier only by breach, or as an override")
    for name, value in _facts(of):
        grid.add_row(name, plain(value))
    yield grid
    if proposal.recommended:
        yield from _recommended(proposal)
    if of.status == "proposed" and of.position >= 0:
        keyed = waiting is not None and waiting.keyed
        yield Text.assemble(("next: ", DIM), approving(of.id, keyed=keyed))


def _facts(of: Decision) -> Iterator[tuple[str, str]]:
    yield from _if(of.proposal.option, "option")
    yield from _if(", ".join(of.proposal.options), "considered")
    yield from said_by(of.proposal)
    yield from _happened(of)


def said_by(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """What a proposal says, name by name; what it leaves out is left out."""
    code, said = proposal.reason_code, proposal.trade_off
    expected, look = proposal.expectation, proposal.next_look
    yield from _if(proposal.because, "because")
    yield from _if(code and f"{code}: {meaning_of(code)}", "reason code")
    yield from _if(proposal.switching_cost, "switching cost")
    yield from _if(told_seats(proposal), "seats")
    if said is not None:
        yield "gains", ", ".join(_side(said, said.gains)) or "nothing"
        yield "gives up", ", ".join(_side(said, said.gives_up)) or "nothing"
        against, best = readable(said.against), readable(said.best)
        named = best and f"{against}, which was named; the best left out is {best}"
        yield from _if(named or against, "compared with")
    yield from _if(told_expectation(expected) if expected is not None else "", "expected")
    yield from _if(", ".join(proposal.assumptions), "assumes")
    for action in proposal.actions:
        tracked = f" [{action.tracker}]" if action.tracker else ""
        done = f"done when {action.done_when}"
        yield "action", f"{action.what} ({action.owner} by {action.due}; {done}){tracked}"
    yield from _if(proposal.conflict, "conflict")
    yield from _if(look.isoformat() if look is not None else "", "next look")
    draft = ", a draft: its charter did not count" if proposal.grounds.draft else ""
    yield "grounds", (proposal.grounds.evaluation or "judgement") + draft


def _happened(of: Decision) -> Iterator[tuple[str, str]]:
    """Who did what, and what became of it."""
    yield "mode", of.proposal.mode + _ALONE * (of.proposal.mode == "solo")
    yield "proposed by", f"{of.proposed_by.name} ({of.proposed_by.how}), {of.proposed_at.date()}"
    for one in of.approvals:
        yield "approved by", f"{one.actor.name} ({one.actor.how}), {one.at.date()}"
    yield from _if(of.proposal.supersedes, "supersedes")
    for id, units in of.successors.items():
        yield "superseded by", id + of.proposal.about(units)
    for noted in of.progress:
        about = of.proposal.about(noted.units)
        yield noted.stage, f"{noted.at.date()}, as {noted.actor.name} noted{about}"
    for word, why in (("withdrawn", of.withdrawn), ("reopened", of.reopened)):
        if why is not None:
            because = f": {why.because}" if why.because else ""
            yield word, f"{why.at.date()} by {why.actor.name}{because}"


def _stages(of: Decision) -> str:
    """How far its units have come, and how many of them another decision is about by now."""
    counts = Counter(of.stages[unit] for unit in of.units if unit in of.stages)
    told = [one if len(counts) == 1 else f"{counts[one]:,} {one}" for one in STAGES if counts[one]]
    if of.units and of.replaced:
        told.append(f"{len(of.replaced):,} of {len(of.proposal.units):,} superseded")
    return ", ".join(told)


_ALONE: Final = ": one person decides alone"


def _if(text: str, name: str) -> Iterator[tuple[str, str]]:
    if text:
        yield name, text


def _side(said: TradeOffStatement, axes: Sequence[str]) -> list[str]:
    points = {axis: said.differences.get(axis) for axis in axes}
    return [
        f"{axis} ({shown(value):+})" if value is not None else axis
        for axis, value in points.items()
    ]


def _recommended(proposal: Proposal) -> Iterator[Any]:
    table = _table()
    for name, justify in (("rank", "right"), ("unit", "left"), ("score", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    table.add_column("outcome")
    table.add_column("rule")
    for one in proposal.recommended[:10]:
        rules = "; ".join(f"{rule['id']} {rule['because']}" for rule in one.rules)
        table.add_row(
            str(one.rank or "–"),
            Text(plain(one.named), style=ACCENT),
            str(shown(Decimal(one.score))) if one.score is not None else "–",
            plain(one.outcome or ""),
            plain(rules),
        )
    yield table
    more = len(proposal.units) - len(proposal.recommended[:10])
    if more:
        yield Text(f"and {more:,} more", style=DIM)


def _title(proposal: Proposal) -> str:
    if not proposal.units:
        return f"{proposal.verdict} nothing"
    first = plain(proposal.named(proposal.units[0]))
    more = f" and {len(proposal.units) - 1:,} more" if len(proposal.units) > 1 else ""
    said = proposal.action or _accepted(proposal)
    instead = f": {plain(said)}" if said else ""
    number = f" × {proposal.quantity:f}" if proposal.quantity is not None else ""
    return f"{proposal.verdict} {first}{more}{instead}{number}"


def _accepted(proposal: Proposal) -> str:
    """What was recommended for the one unit that is accepted; empty for several."""
    alone = proposal.verdict == "accept" and len(proposal.units) == 1 and proposal.recommended
    return (proposal.recommended[0].outcome or "") if alone else ""


def decisions(found: Sequence[tuple[Decision, Waiting | None]]) -> Iterator[Any]:
    """Decisions, the newest first; proposals with how far their approvals are."""
    if not found:
        yield Text("nothing was decided yet: `pmpo decide UNIT --as NAME`", style=DIM)
        return
    table = _table()
    for name in ("decision", "what", "status", "by", "since"):
        table.add_column(name, overflow="fold")
    for one, waiting in found:
        when = one.decided_at or one.proposed_at
        unsure = one.provisional and not one.confirmed
        status = _STATUS[one.status] + (", provisional" if unsure else "")
        stages = _stages(one) if one.status in STANDING else ""
        status += f", {stages}" if stages else ""
        status += ", solo" if one.proposal.mode == "solo" else ""
        if waiting is not None:
            status += f": {waiting}"
        by = one.proposed_by.name
        others = [a.actor.name for a in one.approvals if a.actor.name != by]
        by += f", {', '.join(others)}" if others else ""
        table.add_row(one.id, _title(one.proposal), plain(status), plain(by), str(when.date()))
    yield table


def none_such(units: Collection[str], statuses: Collection[str]) -> Text:
    """What to say where no decision is among those that were asked for."""
    about = f" about {' or '.join(f'`{plain(one)}`' for one in units)}" if units else ""
    where = f" that is {' or '.join(statuses)}" if statuses else ""
    return Text(f"there is no decision{about}{where}: `pmpo decisions` lists all", style=DIM)


def decision_row(one: Decision, waiting: Waiting | None = None) -> dict[str, Any]:
    """A decision in a list, with the columns `DECISION_ROW`."""
    proposal = one.proposal
    return {
        "decision": one.id,
        "status": one.status,
        "verdict": proposal.verdict,
        "units": list(proposal.units),
        "action": proposal.action or None,
        "by": one.proposed_by.name,
        "approved_by": [a.actor.name for a in one.approvals],
        "date": (one.decided_at or one.proposed_at).date().isoformat(),
        "evaluation": proposal.grounds.evaluation or None,
        "provisional": one.provisional and not one.confirmed,
        "stage": one.stage,
        "approvals_wanted": waiting.wanted if waiting is not None else None,
        "approvals_missing": waiting.wanted - len(waiting.counted) if waiting is not None else 0,
        "waits_for": list(waiting.missing) if waiting is not None else [],
    }


def decision_json(
    one: Decision, waiting: Waiting | None = None, fence: datetime | None = None
) -> dict[str, Any]:
    """A decision whole, with what it says, what happened to it, and until when its fence lasts."""
    reopened, withdrawn = one.reopened, one.withdrawn
    return {
        **decision_row(one, waiting),
        "proposal": one.proposal.as_json(),
        "position": one.position,
        "proposed_at": one.proposed_at.isoformat(),
        "approvals": [
            {"by": a.actor.name, "how": a.actor.how, "at": a.at.isoformat()} for a in one.approvals
        ],
        "superseded_by": one.superseded_by or None,
        "replaced": dict(one.replaced),
        "stages": dict(one.stages),
        "fenced_until": fence.isoformat() if fence is not None else None,
        "reopened": {**_why(reopened), "due": reopened.due} if reopened is not None else None,
        "withdrawn": _why(withdrawn) if withdrawn is not None else None,
        "progress": [
            {
                "stage": noted.stage,
                "by": noted.actor.name,
                "at": noted.at.isoformat(),
                "units": list(noted.units),
            }
            for noted in one.progress
        ],
    }


def _why(happened: Reopening | Why) -> dict[str, Any]:
    by, at = happened.actor.name, happened.at.isoformat()
    return {"because": happened.because, "by": by, "at": at}


def unmet_json(found: Sequence[Unmet]) -> list[dict[str, str]]:
    """Conditions that are not met."""
    return [{"id": one.id, "reason": one.reason, "meets": one.meets} for one in found]


def answer_json(of: Answer) -> dict[str, Any]:
    """What came of a proposal or an approval."""
    told = decision_json(of.decision, of.waiting)
    if of.decision.position < 0:
        told["status"] = "not proposed"
    return {**told, "unmet": unmet_json(of.unmet), "recorded": of.recorded, "again": of.again}


# Charters and waivers -----------------------------------------------------------------------


def to_sign(of: Signed) -> Iterator[Any]:
    """What somebody is about to sign: what changes by it, and from when it would count."""
    charter = of.charter
    if of.lost:
        yield Text(f"what changes cannot be told: {plain(of.lost)}", style=DIM)
    elif of.difference is None:
        yield Text(f"{charter.program} was never ratified: there is nothing to compare with")
    else:
        yield from diff(of.difference, of.replaces[:19], charter.text_hash[:19])
    if not of.signable:
        return
    grid = _grid()
    grid.add_row("counts", begins(of.effect) + _IF)
    yield grid


_IF: Final = ", if it were ratified now"


def begins(effect: Effect) -> str:
    """From when a charter counts, in its reviews' own zone."""
    if effect.at is None:
        return f"never: {effect.rule}, and none comes any more"
    zone = str(effect.at.tzinfo)
    return f"from {effect.at:%a %Y-%m-%d %H:%M} {zone} ({effect.rule})"


def signed(of: Signed, *, dry_run: bool = False) -> Iterator[Any]:
    """What came of a signature, or would come of it."""
    charter = of.charter
    if not of.signable:
        yield Text.assemble(("not signed", "bold"), f": {charter.program}")
        yield from unmet(of.unmet)
        return
    word = "ratified" if of.ratified else "signed"
    if dry_run:
        word = f"would be {word}"
    again = "" if dry_run or of.recorded else " already; nothing more was recorded"
    yield Text.assemble((f"\n{word}{again}", "bold"), f": {charter.program}")
    grid = _grid()
    grid.add_row("counts", begins(of.effect) + ("" if of.ratified else _IF))
    grid.add_row("bytes", charter.text_hash)
    grid.add_row("logic", charter.logic_hash)
    grid.add_row("signed by", ", ".join(map(plain, of.signers)))
    yield grid
    yield from unmet(of.unmet)
    if dry_run:
        yield Text("nothing was recorded", style=DIM)


def signed_json(of: Signed) -> dict[str, Any]:
    """What came of a signature."""
    at = of.effect.at
    return {
        "program": of.charter.program,
        "charter_text": of.charter.text_hash,
        "charter_logic": of.charter.logic_hash,
        "signers": list(of.signers),
        "ratified": of.ratified,
        "effective": at.isoformat() if at is not None else None,
        "effective_rule": of.effect.rule,
        "replaces": of.replaces or None,
        "diff": of.difference.as_json() if of.difference is not None else None,
        "unmet": unmet_json(of.unmet),
        "recorded": of.recorded,
    }
