"""A small office in which people decide: three people, two axes, an assumption that can break."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from pmpo.model.entry import Actor
from pmpo.office import Office
from pmpo.office.desk import Desk
from pmpo.office.wish import Wish

if TYPE_CHECKING:
    from pathlib import Path

OFFICE = """\
office: 1
people:
  anna: {name: Anna, roles: [finance]}
  ben: {name: Ben, roles: [lead]}
  cleo: {name: Cleo, roles: [supply]}
roles: {finance: Counts., lead: Leads., supply: Supplies.}
"""
CHARTER = """\
charter: 1
program: shelves
purpose: {statement: Show what sells and earns., measured_by: [sold, earned]}
owner: lead
refresh: {every: 1 week}
tz: UTC
ratified_by: {any: 2, of: [lead, finance, supply]}
unit: {name: item, source: items, key: [sku], label: name}
sources:
  items: {from: items.parquet, mode: snapshot, captured: 2024-01-31}
  bills:
    from: bills.parquet
    mode: append
    time: at
    lag: 1 day
    columns: {cost: 'decimal(12,2)', price: 'decimal(12,2)'}
    join: {items: sku}
assumptions:
  cost-share:
    claim: Cost is at most three quarters of the price.
    value: 0.75
    owner: finance
    review_by: 2030-01-01
    check: {source: bills, holds: SUM(cost) <= 0.75 * SUM(price)}
signals:
  sold:
    formula: SUM(price)
    source: bills
    better: higher
    value: {0: 0, 100: 100}
    missing: {policy: range}
  earned:
    formula: SUM(price) - SUM(cost)
    source: bills
    better: higher
    value: {0: 0, 50: 100}
    missing: {policy: exclude}
axes:
  growth: {weight: 50, signals: {sold: 100}}
  margin: {weight: 50, signals: {earned: 100}}
ranking: {take: {capacity: 2}}
gates:
  approve: {roles: [lead], four_eyes: true, needs: [expectation, conflict]}
"""
ROWS = [("a", 90, 60), ("b", 60, 20), ("c", 80, 70), ("d", 20, 5)]
NOW = datetime(2024, 2, 2, 9, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that tests set; every reading is a second later."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        self.now = self.now.replace(microsecond=(self.now.microsecond + 1) % 1_000_000)
        return self.now


@dataclass
class Trial:
    """The office, and a desk whose clock stands still."""

    office: Office
    clock: Clock

    @property
    def desk(self) -> Desk:
        """The program's desk on the trial's clock."""
        return Desk(self.office, "shelves", self.clock)

    def bills(self, *more: tuple[str, int, int]) -> None:
        """Write the bills, with further ones."""
        rows = [*ROWS, *more]
        moment = datetime(2024, 1, 28, 12)
        table = {
            "sku": [row[0] for row in rows],
            "price": [f"{row[1]}.00" for row in rows],
            "cost": [f"{row[2]}.00" for row in rows],
            "at": [moment] * len(rows),
        }
        pq.write_table(pa.table(table), self.office.folder / "bills.parquet")


def trial(base: Path, *, charter: str = CHARTER, office: str = OFFICE, as_of: str = "") -> Trial:
    """Build the office and run its program once."""
    folder = base / "programs" / "shelves"
    folder.mkdir(parents=True)
    (folder / "charter.yaml").write_text(charter, encoding="utf-8")
    (base / "office.yaml").write_text(office, encoding="utf-8")
    items = {"sku": ["a", "b", "c", "d"], "name": ["Apple", "Bread", "Cheese", "Dill"]}
    pq.write_table(pa.table(items), base / "items.parquet")
    made = Trial(Office(base), Clock())
    made.bills()
    made.office.run("shelves", as_of=as_of or "2024-01-30")
    return made


def wish(**more: Any) -> Wish:
    """A wish to take `a` (rank 2: it sells best, and earns less than what it displaces)."""
    fine: dict[str, Any] = {
        "units": ("a",),
        "gains": ("growth", "margin"),
        "gives_up": (),
        "conflict": "none",
    }
    from pmpo.decide.propose import expectation

    fine["expectation"] = expectation("sold >= 90", datetime(2024, 6, 1).date())
    return Wish(**{**fine, **more})


ANNA, BEN, CLEO = Actor("anna"), Actor("ben"), Actor("cleo")
