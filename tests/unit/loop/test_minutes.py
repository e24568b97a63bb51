"""The minutes of reviews are compared with what was recorded, and anchor the ledger."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pmpo.assure.minutes import minutes_findings
from pmpo.diagnostics import PmpoError
from pmpo.model.entry import Actor, Entry
from pmpo.office.reviewing import Held, hold
from tests.decided import BEN, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.decided import Trial


@pytest.fixture
def made(tmp_path: Path) -> Trial:
    """An office in which something was proposed, so that its minutes carry a checkpoint."""
    made = trial(tmp_path)
    made.office.now = made.clock
    made.desk.propose(wish(), BEN)
    return made


def review(made: Trial) -> Held:
    """Hold a review."""
    return hold(made.desk, made.office.latest(), made.office.folder, BEN, present=(), notes="")


def codes(made: Trial) -> list[str]:
    """What `verify` and `doctor` find wrong, which is the same."""
    found = {one.code for one in made.office.verify().findings}
    assert found == {one.code for one in made.office.doctor().findings}
    return sorted(found)


def test_minutes_that_were_changed_are_named(made: Trial) -> None:
    """A word less in the file is found by `verify` and `doctor`; other line ends are no change."""
    path = review(made).path
    text = path.read_bytes()
    path.write_bytes(text.replace(b"\n", b"\r\n"))
    assert codes(made) == []
    assert made.office.verify().sound
    path.write_bytes(text.replace(b"waits for approval", b"was approved"))
    assert codes(made) == ["ledger/minutes-changed"]
    [found] = minutes_findings(made.office.ledger(), made.office.folder)
    assert f"{path} is not what entry 2 records" in found.message
    path.write_bytes(text)
    assert codes(made) == []


def test_minutes_that_are_gone_are_named(made: Trial) -> None:
    """Where the process was killed before the end, the file is there under another name."""
    path = review(made).path
    half = path.with_suffix(".0badcafe.part")
    path.rename(half)
    assert codes(made) == ["ledger/minutes-missing"]
    [found] = minutes_findings(made.office.ledger(), made.office.folder)
    assert found.help == f"`mv '{half}' '{path}'`"
    half.write_text("something else")
    [found] = minutes_findings(made.office.ledger(), made.office.folder)
    assert "from a backup" in (found.help or "")


def test_minutes_anchor_the_ledger(made: Trial) -> None:
    """An old copy of the log that is put back contradicts the minutes that were held after it."""
    review(made)
    old = made.office.folder / "old.db"
    ledger = made.office.folder / ".pmpo" / "ledger" / "ledger.db"
    shutil.copy(ledger, old)
    made.desk.propose(wish(because="more"), BEN)
    review(made)
    assert made.office.verify().as_json()["anchors"] == 2
    shutil.copy(old, ledger)
    assert "ledger/anchor-ahead" in codes(made)


def test_nothing_is_left_of_a_review_that_was_not_recorded(made: Trial) -> None:
    """Where the ledger refuses it, no half minutes stay behind."""
    made.clock.now = made.clock.now.replace(year=2023)
    with pytest.raises(PmpoError, match="ledger/clock"):
        review(made)
    assert list((made.office.folder / "reviews").rglob("*.*")) == []


def test_who_was_faster_takes_the_name(made: Trial) -> None:
    """Of two reviews at once each has its own file, with what was recorded of it."""
    desk = made.desk
    first: list[Held] = []
    checkpoint = desk.checkpoint

    def meanwhile() -> str:
        if not first:
            first.append(review(made))
        return checkpoint()

    desk.checkpoint = meanwhile  # type: ignore[method-assign]
    second = hold(desk, made.office.latest(), made.office.folder, BEN, present=(), notes="")
    assert first[0].path.name.endswith("-1.md")
    assert second.path.name.endswith("-2.md")
    assert codes(made) == []
    assert len(list(second.path.parent.iterdir())) == 2


def test_an_entry_names_no_file_outside(made: Trial) -> None:
    """What lies elsewhere is not looked at, whatever an entry says."""
    for number, name in enumerate(("../x.md", "/etc/passwd", "office.yaml")):
        body = {"file": name, "minutes": "sha256:0"}
        now = made.clock()
        entry = Entry(f"odd-{number}", "Reviewed", "other", now, Actor("ben"), body)
        made.office.ledger().append([entry])
    assert list(minutes_findings(made.office.ledger(), made.office.folder)) == []


def test_whoever_verifies_needs_no_secret(made: Trial) -> None:
    """Without the log's secret key all is verified as before; `doctor` says what is missing."""
    path = review(made).path
    (made.office.folder / ".pmpo" / "ledger" / "ledger.key").unlink()
    found = made.office.verify()
    assert found.sound
    assert [(one.code, one.severity) for one in found.findings] == [("ledger/key-missing", "note")]
    assert [one.severity for one in made.office.doctor().findings] == ["error"]
    path.write_text("other", encoding="utf-8")
    assert "ledger/minutes-changed" in [one.code for one in made.office.verify().findings]
