"""The central property: what came later never changes what was known."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.offices import Office, Run, charter_text

START = datetime(2024, 1, 1)
NEVER = "2031-01-01"
GROUPS = ("dry", "fresh", "frozen")

SOURCES = """\
items: {from: items.parquet, mode: scd2, key: [sku], valid_from: begins, valid_to: ends, tz: UTC}
sales:
  from: sales.parquet
  key: [sale_id]
  time: sold_at
  known_at: loaded_at
  tz: America/New_York
  join: {items: sku}
  columns: {refund: {known_at: refunded_at}}
  derive: {given_back: "CASE WHEN refunded_at IS NOT NULL AND refund > 0 THEN 1 ELSE 0 END"}
  checks: [{range: {amount: [0, 400]}, severity: warn}]
orders:
  from: orders.parquet
  mode: versions
  key: [order_id]
  time: due_at
  known_at: loaded_at
  tz: UTC
  join: {items: sku}
plans:
  from: plans.parquet
  mode: plan
  key: [sku, wanted_at]
  time: wanted_at
  known_at: loaded_at
  tz: UTC
  join: {items: sku}
visits: {from: visits.parquet, time: seen_at, lag: 2 days, tz: UTC, join: {items: sku}}
"""
SIGNALS = """\
growth:
  formula: >-
    TRAILING(SUM(amount), '2 weeks') / TRAILING(SUM(amount), '2 weeks', '2 weeks') - 1
  source: sales
  better: higher
  value: {-0.5: 0, 0: 40, 2: 100}
  missing: {policy: hold, max_age: 3 weeks, then: exclude}
spread:
  formula: TRAILING(STDDEV(amount), '6 weeks')
  source: sales
  better: lower
  value: {0: 100, 200: 0}
  missing: {policy: hold, max_age: 2 weeks}
buyers: {formula: "TRAILING(COUNT(DISTINCT buyer), '4 weeks')", source: sales}
pending:
  formula: TRAILING(SUM(amount) FILTER (WHERE state <> 'done'), '3 weeks') / COUNT(*)
  source: orders
  better: lower
  value: {0: 100, 50: 20, 400: 0}
  missing: {policy: exclude}
state: {formula: LATEST(state), source: orders}
planned: {formula: SUM(amount), source: plans, missing: {policy: exclude}}
leaving: {formula: COUNT(ends), source: items}
refunds:
  formula: TRAILING(SUM(refund), '6 weeks') + SUM(given_back)
  source: sales
  missing: {policy: exclude}
last_refund: {formula: COUNT(refunded_at), source: sales}
seen: {formula: "TRAILING(COUNT(*), '1 week')", source: visits}
"""
AXES = """\
sold: {weight: 70, signals: {growth: 60, spread: 40}}
open: {weight: 30, signals: {pending: 100}}
"""
BANDS = """\
parameters:
  busy: {by: grp, values: {fresh: 3, '*': {2024-01-01: 2, 2024-03-01: 4}}}
bands:
  crowd: {signal: buyers, edges: [1, PARAM('busy')], labels: [none, few, many]}
