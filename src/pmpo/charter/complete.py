"""Fills in what a definition may leave to the program or to the unit."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from pmpo.charter.suggest import listing
from pmpo.model.charter import Assumption, Charter, Places, Signal, Source, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pmpo.charter.findings import Findings

_Owned = TypeVar("_Owned", Source, Signal)
_T = TypeVar("_T")


def complete(charter: Charter, places: Places, to: Findings) -> Charter:
    """Let sources, signals and assumptions inherit, and name the unit's columns in joins."""
    return replace(
        charter,
        sources=_map(
            {
                name: _inherit(_source(source, charter, places, to), charter)
                for name, source in charter.sources.items()
            }
        ),
        signals=_map({name: _inherit(one, charter) for name, one in charter.signals.items()}),
        assumptions=_map({name: _owned(one, charter) for name, one in charter.assumptions.items()}),
    )


def _map(values: dict[str, _T]) -> Mapping[str, _T]:
    return MappingProxyType(values)


def _inherit(one: _Owned, charter: Charter) -> _Owned:
    if one.owner and one.refresh is not None:
        return one
    return replace(one, owner=one.owner or charter.owner, refresh=one.refresh or charter.refresh)


def _owned(assumption: Assumption, charter: Charter) -> Assumption:
    return assumption if assumption.owner else replace(assumption, owner=charter.owner)


def _source(source: Source, charter: Charter, places: Places, to: Findings) -> Source:
    joined = _join_unit(source, charter.unit, places, to)
    return joined if joined.tz or not charter.tz else replace(joined, tz=charter.tz)


def _join_unit(source: Source, unit: Unit, places: Places, to: Findings) -> Source:
    """Bring a join to the unit into the order of the unit's key."""
    pairs = source.join.get("unit")
    if pairs is None or not unit.key:
        return source
    if all(theirs == "" for _, theirs in pairs):
        fits = len(pairs) == len(unit.key)
        ordered = tuple((own, key) for (own, _), key in zip(pairs, unit.key, strict=False))
    else:
        fits = sorted(theirs for _, theirs in pairs) == sorted(unit.key)
        ordered = tuple(sorted(pairs, key=lambda pair: _position(pair[1], unit)))
    if not fits:
        _report(source, unit, places, to)
    return replace(source, join=MappingProxyType({**source.join, "unit": ordered}))


def _position(column: str, unit: Unit) -> int:
    return unit.key.index(column) if column in unit.key else len(unit.key)


def _report(source: Source, unit: Unit, places: Places, to: Findings) -> None:
    path = f"sources.{source.name}.join.unit"
    to.error(
        "charter/bad-join",
        f"source `{source.name}` does not reach every column of the unit's key",
        places.value(path),
        path,
        note=f"the unit's key is {listing(unit.key)}",
        help=f"name {len(unit.key)} column{'s' if len(unit.key) > 1 else ''} of "
        f"`{source.name}` in the same order, or write {{own: theirs}}",
    )
