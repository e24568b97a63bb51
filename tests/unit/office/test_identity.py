"""Who acts at a desk, and what the ledger is told of people's keys before they sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pmpo.diagnostics import PmpoError
from pmpo.model.entry import Actor, Entry
from pmpo.store.ledger.authors import KEY_DECLARED
from pmpo.store.ledger.keys import keys_folder, write_key
from pmpo.store.ledger.note import SigningKey
from tests.decided import ANNA, BEN, OFFICE, Trial, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

HERS, OTHER = SigningKey.new("anna"), SigningKey.new("anna")


def _office(**keys: SigningKey) -> str:
    text = OFFICE
    for name, key in keys.items():
        text = text.replace(f"  {name}: {{", f'  {name}: {{key: "{key.verifier}", ')
    return text


@pytest.fixture
def made(tmp_path: Path) -> Trial:
    """An office that names a key of Anna's, and her two keys beside it."""
    write_key(tmp_path / "anna.key", HERS)
    write_key(tmp_path / "other.key", OTHER)
    return trial(tmp_path / "office", office=_office(anna=HERS))


def _say(made: Trial, text: str) -> None:
    (made.office.folder / "office.yaml").write_text(text, encoding="utf-8")


def _declared(made: Trial) -> list[tuple[int, str, str, str]]:
    found = made.office.ledger().entries(kind=KEY_DECLARED)
    said: list[tuple[int, Any, Any, str]] = [
        (one.position, one.entry.body["person"], one.entry.body["key"], one.entry.actor.name)
        for one in found
    ]
    return said


def test_a_key_is_declared_before_it_signs(made: Trial, tmp_path: Path) -> None:
    """All that is written by key is signed, the evaluation that a proposal rests on too."""
    desk = made.desk
    anna = desk.actor("anna", tmp_path / "anna.key")
    answer = desk.propose(wish(), anna)
    assert answer.recorded == 1
    assert _declared(made) == [(0, "anna", str(HERS.verifier), "anna")]
    written = [one.entry for one in made.office.ledger().entries()]
    assert [one.kind for one in written] == [KEY_DECLARED, "Evaluated", "Proposed"]
    assert all(one.actor.signature for one in written)
    assert made.office.verify().findings == ()


def test_nobody_is_told_to_take_the_key_of_another(made: Trial, tmp_path: Path) -> None:
    """Who names another's key is told whose it is, and not to write it under their own name."""
    with pytest.raises(PmpoError, match="is the key of `anna`, and not of `ben`") as refused:
        made.desk.actor("ben", tmp_path / "anna.key")
    assert "people.ben.key" not in (refused.value.findings[0].help or "")


def test_changes_of_keys_are_told_once(made: Trial, tmp_path: Path) -> None:
    """New keys, changed ones and those of people who left are told before the next entry."""
    desk = made.desk
    decision = desk.propose(wish(), desk.actor("anna", tmp_path / "anna.key")).decision
    ben = SigningKey.new("ben")
    write_key(tmp_path / "ben.key", ben)
    _say(made, _office(anna=OTHER, ben=ben))
    desk.approve(decision.id, desk.actor("ben", tmp_path / "ben.key"))
    assert _declared(made)[1:] == [
        (3, "ben", str(ben.verifier), "ben"),
        (4, "anna", str(OTHER.verifier), "ben"),
    ]
    _say(made, _office(ben=ben))
    desk.reopen(decision.id, BEN, "it rains")
    assert _declared(made)[3:] == [(7, "anna", "", "ben")]
    assert made.office.verify().findings == ()


def test_a_key_of_somebody_who_left_signs_no_more(made: Trial, tmp_path: Path) -> None:
    """Her decisions still verify; what her key signs later, past PMPO, is found."""
    desk = made.desk
    anna = desk.actor("anna", tmp_path / "anna.key")
    desk.propose(wish(), anna)
    _say(made, _office())
    with pytest.raises(PmpoError) as refused:
        desk.propose(wish(because="once more"), anna)
    assert [one.code for one in refused.value.findings] == ["actor/key"]
    desk.propose(wish(because="by word"), replace(anna, how="asserted", key=""))
    assert made.office.verify().findings == ()
    from pmpo.store.ledger.signatures import sign_entry

    late = Entry("late", "Noted", None, made.clock(), anna)
    made.office.ledger().append([sign_entry(late, HERS)])
    [finding] = made.office.verify().findings
    assert finding.code == "ledger/key-withdrawn"


