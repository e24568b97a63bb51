"""Charters that some have signed and others still have to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pmpo.decide.access import allow
from pmpo.decide.ratify import signed_so_far, unmet_by_signatures
from pmpo.decide.state import State
from pmpo.model.charter import Charter
from pmpo.model.office import OfficeFile


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A charter that waits for signatures.

    Args:
        cause: its bytes, and how often they had been ratified before.
        signed: who has signed it.
        lacking: what the signatures lack, in words.
        missing: who may still sign: people where office.yaml names any, else roles.
        since: the day of the first signature.
    """

    cause: str
    signed: tuple[str, ...]
    lacking: str
    missing: tuple[str, ...]
    since: date


def waits_for_signatures(state: State, written: Charter, office: OfficeFile) -> Unsigned | None:
    """The charter in the file, where somebody has signed its bytes and it is not ratified."""
    own, last = signed_so_far(state, written), state.ratifications[-1:]
    if not own:
        return None
    before = last[0].quorum if last else None
    lacking = unmet_by_signatures(written, office, own, office.works_as, before)
    signed = tuple(dict.fromkeys(one.actor.name for one in own))
    seats = written.ratified_by.of if written.ratified_by is not None else (written.owner,)
    missing = tuple(
        name
        for name in office.people or seats
        if name not in signed and allow(name, "ratify", written, office)
    )
    return Unsigned(
        cause=f"{written.text_hash}:{own[0].round}",
        signed=signed,
        lacking="; ".join(one.reason for one in lacking),
        missing=missing,
        since=own[0].at.date(),
    )
