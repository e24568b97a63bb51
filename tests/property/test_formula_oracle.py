"""Random formulas over random rows: exact below aggregates, one double operation per node above.

Each piece of a formula carries its text and a Python function that says what it means, in whole
numbers and decimals for rows, in doubles for units. Every bit must agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from pmpo.diagnostics import CharterError
from tests.offices import Office, charter_text

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

AS_OF = "2024-03-18T04:00:00"  # midnight in New York
WALL = datetime(2024, 3, 18)
LAG = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
UNITS = {"a": "g1", "b": "g2", "c": None, "empty": "g1"}
Row = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Exact:
    """A number of one row; `scale` digits after the point."""

    sql: str
    scale: int
    of: Callable[[Row], Decimal | None]


@dataclass(frozen=True)
class Test:
    """A condition on one row or unit: true, false or unknown."""

    __test__ = False
    sql: str
    of: Callable[[Any], bool | None]


@dataclass(frozen=True)
class Unit:
    """What a formula sees of one unit: its rows inside the cuts, attributes, earlier signals."""

    rows: Sequence[Row]
    segment: str | None
    signals: Mapping[str, float | None]


@dataclass(frozen=True)
class Real:
    """A number of one unit."""

    sql: str
    of: Callable[[Unit], float | None]


# Rows -----------------------------------------------------------------------------------------

LITERALS = ["0", "1", "2", "0.5", "0.25", "0.1", "3", "0.005", "10", "1.50", "7"]
ROW_KINDS = (
    *("+", "-", "*", "neg", "abs", "case", "coalesce", "nullif"),
    *("greatest", "least", "quantise", "quotient"),
)
AGGREGATES = (
    *("SUM", "COUNT", "MIN", "MAX", "AVG", "STDDEV", "VARIANCE"),
    *("DISTINCT", "STAR", "LATEST", "AGE", "SPAN"),
)
UNIT_KINDS = (
    *("+", "-", "*", "/", "neg", "ABS", "SQRT", "FLOOR", "CEIL"),
    *("case", "coalesce", "nullif", "GREATEST", "LEAST", "quantise"),
)
COLUMNS = {"v": 2, "w": 3, "n": 0}


def constant(value: T) -> Callable[[object], T]:
    """The same value everywhere."""
    return lambda _: value


def _exact_leaf() -> SearchStrategy[Exact]:
    columns = [Exact(name, scale, itemgetter(name)) for name, scale in COLUMNS.items()]
    literals = [
        Exact(text, len(text.partition(".")[2]), constant(Decimal(text))) for text in LITERALS
    ]
    fixed = Exact("PARAM('fixed')", 1, lambda _: Decimal("1.5"))
    return st.one_of(st.sampled_from(columns), st.sampled_from([*columns, *literals, fixed]))


def both(
    kind: Callable[[Decimal, Decimal], Decimal | None],
    left: Callable[[Row], Decimal | None],
    right: Callable[[Row], Decimal | None],
) -> Callable[[Row], Decimal | None]:
    """An operation that is missing when either side is."""

    def of(row: Row) -> Decimal | None:
        a, b = left(row), right(row)
        return None if a is None or b is None else kind(a, b)

    return of


@st.composite
def exact(draw: DrawFn, depth: int = 2) -> Exact:
    """An exact expression over one row."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(_exact_leaf())
    a = draw(exact(depth - 1))
    kind = draw(st.sampled_from(ROW_KINDS))
    if kind == "neg":
        return Exact(f"-({a.sql})", a.scale, both(lambda x, _: -x, a.of, a.of))
    if kind == "abs":
        return Exact(f"ABS({a.sql})", a.scale, both(lambda x, _: abs(x), a.of, a.of))
    digits = draw(st.integers(0, 4))
    if kind == "quantise":
        of = both(lambda x, _: half_up(x, digits), a.of, a.of)
        return Exact(f"QUANTISE({a.sql}, {digits})", digits, of)
    b = draw(exact(depth - 1))
    wide = max(a.scale, b.scale)
    if kind == "quotient":
        return Exact(
            f"QUANTISE(({a.sql}) / ({b.sql}), {digits})",
            digits,
            both(lambda x, y: quotient(x, y, digits), a.of, b.of),
        )
    if kind == "case":
        test = draw(row_test(depth - 1))
        return Exact(
            f"CASE WHEN {test.sql} THEN {a.sql} ELSE {b.sql} END",
            wide,
            lambda row: a.of(row) if test.of(row) else b.of(row),
        )
    if kind == "coalesce":

        def first(row: Row) -> Decimal | None:
            found = a.of(row)
            return b.of(row) if found is None else found

        return Exact(f"COALESCE({a.sql}, {b.sql})", wide, first)
    if kind == "nullif":

        def unless(row: Row) -> Decimal | None:
            x = a.of(row)
            return None if x is not None and x == b.of(row) else x

        return Exact(f"NULLIF({a.sql}, {b.sql})", a.scale, unless)
    if kind in ("greatest", "least"):
        best = max if kind == "greatest" else min
        return Exact(f"{kind.upper()}({a.sql}, {b.sql})", wide, both(best, a.of, b.of))
    scale = a.scale + b.scale if kind == "*" else wide
    operation = {"+": Decimal.__add__, "-": Decimal.__sub__, "*": Decimal.__mul__}[kind]
    return Exact(f"({a.sql}) {kind} ({b.sql})", scale, both(operation, a.of, b.of))


