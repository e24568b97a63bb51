"""Decisions are found by unit and by where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pmpo.decide.selecting import selected
from tests.decided import ANNA, BEN, trial, wish

if TYPE_CHECKING:
    from pathlib import Path


def test_decisions_are_found_by_unit_and_by_where_they_stand(tmp_path: Path) -> None:
    """Units by key or label, any of several; the newest first."""
    desk = trial(tmp_path).desk
    apple = desk.propose(wish(), ANNA).decision.id
    desk.approve(apple, BEN)
    more = {"verdict": "reject", "because": "no", "gains": None, "gives_up": None}
    dill = desk.propose(wish(units=("d",), **more), ANNA).decision.id
    known = desk.state().decisions.values()

    def found(*units: str, statuses: tuple[str, ...] = ()) -> list[str]:
        return [one.id for one in selected(known, units, statuses)]

    assert found() == [dill, apple]
    assert found("Apple") == found("a") == [apple]
    assert found("Apple", "d") == found("d", "a", "b") == [dill, apple]
    assert found("Bread") == []
    assert found(statuses=("decided",)) == [apple]
    assert found(statuses=("decided", "proposed")) == [dill, apple]
    assert found("Dill", statuses=("decided",)) == []
