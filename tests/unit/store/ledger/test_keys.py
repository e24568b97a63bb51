from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from pmpo.model.entry import Actor
from pmpo.store.ledger.keys import (
    exposed_to,
    exposure,
    keys_folder,
    new_personal_key,
    personal_key,
    personal_key_file,
    read_key,
    write_key,
)
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.signatures import sign_entry, signature_fault
from tests.unit.store.ledger.support import entry
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from pathlib import Path


def test_a_key_is_written_for_its_owner_only(tmp_path: Path) -> None:
    """The file may be read by its owner, comes back as it was, and is never replaced."""
    key = SigningKey.new("anna")
    write_key(tmp_path / "anna.key", key)
    assert read_key(tmp_path / "anna.key") == key
    assert stat.S_IMODE((tmp_path / "anna.key").stat().st_mode) == 0o400
    with refused("store/not-a-folder"):
        write_key(tmp_path / "anna.key", SigningKey.new("anna"))
    assert read_key(tmp_path / "anna.key") == key


def test_a_persons_own_key_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person whose key is damaged reads of keys of people, and not of the log's."""
    monkeypatch.setenv("PMPO_KEYS", str(tmp_path))
    (tmp_path / "anna.key").write_text("no key", encoding="utf-8")
    with refused("ledger/key-damaged") as found:
        personal_key("anna")
    assert "`pmpo key NAME --new`" in found[0].note


def test_a_key_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """Missing, garbled and unreadable keys are three findings, none of which shows the key."""
    path = tmp_path / "anna.key"
    with refused("ledger/key-missing"):
        read_key(path)
    path.write_text("PRIVATE+KEY+anna+")
    with refused("ledger/key-damaged"):
        read_key(path)
    path.write_bytes(b"\xff")
    with refused("ledger/key-damaged"):
        read_key(path)
    path.unlink()
    path.mkdir()
    with refused("ledger/key-unreadable"):
        read_key(path)


@pytest.mark.parametrize(
    ("mode", "others"),
    [
        (0o400, ""),
        (0o600, ""),
        (0o440, "its group"),
        (0o620, "its group"),
        (0o404, "everybody"),
        (0o602, "everybody"),
        (0o444, "everybody"),
    ],
)
def test_who_else_may_read_a_key_is_told(tmp_path: Path, mode: int, others: str) -> None:
    """Group and everybody are told apart."""
    path = tmp_path / "anna.key"
    path.write_text("x")
    path.chmod(mode)
    assert exposed_to(path) == others


def test_a_person_has_a_key_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A personal key lies where only its owner looks, is made once, and signs entries."""
    monkeypatch.setenv("PMPO_KEYS", str(tmp_path / "own" / "keys"))
    with refused("ledger/key-missing") as found:
        personal_key("anna")
    assert "pmpo key anna --new" in found[0].help
    made = new_personal_key("anna")
    assert personal_key("anna") == made
    assert stat.S_IMODE((tmp_path / "own" / "keys").stat().st_mode) == 0o700
    assert exposure(personal_key_file("anna")) == ()
    with refused("ledger/file-exists"):
        new_personal_key("anna")
    signed = sign_entry(entry(0), made)
    assert signed.actor == Actor("anna", "key", str(made.verifier), signed.actor.signature)
    assert signature_fault(signed) == ""


def test_keys_lie_in_the_settings_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a folder that is named, the usual places for settings are used."""
    monkeypatch.delenv("PMPO_KEYS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert keys_folder() == tmp_path / "pmpo" / "keys"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert keys_folder() == tmp_path / "home" / ".config" / "pmpo" / "keys"


@pytest.mark.parametrize("name", ["", "a b", "../anna", "a+b", "-x"])
def test_names_of_keys_are_names_of_people(name: str) -> None:
    """A name that would be a path, or that no signature line can hold, is refused."""
    with refused("ledger/key-text"):
        personal_key_file(name)


def test_an_exposed_key_is_told(tmp_path: Path) -> None:
    """A key that everybody may read is a warning, one for the group a note."""
    path = tmp_path / "anna.key"
    path.write_text("x")
    for mode, severity in ((0o444, "warning"), (0o440, "note")):
        path.chmod(mode)
        assert [finding.severity for finding in exposure(path)] == [severity]


def test_several_people_may_have_keys_in_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second key is written into the folder that the first one has made."""
    monkeypatch.setenv("PMPO_KEYS", str(tmp_path / "own" / "keys"))
    made = [new_personal_key(name) for name in ("anna", "otto")]
    assert [personal_key("anna"), personal_key("otto")] == made


def test_what_nobody_signed_has_no_faulty_signature() -> None:
    """An entry whose author is only asserted says nothing that a signature could contradict."""
    assert signature_fault(entry(0)) == ""