def half_up(value: Decimal, digits: int) -> Decimal:
    """To some digits, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def quotient(a: Decimal, b: Decimal, digits: int) -> Decimal | None:
    """The quotient to some digits, halves away from zero; missing over zero."""
    if b == 0:
        return None
    exact = Fraction(a) / Fraction(b) * 10**digits
    whole = math.floor(abs(exact) + Fraction(1, 2))
    return Decimal(whole if exact >= 0 else -whole).scaleb(-digits)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@st.composite
def row_test(draw: DrawFn, depth: int = 1) -> Test:
    """A condition on one row, with unknown where a side is missing."""
    if depth > 0 and draw(st.booleans()):
        return draw(connected(row_test(depth - 1)))
    kind = draw(st.sampled_from(["number", "tag", "in", "null", "between", "like", "time", "flag"]))
    if kind == "number":
        return draw(comparison(exact(min(depth, 1))))
    if kind == "in":
        return Test("tag IN ('x', 'yy')", lambda r: known(r["tag"], lambda t: t in ("x", "yy")))
    if kind == "like":
        return Test("tag LIKE 'x%'", lambda r: known(r["tag"], lambda t: t.startswith("x")))
    if kind == "tag":
        return Test("tag <> 'x'", lambda r: known(r["tag"], lambda t: t != "x"))
    if kind == "flag":
        return Test("flag", lambda r: r["flag"])
    if kind == "between":
        low, high = Decimal(-3), Decimal("7.25")
        return Test("v BETWEEN -3 AND 7.25", lambda r: known(r["v"], lambda v: low <= v <= high))
    if kind == "time":
        limit = datetime(2024, 2, 20)
        return Test("at < '2024-02-20'", lambda r: r["at"] < limit)
    column = draw(st.sampled_from(["v", "w", "n", "tag"]))
    return Test(f"{column} IS NULL", lambda row: row[column] is None)


def known(value: Any, test: Callable[[Any], bool]) -> bool | None:
    """A test of a value; unknown when it is missing."""
    return None if value is None else test(value)


@st.composite
def comparison(draw: DrawFn, numbers: SearchStrategy[Any]) -> Test:
    """Two numbers compared; unknown where one is missing."""
    a, b, symbol = draw(numbers), draw(numbers), draw(st.sampled_from(sorted(COMPARE)))

    def of(at: Any) -> bool | None:
        x, y = a.of(at), b.of(at)
        return None if x is None or y is None else COMPARE[symbol](x, y)

    return Test(f"({a.sql}) {symbol} ({b.sql})", of)


@st.composite
def connected(draw: DrawFn, inner: SearchStrategy[Test]) -> Test:
    """NOT, AND and OR of three truth values."""
    kind = draw(st.sampled_from(["NOT", "AND", "OR"]))
    a = draw(inner)
    if kind == "NOT":
        return Test(f"NOT ({a.sql})", lambda at: known(a.of(at), lambda one: not one))
    b = draw(inner)
    decisive = kind == "OR"

    def of(at: Any) -> bool | None:
        sides = (a.of(at), b.of(at))
        if decisive in sides:
            return decisive
        return None if None in sides else not decisive

    return Test(f"({a.sql}) {kind} ({b.sql})", of)


# Aggregates -----------------------------------------------------------------------------------

WINDOWS: dict[str, Callable[[datetime], datetime]] = {
    "1 week": lambda end: end - timedelta(weeks=1),
    "30 days": lambda end: end - timedelta(days=30),
    "12 hours": lambda end: end - timedelta(hours=12),
    "1 month": lambda end: end.replace(month=end.month - 1),
}


@st.composite
def aggregate(draw: DrawFn) -> Real:
    """An aggregate, perhaps filtered and inside a window, perhaps moved back."""
    kind = draw(st.sampled_from(AGGREGATES))
    argument = draw(exact(1 if kind in ("STDDEV", "VARIANCE") else 2))
    test = draw(st.one_of(st.none(), row_test()))
    windows = st.sampled_from(sorted(WINDOWS))
    window, offset = draw(st.one_of(st.none(), windows)), draw(st.one_of(st.none(), windows))

    def seen(unit: Unit) -> list[Row]:
        rows = [row for row in unit.rows if test is None or test.of(row)]
        if window is None:
            return rows
        end = WALL - LAG if offset is None else WINDOWS[offset](WALL - LAG)
        return [row for row in rows if WINDOWS[window](end) <= row["at"] < end]

    inner, of = _call(kind, argument, test.sql if test else "")
    text = inner
    if window is not None:
        text = f"TRAILING({inner}, '{window}'" + (f", '{offset}')" if offset else ")")
    if kind == "AGE":
        text = f"(AS_OF() - {text}) / DURATION('1 day')"
    if kind == "SPAN":
        text = f"{text} / DURATION('1 hour')"
    counts = kind in ("COUNT", "STAR", "DISTINCT")
    return Real(text, lambda unit: None if counts and not unit.rows else of(seen(unit)))


def _call(
    kind: str, argument: Exact, condition: str
) -> tuple[str, Callable[[list[Row]], float | None]]:
    """The text of an aggregate call and what it gives over the rows that it sees."""
    filtered = f" FILTER (WHERE {condition})" if condition else ""

    def values(rows: list[Row]) -> list[Decimal]:
        return [value for row in rows if (value := argument.of(row)) is not None]

    def total(rows: list[Row]) -> float | None:
        return float(sum(values(rows))) if values(rows) else None

    def mean(rows: list[Row]) -> float | None:
        found = values(rows)
        return float(sum(found)) / float(len(found)) if found else None

    def variance(rows: list[Row]) -> float | None:
        whole = [int(value.scaleb(argument.scale)) for value in values(rows)]
        n = len(whole)
        if n < 2:
            return None
        top = n * sum(x * x for x in whole) - sum(whole) ** 2
        return float(top) / (float(n) * float(n - 1)) / float(10 ** (2 * argument.scale))

    def spread(rows: list[Row]) -> float | None:
        found = variance(rows)
        return None if found is None else math.sqrt(found)

    def latest(rows: list[Row]) -> float | None:
        last = max(rows, key=lambda row: (row["at"], row["id"]), default=None)
        value = argument.of(last) if last is not None else None
        return None if value is None else float(value)

    def extreme(best: Callable[[list[Decimal]], Decimal]) -> Callable[[list[Row]], float | None]:
        return lambda rows: float(best(values(rows))) if values(rows) else None

    def age(rows: list[Row]) -> float | None:
        days = [row["day"] for row in rows if row["day"] is not None]
        if not days:
            return None
        last = datetime.combine(max(days), datetime.min.time())
        return float((WALL - last) // MICROSECOND) / float(timedelta(days=1) // MICROSECOND)

    def span(rows: list[Row]) -> float | None:
        lengths = [
            row["at"] - datetime.combine(row["day"], datetime.min.time())
            for row in rows
            if row["day"] is not None
        ]
        micros = sum(length // MICROSECOND for length in lengths)
        return float(micros) / 3_600_000_000.0 if lengths else None

    calls: dict[str, tuple[str, Callable[[list[Row]], float | None]]] = {
        "SUM": (f"SUM({argument.sql})", total),
        "COUNT": (f"COUNT({argument.sql})", lambda rows: float(len(values(rows)))),
        "DISTINCT": (f"COUNT(DISTINCT {argument.sql})", lambda rows: float(len(set(values(rows))))),
        "STAR": ("COUNT(*)", lambda rows: float(len(rows))),
        "MIN": (f"MIN({argument.sql})", extreme(min)),
        "MAX": (f"MAX({argument.sql})", extreme(max)),
        "AVG": (f"AVG({argument.sql})", mean),
        "VARIANCE": (f"VARIANCE({argument.sql})", variance),
        "STDDEV": (f"STDDEV({argument.sql})", spread),
        "LATEST": (f"LATEST({argument.sql})", latest),
        "AGE": ("MAX(day)", age),
        "SPAN": ("SUM(at - day)", span),
    }
    text, of = calls[kind]
    return text + filtered, of


# Units ----------------------------------------------------------------------------------------

SETTINGS = """\
parameters:
  fixed: {value: 1.5}
  limit: {by: grp, values: {g1: 0.1, '*': {2024-01-01: 3, 2024-03-01: 7.3, 2024-06-01: 9}}}
