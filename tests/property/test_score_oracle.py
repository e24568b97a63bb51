"""Scope, bands, utilities, weights, points and ranks against a few lines of plain Python."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.evaluate import evaluate
from pmpo.model.canonical import hash_table
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import Table
from pmpo.rules.weights import leaf_weights
from tests.offices import charter, charter_text, moment

AS_OF = moment("2024-03-04")
SEGMENTS = ("dry", "fresh", "O'Hare")
SOURCES = "items: {from: items.parquet, mode: snapshot}"


@dataclass(frozen=True)
class Param:
    """A number by segment and date: per segment (`*` is any other) dated numbers."""

    name: str
    values: dict[str, tuple[tuple[date | None, Decimal], ...]]

    def yaml(self) -> str:
        """As it stands under `parameters`."""
        told = []
        for segment, dated in self.values.items():
            key = "'" + segment.replace("'", "''") + "'"
            if dated[0][0] is None:
                told.append(f"{key}: {dated[0][1]}")
            else:
                told.append(f"{key}: {{{', '.join(f'{day}: {v}' for day, v in dated)}}}")
        return f"{self.name}: {{by: grp, values: {{{', '.join(told)}}}}}"

    def of(self, segment: str | None) -> Decimal:
        """The number in force on the day of AS_OF."""
        dated = self.values.get(segment or "", self.values["*"])
        return [value for day, value in dated if day is None or day <= AS_OF.date()][-1]


Number = Decimal | Param


def number(value: Number, segment: str | None) -> float:
    """A number as the double it is compared as."""
    return float(value.of(segment) if isinstance(value, Param) else value)


def written(value: Number) -> str:
    """A number as it stands in the charter."""
    return f"PARAM('{value.name}')" if isinstance(value, Param) else f"{value:f}"


@dataclass(frozen=True)
class Metric:
    """A signal: its anchors, its policy, and its values by unit."""

    name: str
    anchors: list[tuple[Number, Decimal]]
    policy: str
    values: list[float | None]
    on_axis: bool = True

    @property
    def on_missing(self) -> str:
        """What a missing value finally does."""
        return "exclude" if "exclude" in self.policy else "block"

    def yaml(self) -> str:
        """As it stands under `signals`."""
        anchors = ", ".join(f"{_key(at)}: {worth:f}" for at, worth in self.anchors)
        better = "higher" if self.anchors[0][1] <= self.anchors[-1][1] else "lower"
        return (
            f"{self.name}: {{formula: COUNT(*), source: items, better: {better}, "
            f"value: {{{anchors}}}, missing: {{policy: {self.policy}}}}}"
        )

    def utility(self, unit: int, segment: str | None) -> int | None:
        """The utility in micro-units, in whole numbers of any size."""
        x = self.values[unit]
        if x is None:
            return None
        points = [(number(at, segment), int(worth * 1_000_000)) for at, worth in self.anchors]
        if x <= points[0][0]:
            return points[0][1]
        for (x0, u0), (x1, u1) in itertools.pairwise(points):
            if x < x1:
                width = micro(x1) - micro(x0)  # 0 between anchors on one micro-unit
                step = (micro(x) - micro(x0)) * abs(u1 - u0) // max(width, 1)
                return u0 + step if u1 >= u0 else u0 - step
        return points[-1][1]


def _key(at: Number) -> str:
    return f'"{written(at)}"' if isinstance(at, Param) else written(at)


def micro(x: float) -> int:
    """Whole micro-units, halves up: one multiplication and one addition of doubles."""
    return math.floor(x * 1_000_000.0 + 0.5)


@dataclass(frozen=True)
class Banding:
    """A band on one signal."""

    name: str
    of: Metric
    edges: list[Number]
    closed: Literal["left", "right"]

    def yaml(self) -> str:
        """As it stands under `bands`."""
        labels = ", ".join(f"l{i}" for i in range(len(self.edges) + 1))
        edges = ", ".join(map(written, self.edges))
        return (
            f"{self.name}: {{signal: {self.of.name}, edges: [{edges}], labels: [{labels}], "
            f"closed: {self.closed}, missing: nothing_known}}"
        )

    def label(self, unit: int, segment: str | None) -> str:
        """The label: edges belong to the band above them, or with `right` to the one below."""
        x = self.of.values[unit]
        if x is None:
            return "nothing_known"
        edges = [number(edge, segment) for edge in self.edges]
        for i, edge in enumerate(edges):
            if x < edge or (x == edge and self.closed == "right"):
                return f"l{i}"
        return f"l{len(edges)}"


@dataclass(frozen=True)
class Case:
    """A charter and the table it is evaluated on."""

    keys: list[tuple[str, str]]
    segments: list[str | None]
    metrics: list[Metric]
    axes: dict[str, tuple[Decimal, dict[str, Decimal]]]
    bands: list[Banding]
    params: list[Param] = field(default_factory=list)

    def text(self) -> str:
        """The charter."""
        axes = "\n".join(
            f"{name}: {{weight: {weight}, signals: "
            f"{{{', '.join(f'{s}: {w}' for s, w in inner.items())}}}}}"
            for name, (weight, inner) in self.axes.items()
        )
        more = (
            "scope:\n  in: grp IN ('dry', 'fresh', 'O''Hare')\n  out:\n"
            "    - {where: grp = 'fresh' AND s0 > 50, because: They are elsewhere.}\n"
            "    - {where: store LIKE 'x%', because: Closed.}\n"
        )
        if self.params:
            more += "parameters:\n" + "\n".join(f"  {p.yaml()}" for p in self.params) + "\n"
        if self.bands:
            more += "bands:\n" + "\n".join(f"  {band.yaml()}" for band in self.bands)
        return charter_text(
            sources=SOURCES,
            signals="\n".join(metric.yaml() for metric in self.metrics),
            unit="unit: {name: offer, source: items, key: [store, sku], parents: [grp]}",
            axes=axes,
            more=more,
        )

    def evaluate(self) -> Evaluation:
        """What PMPO says."""
        order = sorted(range(len(self.keys)), key=lambda i: self.keys[i])
        columns: dict[str, Any] = {
            "key_store": [self.keys[i][0] for i in order],
            "key_sku": [self.keys[i][1] for i in order],
            "about_grp": pa.array([self.segments[i] for i in order], pa.string()),
        }
        for one in self.metrics:
            values = [one.values[i] for i in order]
            columns[f"signal_{one.name}"] = pa.array(values, pa.float64())
            held = [None if value is None else 0 for value in values]
            columns[f"held_{one.name}"] = pa.array(held, pa.int32())
        data = pa.table(columns)
        names = tuple(one.name for one in self.metrics)
        table = Table(("store", "sku"), ("grp",), names, data, hash_table(data), AS_OF, AS_OF)
        return evaluate(charter(self.text()), table, threads=1)

    def expected(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What plain Python says, by unit."""
        weights = apportioned(self.axes)
        units: dict[tuple[str, str], dict[str, Any]] = {}
        for i, key in enumerate(self.keys):
            status, reason = self._status(i)
            found: dict[str, Any] = {"status": status, "reason": reason}
            by_name = {one.name: one.utility(i, self.segments[i]) for one in self.metrics}
            points = {s: _times(w, by_name[s]) for s, w in weights.items()}
            found |= {f"utility_{s}": by_name[s] for s in weights}
            found |= {f"points_{s}": _decimal(points[s]) for s in weights}
            for axis, (_, inner) in self.axes.items():
                found[f"axis_{axis}"] = _decimal(_total([points[s] for s in inner]))
            total = _total(list(points.values()))
            found["score"] = _decimal(total) if status == "ranked" else None
            found |= {f"band_{b.name}": b.label(i, self.segments[i]) for b in self.bands}
            missing = any(m.values[i] is None for m in self.metrics if self._used(m))
            found["quality"] = "D" if missing else "A"
            units[key] = found
        ranked = sorted(key for key in units if units[key]["status"] == "ranked")
        ranked.sort(key=lambda key: units[key]["score"], reverse=True)
        for key, found in units.items():
            found["rank"] = ranked.index(key) + 1 if key in ranked else None
        return units

    def _used(self, one: Metric) -> bool:
        on_axes = {name for _, inner in self.axes.values() for name in inner}
        return one.name in on_axes or one in [band.of for band in self.bands]

    def _status(self, i: int) -> tuple[str, str]:
        segment, first = self.segments[i], self.metrics[0].values[i]
        if segment not in SEGMENTS:
            return "out_of_scope", "scope.in"
        if segment == "fresh" and first is not None and first > 50:
            return "out_of_scope", "scope.out.0"
        if self.keys[i][0].startswith("x"):
            return "out_of_scope", "scope.out.1"
        for status, wanted in (("blocked", "block"), ("excluded", "exclude")):
            for one in self.metrics:
                if one.on_missing == wanted and self._used(one) and one.values[i] is None:
                    return status, f"signals.{one.name}.missing"
        return "ranked", ""


