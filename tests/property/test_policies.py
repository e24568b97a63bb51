"""Every missing-data policy, with waivers, against plain Python in whole numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.evaluate import evaluate
from pmpo.model.canonical import hash_table
from pmpo.model.evaluation import Evaluation
from pmpo.model.table import Table
from pmpo.model.waiver import Waiver
from tests.offices import charter, charter_text, moment

AS_OF = moment("2024-03-04")
UNITS = ("a", "b", "c", "d/e")
MILLION = 1_000_000
POLICIES = ("worst", "range", "impute", "redistribute", "exclude", "block")
SIGNALS = ("s0", "s1", "s2", "s3")
# Two axes whose weights do not divide evenly, one of a single signal.
AXES = {"main": (70, {"s0": 33, "s1": 33, "s2": 34}), "side": (30, {"s3": 100})}
# Worth falls for s1; nothing is worth 0 or 100 for s2.
ANCHORS = {
    "s0": ((0, 0), (10, 100)),
    "s1": ((0, 100), (10, 0)),
    "s2": ((0, 20), (10, 70)),
    "s3": ((0, 0), (10, 100)),
}
IMPUTED = 3


def text_of(policies: dict[str, str]) -> str:
    """A charter with one policy per signal."""
    told = []
    for name in SIGNALS:
        anchors = ", ".join(f"{at}: {worth}" for at, worth in ANCHORS[name])
        better = "lower" if name == "s1" else "higher"
        value = f", value: {IMPUTED}" if policies[name] == "impute" else ""
        told.append(
            f"{name}: {{formula: COUNT(*), source: items, better: {better}, "
            f"value: {{{anchors}}}, missing: {{policy: {policies[name]}{value}}}}}"
        )
    axes = "\n".join(
        f"{axis}: {{weight: {weight}, signals: "
        f"{{{', '.join(f'{s}: {w}' for s, w in own.items())}}}}}"
        for axis, (weight, own) in AXES.items()
    )
    band = "bands:\n  level: {signal: s0, edges: [5], labels: [low, high], missing: unknown}"
    return charter_text(
        sources="items: {from: items.parquet, mode: snapshot}",
        signals="\n".join(told),
        axes=axes,
        more=band,
    )


def evaluated(
    policies: dict[str, str], values: dict[str, list[int | None]], waivers: list[Waiver]
) -> Evaluation:
    """What PMPO says about measured values, in the order of UNITS."""
    columns: dict[str, Any] = {"key_sku": list(UNITS)}
    for name in SIGNALS:
        columns[f"signal_{name}"] = pa.array(values[name], pa.float64())
        held = [None if value is None else 0 for value in values[name]]
        columns[f"held_{name}"] = pa.array(held, pa.int32())
    data = pa.table(columns)
    table = Table(("sku",), (), SIGNALS, data, hash_table(data), AS_OF, AS_OF)
    return evaluate(charter(text_of(policies)), table, None, waivers, threads=1)


# The oracle -----------------------------------------------------------------------------------


def utility(name: str, x: int) -> int:
    """Micro-units by integer interpolation from the anchor on the left."""
    (x0, u0), (x1, u1) = ANCHORS[name]
    if x <= x0:
        return u0 * MILLION
    if x >= x1:
        return u1 * MILLION
    step = (x - x0) * MILLION * abs(u1 - u0) * MILLION // ((x1 - x0) * MILLION)
    return u0 * MILLION + (step if u1 > u0 else -step)


def apportioned(shares: dict[str, Fraction], total: int) -> dict[str, int]:
    """Whole parts, then one each to the largest remainders, first come first."""
    whole = {name: int(share * total) for name, share in shares.items()}
    rests = sorted(shares, key=lambda name: whole[name] - shares[name] * total)
    for name in rests[: total - sum(whole.values())]:
        whole[name] += 1
    return whole


FIXED = apportioned(
    {
        s: Fraction(weight * own, 10_000)
        for weight, part in AXES.values()
        for s, own in part.items()
    },
    MILLION,
)


def expected(policies: dict[str, str], values: dict[str, int | None]) -> dict[str, Any]:
    """Status, points and interval of one unit."""
    missing = [name for name in SIGNALS if values[name] is None]
    for status, word in (("blocked", "block"), ("excluded", "exclude")):
        if any(policies[name] == word for name in missing):
            return {"status": status}
        if status == "blocked":
            dropped = {name for name in missing if policies[name] == "redistribute"}
            if any(set(part) <= dropped for _, part in AXES.values()):
                return {"status": "blocked"}
    triples = {}
    for name in SIGNALS:
        x = IMPUTED if policies[name] == "impute" and name in missing else values[name]
        worths = [worth * MILLION for _, worth in ANCHORS[name]]
        if x is not None:
            triples[name] = (utility(name, x),) * 3
        elif policies[name] == "worst":
            triples[name] = (min(worths),) * 3
        elif policies[name] == "range":
            triples[name] = (min(worths), sum(worths) // 2, max(worths))
    weights: dict[str, int] = {}
    for _, part in AXES.values():
        taking_part = {name: FIXED[name] for name in part if name in triples}
        whole = sum(taking_part.values())
        shares = {name: Fraction(weight, whole) for name, weight in taking_part.items()}
        weights |= apportioned(shares, sum(FIXED[name] for name in part))
    low, mid, high = (sum(weights[name] * triples[name][i] for name in triples) for i in range(3))
    return {"status": "ranked", "score": mid, "low": low, "high": high, "weights": weights}


def scaled(points: int) -> Decimal:
    """Whole 10⁻¹² as a decimal."""
    return Decimal(points).scaleb(-12)


def assert_agrees(
    evaluation: Evaluation, by_unit: list[dict[str, str]], values: dict[str, list[int | None]]
) -> None:
    """Every unit has the status, score, interval and grade that plain Python gives it."""
    for i, row in enumerate(evaluation.results.to_pylist()):
        own = {name: values[name][i] for name in SIGNALS}
        wanted = expected(by_unit[i], own)
        assert row["status"] == wanted["status"], (by_unit[i], own)
        assert row["quality"] == ("D" if None in own.values() else "A")
        if wanted["status"] != "ranked":
            assert row["score"] is None
            continue
        assert row["score"] == scaled(wanted["score"])
        assert row["score"] == sum(row[f"points_{name}"] for name in SIGNALS)
        assert row["score"] == sum(row[f"axis_{axis}"] for axis in AXES)
        if "score_low" in row:
            assert (row["score_low"], row["score_high"]) == (
                scaled(wanted["low"]),
                scaled(wanted["high"]),
            )
        else:
            assert wanted["low"] == wanted["high"] == wanted["score"]
        for name, weight in wanted["weights"].items():
            assert row.get(f"weight_{name}", FIXED[name]) == weight


# Properties -----------------------------------------------------------------------------------

VALUES = st.fixed_dictionaries(
    {name: st.lists(st.none() | st.integers(-2, 12), min_size=4, max_size=4) for name in SIGNALS}
)
CHOSEN = st.fixed_dictionaries({name: st.sampled_from(POLICIES) for name in SIGNALS})


@settings(max_examples=40)
@given(CHOSEN, VALUES)
def test_policies_do_what_they_say(
    policies: dict[str, str], values: dict[str, list[int | None]]
) -> None:
    """Score, weights, interval, status and grade equal the oracle's, whatever is missing."""
    assert_agrees(evaluated(policies, values, []), [policies] * len(UNITS), values)


