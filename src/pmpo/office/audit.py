"""The auditor's pack: a folder that proves itself on a machine that has never seen the office."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pmpo.assure.ledger import evaluation_findings
from pmpo.decide.madr import madr
from pmpo.decide.state import DECIDED, RATIFIED, SIGNED, Decision, State, read_state
from pmpo.diagnostics import Diagnostic, PmpoError, StoreError, in_order, stop
from pmpo.model.charter import Charter
from pmpo.office.proofs import VerifiedLog, VerifiedReceipt, back_up, verify_file, write_new
from pmpo.store import _disk
from pmpo.store.evaluations import Evaluations
from pmpo.store.layout import Store
from pmpo.store.ledger.authors import KEY_DECLARED
from pmpo.store.ledger.database import sqlite
from pmpo.store.ledger.key_file import KeyFile
from pmpo.store.ledger.log import Ledger, Recorded
from pmpo.store.objects import hash_bytes
from pmpo.store.recorded import KIND as EVALUATED

LEDGER: Final = "ledger.db"
ENTRIES: Final = "entries.jsonl"
RECEIPTS: Final = "receipts"
CHARTERS: Final = "charters"
DECISIONS: Final = "decisions"
EVALUATIONS: Final = "evaluations"
INDEX: Final = "index.html"


@dataclass(frozen=True, slots=True)
class Pack:
    """What was written into a pack."""

    folder: Path
    entries: int
    decisions: int
    charters: int
    evaluations: int


def export_pack(
    store: Store, ledger: Ledger, folder: Path, charters: Mapping[str, Charter]
) -> Pack:
    """Write everything that was recorded, with what proves it, into a new folder.

    Args:
        charters: those of the programs, for the names in decision records.
    Raises: StoreError `ledger/file-exists`, `store/not-found` …: nothing is left half-made then.
    """
    if folder.exists():
        raise stop(
            "ledger/file-exists",
            f"{folder} is there already",
            help="name a new folder",
            error=StoreError,
        )
    with _disk.store_errors(folder.parent), _disk.scratch_folder(folder.parent) as scratch:
        made = scratch / "pack"
        made.mkdir()
        pack = _filled(store, ledger, made, charters)
        made.rename(folder)
    return Pack(folder, *pack)


def _filled(
    store: Store, ledger: Ledger, made: Path, charters: Mapping[str, Charter]
) -> tuple[int, int, int, int]:
    back_up(store, made / LEDGER)
    size = ledger.size
    entries = list(ledger.entries(upto=size))
    lines = [json.dumps({"position": one.position, **_json(one)}) for one in entries]
    write_new(made / ENTRIES, "".join(f"{line}\n" for line in lines))
    decided = _receipts(ledger, entries, made)
    signed = {one.entry.body["charter_text"] for one in entries if one.entry.kind == SIGNED}
    (made / CHARTERS).mkdir()
    for name in sorted(signed):
        data = store.objects.read_bytes(name)
        (made / _charter_file(name)).write_bytes(data)
    recorded = [str(one.entry.body["evaluation"]) for one in entries if one.entry.kind == EVALUATED]
    kept = Evaluations(made / EVALUATIONS)
    for id in recorded:
        stored = store.evaluations.load(id)
        kept.save(id, stored.files, stored.manifest)
    states = [_state(name, entries, size) for name in sorted(_programs(entries))]
    (made / DECISIONS).mkdir()
    for state in states:
        for one in state.decisions.values():
            charter = charters.get(state.program)
            if charter is not None:
                write_new(made / DECISIONS / f"{one.id}.md", madr(one, charter))
    write_new(made / INDEX, _index(ledger, entries, states))
    return len(entries), decided, len(signed), len(recorded)


def _charter_file(name: str) -> str:
    return f"{CHARTERS}/{name.removeprefix('sha256:')}.yaml"


def _json(one: Recorded) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(one.entry.leaf())
    return told


def _receipts(ledger: Ledger, entries: list[Recorded], made: Path) -> int:
    """A receipt for each decision and each ratification."""
    (made / RECEIPTS).mkdir()
    kinds = (DECIDED, RATIFIED)
    wanted = [one.entry for one in entries if one.entry.kind in kinds]
    for entry in wanted:
        name = entry.id.replace(":", "-")
        write_new(made / RECEIPTS / f"{name}.txt", str(ledger.receipt(entry.id)))
    return sum(entry.kind == DECIDED for entry in wanted)


def _programs(entries: list[Recorded]) -> set[str]:
    return {one.entry.program for one in entries if one.entry.program is not None}


def _state(program: str, entries: list[Recorded], size: int) -> State:
    own = ((one.position, one.entry) for one in entries if one.entry.program == program)
    return read_state(program, own, size)


# The page -----------------------------------------------------------------------------------

_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid #8884;vertical-align:top}code{font-size:.9em;overflow-wrap:anywhere}"
    ":root{color-scheme:light dark}"
)


def _index(ledger: Ledger, entries: list[Recorded], states: list[State]) -> str:
    return "\n".join(_page(ledger, entries, states)) + "\n"


def _page(ledger: Ledger, entries: list[Recorded], states: list[State]) -> Iterator[str]:
    title, key = html.escape(f"Audit of {ledger.origin}"), html.escape(str(ledger.key))
    yield "<!doctype html>"
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
    yield f"<h1>{title}</h1>"
    yield (
        f"<p>{len(entries):,} entries. Verify all of it with <code>pmpo verify FOLDER</code>, and "
        "one decision with <code>pmpo verify FOLDER/receipts/…</code>; neither needs the office. "
        f"The log's key is <code>{key}</code>: compare it with what you know from elsewhere.</p>"
    )
    yield from _keys_of_the_log(ledger)
    for state in states:
        yield f"<h2>{html.escape(state.program)}</h2>"
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
                    _link(
                        f"{CHARTERS}/{one.charter_text.removeprefix('sha256:')}.yaml",
                        one.charter_text,
                    ),
                )
                for one in state.ratifications
            ],
        )
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
    names = {r.unit: r.label for r in proposal.recommended}
    what = ", ".join(names.get(unit, unit) for unit in proposal.units[:3])
    more = f" and {len(proposal.units) - 3} more" if len(proposal.units) > 3 else ""
    return (
        _link(f"{DECISIONS}/{one.id}.md", one.id),
        html.escape(f"{proposal.verdict} {what}{more}"),
        html.escape(one.status),
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


# Verifying ----------------------------------------------------------------------------------


def verify_pack(
    folder: Path, *, anchors: Sequence[Path] = (), keys: Sequence[str] = ()
) -> VerifiedLog:
    """Verify a pack with nothing else at hand: log, receipts, charters and evaluations.

    Args:
        anchors: files that the log is compared with.
        keys: verifier keys known from elsewhere, which the log must be signed by.
    Raises: StoreError `store/not-found`, `receipt/unreadable`.
    """
    path = folder / LEDGER
    if not path.is_file():
        raise stop(
            "receipt/unreadable",
            f"{folder} is no auditor's pack: it has no {LEDGER}",
            help="name a folder that `pmpo export audit` wrote",
            error=StoreError,
        )
    log = verify_file(path, anchors=anchors, keys=keys)
    assert isinstance(log, VerifiedLog)
    findings = list(log.findings)
    if log.log is not None:
        ledger = Ledger(sqlite(path), KeyFile(folder / "no.key"))
        findings += evaluation_findings(ledger, Evaluations(folder / EVALUATIONS, tidy=False))
        findings += _pack_findings(folder, ledger)
    return VerifiedLog(log.log, in_order(findings))


def _pack_findings(folder: Path, ledger: Ledger) -> Iterator[Diagnostic]:
    """Charters that are not the bytes that were signed, and receipts that prove nothing."""
    for recorded in ledger.entries(kind=SIGNED):
        name = recorded.entry.body["charter_text"]
        path = folder / _charter_file(name)
        if not path.is_file() or hash_bytes(path.read_bytes()) != name:
            yield _fault(f"{path} does not hold the bytes that entry {recorded.position} signs")
    leaves = {one.entry.id: one.entry.leaf() for one in ledger.entries()}
    for recorded in ledger.entries(kind=(DECIDED, RATIFIED)):
        path = folder / RECEIPTS / f"{recorded.entry.id.replace(':', '-')}.txt"
        try:
            found = verify_file(path, keys=(str(ledger.key),))
        except PmpoError as error:
            yield _fault(f"{path}: {error.findings[0].message}")
            continue
        if not (isinstance(found, VerifiedReceipt) and found.sound):
            yield _fault(f"{path} proves nothing")
        elif found.receipt.leaf != leaves[recorded.entry.id]:
            yield _fault(f"{path} is the receipt of another entry")


def _fault(fact: str) -> Diagnostic:
    return Diagnostic(
        "receipt/pack",
        "error",
        fact,
        note="the pack was changed after it was written, or damaged on its way",
        help="ask for it again, and compare the log's key with what you know from elsewhere",
    )
