"""What every part of one compilation shares, and what it is made of: named steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from pmpo.compile.cuts import Moments
from pmpo.compile.formula import Report
from pmpo.model.charter import Charter
from pmpo.model.working import Working
from pmpo.sql import Dialect, exp


@dataclass(frozen=True, slots=True)
class Step:
    """One named step of the statement and the sentence that says what it does.

    A step that is `inline` is worked out wherever it is used: keeping all rows of a large table
    costs more than reading the wanted columns of it again.
    """

    name: str
    comment: str
    statement: exp.Select
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What every part of one compilation shares.

    Args:
        moments: the question; that of the newest period where there are several.
        periods: the questions of all periods of a history, the oldest first; else only `moments`.
    """

    charter: Charter
    moments: Moments
    dialect: Dialect
    report: Report
    periods: tuple[Moments, ...] = ()
    calendars: dict[str, None] = field(default_factory=dict)  # of the office, and in use
    worked: dict[tuple[str, str, int], Working] = field(default_factory=dict)  # with clock and year
    by_row: set[tuple[str, str]] = field(default_factory=set)  # numbers that vary from row to row

    def __post_init__(self) -> None:
        object.__setattr__(self, "periods", self.periods or (self.moments,))

    def step(self, name: str) -> str:
        """The name of a step: never that of a source, whose table it would hide."""
        while name in self.charter.sources:
            name += "_"
        return name
