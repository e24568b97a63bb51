"""Waivers: who asks, who grants, and what keeps one from being granted. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Final

import rfc8785

from pmpo.decide.access import allow, gate_roles, gates_of
from pmpo.decide.approvals import approving
from pmpo.decide.gate import Unmet
from pmpo.decide.state import Asked
from pmpo.model.charter import Charter
from pmpo.model.decision import Mode
from pmpo.model.entry import SURE, Actor
from pmpo.model.office import OfficeFile
from pmpo.model.waiver import Substitute, Waiver

_NAMED_MAX: Final = 5
_NOBODY_ELSE: Final = (
    "nobody else may: name others in the charter or office.yaml, `gates: {waive: {roles: […]}}`"
)


def waiver_of(
    signal: str,
    policy: Substitute,
    *,
    because: str,
    expires: date,
    units: Collection[str] = (),
    value: Decimal | None = None,
    approver: str = "",
) -> Waiver:
    """A waiver whose id is made of what it says: asking for it again is the same one."""
    because, value = because.strip(), value.normalize() if value is not None else None
    told = {
        "signal": signal,
        "policy": policy,
        "because": because,
        "expires": expires.isoformat(),
        "units": sorted(units),
        "value": f"{value:f}" if value is not None else None,
    }
    return Waiver(
        id="wa-" + hashlib.sha256(rfc8785.dumps(told)).hexdigest()[:12],
        signal=signal,
        policy=policy,
        because=because,
        approver=approver,
        expires=expires,
        units=tuple(sorted(units)),
        value=value,
    )


def renamed(waiver: Waiver, units: Collection[str]) -> Waiver:
    """The waiver that says the same of units that are named otherwise."""
    return waiver_of(
        waiver.signal,
        waiver.policy,
        because=waiver.because,
        expires=waiver.expires,
        units=units,
        value=waiver.value,
    )


def told_waiver(waiver: Waiver) -> str:
    """What a waiver says: where `sold` is missing `impute` 0.1, for `a`, until 2027-01-01."""
    value = f" {waiver.value:f}" if waiver.value is not None else ""
    named = ", ".join(f"`{unit}`" for unit in waiver.units[:_NAMED_MAX])
    more = len(waiver.units) - _NAMED_MAX
    named += f" and {more} more" if more > 0 else ""
    units = f" for {named}," if named else ""
    policy = f"`{waiver.policy}`{value},"
    return f"where `{waiver.signal}` is missing {policy}{units} until {waiver.expires}"


def granters_of(asked: Asked, charter: Charter, office: OfficeFile) -> tuple[str, ...]:
    """Who may grant a waiver: people where office.yaml names any with the role, else roles."""
    people = tuple(
        name
        for name in office.people
        if (name != asked.actor.name or office.works_as == "solo")
        and allow(name, "waive", charter, office)
    )
    if people or office.people:
        return people
    roles = gate_roles(charter, office, "waive")
    return tuple(one for one in roles if one != asked.actor.name or office.works_as == "solo")


def granting(asked: Asked, charter: Charter, office: OfficeFile) -> str:
    """What one types to grant a waiver that was asked for; empty where nobody may."""
    if not granters_of(asked, charter, office):
        return ""
    return approving(asked.waiver.id, keyed=_keyed(charter, office))


def _keyed(charter: Charter, office: OfficeFile) -> bool:
    return any("key" in gate.needs for gate in gates_of(charter, office, "waive"))


def unmet_by_waiver(
    waiver: Waiver, charter: Charter, today: date, units: Collection[str] | None = None
) -> tuple[Unmet, ...]:
    """What keeps a waiver from being asked for.

    Args:
        units: those that the program has; None where no evaluation tells.
    """
    found = []
    if waiver.signal not in charter.signals:
        known = ", ".join(charter.signals)
        fact = f"`{waiver.signal}` is no signal of the charter"
        found.append(Unmet("waive/unknown-signal", fact, f"the signals are {known}"))
    if not waiver.because:
        found.append(Unmet("waive/because", "nobody said why", "add `--because TEXT`"))
    if waiver.expires <= today:
        fact = f"it would end on {waiver.expires}, which has come already"
        found.append(Unmet("waive/past", fact, "name a later day with `--until`"))
    if (waiver.policy == "impute") != (waiver.value is not None):
        lacking = waiver.value is None
        found.append(
            Unmet(
                "waive/value",
                "`impute` needs the number that stands for what is missing"
                if lacking
                else f"`{waiver.policy}` takes no number",
                "add `--value NUMBER`" if lacking else "leave `--value` out",
            )
        )
    strange = [unit for unit in waiver.units if units is not None and unit not in units]
    if strange:
        fact = f"the program has no unit `{strange[0]}`"
        found.append(Unmet("waive/unknown-unit", fact, "`pmpo board` lists the units"))
    return tuple(found)


def unmet_by_granted(waiver: Waiver, today: date) -> Unmet:
    """What keeps a waiver from being granted that was granted before."""
    if waiver.expires <= today:
        fact = f"it was granted by `{waiver.approver}`, and has expired on {waiver.expires}"
        return Unmet("waive/past", fact, "ask for a new one: `pmpo waive`")
    fact = f"it is granted already, by `{waiver.approver}`"
    return Unmet(
        "waive/already", fact, f"it counts from the next `pmpo run` until {waiver.expires}"
    )


def unmet_by_grant(
    asked: Asked, granter: Actor, charter: Charter, office: OfficeFile, mode: Mode, today: date
) -> tuple[Unmet, ...]:
    """What keeps somebody from granting a waiver that was asked for."""
    found = []
    answer = allow(granter.name, "waive", charter, office)
    if not answer:
        found.append(Unmet("waive/not-allowed", answer.because, answer.meets))
    if mode == "team" and asked.actor.name == granter.name:
        fact = f"`{granter.name}` asked for it, and nobody grants a waiver to themselves"
        others = " or ".join(granters_of(asked, charter, office))
        meets = f"let {others} approve it" if others else _NOBODY_ELSE
        found.append(Unmet("waive/four-eyes", fact, meets))
    if _keyed(charter, office) and granter.how not in SURE:
        fact = "the gate asks for a signature, and the approval was only asserted"
        found.append(Unmet("waive/key", fact, "approve with `--key`"))
    if asked.waiver.expires <= today:
        fact = f"it has expired on {asked.waiver.expires}"
        found.append(Unmet("waive/past", fact, "ask for a new one"))
    return tuple(found)
