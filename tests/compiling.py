"""Charters and tables for tests of the compiler: from text to a plan, and from rows to bits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import yaml

from pmpo.charter.load import load
from pmpo.charter.office_file import load_office
from pmpo.compile.cuts import Moments
from pmpo.compile.plan import compile_plan
from pmpo.diagnostics import has_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pmpo.compile.plan import Plan
    from pmpo.model.charter import Charter
    from pmpo.sql import Dialect

SHARED = load_office(Path(__file__).parent / "golden" / "office.yaml").office
assert SHARED is not None
CALENDARS = SHARED.clocked()
_ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def charter_in(path: Path) -> Charter:
    """The charter in a file that has no faults of its own, in an office with calendars."""
    loaded = load(path, shown_as=path.name)
    assert loaded.charter is not None, loaded.findings
    return replace(loaded.charter, calendars=CALENDARS)


def moments(as_of: str, known_by: str | None = None, tz: str = "Asia/Tokyo") -> Moments:
    """The question of a test: as of when, and known by when."""

    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz))

    return Moments(at(as_of), at(known_by or as_of))


GOLDEN_AS_OF = moments("2024-03-04")


def plan_for(
    charter: Charter, tables: Mapping[str, pa.Table], when: Moments, dialect: Dialect
) -> Plan:
    """A plan without faults over tables that are there."""
    schemas = {name: schema_of(table) for name, table in tables.items()}
    plan = compile_plan(charter, schemas, when, dialect)
    assert not has_errors(plan.findings), plan.findings
    return plan


def schema_of(table: pa.Table) -> dict[str, str]:
    """The columns of a table with the types that readers would name."""
    names = {kind: name for name, kind in _ARROW.items()}
    return {
        field.name: f"decimal({field.type.precision},{field.type.scale})"
        if pa.types.is_decimal(field.type)
        else names[field.type]
        for field in table.schema
    }


def arrow_type(name: str) -> pa.DataType:
    """The Arrow type of a column type's name."""
    if name in _ARROW:
        return _ARROW[name]
    precision, scale = name.removeprefix("decimal(").removesuffix(")").split(",")
    return pa.decimal128(int(precision), int(scale))


def tables_in(path: Path) -> dict[str, pa.Table]:
    """Small tables written as text: per table its columns with their types, then rows."""
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    return {name: _table(one["columns"], one.get("rows") or []) for name, one in document.items()}


def _table(columns: Mapping[str, str], rows: Sequence[Sequence[str]]) -> pa.Table:
    kinds = [arrow_type(kind) for kind in columns.values()]
    values = zip(*rows, strict=True) if rows else [()] * len(kinds)
    arrays = [
        pa.array([_value(text, kind) for text in column], kind)
        for column, kind in zip(values, kinds, strict=True)
    ]
    return pa.table(dict(zip(columns, arrays, strict=True)))


def _value(text: str, kind: pa.DataType) -> Any:
    if text in ("", "~"):
        return None
    if pa.types.is_string(kind):
        return text
    if pa.types.is_int64(kind):
        return int(text)
    if pa.types.is_float64(kind):
        return float(text)
    if pa.types.is_boolean(kind):
        return text == "true"
    if pa.types.is_date(kind):
        return date.fromisoformat(text)
    return datetime.fromisoformat(text) if pa.types.is_timestamp(kind) else Decimal(text)
