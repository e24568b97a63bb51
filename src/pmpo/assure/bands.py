"""Bands that no value reaches, and hysteresis that is wider than the bands it should calm."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from pmpo.assure.table_cases import edges_of
from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Band, Charter
from pmpo.rules.decision_sets import Banding


def check_bands(charter: Charter) -> Iterator[Diagnostic]:
    """Everything wrong with the edges of bands, for each segment and day on which they differ."""
    for band in charter.bands.values():
        if band.signal in charter.signals and len(band.labels) == len(band.edges) + 1:
            yield from _unreached(charter, band)
            yield from _too_calm(charter, band)


def _unreached(charter: Charter, band: Band) -> Iterator[Diagnostic]:
    """Labels between edges so near that no number of the signal's precision lies there."""
    digits = charter.signals[band.signal].precision
    told: set[str] = set()
    for edges, words in edges_of(charter, band):
        spread = Banding(band.signal, digits, edges, band.closed).spread()
        for label, numbers in zip(band.labels, spread, strict=True):
            if not numbers.intervals and label not in told:
                told.add(label)
                yield Diagnostic(
                    "band/unreached",
                    "warning",
                    f"no value of `{band.signal}` falls into `{label}` of band `{band.name}`"
                    + (f" (for {words})" if words else ""),
                    charter.places.value(f"bands.{band.name}.edges"),
                    f"bands.{band.name}.edges",
                    note=f"`{band.signal}` has {digits} digits after the point, and none of its "
                    "numbers lies between these edges",
                    help="move the edges apart, or give the signal a finer `precision`",
                )


def _too_calm(charter: Charter, band: Band) -> Iterator[Diagnostic]:
    width = band.hysteresis
    if width is None:
        return
    for edges, words in edges_of(charter, band):
        for number, (low, high) in enumerate(pairwise(edges), 1):
            if width * 2 > high - low:
                yield _too_wide(charter, band, width, high - low, band.labels[number], words)
                return


def _too_wide(
    charter: Charter, band: Band, width: Decimal, room: Decimal, label: str, words: str
) -> Diagnostic:
    path = f"bands.{band.name}.hysteresis"
    return Diagnostic(
        "band/hysteresis",
        "warning",
        f"the hysteresis of band `{band.name}` is wider than half of `{label}`"
        + (f" (for {words})" if words else ""),
        charter.places.value(path),
        path,
        note=f"`{label}` is {room:f} wide: a unit that has to go {width:f} past each edge can pass "
        "from one side to the other without ever being in it",
        help=f"write at most {room / 2:f}, or make the band wider",
    )
