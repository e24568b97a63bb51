"""How the ledger of an office is: files, keys, log, anchors, and the evaluations it records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pmpo.assure.minutes import minutes_anchors, minutes_findings
from pmpo.diagnostics import Diagnostic, PmpoError, in_order
from pmpo.store.ledger.anchors import ANCHORS_FILE, Anchor, read_anchors
from pmpo.store.ledger.files import LedgerExamined, examine_folder
from pmpo.store.ledger.office_ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from pmpo.store.evaluations import Evaluations
    from pmpo.store.layout import Store
    from pmpo.store.ledger.log import Ledger, Recorded
    from pmpo.store.ledger.note import VerifierKey

EVALUATED: Final = "Evaluated"
_SECRET: Final = (
    "ledger/key-missing", "ledger/key-damaged", "ledger/key-wrong", "ledger/key-unreadable",
)  # fmt: skip


def examine_ledger(
    office: Path,
    store: Store,
    anchors: Sequence[Anchor] = (),
    trusted: Collection[VerifierKey] = (),
) -> LedgerExamined:
    """Look at everything about a ledger; no ledger is nothing wrong.

    Recorded evaluations and minutes are looked at only where the log can be relied on. Whoever
    verifies needs no secret: that nothing can be appended is a note here, an error for `doctor`.
    """
    examined = _without_secret(examine_folder(store.root, anchors, trusted))
    if examined.verified is None or not examined.sound:
        return examined
    ledger = open_ledger(store.root)
    lost = (*evaluation_findings(ledger, store.evaluations), *minutes_findings(ledger, office))
    return LedgerExamined(examined.verified, in_order([*examined.findings, *lost]))


def _without_secret(examined: LedgerExamined) -> LedgerExamined:
    found = [
        replace(one, severity="note") if one.code in _SECRET else one for one in examined.findings
    ]
    return LedgerExamined(examined.verified, in_order(found))


def kept_anchors(office: Path) -> tuple[Anchor, ...]:
    """The checkpoints in an office's own `anchors.txt`, where there is one, and in its minutes.

    Raises: StoreError `ledger/anchor-unreadable`.
    """
    own = office / ANCHORS_FILE
    return (*(read_anchors(own) if own.exists() else ()), *minutes_anchors(office))


def diagnose_ledger(office: Path, store: Store) -> LedgerExamined:
    """Look at an office's ledger with its own anchors; whatever is wrong is a finding."""
    try:
        anchors = kept_anchors(office)
    except PmpoError as error:
        examined = examine_folder(store.root)
        return LedgerExamined(examined.verified, in_order([*examined.findings, *error.findings]))
    examined = examine_folder(store.root, anchors)
    if examined.verified is None or not examined.sound:
        return examined
    minutes = minutes_findings(open_ledger(store.root), office)
    return LedgerExamined(examined.verified, in_order([*examined.findings, *minutes]))


def evaluation_findings(
    ledger: Ledger,
    evaluations: Evaluations,
    *,
    lost_help: str = "restore the folder `.pmpo/evaluations` from a backup",
) -> tuple[Diagnostic, ...]:
    """Recorded evaluations that are not stored any more, or not with the recorded result.

    An entry of kind `Evaluated` names in its body the `evaluation` and the hash of its `result`.

    Args:
        lost_help: what can be done about one that is lost.
    """
    findings = []
    for recorded in ledger.entries(kind=EVALUATED):
        fact = _fault(recorded, evaluations)
        if fact:
            findings.append(
                Diagnostic(
                    "ledger/evaluation",
                    "error",
                    fact,
                    note="what was recorded can still be proven, but not be looked at or replayed",
                    help=lost_help,
                )
            )
    return tuple(findings)


def _fault(recorded: Recorded, evaluations: Evaluations) -> str:
    body = recorded.entry.body
    id, result = str(body.get("evaluation")), body.get("result")
    named = f"{id}, which entry {recorded.position} records,"
    try:
        stored = evaluations.load(id)
    except PmpoError as error:
        codes = {finding.code for finding in error.findings}
        if codes == {"store/not-found"}:
            return f"{named} is not stored"
        return f"{named} is damaged: {error.findings[0].message}"
    if stored.manifest.get("result") != result:
        return f"{named} is stored with another result than the recorded {result}"
    return ""
