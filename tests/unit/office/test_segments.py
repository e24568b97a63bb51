"""Numbers for segments that no unit belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pmpo import Office

if TYPE_CHECKING:
    from pathlib import Path

CHARTER = """\
charter: 1
program: trial
purpose: {statement: Find what is thin.}
owner: lead
refresh: {every: 1 week}
unit: {name: item, source: items, key: [item], parents: [aisle]}
sources:
  items:
    from: items.csv
    mode: snapshot
    captured: 2024-01-01
    columns: {price: "decimal(9,2)", shelf: integer}
parameters:
  thin: {by: aisle, values: {Fresh: 1, Dyr: 2, '*': 3}}
  low: {by: [aisle, shelf], values: {Dry/7: 1, Deli/*: 2, '*/*': 3}}
signals:
  price:
    formula: MAX(price)
    source: items
    better: higher
    value: {0: 0, PARAM('low'): 100}
    missing: {policy: exclude}
bands:
  level: {signal: price, edges: [PARAM('thin')], labels: [thin, thick], missing: unknown}
axes:
  size: {weight: 100, signals: {price: 100}}
"""


def test_a_segment_that_no_unit_has_is_noted(tmp_path: Path) -> None:
    """A misspelt segment would leave its units with the number of all others, without a word."""
    (tmp_path / "items.csv").write_text("item,aisle,shelf,price\na,Fresh,1,2.00\nb,Dry,2,\n")
    charter = tmp_path / "programs" / "trial" / "charter.yaml"
    charter.parent.mkdir(parents=True)
    charter.write_text(CHARTER, encoding="utf-8")
    assert Office(tmp_path).run().notes == [
        "no unit has the aisle `Dyr` that parameter `thin` names; is `Dry` meant?",
        "no unit has the aisle `Deli` that parameter `low` names",
    ]