assumptions:
  share: {claim: A share., by: grp, values: {g2: -0.7, '*': 12}}
"""


def _signal(name: str) -> Callable[[Unit], float | None]:
    return lambda unit: unit.signals[name]


def _real_leaf(signals: Sequence[str]) -> SearchStrategy[Real]:
    literals = [Real(text, constant(float(text))) for text in LITERALS]
    limit = Real("PARAM('limit')", lambda unit: 0.1 if unit.segment == "g1" else 7.3)
    share = Real("ASSUMED('share')", lambda unit: -0.7 if unit.segment == "g2" else 12.0)
    others = [Real(name, _signal(name)) for name in signals]
    return st.one_of(aggregate(), aggregate(), st.sampled_from([*literals, limit, share, *others]))


@st.composite
def real(draw: DrawFn, signals: Sequence[str], depth: int = 3) -> Real:
    """An expression over one unit."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(_real_leaf(signals))
    inner = real(signals, depth - 1)
    a = draw(inner)
    kind = draw(st.sampled_from(UNIT_KINDS))
    single: dict[str, Callable[[float], float | None]] = {
        "neg": lambda x: -x,
        "ABS": abs,
        "SQRT": lambda x: math.sqrt(x) if x >= 0 else None,
        "FLOOR": lambda x: float(math.floor(x)) if abs(x) < 2**53 else x,
        "CEIL": lambda x: float(math.ceil(x)) if abs(x) < 2**53 else x,
    }
    if kind in single:
        text = f"-({a.sql})" if kind == "neg" else f"{kind}({a.sql})"
        return Real(text, present(single[kind], a))
    if kind == "quantise":
        digits = draw(st.integers(0, 6))
        return Real(f"QUANTISE({a.sql}, {digits})", present(lambda x: rounded(x, digits), a))
    b = draw(inner)
    if kind == "case":
        test = draw(unit_test(signals))
        return Real(
            f"CASE WHEN {test.sql} THEN {a.sql} ELSE {b.sql} END",
            lambda unit: a.of(unit) if test.of(unit) else b.of(unit),
        )
    if kind == "coalesce":

        def first(unit: Unit) -> float | None:
            found = a.of(unit)
            return b.of(unit) if found is None else found

        return Real(f"COALESCE({a.sql}, {b.sql})", first)
    if kind == "nullif":

        def unless(unit: Unit) -> float | None:
            x = a.of(unit)
            return None if x is not None and x == b.of(unit) else x

        return Real(f"NULLIF({a.sql}, {b.sql})", unless)
    if kind in ("GREATEST", "LEAST"):
        best = max if kind == "GREATEST" else min
        return Real(f"{kind}({a.sql}, {b.sql})", present(best, a, b))
    operations: dict[str, Callable[[float, float], float | None]] = {
        "+": lambda x, y: x + y,
        "-": lambda x, y: x - y,
        "*": lambda x, y: x * y,
        "/": lambda x, y: x / y if y else None,
    }
    return Real(f"({a.sql}) {kind} ({b.sql})", present(operations[kind], a, b))


