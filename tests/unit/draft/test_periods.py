from __future__ import annotations

import pytest

from pmpo.draft.periods import cadence
from pmpo.draft.words import identifier


@pytest.mark.parametrize(
    ("days", "starts", "rows_per_day", "moments", "expected"),
    [
        (373, False, 0.36, 23_000, ("1 week", "4 weeks")),
        (373, False, 0.03, 300, ("1 week", "13 weeks")),
        (40, False, 5, 40, ("1 day", "7 days")),
        (3, False, 5, 40, ("1 day", "1 day")),
        (700, True, 0.03, 24, ("1 month", "3 months")),
        (3650, True, 0.03, 120, ("1 month", "12 months")),
        (270, False, 0.1, 9, ("1 week", "13 weeks")),
    ],
)
def test_windows_hold_enough_rows(
    days: float, starts: bool, rows_per_day: float, moments: int, expected: tuple[str, str]
) -> None:
    """The window is the shortest in which a unit usually has rows."""
    assert cadence(days, starts, rows_per_day, moments)[:2] == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Unit Price (£)", "unit_price"),
        ("2024", "x_2024"),
        ("注文", "x"),
        ("ÄÖ", "ao"),
        ("a" * 99, "a" * 36),
    ],
)
def test_names_fit_the_language(text: str, name: str) -> None:
    """Any text gives a name that charters accept."""
    assert identifier(text) == name
