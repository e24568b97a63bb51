"""Tables that carry the value last known, told twice: to PMPO, and to a little plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from pmpo.evaluate import evaluate
from pmpo.model.canonical import hash_table
from pmpo.model.table import SourceGrade, Table
from tests.offices import charter, charter_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pmpo.model.evaluation import Evaluation

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEK = timedelta(weeks=1)
NEW_FROM = date(2022, 1, 1)
DEFAULT = date(2020, 1, 1)
HOLD_WEEKS = 3


class Seen(NamedTuple):
    """What was measured of one unit in one week; a value may be `held` weeks old."""

    x: Decimal | None = None
    held: int = 0
    since: date | None = None


class Said(NamedTuple):
    """What two tables say of one unit, which values they carried, and what is known now."""

    reason: str
    rule_a: str | None
    rule_b: str | None
    carried: tuple[datetime | None, datetime | None, datetime | None]
    x: tuple[float | None, datetime | None]
    since: tuple[date | None, datetime | None]
    quality: str


@dataclass(frozen=True)
class Carrying:
    """Table `a` labels an `x` that is too old; `b` is blocked by one, and has a default `since`.

    Args:
        x_in_a, x_in_b, since_in_b: for how many weeks each is carried.
    """

    x_in_a: int
    x_in_b: int
    since_in_b: int
    edge: Decimal = Decimal(1)
    formula: str = "SUM(x)"
    because: str = "So it was agreed."

    def text(self) -> str:
        """The charter."""
        return charter_text(
            sources="items: {from: items.parquet, mode: snapshot}",
            signals="n: {formula: COUNT(*), source: items, better: higher, value: {0: 0, 9: 90}}\n"
            f"x: {{formula: {self.formula}, source: items, precision: 2, "
            f"missing: {{policy: hold, max_age: {HOLD_WEEKS} weeks}}}}",
            axes="main: {weight: 100, signals: {n: 100}}",
            more=f"""
outcome: a
tables:
  a:
    because: {self.because}
    inputs: [x]
    missing: {{x: {{policy: last, max_age: {self.x_in_a} weeks, then: none}}}}
    outputs: [do]
    rules:
      - {{id: R0, when: ['"none"'], then: [count]}}
      - {{id: R1, when: ['< {self.edge}'], then: [buy]}}
      - {{id: R2, when: ['>= {self.edge}'], then: [keep]}}
  b:
    inputs: [since, x]
    missing:
      since: {{policy: last, max_age: {self.since_in_b} weeks, default: '{DEFAULT}'}}
      x: {{policy: last, max_age: {self.x_in_b} weeks}}
    outputs: [how]
    rules:
      - {{id: S1, when: ['< date("{NEW_FROM}")', '-'], then: [old]}}
      - {{id: S2, when: ['>= date("{NEW_FROM}")', '-'], then: [new]}}
""",
        )


def table(values: Mapping[str, Seen], week: int) -> Table:
    """The measured table of one week."""
    keys = sorted(values)
    seen = [values[key] for key in keys]
    data = pa.table(
        {
            "key_sku": pa.array(keys, pa.string()),
            "about_since": pa.array([one.since for one in seen], pa.date32()),
            "signal_n": pa.array([1.0] * len(keys), pa.float64()),
            "held_n": pa.array([0] * len(keys), pa.int32()),
            "signal_x": pa.array([_float(one.x) for one in seen], pa.float64()),
            "held_x": pa.array([None if s.x is None else s.held for s in seen], pa.int32()),
        }
    )
    as_of, grades = START + week * WEEK, {"n": SourceGrade("A"), "x": SourceGrade("B")}
    return Table(("sku",), ("since",), ("n", "x"), data, hash_table(data), as_of, as_of, grades)


def evaluated(
    charters: Sequence[Carrying], weeks: Sequence[Mapping[str, Seen]]
) -> list[Evaluation]:
    """What PMPO says, week by week, each under its own charter and on the one before."""
    read = {one: charter(one.text()) for one in charters}
    found: list[Evaluation] = []
    for week, (one, values) in enumerate(zip(charters, weeks, strict=True)):
        prior = found[-1] if found else None
        found.append(evaluate(read[one], table(values, week), prior, threads=1))
    return found


def said(evaluation: Evaluation) -> dict[str, Said]:
    """The results by unit."""
    return {
        row["key_sku"]: Said(
            row["reason"],
            row["rule_a"],
            row["rule_b"],
            (row["carried_a.x"], row["carried_b.x"], row["carried_b.since"]),
            (row["known_x"], row["dated_x"]),
            (row["known_since"], row["dated_since"]),
            row["quality"],
        )
        for row in evaluation.results.to_pylist()
    }


# The reference ----------------------------------------------------------------------------

Known = tuple[Any, int]


def reference(one: Carrying, weeks: Sequence[Mapping[str, Seen]]) -> list[dict[str, Said]]:
    """The same, one unit and one week after the other; a unit that was away begins anew."""
    xs: dict[str, Known] = {}
    sinces: dict[str, Known] = {}
    told = []
    for week, values in enumerate(weeks):
        xs = {unit: known for unit, known in xs.items() if unit in values}
        sinces = {unit: known for unit, known in sinces.items() if unit in values}
        for unit, seen in values.items():
            if seen.x is not None:
                xs[unit] = (float(seen.x), week - seen.held)
            if seen.since is not None:
                sinces[unit] = (seen.since, week)
        told.append({u: _said(one, s, xs.get(u), sinces.get(u), week) for u, s in values.items()})
    return told


def _said(one: Carrying, seen: Seen, x: Known | None, since: Known | None, week: int) -> Said:
    def young(known: Known | None, most: int) -> bool:
        return known is not None and week - known[1] <= most

    no_x = seen.x is None
    in_a, in_b = young(x, one.x_in_a), young(x, one.x_in_b)
    day = since[0] if since is not None and young(since, one.since_in_b) else DEFAULT
    rule_a = "R0"
    if x is not None and (in_a or not no_x):
        rule_a = "R1" if x[0] < one.edge else "R2"
    rule_b = "S1" if day < NEW_FROM else "S2"
    blocked = no_x and not in_b
    carried = (
        _at(x) if no_x and in_a else None,
        _at(x) if no_x and in_b else None,
        _at(since) if seen.since is None and young(since, one.since_in_b) else None,
    )
    quality = "C" if seen.held or carried[2] else "B"
    if no_x:
        quality = "C" if in_a and in_b else "D"
    return Said(
        "tables.b.inputs.1" if blocked else "",
        None if blocked else rule_a,
        None if blocked else rule_b,
        carried,
        (x[0], _at(x)) if x is not None else (None, None),
        (since[0], _at(since)) if since is not None else (None, None),
        quality,
    )


def _at(known: Known | None) -> datetime | None:
    return None if known is None else (START + known[1] * WEEK).replace(tzinfo=None)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