"""
BY_ITEM = "unit: {name: item, source: items, key: [sku], parents: [grp]}"
BY_GROUP = "unit: {name: group, source: items, key: [grp]}"
CHARTERS = {
    name: charter_text(sources=SOURCES, signals=SIGNALS, axes=AXES, unit=unit, more=BANDS)
    for name, unit in (("item", BY_ITEM), ("group", BY_GROUP))
}


@dataclass(frozen=True)
class Sale:
    """A sale; `loaded_at` may be long after it, and its refund later still, in the same row."""

    sale_id: int
    sku: str
    sold_at: datetime
    loaded_at: datetime
    amount: Decimal
    buyer: str
    refund: Decimal | None = None
    refunded_at: datetime | None = None

    def at(self, moment: datetime) -> Sale:
        """The row as it stood at a moment."""
        if self.refunded_at is None or self.refunded_at <= moment:
            return self
        return replace(self, refund=None, refunded_at=None)


@dataclass(frozen=True)
class Order:
    """One version of an order; a correction has the same id and a later `loaded_at`."""

    order_id: int
    sku: str
    due_at: datetime
    loaded_at: datetime
    amount: Decimal
    state: str


@dataclass(frozen=True)
class Item:
    """One validity of an item; `ends` is written when it comes."""

    sku: str
    grp: str
    begins: datetime
    ends: datetime | None


@dataclass(frozen=True)
class Wish:
    """What is wanted when; the last wish for a day counts."""

    sku: str
    wanted_at: datetime
    loaded_at: datetime
    amount: Decimal


@dataclass(frozen=True)
class Visit:
    """A visit, known two days after it happened."""

    sku: str
    seen_at: datetime


@dataclass(frozen=True)
class History:
    """Everything that was ever written, until long after `as_of`."""

    items: tuple[Item, ...]
    sales: tuple[Sale, ...]
    orders: tuple[Order, ...]
    visits: tuple[Visit, ...]
    plans: tuple[Wish, ...] = ()

    def known(self, as_of: datetime) -> History:
        """The history as it stood at `as_of`, an instant in UTC."""
        new_york = as_of - timedelta(hours=4 if as_of >= datetime(2024, 3, 10, 7) else 5)
        return History(
            tuple(
                replace(item, ends=item.ends if item.ends and item.ends <= as_of else None)
                for item in self.items
                if item.begins <= as_of
            ),
            tuple(sale.at(new_york) for sale in self.sales if sale.loaded_at <= new_york),
            tuple(order for order in self.orders if order.loaded_at <= as_of),
            tuple(v for v in self.visits if v.seen_at <= as_of - timedelta(days=2)),
            tuple(wish for wish in self.plans if wish.loaded_at <= as_of),
        )

    def write(self, folder: Path) -> Office:
        """Write the five sources."""
        office = Office(folder)
        time, money = pa.timestamp("us"), pa.decimal128(12, 2)
        text, whole = pa.string(), pa.int64()
        item = {"sku": text, "grp": text, "begins": time, "ends": time}
        moved = {"loaded_at": time, "amount": money}
        sale = {"sale_id": whole, "sku": text, "sold_at": time, **moved, "buyer": text}
        sale |= {"refund": money, "refunded_at": time}
        order = {"order_id": whole, "sku": text, "due_at": time, **moved, "state": text}
        for name, rows, schema in (
            ("items", self.items, item),
            ("sales", self.sales, sale),
            ("orders", self.orders, order),
            ("visits", self.visits, {"sku": text, "seen_at": time}),
            ("plans", self.plans, {"sku": text, "wanted_at": time, **moved}),
        ):
            values = [{field: getattr(row, field) for field in schema} for row in rows]
            office.write(name, pa.Table.from_pylist(values, pa.schema(list(schema.items()))))
        return office


def run(history: History, unit: str, as_of: datetime, known_by: str | None = None) -> Run:
    """Evaluate a history, written to a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return history.write(Path(folder)).run(CHARTERS[unit], as_of.isoformat(), known_by=known_by)


def leaked(known: Run, afterwards: Run) -> tuple[int, int]:
    """How many units a cut on event time alone would change, and how many there are.

    Args:
        known: with what was known then.
        afterwards: with all that was known long afterwards about what had happened by then, which
            is what such a cut shows.
    """

    def rows(one: Run) -> dict[str, tuple[object, ...]]:
        columns = [one.signal(name) for name in one.table.signals]
        return {key: tuple(column[key] for column in columns) for key in columns[0]}

    then, later = rows(known), rows(afterwards)
    units = then.keys() | later.keys()
    return sum(then.get(key) != later.get(key) for key in units), len(units)


# Generated histories ------------------------------------------------------------------------

HOURS = st.integers(0, 24 * 90)
DELAYS = st.sampled_from([0, 0, 1, 20, 100, 300, 900, 2000])
AMOUNTS = st.integers(0, 50_000).map(lambda cents: Decimal(cents) / 100)


