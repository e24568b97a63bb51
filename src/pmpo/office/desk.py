"""The desk of a program: decisions, charters to sign, waivers, and what is due."""

from __future__ import annotations

from pmpo.office.charters import Charters
from pmpo.office.coming_back import ComingBack
from pmpo.office.decisions import Decisions
from pmpo.office.waivers import Waivers


class Desk(Decisions, Charters, Waivers, ComingBack):
    """Where a program's people decide, sign, waive, and answer for what comes back."""
