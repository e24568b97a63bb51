"""One small program for tests of formulas: its sources, and what is said about a formula in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pmpo.compile.plan import compile_plan
from pmpo.diagnostics import Span
from pmpo.model.charter import Places
from tests.compiling import charter_in, moments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pmpo.compile.plan import Plan
    from pmpo.diagnostics import Diagnostic
    from pmpo.sql import Dialect

WHEN = moments("2024-03-04")
CHARTER = charter_in(Path(__file__).parent / "formulas.yaml")
SCHEMAS = {
    "shops": {"shop": "text", "region": "text", "level": "integer"},
    "sales": {
        "shop": "text",
        "sold_at": "timestamp",
        "day": "date",
        "qty": "integer",
        "price": "decimal(12,2)",
        "cost": "decimal(30,10)",
        "rate": "double",
        "note": "text",
        "flag": "boolean",
        "Net": "decimal(12,2)",
        "order": "integer",
        "ended": "timestamp",
    },
    "visits": {"shop": "text", "visitor": "text", "seconds": "integer"},
    "forecast": {"shop": "text", "week": "date", "made_at": "timestamp", "pieces": "integer"},
}


def plan_with(
    formula: str, others: Mapping[str, str] | None = None, dialect: Dialect = "duckdb"
) -> Plan:
    """The plan of the program with a signal `asked` of this formula, and other signals."""
    signals = dict(CHARTER.signals)
    for name, text in {**(others or {}), "asked": formula}.items():
        signals[name] = replace(CHARTER.signals["turnover"], name=name, formula=text)
    lines = formula.split("\n")
    whole = Span("charter.yaml", 1, 1, len(lines), len(lines[-1]) + 1)
    places = Places(text=formula, values={"signals.asked.formula": whole})
    charter = replace(CHARTER, signals=signals, places=places)
    return compile_plan(charter, SCHEMAS, WHEN, dialect)


def findings_of(formula: str, others: Mapping[str, str] | None = None) -> list[Diagnostic]:
    """What is said about a formula."""
    return [f for f in plan_with(formula, others).findings if f.path == "signals.asked.formula"]


def told(formula: str) -> str:
    """A formula and what is said about it, with carets under the place."""
    lines = [formula]
    for finding in findings_of(formula):
        span = finding.span
        assert span is not None
        carets = "^" * (span.end_column - span.column) if span.end_line == span.line else ""
        label = f" {finding.label}" if finding.label else ""
        lines.append(" " * (span.column - 1) + carets + label)
        lines.append(f"  {finding.severity} {finding.code}: {finding.message}")
        lines += [f"    note: {finding.note}"] * bool(finding.note)
        lines += [f"    help: {finding.help}"] * bool(finding.help)
    return "\n".join(lines) + "\n"
