"""Calendars as they are kept beside an evaluation."""

from __future__ import annotations

import json

import pytest

from pmpo.model.calendars import Calendar
from tests.compiling import CALENDARS


@pytest.mark.parametrize("name", sorted(CALENDARS))
def test_what_is_kept_is_read_back(name: str) -> None:
    """All that can change a number comes back: hours by day, holidays with hours, fiscal years."""
    told = json.loads(json.dumps(CALENDARS[name].as_json()))
    assert Calendar.from_json(name, told).as_json() == CALENDARS[name].as_json()
