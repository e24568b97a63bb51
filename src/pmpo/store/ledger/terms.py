"""The keys of a log, one after another.

A log has one key at a time. An entry of kind `KeyRotated` gives it the next one: it holds a note
that hands the log over, signed by the next key and by the one before it. Where the key before is
lost, the note lacks its signature, and everybody who verifies the log is told.

What is appended with and after that entry is signed by the next key; what was signed before stays
as it is. So the log itself leads from its first key, and any later one, to the newest.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import Diagnostic, PmpoError
from pmpo.model.entry import read_entry
from pmpo.store.ledger.note import Note, NoteError, VerifierKey, read_note, read_verifier, sign

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pmpo.store.ledger.note import SigningKey

KEY_ROTATED: Final = "KeyRotated"
_LABEL: Final = "pmpo ledger: from here on the log is signed by the second key"


@dataclass(frozen=True, slots=True)
class Handover:
    """What a log's keys say when one takes the place of another.

    Args:
        origin: which log.
        old: the key until then.
        new: the key from then on.
        note: the text with its signatures.
    """

    origin: str
    old: VerifierKey
    new: VerifierKey
    note: Note

    @property
    def vouched(self) -> bool:
        """Whether the key until then has signed it."""
        return self.note.signed_by(self.old)

    def __str__(self) -> str:
        return str(self.note)


def hand_over(origin: str, old: VerifierKey | SigningKey, new: SigningKey) -> Handover:
    """Hand a log over to its next key.

    Args:
        old: the secret key until then; only its public half where that is lost.
    """
    before = old if isinstance(old, VerifierKey) else old.verifier
    text = f"{_LABEL}\n{origin}\n{before}\n{new.verifier}\n"
    signers = (new,) if isinstance(old, VerifierKey) else (old, new)
    signatures = tuple(line for key in signers for line in sign(text, key).signatures)
    return Handover(origin, before, new.verifier, Note(text, signatures))


def read_handover(text: str) -> Handover:
    """Read a handover; whether the key before has signed it is not checked.

    Raises: NoteError.
    """
    note = read_note(text)
    lines = note.text[:-1].split("\n")
    if len(lines) != 4 or lines[0] != _LABEL:
        raise NoteError("it does not hand a log over from one key to the next")
    handover = Handover(lines[1], read_verifier(lines[2]), read_verifier(lines[3]), note)
    if not note.signed_by(handover.new):
        raise NoteError("the next key has not signed it")
    return handover


def leads_to(keys: Iterable[VerifierKey], handovers: Iterable[Handover]) -> set[VerifierKey]:
    """The keys that some keys vouch for, by handing a log over; they themselves included."""
    known = set(keys)
    for one in handovers:
        if one.old in known and one.vouched:
            known.add(one.new)
    return known


def in_line(handovers: Sequence[Handover], key: VerifierKey) -> bool:
    """Whether each of them is vouched for, goes on where the one before ends, and all end at `key`.

    No handovers are in line with any key.
    """
    ends = [one.new for one in handovers]
    begins = [one.old for one in handovers[1:]]
    same_log = all(one.origin == key.name for one in handovers)
    return (
        same_log and all(one.vouched for one in handovers) and ends == [*begins, key][: len(ends)]
    )


@dataclass(frozen=True, slots=True)
class Term:
    """From where on a key signs a log.

    Args:
        key: the log's key.
        since: the position of the entry that gives the log this key; -1 for the first.
        handover: how it came to be the key; None for the first.
    """

    key: VerifierKey
    since: int = -1
    handover: Handover | None = None

    @property
    def vouched(self) -> bool:
        """Whether the key before has handed the log over; the first key has nobody before it."""
        return self.handover is None or self.handover.vouched

    def as_json(self) -> dict[str, Any]:
        """The term, as `pmpo verify --format json` prints it."""
        return {"key": str(self.key), "since": self.since, "vouched": self.vouched}


def terms_of(
    origin: str, first: VerifierKey, rotations: Iterable[tuple[int, bytes]]
) -> tuple[tuple[Term, ...], tuple[Diagnostic, ...]]:
    """The keys of a log in their order.

    Args:
        rotations: the positions and leaves of its entries of kind `KeyRotated`.
    Returns: the terms, and findings about entries that give the log no key.
    """
    terms, findings = [Term(first)], []
    for position, leaf in rotations:
        try:
            terms.append(next_term(origin, terms[-1].key, position, leaf))
        except NoteError as error:
            findings.append(
                Diagnostic(
                    "ledger/key-chain",
                    "error",
                    f"entry {position} gives the log no other key: {error}",
                    note="something else than PMPO has written it; the key before stays the log's",
                    help="restore the ledger from a backup, and compare it with the anchors",
                )
            )
    return tuple(terms), tuple(findings)


def next_term(origin: str, key: VerifierKey, position: int, leaf: bytes) -> Term:
    """The term that an entry begins, where it hands the log over from `key`.

    Raises: NoteError.
    """
    try:
        body = read_entry(leaf).body
    except PmpoError as error:
        raise NoteError(error.findings[0].message) from error
    handover = read_handover(str(body.get("handover")))
    if (handover.origin, handover.old) != (origin, key):
        raise NoteError("it hands over another log, or from another key than the log's")
    if handover.vouched is bool(body.get("lost")):
        raise NoteError("that the key before is lost, or is not, is not what the signatures say")
    return Term(handover.new, position, handover)


def term_at(terms: Sequence[Term], size: int) -> Term:
    """Whose turn it is to sign the log of `size` entries."""
    return next(term for term in reversed(terms) if term.since < size)


def vouched_for(terms: Sequence[Term]) -> tuple[Handover, ...]:
    """How the newest key came to be the log's, from the last one on that nobody vouches for."""
    handovers = [term.handover for term in terms if term.handover is not None]
    lost = [place for place, one in enumerate(handovers, 1) if not one.vouched]
    return tuple(handovers[lost[-1] if lost else 0 :])


def given_up(terms: Sequence[Term], note: Note, size: int) -> Term | None:
    """The term that ended the one whose key has signed a note for `size` entries too late."""
    for before, after in pairwise(terms):
        if after.since < size and note.signed_by(before.key):
            return after
    return None


def unvouched(
    terms: Sequence[Term], confirmed: int, trusted: Collection[VerifierKey]
) -> Iterator[Diagnostic]:
    """What is to be said of keys that no key before them vouches for.

    Args:
        confirmed: the largest size that an anchor confirms.
        trusted: keys that are known from elsewhere to be the log's.
    """
    known = max((term.since for term in terms if term.key in trusted), default=-1)
    for term in terms:
        if term.vouched:
            continue
        sure = term.since < confirmed or term.since <= known
        yield Diagnostic(
            "ledger/key-lost",
            "note" if sure else "warning",
            f"entry {term.since} gives the log the key {term.key}, and the key before it, which "
            "was lost, has not signed that",
            note="a key known from elsewhere, or an anchor, says that it is the log's"
            if sure
            else "whoever can write to the database could have gone on like this from any entry",
            help="nothing needs to be done"
            if sure
            else "ask the office for its key, and give it as `--key`; the office itself anchors "
            "the log (`pmpo export anchor`). `pmpo export entries --kind KeyRotated` says who did "
            "it",
        )
