"""How the ledger of an office is: files, keys, log, anchors, and the evaluations it records."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pmpo.assure.minutes import minutes_anchors, minutes_findings
from pmpo.diagnostics import Diagnostic, PmpoError, StoreError, in_order
from pmpo.store._disk import is_there, store_errors
from pmpo.store.examine import not_readable
from pmpo.store.layout import open_store, prepare
from pmpo.store.ledger.anchors import ANCHORS_FILE, Anchor, read_anchors
from pmpo.store.ledger.files import LedgerExamined, examine_folder
from pmpo.store.ledger.office_ledger import FOLDER, open_ledger
from pmpo.store.recorded import SIGNED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from pmpo.store.evaluations import Evaluations
    from pmpo.store.layout import Store
    from pmpo.store.ledger.log import Ledger, Recorded
    from pmpo.store.ledger.note import VerifierKey
    from pmpo.store.objects import Objects

EVALUATED: Final = "Evaluated"
_SECRET: Final = (
    "ledger/key-missing", "ledger/key-damaged", "ledger/key-wrong", "ledger/key-unreadable",
    "ledger/write-ahead",
)  # fmt: skip
_BESIDE: Final = (
    *_SECRET, "ledger/key-exposed", "ledger/charter", "ledger/anchor-unreadable",
    "ledger/minutes-changed", "ledger/minutes-missing", "doctor/not-readable", "doctor/stray-file",
)  # fmt: skip


def examine_ledger(
    office: Path,
    store: Store,
    anchors: Sequence[Anchor] = (),
    trusted: Collection[VerifierKey] = (),
) -> LedgerExamined:
    """Look at everything about a ledger, with the office's own anchors and those given.

    No ledger is nothing wrong, unless an anchor tells of one. Recorded evaluations are looked at
    only where the log can be relied on. Whoever verifies needs no secret: that nothing can be
    appended is a note here, an error for `doctor`.
    """
    examined = _without_secret(_examined(office, store, anchors, trusted))
    if not log_is_whole(examined):
        return examined
    findings = list(examined.findings)
    with told_in(findings, store.evaluations.root):
        findings += evaluation_findings(open_ledger(store.root), store.evaluations)
    return LedgerExamined(examined.verified, in_order(findings))


def diagnose_ledger(office: Path, store: Store) -> LedgerExamined:
    """Look at an office's ledger with its own anchors; whatever is wrong is a finding."""
    return _examined(office, store, (), ())


def _examined(
    office: Path, store: Store, anchors: Sequence[Anchor], trusted: Collection[VerifierKey]
) -> LedgerExamined:
    findings: list[Diagnostic] = []
    own: list[Anchor] = []
    for kept in (_own_anchors, minutes_anchors):
        with told_in(findings, office):
            own += kept(office)
    verified = None
    with told_in(findings, store.root):
        examined = examine_folder(store.root, [*own, *anchors], trusted)
        verified = examined.verified
        findings += examined.findings
        if own and not is_there(store.root / FOLDER):
            findings.append(_gone(store.root / FOLDER, own))
    examined = LedgerExamined(verified, tuple(findings))
    if log_is_whole(examined):
        ledger = open_ledger(store.root)
        with told_in(findings, office):
            findings += minutes_findings(ledger, office)
        with told_in(findings, store.objects.root):
            findings += charter_findings(ledger, store.objects)
    return LedgerExamined(verified, in_order(findings))


@contextmanager
def told_in(findings: list[Diagnostic], place: Path) -> Iterator[None]:
    """What stops a look at something is a finding, and the rest is looked at all the same."""
    try:
        with store_errors(place):
            yield
    except PmpoError as error:
        cause = error.__cause__
        told = error.findings
        if isinstance(cause, PermissionError):
            told = (not_readable(place, cause),)
        findings += [one for one in told if one not in findings]


def _without_secret(examined: LedgerExamined) -> LedgerExamined:
    found = [
        replace(one, severity="note") if one.code in _SECRET else one for one in examined.findings
    ]
    return LedgerExamined(examined.verified, in_order(found))


def log_is_whole(examined: LedgerExamined) -> bool:
    """Whether what the log says of other things can be relied on, whatever is wrong with those."""
    return examined.verified is not None and all(
        one.severity == "note" or one.code in _BESIDE for one in examined.findings
    )


def ledger_of(office: Path, *, create: bool) -> Ledger:
    """Open an office's ledger; begin none beside anchors that tell of one that is gone.

    Args:
        create: begin the ledger where there is none.
    Raises: StoreError `ledger/…`, `store/…`.
    """
    store = prepare(office) if create else open_store(office, tidy=False)
    folder = store.root / FOLDER
    with store_errors(folder):
        begins = create and not is_there(folder)
        anchors = (*_own_anchors(office), *minutes_anchors(office)) if begins else ()
    if anchors:
        raise StoreError([_gone(folder, anchors)])
    return open_ledger(store.root, create=create)


def _own_anchors(office: Path) -> tuple[Anchor, ...]:
    own = office / ANCHORS_FILE
    return read_anchors(own) if is_there(own) else ()


def _gone(folder: Path, anchors: Sequence[Anchor]) -> Diagnostic:
    newest = max(anchors, key=lambda one: one.checkpoint.size)
    return Diagnostic(
        "ledger/missing",
        "error",
        f"{folder} is gone: {newest.place} signs {newest.checkpoint.size:,} entries",
        note="nothing is begun anew in its place: that would be a second history",
        help="restore the folder from a backup, with the log's key; to begin another log all the "
        "same, move `anchors.txt` and `reviews` away first",
    )


def charter_findings(ledger: Ledger, objects: Objects) -> Iterator[Diagnostic]:
    """Charters that somebody has signed and whose bytes are not stored any more."""
    signed: dict[str, Recorded] = {}
    for one in ledger.entries(kind=SIGNED):
        signed.setdefault(str(one.entry.body["charter_text"]), one)
    for name, one in signed.items():
        try:
            objects.verify(name)
        except PmpoError as error:
            if isinstance(error.__cause__, PermissionError):
                raise
            yield Diagnostic(
                "ledger/charter",
                "error",
                f"the charter of {one.entry.program} that entry {one.position} signs is lost: "
                f"{error.findings[0].message}",
                note="that it was signed can still be proven, and not what it said",
                help=f"restore {objects.path(name)} from a backup; any file of these very bytes, "
                "such as an earlier `charter.yaml` of the repository, will do",
            )


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
        if isinstance(error.__cause__, PermissionError):
            raise
        codes = {finding.code for finding in error.findings}
        if codes == {"store/not-found"}:
            return f"{named} is not stored"
        return f"{named} is damaged: {error.findings[0].message}"
    if stored.manifest.get("result") != result:
        return f"{named} is stored with another result than the recorded {result}"
    return ""
