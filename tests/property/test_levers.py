"""What would move a unit, verified by evaluating again and by trying every value in between."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.diagnostics import DataError
from pmpo.evaluate import evaluate
from pmpo.evaluate.levers import Lever, levers
from pmpo.evaluate.targets import Target, target_from
from pmpo.model.canonical import hash_table
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import SourceGrade, Table
from tests.banded import START, WEEK
from tests.offices import charter, charter_text

BANDS = charter_text(
    sources="items: {from: items.parquet, mode: snapshot}",
    signals="x: {formula: COUNT(*), source: items, better: higher, value: {0: 0, 9: 100}, "
    "missing: {policy: exclude}}",
    more="bands:\n"
    "  price: {signal: x, edges: [1], labels: [thin, fair], missing: none_yet}\n"
    "  stock: {signal: x, edges: [1, 2], labels: [low, fair, high], missing: none_yet}\n",
)
DECIDED = """
tables:
  what:
    inputs: [price]
    outputs: [action]
    rules: [{id: R1, when: ['-'], then: [keep]}]
"""
SIGNALS = ("x", "y")
KEYS = ("a", "b", "c", "d")
STEPS = st.integers(-10, 60).map(lambda n: Decimal(n) / 10)
TARGETS = st.one_of(
    st.sampled_from(["l0", "l1", "l2"]).map(lambda label: Target(band="b", label=label)),
    st.integers(1, 5).map(lambda rank: Target(rank=rank)),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A charter of two signals with one digit: a band that may remember, anchors, and a scope."""
    edges = sorted(draw(st.sets(STEPS, min_size=2, max_size=2)))
    fields = f"signal: x, edges: [{edges[0]}, {edges[1]}], labels: [l0, l1, l2], missing: none_yet"
    if draw(st.booleans()):
        fields += f", hysteresis: {draw(st.integers(0, 8)) / 10}"
    if draw(st.booleans()):
        fields += ", dwell: 2 weeks"
    fields += f", closed: {draw(st.sampled_from(['left', 'right']))}"
    signals = ""
    for name in SIGNALS:
        ats = sorted(draw(st.sets(STEPS, min_size=2, max_size=3)))
        worths = sorted(draw(st.lists(st.integers(0, 100), min_size=len(ats), max_size=len(ats))))
        better = draw(st.sampled_from(["higher", "lower"]))
        told = worths if better == "higher" else worths[::-1]
        anchors = ", ".join(f"{at}: {worth}" for at, worth in zip(ats, told, strict=True))
        signals += (
            f"{name}: {{formula: COUNT(*), source: items, precision: 1, better: {better}, "
            f"value: {{{anchors}}}, missing: {{policy: exclude}}}}\n"
        )
    scope = f"scope:\n  out:\n    - {{where: y > {draw(STEPS)}, because: Elsewhere.}}\n"
    return charter_text(
        sources="items: {from: items.parquet, mode: snapshot}",
        signals=signals,
        axes="main: {weight: 100, signals: {x: 70, y: 30}}",
        more=(scope if draw(st.booleans()) else "") + f"bands:\n  b: {{{fields}}}\n",
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, Table]:
    """What was measured in two weeks."""
    values = st.one_of(STEPS, STEPS, STEPS, st.none())
    weeks = []
    for week in (0, 1):
        columns: dict[str, pa.Array] = {"key_sku": pa.array(KEYS)}
        for name in SIGNALS:
            drawn = [draw(values) for _ in KEYS]
            told = [None if one is None else float(one) for one in drawn]
            columns[f"signal_{name}"] = pa.array(told, pa.float64())
            columns[f"held_{name}"] = pa.array([None if x is None else 0 for x in told], pa.int32())
        weeks.append(table(pa.table(columns), week))
    return weeks[0], weeks[1]


def table(data: pa.Table, week: int) -> Table:
    """Rows as the measured table of a week."""
    moment, grades = START + week * WEEK, {name: SourceGrade("A") for name in SIGNALS}
    return Table(("sku",), (), SIGNALS, data, hash_table(data), moment, moment, grades)


def holds(
    of: Charter, now: Table, prior: Evaluation, target: Target, changed: dict[str, float]
) -> bool:
    """Whether unit `b` is at the target when signals of it have other values: by evaluating."""
    data = now.data
    for name, value in changed.items():
        data = _with(_with(data, f"signal_{name}", value), f"held_{name}", 0)
    row = evaluate(of, replace(now, data=data), prior, threads=1).results.to_pylist()[1]
    if target.band:
        return bool(row["band_b"] == target.label)
    return row["rank"] is not None and row["rank"] <= target.rank


def _with(data: pa.Table, column: str, value: float) -> pa.Table:
    """A table in which unit `b` has another value."""
    told = data[column].to_pylist()
    told[1] = value
    index = data.column_names.index(column)
    return data.set_column(index, column, pa.array(told, data.schema.field(column).type))


@settings(max_examples=10)
@given(texts(), tables(), TARGETS, st.lists(st.integers(-25, 80), min_size=6, max_size=6))
def test_the_change_is_enough_and_nothing_smaller_is(
    text: str, weeks: tuple[Table, Table], target: Target, tries: list[int]
) -> None:
    """Each answer leads there, the step before it does not, and no other value that is nearer."""
    of = charter(text)
    prior = evaluate(of, weeks[0], threads=1)
    now = evaluate(of, weeks[1], prior, threads=1)
    found = levers(of, now, prior, "b", target)
    assert found.there == holds(of, weeks[1], prior, target, {})
    for lever in found.levers:
        others = [Decimal(n) / 10 for n in tries]
        if lever.to is not None:
            to = Decimal(lever.to)
            assert holds(of, weeks[1], prior, target, {lever.signal: float(to)})
            others = _nearer(lever, others)
        for other in others:
            assert not holds(of, weeks[1], prior, target, {lever.signal: float(other)})