def present(operation: Callable[..., float | None], *sides: Real) -> Callable[[Unit], float | None]:
    """An operation that is missing when any side is."""

    def of(unit: Unit) -> float | None:
        values = [side.of(unit) for side in sides]
        return None if None in values else operation(*values)

    return of


def rounded(x: float, digits: int) -> float:
    """FLOOR(x·10ⁿ + 0.5) / 10ⁿ in doubles; large numbers have no digits to lose."""
    power = float(10**digits)
    if abs(x) >= float(Decimal(2**53) / 10**digits):
        return x
    return math.floor(x * power + 0.5) / power


@st.composite
def unit_test(draw: DrawFn, signals: Sequence[str]) -> Test:
    """A condition on one unit."""
    simple = comparison(real(signals, 1))
    return draw(st.one_of(simple, connected(simple)))


# The property ---------------------------------------------------------------------------------


def _numbers(low: int, high: int, scale: int) -> SearchStrategy[Decimal | None]:
    ties = [5, -5, 15, -25, 50, 125, -125, 0]
    whole = st.one_of(st.sampled_from(ties), st.integers(low, high))
    return st.one_of(st.none(), whole.map(lambda n: Decimal(n).scaleb(-scale)))


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "sku": st.sampled_from(["a", "a", "b", "c", None]),
            "at": st.integers(0, 60 * 24).map(lambda h: WALL - timedelta(hours=h) / 1),
            "v": _numbers(-999_999, 999_999, 2),
            "w": _numbers(-999_999, 999_999, 3),
            "n": _numbers(-20, 20, 0),
            "tag": st.sampled_from([None, "x", "xy", "yy", "z'"]),
            "flag": st.sampled_from([None, True, False]),
            "day": st.sampled_from([None, date(2024, 1, 1), date(2024, 3, 1), date(2024, 2, 29)]),
        }
    ),
    min_size=1,
    max_size=16,
)
SOURCES = """\
items: {from: items.parquet, mode: snapshot}
facts:
  from: facts.parquet
  key: [id]
  time: at
  lag: 1 day
  tz: America/New_York
  join: {unit: sku}
"""
SCHEMA = pa.schema(
    {
        "id": pa.int64(),
        "sku": pa.string(),
        "at": pa.timestamp("us"),
        "v": pa.decimal128(8, 2),
        "w": pa.decimal128(7, 3),
        "n": pa.int32(),
        "tag": pa.string(),
        "flag": pa.bool_(),
        "day": pa.date32(),
    }
)


