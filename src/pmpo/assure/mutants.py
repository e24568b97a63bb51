"""A charter with one threshold changed by one in its last digit: what a slip of the hand would do.

Thresholds are edges of bands, widths of hysteresis, numbers and dates in cells, and the numbers of
parameters that edges and cells name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from pmpo.compile.types import Type
from pmpo.model.charter import Band, Charter, Parameter, ParamRef
from pmpo.model.table import ABOUT, SIGNAL
from pmpo.rules.cells import CellError, Constant, day_of, numbers_of, operands, parse_cell

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A threshold that can change without any case noticing."""

    where: str
    was: str
    became: str


Mutant = tuple[Survivor, Charter]


def mutants(charter: Charter, types: Mapping[str, Type]) -> Iterator[Mutant]:
    """Every change of one threshold, up and down, with the charter that it makes.

    Args:
        types: what signals and columns hold, by their column in the measured table.
    """
    for name in thresholds_by_parameter(charter):
        yield from _moved_parameter(charter, charter.parameters[name])
    for band in charter.bands.values():
        yield from _moved_band(charter, band)
    for name in charter.tables:
        yield from _moved_cells(charter, name, types)


def thresholds_by_parameter(charter: Charter) -> Iterable[str]:
    """The parameters that edges and cells name, in charter order."""
    named = {
        edge.id
        for band in charter.bands.values()
        for edge in band.edges
        if isinstance(edge, ParamRef)
    }
    for table in charter.tables.values():
        cells = (cell for rule in table.rules for cell in rule.when)
        named |= {one.id for cell in cells for one in numbers_of(parse_cell(cell))}
    return [name for name in charter.parameters if name in named]


def _beside(number: Decimal) -> tuple[Decimal, Decimal]:
    """A number with its last digit one higher, and one lower."""
    step = Decimal(1).scaleb(int(number.as_tuple().exponent))
    return number + step, number - step


def _moved_parameter(charter: Charter, parameter: Parameter) -> Iterator[Mutant]:
    setting = parameter.setting
    for segment, dated in setting.values.items():
        for i, (start, number) in enumerate(dated):
            where = ".".join(["parameters", parameter.name, *filter(None, ["/".join(segment)])])
            where += f" from {start}" if start is not None else ""
            for moved in _beside(number):
                numbers = (*dated[:i], (start, moved), *dated[i + 1 :])
                changed = replace(setting, values={**setting.values, segment: numbers})
                parameters = {
                    **charter.parameters,
                    parameter.name: replace(parameter, setting=changed),
                }
                told = Survivor(where, f"{number:f}", f"{moved:f}")
                yield told, replace(charter, parameters=parameters)


def _moved_band(charter: Charter, band: Band) -> Iterator[Mutant]:
    for i, edge in enumerate(band.edges):
        if isinstance(edge, Decimal):
            for moved in _beside(edge):
                edges = (*band.edges[:i], moved, *band.edges[i + 1 :])
                told = Survivor(f"bands.{band.name}.edges.{i}", f"{edge:f}", f"{moved:f}")
                yield told, _with_band(charter, replace(band, edges=edges))
    if isinstance(band.hysteresis, Decimal):
        for moved in _beside(band.hysteresis):
            if moved >= 0:
                told = Survivor(
                    f"bands.{band.name}.hysteresis", f"{band.hysteresis:f}", f"{moved:f}"
                )
                yield told, _with_band(charter, replace(band, hysteresis=moved))


def _with_band(charter: Charter, band: Band) -> Charter:
    return replace(charter, bands={**charter.bands, band.name: band})


def _moved_cells(charter: Charter, name: str, types: Mapping[str, Type]) -> Iterator[Mutant]:
    table = charter.tables[name]
    for place, rule in enumerate(table.rules):
        for i, (cell, column) in enumerate(zip(rule.when, table.inputs, strict=True)):
            for changed in _moved_cell(cell, _holds_days(column, types)):
                when = (*rule.when[:i], changed, *rule.when[i + 1 :])
                rules = (
                    *table.rules[:place],
                    replace(rule, when=when),
                    *table.rules[place + 1 :],
                )
                tables = {**charter.tables, name: replace(table, rules=rules)}
                told = Survivor(f"tables.{name}.{rule.id}", cell, changed)
                yield told, replace(charter, tables=tables)


def _holds_days(column: str, types: Mapping[str, Type]) -> bool:
    found = types.get(SIGNAL + column) or types.get(ABOUT + column)
    return found is not None and found.kind == "date"


def _moved_cell(cell: str, days: bool) -> Iterator[str]:
    """A cell with one of its numbers or dates moved; in a column of days, quoted ones too."""
    for operand in (one for test in parse_cell(cell).tests for one in operands(test)):
        if isinstance(operand, Constant):
            start, end = operand.extent
            for moved in _moved_value(operand.value, days):
                yield f"{cell[:start]}{moved}{cell[end:]}"


def _moved_value(value: Any, days: bool) -> Iterator[str]:
    """What stands in a cell one step above and below a value; nothing for words."""
    if isinstance(value, Decimal):
        yield from (f"{moved:f}" for moved in _beside(value))
    if isinstance(value, str) and days:
        try:
            value = day_of(value, (0, 0))
        except CellError:
            return
    if isinstance(value, date):
        if value < date.max:
            yield f'date("{(value + _DAY).isoformat()}")'
        if value > date.min:
            yield f'date("{(value - _DAY).isoformat()}")'
