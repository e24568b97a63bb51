"""Segments of parameters and assumptions that no unit belongs to: mostly misspelt names."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pmpo.charter.suggest import did_you_mean
from pmpo.model.charter import Charter, Setting
from pmpo.model.evaluation import Evaluation
from pmpo.model.settings import parts_of
from pmpo.model.table import ABOUT, KEY


def without_units(charter: Charter, evaluation: Evaluation) -> Iterator[str]:
    """A sentence about each value of a text column that numbers vary by and no unit has.

    The number for it is never used, and units that it was meant for have that of all others.
    """
    known: dict[str, list[str] | None] = {}
    for what, setting in _settings(charter):
        for column in setting.by:
            if column not in known:
                known[column] = _values(charter, evaluation, column)
            values = known[column]
            if values is None:
                continue
            for part in dict.fromkeys(parts_of(setting, column)):
                if part not in values:
                    near = did_you_mean(part, values)
                    yield f"no unit has the {column} `{part}` that {what} names" + (
                        f"; is `{near}` meant?" if near else ""
                    )


def _settings(charter: Charter) -> Iterator[tuple[str, Setting]]:
    for parameter in charter.parameters.values():
        yield f"parameter `{parameter.name}`", parameter.setting
    for assumption in charter.assumptions.values():
        if assumption.setting is not None:
            yield f"assumption `{assumption.name}`", assumption.setting


def _values(charter: Charter, evaluation: Evaluation, column: str) -> list[str] | None:
    """The texts of a column of the units; None where it is not measured, or holds no texts."""
    data = evaluation.table.data
    name = (KEY if column in charter.unit.key else ABOUT) + column
    if name not in data.column_names or not pa.types.is_string(data.schema.field(name).type):
        return None
    return [one for one in pc.unique(data[name]).to_pylist() if one is not None]
