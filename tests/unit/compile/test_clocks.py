"""Times of sources in different zones do not meet in one formula."""

from __future__ import annotations

import pytest

from pmpo.compile.plan import compile_plan
from tests.compiling import moments
from tests.offices import charter, charter_text

SCHEMAS = {
    "items": {"sku": "text"},
    "sales": {"sku": "text", "at": "timestamp"},
    "returns": {"sku": "text", "at": "timestamp"},
}


def codes(formula: str, zone: str) -> list[str]:
    """The codes found for a formula over sales in New York and returns in `zone`."""
    append = "mode: append, time: at, lag: 1 day, join: {unit: sku}"
    text = charter_text(
        sources=f"""
            items: {{from: items.parquet, mode: snapshot}}
            sales: {{from: sales.parquet, tz: America/New_York, {append}}}
            returns: {{from: returns.parquet, tz: {zone}, {append}}}
        """,
        signals=f"""
            x: {{formula: "{formula}", source: sales, better: higher, value: {{0: 0, 9: 100}},
                missing: {{policy: exclude}}}}
        """,
    )
    plan = compile_plan(charter(text), SCHEMAS, moments("2024-03-04"))
    return [finding.code for finding in plan.findings if finding.severity == "error"]


@pytest.mark.parametrize(
    "formula",
    [
        "(AS_OF() - MAX(returns.at)) / DURATION('1 day')",
        "(MAX(sales.at) - MAX(returns.at)) / DURATION('1 day')",
    ],
)
def test_times_of_two_clocks_are_refused(formula: str) -> None:
    """The difference would be off by the zones' offset; on one clock it is a number."""
    assert codes(formula, "UTC") == ["formula/two-clocks"]
    assert codes(formula, "America/New_York") == []


def test_counts_of_two_clocks_meet_freely() -> None:
    """What is not a time has no clock."""
    formula = "TRAILING(COUNT(*), '1 week') / COUNT(returns.sku)"
    assert codes(formula, "UTC") == []
