"""Waivers: another missing-data policy for some units, with a reason, an approver and an end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Substitute = Literal["worst", "range", "impute", "redistribute", "exclude", "block"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """What happens instead when a signal is missing.

    Args:
        units: keys as the board shows them; none means all units.
        policy: what happens instead of the charter's policy; `impute` needs a `value`.
        expires: the first day on which the waiver no longer holds.
    """

    id: str
    signal: str
    policy: Substitute
    because: str
    approver: str
    expires: date
    units: tuple[str, ...] = ()
    value: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """The canonical object that is hashed and stored."""
        return {
            "id": self.id,
            "signal": self.signal,
            "policy": self.policy,
            "because": self.because,
            "approver": self.approver,
            "expires": self.expires.isoformat(),
            "units": list(self.units),
            "value": f"{self.value:f}" if self.value is not None else None,
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Waiver:
        """The waiver that `as_json` described."""
        return cls(
            id=told["id"],
            signal=told["signal"],
            policy=told["policy"],
            because=told["because"],
            approver=told["approver"],
            expires=date.fromisoformat(told["expires"]),
            units=tuple(told["units"]),
            value=Decimal(told["value"]) if told["value"] is not None else None,
        )


def in_force(waivers: Iterable[Waiver], day: date) -> tuple[Waiver, ...]:
    """The waivers that still hold on a day, in order of their ids."""
    return tuple(sorted((w for w in waivers if day < w.expires), key=lambda waiver: waiver.id))
