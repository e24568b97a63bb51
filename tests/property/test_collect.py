"""Collecting over random stores: what is reachable stays, what is not goes, and twice is once."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.store.collect import Retention, carry_out, plan
from pmpo.store.layout import Store, prepare
from pmpo.store.pins import Pin

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OBJECTS = [bytes([number]) * (number + 1) for number in range(6)]


@st.composite
def shelves(draw: st.DrawFn) -> dict[str, Any]:
    """What is in a store: evaluations with age, program, copies, prior; pins; pointers."""
    ids = [f"ev-{number}" for number in range(draw(st.integers(0, 6)))]
    evaluations = {
        id: {
            "program": draw(st.sampled_from("pq")),
            "days": draw(st.integers(0, 50)),
            "copies": draw(st.sets(st.integers(0, 5), max_size=3)),
            "prior": draw(st.sampled_from([None, *ids])),
        }
        for id in ids
    }
    return {
        "evaluations": evaluations,
        "pins": draw(st.sets(st.sampled_from(ids))) if ids else set(),
        "stored": draw(st.sets(st.integers(0, 5))),
        "latest": {p: draw(st.sampled_from([None, "ev-lost", *ids])) for p in "pq"},
    }


def build(folder: Path, shelf: dict[str, Any]) -> tuple[Store, list[str]]:
    """Write the store, and return it with the names of all possible objects."""
    store = prepare(folder)
    needed = {number for one in shelf["evaluations"].values() for number in one["copies"]}
    for number in needed | shelf["stored"]:
        store.objects.put_bytes(OBJECTS[number])
    names = [name_of(data) for data in OBJECTS]
    for id, one in shelf["evaluations"].items():
        sources = {str(number): {"copy": names[number]} for number in one["copies"]}
        manifest = {
            "schema": 1,
            "evaluation": id,
            "program": one["program"],
            "evaluated_at": (NOW - timedelta(days=one["days"])).isoformat(),
            "snapshot": {"sources": sources},
        }
        prior = f'{{"prior": "{one["prior"]}"}}' if one["prior"] else "{}"
        store.evaluations.save(id, {"evaluation.json": prior.encode()}, manifest)
    for id in shelf["pins"]:
        store.pins.put(Pin(id, "", ""))
    pointers = store.evaluations.root / "latest"
    for program, id in shelf["latest"].items():
        if id is not None:
            pointers.mkdir(parents=True, exist_ok=True)
            (pointers / program).write_text(id)
    return store, names


def name_of(data: bytes) -> str:
    """The name of an object with these bytes."""
    import hashlib

    return "sha256:" + hashlib.sha256(data).hexdigest()


def must_stay(shelf: dict[str, Any], retention: Retention) -> set[str]:
    """The evaluations that the documented rules keep, worked out in another way."""
    evaluations = shelf["evaluations"]
    roots = set(shelf["pins"])
    roots |= {id for id, one in evaluations.items() if one["days"] <= retention.keep_days}
    pointed = {id for id in shelf["latest"].values() if id in evaluations}
    roots |= pointed
    for program in "pq":
        of = [id for id, one in evaluations.items() if one["program"] == program]
        of.sort(key=lambda one: (-evaluations[one]["days"], one))
        roots |= set(of[len(of) - min(retention.keep_last, len(of)) :])
        if of and not pointed & set(of):
            roots.add(of[-1])
    return roots | {one["prior"] for id, one in evaluations.items() if id in roots} - {None}


@settings(max_examples=60)
@given(shelves(), st.integers(0, 40), st.integers(0, 3))
def test_what_is_reachable_stays_and_the_rest_goes(
    shelf: dict[str, Any], keep_days: int, keep_last: int
) -> None:
    """Exactly the kept evaluations and the copies they name are there afterwards, undamaged."""
    retention = Retention(keep_days, keep_last)
    with tempfile.TemporaryDirectory() as folder:
        store, names = build(Path(folder), shelf)
        carry_out(store, plan(store, retention, NOW))
        stays = must_stay(shelf, retention)
        assert set(store.evaluations.ids()) == stays
        needed = {names[n] for id in stays for n in shelf["evaluations"][id]["copies"]}
        assert {name for name, _ in store.objects.all()} == needed
        for id in stays:
            store.evaluations.load(id)
        for name in needed:
            store.objects.verify(name)
        again = plan(store, retention, NOW)
        assert (again.evaluations, again.objects, again.temporary) == ((), {}, {})
