"""The windows that formulas open: how long, from where, and on which boundaries they lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pmpo.compile.calendars import named_calendar
from pmpo.compile.context import Context
from pmpo.compile.cuts import Cut
from pmpo.compile.expressions import Expressions
from pmpo.compile.formula import Formula
from pmpo.model.charter import Signal
from pmpo.model.periods import Grid, Length, Periods
from pmpo.sql import exp

LEADING = "LEADING"
_USAGE = "write `TRAILING(SUM(x), '4 weeks')` or `TRAILING(SUM(x), '4 weeks', '4 weeks')`"


@dataclass(frozen=True, slots=True)
class Opened:
    """A window that a formula has opened around its aggregates."""

    name: str
    length: Length
    offset: Length | None

    def told(self, grid: Grid) -> str:
        """The window in words, for lineage."""
        moved = "later" if self.name == LEADING else "earlier"
        shifted = f", {self.offset} {moved}" if self.offset is not None else ""
        aligned = f", by {grid.align}" if grid.align != "exact" else ""
        return f"{self.length}{' ahead' if self.name == LEADING else ''}{shifted}{aligned}"

    def boundaries(self, cut: Cut, grid: Grid) -> tuple[datetime, datetime]:
        """Where it begins and ends on the clock of one source.

        Raises: OverflowError, ValueError: outside the years 1 to 9999.
        """
        of = cut.ahead if self.name == LEADING else cut.window
        return of(grid, self.length, self.offset)


def grid_of(context: Context, signal: Signal) -> Grid:
    """The boundaries on which a signal's windows lie; reports a calendar that has none."""
    if signal.align != "fiscal":
        return Grid(signal.align)
    path = f"signals.{signal.name}." + ("calendar" if signal.calendar else "align")
    name = signal.calendar or context.charter.calendar
    if not name:
        context.report.add(
            "signal/calendar",
            f"signal `{signal.name}` lies on fiscal periods and names no calendar",
            Formula(path, signal.align),
            note="fiscal periods are those of a calendar in office.yaml",
            help="add `calendar: office` with the name of one to the signal or the program",
        )
        return Grid()
    calendar = named_calendar(context, name, Formula(path, name))
    if calendar is None:
        return Grid()
    if calendar.fiscal is None:
        context.report.add(
            "signal/calendar",
            f"the calendar `{name}` has no fiscal years",
            Formula(path, name),
            help=f"add `fiscal: {{starts: [2024-02-01]}}` to `calendars.{name}` in office.yaml",
        )
        return Grid()
    return Grid("fiscal", calendar.fiscal)


def idle_alignment(context: Context, signal: Signal, opened: bool) -> None:
    """Warn of fields about windows that change nothing."""
    if signal.align != "exact" and not opened:
        context.report.add(
            "signal/idle-window",
            f"`align` of signal `{signal.name}` changes nothing: its formula opens no window",
            Formula(f"signals.{signal.name}.align", signal.align),
            severity="warning",
            help="write `TRAILING(…, '1 month')` around its aggregates, or take `align` out",
        )
    if signal.calendar and signal.align != "fiscal":
        context.report.add(
            "signal/idle-window",
            f"`calendar` of signal `{signal.name}` changes nothing: its windows do not lie on "
            "fiscal periods",
            Formula(f"signals.{signal.name}.calendar", signal.calendar),
            severity="warning",
            help="add `align: fiscal`, or take `calendar` out",
        )


def opened_by(of: Expressions, name: str, node: exp.Anonymous, grid: Grid) -> Opened | None:
    """The window that a call opens; None after reporting that its arguments open none."""
    if len(node.expressions) not in (2, 3):
        of.fail(
            "formula/argument",
            f"`{name}` needs an aggregate and a window, and may have an offset",
            node,
            help=_USAGE.replace("TRAILING", name),
        )
        return None
    length = length_argument(of, node, 1, grid)
    if len(node.expressions) == 2:
        return Opened(name, length, None) if length is not None else None
    offset = length_argument(of, node, 2, grid)
    if length is None or offset is None:
        return None
    if isinstance(length, Periods) and not isinstance(offset, Periods):
        of.fail(
            "formula/argument",
            f"a window of {length} cannot be moved by {offset}",
            node.expressions[2],
            note="it would no longer begin and end with a fiscal period",
            help="count the offset in periods too: '12 periods' is a fiscal year",
        )
        return None
    return Opened(name, length, offset)


def length_argument(of: Expressions, node: exp.Anonymous, index: int, grid: Grid) -> Length | None:
    """A quoted length of time or number of fiscal periods; None after reporting it is neither."""
    text = of.text_argument(node, index)
    if text is None:
        return None
    try:
        periods = Periods.parse(text)
    except ValueError:
        return of.duration_argument(node, index)
    if grid.fiscal is None:
        of.fail(
            "formula/argument",
            f"`{text}` counts fiscal periods, and this signal does not lie on them",
            node.expressions[index],
            note="a period is one of the twelve parts of a fiscal year",
            help="add `align: fiscal` to the signal, and `calendar: office` with the name of a "
            "calendar of office.yaml",
        )
        return None
    return periods
