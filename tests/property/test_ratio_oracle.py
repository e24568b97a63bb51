"""Scores that are ratios, with every policy and every fault, against exact fractions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.evaluate import evaluate
from pmpo.evaluate.explain import why
from pmpo.model.canonical import hash_table
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.ratio import Ratio
from pmpo.model.table import SourceGrade, Table
from pmpo.model.waiver import Substitute, Waiver
from tests.offices import charter, charter_text, moment

AS_OF = moment("2024-03-04")
SIGNALS = ("s0", "s1", "s2", "s3", "s4")
IMPUTED = Decimal("2.5")


@dataclass(frozen=True)
class Case:
    """A ratio, and the factors of some units."""

    ratio: Ratio
    precisions: dict[str, int]
    policies: dict[str, str]
    values: list[dict[str, float | None]]
    waivers: tuple[Waiver, ...] = ()

    def charter(self) -> Charter:
        """The charter; a signal that is no factor is not in it."""
        return charter(text_of(self.ratio, self.precisions, self.policies))

    def evaluated(self, rows: list[int] | None = None) -> Evaluation:
        """What PMPO says about all units, or some of them."""
        chosen = rows if rows is not None else range(len(self.values))
        columns: dict[str, Any] = {"key_sku": [f"u{i:02d}" for i in chosen]}
        for name in self.ratio.names:
            values = [self.values[i][name] for i in chosen]
            columns[f"signal_{name}"] = pa.array(values, pa.float64())
            held = [None if value is None else 0 for value in values]
            columns[f"held_{name}"] = pa.array(held, pa.int32())
        data = pa.table(columns)
        grades = dict.fromkeys(self.ratio.names, SourceGrade("A"))
        names = self.ratio.names
        table = Table(("sku",), (), names, data, hash_table(data), AS_OF, AS_OF, grades)
        return evaluate(self.charter(), table, None, self.waivers, threads=1)

    def expected(self, values: dict[str, float | None]) -> tuple[str, str, Decimal | None]:
        """Status, reason and score of one unit."""
        names = self.ratio.names
        missing = {n: self._policy(n) for n in sorted(names) if values[n] is None}
        for status, wanted in (("blocked", "block"), ("excluded", "exclude")):
            found = [n for n, policy in missing.items() if policy == wanted]
            if found:
                if status == "blocked":
                    return status, f"signals.{found[0]}.missing", None
                excluded = found[0]
                break
        else:
            excluded = ""
        filled = {n: values[n] if values[n] is not None else self._constant(n) for n in names}
        counted = {n: in_steps(x, self.precisions[n]) for n, x in filled.items()}
        for name in names:
            value = counted[name]
            if value is not None and (value < 0 or (value == 0 and name in self.ratio.dividing)):
                return "blocked", f"score.{name}", None
        if excluded:
            return "excluded", f"signals.{excluded}.missing", None
        if None in counted.values():
            return "blocked", "score", None
        score = quotient(self.ratio, {n: x for n, x in counted.items() if x is not None})
        return "ranked", "", rounded(score)

    def _policy(self, name: str) -> str:
        of_waivers = [w.policy for w in self.waivers if w.signal == name]
        policy = of_waivers[0] if of_waivers else self.policies[name]
        return policy if policy in ("impute", "exclude") else "block"

    def _constant(self, name: str) -> float | None:
        if self._policy(name) != "impute":
            return None
        of_waivers = [w.value for w in self.waivers if w.signal == name]
        return float((of_waivers[0] if of_waivers else IMPUTED) or 0)


def text_of(ratio: Ratio, precisions: dict[str, int], policies: dict[str, str]) -> str:
    """A charter that ranks by a ratio."""
    told = []
    for name in sorted(ratio.names):
        value = f", value: {IMPUTED}" if policies[name] == "impute" else ""
        told.append(
            f"{name}: {{formula: COUNT(*), source: items, precision: {precisions[name]}, "
            f"missing: {{policy: {policies[name]}{value}}}}}"
        )
    text = charter_text(
        sources="items: {from: items.parquet, mode: snapshot}", signals="\n".join(told)
    )
    written = ratio.written()
    bare = not ratio.below and len(ratio.above) == 1 and len(ratio.above[0]) > 1
    return (
        text[: text.index("axes:")] + f"score: {{formula: {f'({written})' if bare else written}}}"
    )


# The oracle -----------------------------------------------------------------------------------


def in_steps(x: float | None, precision: int) -> Fraction | None:
    """A value rounded to its precision, halves up; None where a double would lose digits."""
    if x is None or abs(x) > float(Decimal(2**53).scaleb(-precision)):
        return None
    return Fraction(math.floor(x * 10.0**precision + 0.5), 10**precision)


def quotient(ratio: Ratio, values: dict[str, Fraction]) -> Fraction:
    """The ratio itself."""
    result = Fraction(1)
    for names in ratio.above:
        result *= sum(values[name] for name in names)
    for names in ratio.below:
        result /= sum(values[name] for name in names)
    return result


def rounded(score: Fraction) -> Decimal:
    """Twelve digits after the point, halves up."""
    return Decimal(math.floor(score * 10**12 + Fraction(1, 2))).scaleb(-12)


# Generated cases ------------------------------------------------------------------------------

VALUES = st.one_of(
    st.none(),
    st.integers(0, 1_000).map(float),
    st.integers(0, 10**7).map(lambda n: n / 1_000),
    st.sampled_from([0.0, -0.0, -1.0, 0.0005, 0.00049999, 1e-9, -1e-9, 1e300, -1e300, 1 / 3]),
)


@st.composite
def waivers(draw: st.DrawFn, name: str) -> Waiver:
    """A waiver for all units, also with policies that mean nothing in a ratio."""
    policy: Substitute = draw(st.sampled_from(get_args(Substitute)))
    value = draw(st.sampled_from([Decimal(0), Decimal(-1), Decimal("0.25")]))
    return Waiver(
        id="w-1",
        signal=name,
        policy=policy,
        because="late",
        approver="lead",
        expires=date(2025, 1, 1),
        value=value if policy == "impute" else None,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Up to five factors anywhere in a ratio, and a dozen units."""
    names = draw(st.permutations(SIGNALS))[: draw(st.integers(1, 5))]
    sums, rest = [], names
    while rest:
        size = draw(st.integers(1, len(rest)))
        sums.append(tuple(rest[:size]))
        rest = rest[size:]
    above = draw(st.integers(1, len(sums)))
    ratio = Ratio(tuple(sums[:above]), tuple(sums[above:]))
    precisions = {name: draw(st.integers(0, 3)) for name in names}
    policies = {name: draw(st.sampled_from(["block", "exclude", "impute"])) for name in names}
    unit = st.fixed_dictionaries(dict.fromkeys(names, VALUES))
    values = draw(st.lists(unit, min_size=1, max_size=12))
    waived = draw(st.booleans())
    return Case(ratio, precisions, policies, values, (draw(waivers(names[0])),) if waived else ())


