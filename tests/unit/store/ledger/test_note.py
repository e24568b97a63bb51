from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo.store.ledger.checkpoint import make_checkpoint, read_checkpoint, read_hash
from pmpo.store.ledger.note import (
    NoteError,
    SigningKey,
    VerifierKey,
    read_note,
    read_signing_key,
    read_verifier,
    sign,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# The example of golang.org/x/mod/sumdb/note, the format's first implementation.
_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
_SIGNING = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
_SIGNED = (
    f"{_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfq"
    "dngotpRZb6KE6RyyBwJnAM=\n"
)
# The example of https://c2sp.org/tlog-checkpoint
_CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2"
    "q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


def test_the_published_note_is_made_and_checked() -> None:
    """The published key signs the published text as published, and verifies it."""
    key = read_signing_key(_SIGNING)
    assert str(sign(_TEXT, key)) == _SIGNED
    assert str(key.verifier) == _VERIFIER
    assert key.secret_text() == _SIGNING
    note = read_note(_SIGNED)
    assert (note.text, str(note)) == (_TEXT, _SIGNED)
    assert note.signed_by(read_verifier(_VERIFIER))


def test_the_published_checkpoint_is_read() -> None:
    """The example of the checkpoint's specification reads as it says, and is written again."""
    checkpoint = read_checkpoint(_CHECKPOINT)
    assert checkpoint.origin == "example.com/behind-the-sofa"
    assert checkpoint.size == 20852163
    assert checkpoint.root.hex().startswith("0ac5186a91863e8e1d90c808")
    assert str(checkpoint) == _CHECKPOINT


def test_a_checkpoint_with_extensions_is_read() -> None:
    """Lines behind the root are opaque and allowed."""
    key = SigningKey.new("log")
    note = sign(make_checkpoint("log", 3, bytes(32), key).note.text + "more\n", key)
    assert read_checkpoint(str(note)).size == 3


def test_a_changed_note_is_not_signed() -> None:
    """Each changed letter of the text, the name or the signature makes the signature worthless."""
    key = read_verifier(_VERIFIER)
    for place in range(len(_SIGNED)):
        other = "x" if _SIGNED[place] != "x" else "y"
        changed = _SIGNED[:place] + other + _SIGNED[place + 1 :]
        try:
            note = read_note(changed)
        except NoteError:
            continue
        assert not note.signed_by(key)


def test_signatures_of_others_are_left_alone() -> None:
    """Further signatures, of witnesses for example, neither help nor harm."""
    key, witness = SigningKey.new("log"), SigningKey.new("witness")
    text = str(sign("text\n", key)) + str(sign("text\n", witness)).partition("\n\n")[2]
    note = read_note(text)
    assert note.signed_by(key.verifier)
    assert note.signed_by(witness.verifier)
    assert not note.signed_by(SigningKey.new("log").verifier)


def test_a_false_signature_beside_a_true_one_is_refused() -> None:
    """Two signatures that claim one key, one of them false, make the note worthless."""
    key = SigningKey.new("log")
    false = str(sign("another\n", key)).partition("\n\n")[2]
    assert not read_note(str(sign("text\n", key)) + false).signed_by(key.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name AAAAAAA=",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAA==\n",
        "text\n\n— na+me AAAAAAAA\n",
        "text\n\n— name AAAAAAAA \n",
        "text\n\n— name AAAAAAB=\n",
        "te\txt\n\n— name AAAAAAAA\n",
        "te\rxt\n\n— name AAAAAAAA\n",
        "x" * 1_000_001,
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    """Only a text, an empty line and lines of signatures are a note."""
    with pytest.raises(NoteError):
        read_note(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        _VERIFIER.replace("c74f20a3", "c74f20a4"),
        _VERIFIER.replace("c74f20a3", "C74F20A3"),
        _VERIFIER.replace("PeterNeumann", "Peter Neumann"),
        _VERIFIER.replace("PeterNeumann", "PeterNewmann"),
        _VERIFIER[:-4],
        f"{_VERIFIER} {_VERIFIER}",
        f"{_VERIFIER}=",
        f"x {_VERIFIER}",
        _VERIFIER.replace("ARpc", "AhpC"),
        _VERIFIER.replace("+ARpc", "+A?pc"),
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    """A key that is cut, misspelt or of another kind is not used."""
    with pytest.raises(NoteError):
        read_verifier(text)


@pytest.mark.parametrize(
    "text", [_VERIFIER, _SIGNING.replace("AYEK", "AYEL"), _SIGNING[:-3], "PRIVATE+KEY+"]
)
def test_a_damaged_secret_is_refused_without_showing_it(text: str) -> None:
    """A secret key that is not whole is refused, and no message holds what is left of it."""
    with pytest.raises(NoteError) as caught:
        read_signing_key(text)
    assert "KFALVFGyNhPJEMzD1QIDr" not in str(caught.value)
    key = read_signing_key(_SIGNING)
    assert repr(key) == "SigningKey(name='PeterNeumann')"


def test_names_are_checked() -> None:
    """A key cannot have a name that signature lines could not hold."""
    for name in ("", "a b", "a+b", "a\u00a0b"):
        with pytest.raises(NoteError):
            VerifierKey(name, bytes(32))


@pytest.mark.parametrize(
    "text",
    [
        "log\n3\n",
        "log\n03\n{root}\n",
        "log\n-3\n{root}\n",
        "log\n３\n{root}\n",
        "log\n\n{root}\n",
        "log\n3\nAAAA\n",
        "log\n3\nnot base64\n",
        "log\n3\n{root}\n\nmore\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """A signed text of another form is no checkpoint."""
    root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    note = sign(text.format(root=root), SigningKey.new("log"))
    with pytest.raises(NoteError):
        read_checkpoint(str(note))


def test_a_hash_has_one_text() -> None:
    """A hash in base64 is read only as it would be written."""
    with pytest.raises(NoteError):
        read_hash("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=")
    with pytest.raises(NoteError):
        read_hash("ü")


_ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
_ED25519 = "it is not an Ed25519 key written as `name+id+base64`"
_LINES = "a checkpoint has an origin, a size and a root on three lines"


@pytest.mark.parametrize(
    ("read", "text", "why"),
    [
        (read_note, "text\n", "it has no signatures below an empty line"),
        (read_note, "text\n\n— name AAAA\n", "`— name AAAA` is not the line of a signature"),
        (read_note, "te\txt\n\n— name AAAAAAA=\n", "it holds control characters"),
        (read_note, "x" * 1_000_001, "it has 1,000,001 characters, more than 1,000,000"),
        (
            read_verifier,
            _VERIFIER.replace("c74f20a3", "c74f20a4"),
            "the key of `PeterNeumann` says its id is c74f20a4, and it is c74f20a3",
        ),
        (read_verifier, _VERIFIER[:-4], _ED25519),
        (read_signing_key, "PRIVATE+KEY+", _ED25519),
        (read_signing_key, _VERIFIER, "it does not hold a secret key"),
        (
            read_signing_key,
            _SIGNING.replace("AYEK", "AYEL"),
            "the secret key of `PeterNeumann` is damaged: its id should be c74f20a3",
        ),
        (read_checkpoint, "log\n3\n", _LINES),
        (read_checkpoint, f"log\n3\n{_ROOT}\n\nmore\n", _LINES),
        (read_checkpoint, f"log\n03\n{_ROOT}\n", "`03` is not the size of a log"),
        (read_checkpoint, "log\n3\nAAAA\n", "`AAAA` is not a hash of 32 bytes"),
        (read_checkpoint, "log\n3\nno base64\n", "`no base64` is not base64"),
    ],
)
def test_why_a_text_is_refused_is_said(read: Callable[[str], object], text: str, why: str) -> None:
    """Whoever gave a text that is none learns what is wrong with it, in a sentence."""
    if read is read_checkpoint:
        text = str(sign(text, SigningKey.new("log")))
    with pytest.raises(NoteError) as caught:
        read(text)
    assert str(caught.value) == why


def test_the_largest_note_is_one() -> None:
    """A note may have a million characters, and a signature as little as one byte."""
    below = "\n\n— name AAAAAAA=\n"
    text = "x" * (1_000_000 - len(below))
    note = read_note(text + below)
    assert note.text == f"{text}\n"
    assert (note.signatures[0].key_id, note.signatures[0].signature) == (bytes(4), bytes(1))


def test_keys_may_stand_among_spaces() -> None:
    """The line feed of a key's file, or of a copied line, is none of the key."""
    assert str(read_verifier(f" {_VERIFIER}\n")) == _VERIFIER
    assert read_signing_key(f" {_SIGNING}\n").secret_text() == _SIGNING


def test_the_smallest_checkpoints_are_read() -> None:
    """A log of no entries has a size, and so has the longest that one could count."""
    key = SigningKey.new("log")
    for size in (0, 9, 10, 10**19 - 1):
        assert read_checkpoint(str(make_checkpoint("log", size, bytes(32), key))).size == size
    with pytest.raises(NoteError):
        read_checkpoint(str(make_checkpoint("log", 10**19, bytes(32), key)))
