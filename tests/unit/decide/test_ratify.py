"""Charters to sign: quorum, seats, editors, and which charter counts on which day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.charter.canonical import text_hash
from pmpo.decide.ratify import seats_filled
from pmpo.model.entry import Actor
from pmpo.model.office import OfficeFile, Person
from pmpo.store.ledger.keys import write_key
from pmpo.store.ledger.note import SigningKey
from tests.decided import ANNA, BEN, CHARTER, CLEO, OFFICE, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.office.charters import Signed

SEATS = ("lead", "finance", "supply")
ROLES = st.dictionaries(
    st.sampled_from(["p", "q", "r", "s"]), st.sets(st.sampled_from(SEATS)), max_size=4
)


@settings(max_examples=200)
@given(ROLES, st.lists(st.sampled_from(SEATS), unique=True, min_size=1))
def test_each_person_fills_one_seat(roles: dict[str, set[str]], seats: list[str]) -> None:
    """The most seats that different people can fill, as trying every arrangement finds it."""
    office = OfficeFile(
        edition=1,
        people={name: Person(name=name, roles=tuple(sorted(of))) for name, of in roles.items()},
    )
    people = list(roles)
    padded = [*people, *[""] * len(seats)]
    best = max(
        sum(seat in roles.get(person, set()) for seat, person in zip(seats, order, strict=False))
        for order in permutations(padded, len(seats))
    )
    assert seats_filled(people, seats, office) == best


def test_two_of_three_sign(tmp_path: Path) -> None:
    """One signature is not enough; a second one by another role ratifies, and a third adds none."""
    made = trial(tmp_path)
    first = made.desk.ratify(ANNA)
    assert (first.ratified, [one.id for one in first.unmet]) == (
        False, ["ratify/quorum", "ratify/own-work"],
    )  # fmt: skip
    assert not made.desk.ratify(ANNA).recorded
    second = made.desk.ratify(BEN)
    assert (second.ratified, second.unmet, second.signers) == (True, (), ("anna", "ben"))
    assert [one.id for one in made.desk.ratify(CLEO).unmet] == ["ratify/already"]
    stranger = made.desk.ratify(Actor("mallory"))
    assert "ratify/not-allowed" in [one.id for one in stranger.unmet]


def test_nobody_makes_himself_the_only_signer(tmp_path: Path) -> None:
    """A charter that asks for fewer signatures needs those that the charter before it asked for."""
    made = trial(tmp_path)
    made.desk.ratify(ANNA)
    made.desk.ratify(BEN)
    _quorum(tmp_path, "{any: 1, of: [supply]}")
    own = made.desk.ratify(CLEO, editor="mallory")
    assert (own.ratified, [one.id for one in own.unmet]) == (False, ["ratify/quorum-before"])
    assert made.desk.ratify(ANNA).ratified
    _quorum(tmp_path, "{any: 1, of: [lead]}")
    last = made.desk.ratify(CLEO, editor="mallory")
    assert [one.id for one in last.unmet] == ["ratify/quorum"]


def test_a_charter_may_demand_keys(tmp_path: Path) -> None:
    """Only signatures with keys count, for that charter and for the one that replaces it."""
    keys = {name: SigningKey.new(name) for name in ("anna", "ben")}
    office = OFFICE
    for name, key in keys.items():
        write_key(tmp_path / f"{name}.key", key)
        office = office.replace(f"{name}: {{", f"{name}: {{key: {key.verifier}, ")
    base = tmp_path / "office"
    seats = "of: [lead, finance, supply]"
    made = trial(base, office=office)
    _quorum(base, f"{{any: 2, {seats}, needs: [key]}}")

    def signed(name: str) -> Signed:
        desk = made.desk
        return desk.ratify(desk.actor(name, tmp_path / f"{name}.key"))

    refused = made.desk.ratify(ANNA)
    assert [one.id for one in refused.unmet] == ["ratify/key"]
    assert (refused.recorded, "--key FILE" in refused.unmet[0].meets) == (0, True)
    first = signed("anna")
    assert first.unmet[0].reason.startswith("1 of 2 signatures with keys are there")
    assert signed("ben").ratified
    _quorum(base, f"{{any: 2, {seats}}}")
    assert [one.id for one in made.desk.ratify(BEN).unmet] == ["ratify/key"]
    signed("anna")
    assert signed("ben").ratified
    _quorum(base, f"{{any: 1, {seats}}}")
    third = made.desk.ratify(CLEO)
    assert [one.id for one in third.unmet] == ["ratify/quorum-before", "ratify/own-work"]
    assert third.recorded


def _quorum(base: Path, asked: str) -> None:
    """Let the charter in the file ask for other signatures."""
    text = CHARTER.replace("{any: 2, of: [lead, finance, supply]}", asked)
    (base / "programs" / "shelves" / "charter.yaml").write_text(text, encoding="utf-8")


def test_the_signed_bytes_stay(tmp_path: Path) -> None:
    """What was signed can be read again, also after everything else was collected."""
    made = trial(tmp_path)
    signed = made.desk.ratify(ANNA)
    made.office.collect(keep_days=0, keep_last=0, delete=True)
    name = signed.charter.text_hash
    path = tmp_path / ".pmpo" / "objects"
    [kept] = [file for file in path.rglob("*") if file.is_file() and _has(file, name)]
    assert text_hash(kept.read_bytes()) == name


def _has(file: Path, name: str) -> bool:
    return text_hash(file.read_bytes()) == name


def test_who_edits_cannot_sign_alone(tmp_path: Path) -> None:
    """Where one signature would do, it has to be somebody else's than the editor's."""
    text = CHARTER.replace("{any: 2,", "{any: 1,")
    made = trial(tmp_path, charter=text)
    own = made.desk.ratify(BEN)
    assert [one.id for one in own.unmet] == ["ratify/own-work"]
    assert not own.ratified
    assert made.desk.ratify(CLEO).ratified
    other = trial(tmp_path / "other", charter=text)
    assert other.desk.ratify(BEN, editor="anna").ratified


def test_a_charter_counts_from_its_day(tmp_path: Path) -> None:
    """Before the effective day it is a draft; and another wording of the same logic is no draft."""
    made = trial(tmp_path)
    day, begins = date(2024, 2, 10), datetime(2024, 2, 10, tzinfo=UTC)
    made.desk.ratify(ANNA, effective=day)
    assert made.desk.ratify(BEN).effect.at == begins
    logic = made.desk.charter.logic_hash
    state = made.desk.state()
    assert not state.is_ratified(logic, begins - timedelta(microseconds=1))
    assert state.is_ratified(logic, begins)
    assert made.desk.propose(wish(), ANNA, dry_run=True).decision.proposal.grounds.draft
    made.clock.now += timedelta(days=9)
    assert not made.desk.propose(wish(), ANNA, dry_run=True).decision.proposal.grounds.draft


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        (("weight: 50, signals: {sold", "weight: 51, signals: {sold"), "errors"),
        (("    value: {0: 0, 50", "    status: draft\n    value: {0: 0, 50"),
         "ratify/draft-definitions"),
    ],
)  # fmt: skip
def test_what_is_not_finished_cannot_be_signed(
    tmp_path: Path, change: tuple[str, str], lacking: str
) -> None:
    """Errors of `check` and definitions that are still drafts keep a charter from being signed."""
    made = trial(tmp_path)
    path = tmp_path / "programs" / "shelves" / "charter.yaml"
    path.write_text(CHARTER.replace(*change), encoding="utf-8")
    if lacking == "errors":
        from pmpo.diagnostics import CharterError

        with pytest.raises(CharterError):
            made.desk.ratify(ANNA)
    else:
        assert [one.id for one in made.desk.ratify(ANNA).unmet] == [lacking]


def test_a_pilot_lapses_unless_its_charter_is_ratified(tmp_path: Path) -> None:
    """A decision under a draft is provisional: two reviews end it, a ratification confirms it."""
    made = trial(tmp_path)
    made.desk.propose(wish(), ANNA)
    [one] = made.desk.state().decisions.values()
    made.desk.approve(one.id, BEN)
    held = ""
    for expected in ("decided", "decided"):
        assert made.desk.decision(one.id).status == expected
        assert made.desk.decision(one.id).provisional
        assert "Lapsed" not in held
        held = _review(made)
    said = held[held.index("## Lapsed with this review") :]
    assert f"- `{one.id}` accept" in said
    assert "was provisional, and its charter was never ratified (lead, since" in said
    assert made.desk.due()[0].since == made.desk.today
    assert made.desk.decision(one.id).status == "lapsed"
    assert [item.kind for item in made.desk.due()] == ["provisional-lapsed"]
    made.desk.ratify(ANNA)
    made.desk.ratify(BEN)
    assert made.desk.decision(one.id).status == "decided"


def _review(made: object) -> str:
    """Hold a review, and read its minutes."""
    from pmpo.office.reviewing import hold
    from tests.decided import Trial

    assert isinstance(made, Trial)
    run = made.office.latest()
    held = hold(made.desk, run, made.office.folder, BEN, present=(), notes="")
    assert held.due == len(made.desk.due())
    return held.text
