"""The page of an auditor's pack: what was decided and signed, for people to read."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pmpo.assure.minutes import Kept
from pmpo.decide.state import State
from pmpo.office.audit_html import acted, moment, table
from pmpo.office.audit_program import program
from pmpo.store.ledger.authors import KEY_DECLARED
from pmpo.store.ledger.log import Ledger, Recorded

_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid #8884;vertical-align:top}code{font-size:.9em;overflow-wrap:anywhere}"
    "pre{white-space:pre-wrap;border-left:3px solid #8884;padding-left:1rem}"
    ".short,td:first-child{white-space:nowrap}details{margin-top:.5rem}h1{overflow-wrap:anywhere}"
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
    title = html.escape(f"Audit of {ledger.origin}")
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
    yield f"<h1>{title}</h1>"
    yield from _begins(ledger, entries)
    yield from _keys_of_the_log(ledger)
    for state in states:
        yield from program(state, entries, minutes)
    yield from _keys_of_people(entries)
    yield "<h2>Entries</h2>"
    yield table(
        ("position", "kind", "program", "recorded", "by"),
        (
            (
                str(one.position),
                html.escape(one.entry.kind),
                html.escape(one.entry.program or ""),
                moment(one.entry.recorded_at),
                acted(one.entry.actor),
            )
            for one in entries
        ),
    )
    yield "</body></html>"


def _begins(ledger: Ledger, entries: Sequence[Recorded]) -> Iterator[str]:
    """What it is, how it is verified, and what its words mean."""
    counted = f"{len(entries):,} {'entry' if len(entries) == 1 else 'entries'}"
    dates = [moment(one.entry.recorded_at) for one in (*entries[:1], *entries[-1:])]
    when = f", recorded from {dates[0]} to {dates[-1]}" if dates else ""
    yield (
        f"<p>{counted}{when}. Verify all of it with <code>pmpo verify FOLDER</code>, and one "
        "decision with <code>pmpo verify FOLDER/receipts/…</code>; neither needs the office. The "
        f"log's key is <code>{html.escape(str(ledger.key))}</code>: compare it with what you know "
        "from elsewhere, or give a checkpoint that somebody else has kept with "
        "<code>--anchor FILE</code>.</p>"
    )
    yield (
        "<p>Behind each name stands how it was known: <em>asserted</em> they said so, <em>key</em> "
        "they signed with their own key, <em>session</em> they were logged in.</p>"
    )


def _keys_of_people(entries: Sequence[Recorded]) -> Iterator[str]:
    """Which key signs for whom, and since when."""
    yield "<h2>Keys of people</h2>"
    yield table(
        ("from entry", "person", "key that signs for them", "declared by"),
        (
            (
                str(one.position),
                html.escape(str(one.entry.body["person"])),
                f"<code>{html.escape(str(one.entry.body['key']) or 'none any more')}</code>",
                acted(one.entry.actor),
            )
            for one in entries
            if one.entry.kind == KEY_DECLARED
        ),
    )


def _keys_of_the_log(ledger: Ledger) -> Iterator[str]:
    """Its keys, where it has had several: since when, and who vouches for each."""
    terms, _ = ledger.terms()
    if len(terms) == 1:
        return
    yield "<h2>Keys of the log</h2>"
    vouching = {True: "the key before it", False: "nobody: the key before it was lost"}
    yield table(
        ("from entry", "key", "vouched for by"),
        (
            (
                str(max(term.since, 0)),
                f"<code>{html.escape(str(term.key))}</code>",
                vouching[term.vouched] if term.handover else "the log",
            )
            for term in terms
        ),
    )
