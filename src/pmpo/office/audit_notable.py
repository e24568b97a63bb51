"""What an auditor looks at first: decisions and their circumstances that are out of the ordinary.

Nothing here is a judgement. Each line counts what the log says, and leads to where it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from pmpo.assure.minutes import Kept
from pmpo.decide.state import Decision, State
from pmpo.model.entry import SURE
from pmpo.office.audit_html import counted, within

_LED_TO_MAX: Final = 12
_NO_CONFLICT: Final = "none"
"""What deciders say who have no conflict of interest."""


def _unsigned(one: Decision) -> bool:
    return any(given.actor.how not in SURE for given in one.approvals)


def _self_approved(one: Decision) -> bool:
    return any(given.actor.name == one.proposed_by.name for given in one.approvals)


def _conflicted(one: Decision) -> bool:
    return one.proposal.conflict.strip().casefold() not in ("", _NO_CONFLICT)


def _early(one: Decision) -> bool:
    """Ends what people had committed to although it was fenced."""
    return bool(one.proposal.switching_cost)


_KINDS: Final[Mapping[str, Callable[[Decision], bool]]] = {
    "another action than was recommended": lambda one: one.proposal.verdict == "override",
    "by judgement, without a recommendation": lambda one: one.proposal.basis == "judgement",
    "ended early what a fence held": _early,
    "a conflict of interest was declared": _conflicted,
    "approved by who proposed it": _self_approved,
    "approved by somebody who only said who they are": _unsigned,
    "under a charter that did not count yet": lambda one: one.proposal.grounds.draft,
    "lapsed: its charter was not ratified in time": lambda one: one.status == "lapsed",
    "open again": lambda one: one.status == "reopened",
    "withdrawn or turned down": lambda one: one.status == "withdrawn",
    "superseded, all or in part": lambda one: bool(one.replaced),
    "still waits for approval": lambda one: one.status == "proposed",
}


def notable(state: State, minutes: Mapping[int, Kept]) -> str:
    """The list, of a program.

    Args:
        minutes: by the positions of the entries that record them.
    """
    made = "".join(f"<li>{line}</li>" for line in _lines(state, minutes))
    return f"<ul>{made}</ul>" if made else "<p>Nothing.</p>"


def _lines(state: State, minutes: Mapping[int, Kept]) -> Iterator[str]:
    for told, holds in _KINDS.items():
        found = [one.id for one in state.decisions.values() if holds(one)]
        if found:
            yield f"{counted(len(found), 'decision')}: {told}: {_led_to(map(within, found))}"
    waiting = [within(id) for id in state.due if id not in state.answered]
    if waiting:
        yield f"{counted(len(waiting), 'item')} came back without an answer: {_led_to(waiting)}"
    lost = [
        within(f"entry-{one.position}", f"entry {one.position}")
        for one in state.reviews
        if one.position in minutes and minutes[one.position].text is None
    ]
    if lost:
        yield f"{counted(len(lost), 'review')} whose minutes are not in this pack: {_led_to(lost)}"


def _led_to(links: Iterable[str]) -> str:
    made = list(links)
    more = len(made) - _LED_TO_MAX
    return ", ".join(made[:_LED_TO_MAX]) + (f" and {more:,} more" if more > 0 else "")
