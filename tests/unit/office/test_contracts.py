"""Offices whose sources are defined by a data contract."""

from __future__ import annotations

import subprocess
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from pmpo import Office
from pmpo.diagnostics import CharterError, DataError

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: 77aa
version: 1.0.0
status: active
servers: [{server: files, type: local, path: data/sales.csv, format: csv}]
schema:
  - name: sales
    properties:
      - {name: shop, logicalType: string, required: true}
      - {name: amount, logicalType: number, physicalType: 'DECIMAL(12,2)'}
      - {name: sold_at, logicalType: timestamp}
slaProperties:
  - {property: latency, value: 1, unit: h}
"""
CHARTER = """\
charter: 1
program: trial
purpose: {statement: Read a contract., measured_by: [x]}
owner: lead
refresh: {every: 1 week}
unit: {name: shop, source: shops, key: [shop]}
sources:
  shops: {from: data/shops.csv, mode: snapshot}
  sales: {contract: sales.odcs.yaml, time: sold_at, tz: UTC, join: {unit: shop}}
signals:
  x:
    formula: SUM(amount)
    source: sales
    better: higher
    value: {0: 0, 100: 100}
    missing: {policy: exclude}
axes:
  size: {weight: 100, signals: {x: 100}}
"""
ROWS = """\
shop,amount,sold_at
north,5.00,2024-03-01 10:00:00
south,1.25,2024-03-01 11:00:00
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with a contract, its data, and no evaluation."""
    files = {
        "sales.odcs.yaml": CONTRACT,
        "programs/trial/charter.yaml": CHARTER,
        "data/shops.csv": "shop\nnorth\nsouth\n",
        "data/sales.csv": ROWS,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return Office(tmp_path)


def test_a_stored_evaluation_is_read_without_the_contract(office: Office) -> None:
    """What was evaluated stays readable and sound when the contract's file is gone."""
    run = office.run(as_of="2024-03-02")
    assert [row.unit for row in run.rows()] == ["north", "south"]
    (office.folder / "sales.odcs.yaml").unlink()
    with pytest.raises(CharterError):
        office.charter()
    again = office.evaluation(run.evaluation.id)
    assert again.charter.logic_hash == run.charter.logic_hash
    assert str(again.charter.sources["sales"].lag) == "1 hour"
    assert [f.code for f in office.doctor().findings if f.code.startswith("doctor/record")] == []


def test_a_rule_of_the_contract_stops_a_run(office: Office) -> None:
    """The finding stands in the contract's file, and nothing is stored."""
    with (office.folder / "data/sales.csv").open("a", encoding="utf-8") as rows:
        rows.write(",2.00,2024-03-01 12:00:00\n")
    with pytest.raises(DataError) as stopped:
        office.run(as_of="2024-03-02")
    (found,) = stopped.value.findings
    assert (found.code, found.message) == (
        "source/check-failed",
        "source `sales`: `shop` is missing in 1 row",
    )
    assert found.span is not None
    assert found.span.file.endswith("sales.odcs.yaml")


def test_a_revision_is_read_with_the_contract_of_its_time(office: Office) -> None:
    """Yesterday's charter in git means yesterday's contract."""

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(
            ["git", *who, *arguments], cwd=office.folder, check=True, capture_output=True
        )

    git("init", "-q")
    git("add", "sales.odcs.yaml", "programs")
    git("commit", "-qm", "first")
    before = office.charter().logic_hash
    changed = CONTRACT.replace("value: 1, unit: h", "value: 2, unit: h")
    (office.folder / "sales.odcs.yaml").write_text(changed, encoding="utf-8")
    assert office.charter().logic_hash != before
    assert office.charter_named("HEAD").logic_hash == before
