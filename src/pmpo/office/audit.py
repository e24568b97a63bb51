"""The auditor's pack: a folder that proves itself on a machine that has never seen the office.

What is to be read in it follows from what is proven in it, so that `audit_check` makes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pmpo.assure.minutes import Kept, minutes_kept
from pmpo.assure.versions import versions
from pmpo.charter.canonical import text_hash
from pmpo.charter.contracts import stored
from pmpo.charter.load import loads
from pmpo.decide.madr import madr
from pmpo.decide.proven import about
from pmpo.decide.reading import read_state
from pmpo.decide.state import DECIDED, RATIFIED, SIGNED, State
from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.evaluate.record import Record, read_record
from pmpo.model.charter import Charter
from pmpo.model.entry import Entry
from pmpo.office.audit_files import (
    ABOUT,
    CHARTERS,
    DECISIONS,
    ENTRIES,
    EVALUATIONS,
    INDEX,
    LEDGER,
    RECEIPTS,
    charter_file,
    decision_file,
    receipt_file,
)
from pmpo.office.audit_page import index
from pmpo.office.proofs import back_up, proof_of, write_new
from pmpo.store import _disk
from pmpo.store.evaluations import Evaluations
from pmpo.store.layout import Store
from pmpo.store.ledger.database import sqlite
from pmpo.store.ledger.key_file import KeyFile
from pmpo.store.ledger.log import Ledger, Recorded
from pmpo.store.ledger.receipt import receipts_text
from pmpo.store.recorded import KIND as EVALUATED

LOST: Final = "minutes_lost"
"""Which minutes the office did not have any more, by the positions of their entries."""
SCHEMA: Final = 1
PROVEN: Final = (DECIDED, RATIFIED)
"""The kinds of entries that a pack holds a receipt of."""


@dataclass(frozen=True, slots=True)
class Pack:
    """What was written into a pack.

    Args:
        lost: the minutes that are not in it, since the office does not have them as they were held.
    """

    folder: Path
    entries: int
    decisions: int
    charters: int
    evaluations: int
    minutes: int
    lost: tuple[Kept, ...]


def export_pack(office: Path, store: Store, folder: Path) -> Pack:
    """Write everything that was recorded, with what proves it, into a new folder.

    Minutes that are gone or changed keep nobody from having all the rest: the pack names them.

    Args:
        office: the folder in which minutes are.
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
        pack = replace(_filled(office, store, made), folder=folder)
        made.rename(folder)
    return pack


def _filled(office: Path, store: Store, made: Path) -> Pack:
    back_up(store, made / LEDGER)
    ledger = copied(made)  # the log of that moment, also where others append meanwhile
    entries = list(ledger.entries(upto=ledger.size))
    decided = _receipts(ledger, entries, made)
    signed = {one.entry.body["charter_text"] for one in entries if one.entry.kind == SIGNED}
    (made / CHARTERS).mkdir()
    for name in sorted(signed):
        (made / charter_file(name)).write_bytes(store.objects.read_bytes(name))
    recorded = recorded_in(entries)
    kept = Evaluations(made / EVALUATIONS)
    for id in recorded:
        one = store.evaluations.load(id)
        kept.save(id, one.files, one.manifest)
    minutes = list(minutes_kept(office, entries))
    lost = tuple(one for one in minutes if one.text is None)
    _minutes(minutes, made)
    about = {"pack": SCHEMA, "pmpo": versions()["pmpo"], LOST: {o.position: o.found for o in lost}}
    write_new(made / ABOUT, json.dumps(about) + "\n")
    write_new(made / ENTRIES, lines(entries))
    (made / DECISIONS).mkdir()
    for name, text in pages(ledger, entries, charters_in(made, entries), minutes).items():
        write_new(made / name, text)
    held = len(minutes) - len(lost)
    return Pack(made, len(entries), decided, len(signed), len(recorded), held, lost)


