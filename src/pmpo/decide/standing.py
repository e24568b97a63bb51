"""What people have decided so far, as the selection looks at it. Pure."""

from __future__ import annotations

from pmpo.decide.state import State
from pmpo.evaluate.selection import HELD, Decided, Holding


def decided_of(state: State) -> Decided:
    """Who holds a seat, and about whom something is decided, waits, or is open again.

    A proposal to take units that waits for its approval holds their seats: were they given to the
    next ones, more would be taken than there is room for once it is approved.
    """
    occupied: dict[str, Holding] = {
        unit: "proposed"
        for one in state.decisions.values()
        if one.status == "proposed"
        for unit in one.proposal.seated
    }
    occupied |= {unit: how for unit, how in state.occupied().items() if how in HELD}
    return Decided(occupied, state.settled())
