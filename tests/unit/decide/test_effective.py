"""When a charter begins to count, what its signers are shown, and which one counts until then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pmpo.diagnostics import PmpoError
from pmpo.model.effect import effect_of
from pmpo.store.layout import open_store
from tests.decided import ANNA, BEN, CHARTER, CLEO, NOW, Trial, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

MONDAYS = "cadence: {review: {rule: FREQ=WEEKLY;BYDAY=MO;BYHOUR=9, tz: Asia/Tokyo, chair: lead}}\n"
AFTER = f"{CHARTER}effective: after next review\n{MONDAYS}"
STEERING = "steering: {rule: FREQ=MONTHLY;BYMONTHDAY=-1}"
MONDAY = datetime(2024, 2, 5, tzinfo=UTC)  # 9:00 in Tokyo


def write(made: Trial, text: str) -> None:
    """Put another charter into the file."""
    path = made.office.folder / "programs" / "shelves" / "charter.yaml"
    path.write_text(text, encoding="utf-8")


def ratify(made: Trial) -> None:
    """Two of three sign what stands in the file."""
    made.desk.ratify(ANNA)
    assert made.desk.ratify(BEN).ratified


def test_it_counts_after_the_next_review(tmp_path: Path) -> None:
    """The moment is that of the next review in its zone, shown before signing, and then obeyed."""
    made = trial(tmp_path, charter=AFTER)
    seen = made.desk.ratify(ANNA, dry_run=True)
    assert (seen.effect.at, seen.effect.rule) == (MONDAY, "after next review")
    assert not made.desk.state().signatures
    made.desk.ratify(ANNA)
    made.clock.now = NOW + timedelta(days=4)
    signed = made.desk.ratify(BEN)
    assert signed.effect.at == MONDAY + timedelta(weeks=1)
    [entry] = made.office.ledger().entries(kind="Ratified")
    assert entry.entry.body["effective"] == "2024-02-12T00:00:00.000000Z"
    assert entry.entry.body["rule"] == "after next review"
    assert made.desk.propose(wish(), ANNA, dry_run=True).decision.proposal.grounds.draft
    made.clock.now = datetime(2024, 2, 12, tzinfo=UTC)
    assert not made.desk.propose(wish(), ANNA, dry_run=True).decision.proposal.grounds.draft


@pytest.mark.parametrize(
    ("effective", "cadences", "begins"),
    [
        ("at once", "", NOW),
        ("2024-02-01", "", NOW),
        ("2024-03-01", "", datetime(2024, 3, 1, tzinfo=UTC)),
        ("after next steering", f"{STEERING}, review: {{rule: FREQ=DAILY}}",
         datetime(2024, 2, 29, tzinfo=UTC)),
        ("after next review", f"{STEERING}, weekly: {{rule: FREQ=WEEKLY;BYDAY=TU}}",
         datetime(2024, 2, 6, tzinfo=UTC)),
        ("after next review", "review: {rule: FREQ=WEEKLY;UNTIL=20240101}", None),
    ],
)  # fmt: skip
def test_what_a_charter_may_say(effective: str, cadences: str, begins: datetime | None) -> None:
    """At once, a day, the next of any review, or of the one that is named."""
    from pmpo.charter.load import loads

    text = f"{CHARTER}effective: {effective}\n" + (f"cadence: {{{cadences}}}\n" if cadences else "")
    charter = loads(text, "charter.yaml").charter
    assert charter is not None
    assert effect_of(charter, NOW).at == begins


def test_an_earlier_day_needs_a_reason(tmp_path: Path) -> None:
    """Who does not wait for the review says why; days that passed or differ are refused."""
    made = trial(tmp_path, charter=AFTER)

    def lacking(day: date, because: str = "") -> list[str]:
        found = made.desk.ratify(CLEO, effective=day, because=because, dry_run=True)
        return [one.id for one in found.unmet if one.id.startswith("ratify/effective")]

    day = NOW.date()
    assert lacking(day) == ["ratify/effective-because"]
    assert lacking(day, "Prices are wrong.") == []
    assert lacking(day - timedelta(days=1), "Late.") == ["ratify/effective-past"]
    assert lacking(date(2024, 3, 1)) == []
    made.desk.ratify(ANNA, effective=day, because="Prices are wrong.")
    assert lacking(date(2024, 3, 1)) == ["ratify/effective-differs"]
    signed = made.desk.ratify(BEN)
    assert signed.ratified
    assert signed.effect.at is not None
    assert signed.effect.at - NOW < timedelta(seconds=1)
    [entry] = made.office.ledger().entries(kind="Ratified")
    assert (entry.entry.body["rule"], entry.entry.body["because"]) == (
        "2024-02-02", "Prices are wrong.",
    )  # fmt: skip


def test_without_a_review_to_come_nothing_is_signed(tmp_path: Path) -> None:
    """A charter that would never count cannot be signed."""
    made = trial(tmp_path, charter=AFTER.replace("BYHOUR=9", "BYHOUR=9;UNTIL=20240131"))
    found = made.desk.ratify(ANNA, dry_run=True)
    assert ([one.id for one in found.unmet], found.signable) == (["ratify/no-review"], False)


def test_signers_see_what_changes(tmp_path: Path) -> None:
    """The difference to the charter ratified last in words, counted in the entry; none at first."""
    made = trial(tmp_path)
    first = made.desk.ratify(ANNA)
    assert (first.difference, first.replaces) == (None, "")
    ratify_text = first.charter.text_hash
    made.desk.ratify(BEN)
    write(
        made, CHARTER.replace("capacity: 2", "capacity: 3").replace("owner: lead", "owner: supply")
    )
    second = made.desk.ratify(ANNA)
    assert second.difference is not None
    assert [change.words for change in second.difference.touching("numbers")]
    assert second.replaces == ratify_text
    *_, entry = made.office.ledger().entries(kind="Signed")
    assert entry.entry.body["replaces"] == ratify_text
    assert entry.entry.body["changes"] == {
        kind: len(second.difference.touching(kind)) for kind in ("numbers", "duties", "wording")
    }


def test_a_lost_charter_keeps_nobody_from_signing(tmp_path: Path) -> None:
    """Where the bytes it replaces are gone, that is said instead of the difference."""
    made = trial(tmp_path)
    ratify(made)
    store = open_store(tmp_path)
    store.objects.remove(made.desk.written.text_hash)
    write(made, CHARTER.replace("capacity: 2", "capacity: 3"))
    found = made.desk.ratify(ANNA)
    assert (found.difference, found.signable) == (None, True)
    assert "has no object" in found.lost


def test_bytes_that_changed_unseen_are_not_signed(tmp_path: Path) -> None:
    """What is signed is what was shown."""
    made = trial(tmp_path)
    seen = made.desk.ratify(ANNA, dry_run=True).charter.text_hash
    write(made, CHARTER.replace("capacity: 2", "capacity: 3"))
    with pytest.raises(PmpoError, match="charter/changed-unseen"):
        made.desk.ratify(ANNA, shown=seen)
    assert not made.desk.state().signatures


def test_the_one_before_counts_until_then(tmp_path: Path) -> None:
    """Runs, plans and gates go by the older charter until the new one begins."""
    made = trial(tmp_path)
    ratify(made)
    old = made.desk.charter.logic_hash
    later = CHARTER.replace("capacity: 2", "capacity: 3") + "effective: 2999-01-01\n"
    write(made, later)
    assert (
        made.office.run(as_of="2024-01-30").evaluation.identity["charter"] != old
    )  # a draft runs as a draft
    ratify(made)
    told: list[str] = []
    made.office.tell = told.append
    run = made.office.run(as_of="2024-01-30")
    assert run.evaluation.identity["charter"] == old
    assert "the charter counts from 2999-01-01T00:00:00Z" in told[0]
    assert made.desk.charter.logic_hash == old
    planned = made.office.plan(as_of="2024-01-30")
    assert planned.old_charter.logic_hash == old
    assert planned.charter.logic_hash == made.desk.written.logic_hash
    made.clock.now = datetime(2999, 1, 1, tzinfo=UTC)
    assert made.desk.charter.logic_hash == made.desk.written.logic_hash


def test_gates_of_a_draft_do_not_hold(tmp_path: Path) -> None:
    """Who loosens a gate in the file passes the one that was ratified all the same."""
    made = trial(tmp_path, charter=CHARTER)
    ratify(made)
    write(made, CHARTER.replace("four_eyes: true, needs: [expectation, conflict]", "needs: []"))
    assert made.desk.propose(wish(), BEN).decision.status == "proposed"


def test_the_last_one_signed_wins(tmp_path: Path) -> None:
    """An emergency charter also replaces the one that waits; going back is signed anew."""
    made = trial(tmp_path)
    ratify(made)
    write(made, CHARTER + "effective: 2024-03-01\n")
    ratify(made)
    write(made, CHARTER.replace("capacity: 2", "capacity: 3"))
    ratify(made)
    emergency = made.desk.written.text_hash
    for day in (NOW, datetime(2024, 4, 1, tzinfo=UTC)):
        made.clock.now = day + timedelta(minutes=1)
        assert made.desk.charter.text_hash == emergency
    write(made, CHARTER)
    back = made.desk.ratify(ANNA)
    assert [one.id for one in back.unmet] == ["ratify/quorum", "ratify/own-work"]
    assert made.desk.ratify(BEN).ratified
    assert made.desk.charter.text_hash == made.desk.written.text_hash != emergency
    assert made.desk.state().rounds(made.desk.written.text_hash) == 2


def test_the_next_look_may_be_the_next_review(tmp_path: Path) -> None:
    """A decision is looked at on the day of the next review; without one, a day is asked for."""
    made = trial(tmp_path, charter=AFTER)
    asked = wish(next_look="next review")
    found = made.desk.propose(asked, ANNA, dry_run=True)
    assert found.decision.proposal.next_look == MONDAY.date()
    write(made, CHARTER)
    with pytest.raises(PmpoError, match="decision/no-review"):
        made.desk.propose(asked, ANNA, dry_run=True)
