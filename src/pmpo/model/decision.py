"""What people decide: proposals with their trade-off, and how the ledger writes them down."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

import rfc8785

from pmpo.model.keys import decode, readable

Verdict = Literal["accept", "override", "hold", "reject", "stop"]
Basis = Literal["data", "judgement"]
Mode = Literal["solo", "team"]
Stage = Literal["committed", "executing", "done", "stopped"]

VERDICTS: Final = get_args(Verdict)
TAKING: Final[tuple[Verdict, ...]] = ("accept", "override")
"""The verdicts by which something is done with a unit."""

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
"""How far a unit can come, from what has come least far on."""

REASON_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "constraint": "Something outside the charter makes the recommendation impossible.",
        "data-wrong": "A number is known to be wrong.",
        "ethics": "The recommendation would do harm that no signal measures.",
        "missing-signal": "Something that matters is not measured.",
        "strategy": "The direction has changed and the charter has not yet.",
        "urgency": "Waiting for the recommendation would cost more than being wrong.",
    }
)
"""Why a recommendation was overridden; the rate of each is worth looking at."""


def meaning_of(code: str) -> str:
    """What a reason code means; receipts and packs of others may have one that is none here."""
    return REASON_CODES.get(code, "A code that this version does not know.")


NEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "trade_off": "a checked statement of what is gained and given up; every gate asks for it",
        "expectation": "what is expected of it, by when",
        "no_expired_waiver": "no waiver that its evaluation used has expired since",
        "ratified": "a charter that was ratified",
        "conflict": "what conflict of interest the decider has, `none` included",
        "next_look": "when it is to be looked at again",
        "assumptions": "the assumptions it rests on",
        "key": "signatures with personal keys",
    }
)
"""What a gate's `needs` may name."""

GATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "approve": "what a proposal passes before it is a decision",
        "waive": "what a waiver passes before it counts",
    }
)
"""The gates there are."""

