from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo.store.pins import Pin, Pins
from tests.unit.store.support import everything_below, refused

if TYPE_CHECKING:
    from pathlib import Path

PIN = Pin("ev-1", "決定 12 rests on it", "2026-01-05T08:00:00+00:00")


def test_a_pin_comes_back_as_it_was(tmp_path: Path) -> None:
    """What is pinned and why is the same in a store that is opened later."""
    Pins(tmp_path / "pins").put(PIN)
    pins = Pins(tmp_path / "pins")
    assert pins.ids() == ("ev-1",)
    assert pins.get("ev-1") == PIN
    assert everything_below(tmp_path) == {"pins", "pins/ev-1.json"}


def test_pinning_again_replaces_the_reason(tmp_path: Path) -> None:
    """One evaluation has one pin, with the reason that was given last."""
    pins = Pins(tmp_path)
    pins.put(PIN)
    pins.put(Pin("ev-1", "better", "later"))
    assert pins.ids() == ("ev-1",)
    assert pins.get("ev-1").because == "better"


def test_unpinning_removes_the_pin(tmp_path: Path) -> None:
    """What was unpinned is not pinned, and cannot be unpinned twice."""
    pins = Pins(tmp_path)
    pins.put(PIN)
    pins.remove("ev-1")
    assert pins.ids() == ()
    with refused("store/not-pinned"):
        pins.remove("ev-1")


@pytest.mark.parametrize("id", ["", "ev-2", "../ev-1", "nonsense", "ev-1.json/x"])
def test_what_is_not_pinned_is_said(tmp_path: Path, id: str) -> None:
    """Whatever a person types, nothing outside the folder of pins is touched."""
    pins = Pins(tmp_path / "pins")
    pins.put(PIN)
    with refused("store/not-pinned"):
        pins.remove(id)
    with refused("store/not-pinned"):
        pins.get(id)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "store/damaged"),
        ("[]", "store/damaged"),
        ("{}", "store/damaged"),
        ('{"schema": 1, "evaluation": "ev-2", "because": "", "since": ""}', "store/damaged"),
        ('{"schema": 1, "evaluation": "ev-1", "because": 1, "since": ""}', "store/damaged"),
        ('{"schema": 2, "evaluation": "ev-1", "because": "", "since": ""}', "store/newer-schema"),
    ],
)
def test_a_damaged_pin_still_pins(tmp_path: Path, text: str, code: str) -> None:
    """Damage to the reason never lets the evaluation go."""
    pins = Pins(tmp_path)
    pins.put(PIN)
    pins.path("ev-1").chmod(0o644)
    pins.path("ev-1").write_text(text)
    assert pins.ids() == ("ev-1",)
    with refused(code):
        pins.get("ev-1")