@st.composite
def formulas(draw: DrawFn) -> list[Real]:
    """A few signals; a later one may refer to earlier ones."""
    names = [f"x{i}" for i in range(draw(st.integers(1, 5)))]
    return [draw(real(names[:i])) for i in range(len(names))]


def expected(signals: Sequence[Real], rows: Sequence[Row]) -> dict[str, dict[str, float | None]]:
    """What plain Python says, by signal and unit."""
    inside = [row for row in rows if row["at"] <= WALL - LAG]
    found: dict[str, dict[str, float | None]] = {f"x{i}": {} for i in range(len(signals))}
    for sku, segment in UNITS.items():
        own = [row for row in inside if row["sku"] == sku]
        done: dict[str, float | None] = {}
        for i, signal in enumerate(signals):
            value = signal.of(Unit(own, segment, done))
            finite = value is not None and math.isfinite(value)
            done[f"x{i}"] = found[f"x{i}"][sku] = rounded(value or 0.0, 6) if finite else None
    return found


def bits(values: Mapping[str, float | None]) -> dict[str, str | None]:
    """Doubles by their bits; −0.0 counts as 0.0, as in the table's hash."""
    return {key: None if x is None else (x + 0.0).hex() for key, x in values.items()}


@settings(max_examples=150)
@given(formulas(), ROWS)
def test_formulas_mean_what_plain_python_says(
    tmp_path_factory: pytest.TempPathFactory, signals: list[Real], rows: list[dict[str, Any]]
) -> None:
    """Every bit of every signal of every unit agrees with exact decimals and single doubles."""
    office = Office(tmp_path_factory.mktemp("office"))
    office.write("items", {"sku": list(UNITS), "grp": list(UNITS.values())})
    rows = [{**row, "id": i} for i, row in enumerate(rows)]
    # one row that is always known, so that the source is not empty, of no unit
    rows.append({**dict.fromkeys(SCHEMA.names), "id": -1, "at": datetime(2024, 1, 1)})
    whole = [{**row, "n": None if row["n"] is None else int(row["n"])} for row in rows]
    office.write("facts", pa.Table.from_pylist(whole, SCHEMA))
    told = "\n".join(
        f"x{i}:\n  source: facts\n  formula: |-\n    {signal.sql}\n  missing: {{policy: exclude}}"
        + ("\n  better: higher\n  value: {0: 0, 1: 100}" if i == 0 else "")
        for i, signal in enumerate(signals)
    )
    text = charter_text(
        sources=SOURCES,
        signals=told,
        axes="main: {weight: 100, signals: {x0: 100}}",
        more=SETTINGS,
    )
    try:
        run = office.run(text, AS_OF)
    except CharterError as refused:
        if {finding.code for finding in refused.findings} != {"formula/too-wide"}:
            raise
        event("too wide")
        return
    with localcontext() as context:
        context.prec = 200
        wanted = expected(signals, rows)
    for name, values in wanted.items():
        assert bits(run.signal(name)) == bits(values)
    event("compared")


