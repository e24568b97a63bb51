"""The history of a program's signals: every unit at each of many past boundaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

PERIOD: Final = "period"
MAX_PERIODS: Final = 520


@dataclass(frozen=True, slots=True)
class History:
    """What `measure` would have found as of each of several past boundaries.

    Args:
        key, attributes, signals: as in `Table`.
        data: one row per period and unit, the oldest period first, then in key order. `period`
            says how many periods before the newest one it is; then `key_…`, `about_…`,
            `signal_…`. A unit that was not there in a period has no row of it.
        hash: `sha256:…` over the boundaries and the canonical typed columns.
        boundaries: the moment of each period by its number, so the newest is the first.
        of: the length of a period.
        known_after: how long after each boundary rows still count as known, in microseconds.
        apart: signals that had to be measured period by period, with the reason.
        calendars: what of the office's calendars the values rest on.
    """

    key: tuple[str, ...]
    attributes: tuple[str, ...]
    signals: tuple[str, ...]
    data: pa.Table
    hash: str
    boundaries: tuple[datetime, ...]
    of: str
    known_after: int = 0
    apart: Mapping[str, str] = field(default_factory=dict)
    calendars: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.boundaries)

    def of_period(self, number: int) -> pa.Table:
        """The rows of one period, as the table of a measurement has them."""
        import pyarrow.compute as pc

        rows = self.data.filter(pc.equal(self.data[PERIOD], number))
        return rows.drop_columns([PERIOD])
