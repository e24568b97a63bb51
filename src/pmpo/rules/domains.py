"""What an input of a decision table can be, and whether a cell can be said of it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from pmpo.rules.cells import (
    Cell,
    CellError,
    CellFault,
    Compare,
    Constant,
    IsMissing,
    Operand,
    Param,
    Range,
    Test,
    Value,
    day_of,
    operands,
    quoted,
)

Kind = Literal["number", "text", "date", "boolean", "label"]
_TOLD: Final = {
    "number": "a number",
    "text": "a text",
    "date": "a date",
    "boolean": "true or false",
    "label": "one of a few labels",
}
_EXAMPLE: Final = {
    "number": "`>= 0.10`",
    "text": '`"PRODUCE"`',
    "date": '`>= date("2024-01-31")`',
    "boolean": "`true`",
}


@dataclass(frozen=True, slots=True)
class Domain:
    """The values an input can have.

    Args:
        precision: of a number, the digits after the point to which it is rounded before it is
            compared; None where nothing says.
        numbers: of a number, all that there are; empty where any may come.
        labels: of a label, all that there are, those of a band from low to high.
        missing: the label that stands for a missing value; None where rules never meet one.
    """

    kind: Kind
    precision: int | None = None
    labels: tuple[str, ...] = ()
    missing: str | None = None
    numbers: tuple[Decimal, ...] = ()

    @property
    def ordered(self) -> bool:
        """Whether `<` and ranges mean anything."""
        return self.kind in ("number", "date")

    @property
    def step(self) -> Decimal | None:
        """The smallest difference of two numbers; None where nothing says."""
        return None if self.precision is None else Decimal(1).scaleb(-self.precision)


def fit(cell: Cell, domain: Domain) -> tuple[Cell, tuple[CellFault, ...]]:
    """The cell as it is meant for a domain, and everything in it that cannot be said of one.

    In a column of dates a quoted text is a date; the label of missing values asks for these.

    Example:
        >>> from pmpo.rules.cells import parse_cell
        >>> price = Domain("label", labels=("thin", "full"), missing="needs_data")
        >>> fit(parse_cell('"needs_data"'), price)[0].tests
        (IsMissing(extent=(0, 12)),)
        >>> [fault.help for fault in fit(parse_cell('"ful"'), price)[1]]
        ['write `"full"`']
    """
    faults: list[CellFault] = []
    tests: list[Test] = []
    for test in cell.tests:
        try:
            fitted = _test(test, domain)
        except CellError as error:
            faults.append(error.fault)
            continue
        faults += _empty(fitted, cell.text)
        tests.append(fitted)
    return replace(cell, tests=tuple(tests)), tuple(faults)


def fit_value(value: Value, domain: Domain, extent: tuple[int, int]) -> Value:
    """A value of the domain.

    Raises: CellError `table/type`, `table/unknown-label`.
    """
    operand = _operand(Constant(value, extent), domain)
    assert isinstance(operand, Constant)
    return operand.value


def _test(test: Test, domain: Domain) -> Test:
    if isinstance(test, IsMissing) or _names_missing(test, domain):
        if domain.missing is None:
            raise _fault("table/never-missing", test.extent)
        return IsMissing(test.extent)
    if not domain.ordered and not (isinstance(test, Compare) and test.operator == "="):
        raise CellError(
            CellFault(
                "table/type",
                f"{_TOLD[domain.kind]} has no order here",
                test.extent,
                note="only numbers and dates are smaller or larger",
                help="list what is meant: " + _listed(domain),
            )
        )
    if isinstance(test, Compare):
        return replace(test, operand=_operand(test.operand, domain))
    return replace(test, low=_operand(test.low, domain), high=_operand(test.high, domain))


def _names_missing(test: Test, domain: Domain) -> bool:
    return (
        isinstance(test, Compare)
        and test.operator == "="
        and isinstance(test.operand, Constant)
        and domain.missing is not None
        and test.operand.value == domain.missing
    )


def _fault(code: str, extent: tuple[int, int]) -> CellError:
    return CellError(
        CellFault(
            code,
            "this value is never missing where the rules see it",
            extent,
            note="without a label of its own, a missing value blocks the unit or has a default",
            help="give the input a label, such as `needs_data`, under `missing` of the table; or "
            "delete this",
        )
    )


def _operand(operand: Operand, domain: Domain) -> Operand:
    if isinstance(operand, Param):
        if domain.kind == "number":
            return operand
        raise _wrong(operand, "parameters are numbers", domain)
    value = operand.value
    if domain.kind == "date" and isinstance(value, str):
        return replace(operand, value=day_of(value, operand.extent))
    if domain.kind == "label" and isinstance(value, str):
        if value in domain.labels:
            return operand
        raise _unknown_label(value, operand, domain)
    if not _is(value, domain.kind):
        raise _wrong(operand, f"this is {_kind_of(value)}", domain)
    return operand


def _is(value: Value, kind: Kind) -> bool:
    if kind == "number":
        return isinstance(value, Decimal)
    if kind == "date":
        return isinstance(value, date)
    return isinstance(value, bool) if kind == "boolean" else isinstance(value, str)


def _kind_of(value: Value) -> str:
    if isinstance(value, bool):
        return "a condition"
    if isinstance(value, Decimal):
        return "a number"
    return "a date" if isinstance(value, date) else "a text"


def _wrong(operand: Operand, fact: str, domain: Domain) -> CellError:
    told = _EXAMPLE.get(domain.kind) or _listed(domain)
    return CellError(
        CellFault(
            "table/type",
            f"{fact}, and the input is {_TOLD[domain.kind]}",
            operand.extent,
            help=f"write for example {told}",
        )
    )


def _listed(domain: Domain) -> str:
    names = [*domain.labels, *([domain.missing] if domain.missing is not None else [])]
    if domain.kind == "boolean":
        return "`true`, `false`"
    if not names:
        return '`"one","another"`'
    shown = ", ".join(f"`{quoted(name)}`" for name in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _unknown_label(value: str, operand: Operand, domain: Domain) -> CellError:
    near = difflib.get_close_matches(value, domain.labels, n=1, cutoff=0.6)
    return CellError(
        CellFault(
            "table/unknown-label",
            f"there is no label `{value[:60]}`",
            operand.extent,
            note=f"the input is one of {_listed(domain)}",
            help=f"write `{quoted(near[0])}`" if near else "write one of these",
        )
    )


def _empty(test: Test, text: str) -> Iterator[CellFault]:
    """A range that holds for no value."""
    if not isinstance(test, Range):
        return
    ends = [one.value for one in operands(test) if isinstance(one, Constant)]
    if len(ends) < 2:
        return
    low, high = ends
    closed = test.low_closed and test.high_closed
    if low < high or (low == high and closed):  # type: ignore[operator]  # both of the domain's kind
        return
    shown = text[test.extent[0] : test.extent[1]]
    yield CellFault(
        "table/empty-range",
        f"no value is in `{shown}`",
        test.extent,
        help="write the lower end first" if low != high else "close both ends, or name the value",
    )
