"""From an evaluation to a proposal: what the machine said, and the numbers of a statement."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pmpo.decide.tradeoff import differences, rows_of, stated_by_numbers, unit_left_out
from pmpo.diagnostics import DataError, PmpoError, stop
from pmpo.evaluate.score import AXIS
from pmpo.evaluate.selection import Decided
from pmpo.model.charter import Charter
from pmpo.model.decision import NOTHING, Expectation, Recommended, TradeOffStatement
from pmpo.model.evaluation import Evaluation
from pmpo.rules.tables import rule_ids

RECOMMENDED_MAX: Final = 25
DIGITS_MAX: Final = 30
_EXPECTED: Final = re.compile(
    r"\s*(\w+)\s*(>=|<=|=|between)\s*(\S+)(?:\s+and\s+(\S+))?\s*", re.IGNORECASE
)


def recommended(
    charter: Charter, evaluation: Evaluation, units: Collection[str]
) -> tuple[Recommended, ...]:
    """What the machine said of the first of some units, in the order of ranks.

    Of a batch only so many as anybody reads: the evaluation has them all, and its hash is kept.
    """
    rows = rows_of(charter, evaluation, units)
    found = [_recommended(charter, unit, row) for unit, row in rows.items()]
    found.sort(key=lambda one: (one.rank is None, one.rank or 0, one.unit))
    return tuple(found[:RECOMMENDED_MAX])


def _recommended(charter: Charter, unit: str, row: Mapping[str, Any]) -> Recommended:
    score = row["score"]
    return Recommended(
        unit=unit,
        label=row["label"],
        rank=row["rank"],
        score=f"{score:f}" if score is not None else None,
        outcome=row.get("outcome"),
        axes={
            axis: f"{row[AXIS + axis]:f}"
            for axis in charter.axes
            if row.get(AXIS + axis) is not None
        },
        rules=tuple(_rules(charter, row)),
        quality=row["quality"],
    )


def _rules(charter: Charter, row: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rules that decided, of each table, with the reasons that the charter gives."""
    found = []
    for table in charter.tables.values():
        ids = rule_ids(row.get(f"rule_{table.name}"))
        found += [
            {"table": table.name, "id": rule.id, "because": rule.because}
            for rule in table.rules
            if rule.id in ids
        ]
    return found


def trade_off(
    charter: Charter,
    evaluation: Evaluation,
    units: Sequence[str],
    decided: Decided,
    *,
    against: str = "",
) -> TradeOffStatement | None:
    """The statement that the numbers make for taking some ranked units.

    Args:
        decided: what people have decided so far.
        against: the unit to compare with; by default the one that these displace.
    Returns: the statement, with the best unit left out beside another one that was named; None
        where nothing is left out, or nothing taken is ranked, or there are no axes.
    """
    best = unit_left_out(charter, evaluation, units, decided)
    other = against or best
    if other is None or not charter.axes:
        return None
    rows = rows_of(charter, evaluation, {*units, other})
    taken = [rows[unit] for unit in units if unit in rows and rows[unit]["rank"] is not None]
    if not taken or other not in rows:
        return None
    difference, uncertainty = differences(charter, taken, rows[other])
    said = stated_by_numbers(difference, uncertainty, other)
    return replace(said, best=best) if best is not None and best != other else said


def stated(
    by_numbers: TradeOffStatement | None,
    gains: Sequence[str],
    gives_up: Sequence[str],
    against: str = "",
) -> TradeOffStatement:
    """What a person says, beside the numbers that it is checked against.

    Args:
        against: what they compare with; it stands alone where no numbers are made.
    """
    sides = [tuple(name for name in side if name != NOTHING) for side in (gains, gives_up)]
    if by_numbers is None:
        return TradeOffStatement(gains=sides[0], gives_up=sides[1], against=against)
    return TradeOffStatement(
        gains=sides[0],
        gives_up=sides[1],
        against=by_numbers.against,
        best=by_numbers.best,
        differences=by_numbers.differences,
        uncertainty=by_numbers.uncertainty,
    )


def expectation(text: str, by: date) -> Expectation:
    """Read what is expected, such as `growth >= 0.1` or `cover between 7 and 21`.

    Raises: DataError `decision/expectation`.
    """
    match = _EXPECTED.fullmatch(text)
    if match is None:
        raise _unread(text)
    signal, sign, first, second = match.groups()
    between = sign.lower() == "between"
    if between != (second is not None):
        raise _unread(text)
    low, high = _number(first, text), _number(second, text) if second is not None else None
    if between:
        ends = {"low": low, "high": high}
    else:
        ends = {
            "low": low if sign in (">=", "=") else None,
            "high": low if sign in ("<=", "=") else None,
        }
    if ends["low"] is not None and ends["high"] is not None and ends["low"] > ends["high"]:
        raise _unread(text)
    return Expectation(signal=signal, by=by, low=ends["low"], high=ends["high"])


def _number(text: str, whole: str) -> Decimal:
    try:
        return decimal_of(text)
    except ValueError as error:
        raise _unread(whole) from error


def decimal_of(text: str) -> Decimal:
    """A decimal that somebody typed: a number that people can read, not `1e500000`.

    Raises: ValueError: it is none, or has more than 30 digits before or after the point.
    """
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite():
        raise ValueError(text)
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if max(len(digits) + exponent, -exponent) > DIGITS_MAX:
        raise ValueError(text)
    return number


def _unread(text: str) -> PmpoError:
    return stop(
        "decision/expectation",
        f"`{text}` is no expectation that can be looked up later",
        help="write `growth >= 0.1`, `returned <= 0.05` or `cover between 7 and 21`",
        error=DataError,
    )