def _minutes(found: Iterable[Kept], made: Path) -> None:
    """The minutes as they were held, under the names that the log records."""
    for one in found:
        if one.text is not None:
            path = made / one.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(one.text)


def copied(folder: Path) -> Ledger:
    """The copy of the log that a pack holds; nothing can be appended to it."""
    return Ledger(sqlite(folder / LEDGER), KeyFile(folder / "no.key"))


def _receipts(ledger: Ledger, entries: Sequence[Recorded], made: Path) -> int:
    """A receipt for each decision and each ratification."""
    (made / RECEIPTS).mkdir()
    wanted = [one.entry for one in entries if one.entry.kind in PROVEN]
    proofs = proofs_in(entries)
    for entry in wanted:
        write_new(made / receipt_file(entry), receipts_text(ledger.receipts(proofs[entry.id])))
    return sum(entry.kind == DECIDED for entry in wanted)


def proofs_in(entries: Sequence[Recorded]) -> dict[str, tuple[str, ...]]:
    """The entries that prove each decision and ratification, by the id of its own entry."""
    own: dict[str, list[Entry]] = {}
    for one in entries:
        own.setdefault(about(one.entry), []).append(one.entry)
    wanted = (one.entry for one in entries if one.entry.kind in PROVEN)
    return {entry.id: proof_of(entry, own[about(entry)]) for entry in wanted}


def recorded_in(entries: Iterable[Recorded]) -> list[str]:
    """The evaluations that a log records."""
    return [str(one.entry.body["evaluation"]) for one in entries if one.entry.kind == EVALUATED]


# What is to be read -------------------------------------------------------------------------


def lines(entries: Iterable[Recorded]) -> str:
    """The entries as lines of JSON."""
    told = ({"position": one.position, **json.loads(one.entry.leaf())} for one in entries)
    return "".join(f"{json.dumps(line)}\n" for line in told)


def pages(
    ledger: Ledger,
    entries: list[Recorded],
    charters: dict[str, Charter],
    minutes: Iterable[Kept],
) -> dict[str, str]:
    """The pages of a pack by their files: they follow from its log and what is in it.

    Args:
        charters: by the hash of their bytes.
    """
    states = [_state(name, entries, ledger.size) for name in sorted(_programs(entries))]
    held = {one.position: one for one in minutes}
    found = {INDEX: index(ledger, entries, states, held)}
    for state in states:
        for one in state.decisions.values():
            charter = charters.get(one.proposal.grounds.charter_text)
            found[decision_file(one.id)] = madr(one, charter)
    return found


def charters_in(folder: Path, entries: Iterable[Recorded]) -> dict[str, Charter]:
    """The charters in a pack under which decisions were made, by the hash of their bytes.

    A text that does not have the hash that the log names is none of them. The contracts that a
    charter names are beside evaluations only; so those are looked at first.
    """
    kept = Evaluations(folder / EVALUATIONS, tidy=False)
    found: dict[str, Charter] = {}
    for id in recorded_in(entries):
        try:
            record: Record = read_record(kept.load(id))
        except (PmpoError, ValueError, LookupError, TypeError):
            continue  # it is lost or damaged, which `verify` tells
        _add(found, record.charter_text, dict(record.contracts))
    for one in entries:
        if one.entry.kind == SIGNED:
            path = folder / charter_file(one.entry.body["charter_text"])
            if path.is_file():
                _add(found, path.read_bytes(), {})
    return found


def _add(found: dict[str, Charter], text: bytes, contracts: dict[str, bytes]) -> None:
    name = text_hash(text)
    if name not in found:
        loaded = loads(text, name, stored(contracts, name))
        if loaded.charter is not None:
            found[name] = loaded.charter


def _programs(entries: Iterable[Recorded]) -> set[str]:
    return {one.entry.program for one in entries if one.entry.program is not None}


def _state(program: str, entries: Iterable[Recorded], size: int) -> State:
    own = ((one.position, one.entry) for one in entries if one.entry.program == program)
    return read_state(program, own, size)