NOTHING: Final = "nothing"
"""What a trade-off says of a side on which there is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOffStatement:
    """What taking these units gains and gives up, against the best unit left out.

    Args:
        gains, gives_up: axes of the charter; empty means nothing.
        against: the unit left out that they are compared with; empty where all are in.
        best: the best unit left out, where whoever proposed named another one to compare with.
        differences: per axis the points of the taken unit less those of the other, exact decimals.
        uncertainty: per axis how many points of the difference missing values leave open.
    """

    gains: tuple[str, ...]
    gives_up: tuple[str, ...]
    because: str = ""
    against: str = ""
    best: str = ""
    differences: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    uncertainty: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is expected of a decision: a signal's value between two ends, by a day."""

    signal: str
    by: date
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What somebody does about it; `done_when` says how one can see that it is done."""

    what: str
    owner: str
    due: date
    done_when: str
    tracker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """What the machine said of one unit in the evaluation: the record that a decision keeps.

    Args:
        axes: exact points per axis.
        rules: those that gave the outcome, with their reasons.
    """

    unit: str
    label: str
    rank: int | None
    score: str | None
    outcome: str | None
    axes: Mapping[str, str]
    rules: tuple[Mapping[str, str], ...] = ()
    quality: str = ""

    @property
    def named(self) -> str:
        """What people call it with its key, since several units may be called the same."""
        called = self.unit == self.label or self.label in decode(self.unit)
        return readable(self.unit) if called else f"{self.label} ({readable(self.unit)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a decision rests on.

    Args:
        evaluation: empty for a decision by judgement without one.
        result: the hash of its results.
        charter_text, charter_logic: hashes of the charter it was made under.
        draft: nobody had ratified that charter.
        as_of: the moment of the evaluation.
    """

    evaluation: str
    result: str
    charter_text: str
    charter_logic: str
    draft: bool
    as_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A verdict on one or more units that somebody stands for, before and after its gate.

    Args:
        action: what is done with the units instead of what was recommended; with `override`.
        options: what else was considered.
        reason_code: why the recommendation is overridden; one of `REASON_CODES`.
        conflict: the decider's conflict of interest in words; `none` when there is none.
        next_look: when it is to be looked at again.
        switching_cost: what it costs to end now what people had committed to.
        seatless: those of its units that use none of the seats of `ranking.take`, because what is
            done with them is not what the charter keeps seats for.
        supersedes: the decision that this one replaces.
        resolves: the `due` items that it answers.
    """

    program: str
    units: tuple[str, ...]
    verdict: Verdict
    basis: Basis = "data"
    mode: Mode
    proposer: str
    because: str = ""
    action: str = ""
    option: str = ""
    quantity: Decimal | None = None
    options: tuple[str, ...] = ()
    grounds: Grounds
    recommended: tuple[Recommended, ...] = ()
    trade_off: TradeOffStatement | None = None
    expectation: Expectation | None = None
    assumptions: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    conflict: str = ""
    reason_code: str = ""
    next_look: date | None = None
    supersedes: str = ""
    resolves: tuple[str, ...] = ()
    switching_cost: str = ""
    seatless: tuple[str, ...] = ()

    @property
    def seated(self) -> tuple[str, ...]:
        """The units that it takes: each uses a seat from when it is proposed until it is done."""
        if self.verdict not in TAKING:
            return ()
        return tuple(besides(self.units, self.seatless))

    def named(self, unit: str) -> str:
        """A unit by its label and key, where the machine said something of it; else by its key."""
        return next((one.named for one in self.recommended if one.unit == unit), readable(unit))

    def about(self, units: Sequence[str]) -> str:
        """Of which of its units something is said, in words; empty where it is said of all."""
        if not units or len(units) == len(self.units):
            return ""
        return f", of {', '.join(map(self.named, units))}"

    @property
    def id(self) -> str:
        """`de-` and twelve hexadecimal digits of what it says: saying it again is the same one."""
        digest = hashlib.sha256(rfc8785.dumps(self.as_json())).hexdigest()
        return f"de-{digest[:12]}"

    def as_json(self) -> dict[str, Any]:
        """The body of a `Proposed` entry."""
        told: dict[str, Any] = _plain(self)
        said = told["trade_off"]
        if said is not None and not said["best"]:
            del said["best"]  # statements were written without it before it could be told
        if not told["switching_cost"]:
            del told["switching_cost"]  # so were proposals without what it costs to change
        if not told["seatless"]:
            del told["seatless"]  # and before that all that was accepted took a seat
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Proposal:
        """The proposal that `as_json` described."""
        return _proposal(told)


def besides(units: Iterable[str], others: Iterable[str]) -> Iterator[str]:
    """Units in their order, without some."""
    out = frozenset(others)
    return (unit for unit in units if unit not in out)


def _plain(value: Any) -> Any:
    """Values as JSON: decimals as texts, dates as ISO, tuples as lists."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def _proposal(told: Mapping[str, Any]) -> Proposal:
    trade_off, expectation = told["trade_off"], told["expectation"]
    quantity, look = told["quantity"], told["next_look"]
    return Proposal(
        **{
            **told,
            "units": tuple(told["units"]),
            "options": tuple(told["options"]),
            "assumptions": tuple(told["assumptions"]),
            "resolves": tuple(told["resolves"]),
            "seatless": tuple(told.get("seatless", ())),
            "quantity": Decimal(quantity) if quantity is not None else None,
            "next_look": date.fromisoformat(look) if look is not None else None,
            "grounds": Grounds(**told["grounds"]),
            "recommended": tuple(
                Recommended(**{**one, "rules": tuple(one["rules"])}) for one in told["recommended"]
            ),
            "actions": tuple(
                Action(**{**one, "due": date.fromisoformat(one["due"])}) for one in told["actions"]
            ),
            "trade_off": _trade_off(trade_off) if trade_off is not None else None,
            "expectation": _expectation(expectation) if expectation is not None else None,
        }
    )


def _trade_off(told: Mapping[str, Any]) -> TradeOffStatement:
    return TradeOffStatement(
        gains=tuple(told["gains"]),
        gives_up=tuple(told["gives_up"]),
        because=told["because"],
        against=told["against"],
        best=told.get("best", ""),
        differences={name: Decimal(value) for name, value in told["differences"].items()},
        uncertainty={name: Decimal(value) for name, value in told["uncertainty"].items()},
    )


def _expectation(told: Mapping[str, Any]) -> Expectation:
    low, high = (Decimal(told[e]) if told[e] is not None else None for e in ("low", "high"))
    by = date.fromisoformat(told["by"])
    return Expectation(signal=told["signal"], by=by, low=low, high=high)
