"""Who is taken, against a few lines of plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.evaluate.selection import HELD, Decided, Holding
from tests.selecting import Offer, Offers, seats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Held = bool | None
SHOPS = ("a", "b/c", "b\\", "ü (new)")
SKUS = ("1", "2", "C/3", "茶", "[x]")


def at_least(value: float | None, bound: float) -> Held:
    """A comparison as SQL has it."""
    return None if value is None else value >= bound


def both(one: Held, other: Held) -> Held:
    """Three-valued `and`."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


CONDITIONS: Mapping[str, Callable[[Offer], Held]] = {
    "y >= 3": lambda one: at_least(one.y, 3),
    "action = 'display'": lambda one: at_least(one.x, 50),
    "action.facings < 4": lambda one: not at_least(one.x, 50),
    "size IN ('middle', 'large')": lambda one: at_least(one.x, 30),
    "grp <> 'fresh'": lambda one: one.grp != "fresh",
    "shop = 'a' OR y IS NULL": lambda one: one.shop == "a" or one.y is None,
    "y >= PARAM('enough') AND x >= 10": lambda one: both(
        at_least(one.y, 2 if one.grp == "fresh" else 1), at_least(one.x, 10)
    ),
}


def expected(
    units: Sequence[Offer], take: Mapping[str, Any], decided: Decided
) -> tuple[dict[str, str], int, int | None, int]:
    """Each ranked unit's seat, and how many are taken, left over, and beyond the capacity."""
    order = sorted((one for one in units if one.x is not None), key=lambda o: (o.shop, o.sku))
    order.sort(key=lambda one: -(one.x or 0))
    capacity = take.get("capacity")
    used = len(decided.occupied)
    musts = [
        one.unit
        for one in order
        if one.unit in take["must"]
        and one.unit not in take["must_not"]
        and one.unit not in decided.settled
    ]
    used += len(musts)
    found: dict[str, str] = {}
    for one in order:
        held = [CONDITIONS[text](one) for text in take["requires"]]
        failing = next((i for i, holds in enumerate(held) if holds is not True), None)
        if one.unit in decided.occupied:
            found[one.unit] = decided.occupied[one.unit]
        elif one.unit in decided.settled:
            found[one.unit] = "decided"
        elif one.unit in take["must_not"]:
            found[one.unit] = "must not"
        elif one.unit in musts:
            found[one.unit] = "must"
        elif failing is not None:
            unknown = " unknown" if held[failing] is None else ""
            found[one.unit] = f"requires {failing + 1}{unknown}"
        elif capacity is None or used < capacity:
            found[one.unit] = "taken"
            used += 1
        else:
            found[one.unit] = "beyond capacity"
    taken = sum(seat in ("taken", "must") for seat in found.values())
    if capacity is None:
        return found, taken, None, 0
    return found, taken, max(capacity - used, 0), max(used - capacity, 0)


@st.composite
def offices(draw: st.DrawFn) -> tuple[Offers, Decided]:
    """Units with equal and missing values, every part of `take`, and what people decided."""
    keys = draw(
        st.lists(st.tuples(st.sampled_from(SHOPS), st.sampled_from(SKUS)), unique=True, max_size=14)
    )
    numbers = st.one_of(st.none(), st.sampled_from([0.0, 10.0, 29.5, 30.0, 49.0, 50.0, 70.0]))
    few = st.one_of(st.none(), st.sampled_from([0.5, 1.0, 2.0, 3.0]))
    units = [
        Offer(shop, sku, draw(numbers), draw(few), draw(st.sampled_from(["dry", "fresh"])))
        for shop, sku in keys
    ]
    names = [one.unit for one in units]
    some = st.lists(st.sampled_from(names), unique=True, max_size=4) if names else st.just([])
    take: dict[str, Any] = {
        "must": draw(some),
        "must_not": draw(some),
        "requires": draw(st.lists(st.sampled_from(sorted(CONDITIONS)), unique=True, max_size=2)),
    }
    if draw(st.booleans()):
        take["capacity"] = draw(st.integers(0, 8))
    held = draw(st.lists(st.sampled_from([*names, "nobody", "x/y/z"]), unique=True, max_size=5))
    occupied: dict[str, Holding] = {unit: draw(st.sampled_from(HELD)) for unit in held}
    return Offers(units, take), Decided(occupied, frozenset([*held, *draw(some)]))


@settings(max_examples=80, deadline=None)
@given(offices())
def test_who_is_taken_is_what_plain_python_says(case: tuple[Offers, Decided]) -> None:
    """Every unit has the seat, and every number the value, that a loop over the ranks gives."""
    offers, decided = case
    assert offers.take is not None
    told, taken, free, over = expected(offers.units, offers.take, decided)
    found = offers.selected(decided)
    assert seats(found) == told
    assert (found.taken, found.free, found.over) == (taken, free, over)
    assert found.units() == [unit for unit, seat in told.items() if seat in ("taken", "must")]
