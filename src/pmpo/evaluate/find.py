"""Which unit somebody means: by its key, or by its label where only one unit has it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pmpo.diagnostics import DataError, stop
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.keys import encode
from pmpo.model.table import ABOUT, KEY

if TYPE_CHECKING:
    import pyarrow as pa

_SIMILAR_AMONG = 50_000


def with_attributes(evaluation: Evaluation) -> pa.Table:
    """The results with the unit's attributes beside them; rows are in the same order."""
    data = evaluation.results
    for name in evaluation.table.attributes:
        data = data.append_column(ABOUT + name, evaluation.table.data[ABOUT + name])
    return data


def units_of(charter: Charter, data: pa.Table) -> list[str]:
    """Every row's key as one text, of a table with the unit's key columns."""
    parts = [data[KEY + name].to_pylist() for name in charter.unit.key]
    return parts[0] if len(parts) == 1 else [encode(key) for key in zip(*parts, strict=True)]


def unit_of(charter: Charter, result: Mapping[str, Any]) -> str:
    """A unit's key as one text."""
    return encode([result[KEY + name] for name in charter.unit.key])


def label_of(charter: Charter, result: Mapping[str, Any]) -> str:
    """What people call the unit: its label column, else its key."""
    name = charter.unit.label
    if not name:
        return unit_of(charter, result)
    value = result[KEY + name] if name in charter.unit.key else result.get(ABOUT + name)
    return str(value) if value is not None else unit_of(charter, result)


def find(charter: Charter, evaluation: Evaluation, unit: str) -> int:
    """The row of a unit in the results."""
    data = with_attributes(evaluation)
    keys = units_of(charter, data)
    exact = [i for i, key in enumerate(keys) if key == unit]
    if exact:
        return exact[0]
    labels = _labels(charter, data, keys)
    for wanted, names in (
        (unit, labels),
        (unit.casefold(), [x.casefold() for x in labels]),
        (unit.casefold(), [x.casefold() for x in keys]),
    ):
        found = [i for i, name in enumerate(names) if name == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise _ambiguous(unit, [keys[i] for i in found])
    raise _unknown(charter, unit, keys, labels)


def _labels(charter: Charter, data: pa.Table, keys: list[str]) -> list[str]:
    name = charter.unit.label
    if not name:
        return keys
    column = data[(KEY if name in charter.unit.key else ABOUT) + name].to_pylist()
    return [str(x) if x is not None else key for x, key in zip(column, keys, strict=True)]


def _ambiguous(unit: str, keys: Sequence[str]) -> Exception:
    listed = ", ".join(f"`{key}`" for key in keys[:5])
    return stop(
        "unit/ambiguous",
        f"{len(keys)} units are called `{unit}`: {listed}",
        help=f"write the whole key: `{keys[0]}`",
        error=DataError,
    )


def _unknown(charter: Charter, unit: str, keys: Sequence[str], labels: Sequence[str]) -> Exception:
    folded: dict[str, str] = {}
    for key, label in zip(keys[:_SIMILAR_AMONG], labels, strict=False):
        folded.setdefault(label.casefold(), key)
        folded.setdefault(key.casefold(), key)
    near = difflib.get_close_matches(unit.casefold(), folded, n=3, cutoff=0.5)
    help = "did you mean " + " or ".join(f"`{folded[name]}`" for name in near) + "?" if near else ""
    return stop(
        "unit/unknown",
        f"there is no {charter.unit.name} `{unit}` in this evaluation",
        help=help or "`pmpo board` lists the ranked units",
        error=DataError,
    )
