"""The commands about proof: verify a ledger, a receipt, a backup; write what others can verify."""

from __future__ import annotations

import getpass
import json
import sys
from typing import TYPE_CHECKING

import typer

from pmpo.cli import proof_views
from pmpo.cli.exits import FINDINGS
from pmpo.cli.output import (
    print_json,
    report_findings,
    show,
    show_findings,
    write,
    write_data,
)
from pmpo.cli.store_commands import tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pmpo.office import Office


def verify(
    file: Path | None, folder: Path, anchors: Sequence[Path], keys: Sequence[str], format: str
) -> None:
    """Print what a ledger, a receipt or a backup proves; leave with 1 when it does not."""
    from pmpo.office.proofs import VerifiedDecision, VerifiedLog, VerifiedReceipt, verify_file

    found: VerifiedLog | VerifiedReceipt | VerifiedDecision
    if file is None:
        found = _office(folder).verify(anchors, keys)
    else:
        from pmpo.office.audit_check import verify_pack

        pack = file.is_dir()
        found = (
            verify_pack(file, anchors=anchors, keys=keys)
            if pack
            else verify_file(file, anchors=anchors, keys=keys)
        )
    if format == "json":
        print_json(found.as_json())
    else:
        if isinstance(found, VerifiedLog):
            show(*proof_views.log(found, own=file is None))
        elif isinstance(found, VerifiedDecision):
            show(*proof_views.decision(found))
        else:
            show(*proof_views.receipt(found))
        if found.findings:
            show_findings(found.findings)
            write("\n")
        show(proof_views.verdict(found.sound))
    if not found.sound:
        raise typer.Exit(FINDINGS)


def key(name: str | None, *, new: bool) -> None:
    """Print the public half of a person's key; make the key first if asked to."""
    from pmpo.store.ledger.keys import (
        exposure,
        new_personal_key,
        personal_key,
        personal_key_file,
    )

    name = name or getpass.getuser()
    made = new_personal_key(name) if new else personal_key(name)
    write_data(f"{made.verifier}\n")
    found = exposure(personal_key_file(name))
    if found:
        report_findings(found)


def rotate(
    folder: Path, who: str, own: Path | None, because: str, *, lost: bool, format: str
) -> None:
    """Give the ledger another key, and say what to do with it."""
    rotated = _office(folder).rotate(who, because, key=own, lost=lost)
    if format == "json":
        print_json(rotated.as_json())
    else:
        show(*proof_views.rotated(rotated))


def clock(folder: Path, who: str, own: Path | None, because: str) -> None:
    """Record that the last entry was dated ahead, and say from when things count."""
    placed = _office(folder).correct_clock(who, because, key=own)
    show(proof_views.clock_corrected(placed))


def export_receipt(id: str, folder: Path, to: Path | None) -> None:
    """Write the receipt of an entry; that of a decision proves all of it."""
    from pmpo.office.proofs import receipt_of

    _write(receipt_of(_office(folder).ledger(), id), to)


def export_checkpoint(folder: Path) -> None:
    """Print the newest signed checkpoint."""
    write_data(str(_office(folder).ledger().checkpoint()))


def export_key(folder: Path, *, all: bool) -> None:
    """Print the log's verifier key, or every one that it has had."""
    terms, _ = _office(folder).ledger().terms()
    write_data("".join(f"{term.key}\n" for term in (terms if all else terms[-1:])))


def export_anchor(file: Path | None, folder: Path) -> None:
    """Add the newest checkpoint to a text file."""
    path, checkpoint, added = _office(folder).anchor(file)
    show(proof_views.anchored(path, checkpoint.size, added))


def export_backup(file: Path, folder: Path) -> None:
    """Copy the ledger, verify the copy and say what is in it."""
    copied = _office(folder).back_up_ledger(file)
    show(proof_views.backed_up(file, copied))


def export_entries(folder: Path, kind: str | None, program: str | None) -> None:
    """Print entries as lines of JSON, in the order of the log."""
    for one in _office(folder).ledger().entries(kind=kind, program=program):
        said = {"position": one.position, **json.loads(one.entry.leaf())}
        write_data(json.dumps(said, ensure_ascii=False) + "\n")


def export_audit(to: Path, folder: Path) -> None:
    """Write an auditor's pack; leave with 1 where minutes are not in it, which are named."""
    from pmpo.assure.minutes import lost

    pack = _office(folder).audit(to)
    counted = (
        proof_views.counted(pack.entries, "entry", "entries"),
        proof_views.counted(pack.decisions, "decision"),
        proof_views.counted(pack.charters, "signed charter"),
        proof_views.counted(pack.evaluations, "evaluation"),
        f"minutes of {proof_views.counted(pack.minutes, 'review')}",
    )
    write(
        f"{pack.folder}: {', '.join(counted)}\n"
        f"read {pack.folder}/index.html; verify with: pmpo verify {pack.folder}\n"
    )
    if pack.lost:
        report_findings([finding for one in pack.lost for finding in lost(one, folder)])
        raise typer.Exit(FINDINGS)


def _write(text: str, to: Path | None) -> None:
    if to is None:
        write_data(text)
        return
    from pmpo.office.proofs import write_new

    write_new(to, text)
    show(proof_views.written(to))


def _office(folder: Path) -> Office:
    from pmpo.office import Office

    return Office(folder, tell=tell if sys.stderr is not None else None)
