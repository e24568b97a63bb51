"""The office's calendars, as formulas and signals name them."""

from __future__ import annotations

from datetime import datetime

from pmpo.compile.context import Context
from pmpo.compile.formula import Formula, did_you_mean
from pmpo.model.calendars import Calendar
from pmpo.model.working import Working, working
from pmpo.sql import exp


def named_calendar(
    context: Context, name: str, at: Formula, node: exp.Expr | None = None
) -> Calendar | None:
    """One of the office's calendars, from now on in use; None after reporting that it is none."""
    calendar = context.charter.calendars.get(name)
    if calendar is None:
        known = context.charter.calendars
        context.report.add(
            "signal/calendar",
            f"the office has no calendar `{name}`",
            at,
            node,
            label=did_you_mean(name, known),
            note="calendars of office.yaml: " + ", ".join(known)
            if known
            else "office.yaml has no calendars, or cannot be read",
            help=f"add `{name}` under `calendars` in office.yaml",
        )
        return None
    context.calendars.setdefault(name)
    return calendar


def worked(context: Context, calendar: Calendar, clock: str, as_of: datetime) -> Working:
    """Working time by a calendar for times on one clock, as of a moment."""
    key = (calendar.name, clock, as_of.year)
    if key not in context.worked:
        context.worked[key] = working(calendar, clock, as_of)
    return context.worked[key]
