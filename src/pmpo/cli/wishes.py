"""From what was typed to what somebody wants to decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pmpo.decide.propose import decimal_of, expectation
from pmpo.decide.waive import waiver_of
from pmpo.diagnostics import DataError, PmpoError, stop
from pmpo.model.decision import Action, Basis, Verdict
from pmpo.office.wish import NEXT_REVIEW, Wish

if TYPE_CHECKING:
    from pmpo.model.waiver import Substitute, Waiver

_PARTS_MIN: Final = 4
_PARTS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Typed:
    """The options of `pmpo decide` as they were typed."""

    verdict: Verdict
    units: tuple[str, ...]
    rest: bool
    evaluation: str
    basis: Basis
    because: str
    action: str
    option: str
    quantity: str | None
    considered: tuple[str, ...]
    gains: tuple[str, ...] | None
    gives_up: tuple[str, ...] | None
    against: str
    expect: str
    by: str | None
    rests_on: tuple[str, ...]
    todo: tuple[str, ...]
    conflict: str
    reason_code: str
    look: str | None
    supersedes: str
    switching_cost: str
    resolves: tuple[str, ...]


def wish_of(typed: Typed) -> Wish:
    """Read numbers, days, expectations and actions.

    Raises: DataError `decision/…`: what cannot be read.
    """
    if typed.rest and typed.units:
        raise _refused(
            "decision/rest", "`--rest` and units were both given", "leave one of them out"
        )
    if bool(typed.expect) != (typed.by is not None):
        raise _refused(
            "decision/expectation",
            "an expectation needs both a condition and a day",
            "write `--expect 'growth >= 0.1' --by YYYY-MM-DD`",
        )
    expected = None
    if typed.by is not None:
        expected = expectation(typed.expect, required_day(typed.by, "--by"))
    return Wish(
        verdict=typed.verdict,
        units=typed.units,
        rest=typed.rest,
        evaluation=typed.evaluation,
        basis=typed.basis,
        because=typed.because,
        action=typed.action,
        option=typed.option,
        quantity=number(typed.quantity, "--quantity"),
        options=typed.considered,
        gains=typed.gains,
        gives_up=typed.gives_up,
        against=typed.against,
        expectation=expected,
        assumptions=typed.rests_on,
        actions=tuple(action(one) for one in typed.todo),
        conflict=typed.conflict,
        reason_code=typed.reason_code,
        next_look=NEXT_REVIEW if typed.look == NEXT_REVIEW else day(typed.look, "--look"),
        supersedes=typed.supersedes,
        switching_cost=typed.switching_cost,
        resolves=typed.resolves,
    )


def waiver(
    signal: str,
    policy: Substitute,
    until: str,
    because: str,
    units: tuple[str, ...],
    value: str | None,
) -> Waiver:
    """The waiver that was asked for."""
    return waiver_of(
        signal,
        policy,
        because=because,
        expires=required_day(until, "--until"),
        units=units,
        value=number(value, "--value"),
    )


def action(text: str) -> Action:
    """An action such as `move two facings; supply; 2018-02-01; the planogram shows it`."""
    parts = [part.strip() for part in text.split(";")]
    if not _PARTS_MIN <= len(parts) <= _PARTS_MAX or not all(parts[:_PARTS_MIN]):
        raise _refused(
            "decision/action",
            f"`{text}` is no action",
            "write 'what; owner; due date; done when', and the id in a tracker if there is one",
        )
    what, owner, due, done_when, *tracker = parts
    return Action(
        what=what,
        owner=owner,
        due=_due(due),
        done_when=done_when,
        tracker=tracker[0] if tracker else "",
    )


def _due(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        help = "write 'what; owner; YYYY-MM-DD; done when'"
        raise _refused("decision/day", f"`{text}` is not a day", help) from error


def number(text: str | None, option: str) -> Decimal | None:
    """A decimal that somebody typed; None where nobody did."""
    if text is None:
        return None
    try:
        return decimal_of(text)
    except ValueError as error:
        fact = f"`{text}` is no number, or one that nobody can read"
        raise _refused("decision/number", fact, f"write `{option} 2.5`") from error


def day(text: str | None, option: str) -> date | None:
    """A day that somebody typed; None where nobody did."""
    return None if text is None else required_day(text, option)


def required_day(text: str, option: str) -> date:
    """A day that somebody typed."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        fact, help = f"`{text}` is not a day", f"write `{option} YYYY-MM-DD`"
        raise _refused("decision/day", fact, help) from error


def _refused(code: str, fact: str, help: str) -> PmpoError:
    return stop(code, fact, help=help, error=DataError)
