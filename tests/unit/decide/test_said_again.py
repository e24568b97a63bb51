"""What is said twice, or of what has ended, gets an answer that says so."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pmpo.cli.decide_views import answer, decision, signed
from pmpo.cli.output import show
from pmpo.cli.waiver_views import granted
from pmpo.cli.wishes import action
from pmpo.decide.waive import waiver_of
from pmpo.diagnostics import PmpoError
from tests.decided import ANNA, BEN, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

NOT_TAKEN = {"gains": None, "gives_up": None, "expectation": None, "because": "no room"}


def test_what_lapsed_is_not_opened_again(tmp_path: Path) -> None:
    """It holds no more already: opening it is refused, with what lets it hold, and not recorded."""
    made = trial(tmp_path)
    id = made.desk.propose(wish(), ANNA).decision.id
    made.desk.approve(id, BEN)
    for _ in range(2):
        made.office.review("shelves", BEN)
    size = made.desk.state().size
    with pytest.raises(PmpoError) as refused:
        made.desk.reopen(id, ANNA, "it was right")
    [told] = refused.value.findings
    assert told.code == "decision/not-open"
    assert told.message == f"{id} has lapsed, and holds no more: there is nothing to open again"
    assert made.desk.state().size == size
    assert made.desk.decision(id).reopened is None


def test_who_says_again_what_holds_in_part_is_told_what_took_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A batch of which one unit was decided anew is not `again`: that holds no more as a whole."""
    made = trial(tmp_path)
    batch = wish(units=("a", "b"), verdict="hold", **NOT_TAKEN)
    old = made.desk.propose(batch, ANNA).decision.id
    made.desk.approve(old, BEN)
    said = wish(units=("b",), verdict="reject", supersedes=old, **NOT_TAKEN)
    new = made.desk.propose(said, ANNA).decision.id
    made.desk.approve(new, BEN)
    found = made.desk.propose(batch, ANNA)
    [unmet] = found.unmet
    assert (unmet.id, found.recorded) == ("propose/again", 0)
    assert unmet.reason == f"exactly this was decided as {old}, and about `b` {new} took its place"
    assert f"`pmpo decide b --supersedes {new} --as NAME …`" in unmet.meets
    show(*answer(found))
    assert capsys.readouterr().out.startswith("not proposed: hold")


def test_signing_and_asking_twice_say_that_nothing_more_was_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second time says that it was done already."""
    made = trial(tmp_path)
    made.desk.ratify(ANNA)
    again = made.desk.ratify(ANNA)
    assert again.recorded == 0
    show(*signed(again))
    assert "signed already; nothing more was recorded" in capsys.readouterr().out
    asked = waiver_of("sold", "worst", because="late", expires=date(2999, 1, 1))
    assert made.desk.waive(asked, ANNA).recorded == 1
    show(*granted(made.desk.waive(asked, ANNA)))
    assert "asked for already, and nothing more was recorded" in capsys.readouterr().out


def test_a_decision_shows_its_option_and_what_else_was_considered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the record holds can be read at the terminal as well."""
    made = trial(tmp_path)
    said = wish(verdict="hold", option="later", options=("never",), **NOT_TAKEN)
    show(*decision(made.desk.propose(said, ANNA).decision))
    told = " ".join(capsys.readouterr().out.split())
    assert "option later considered never" in told


def test_what_is_due_says_how_many_units_it_is_about(tmp_path: Path) -> None:
    """A batch is not called by its first unit alone."""
    made = trial(tmp_path)
    made.desk.propose(wish(units=("a", "b"), verdict="hold", **NOT_TAKEN), ANNA)
    [item] = made.desk.due()
    assert " and 1 more: hold waits for approval" in item.reason


def test_the_day_of_an_action_is_asked_for_where_it_stands() -> None:
    """The help shows the whole action, and not an option that takes a day."""
    with pytest.raises(PmpoError) as refused:
        action("build; anna; soon; it stands")
    assert refused.value.findings[0].help == "write 'what; owner; YYYY-MM-DD; done when'"
