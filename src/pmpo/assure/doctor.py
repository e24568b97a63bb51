"""The state of an office's store: structure, meaning of each evaluation, and the data it read."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pmpo.charter.contracts import stored
from pmpo.charter.load import loads
from pmpo.diagnostics import Diagnostic, PmpoError, in_order
from pmpo.evaluate.record import Record, read_record
from pmpo.model.canonical import hash_json
from pmpo.model.time import utc_text
from pmpo.store import _disk
from pmpo.store.collect import by_program
from pmpo.store.examine import Examined, examine
from pmpo.store.inventory import Item, item, references
from pmpo.store.layout import LEDGER
from pmpo.store.objects import hash_bytes, hash_file
from pmpo.store.recorded import RecordedEvaluation, recorded, signed_charters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pmpo.store.layout import Store

_BACKUP = (
    "restore the folder `.pmpo` from a backup; or move this evaluation's folder out of the store "
    "and run the program again as of the same moment"
)


def diagnose(office: Path) -> tuple[tuple[Diagnostic, ...], Examined]:
    """Find every kind of damage in an office's store; nothing is changed.

    Returns: the findings, errors first, and what was seen on the way.
    """
    seen = examine(office)
    findings = list(seen.findings)
    for one in seen.items:
        if one.id in seen.whole:
            findings += _evaluation(seen.store, one)
    findings += _sources(seen.items, office.resolve())
    if seen.readable:
        from pmpo.assure.ledger import diagnose_ledger, log_is_whole, told_in

        ledger = diagnose_ledger(office, seen.store)
        findings += [one for one in ledger.findings if one not in findings]
        if log_is_whole(ledger) or not ledger.findings:
            findings += _unreferenced(seen)
        if log_is_whole(ledger):
            with told_in(findings, seen.store.evaluations.root):
                findings += _recorded(seen)
        seen = replace(seen, ledger=ledger.verified.size if ledger.verified else None)
        if not any(one.code == "doctor/not-readable" for one in findings):
            findings += _read_only(seen.store.root)
    return in_order(findings), seen


def _unreferenced(seen: Examined) -> list[Diagnostic]:
    """Copies that `gc` would delete: charters that somebody has signed always stay."""
    signed = signed_charters(seen.store.root)
    spare = {name: size for name, size in seen.spare.items() if name not in signed}
    if not spare:
        return []
    return [
        Diagnostic(
            "doctor/unreferenced",
            "note",
            f"no evaluation rests on {len(spare)} of {seen.objects[0]} stored copies "
            f"({sum(spare.values()):,} bytes)",
            note="runs that were stopped or refused leave copies",
            help="`pmpo gc --delete` removes them",
        )
    ]


def _read_only(root: Path) -> list[Diagnostic]:
    """What this user can look at and add nothing to; an auditor may want it so."""
    ledger = root / LEDGER
    places = (root, root / "evaluations", root / "objects", ledger, ledger / "ledger.db")
    closed = [one for one in places if _may(one, os.R_OK) and not _may(one, os.W_OK)]
    return [
        Diagnostic(
            "doctor/read-only",
            "note",
            f"{one} may be read by this user, and not written",
            note="nothing can be evaluated or recorded by this user; all can be looked at",
            help="where that is not meant so, give this user the right to write it",
        )
        for one in closed[:1]
    ]


def _may(path: Path, what: int) -> bool:
    return os.access(path, what, effective_ids=os.access in os.supports_effective_ids)


# What one evaluation says -----------------------------------------------------------------


def _evaluation(store: Store, one: Item) -> list[Diagnostic]:
    """What contradicts itself in an evaluation whose files all have their hashes."""
    try:
        record = read_record(store.evaluations.load(one.id))
    except PmpoError as error:
        return [_renamed(finding) for finding in error.findings]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [_finding("doctor/record-damaged", f"{one.id} cannot be read back: {error}")]
    return [*_disagreements(one, record), *_identity(record), *_charter(one, record)]


def _renamed(finding: Diagnostic) -> Diagnostic:
    if finding.code != "store/damaged":
        return finding
    return _finding("doctor/results-changed", finding.message, note=finding.note)


def _disagreements(one: Item, record: Record) -> list[Diagnostic]:
    evaluation = record.evaluation
    told = {"evaluation": evaluation.id, "program": evaluation.program}
    told["result"] = evaluation.result_hash
    return [
        _finding(
            "doctor/manifest-disagrees",
            f"{one.id}: the manifest says {name} {one.manifest.get(name)}, "
            f"and evaluation.json {value}",
        )
        for name, value in told.items()
        if one.manifest.get(name) != value
    ]


def _identity(record: Record) -> list[Diagnostic]:
    evaluation = record.evaluation
    named = "ev-" + hash_json(dict(evaluation.identity)).removeprefix("sha256:")[:12]
    if named == evaluation.id:
        return []
    return [
        _finding(
            "doctor/identity",
            f"{evaluation.id} says it rests on what would make it {named}",
            note="an evaluation is named by the hash of everything it rests on",
        )
    ]


def _charter(one: Item, record: Record) -> list[Diagnostic]:
    text = hash_bytes(record.charter_text)
    if text != one.manifest.get("charter_text"):
        return [
            _finding(
                "doctor/charter-changed",
                f"the charter stored with {one.id} is not the text it was made under",
                note=f"its bytes are {text}, recorded were {one.manifest.get('charter_text')}",
            )
        ]
    loaded = loads(record.charter_text, f"{one.id}/charter.yaml", stored(record.contracts, one.id))
    if loaded.charter is None:
        return [
            _finding(
                "doctor/record-damaged",
                f"the charter stored with {one.id} cannot be read: {loaded.findings[0].message}",
            )
        ]
    if loaded.charter.logic_hash != record.evaluation.identity.get("charter"):
        return [
            _finding(
                "doctor/charter-changed",
                f"the charter stored with {one.id} has another logic than the one it was made "
                "under",
            )
        ]
    return []


# What the ledger says of it ---------------------------------------------------------------


def _recorded(seen: Examined) -> list[Diagnostic]:
    """Recorded evaluations that are not stored as the ledger, which is sound, names them."""
    found = recorded(seen.store.root)
    stored = set(seen.store.evaluations.ids())
    results = {one.id: one.manifest.get("result") for one in seen.items}
    return [
        finding
        for one in found
        for finding in _as_recorded(one, results.get(one.id), there=one.id in stored)
    ]


def _as_recorded(one: RecordedEvaluation, result: object, *, there: bool) -> Iterator[Diagnostic]:
    entry = f"entry {one.position} of the ledger, by {one.by}"
    if not there:
        yield Diagnostic(
            "doctor/recorded-missing",
            "error",
            f"{one.id} of {one.program} is recorded and not stored",
            note=f"{entry}; later evaluations may build on it, and none of them replays without it",
            help="restore its folder from a backup, or run the program as of "
            f"{utc_text(one.as_of)} again: the same charter and data give the same evaluation",
        )
    elif result is not None and result != one.result:
        yield _finding(
            "doctor/recorded-changed",
            f"{one.id} is stored with another result than the one that was recorded",
            note=f"stored is {result}; {entry}, says {one.result}",
        )


# The data it was measured on --------------------------------------------------------------


def _sources(items: tuple[Item, ...], office: Path) -> list[Diagnostic]:
    """Referenced files that are not what they were: such evaluations can only be scored again."""
    recorded: dict[str, dict[str, list[str]]] = {}
    for one in items:
        for file in references(one.manifest):
            states = recorded.setdefault(file["path"], {})
            states.setdefault(file["sha256"], []).append(one.id)
    return [
        finding
        for path, states in sorted(recorded.items())
        for finding in _source(office / path, path, states)
    ]


def _source(path: Path, shown: str, states: Mapping[str, list[str]]) -> list[Diagnostic]:
    try:
        special = path.exists() and not path.is_file()
        actual = "not a file" if special else hash_file(path).removeprefix("sha256:")
    except FileNotFoundError:
        return [
            _moved(
                "doctor/source-gone",
                f"{shown} is gone",
                [id for ids in states.values() for id in ids],
            )
        ]
    except OSError as error:
        return [
            Diagnostic(
                "doctor/not-readable",
                "warning",
                f"{shown}: {error.strerror}",
                note="whether it is still what evaluations were measured on cannot be seen",
                help="give this user the right to read it",
            )
        ]
    others = [id for digest, ids in states.items() if digest != actual for id in ids]
    return [_moved("doctor/source-changed", f"{shown} has changed", others)] if others else []


def _moved(code: str, fact: str, ids: list[str]) -> Diagnostic:
    shown = ", ".join(sorted(ids)[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
    return Diagnostic(
        code,
        "warning",
        f"{fact} since it was measured",
        note=f"{shown} can be scored again, but not measured again",
        help="restore the file from a backup; write new files instead of changing old ones, or "
        "declare the source as `mode: snapshot`, so that a copy is kept",
    )


def _finding(code: str, fact: str, *, note: str = "") -> Diagnostic:
    return Diagnostic(code, "error", fact, note=note, help=_BACKUP)


# Repair -----------------------------------------------------------------------------------


def repair(store: Store) -> list[str]:
    """Repair what can be repaired without loss, and say what was done.

    Whoever calls holds the store's lock alone.

    Raises: StoreError `store/not-writable`, `store/failed`.
    """
    done = [f"removed {path}" for path in store.stale() if _disk.remove_if_stale(path)]
    done += [f"removed {folder}" for folder in _without_damaged(store)]
    found = _readable(store)
    newest = {program: of[0].id for program, of in by_program(found).items()}
    programs = {one.id: one.program for one in found}
    for program in store.evaluations.programs():
        named = _named(store, program)
        if programs.get(named) == program or named in _unreadable(store, programs):
            continue
        if program in newest:
            store.evaluations.set_latest(program, newest[program])
            done.append(f"the latest evaluation of {program} is now {newest[program]}")
        else:
            store.evaluations.forget_latest(program)
            done.append(f"{program} has no evaluation left; its pointer was removed")
    for program in sorted(set(newest) - set(store.evaluations.programs())):
        store.evaluations.set_latest(program, newest[program])
        done.append(f"the latest evaluation of {program} is now {newest[program]}")
    return done


def _without_damaged(store: Store) -> list[Path]:
    """Remove histories that are not what was stored; they can be measured again."""
    removed = []
    for key in store.histories.all_keys():
        try:
            store.histories.verify(key)
        except PmpoError:
            store.histories.remove(key)
            removed.append(store.histories.folder(key))
    return removed


def _readable(store: Store) -> list[Item]:
    found = []
    for id in store.evaluations.ids():
        try:
            found.append(item(store.evaluations, id))
        except PmpoError:
            continue  # `diagnose` has reported it; a pointer never leads to it
    return found


def _unreadable(store: Store, readable: Mapping[str, Any]) -> set[str]:
    """Evaluations that are there but damaged: a pointer to one is right, and stays."""
    return set(store.evaluations.ids()) - set(readable)


def _named(store: Store, program: str) -> str:
    try:
        return store.evaluations.latest(program) or ""
    except PmpoError:
        return ""  # it names nothing, which is what is repaired
