"""A program whose charter says who is taken, on units that a test writes down one by one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pmpo.evaluate import evaluate
from pmpo.evaluate.selection import Selection, selected
from pmpo.model.canonical import hash_table
from pmpo.model.keys import encode
from pmpo.model.table import Table
from tests.offices import charter, charter_text, moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pmpo.evaluate.selection import Decided
    from pmpo.model.charter import Charter
    from pmpo.model.evaluation import Evaluation

AS_OF = moment("2024-03-04")
MORE = """\
parameters: {enough: {by: grp, values: {fresh: 2, '*': 1}}}
bands: {size: {signal: x, edges: [30, 60], labels: [small, middle, large]}}
tables:
  action:
    hit: UNIQUE
    inputs: [x]
    outputs: [action, facings]
    rules:
      - {id: R1, when: ['>= 50'], then: [display, 4]}
      - {id: R2, when: ['< 50'], then: [keep, 1.25]}
"""
UNIT = "unit: {name: offer, source: items, key: [shop, sku], label: name, parents: [grp]}"
SIGNALS = """\
x:
  formula: COUNT(*)
  source: items
  better: higher
  value: {0: 0, 100: 100}
  missing: {policy: exclude}
y: {formula: COUNT(*), source: items, missing: {policy: block}}
"""


@dataclass(frozen=True)
class Offer:
    """One unit: `x` scores it and decides its action, `y` is only measured."""

    shop: str
    sku: str
    x: float | None
    y: float | None = None
    grp: str = "dry"
    name: str | None = None

    @property
    def unit(self) -> str:
        """Its key as one text."""
        return encode([self.shop, self.sku])


@dataclass(frozen=True)
class Offers:
    """The units, and what the charter says under `take`."""

    units: Sequence[Offer]
    take: Mapping[str, Any] | None = field(default_factory=dict)

    @property
    def charter(self) -> Charter:
        """The charter."""
        take = json.dumps(self.take, ensure_ascii=False)
        text = charter_text(
            sources="items: {from: items.parquet, mode: snapshot}",
            signals=SIGNALS,
            unit=UNIT,
            more=MORE + ("" if self.take is None else f"ranking: {{take: {take}}}\n"),
        )
        return charter(text)

    def evaluate(self) -> Evaluation:
        """The evaluation, the best of equals the first by key."""
        units = sorted(self.units, key=lambda one: (one.shop, one.sku))
        columns: dict[str, Any] = {
            "key_shop": pa.array([one.shop for one in units], pa.string()),
            "key_sku": pa.array([one.sku for one in units], pa.string()),
            "about_grp": pa.array([one.grp for one in units], pa.string()),
            "about_name": pa.array([one.name for one in units], pa.string()),
        }
        for name in ("x", "y"):
            values = [getattr(one, name) for one in units]
            columns[f"signal_{name}"] = pa.array(values, pa.float64())
            held = [None if value is None else 0 for value in values]
            columns[f"held_{name}"] = pa.array(held, pa.int32())
        data = pa.table(columns)
        about = ("grp", "name")
        table = Table(("shop", "sku"), about, ("x", "y"), data, hash_table(data), AS_OF, AS_OF)
        return evaluate(self.charter, table, threads=1)

    def selected(self, decided: Decided | None = None) -> Selection:
        """Who is taken."""
        told = [decided] if decided is not None else []
        found = selected(self.charter, self.evaluate(), *told)
        assert found is not None
        return found


def seats(found: Selection) -> dict[str, str]:
    """The seat of every ranked unit by its key, best first."""
    ranking = found.candidates.ranking
    keys = ranking.units(range(1, len(ranking) + 1))
    return dict(zip(keys, map(str, found.each()), strict=True))
