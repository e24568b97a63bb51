"""Shares among all units against a sorted list; what rests on them is labelled."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.evaluate.explain import why
from tests.offices import Office, charter_text
from tests.unit.compile.formulas import findings_of, plan_with

if TYPE_CHECKING:
    import pytest

SOURCES = """\
items: {from: items.parquet, mode: snapshot}
facts: {from: facts.parquet, key: [sku], time: at, known_at: at, tz: UTC, join: {unit: sku}}
"""
SIGNALS = """\
size: {formula: SUM(v), source: facts, precision: 1}
share: {formula: CUM_SHARE(size), precision: 12}
place: {formula: RANK_SHARE(size), precision: 12}
x: {formula: share * 2, better: higher, value: {0: 0, 2: 100}, missing: {policy: exclude}}
"""
VALUES = st.dictionaries(
    st.sampled_from([f"u{i:02d}" for i in range(30)] + ["é", "Z", "z"]),
    st.one_of(st.none(), st.integers(-50, 300).map(lambda n: Decimal(n) / 20)),
    min_size=1,
)


@settings(max_examples=40)
@given(VALUES)
def test_shares_are_those_of_a_sorted_list(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Decimal | None]
) -> None:
    """The largest first, equal ones by key, nothing below zero; in tenths, as the precision is."""
    office = Office(tmp_path_factory.mktemp("office"))
    office.write("items", {"sku": [*values, "unseen"]})
    schema = pa.schema({"sku": pa.string(), "at": pa.timestamp("us"), "v": pa.decimal128(8, 2)})
    rows = [{"sku": sku, "at": datetime(2024, 1, 1), "v": v} for sku, v in values.items()]
    office.write("facts", pa.Table.from_pylist(rows, schema))
    run = office.run(charter_text(sources=SOURCES, signals=SIGNALS), "2024-02-01")
    size = run.signal("size")
    tenths = {unit: round(value * 10) for unit, value in size.items() if value is not None}
    order = sorted(tenths, key=lambda unit: (-tenths[unit], unit))
    total = sum(max(0, tenth) for tenth in tenths.values())
    so_far = 0
    shares, places = dict.fromkeys(size), dict.fromkeys(size)
    for rank, unit in enumerate(order, 1):
        so_far += max(0, tenths[unit])
        shares[unit] = round(float(so_far) / float(total), 12) if total else None
        places[unit] = round(float(rank) / float(len(order)), 12)
    assert {
        unit: value and round(value, 12) for unit, value in run.signal("share").items()
    } == shares
    assert {
        unit: value and round(value, 12) for unit, value in run.signal("place").items()
    } == places
    explained = why(run.charter, run.evaluation, next(iter(values)))
    assert [item.set_dependent for item in explained.contributions] == [True]


def test_what_rests_on_all_units_says_so() -> None:
    """`check` tells of it, lineage names the signal, and so do signals that refer to it."""
    (found,) = findings_of("CUM_SHARE(turnover) * 100")
    assert (found.code, found.severity) == ("signal/set-dependent", "note")
    plan = plan_with("share + 1", {"share": "RANK_SHARE(turnover)"})
    assert plan.lineage["asked"].across == plan.lineage["share"].across == ("turnover",)
    assert plan.lineage["turnover"].across == ()
