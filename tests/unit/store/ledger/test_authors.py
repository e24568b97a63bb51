from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pmpo.model.entry import Actor, Entry
from pmpo.store.ledger.authors import declared_keys
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.signatures import sign_entry
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.support import declared, entry, new_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.diagnostics import Diagnostic

OLD, NEW, BEN = SigningKey.new("anna"), SigningKey.new("anna"), SigningKey.new("ben")


def _key(key: SigningKey) -> str:
    return str(key.verifier)


def _signed(number: int, key: SigningKey, *, by: str = "anna") -> Entry:
    return sign_entry(replace(entry(number), actor=Actor(by)), key)


def _found(store: Path, entries: list[Entry]) -> list[Diagnostic]:
    ledger = new_ledger(store)
    ledger.append(entries)
    return list(verify(ledger).findings)


def test_a_key_signs_while_it_is_somebodys(tmp_path: Path) -> None:
    """What was signed before a key was changed or its owner left stays as good as it was."""
    entries = [
        declared(0, "anna", _key(OLD)),
        declared(1, "ben", _key(BEN)),
        _signed(2, OLD),
        declared(3, "anna", _key(NEW)),
        _signed(4, NEW),
        declared(5, "anna", ""),
        _signed(6, BEN, by="ben"),
    ]
    assert _found(tmp_path, entries) == []
    assert declared_keys(entries) == {"ben": _key(BEN)}
    assert declared_keys(entries[:5]) == {"anna": _key(NEW), "ben": _key(BEN)}


def test_who_declares_a_key_may_sign_with_it(tmp_path: Path) -> None:
    """A person's first key, and one in place of another, sign the entry that declares them."""
    first, second = (
        sign_entry(declared(number, "anna", _key(key)), key)
        for number, key in enumerate((OLD, NEW))
    )
    assert _found(tmp_path, [first, second, _signed(2, NEW)]) == []


@pytest.mark.parametrize("by", ["anna", "mallory"])
def test_a_key_that_nobody_declared_is_found(tmp_path: Path, by: str) -> None:
    """A sound signature by a key of nobody, or of somebody else, does not say who signed."""
    entries = [declared(0, "anna", _key(OLD)), declared(1, "ben", _key(BEN))]
    [finding] = _found(tmp_path, [*entries, _signed(2, BEN, by=by), _signed(3, BEN, by=by)])
    assert (finding.code, finding.severity) == ("ledger/key-undeclared", "error")
    assert finding.message == (
        f"entry 2 and 1 more are signed with ben+{BEN.verifier.id.hex()}, which no entry before "
        f"says is the key of `{by}`"
    )
    assert "ask the person" in finding.help


def test_a_key_that_was_taken_back_is_found(tmp_path: Path) -> None:
    """A key that was changed or taken back signs nothing more, until it is declared once more."""
    entries = [
        declared(0, "anna", _key(OLD)),
        declared(1, "anna", _key(NEW)),
        _signed(2, OLD),
        declared(3, "anna", ""),
        _signed(4, NEW),
        declared(5, "anna", _key(NEW)),
        _signed(6, NEW),
    ]
    first, second = _found(tmp_path, entries)
    assert {first.code, second.code} == {"ledger/key-withdrawn"}
    assert first.message.startswith(f"entry 2 is signed with anna+{OLD.verifier.id.hex()}, which")
    assert (first.note, second.note) == ("entry 1 says so", "entry 3 says so")
    assert second.message.startswith("entry 4 is signed")


def test_a_log_from_before_keys_were_declared_still_verifies(tmp_path: Path) -> None:
    """What was signed before the log said whose keys are whose is noted, once it says so."""
    early = [_signed(0, OLD), _signed(1, OLD)]
    [finding] = _found(tmp_path / "silent", early)
    assert finding.severity == "error"
    [finding] = _found(tmp_path / "told", [*early, declared(2, "anna", _key(OLD))])
    assert (finding.code, finding.severity) == ("ledger/key-undeclared", "note")
    assert "entry 2 says it of this one" in finding.note
    late = [_signed(0, BEN, by="ben"), declared(1, "anna", _key(OLD)), _signed(2, BEN, by="ben")]
    [finding] = _found(tmp_path / "late", [*late, declared(3, "ben", _key(BEN))])
    assert finding.severity == "error"
    itself = [sign_entry(declared(0, "anna", _key(OLD), by="ben"), BEN), _signed(1, OLD)]
    [finding] = _found(tmp_path / "itself", [*itself, declared(2, "ben", _key(BEN))])
    assert finding.severity == "error"
    both = [_signed(0, BEN, by="ben"), declared(1, "anna", _key(OLD)), _signed(2, OLD)]
    both += [_signed(number, BEN, by="ben") for number in (3, 4)]
    [finding] = _found(tmp_path / "both", [*both, declared(5, "ben", _key(BEN))])
    assert finding.severity == "error"
    [finding] = _found(tmp_path / "others", [early[0], declared(1, "ben", _key(BEN))])
    assert finding.severity == "error"
