"""What is done with a unit uses a seat only where the charter keeps seats for it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pmpo.decide.madr import madr
from pmpo.decide.standing import decided_of
from pmpo.evaluate.seatless import seatless
from pmpo.evaluate.selection import selected
from pmpo.model.decision import Proposal
from tests.decided import ANNA, BEN, CHARTER, trial, wish

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.office.decisions import Answer
    from tests.decided import Trial

TABLED = CHARTER.replace(
    "axes:\n",
    """tables:
  do:
    hit: UNIQUE
    inputs: [earned]
    outputs: [act, shelves]
    rules:
      - {id: A, when: ['>= 25'], then: [show, '2'], because: It earns.}
      - {id: B, when: ['< 25'], then: [move, '1'], because: It does not.}
axes:
""",
).replace("capacity: 2", "capacity: 2, requires: [act = 'show']")
QUIET: dict[str, Any] = {"gains": None, "gives_up": None, "because": "as it says"}


def office(base: Path, charter: str = TABLED) -> Trial:
    """The trial's office, with a table that shows some units and moves the others."""
    return trial(base, charter=charter)


def outcomes(made: Trial) -> dict[str, str]:
    """What the table says of each unit."""
    rows = made.office.latest().evaluation.results.to_pylist()
    return {row["key_sku"]: row["outcome"] for row in rows}


def lacks(answer: Answer) -> list[str]:
    """The ids of unmet conditions, without that of the second pair of eyes."""
    return [one.id for one in answer.unmet if one.id != "approve/nobody"]


def decided(made: Trial, **more: Any) -> Proposal:
    """What somebody proposed and somebody else approved."""
    answer = made.desk.propose(wish(**{**QUIET, **more}), ANNA)
    assert lacks(answer) == []
    made.desk.approve(answer.decision.id, BEN)
    return made.desk.decision(answer.decision.id).proposal


def taking(made: Trial) -> tuple[int, list[str]]:
    """How many seats people hold, and who is taken now."""
    run = made.office.latest()
    found = selected(run.charter, run.evaluation, decided_of(made.desk.state()))
    assert found is not None
    return found.held, found.units()


def test_what_is_moved_takes_nobodys_seat(tmp_path: Path) -> None:
    """It is decided and goes its way; the seats stay with those for whom they are kept."""
    made = office(tmp_path)
    moved = next(unit for unit, act in outcomes(made).items() if act == "move")
    before = taking(made)
    proposed = made.desk.propose(wish(units=(moved,), **QUIET), ANNA)
    assert proposed.numbers is None
    assert proposed.decision.proposal.seatless == (moved,)
    assert proposed.decision.proposal.seated == ()
    assert taking(made) == before
    made.desk.approve(proposed.decision.id, BEN)
    one = made.desk.decision(proposed.decision.id)
    assert (one.status, one.stages) == ("decided", {moved: "committed"})
    assert taking(made) == before
    assert "\nSeats: none is used.\n" in madr(one, made.desk.charter)


@pytest.mark.parametrize(
    "said", [{"gains": ("margin",)}, {"gives_up": ("growth",)}, {"against": "first"}]
)
def test_nothing_is_gained_for_a_seat_that_is_not_used(
    tmp_path: Path, said: dict[str, Any]
) -> None:
    """What no number can be held against is refused; `nothing` on both sides is none."""
    made = office(tmp_path)
    acts = outcomes(made)
    moved = next(unit for unit, act in acts.items() if act == "move")
    shown = next(unit for unit, act in acts.items() if act == "show")
    more = {name: shown if value == "first" else value for name, value in said.items()}
    answer = made.desk.propose(wish(units=(moved,), **{**QUIET, **more}), ANNA, dry_run=True)
    assert lacks(answer) == ["trade_off/no-seat"]
    assert f"no seat is used for `{moved}`" in answer.unmet[0].reason
    both = wish(units=(moved,), **{**QUIET, "gains": ("nothing",), "gives_up": ("nothing",)})
    assert lacks(made.desk.propose(both, ANNA, dry_run=True)) == []