DIGITS = range(5)


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(_numbers(-99_999, 99_999, 2), _numbers(-9_999, 9_999, 3), _numbers(-9, 9, 0)),
        min_size=20,
        max_size=60,
    )
)
def test_quantise_rounds_halves_away_from_zero(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[tuple[Decimal | None, ...]]
) -> None:
    """One unit per row: columns and quotients to any digits, with ties of both signs."""
    rows: list[dict[str, Any]] = [
        {"sku": f"{i:03d}", "at": WALL - timedelta(days=9), "v": v, "w": w, "n": n and int(n)}
        for i, (v, w, n) in enumerate(numbers)
    ]
    tie = {"at": WALL - timedelta(days=9), "v": Decimal("-0.25"), "w": Decimal("0.125"), "n": -2}
    rows.append({"sku": "tie", **tie})
    office = Office(tmp_path_factory.mktemp("office"))
    office.write("items", {"sku": [row["sku"] for row in rows]})
    office.write("facts", pa.Table.from_pylist(rows, SCHEMA))
    kinds: dict[str, Callable[[Row, int], Decimal | None]] = {
        "v": lambda row, d: None if row["v"] is None else half_up(row["v"], d),
        "w / n": lambda row, d: _over(row["w"], row["n"], d),
        "v / w": lambda row, d: _over(row["v"], row["w"], d),
        "n / v": lambda row, d: _over(row["n"], row["v"], d),
    }
    asked = {f"q{i}_{d}": (kind, d) for i, kind in enumerate(kinds) for d in DIGITS}
    told = "\n".join(
        f"{name}: {{source: facts, formula: 'SUM(QUANTISE({kind}, {digits}))'}}"
        for name, (kind, digits) in asked.items()
    )
    told += "\nx: {formula: q0_0, better: higher, value: {0: 0, 1: 100}}"
    run = office.run(charter_text(sources=SOURCES, signals=told), AS_OF)
    for name, (kind, digits) in asked.items():
        wanted = {row["sku"]: kinds[kind](row, digits) for row in rows}
        reals = {sku: None if x is None else rounded(float(x), 6) for sku, x in wanted.items()}
        assert bits(run.signal(name)) == bits(reals)


def _over(a: Decimal | int | None, b: Decimal | int | None, digits: int) -> Decimal | None:
    return None if a is None or b is None else quotient(Decimal(a), Decimal(b), digits)
