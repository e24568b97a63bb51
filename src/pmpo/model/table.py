"""The measured table: one row per decision unit, sorted by key, and its hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

KEY: Final = "key_"
ABOUT: Final = "about_"
SIGNAL: Final = "signal_"
HELD: Final = "held_"
UNIT_NUMBER: Final = "pmpo_unit"


@dataclass(frozen=True, slots=True)
class Table:
    """All units of a program with everything that was measured about them.

    Args:
        key: the key columns of the unit, in order; `data` holds them as text in `key_…`.
        attributes: further columns of the unit's source, in `about_…`.
        signals: the signals in charter order, in `signal_…`; null = not measured. `held_…` is how
            many refresh periods old a held value is: 0 when fresh, null when missing.
        data: shape (n_units, …), sorted by key in code point order.
        hash: `sha256:…` over the canonical typed columns.
        as_of: the moment the values are measured for.
        known_by: the moment by which their rows were known.
        grades: per signal the best quality grade its sources allow, `A` to `D`, with reasons.
        calendars: what of the office's calendars the values rest on, as `Calendar.as_json` says.
    """

    key: tuple[str, ...]
    attributes: tuple[str, ...]
    signals: tuple[str, ...]
    data: pa.Table
    hash: str
    as_of: datetime
    known_by: datetime
    grades: Mapping[str, SourceGrade] = field(default_factory=dict)
    calendars: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.data.num_rows)


@dataclass(frozen=True, slots=True)
class SourceGrade:
    """How far a source, or what rests on it, can be trusted to say what was known, and why."""

    grade: str
    reasons: tuple[str, ...] = ()