def test_an_override_uses_a_seat_by_its_action(tmp_path: Path) -> None:
    """Moved instead of shown it frees its seat; shown instead of moved it needs one."""
    made = office(tmp_path)
    _, (first, *_) = taking(made)
    moved = next(unit for unit, act in outcomes(made).items() if act == "move")
    instead = {"verdict": "override", "reason_code": "strategy"}
    gone = decided(made, units=(first,), action="move", **instead)
    assert gone.seatless == (first,)
    held, taken = taking(made)
    assert held == 0
    assert first not in taken
    said = wish(units=(moved,), action="show", **{**QUIET, **instead})
    answer = made.desk.propose(said, ANNA, dry_run=True)
    assert "trade_off/missing" in lacks(answer)
    assert answer.numbers is not None
    assert answer.decision.proposal.seated == (moved,)


def test_of_several_units_those_that_use_seats_are_compared(tmp_path: Path) -> None:
    """The numbers are those of the units that are taken, as if the others were not named."""
    made = office(tmp_path)
    acts = outcomes(made)
    moved = next(unit for unit, act in acts.items() if act == "move")
    _, (first, *_) = taking(made)
    alone = made.desk.propose(wish(units=(first,), **QUIET), ANNA, dry_run=True)
    both = made.desk.propose(wish(units=(first, moved), **QUIET), ANNA, dry_run=True)
    assert both.numbers == alone.numbers
    assert both.decision.proposal.seatless == (moved,)
    assert Proposal.from_json(both.decision.proposal.as_json()) == both.decision.proposal
    assert "seatless" not in alone.decision.proposal.as_json()


@pytest.mark.parametrize(
    ("take", "accepted", "moved"),
    [
        ("requires: [sold >= 0]", [], []),
        ("requires: [\"act = 'show'\", sold >= 1000000]", ["move"], ["move", "show"]),
        ("requires: [do.shelves >= 2]", [], []),
        ("requires: [\"act = 'show'\"], must: [a, b, c, d]", [], ["move", "show"]),
        ("requires: [\"act in ('move', 'show')\"]", [], []),
        ("fence: 4 weeks", [], []),
    ],
)
def test_only_what_is_asked_of_the_outcome_keeps_a_seat_free(
    tmp_path: Path, take: str, accepted: list[str], moved: list[str]
) -> None:
    """Other conditions can be gone against, and `must` goes before them.

    Args:
        accepted: the outcomes with which a unit uses no seat.
        moved: the same, where people move it instead.
    """
    made = office(tmp_path, TABLED.replace("requires: [act = 'show']", take))
    run, acts = made.office.latest(), outcomes(made)
    assert set(acts.values()) == {"move", "show"}
    for action, wanted in (("", accepted), ("move", moved)):
        found = seatless(run.charter, run.evaluation, tuple(acts), action)
        assert found == tuple(unit for unit, act in acts.items() if act in wanted)
    assert seatless(run.charter, run.evaluation, ("nobody",), "move") == ()


def test_words_are_not_held_against_an_outcome_that_is_a_number(tmp_path: Path) -> None:
    """Where the table gives a number, an action in words says nothing of the condition."""
    numbers = TABLED.replace("then: [show, '2']", "then: ['2', x]").replace(
        "then: [move, '1']", "then: ['1', y]"
    )
    made = office(tmp_path, numbers.replace("act = 'show'", "act >= 2"))
    run = made.office.latest()
    acts = outcomes(made)
    low = tuple(unit for unit, act in acts.items() if Decimal(act) < 2)
    assert low
    assert seatless(run.charter, run.evaluation, tuple(acts)) == low
    assert seatless(run.charter, run.evaluation, tuple(acts), "elsewhere") == ()


def test_a_charter_without_tables_or_take_keeps_no_seats_apart(tmp_path: Path) -> None:
    """There all that is accepted is taken, as before."""
    made = office(tmp_path, CHARTER)
    run = made.office.latest()
    assert seatless(run.charter, run.evaluation, ("a", "b")) == ()
    assert run.charter.ranking is not None
    bare = replace(run.charter, ranking=replace(run.charter.ranking, take=None))
    assert seatless(bare, run.evaluation, ("a", "b")) == ()
