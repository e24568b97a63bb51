"""Giving the ledger another key: who may, what is recorded, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import PmpoError
from pmpo.office.rotating import rotate
from pmpo.store.ledger.authors import KEY_DECLARED
from pmpo.store.ledger.keys import write_key
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.terms import KEY_ROTATED
from tests.decided import ANNA, NOW, OFFICE, Trial, trial
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from pathlib import Path

KEY = SigningKey.new("anna")


@pytest.fixture
def made(tmp_path: Path) -> Trial:
    """An office with a signed charter, whose keepers are those of finance."""
    write_key(tmp_path / "anna.key", KEY)
    office = OFFICE.replace("anna: {", f'anna: {{key: "{KEY.verifier}", ') + "keepers: [finance]\n"
    made = trial(tmp_path / "office", office=office)
    made.desk.ratify(ANNA)
    return made


def test_the_log_tells_who_gave_it_a_key_and_why(made: Trial, tmp_path: Path) -> None:
    """The entry is signed by whoever signs, says why, and everything goes on from there."""
    before = made.office.ledger().key
    done = rotate(
        made.office, "anna", tmp_path / "anna.key", "it was in a mail", made.clock, lost=False
    )
    assert (done.old, done.vouched, done.position) == (before, True, 2)
    assert made.office.ledger().key == done.new
    [recorded] = made.office.ledger().entries(kind=KEY_ROTATED)
    assert recorded.position == 2
    assert (recorded.entry.actor.name, recorded.entry.actor.how) == ("anna", "key")
    assert recorded.entry.body["because"] == "it was in a mail"
    made.desk.ratify(ANNA)
    assert made.office.verify().findings == ()
    assert made.office.verify(keys=[str(before)]).findings == ()
    other = SigningKey.new(before.name).verifier
    assert [one.code for one in made.office.verify(keys=[str(other)]).findings] == [
        "receipt/other-key"
    ]


def test_keys_of_people_are_told_with_it(made: Trial) -> None:
    """Where office.yaml has changed since, that is recorded first."""
    office = made.office.folder / "office.yaml"
    office.write_text(office.read_text().replace(f'key: "{KEY.verifier}", ', ""))
    done = rotate(made.office, "anna", None, "due", made.clock, lost=False)
    kinds = [one.entry.kind for one in made.office.ledger().entries()]
    assert kinds[-2:] == [KEY_DECLARED, KEY_ROTATED]
    assert done.position == len(kinds) - 1
    assert made.office.verify().findings == ()


@pytest.mark.parametrize(
    ("who", "because", "lost", "code"),
    [
        ("", "due", False, "actor/nobody"),
        ("mallory", "due", False, "rotate/not-allowed"),
        ("ben", "due", False, "rotate/not-allowed"),
        ("anna", " ", False, "rotate/because"),
        ("anna", "due", True, "ledger/key-not-lost"),
    ],
)
def test_what_is_refused_changes_nothing(
    made: Trial, who: str, because: str, lost: bool, code: str
) -> None:
    """Strangers, those without the right, no reason, and a key that is there after all."""
    before = made.office.ledger()
    size, key = before.size, before.key
    with refused(code):
        made.office.rotate(who, because, lost=lost)
    assert (made.office.ledger().size, made.office.ledger().key) == (size, key)


def test_another_persons_key_rotates_nothing(made: Trial, tmp_path: Path) -> None:
    """Who acts by key acts by their own."""
    write_key(tmp_path / "other.key", SigningKey.new("anna"))
    with refused("actor/key"):
        made.office.rotate("anna", "due", key=tmp_path / "other.key")


def test_a_clock_that_is_behind_rotates_nothing(made: Trial) -> None:
    """The log's days do not run backwards."""
    with refused("ledger/clock"):
        rotate(made.office, "anna", None, "due", lambda: NOW - timedelta(days=2), lost=False)


def test_an_office_without_a_ledger_has_no_key_to_change(tmp_path: Path) -> None:
    """Where nothing was recorded there is nothing to sign."""
    with refused("ledger/none"):
        trial(tmp_path / "office").office.rotate("anna", "due")


def test_an_auditor_sees_a_lost_key(made: Trial, tmp_path: Path) -> None:
    """A pack can be made, does not verify by itself, and does with the key known from elsewhere."""
    from pmpo.office.audit_check import verify_pack

    (made.office.folder / ".pmpo" / "ledger" / "ledger.key").unlink()
    with pytest.raises(PmpoError):
        rotate(made.office, "anna", None, "laptop dead", made.clock, lost=False)
    done = rotate(made.office, "anna", None, "laptop dead", made.clock, lost=True)
    made.office.audit(tmp_path / "pack")
    found = verify_pack(tmp_path / "pack")
    assert [(one.code, one.severity) for one in found.findings] == [("ledger/key-lost", "warning")]
    assert not found.sound
    assert verify_pack(tmp_path / "pack", keys=[str(done.new)]).sound
    with_old = verify_pack(tmp_path / "pack", keys=[str(done.old)])
    assert {one.code for one in with_old.findings} == {"ledger/key-lost", "receipt/other-key"}
    anchors, _, _ = made.office.anchor(tmp_path / "minutes.txt")
    assert verify_pack(tmp_path / "pack", anchors=[anchors]).sound
    page = (tmp_path / "pack" / "index.html").read_text()
    assert "nobody: the key before it was lost" in page
    assert json.dumps(found.as_json())
    assert found.as_json()["keys"] == [
        {"key": str(done.old), "since": -1, "vouched": True},
        {"key": str(done.new), "since": done.position, "vouched": False},
    ]
