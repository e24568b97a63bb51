"""Signals that nothing acts on, and charters that nobody looks at again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_attention(charter: Charter) -> Iterator[Diagnostic]:
    """Signals that only show something, and a charter without a cadence."""
    acting = {name for axis in charter.axes.values() for name in axis.signals}
    acting |= {band.signal for band in charter.bands.values()}
    acting |= {name for table in charter.tables.values() for name in table.inputs}
    acting |= {word for text in charter.conditions for word in _NAME.findall(text)}
    for index, name in enumerate(charter.purpose.measured_by):
        if name in charter.signals and name not in acting:
            path = f"purpose.measured_by.{index}"
            yield Diagnostic(
                "signal/no-threshold",
                "note",
                f"signal `{name}` shows whether the purpose is met, and nothing acts on it",
                charter.places.value(path),
                path,
                note="no axis, band, table, trigger or target says what a value of it means",
                help="add a `target`, or a band with its edges",
            )
    if not charter.cadence:
        yield Diagnostic(
            "charter/no-cadence",
            "note",
            f"nobody meets about program `{charter.program}`",
            charter.places.value("program"),
            "program",
            note="signals without a `cadence` of their own are looked at in the program's, and it "
            "has none",
            help="add `cadence: {review: {rule: FREQ=WEEKLY;BYDAY=MO, chair: "
            f"{charter.owner}}}}}`",
        )
