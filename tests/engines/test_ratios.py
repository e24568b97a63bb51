"""Scores that are ratios are the same bits on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from pmpo.compile import types
from pmpo.evaluate.score import MEASURED, Scoring, score_sql
from pmpo.model.ratio import Ratio, parse_ratio
from tests.engines.engine import in_bits
from tests.engines.test_plans import dialect
from tests.offices import charter
from tests.property.test_ratio_oracle import AS_OF, Case, in_steps, quotient, rounded, text_of

if TYPE_CHECKING:
    from tests.engines.engine import Engine

ROWS = 2_000
SIGNALS = ("s0", "s1", "s2", "s3")
POLICIES = {"s0": "block", "s1": "exclude", "s2": "impute", "s3": "exclude"}
# As precise as may be, with raised sums, without a divisor, and with a product of divisors.
RATIOS = {
    "(s0 + s1 + s2) / s3": {"s0": 6, "s1": 2, "s2": 0, "s3": 12},
    "s0 * s1 * s2 / s3": {"s0": 12, "s1": 6, "s2": 6, "s3": 6},
    "s0 * s1 * s2": {"s0": 8, "s1": 8, "s2": 8},
    "s0 / ((s1 + s2) * s3)": {"s0": 0, "s1": 6, "s2": 3, "s3": 6},
}


def value(i: int, j: int) -> float | None:
    """Small, large, tiny, zero, negative and missing values."""
    if i % 11 == j:
        return None
    scale = (1e-3, 0.1, 1.0, 1.0, 10.0, 30.0, 1e9, 1e300)[
        (i // 7 + 3 * j) % (8 if i % 5 == 0 else 6)
    ]
    return ((i * (7 + j)) % 1301 - 20) / 7 * scale


def table() -> pa.Table:
    """Units with factors of every size."""
    columns: dict[str, pa.Array] = {"key_sku": pa.array([f"u{i:05d}" for i in range(ROWS)])}
    for j, name in enumerate(SIGNALS):
        values = [value(i, j) for i in range(ROWS)]
        columns[f"signal_{name}"] = pa.array(values, pa.float64())
        held = [None if one is None else 0 for one in values]
        columns[f"held_{name}"] = pa.array(held, pa.int32())
    return pa.table(columns)


def test_ratios_give_the_same_bits_on_every_engine(engines: list[Engine]) -> None:
    """Status, reason, score, factors and ranks agree in all cells, up to the last digit."""
    measured = table()
    columns = {name: types.REAL for name in measured.column_names if name.startswith("signal_")}
    columns |= {"key_sku": types.TEXT}
    for engine in engines:
        engine.load(MEASURED, measured)
    for text, precisions in RATIOS.items():
        ratio = parse_ratio(text)
        read = charter(text_of(ratio, precisions, POLICIES))
        grades = dict.fromkeys(ratio.names, 0)
        found = [
            in_bits(engine.query(score_sql(Scoring(read, columns, grades, AS_OF, dialect(engine)))))
            for engine in engines
        ]
        assert len(found[0]) == ROWS
        assert all(other == found[0] for other in found[1:]), text
        _has_all_kinds(ratio, precisions)


def _has_all_kinds(ratio: Ratio, precisions: dict[str, int]) -> None:
    """The table holds ranked units with many digits, and units under every rule."""
    rows = [{name: value(i, j) for j, name in enumerate(SIGNALS)} for i in range(ROWS)]
    case = Case(ratio, precisions, POLICIES, rows)
    results = case.evaluated().results.to_pylist()
    reasons = {row["reason"] for row in results}
    assert {"", "score", *(f"score.{name}" for name in ratio.names)} <= reasons
    scores = [row["score"] for row in results if row["score"] is not None]
    assert len(scores) > ROWS // 10
    assert max(scores) > 10**4
    for row, values in zip(results, rows, strict=True):
        known = {n: in_steps(values[n], precisions[n]) for n in ratio.names}
        if row["score"] is not None and None not in known.values():
            exact = quotient(ratio, {n: x for n, x in known.items() if x is not None})
            assert row["score"] == rounded(exact)