def test_only_the_key_that_the_office_names_acts(made: Trial, tmp_path: Path) -> None:
    """Another key of the same name is refused, with what to write."""
    with pytest.raises(PmpoError) as refused:
        made.desk.actor("anna", tmp_path / "other.key")
    [finding] = refused.value.findings
    assert finding.code == "actor/key"
    assert str(OTHER.verifier) in finding.note
    with pytest.raises(PmpoError):
        made.desk.actor("mallory", tmp_path / "anna.key")


def test_an_evaluation_is_recorded_by_whoever_comes_first(made: Trial, tmp_path: Path) -> None:
    """A second proposal on the same evaluation records it no second time."""
    desk = made.desk
    desk.propose(wish(), BEN)
    desk.propose(wish(because="mine"), desk.actor("anna", tmp_path / "anna.key"))
    kinds = [one.entry.kind for one in made.office.ledger().entries()]
    assert kinds.count("Evaluated") == 1
    assert made.office.verify().findings == ()


def test_a_run_that_is_recorded_tells_of_keys_too(made: Trial, tmp_path: Path) -> None:
    """Whatever is recorded next, a key that was taken back is so from there on."""
    desk = made.desk
    desk.propose(wish(), desk.actor("anna", tmp_path / "anna.key"))
    _say(made, _office())
    recorded = made.office.run("shelves", as_of="2024-01-31", record_as="ben").recorded
    assert recorded is not None
    assert (recorded.new, recorded.position) == (True, 4)
    assert _declared(made)[1:] == [(3, "anna", "", "ben")]
    assert made.office.verify().findings == ()


def test_people_are_called_as_they_are(tmp_path: Path) -> None:
    """Names that an entry's id cannot hold approve, sign and review like any others."""
    name, long = "花子", "a" * 150
    office = OFFICE.replace("ben:", f"{name}:").replace("cleo:", f"{long}:")
    made = trial(tmp_path / "office", office=office)
    hanako = Actor(name)
    made.desk.ratify(hanako)
    assert made.desk.ratify(Actor(long)).ratified
    decision = made.desk.propose(wish(), ANNA).decision
    assert made.desk.approve(decision.id, hanako).decision.status == "decided"
    made.office.review("shelves", hanako)
    assert {one.severity for one in made.office.verify().findings} <= {"note"}


def test_runs_and_corrected_clocks_are_signed(made: Trial, tmp_path: Path) -> None:
    """Whoever records an evaluation, or corrects a clock, signs with their key; others' is none."""
    own, other = tmp_path / "anna.key", tmp_path / "other.key"
    made.office.now = made.clock
    with pytest.raises(PmpoError, match="actor/key"):
        made.office.run("shelves", as_of="2024-01-31", record_as="anna", key=other)
    made.office.run("shelves", as_of="2024-01-31", record_as="anna", key=own)
    made.clock.now = made.clock.now.replace(year=2023)
    made.office.correct_clock("anna", "it ran ahead", key=own)
    written = [one.entry for one in made.office.ledger().entries()]
    assert [one.kind for one in written] == [KEY_DECLARED, "Evaluated", "ClockCorrected"]
    assert all(one.actor.signature for one in written)
    assert made.office.verify().sound


def test_a_file_that_is_not_there_is_no_lost_key(made: Trial, tmp_path: Path) -> None:
    """Whoever mistypes the file of their key is not told that the ledger has lost its own."""
    with pytest.raises(PmpoError, match="actor/no-key-file") as refused:
        made.desk.actor("anna", tmp_path / "ana.key")
    assert "`pmpo key anna --new` makes one" in (refused.value.findings[0].help or "")


@pytest.mark.parametrize("what", ["a folder", "no key", "no text"])
def test_a_file_that_is_no_personal_key_is_not_told_as_the_logs(
    made: Trial, tmp_path: Path, what: str
) -> None:
    """Who names a wrong file with `--key` reads of their own key, and where it lies."""
    path = tmp_path / "wrong"
    if what == "a folder":
        path.mkdir()
    else:
        path.write_bytes(b"charter: 1" if what == "no key" else b"\xff\xfe")
    with pytest.raises(PmpoError) as refused:
        made.desk.actor("anna", path)
    [found] = refused.value.findings
    assert found.code == ("ledger/key-unreadable" if what == "a folder" else "ledger/key-damaged")
    assert "append" not in found.note
    assert "backup" not in found.help
    assert str(keys_folder()) in found.help
