"""The page of an auditor's pack: what was decided and signed, for people to read.

One file without scripts and without anything from elsewhere; its own policy refuses both.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Final
from urllib.parse import unquote

from pmpo.assure.minutes import Kept
from pmpo.decide.proven import about
from pmpo.decide.state import RAISED, State
from pmpo.office.audit_files import ENTRIES
from pmpo.office.audit_html import (
    Section,
    acted,
    anchored,
    counted,
    facts,
    linked,
    moment,
    name,
    plain,
    table,
    within,
)
from pmpo.office.audit_program import program
from pmpo.store.ledger.authors import KEY_DECLARED
from pmpo.store.ledger.log import Ledger, Recorded

_STYLE: Final = "audit.css"
_NAMING: Final = ("decision", "evaluation", "due")
"""Where entries name what they are about, if it is on the page."""


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
    programs = {one.program: list(program(one, entries, minutes)) for one in states}
    return _leading_somewhere("\n".join(_page(ledger, entries, programs)) + "\n")


def _leading_somewhere(page: str) -> str:
    """A page without links to places that it does not have: an evaluation that nobody recorded."""
    there = set(re.findall(' id="([^"]+)"', page))

    def kept(link: re.Match[str]) -> str:
        return link[0] if plain(unquote(link[1])) in there else link[2]

    return re.sub('<a href="#([^"]+)">(.*?)</a>', kept, page)


def _page(
    ledger: Ledger, entries: Sequence[Recorded], programs: Mapping[str, Sequence[Section]]
) -> Iterator[str]:
    log = [*_keys_of_the_log(ledger), _keys_of_people(entries), _entries(entries)]
    title = plain(f"Audit of {ledger.origin}")
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield from _head(title)
    yield f"</head><body><header><h1>{title}</h1>"
    yield from _begins(ledger, entries)
    yield "</header>"
    yield from _contents(programs, log)
    yield "<main>"
    for called, sections in programs.items():
        yield f'<h2 id="{plain(f"program-{called}")}">{plain(called)}</h2>'
        yield from map(_section, sections)
    yield '<h2 id="log">The log</h2>'
    yield from map(_section, log)
    yield "</main></body></html>"


def _head(title: str) -> Iterator[str]:
    """Its title and style, and the policy by which a browser loads and runs nothing else."""
    style = files("pmpo.office").joinpath(_STYLE).read_text("utf-8")
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title><style>{style}</style>"


def _section(one: Section) -> str:
    told = f" <small>{one.told}</small>" if one.told else ""
    return f'<section id="{plain(one.id)}"><h3>{one.title}{told}</h3>\n{one.body}\n</section>'


def _contents(programs: Mapping[str, Iterable[Section]], log: Iterable[Section]) -> Iterator[str]:
    """What is on the page, each with a link and how much of it there is."""
    parts = [(f"program-{called}", called, of) for called, of in programs.items()]
    yield '<nav aria-label="Contents"><ul>'
    for id, called, sections in [*parts, ("log", "The log", log)]:
        inner = "".join(
            f"<li>{within(one.id, one.title)}" + f" <small>{one.told}</small>" * bool(one.told)
            for one in sections
        )
        yield f"<li><strong>{within(id, called)}</strong><ul>{inner}</ul></li>"
    yield "</ul></nav>"


def _begins(ledger: Ledger, entries: Sequence[Recorded]) -> Iterator[str]:
    """What it is, how it is verified, and what its words mean."""
    dates = [moment(one.entry.recorded_at) for one in (*entries[:1], *entries[-1:])]
    yield facts(
        (
            ("log", name(ledger.origin)),
            ("entries", f"{len(entries):,}"),
            ("recorded", f"from {dates[0]} to {dates[-1]}" if dates else ""),
            ("key of the log", f"<code>{plain(str(ledger.key))}</code>"),
            ("root hash", f"<code>{ledger.root().hex()}</code>"),
        )
    )
    yield (
        "<p>This page follows from the log beside it, and proves nothing by itself. Verify all of "
        "it with <code>pmpo verify FOLDER</code>, and one decision with <code>pmpo verify "
        "FOLDER/receipts/…</code>; neither needs the office. Compare the key, or a checkpoint "
        "that somebody else has kept (<code>--anchor FILE</code>), with what you know from "
        "elsewhere: whoever owns a log can write another one.</p>"
    )
    yield (
        "<p>Behind each name stands how it was known: <em>asserted</em> they said so, <em>key</em> "
        "they signed with their own key, <em>session</em> they were logged in.</p>"
    )


def _entries(entries: Sequence[Recorded]) -> Section:
    """All that was recorded, in its order; each with what it is about, where the page shows it."""
    rows = (
        (
            anchored(f"entry-{one.position}", str(one.position)),
            plain(one.entry.kind),
            _about(one),
            name(one.entry.program or ""),
            moment(one.entry.recorded_at),
            acted(one.entry.actor),
        )
        for one in entries
    )
    head = ("position", "kind", "about", "program", "recorded", "by")
    intro = f"<p>Whole, with all that they say, they stand in {linked(ENTRIES, ENTRIES)}.</p>"
    return Section("entries", "Entries", f"{len(entries):,}", f"{intro}{table(head, rows)}")


def _about(one: Recorded) -> str:
    body, raised = one.entry.body, one.entry.id if one.entry.kind == RAISED else ""
    id = about(one.entry) or raised or next((str(body[n]) for n in _NAMING if n in body), "")
    return within(id) if id else ""


def _keys_of_people(entries: Sequence[Recorded]) -> Section:
    """Which key signs for whom, and since when."""
    declared = [one for one in entries if one.entry.kind == KEY_DECLARED]
    rows = (
        (
            within(f"entry-{one.position}", str(one.position)),
            name(str(one.entry.body["person"])),
            f"<code>{plain(str(one.entry.body['key']) or 'none any more')}</code>",
            acted(one.entry.actor),
        )
        for one in declared
    )
    head = ("from entry", "person", "key that signs for them", "declared by")
    return Section("people", "Keys of people", f"{len(declared):,}", table(head, rows))


def _keys_of_the_log(ledger: Ledger) -> Iterator[Section]:
    """Its keys, where it has had several: since when, and who vouches for each."""
    terms, _ = ledger.terms()
    if len(terms) == 1:
        return
    vouching = {True: "the key before it", False: "nobody: the key before it was lost"}
    rows = (
        (
            str(max(term.since, 0)),
            f"<code>{plain(str(term.key))}</code>",
            vouching[term.vouched] if term.handover else "the log",
        )
        for term in terms
    )
    made = table(("from entry", "key", "vouched for by"), rows)
    yield Section("keys", "Keys of the log", counted(len(terms), "key"), made)
