"""Who is taken: names, conditions that cannot be told, and what is said about both."""

from __future__ import annotations

from typing import Any

import pytest

from pmpo.evaluate.seat_why import seat_why
from pmpo.evaluate.selection import Decided, selected
from tests.selecting import Offer, Offers, seats

SHELF = [
    Offer("a", "1", 90, 5, name="Brühe [klar]"),
    Offer("a", "2", 80, 4, name="お茶 (緑)"),
    Offer("a/b", "3", 70, None, grp="fresh", name="Crème brûlée"),
    Offer("b", "4", 60, 1, name="Sauce"),
    Offer("b", "5", 40, 9, name="sauce"),
    Offer("c", "6", None, 9, name="New"),
]


def shelf(**take: Any) -> Offers:
    """Six units, the last without a rank, under what the charter says of taking."""
    return Offers(SHELF, take)


def test_a_charter_without_take_takes_nobody_and_says_nothing() -> None:
    """Without `take` there is no selection at all."""
    offers = Offers(SHELF, None)
    assert selected(offers.charter, offers.evaluate()) is None


def test_an_empty_take_takes_all_that_are_ranked() -> None:
    """Without a capacity, nobody is beyond it."""
    found = shelf().selected()
    assert set(seats(found).values()) == {"taken"}
    assert (found.taken, found.free, found.over, found.last) == (5, None, 0, 5)


def test_units_are_named_by_key_or_label_as_people_write_them() -> None:
    """Brackets, slashes in keys and other scripts are letters; case matters where it has to."""
    found = shelf(capacity=2, must=["お茶 (緑)", "BRÜHE [KLAR]"], must_not=[r"a\/b/3", "sauce"])
    assert seats(found.selected()) == {
        "a/1": "must",
        "a/2": "must",
        r"a\/b/3": "must not",
        "b/4": "beyond capacity",
        "b/5": "must not",
    }
    assert found.selected().notes == ()


def test_names_that_name_nobody_are_told_with_what_may_be_meant() -> None:
    """A name that is unknown or of several units takes nobody, and the note says whom it may be."""
    notes = shelf(must=["SAUCE", "Creme brulee"], must_not=["nobody at all"]).selected().notes
    assert notes == (
        "`must` names nobody: 2 units are called `SAUCE`: `b/4`, `b/5`; write the whole key: `b/4`",
        (
            "`must` names nobody: there is no offer `Creme brulee` in this evaluation; "
            r"did you mean `a\/b/3`?"
        ),
        (
            "`must_not` names nobody: there is no offer `nobody at all` in this evaluation; "
            "`pmpo board` lists the ranked units"
        ),
    )


def test_a_unit_in_both_lists_is_not_taken() -> None:
    """Named by key here and by label there, a unit is kept out, and that is said."""
    found = shelf(capacity=1, must=["a/1"], must_not=["Brühe [klar]"]).selected()
    assert seats(found)["a/1"] == "must not"
    assert seats(found)["a/2"] == "taken"
    assert found.notes == ("a/1 is in `must` and in `must_not`: it is not taken",)


def test_a_must_without_a_rank_is_left_to_people() -> None:
    """There is nothing to accept of a unit that is not ranked, until somebody has decided it."""
    offers = shelf(capacity=1, must=["New"])
    found = offers.selected()
    assert found.taken == 1
    assert seats(found)["a/1"] == "taken"
    assert found.notes == (
        (
            "`must` names c/6, which has no rank (excluded): there is nothing to accept; "
            "decide about it with `--basis judgement`"
        ),
    )
    assert offers.selected(Decided({"c/6": "committed"}, frozenset({"c/6"}))).notes == ()


def test_musts_are_taken_beyond_the_capacity_and_counted() -> None:
    """What must be taken is taken although all seats are held, and the numbers say so."""
    held = Decided({"a/1": "executing", "gone": "committed"}, frozenset({"a/1", "gone"}))
    found = shelf(capacity=2, must=["b/4", "sauce"]).selected(held)
    assert found.units() == ["b/4", "b/5"]
    assert found.as_json() == {
        "capacity": 2,
        "held": 2,
        "executing": 1,
        "committed": 1,
        "proposed": 0,
        "taken": 2,
        "free": 0,
        "over": 2,
        "seats": {"must": 2, "executing": 1, "beyond capacity": 2},
        "notes": [],
    }


def test_what_people_decided_gives_the_seat_to_the_next_one() -> None:
    """A unit that was rejected or is done holds no seat; one that waits for approval does."""
    settled = Decided({"a/2": "proposed"}, frozenset({"a/1", "a/2"}))
    found = shelf(capacity=2).selected(settled)
    assert list(seats(found).values()) == [
        "decided",
        "proposed",
        "taken",
        "beyond capacity",
        "beyond capacity",
    ]


def test_an_unknown_condition_does_not_hold() -> None:
    """A unit for which nobody can tell is not taken, and the seat says that it is not known."""
    found = shelf(requires=["y >= 2", "action = 'display'"]).selected()
    assert list(seats(found).values()) == [
        "taken",
        "taken",
        "requires 1 unknown",
        "requires 1",
        "requires 2",
    ]
    failing = found.failing(4)
    assert failing is not None
    assert (failing[0].text, failing[1]) == ("y >= 2", {"y": 1.0})
    assert found.failing(1) is None


def test_why_tells_exact_numbers_as_text() -> None:
    """What a condition looks at can stand in JSON, whatever its type."""
    found = shelf(requires=["action.facings > 1.25"]).selected()
    told = seat_why(found, "b/5", 5)
    assert told is not None
    assert (told.seat, dict(told.values)) == ("requires 1", {"action.facings": "1.25"})
    assert seat_why(found, "c/6", None) is None


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("yy > 1", "`yy` is no signal, band, outcome or column of the unit's source"),
        ("size >", "the formula cannot be read: something is missing before this place"),
        ("x + 1", "this is a number; a condition that is true or false is needed"),
        ("x > 'a'", "a number is compared with text"),
    ],
)
def test_a_condition_that_cannot_be_read_is_met_by_nobody(condition: str, told: str) -> None:
    """An evaluation under a wrong condition can be looked at, and says what is wrong."""
    found = shelf(requires=[condition]).selected()
    assert set(seats(found).values()) == {"requires 1 unknown"}
    assert found.notes == (
        f"condition 1 of `requires` cannot be read, so that nobody meets it: {told}",
    )


def test_nothing_is_taken_of_nothing() -> None:
    """An evaluation without units, and one without seats, take nobody."""
    assert Offers([], {"capacity": 3, "requires": ["y > 1"]}).selected().free == 3
    assert shelf(capacity=0).selected().units() == []
