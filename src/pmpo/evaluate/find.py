"""Which unit somebody means: by its key, or by its label where only one unit has it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pmpo.diagnostics import DataError, stop
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.keys import decode, encode, readable
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


def rows_at(charter: Charter, data: pa.Table, units: Collection[str]) -> dict[str, int]:
    """The rows of some units by their keys, of a table with the unit's key columns.

    Units that are not there are left out. Only rows that could be one of them are looked at.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    names = charter.unit.key
    told = [unit for unit in units if _is_text(unit)]
    split = {unit: [unit] if len(names) == 1 else decode(unit) for unit in told}
    keys = {tuple(parts): unit for unit, parts in split.items() if encode(parts) == unit}
    keys = {key: unit for key, unit in keys.items() if len(key) == len(names)}
    if not keys:
        return {}
    columns = [data[KEY + name] for name in names]
    could = None
    for column, values in zip(columns, zip(*keys, strict=True), strict=True):
        among = pc.is_in(column, pa.array(sorted(set(values)), column.type))
        could = among if could is None else pc.and_(could, among)
    rows = pc.indices_nonzero(could)
    found = zip(*(column.take(rows).to_pylist() for column in columns), strict=True)
    placed = zip(found, rows.to_pylist(), strict=True)
    return {keys[key]: row for key, row in placed if key in keys}


def find(charter: Charter, evaluation: Evaluation, unit: str) -> int:
    """The row of a unit in the results.

    Raises: DataError `unit/unknown`, `unit/ambiguous`.
    """
    return Finder(charter, evaluation).row(unit)


@dataclass(frozen=True)
class Finder:
    """Finds the units that people name: by key, else by label, else whatever the case.

    A key is also known as people read it, without the signs that keep its parts apart.

    A name that is written as it stands in the data is found without reading every row.
    """

    charter: Charter
    evaluation: Evaluation

    def row(self, unit: str) -> int:
        """The row of a unit in the results.

        Raises: DataError `unit/unknown`, `unit/ambiguous`.
        """
        exact = rows_at(self.charter, self.evaluation.results, (unit,))
        if exact:
            return exact[unit]
        called = self._called(unit)
        if len(called) == 1:
            return called[0]
        if called:
            raise _ambiguous(unit, [self._keys[i] for i in called])
        for names in self._folded:
            found = [i for i, name in enumerate(names) if name == unit.casefold()]
            if len(found) == 1:
                return found[0]
            if found:
                raise _ambiguous(unit, [self._keys[i] for i in found])
        raise _unknown(self.charter, unit, self._keys, self._labels)

    def _called(self, label: str) -> list[int]:
        """The rows of exactly this label."""
        import pyarrow as pa
        import pyarrow.compute as pc

        name = self.charter.unit.label
        if not name or not _is_text(label):
            return []
        column = self._data[(KEY if name in self.charter.unit.key else ABOUT) + name]
        found = pc.equal(column.cast(pa.string()), label)
        rows: list[int] = pc.indices_nonzero(pc.fill_null(found, False)).to_pylist()
        return rows

    @cached_property
    def _data(self) -> pa.Table:
        return with_attributes(self.evaluation)

    @cached_property
    def _keys(self) -> list[str]:
        return units_of(self.charter, self._data)

    @cached_property
    def _labels(self) -> list[str]:
        name = self.charter.unit.label
        if not name:
            return self._keys
        column = self._data[(KEY if name in self.charter.unit.key else ABOUT) + name].to_pylist()
        named = zip(column, self._keys, strict=True)
        return [str(x) if x is not None else key for x, key in named]

    @cached_property
    def _folded(self) -> tuple[list[str], ...]:
        """Labels, keys, and keys as people read them, without regard to case."""
        names = (self._labels, self._keys, map(readable, self._keys))
        return tuple([one.casefold() for one in of] for of in names)


def _is_text(name: str) -> bool:
    """Whether a name can stand in data; what a terminal could not decode cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


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
