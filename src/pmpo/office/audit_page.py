"""The page of an auditor's pack: what was decided and signed, for people to read."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from pmpo.assure.minutes import Kept
from pmpo.decide.state import Decision, Review, State
from pmpo.decide.waive import told_waiver
from pmpo.decide.waivers import waiver_stories
from pmpo.store.ledger.authors import KEY_DECLARED
from pmpo.store.ledger.log import Ledger, Recorded

CHARTERS: Final = "charters"
DECISIONS: Final = "decisions"
LOST_WORDS: Final[Mapping[str, str]] = {
    "gone": "was gone from the office",
    "changed": "was changed in the office since the review",
}
"""What had become of minutes that a pack does not hold."""


def charter_file(name: str) -> str:
    """Where a pack keeps the charter of that hash."""
    return f"{CHARTERS}/{name.removeprefix('sha256:')}.yaml"


def decision_file(id: str) -> str:
    """Where a pack keeps the record of a decision."""
    return f"{DECISIONS}/{id}.md"


_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid #8884;vertical-align:top}code{font-size:.9em;overflow-wrap:anywhere}"
    "pre{white-space:pre-wrap;border-left:3px solid #8884;padding-left:1rem}"
    ":root{color-scheme:light dark}"
)


def index(
    ledger: Ledger,
    entries: Sequence[Recorded],
    states: Sequence[State],
    minutes: Mapping[int, Kept],
) -> str:
    """The page, which follows from the log and the minutes that it records.

    Args:
        minutes: by the positions of the entries that record them.
    """
    return "\n".join(_page(ledger, entries, states, minutes)) + "\n"


def _page(
    ledger: Ledger,
    entries: Sequence[Recorded],
    states: Sequence[State],
    minutes: Mapping[int, Kept],
) -> Iterator[str]:
    title, key = html.escape(f"Audit of {ledger.origin}"), html.escape(str(ledger.key))
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
    yield f"<h1>{title}</h1>"
    yield (
        f"<p>{len(entries):,} {'entry' if len(entries) == 1 else 'entries'}. "
        "Verify all of it with <code>pmpo verify FOLDER</code>, and "
        "one decision with <code>pmpo verify FOLDER/receipts/…</code>; neither needs the office. "
        f"The log's key is <code>{key}</code>: compare it with what you know from elsewhere.</p>"
    )
    yield from _keys_of_the_log(ledger)
    for state in states:
        yield from _program(state, entries, minutes)
    yield from _keys_of_people(entries)
    yield "<h2>Entries</h2>"
    yield _table(
        ("position", "kind", "program", "recorded", "by"),
        [
            (
                str(one.position),
                html.escape(one.entry.kind),
                html.escape(one.entry.program or ""),
                one.entry.recorded_at.isoformat(timespec="seconds"),
                _by(one),
            )
            for one in entries
        ],
    )
    yield "</body></html>"


def _program(
    state: State, entries: Sequence[Recorded], minutes: Mapping[int, Kept]
) -> Iterator[str]:
    """What was decided, signed, waived and reviewed in one program."""
    yield f"<h2>{html.escape(state.program)}</h2>"
    yield "<h3>Decisions</h3>"
    yield _table(
        ("decision", "what", "status", "proposed by", "approved by", "evaluation"),
        [_row(one) for one in state.decisions.values()],
    )
    yield "<h3>Charters</h3>"
    yield _table(
        ("effective", "signed by", "bytes"),
        [
            (
                one.effective.isoformat(),
                html.escape(", ".join(one.signers)),
                _link(charter_file(one.charter_text), one.charter_text),
            )
            for one in state.ratifications
        ],
    )
    yield "<h3>Waivers</h3>"
    waivers = list(_waivers(state.program, entries))
    yield _table(("waiver", "what", "because", "what happened"), waivers)
    yield from _reviews(state.reviews, minutes)


def _keys_of_people(entries: Sequence[Recorded]) -> Iterator[str]:
    """Which key signs for whom, and since when."""
    yield "<h2>Keys of people</h2>"
    yield _table(
        ("from entry", "person", "key that signs for them", "declared by"),
        [
            (
                str(one.position),
                html.escape(str(one.entry.body["person"])),
                f"<code>{html.escape(str(one.entry.body['key']) or 'none any more')}</code>",
                _by(one),
            )
            for one in entries
            if one.entry.kind == KEY_DECLARED
        ],
    )


def _reviews(held: Sequence[Review], minutes: Mapping[int, Kept]) -> Iterator[str]:
    """When people looked at it all, and the minutes, to be read on this page."""
    yield "<h3>Reviews</h3>"
    yield _table(
        ("held", "chair", "numbers as of", "entry", "minutes"),
        [
            (
                one.at.isoformat(timespec="seconds"),
                html.escape(one.chair),
                html.escape(one.as_of),
                str(one.position),
                _named(minutes.get(one.position)),
            )
            for one in held
        ],
    )
    for one in held:
        kept = minutes.get(one.position)
        if kept is not None and kept.text is not None:
            text = html.escape(kept.text.decode("utf-8", "replace"))
            yield f"<details><summary>Minutes of {one.at.date()}, entry {one.position}</summary>"
            yield f"<pre>{text}</pre></details>"


def _named(minutes: Kept | None) -> str:
    if minutes is None:
        return "the entry names no file"
    if minutes.text is not None:
        return _link(quote(minutes.file), minutes.file)
    became = f"{html.escape(minutes.file)} {LOST_WORDS[minutes.found]}"
    return f"<strong>not in this pack</strong>: {became}"


def _waivers(program: str, entries: Sequence[Recorded]) -> Iterator[tuple[str, ...]]:
    """All that were asked for, with who did what to them."""
    for one in waiver_stories(o.entry for o in entries if o.entry.program == program):
        happened = [f"asked for by {one.asked.actor.name}"]
        if one.granted is not None:
            happened.append(f"granted by {one.granted.actor.name}")
        if one.withdrawn is not None:
            because = f": {one.withdrawn.because}" if one.withdrawn.because else ""
            happened.append(f"withdrawn by {one.withdrawn.actor.name}{because}")
        told = (told_waiver(one.waiver), one.waiver.because, "; ".join(happened))
        yield f"<code>{html.escape(one.waiver.id)}</code>", *map(html.escape, told)


def _keys_of_the_log(ledger: Ledger) -> Iterator[str]:
    """Its keys, where it has had several: since when, and who vouches for each."""
    terms, _ = ledger.terms()
    if len(terms) == 1:
        return
    yield "<h2>Keys of the log</h2>"
    vouching = {True: "the key before it", False: "nobody: the key before it was lost"}
    yield _table(
        ("from entry", "key", "vouched for by"),
        [
            (
                str(max(term.since, 0)),
                f"<code>{html.escape(str(term.key))}</code>",
                vouching[term.vouched] if term.handover else "the log",
            )
            for term in terms
        ],
    )


def _by(one: Recorded) -> str:
    actor = one.entry.actor
    return html.escape(f"{actor.name} ({actor.how})")


def _row(one: Decision) -> tuple[str, ...]:
    proposal = one.proposal
    what = ", ".join(proposal.named(unit) for unit in proposal.units[:3])
    more = f" and {len(proposal.units) - 3} more" if len(proposal.units) > 3 else ""
    return (
        _link(decision_file(one.id), one.id),
        html.escape(f"{proposal.verdict} {what}{more}"),
        html.escape(one.told_status),
        html.escape(one.proposed_by.name),
        html.escape(", ".join(a.actor.name for a in one.approvals)),
        html.escape(proposal.grounds.evaluation or "judgement"),
    )


def _link(to: str, text: str) -> str:
    return f'<a href="{html.escape(to)}"><code>{html.escape(text)}</code></a>'


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return "<p>None.</p>"
    first = "".join(f"<th>{name}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{first}</tr>{body}</table>"