@settings(max_examples=50)
@given(cases())
def test_ratios_are_exact_fractions_rounded_once(case: Case) -> None:
    """Status, reason, score, rank and what `why` says equal an oracle of fractions."""
    evaluation = case.evaluated()
    rows = evaluation.results.to_pylist()
    scores = {}
    for row, values in zip(rows, case.values, strict=True):
        status, reason, score = case.expected(values)
        assert (row["status"], row["reason"], row["score"]) == (status, reason, score)
        if score is not None:
            scores[row["key_sku"]] = score
        told = why(case.charter(), evaluation, row["key_sku"]).ratio
        assert told is not None
        assert told.exact == (score is not None and _is_exact(case, row))
        assert [factor.signal for factor in told.factors] == list(case.ratio.names)
        assert told.numbers == case.ratio.written(_number(row))
    order = sorted(scores, key=lambda unit: (-scores[unit], unit))
    assert {row["key_sku"]: row["rank"] for row in rows if row["rank"]} == {
        unit: i for i, unit in enumerate(order, start=1)
    }


def _is_exact(case: Case, row: dict[str, Any]) -> bool:
    values = {name: Fraction(row[f"factor_{name}"]) for name in case.ratio.names}
    return quotient(case.ratio, values) == Fraction(row["score"])


def _number(row: dict[str, Any]) -> Any:
    def told(name: str) -> str:
        value = row[f"factor_{name}"]
        if value is None:
            return "missing"
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    return told


@settings(max_examples=10)
@given(cases(), st.randoms(use_true_random=False))
def test_a_ratio_does_not_depend_on_who_else_is_there(case: Case, random: Any) -> None:
    """A unit has the same score when others are gone."""
    whole = {row["key_sku"]: row["score"] for row in case.evaluated().results.to_pylist()}
    some = sorted(random.sample(range(len(case.values)), random.randint(1, len(case.values))))
    part = {row["key_sku"]: row["score"] for row in case.evaluated(some).results.to_pylist()}
    assert part == {unit: whole[unit] for unit in part}


LARGE = {"s0": 9_007_199_254.740992, "s1": 9_007_199_254.740992, "s2": 9e9, "s3": 0.000001}


def test_numbers_too_large_for_exact_arithmetic_block_and_never_overflow() -> None:
    """Products beyond 38 digits and scores beyond 13 are told, one unit at a time."""
    precisions, policies = dict.fromkeys(SIGNALS, 6), dict.fromkeys(SIGNALS, "block")
    product = Ratio((("s0",), ("s1",), ("s2",)))
    quotient_ = Ratio((("s0",),), (("s3",),))
    small: dict[str, float | None] = dict.fromkeys(SIGNALS, 2.0)
    for ratio, wanted in ((product, 8), (quotient_, 1)):
        case = Case(ratio, precisions, policies, [dict(LARGE), small])
        large, fine = case.evaluated().results.to_pylist()
        assert (large["status"], large["reason"], large["score"]) == ("blocked", "score", None)
        assert (fine["status"], fine["score"]) == ("ranked", Decimal(wanted))


def test_scores_may_be_large() -> None:
    """A score of thirteen digits before the point keeps all twelve behind it."""
    case = Case(
        Ratio((("s0",),), (("s1",),)),
        {"s0": 0, "s1": 0},
        {"s0": "block", "s1": "block"},
        [{"s0": 9_000_000_000_001.0, "s1": 3.0}, {"s0": 9_007_199_254_740_992.0, "s1": 901.0}],
    )
    found = [row["score"] for row in case.evaluated().results.to_pylist()]
    assert found == [
        Decimal("3000000000000.333333333333"),
        rounded(Fraction(9_007_199_254_740_992, 901)),
    ]
