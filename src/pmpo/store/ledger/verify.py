"""Verifying a whole log: every leaf, the tree, every checkpoint, what is attached, every anchor."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from pmpo.diagnostics import Diagnostic, PmpoError, in_order
from pmpo.model.entry import read_entry
from pmpo.store.ledger.attachments import ERASED, intact
from pmpo.store.ledger.authors import Authors
from pmpo.store.ledger.checkpoint import Checkpoint, read_checkpoint
from pmpo.store.ledger.log import Ledger
from pmpo.store.ledger.note import NoteError
from pmpo.store.ledger.signatures import signature_fault
from pmpo.store.ledger.tables import attachments, checkpoints, entries
from pmpo.store.ledger.terms import Term, given_up, term_at, unvouched
from pmpo.store.ledger.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection

    from pmpo.diagnostics import Severity
    from pmpo.store.ledger.anchors import Anchor
    from pmpo.store.ledger.database import Database
    from pmpo.store.ledger.note import VerifierKey

_HASH: Final = re.compile(rb"sha256:[0-9a-f]{64}")
_PLAIN: Final = re.compile(
    rb'{"actor":{"how":"asserted","name":"[^"\\]*"},"attached":{},"body":{(?!"key":)"[^"\\]*":'
)
"""How an entry begins that nobody has signed, that rests on nothing outside of it and declares no
key. Canonical JSON writes each thing in one way, so such an entry need not be parsed."""
_PLAIN_MAX: Final = 8
"""How many such beginnings are remembered: the same people do the same things again."""
_STAMP: Final = slice(-len('2026-03-02T09:00:00.000000Z","schema":1}'), -len('","schema":1}'))
_RESTORE: Final = "restore the ledger from a backup, and compare it with the anchors"
_COMPARE: Final = (
    "find out who has written to the database; keep both, since anchors and receipts tell which "
    "of them people relied on"
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found in a whole log.

    Args:
        place: where the log is.
        origin: which log it says it is.
        key: its verifier key now, as text.
        size: how many entries it has.
        root: the root of its tree, computed from the entries; None where some are gone.
        checkpoints: how many signed checkpoints it has.
        anchors: how many anchors it was compared with.
        findings: errors first; none when everything is as it was signed.
        terms: its keys, one after another.
    """

    place: str
    origin: str
    key: str
    size: int
    root: bytes | None
    checkpoints: int
    anchors: int
    findings: tuple[Diagnostic, ...]
    terms: tuple[Term, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong; notes are not wrong."""
        return all(finding.severity == "note" for finding in self.findings)


def verify(
    ledger: Ledger, anchors: Sequence[Anchor] = (), trusted: Collection[VerifierKey] = ()
) -> Verified:
    """Check everything that a log says against everything else, and against anchors.

    Args:
        trusted: keys that are known from elsewhere to be the log's.
    Raises: StoreError where the database cannot be read.
    """
    terms, faults = ledger.terms()
    verifier = _Verifier(ledger.database, ledger.origin, terms, [*faults])
    signed = verifier.checkpoints()
    size = verifier.size()
    sizes = [one.size for one in signed] + [one.checkpoint.size for one in anchors]
    walk = Walk(ledger.database, size, sizes, verifier.look)
    walk.run()
    verifier.findings += walk.findings
    verifier.findings += verifier.authors.findings()
    verifier.compare(signed, walk.roots, size)
    verifier.anchors(anchors, walk.roots, size)
    verifier.findings += unvouched(terms, verifier.confirmed, trusted)
    verifier.attached()
    verifier.clock()
    return Verified(
        ledger.place,
        ledger.origin,
        str(terms[-1].key),
        size,
        walk.roots.get(size),
        len(signed),
        len(anchors),
        in_order(verifier.findings),
        terms,
    )


@dataclass
class _Verifier:
    """Gathers what is seen of one log."""

    database: Database
    origin: str
    terms: Sequence[Term]
    findings: list[Diagnostic]
    confirmed: int = 0
    authors: Authors = field(default_factory=Authors)
    _attached: dict[str, int] = field(default_factory=dict)
    _plain: tuple[bytes, ...] = ()
    _last: bytes = b""
    _backwards: list[int] = field(default_factory=list)

    def size(self) -> int:
        """How many entries there are up to the last; gaps count."""
        with self.database.reading() as connection:
            last: int | None = connection.execute(select(func.max(entries.c.position))).scalar_one()
        return 0 if last is None else last + 1

    # Leaves -------------------------------------------------------------------------------

    def look(self, first: int, leaves: Sequence[bytes]) -> None:
        """Look into leaves; only those are parsed in which there is something to check."""
        self._times(first, [leaf[_STAMP] for leaf in leaves])
        if all(map(bytes.startswith, leaves, repeat(self._plain))):
            return
        for position, leaf in enumerate(leaves, first):
            if leaf.startswith(self._plain):
                continue
            if plain := _PLAIN.match(leaf):
                self._plain = (plain[0], *self._plain)[:_PLAIN_MAX]
            else:
                self._entry(position, leaf)

    def _times(self, first: int, stamps: list[bytes]) -> None:
        """Note where the time of an entry is earlier than that of the one before it."""
        before = self._last
        self._last = stamps[-1]
        if before <= stamps[0] and stamps == sorted(stamps):  # as good as always, and quick to say
            return
        for position, stamp in enumerate(stamps, first):
            if stamp < before:
                self._backwards.append(position)
            before = stamp

    def _entry(self, position: int, leaf: bytes) -> None:
        try:
            entry = read_entry(leaf)
        except PmpoError as error:
            self._add("ledger/entry-unreadable", f"entry {position}: {error.findings[0].message}")
            return
        fault = signature_fault(entry)
        if fault:
            self._add(
                "ledger/author-signature",
                f"entry {position}: {fault}",
                note="nobody but the holder of that key could have signed it",
                help="ask the person whether they wrote it",
            )
        self.authors.read(position, entry)
        for promised in entry.attached.values():
            self._attached.setdefault(promised.hash, position)

    # Checkpoints --------------------------------------------------------------------------

    def checkpoints(self) -> list[Checkpoint]:
        """The checkpoints that are signed by the log's key, in the order of their sizes."""
        with self.database.reading() as connection:
            query = select(checkpoints.c.size, checkpoints.c.note).order_by(checkpoints.c.size)
            rows = connection.execute(query).all()
        found = [self._checkpoint(row.size, row.note) for row in rows]
        return [one for one in found if one is not None]

    def _checkpoint(self, size: int, note: str) -> Checkpoint | None:
        why = "is not signed by the log's key"
        try:
            checkpoint = read_checkpoint(note)
        except NoteError as error:
            why = f"cannot be read: {error}"
        else:
            signed = checkpoint.note.signed_by(term_at(self.terms, size).key)
            if signed and (checkpoint.origin, checkpoint.size) == (self.origin, size):
                return checkpoint
            ended = given_up(self.terms, checkpoint.note, size)
            why = "is that of another size or another log" if signed else why
            why = f"is signed by the key that entry {ended.since} ended" if ended else why
        self._add("ledger/checkpoint-changed", f"the checkpoint of size {size} {why}")
        return None

    def compare(self, signed: Sequence[Checkpoint], roots: dict[int, bytes], size: int) -> None:
        """Compare what was signed with what the entries give."""
        sizes = [one.size for one in signed]
        agreed = 0
        for one in signed:
            if roots.get(one.size, one.root) != one.root:
                self._add(
                    "ledger/checkpoint-inconsistent",
                    f"the first {one.size} entries are not those that the log signed",
                    note=f"what has changed is in entries {agreed} to {one.size - 1}, counted "
                    "from 0",
                )
                break
            agreed = one.size
        if not sizes:
            self._add("ledger/unsigned", "the log has no checkpoint that it signed")
        elif sizes[-1] > size:
            self._add(
                "ledger/cut-off",
                f"the log signed {sizes[-1]} entries and has {size}",
                note="entries at its end are gone",
            )
        elif sizes[-1] < size:
            self._add(
                "ledger/unsigned",
                f"the log has {size} entries and signed {sizes[-1]}",
                note="every append signs; something else than PMPO has added entries",
            )

    # Anchors ------------------------------------------------------------------------------

    def anchors(self, anchors: Iterable[Anchor], roots: dict[int, bytes], size: int) -> None:
        """Compare the log with checkpoints that were kept elsewhere."""
        for anchor in anchors:
            self._anchor(anchor, roots, size)

    def _anchor(self, anchor: Anchor, roots: dict[int, bytes], size: int) -> None:
        kept = anchor.checkpoint
        if kept.origin != self.origin:
            self._add(
                "ledger/anchor-other-log",
                f"{anchor.place} is of the log {kept.origin}, and this one is {self.origin}",
                note="a log that was begun anew has another origin: the history before it is lost",
                help="find the log that the anchor is of",
            )
        elif ended := given_up(self.terms, kept.note, kept.size):
            self._add(
                "ledger/anchor-old-key",
                f"{anchor.place} is signed by a key that the log had given up at entry "
                f"{ended.since}",
                note="whoever has that key has signed a history beside the log",
                help=_COMPARE,
            )
        elif not kept.note.signed_by(term_at(self.terms, kept.size).key):
            self._add(
                "ledger/anchor-unsigned",
                f"{anchor.place} is not signed by the log's key",
                note="it was changed, or never was a checkpoint of this log",
                help="look up in the history of that file who wrote it",
            )
        elif kept.size > size:
            self._add(
                "ledger/anchor-ahead",
                f"{anchor.place} signs {kept.size} entries, and the log has {size}",
                note="the log was cut off, or an old copy of it was put in its place",
                help="restore the newest backup; append nothing before that",
            )
        elif kept.size in roots and roots[kept.size] != kept.root:
            self._add(
                "ledger/two-histories",
                f"{anchor.place} signs other first {kept.size} entries than the log has",
                note="the log's key has signed two histories: one of them was rewritten",
                help=_COMPARE,
            )
        elif kept.size in roots:
            self.confirmed = max(self.confirmed, kept.size)

    # What is attached ---------------------------------------------------------------------

    def attached(self) -> None:
        """Compare what entries rest on with what is kept outside of them."""
        kept: set[str] = set()
        with self.database.reading() as connection:
            erased = _erased(connection)
            query = select(attachments.c.hash, attachments.c.salt, attachments.c.data)
            for row in connection.execute(query):
                kept.add(row.hash)
                if not intact(row.hash, row.salt, row.data):
                    self._add(
                        "ledger/attachment-changed",
                        f"the data kept as {row.hash} is not what was recorded",
                        note=_resting(self._attached.get(row.hash)),
                    )
        for hash, position in self._attached.items():
            if hash not in kept and hash not in erased:
                self._add(
                    "ledger/attachment-missing",
                    f"the data {hash} is gone, and no entry says that it was erased",
                    note=_resting(position),
                )
        for hash in sorted(kept & erased):
            self._add(
                "ledger/attachment-kept",
                f"the data {hash} was to be erased and is still kept",
                "warning",
                note="the process that was erasing it was killed",
                help="erase it again",
            )
        for hash in sorted(kept - set(self._attached)):
            self._add(
                "ledger/attachment-stray",
                f"no entry rests on the data {hash}",
                "warning",
                note="something else than PMPO has put it there",
                help="find out who has written to the database",
            )

    def clock(self) -> None:
        """Say when the clock went backwards; the order of the log is its own."""
        if self._backwards:
            first, count = self._backwards[0], len(self._backwards)
            more = f", and {count - 1} more" if count > 1 else ""
            self._add(
                "ledger/clock",
                f"entry {first} has an earlier time than the one before it{more}",
                "note",
                note="a clock was set back, or several people's clocks differ; positions count",
                help="nothing needs to be done",
            )

    def _add(
        self, code: str, fact: str, severity: Severity = "error", *, note: str = "", help: str = ""
    ) -> None:
        self.findings.append(Diagnostic(code, severity, fact, note=note, help=help or _RESTORE))


def _erased(connection: Connection) -> set[str]:
    """The hashes that entries of that kind name in their bodies, which begin behind `attached`."""
    leaves = connection.execute(select(entries.c.leaf).where(entries.c.kind == ERASED)).scalars()
    bodies = (leaf.partition(b',"body":')[2] for leaf in leaves)
    return {hash.decode() for body in bodies for hash in _HASH.findall(body)}


def _resting(position: int | None) -> str:
    return "no entry rests on it" if position is None else f"entry {position} rests on it"
