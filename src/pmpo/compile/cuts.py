"""The two cuts in time: what had happened, and what was known.

Boundaries become literals on each source's own wall clock, so that no engine's date arithmetic or
zone table matters and file pruning works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from pmpo.model.charter import Source
from pmpo.model.periods import Grid, Length
from pmpo.model.time import to_wall, zone


@dataclass(frozen=True, slots=True)
class Moments:
    """The question: as of when, and with what was known by when. Both carry an offset."""

    as_of: datetime
    known_by: datetime

    @classmethod
    def at(cls, as_of: datetime) -> Moments:
        return cls(as_of, as_of)

    def on_clock(self, tz: tzinfo) -> Moments:
        """The same moments as clocks in `tz` show them; days and months are counted there."""
        return Moments(self.as_of.astimezone(tz), self.known_by.astimezone(tz))

    def shifted(self, as_of: datetime) -> Moments:
        """The same question at an earlier boundary, with the same delay of knowledge."""
        return Moments(as_of, as_of + (self.known_by - self.as_of))


@dataclass(frozen=True, slots=True)
class Cut:
    """The boundaries of one source, as naive times on its own clock."""

    as_of: datetime
    known_by: datetime
    complete_until: datetime

    def window(
        self, grid: Grid, length: Length, offset: Length | None
    ) -> tuple[datetime, datetime]:
        """The half-open interval of a trailing window of `length`, moved back by `offset`.

        It ends where the source is complete: at the last boundary of `grid` not after `as_of` less
        the lag, so that a window never contains hours of which the rows cannot be known yet.
        """
        end = grid.floor(self.complete_until)
        if offset is not None:
            end = grid.back(end, offset)
        return grid.back(end, length), end

    def ahead(self, grid: Grid, length: Length, offset: Length | None) -> tuple[datetime, datetime]:
        """The half-open interval of a leading window of `length`, moved on by `offset`.

        It begins at the first boundary of `grid` not before `as_of`: what is planned for the rest
        of a period that has begun is not compared with whole periods.
        """
        start = grid.ceiling(self.as_of)
        if offset is not None:
            start = grid.back(start, offset, -1)
        return start, grid.back(start, length, -1)


def zone_of(source: Source) -> tzinfo:
    """The zone of a source's times that carry no offset."""
    return zone(source.tz or "UTC")


def cut_of(source: Source, moments: Moments) -> Cut:
    """The boundaries that `moments` mean on the clock of `source`."""
    tz = zone_of(source)
    as_of = to_wall(moments.as_of, tz)
    return Cut(
        as_of=as_of,
        known_by=to_wall(moments.known_by, tz),
        complete_until=source.lag.before(as_of) if source.lag else as_of,
    )