@settings(max_examples=40)
@given(
    CHOSEN,
    VALUES,
    st.lists(
        st.tuples(
            st.sampled_from(SIGNALS), st.sampled_from(POLICIES), st.sets(st.sampled_from(UNITS))
        ),
        max_size=4,
    ),
)
def test_waivers_change_the_policy_of_their_units_until_they_expire(
    policies: dict[str, str],
    values: dict[str, list[int | None]],
    wanted: list[tuple[str, Any, set[str]]],
) -> None:
    """The first waiver by id that names signal and unit holds; one that has expired does not."""
    waivers = [
        Waiver(
            id=f"w-{i}",
            signal=name,
            policy=policy,
            because="the feed is late",
            approver="lead",
            expires=date(2024, 3, 5),
            units=tuple(sorted(units)),
            value=Decimal(IMPUTED) if policy == "impute" else None,
        )
        for i, (name, policy, units) in enumerate(wanted)
    ]
    by_unit = []
    for unit in UNITS:
        own = dict(policies)
        for waiver in reversed(waivers):
            if not waiver.units or unit in waiver.units:
                own[waiver.signal] = waiver.policy
        by_unit.append(own)
    evaluation = evaluated(policies, values, waivers)
    assert_agrees(evaluation, by_unit, values)
    expired = [
        Waiver(**{f: getattr(w, f) for f in Waiver.__slots__} | {"expires": AS_OF.date()})
        for w in waivers
    ]
    plain = evaluated(policies, values, [])
    assert evaluated(policies, values, expired).id == plain.id
    if waivers:
        assert evaluation.id != plain.id


@settings(max_examples=40)
@given(
    st.sampled_from(["worst", "range"]),
    VALUES,
    st.sampled_from(SIGNALS),
    st.integers(-2, 12),
)
def test_a_missing_value_never_counts_for_more_than_a_measured_one_could(
    policy: str, values: dict[str, list[int | None]], name: str, measured: int
) -> None:
    """`worst` is never above any measured value, and the interval of `range` holds all of them."""
    policies = dict.fromkeys(SIGNALS, policy)
    absent = values | {name: [None] * 4}
    present = values | {name: [measured] * 4}
    missing = evaluated(policies, absent, []).results.to_pylist()
    known = evaluated(policies, present, []).results.to_pylist()
    for gone, there in zip(missing, known, strict=True):
        if policy == "worst":
            assert gone["score"] <= there["score"]
        else:
            assert gone["score_low"] <= there["score_low"]
            assert there["score_high"] <= gone["score_high"]
        assert gone["quality"] == "D"


def test_an_imputed_constant_is_banded_like_a_measured_one() -> None:
    """`impute` fills value function and band; other policies leave the band's missing label."""
    values: dict[str, list[int | None]] = {name: [None, 7, 3, 5] for name in SIGNALS}
    bands = {}
    for policy in ("impute", "worst"):
        policies = dict.fromkeys(SIGNALS, policy)
        bands[policy] = evaluated(policies, values, []).results["band_level"].to_pylist()
    assert bands["impute"] == ["low", "high", "low", "high"]
    assert bands["worst"] == ["unknown", "high", "low", "high"]
