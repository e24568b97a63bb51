from __future__ import annotations

import pytest

from pmpo.store.ledger.note import Note, NoteError, SigningKey, VerifierKey, sign
from pmpo.store.ledger.terms import (
    Term,
    given_up,
    hand_over,
    in_line,
    leads_to,
    next_term,
    read_handover,
    term_at,
    terms_of,
    unvouched,
    vouched_for,
)
from tests.unit.store.ledger.support import rotated

ORIGIN = "pmpo-ledger/00"
A, B, C, D = (SigningKey.new(ORIGIN) for _ in range(4))
A_TO_B, B_TO_C = hand_over(ORIGIN, A, B), hand_over(ORIGIN, B, C)
C_LOST = hand_over(ORIGIN, C.verifier, D)
TERMS = (
    Term(A.verifier),
    Term(B.verifier, 3, A_TO_B),
    Term(C.verifier, 5, B_TO_C),
    Term(D.verifier, 9, C_LOST),
)


def test_a_handover_is_signed_by_both_keys() -> None:
    """Its text is a note that anybody can read back and check; a lost key is missing from it."""
    read = read_handover(str(A_TO_B))
    assert read == A_TO_B
    assert (read.old, read.new, read.vouched) == (A.verifier, B.verifier, True)
    assert read.note.signed_by(A.verifier)
    assert read.note.signed_by(B.verifier)
    made = hand_over(ORIGIN, A, B)
    assert (made.origin, made.old, made.new) == (ORIGIN, A.verifier, B.verifier)
    assert made.note.text == (
        "pmpo ledger: from here on the log is signed by the second key\n"
        f"{ORIGIN}\n{A.verifier}\n{B.verifier}\n"
    )
    lost = read_handover(str(C_LOST))
    assert (lost.old, lost.new, lost.vouched) == (C.verifier, D.verifier, False)


def test_no_changed_handover_vouches() -> None:
    """Whatever letter is changed: it cannot be read, or the key before does not vouch for it."""
    text = str(A_TO_B)
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        try:
            read = read_handover(changed)
        except NoteError:
            continue
        assert not read.vouched, f"letter {place}"


@pytest.mark.parametrize(
    "note",
    [
        Note(A_TO_B.note.text, A_TO_B.note.signatures[:1]),
        sign("a note of three\nlines\nin all\n", B),
        sign(A_TO_B.note.text.replace("second key", "first key"), B),
        sign(A_TO_B.note.text.replace("+", "-"), B),
    ],
)
def test_what_hands_nothing_over_is_refused(note: Note) -> None:
    """A note without the next key's signature, or with another text, is no handover."""
    with pytest.raises(NoteError):
        read_handover(str(note))


def test_keys_vouch_for_those_after_them() -> None:
    """From a known key on, every later one is known, up to one that was lost."""
    handovers = (A_TO_B, B_TO_C, C_LOST)
    assert leads_to([A.verifier], handovers) == {A.verifier, B.verifier, C.verifier}
    assert leads_to([C.verifier], handovers) == {C.verifier}
    assert leads_to([D.verifier], handovers) == {D.verifier}
    assert leads_to([], handovers) == set()
    assert vouched_for(TERMS[:3]) == (A_TO_B, B_TO_C)
    assert vouched_for(TERMS) == vouched_for(TERMS[:1]) == ()
    after = Term(A.verifier, 12, hand_over(ORIGIN, D, A))
    assert vouched_for([*TERMS, after]) == (after.handover,)
    twice = Term(B.verifier, 13, hand_over(ORIGIN, A.verifier, B))
    assert vouched_for([*TERMS, after, twice]) == ()


def test_handovers_are_in_line_to_one_key() -> None:
    """Each begins where the one before ends, all are of one log and vouched for."""
    assert in_line((), A.verifier)
    assert in_line((B_TO_C,), C.verifier)
    assert in_line((A_TO_B, B_TO_C), C.verifier)
    assert not in_line((A_TO_B, B_TO_C), B.verifier)
    assert not in_line((B_TO_C, A_TO_B), B.verifier)
    assert not in_line((A_TO_B, hand_over(ORIGIN, A, C)), C.verifier)
    assert not in_line((C_LOST,), D.verifier)
    assert not in_line((hand_over("another", A, B),), B.verifier)


