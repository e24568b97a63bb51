"""Whether the values of cases fit the data: columns that there are, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from pmpo.charter.suggest import did_you_mean, listing
from pmpo.compile.plan import Plan
from pmpo.compile.types import Type
from pmpo.diagnostics import Diagnostic
from pmpo.model.cases import CaseFile, Value
from pmpo.model.charter import Charter
from pmpo.model.table import ABOUT, KEY, SIGNAL

_EXAMPLE: Final = {
    "date": "`2024-01-31`",
    "boolean": "`true`",
    "exact": "`0.25`",
    "real": "`0.25`",
    "double": "`0.25`",
}


def check_values(charter: Charter, cases: CaseFile, plan: Plan) -> Iterator[Diagnostic]:
    """Columns that the unit's source does not have, and values of another type than their column.

    A misspelt column would leave the case with the numbers of all other segments.
    """
    columns = _columns(charter, plan)
    for i, case in enumerate(cases.cases):
        said = [("signals", SIGNAL, case.signals), ("unit", ABOUT, case.unit)]
        for place, earlier in enumerate(case.before):
            said.append((f"before.{place}.signals", SIGNAL, earlier.signals))
            said.append((f"before.{place}.unit", ABOUT, earlier.unit))
        for block, prefix, values in said:
            path = f"cases.{i}.{block}"
            if prefix == ABOUT and columns:
                yield from _unknown(charter, cases, path, values, columns)
            yield from _other_type(cases, path, prefix, values, plan.types)


def _columns(charter: Charter, plan: Plan) -> list[str]:
    """The columns of the unit; none where its data cannot be seen."""
    rows = plan.units.rows
    return [*charter.unit.key, *rows.names()] if rows.schema is not None else []


def _unknown(
    charter: Charter, cases: CaseFile, path: str, values: Mapping[str, Value], columns: list[str]
) -> Iterator[Diagnostic]:
    for name in values:
        if name not in columns:
            near = did_you_mean(name, columns)
            yield Diagnostic(
                "charter/unknown-name",
                "error",
                f"the unit's source `{charter.unit.source}` has no column `{name[:60]}`",
                cases.places.key(f"{path}.{name}"),
                f"{path}.{name}",
                note=f"there are {listing(columns)}",
                help=f"write `{near}`" if near else "correct the name",
            )


def _other_type(
    cases: CaseFile,
    path: str,
    prefix: str,
    values: Mapping[str, Value],
    types: Mapping[str, Type],
) -> Iterator[Diagnostic]:
    for name, value in values.items():
        of = types.get(prefix + name) or (types.get(KEY + name) if prefix == ABOUT else None)
        if of is not None and value is not None and not _is(value, of):
            yield Diagnostic(
                "charter/wrong-type",
                "error",
                f"`{name[:60]}` is {of.told}, and the case says `{str(value)[:60]}`",
                cases.places.value(f"{path}.{name}"),
                f"{path}.{name}",
                help=f"write for example {_EXAMPLE[of.kind]}, or `null` where it is missing",
            )


def _is(value: Value, of: Type) -> bool:
    """Whether a column can hold a value; any value can be a text."""
    if of.kind == "date":
        return isinstance(value, date)
    if of.kind == "boolean":
        return isinstance(value, bool)
    return isinstance(value, Decimal) or of.kind not in ("exact", "real", "double")
