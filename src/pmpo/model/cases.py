"""Cases of a charter: given values, and what is expected of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from pmpo.model.charter import Places
from pmpo.model.time import Duration

Value = Decimal | str | bool | date | None


def _no_items() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a case expects; what it leaves out may be anything.

    Args:
        outcome: None where there should be none; "" where it may be any.
        rules: per table the ids of the rules that decide, one text each; None for no rule.
        outputs: per `table.output` its value.
    """

    status: str = ""
    score: Decimal | None = None
    outcome: str | None = ""
    bands: Mapping[str, str] = field(default_factory=_no_items)
    rules: Mapping[str, str | None] = field(default_factory=_no_items)
    outputs: Mapping[str, Value] = field(default_factory=_no_items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What was recorded of the unit of a case at an earlier moment.

    Args:
        ago: how long before the day of the case.
    """

    ago: Duration
    signals: Mapping[str, Value] = field(default_factory=_no_items)
    unit: Mapping[str, Value] = field(default_factory=_no_items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One unit that does not exist: values of signals and columns, and what should follow.

    Args:
        signals: values by signal; None, or a signal that is left out, is missing.
        unit: columns of the unit's source, such as those that parameters vary by.
        before: what was recorded of it earlier; nothing where it was never evaluated.
    """

    name: str
    signals: Mapping[str, Value] = field(default_factory=_no_items)
    unit: Mapping[str, Value] = field(default_factory=_no_items)
    before: tuple[Earlier, ...] = ()
    expect: Expected
    as_of: date | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """What `tests.yaml` says.

    Args:
        as_of: the day on which dated numbers are read, unless a case says another.
    """

    edition: int
    cases: tuple[Case, ...]
    as_of: date | None = None
    places: Places = field(default=Places(), compare=False, repr=False)