def after(hours: int) -> datetime:
    """A moment some hours after the start."""
    return START + timedelta(hours=hours)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Few units with late rows, corrections and changed dimensions."""
    skus = [f"{number:07d}" for number in range(draw(st.integers(1, 4)))]
    items: list[Item] = []
    for sku in skus:
        moves = [0, *sorted(draw(st.sets(st.integers(1, 24 * 90), max_size=2)))]
        ends: list[int | None] = [*moves[1:], None]
        items += [
            Item(sku, draw(st.sampled_from(GROUPS)), after(start), after(end) if end else None)
            for start, end in zip(moves, ends, strict=True)
        ]
    rows = st.tuples(st.sampled_from(skus), HOURS, DELAYS, AMOUNTS, st.sampled_from("abc"))
    first = Sale(-1, skus[0], START, START, Decimal(1), "a")
    sales = []
    for number, (sku, hour, delay, amount, buyer) in enumerate(
        draw(st.lists(rows, min_size=1, max_size=25))
    ):
        sale = Sale(number, sku, after(hour), after(hour + delay), amount, buyer)
        if buyer == "c":
            back = after(hour + delay + draw(DELAYS))
            sale = replace(sale, refund=amount, refunded_at=back)
        sales.append(sale)
    orders = [Order(-1, skus[0], START, START, Decimal(1), "open")]
    for number in range(draw(st.integers(1, 6))):
        known = 0
        for sku, due, delay, amount, buyer in draw(st.lists(rows, min_size=1, max_size=3)):
            known += delay
            state = {"a": "open", "b": "sent", "c": "done"}[buyer]
            orders.append(Order(number, sku, after(due), after(known), amount, state))
    visits = draw(st.lists(st.tuples(st.sampled_from(skus), HOURS), max_size=8))
    wishes = draw(st.lists(rows, max_size=8))
    return History(
        tuple(items),
        (first, *sales),
        tuple(orders),
        (Visit(skus[0], START), *(Visit(sku, after(hour)) for sku, hour in visits)),
        (
            Wish(skus[0], START, START, Decimal(1)),
            *(
                Wish(sku, after(24 * (ahead // 100 + hour // 24)), after(hour), amount)
                for sku, hour, ahead, amount, _ in wishes
            ),
        ),
    )


def test_what_came_later_changes_nothing() -> None:
    """Any history, and the same history truncated to what was known, give the same bits."""
    changed, units = [0], [0]

    @settings(max_examples=25)
    @given(histories(), st.integers(1, 13), st.sampled_from(["item", "group"]))
    def holds(history: History, weeks: int, unit: str) -> None:
        as_of = START + timedelta(weeks=weeks)
        full = run(history, unit, as_of)
        assert full.identity == run(history.known(as_of), unit, as_of).identity
        counts = leaked(full, run(history, unit, as_of, known_by=NEVER))
        changed[0] += counts[0]
        units[0] += counts[1]

    holds()
    print(f"a cut on event time alone changes {changed[0]} of {units[0]} units")
    assert changed[0] > units[0] / 10


# One larger history -------------------------------------------------------------------------


def large(seed: int, units: int) -> History:
    """Months of rows for many units; a fifth of the rows come late."""
    chance = random.Random(seed)
    skus = [f"{number:07d}" for number in range(units)]

    def some_hour() -> int:
        return chance.randrange(24 * 90)

    def delay() -> int:
        return chance.choice([0, 0, 1, 2, 3, 5, 8, 12, 200, 600])

    def amount() -> Decimal:
        return Decimal(chance.randrange(50_000)) / 100

    items = []
    for sku in skus:
        moves = sorted({0, *(some_hour() for _ in range(chance.choice([0, 0, 0, 1, 2])))})
        for start, end in zip(moves, [*moves[1:], 0], strict=True):
            grp = chance.choice(GROUPS)
            items.append(Item(sku, grp, after(start), after(end) if end else None))
    sales = []
    for number in range(units * 12):
        hour = some_hour()
        known = after(hour + delay())
        sku, buyer = chance.choice(skus), f"b{chance.randrange(units)}"
        sale = Sale(number, sku, after(hour), known, amount(), buyer)
        if number % 5 == 0:
            back = known + timedelta(hours=chance.choice([0, 24, 400]))
            sale = replace(sale, refund=amount(), refunded_at=back)
        sales.append(sale)
    orders = []
    for number in range(units * 3):
        sku, known_at = chance.choice(skus), some_hour()
        for _ in range(chance.choice([1, 1, 2, 3])):
            due, state = after(some_hour()), chance.choice(["open", "sent", "done"])
            orders.append(Order(number, sku, due, after(known_at), amount(), state))
            known_at += chance.choice([0, 30, 300])
    visits = [Visit(chance.choice(skus), after(some_hour())) for _ in range(units * 5)]
    wishes = [
        Wish(chance.choice(skus), after(24 * chance.randrange(120)), after(some_hour()), amount())
        for _ in range(units * 6)
    ]
    return History(tuple(items), tuple(sales), tuple(orders), tuple(visits), tuple(wishes))


@pytest.mark.parametrize("unit", ["item", "group"])
@pytest.mark.parametrize("weeks", [4, 12])
def test_what_came_later_changes_nothing_in_a_large_history(unit: str, weeks: int) -> None:
    """Hundreds of units keep all bits, and a cut on event time alone would change many."""
    history = large(seed=weeks, units=400)
    as_of = START + timedelta(weeks=weeks)
    full, truncated = run(history, unit, as_of), run(history.known(as_of), unit, as_of)
    assert full.identity == truncated.identity
    assert full.table.data.equals(truncated.table.data)
    changed, units = leaked(full, run(history, unit, as_of, known_by=NEVER))
    print(f"a cut on event time alone changes {changed} of {units} units")
    assert changed > units / 10


def test_the_large_history_exercises_what_it_claims() -> None:
    """It has late rows, corrections, moves between groups and held values."""
    history, as_of = large(seed=8, units=400), START + timedelta(weeks=8)
    late = [s for s in history.sales if s.sold_at < as_of < s.loaded_at]
    refunds = [s for s in history.sales if s.refunded_at and s.loaded_at <= as_of < s.refunded_at]
    first: dict[int, Order] = {}
    for order in history.orders:
        first.setdefault(order.order_id, order)
    corrected = [o for o in history.orders if o.loaded_at > as_of >= first[o.order_id].loaded_at]
    moved = [i for i in history.items if i.begins <= as_of and i.ends and i.ends > as_of]
    assert min(len(late), len(corrected), len(moved), len(refunds)) > 20
    held = run(history, "item", as_of).held("growth")
    assert len([age for age in held.values() if age]) > 3


def test_a_later_known_by_asks_what_is_known_today_about_then(tmp_path: Path) -> None:
    """Moving `known_by` alone shows late rows and corrections, and none that happened later."""
    item = Item("a", "dry", START, None)
    sale = Sale(1, "a", after(30), after(31), Decimal(10), "x")
    late = replace(sale, sale_id=2, loaded_at=after(2000), amount=Decimal(5))
    afterwards = replace(sale, sale_id=3, sold_at=after(1500), loaded_at=after(1501))
    order = Order(1, "a", after(30), after(31), Decimal(10), "open")
    corrected = replace(order, loaded_at=after(2000), amount=Decimal(4))
    history = History(
        (item,), (sale, late, afterwards), (order, corrected), (Visit("a", after(30)),)
    )
    office = history.write(tmp_path)
    text = charter_text(
        sources=SOURCES,
        signals="""
            x: {formula: SUM(amount), source: sales, better: higher, value: {0: 0, 100: 100}}
            y: {formula: SUM(amount), source: orders}
        """,
        unit=BY_ITEM,
    )
    as_of = after(24 * 30).isoformat()
    then, today = office.run(text, as_of), office.run(text, as_of, known_by=NEVER)
    assert (then.signal("x"), then.signal("y")) == ({"a": 10.0}, {"a": 10.0})
    assert (today.signal("x"), today.signal("y")) == ({"a": 15.0}, {"a": 4.0})
