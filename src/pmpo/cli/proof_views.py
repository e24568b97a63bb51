"""How proofs look in a terminal: what was verified, by which key, and what it means."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from pmpo.cli.decide_views import said_by
from pmpo.cli.words import DIM, plain
from pmpo.decide.state import DECIDED, PROPOSED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pmpo.decide.proven import Proven
    from pmpo.model.decision import Proposal
    from pmpo.model.entry import Entry
    from pmpo.office.proofs import VerifiedDecision, VerifiedLog, VerifiedReceipt
    from pmpo.office.rotating import Rotated
    from pmpo.store.ledger.log import Recorded
    from pmpo.store.ledger.receipt import Receipt
    from pmpo.store.ledger.terms import Term
    from pmpo.store.ledger.verify import Verified


def log(found: VerifiedLog, *, own: bool) -> Iterator[Any]:
    """What a log says, as far as it could be read; `own`: it is that of the office at hand."""
    known = found.log
    if known is None:
        return
    yield _facts(
        (
            ("log", known.origin),
            ("key", known.key),
            *(("before", told) for told in _before(known.terms)),
            ("entries", f"{known.size:,}"),
            ("root", "–" if known.root is None else known.root.hex()),
            ("signed", f"{known.checkpoints:,} {_plural('checkpoint', known.checkpoints)}"),
            ("anchors", _compared(known.anchors, own=own)),
        )
    )
    yield Text()


def _before(terms: Sequence[Term]) -> Iterator[str]:
    """The keys that a log has had before, the newest first."""
    pairs = list(pairwise(terms))
    for term, after in reversed(pairs):
        how = "handed over" if after.vouched else "lost"
        yield f"{term.key}, {how} in entry {after.since}"


def _compared(anchors: int, *, own: bool) -> str:
    if anchors:
        return f"compared with {anchors} kept outside of the log"
    how = "pmpo export anchor" if own else "--anchor FILE"
    return f"none: whoever owns the database could have rewritten all of it (`{how}`)"


def receipt(found: VerifiedReceipt) -> Iterator[Any]:
    """What a receipt says, and whose word it is."""
    said = found.receipt
    entry = said.entry
    yield _facts(
        (
            *_log_of(said, trusted=found.trusted),
            ("place", f"entry {said.position} of {said.checkpoint.size:,}"),
            ("entry", f"{entry.kind} {entry.id}"),
            ("program", entry.program or "–"),
            ("when", _when(entry)),
            ("who", _who(entry)),
            *_body(entry),
            *_open(entry),
        )
    )
    yield Text()


def _body(entry: Entry) -> Iterator[tuple[str, str]]:
    """What an entry says: a proposal in the words of a decision, else field by field."""
    from pmpo.decide.proven import proposed_in

    proposal = proposed_in(entry)
    if proposal is not None:
        yield from _said(proposal)
        return
    for name, value in sorted(entry.body.items()):
        yield f"  {name}", _told(value)


def _open(entry: Entry) -> Iterator[tuple[str, str]]:
    """What a receipt of one entry about a decision leaves open."""
    if entry.kind == PROPOSED:
        yield "open", "it proves what was proposed, and not that it was decided"
    if entry.kind == DECIDED:
        yield "open", "it proves that something was decided, and not what"


def decision(found: VerifiedDecision) -> Iterator[Any]:
    """What was decided, by whom, when, and how that is known."""
    last, of = found.receipts[-1], found.decision
    places = ", ".join(str(one.position) for one in found.receipts)
    yield _facts(
        (
            *_log_of(last, trusted=found.trusted),
            ("place", f"entries {places} of {last.checkpoint.size:,}"),
            *(_decided(of) if of is not None else ()),
        )
    )
    yield Text()
    if of is not None:
        after = f"entry {last.position}"
        yield Text(f"what became of it after {after} is not in this file", style=DIM)
        yield Text()


def _decided(of: Proven) -> Iterator[tuple[str, str]]:
    proposal, body = of.proposal, of.decided.body
    yield "decision", of.proposed.id
    yield "program", of.proposed.program or "–"
    yield from _said(proposal)
    yield "proposed", f"{_when(of.proposed)} by {_who(of.proposed)}"
    for one in of.approved:
        yield "approved", f"{_when(one)} by {_who(one)}"
    yield "decided", f"{_when(of.decided)} by {_who(of.decided)}"
    counted = ", ".join(body["approvals"])
    yield "approvals", f"{len(body['approvals'])} of {body['any']} that it needed: {counted}"
    yield "mode", str(body["mode"])
    draft = "yes: its charter was a draft" if body["provisional"] else "no: its charter counted"
    yield "provisional", draft


def _said(proposal: Proposal) -> Iterator[tuple[str, str]]:
    """What was proposed, and on what."""
    yield "verdict", proposal.verdict
    yield "units", ", ".join(map(proposal.named, proposal.units))
    if proposal.action:
        yield "instead", proposal.action
    if proposal.option:
        yield "option", proposal.option
    if proposal.options:
        yield "considered", ", ".join(proposal.options)
    if proposal.quantity is not None:
        yield "quantity", f"{proposal.quantity:f}"
    yield from said_by(proposal)
    if proposal.supersedes:
        yield "supersedes", proposal.supersedes
    if proposal.resolves:
        yield "answers", ", ".join(proposal.resolves)
    if proposal.grounds.as_of:
        yield "as of", proposal.grounds.as_of
    yield "charter", proposal.grounds.charter_text


def _log_of(said: Receipt, *, trusted: bool) -> Iterator[tuple[str, str]]:
    given = "as given, or handed over from one given" if said.handovers else "as given"
    trust = given if trusted else "as the receipt gives it: compare it with another source"
    yield "log", said.checkpoint.origin
    yield "key", f"{said.key}, {trust}"


def _when(entry: Entry) -> str:
    return entry.recorded_at.isoformat(sep=" ", timespec="seconds")


def _who(entry: Entry) -> str:
    actor = entry.actor
    named = "+".join(actor.key.split("+")[:2])
    known = {
        "asserted": "as they said",
        "key": f"signed with {named}; the log says whose key that was then",
        "session": "logged in",
    }
    return f"{actor.name}, {known[actor.how]}"


def _told(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def verdict(sound: bool) -> Text:
    """One line: whether it holds."""
    return Text("verified" if sound else "NOT verified", style="bold")


def anchored(path: Path, size: int, added: bool) -> Text:
    """What was written where."""
    if not added:
        return Text(f"{path} has the checkpoint of {size} {_entries(size)} already")
    text = Text(f"wrote the checkpoint of {size} {_entries(size)} to {path}")
    text.append("; commit it, or put it where others keep it", style=DIM)
    return text


def backed_up(path: Path, copied: Verified) -> Text:
    """What is in a backup."""
    how = "verified" if copied.sound else "as the log is: `pmpo verify` warns of both"
    text = Text(f"wrote {path}: {copied.size:,} {_entries(copied.size)}, {how}")
    text.append("; the log's secret key is not in it", style=DIM)
    return text


def clock_corrected(one: Recorded) -> Text:
    """From when entries are dated again."""
    at = f"{one.entry.recorded_at:%Y-%m-%d %H:%M} UTC"
    ahead = f"entry {one.entry.body['entry']} was dated ahead"
    return Text(f"entry {one.position} says so: {ahead}; what comes now is dated from {at} on")


def rotated(one: Rotated) -> Iterator[Any]:
    """From where on which key signs, and who has to hear of it."""
    yield Text(f"entry {one.position} gives the ledger another key, which signs from there on")
    yield _facts((("key", str(one.new)), ("before", str(one.old))))
    if not one.vouched:
        yield Text(
            "the key before does not vouch for it: `pmpo verify` warns until an anchor confirms it "
            "or the key is given as `--key`"
        )
    yield Text(
        "anchor it with `pmpo export anchor`, tell the key to those who verify, and keep a copy of "
        "the new file where you keep passwords",
        style=DIM,
    )


def written(path: Path) -> Text:
    """Where a text went."""
    return Text(f"wrote {path}")


def _facts(rows: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=DIM)
    grid.add_column(overflow="fold")
    for name, told in rows:
        grid.add_row(name, plain(told))
    return grid


def counted(count: int, one: str, many: str = "") -> str:
    """How many there are of something, in words."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