def test_each_key_signs_in_its_term() -> None:
    """The entry that names a key is the first that it signs for."""
    keys = [term_at(TERMS, size).key for size in (0, 3, 4, 5, 6, 9, 10, 99)]
    wanted = [A, A, B, B, C, C, D, D]
    assert keys == [key.verifier for key in wanted]


def test_a_term_is_told_as_json() -> None:
    """Other programs read which key signs from where on, and whether it was handed over."""
    assert TERMS[1].as_json() == {"key": str(B.verifier), "since": 3, "vouched": True}
    assert TERMS[3].as_json() == {"key": str(D.verifier), "since": 9, "vouched": False}


def test_a_key_that_was_given_up_is_told() -> None:
    """A signature by an earlier key is told with the entry that ended its term."""
    note = sign("x\n", A)
    assert given_up(TERMS, note, 3) is None
    assert given_up(TERMS, note, 4) == TERMS[1]
    assert given_up(TERMS, sign("x\n", C), 99) == TERMS[3]
    assert given_up(TERMS, sign("x\n", D), 99) is None
    assert given_up(TERMS, sign("x\n", SigningKey.new(ORIGIN)), 99) is None


def test_terms_follow_from_the_entries() -> None:
    """Each entry hands over from the key that the one before left; others are told and left out."""
    good = [(3, rotated(3, A_TO_B).leaf()), (5, rotated(5, B_TO_C).leaf())]
    lost = (9, rotated(9, C_LOST, lost=True).leaf())
    assert terms_of(ORIGIN, A.verifier, [*good, lost]) == (TERMS, ())
    terms, findings = terms_of(ORIGIN, A.verifier, [good[0], (4, good[0][1]), good[1], lost])
    assert (terms[:2], terms[2].key, len(terms)) == (TERMS[:2], C.verifier, 4)
    [finding] = findings
    assert (finding.code, finding.severity) == ("ledger/key-chain", "error")
    assert finding.message.startswith("entry 4 gives the log no other key: ")


@pytest.mark.parametrize(
    ("leaf", "why"),
    [
        (b"{}", "a leaf is not an entry"),
        (rotated(3, B_TO_C).leaf(), "from another key"),
        (rotated(3, hand_over("another", A, B)).leaf(), "another log"),
        (rotated(3, A_TO_B, lost=True).leaf(), "is lost, or is not"),
        (rotated(3, hand_over(ORIGIN, A.verifier, B)).leaf(), "is lost, or is not"),
        (rotated(3, "nothing").leaf(), "no signatures"),
    ],
)
def test_an_entry_that_gives_no_key_says_why(leaf: bytes, why: str) -> None:
    """What is no entry, of another log or key, or says of a key what its signatures deny."""
    with pytest.raises(NoteError, match=why):
        next_term(ORIGIN, A.verifier, 3, leaf)


@pytest.mark.parametrize(
    ("confirmed", "trusted", "severity"),
    [
        (0, [], "warning"),
        (9, [], "warning"),
        (10, [], "note"),
        (0, [A.verifier, C.verifier], "warning"),
        (0, [D.verifier], "note"),
        (0, [A.verifier, D.verifier], "note"),
    ],
)
def test_a_key_that_nobody_vouches_for_is_told(
    confirmed: int, trusted: list[VerifierKey], severity: str
) -> None:
    """It is a warning, until an anchor behind it or a known key says that it is the log's."""
    [finding] = unvouched(TERMS, confirmed, trusted)
    assert (finding.code, finding.severity) == ("ledger/key-lost", severity)
    assert finding.message.startswith("entry 9 gives")
    sure = severity == "note"
    assert ("known from elsewhere" in finding.note, "could have gone on" in finding.note) == (
        sure,
        not sure,
    )
    assert ("nothing needs to be done" in finding.help) is sure
    assert ("`--key`" in finding.help) is not sure


def test_a_first_entry_can_tell_of_a_lost_key() -> None:
    """A key lost before anything was recorded is as unknown as any other."""
    for since in (0, 1):
        terms = (Term(C.verifier), Term(D.verifier, since, C_LOST))
        [finding] = unvouched(terms, 0, [])
        assert finding.severity == "warning"


def test_the_first_key_is_there_from_the_beginning() -> None:
    """The first term begins before the first entry, and nobody had to vouch for its key."""
    key = SigningKey.new("log").verifier
    terms, findings = terms_of("log", key, [])
    assert findings == ()
    assert [one.as_json() for one in terms] == [{"key": str(key), "since": -1, "vouched": True}]