def _times(weight: int, utility: int | None) -> int | None:
    return None if utility is None else weight * utility


def _total(points: list[int | None]) -> int | None:
    known = [one for one in points if one is not None]
    return sum(known) if len(known) == len(points) else None


def _decimal(points: int | None) -> Decimal | None:
    return None if points is None else Decimal(points).scaleb(-12)


def apportioned(axes: dict[str, tuple[Decimal, dict[str, Decimal]]]) -> dict[str, int]:
    """Millionths by largest remainder: whole parts first, the rest to the largest fractions."""
    shares = {}
    for weight, inner in axes.values():
        for name, own in inner.items():
            shares[name] = Fraction(weight) * Fraction(own) / 10_000 * 1_000_000
    whole = {name: share.numerator // share.denominator for name, share in shares.items()}
    names = list(shares)
    while sum(whole.values()) < 1_000_000:
        best = max(names, key=lambda name: shares[name] - whole[name])
        whole[best] += 1
        names.remove(best)
    return whole


# Generated cases ------------------------------------------------------------------------------

LIMIT = 9_000_000_000_000  # what an anchor may be at most
ATS = st.one_of(
    st.integers(-30, 30).map(lambda n: Decimal(n) / 10_000_000),
    st.integers(-300, 300).map(lambda n: Decimal(n) / 4),
    st.integers(-(10**9), 10**9).map(lambda n: Decimal(n) / 1_000_000),
    st.integers(-LIMIT, LIMIT).map(Decimal),
    st.sampled_from([Decimal(LIMIT), Decimal(-LIMIT), Decimal(0), Decimal("0.000001")]),
)
WORTHS = st.one_of(
    st.integers(0, 100).map(Decimal),
    st.integers(0, 100_000_000).map(lambda n: Decimal(n) / 1_000_000),
)
POLICIES = [
    "block",
    "exclude",
    "hold, max_age: 1 week",
    "hold, max_age: 1 week, then: exclude",
]


@st.composite
def increasing(draw: st.DrawFn, name: str, low: int, most: int) -> list[Number]:
    """Numbers that increase in every segment, at most one of them a parameter."""
    ats = sorted(draw(st.sets(ATS, min_size=low + 1, max_size=most + 1)))
    if draw(st.booleans()):
        return list(ats[1:])
    varying = draw(st.integers(0, len(ats) - 2))
    here, there = ats[varying], ats[varying + 1]
    dated = ((date(2024, 1, 1), there), (date(2024, 3, 4), here), (date(2024, 3, 5), there))
    param = Param(name, {"fresh": dated, "O'Hare": ((None, here),), "*": ((None, there),)})
    return [*ats[:varying], param, *ats[varying + 2 :]]


def near(numbers: list[Number]) -> st.SearchStrategy[float | None]:
    """Values on, just beside, between and far outside some numbers; and missing ones."""
    exact = [number(one, segment) for one in numbers for segment in SEGMENTS]
    beside = [math.nextafter(x, way) for x in exact for way in (-math.inf, math.inf)]
    between = [(a + b) / 2 for a in exact for b in exact]
    return st.one_of(
        st.none(),
        st.sampled_from([*exact, *beside, *between, 1e300, -1e300, 0.0, -0.0]),
        st.floats(min(exact), max(exact)),
        st.integers(-400, 400).map(lambda n: n / 8),
    )


@st.composite
def parts(draw: st.DrawFn, count: int) -> list[Decimal]:
    """Weights that add up to 100."""
    if draw(st.booleans()) and count > 1:
        each = (Decimal(100) / count).quantize(Decimal("0.0001"))
        return [each] * (count - 1) + [100 - each * (count - 1)]
    cuts = sorted(draw(st.sets(st.integers(1, 9_999), min_size=count - 1, max_size=count - 1)))
    ends = [Decimal(0), *(Decimal(cut) / 100 for cut in cuts), Decimal(100)]
    return [b - a for a, b in itertools.pairwise(ends)]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A few signals on one to three axes, some bands, and a dozen units."""
    texts = st.sampled_from(["a", "A", "x1", "b", "é", "e\u0301", "0007", "7", "茶", "a/b", ""])
    keys = draw(st.lists(st.tuples(texts, texts), min_size=1, max_size=14, unique=True))
    count = len(keys)
    segments = draw(
        st.lists(st.sampled_from([*SEGMENTS, None, "DRY"]), min_size=count, max_size=count)
    )
    metrics: list[Metric] = []
    for i in range(draw(st.integers(1, 5))):
        ats = draw(increasing(f"p{i}", 2, 5))
        worths = sorted(draw(st.lists(WORTHS, min_size=len(ats), max_size=len(ats))))
        worths = worths[::-1] if draw(st.booleans()) else worths
        values = draw(st.lists(near(ats), min_size=count, max_size=count))
        anchors = list(zip(ats, worths, strict=True))
        metrics.append(Metric(f"s{i}", anchors, draw(st.sampled_from(POLICIES)), values))
    groups = draw(st.integers(1, min(3, len(metrics))))
    members = [metrics[g::groups] for g in range(groups)]
    axes = {}
    for g, weight in enumerate(draw(parts(groups))):
        inner = draw(parts(len(members[g])))
        axes[f"x{g}"] = (weight, {m.name: w for m, w in zip(members[g], inner, strict=True)})
    bands = []
    for i in range(draw(st.integers(0, 2))):
        of = draw(st.sampled_from(metrics))
        edges = (
            [at for at, _ in of.anchors] if draw(st.booleans()) else draw(increasing(f"e{i}", 1, 4))
        )
        bands.append(Banding(f"b{i}", of, edges, draw(st.sampled_from(["left", "right"]))))
    numbers = [at for m in metrics for at, _ in m.anchors] + [e for b in bands for e in b.edges]
    params = {one.name: one for one in numbers if isinstance(one, Param)}
    return Case(keys, segments, metrics, axes, bands, list(params.values()))


@settings(max_examples=100)
@given(cases())
def test_results_are_what_plain_python_says(case: Case) -> None:
    """Every column of every unit equals the oracle, and points add up to the score exactly."""
    results = case.evaluate().results
    expected = case.expected()
    rows = results.to_pylist()
    assert [(row["key_store"], row["key_sku"]) for row in rows] == sorted(expected)
    for row in rows:
        wanted = expected[row["key_store"], row["key_sku"]]
        assert {name: row[name] for name in wanted} == wanted
        assert set(row) == {*wanted, "key_store", "key_sku"}
        points = [row[name] for name in row if name.startswith("points_")]
        axes = [row[name] for name in row if name.startswith("axis_")]
        if row["status"] == "ranked":
            assert sum(points) == sum(axes) == row["score"]
            assert 0 <= row["score"] <= 100
        for one in case.metrics:
            if one.values[case.keys.index((row["key_store"], row["key_sku"]))] is None:
                assert row.get(f"utility_{one.name}") is None
                assert row.get(f"points_{one.name}") is None


@given(st.data())
def test_weights_add_up_to_one_million(data: st.DataObject) -> None:
    """Largest remainder gives away exactly the whole, each share within one millionth."""
    axes = {}
    for i, weight in enumerate(data.draw(parts(data.draw(st.integers(1, 6))))):
        names = [f"s{i}_{j}" for j in range(data.draw(st.integers(1, 9)))]
        axes[f"x{i}"] = (weight, dict(zip(names, data.draw(parts(len(names))), strict=True)))
    found = leaf_weights(axes)
    assert sum(found.values()) == 1_000_000
    assert found == apportioned(axes)
    for weight, inner in axes.values():
        for name, own in inner.items():
            assert abs(Fraction(weight) * Fraction(own) * 100 - found[name]) < 1


@pytest.mark.parametrize("low", [-LIMIT, 0])
@pytest.mark.parametrize("falling", [False, True])
def test_the_widest_span_keeps_every_digit(low: int, falling: bool) -> None:
    """Utilities over a span near the limit of 64 bits are exact, whatever the direction."""
    worths = [Decimal(0), Decimal(100)]
    ats: list[Number] = [Decimal(low), Decimal(LIMIT)]
    anchors = list(zip(ats, worths[:: -1 if falling else 1], strict=True))
    values: list[float | None] = [float(low), low / 3, 0.0, 1.0, LIMIT / 7, float(LIMIT), None]
    keys = [("a", str(i)) for i in range(len(values))]
    metric = Metric("s0", anchors, "exclude", values)
    case = Case(keys, ["dry"] * 7, [metric], {"x0": (Decimal(100), {"s0": Decimal(100)})}, [])
    found = [row["utility_s0"] for row in case.evaluate().results.to_pylist()]
    assert found == [metric.utility(i, "dry") for i in range(7)]


def one_signal(
    anchors: list[tuple[Number, Decimal]], values: list[float | None], edges: list[Number]
) -> list[dict[str, Any]]:
    """The results of units that differ by one signal; every third is in segment `fresh`."""
    metric = Metric("s0", anchors, "exclude", values)
    params = {p.name: p for p in [*edges, *(at for at, _ in anchors)] if isinstance(p, Param)}
    case = Case(
        [("a", f"{i:03d}") for i in range(len(values))],
        ["fresh" if i % 3 == 2 else "dry" for i in range(len(values))],
        [metric],
        {"x0": (Decimal(100), {"s0": Decimal(100)})},
        [Banding("b0", metric, edges, "left")],
        list(params.values()),
    )
    rows: list[dict[str, Any]] = case.evaluate().results.to_pylist()
    return rows


@pytest.mark.parametrize("elsewhere", [((None, Decimal(5)),), ((date(2024, 3, 5), Decimal(5)),)])
def test_an_anchor_without_a_number_blocks_and_never_scores(
    elsewhere: tuple[tuple[date | None, Decimal], ...],
) -> None:
    """Where a parameter has no number on the day, its units are blocked instead of at the top."""
    param = Param("p", {"fresh": ((date(2024, 3, 5), Decimal(5)),), "*": elsewhere})
    rows = one_signal([(Decimal(0), Decimal(0)), (param, Decimal(100))], [2.0, None, 2.0], [param])
    fresh = rows[2]
    assert (fresh["status"], fresh["reason"]) == ("blocked", "signals.s0.value")
    assert (fresh["utility_s0"], fresh["score"], fresh["rank"]) == (None, None, None)
    assert (rows[1]["status"], rows[1]["reason"]) == ("excluded", "signals.s0.missing")
    assert [row["band_b0"] for row in rows[1:]] == ["nothing_known", "nothing_known"]
    if elsewhere[0][0] is None:
        assert (rows[0]["status"], rows[0]["score"]) == ("ranked", Decimal(40))
    else:
        assert rows[0]["status"] == "blocked"


def test_anchors_on_one_micro_unit_are_a_step() -> None:
    """Between anchors nearer than a micro-unit the utility is that of the lower one."""
    anchors: list[tuple[Number, Decimal]] = [
        (Decimal("0.0000001"), Decimal(10)),
        (Decimal("0.0000004"), Decimal(90)),
    ]
    rows = one_signal(anchors, [0.0, 0.0000002, 0.0000004, 1.0], [Decimal(1)])
    assert [row["utility_s0"] for row in rows] == [10**7, 10**7, 9 * 10**7, 9 * 10**7]
