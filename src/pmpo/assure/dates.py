"""What a charter promised to look at again: assumptions and trade-offs, by today.

What depends on the day is a note: the same charter must not pass on Monday and fail on Tuesday.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter


def check_dates(charter: Charter, today: date | None) -> Iterator[Diagnostic]:
    """Assumptions that nothing tests, and dates that have passed by today."""
    for name, assumption in charter.assumptions.items():
        if assumption.check is None:
            yield _untested(charter, name, assumption.review_by)
    for path, what, day in _promised(charter):
        if today is not None and day < today:
            yield Diagnostic(
                "charter/past-date",
                "note",
                f"{what} was to be looked at again by {day}",
                charter.places.value(path),
                path,
                note="nobody has said since then that it still holds",
                help="look at it, and give it a new date",
            )


def _untested(charter: Charter, name: str, review_by: date | None) -> Diagnostic:
    path = f"assumptions.{name}"
    return Diagnostic(
        "assumption/untested",
        "note" if review_by is not None else "warning",
        f"assumption `{name}` has no `check`" + ("" if review_by else " and no `review_by`"),
        charter.places.key(path),
        path,
        note="no data can disprove it"
        + (f"; somebody has to look, by {review_by}" if review_by else ", and nobody looks again"),
        help="add `check: {source: …, holds: …}`"
        + ("" if review_by else ", or a `review_by` date"),
    )


def _promised(charter: Charter) -> Iterator[tuple[str, str, date]]:
    """Every date by which something was to be looked at, with its path and name."""
    for name, assumption in charter.assumptions.items():
        if assumption.review_by is not None:
            yield f"assumptions.{name}.review_by", f"assumption `{name}`", assumption.review_by
    for index, trade in enumerate(charter.trade_offs):
        if trade.review_by is not None:
            sides = " and ".join(f"`{side}`" for side in trade.between)
            yield f"trade_offs.{index}.review_by", f"the trade-off of {sides}", trade.review_by
