"""Bands in the scoring statement: plain ones, and those that remember where a unit was before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from pmpo import sql
from pmpo.compile.context import Step
from pmpo.evaluate.state import BEFORE, LAST, PLAIN, SINCE, remembering, young_after
from pmpo.model.charter import Band, Charter, Number
from pmpo.model.time import to_wall
from pmpo.rules.bands import Memory, band_case, shifted_edges
from pmpo.sql import exp


@dataclass(frozen=True, slots=True)
class Banding:
    """The bands of a charter as SQL over a table with `filled_…` values.

    Args:
        as_of: the moment of the evaluation.
        known: the bands of which the table `prior` says where each unit was before.
        number: writes an edge, moved by a number.
    """

    charter: Charter
    as_of: datetime
    known: tuple[str, ...]
    number: Callable[[Number, Decimal], exp.Expr]

    def steps(self, source: str) -> Iterator[Step]:
        """What has to be worked out before the bands: nothing when none of them remembers."""
        bands = remembering(self.charter)
        if not bands:
            return
        reached = [
            sql.named(node, prefix + band.name)
            for band in bands
            for prefix, node in ((PLAIN, self._plain(band)), ("reached_", self._reached(band)))
        ]
        yield Step(
            "reached",
            "bands by value alone, and those a unit reaches from where it was before",
            sql.select([exp.Star(), *reached], sql.table(source)),
        )

    def columns(self) -> Iterator[exp.Expr]:
        """Per band its label, and what is remembered of it."""
        remember = {band.name for band in remembering(self.charter)}
        for band in self.charter.bands.values():
            if band.name not in remember:
                yield sql.named(self._plain(band), f"band_{band.name}")
                continue
            memory, reached = self._memory(band), sql.column(f"reached_{band.name}")
            label = sql.case([(sql.is_null(reached), sql.text(band.missing))], memory.new_last())
            yield sql.named(label, f"band_{band.name}")
            yield sql.named(memory.new_last(), LAST + band.name)
            yield sql.named(memory.new_since(), SINCE + band.name)

    def results(self) -> Iterator[str]:
        """The columns that are kept: labels, then what is remembered."""
        yield from (f"band_{name}" for name in self.charter.bands)
        for band in remembering(self.charter):
            yield from (prefix + band.name for prefix in (PLAIN, LAST, SINCE))

    def _plain(self, band: Band) -> exp.Expr:
        edges = [self.number(edge, Decimal(0)) for edge in band.edges]
        return band_case(self._value(band), edges, band.labels, band.missing, band.closed)

    def _reached(self, band: Band) -> exp.Expr:
        """The band a unit's value leads to from the one it was in; missing without a value."""

        def edge(i: int, by: Decimal) -> exp.Expr:
            return self.number(band.edges[i], by)

        if band.hysteresis and band.name in self.known:
            edges = shifted_edges(edge, band.labels, self._last(band), band.hysteresis)
        else:
            edges = [edge(i, Decimal(0)) for i in range(len(band.edges))]
        return band_case(self._value(band), edges, band.labels, None, band.closed)

    def _memory(self, band: Band) -> Memory:
        since = (
            sql.column(BEFORE + SINCE + band.name)
            if band.name in self.known
            else sql.cast(sql.null(), "timestamp")
        )
        young = young_after(self.charter, band, self.as_of)
        reached = sql.column(f"reached_{band.name}")
        return Memory(self._last(band), since, reached, to_wall(self.as_of, UTC), young)

    def _last(self, band: Band) -> exp.Expr:
        if band.name in self.known:
            return sql.column(BEFORE + LAST + band.name)
        return sql.cast(sql.null(), "text")

    @staticmethod
    def _value(band: Band) -> exp.Expr:
        return sql.column(f"filled_{band.signal}")