def _nearer(lever: Lever, others: list[Decimal]) -> list[Decimal]:
    """The value one step before the answer, and those of `others` that are nearer to what is."""
    if lever.value is None:
        return []
    to, value = Decimal(lever.to or 0), Decimal(lever.value)
    assert Decimal(lever.change or 0) == to - value
    step = Decimal("0.1") if to > value else Decimal("-0.1")
    found = [other for other in others if abs(other - value) < abs(to - value)]
    return [*found, to - step] if to - step != value else found


def test_a_target_is_read_as_people_say_it() -> None:
    """A label alone where it is one band's, `band=label` otherwise, and ranks in words."""
    of = charter(BANDS)
    assert target_from(of, "thin") == Target(band="price", label="thin")
    assert target_from(of, "stock=fair") == Target(band="stock", label="fair")
    assert target_from(of, "rank 3") == target_from(of, "top 3") == Target(rank=3)
    decided = charter(BANDS + DECIDED)
    keep = target_from(decided, "keep")
    assert target_from(decided, "action=keep") == keep == Target(outcome="keep")
    for text, code in (("fair", "target/ambiguous"), ("thick", "target/unknown")):
        with pytest.raises(DataError) as caught:
            target_from(of, text)
        assert caught.value.findings[0].code == code


RATIO = charter_text(
    sources="items: {from: items.parquet, mode: snapshot}",
    signals="x: {formula: COUNT(*), source: items, precision: 1, missing: {policy: exclude}}\n"
    "y: {formula: COUNT(*), source: items, precision: 1, missing: {policy: exclude}}\n",
).replace("axes:\n  main: {weight: 100, signals: {x: 100}}", "score: {formula: x / y}")


def test_a_ratio_is_followed_beyond_every_number_of_the_charter() -> None:
    """Unit `b` needs more than 7 / 2 × 4 = 14 above the line, or less than 3 × 2 / 7 below."""
    data = pa.table(
        {
            "key_sku": pa.array(["a", "b"]),
            "signal_x": pa.array([7.0, 3.0]),
            "held_x": pa.array([0, 0], pa.int32()),
            "signal_y": pa.array([2.0, 4.0]),
            "held_y": pa.array([0, 0], pa.int32()),
        }
    )
    of, now = charter(RATIO), table(data, 0)
    found = levers(of, evaluate(of, now, threads=1), None, "b", Target(rank=1))
    assert [(one.signal, one.to) for one in found.levers] == [("x", "14.1"), ("y", "0.8")]


TABLED = charter_text(
    sources="items: {from: items.parquet, mode: snapshot}",
    signals="x: {formula: COUNT(*), source: items, precision: 1, better: higher, "
    "value: {0: 0, 9: 100}, missing: {policy: exclude}}\n"
    "y: {formula: COUNT(*), source: items, precision: 1, missing: {policy: exclude}}\n",
    more="""bands:
  b: {signal: x, edges: [2, 4], labels: [l0, l1, l2], hysteresis: 0.5, missing: none_yet}
tables:
  action:
    inputs: [b, y]
    outputs: [action]
    rules:
      - {id: R1, when: ['"l2"', '> 3'], then: [push], because: Both.}
      - {id: R2, when: ['"l0"', '-'], then: [drop], because: Low.}
      - {id: R3, when: ['"l1"', '-'], then: [wait], because: Between.}
      - {id: R4, when: ['"l2"', '<= 3'], then: [wait], because: Not wanted.}
""",
)


@settings(max_examples=8)
@given(tables(), st.sampled_from(["push", "drop", "wait"]))
def test_an_outcome_is_reached_by_the_nearest_of_all_values(
    weeks: tuple[Table, Table], wanted: str
) -> None:
    """Every value of one signal is tried, as a unit of its own, by evaluating them together."""
    of = charter(TABLED)
    prior = evaluate(of, weeks[0], threads=1)
    now = evaluate(of, weeks[1], prior, threads=1)
    found = levers(of, now, prior, "b", Target(outcome=wanted))
    for lever in found.levers:
        grid = [Decimal(n) / 10 for n in range(-25, 80)]
        outcomes = _outcomes(of, weeks, lever.signal, grid)
        there = [one for one, outcome in zip(grid, outcomes, strict=True) if outcome == wanted]
        if lever.to is None:
            assert there == []
        else:
            value = Decimal(lever.value or 0)
            assert abs(Decimal(lever.to) - value) == min(abs(one - value) for one in there)
            assert lever.change is None or Decimal(lever.change) == Decimal(lever.to) - value


def _outcomes(
    of: Charter, weeks: tuple[Table, Table], name: str, grid: list[Decimal]
) -> list[str | None]:
    """The outcome of unit `b` with each value of one signal."""
    many = pa.array([1] * len(grid))
    keys = pa.array([f"{i:03d}" for i in range(len(grid))])
    rows = [one.data.take(many).set_column(0, "key_sku", keys) for one in weeks]
    values = pa.array([float(one) for one in grid], pa.float64())
    for column, new in (
        (f"signal_{name}", values),
        (f"held_{name}", pa.array([0] * len(grid), pa.int32())),
    ):
        rows[1] = rows[1].set_column(rows[1].column_names.index(column), column, new)
    before, after = (table(data, week) for week, data in enumerate(rows))
    results = evaluate(of, after, evaluate(of, before, threads=1), threads=1).results
    found: list[str | None] = results["outcome"].to_pylist()
    return found
