"""The facade: open an office, check its charters, run its programs, ask why."""

from __future__ import annotations

from pmpo.office.facade import Office
from pmpo.office.run import Run

__all__ = ["Office", "Run"]
