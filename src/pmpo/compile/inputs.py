"""Inputs of decision tables that are columns of the unit's source."""

from __future__ import annotations

from pmpo.compile.formula import Formula, did_you_mean
from pmpo.compile.units import Units


def table_inputs(units: Units) -> None:
    """Register the columns that decision tables look at, and report names that mean nothing."""
    charter = units.context.charter
    outputs = [f"{t.name}.{out.name}" for t in charter.tables.values() for out in t.outputs]
    known = (*charter.signals, *charter.bands, *outputs)
    for table in charter.tables.values():
        for index, name in enumerate(table.inputs):
            path = f"tables.{table.name}.inputs.{index}"
            if name in known:
                continue
            if units.rows.has(name):
                units.attribute(name, path)
                continue
            units.context.report.add(
                "table/unknown-input",
                f"`{name[:60]}` is no signal, band or column of `{units.rows.source.name}`",
                Formula(path, name),
                label=did_you_mean(name, [*known, *units.rows.names()]),
                note="an output of another table is written as `table.output`",
            )
