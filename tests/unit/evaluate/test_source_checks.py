"""What the source checks find: each kind, its severity, its example, and the grade that follows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from pmpo.diagnostics import Diagnostic, PmpoError
from tests.offices import Office, Run, charter_text

if TYPE_CHECKING:
    from pathlib import Path

X = "x: {formula: SUM(amount), source: sales, better: higher, value: {0: 0, 10: 100}}"
AS_OF = "2024-02-01"
ROWS: dict[str, list[Any]] = {
    "sku": ["a", "a", "b", "b"],
    "at": [datetime(2024, 1, day) for day in (2, 3, 4, 5)],
    "amount": ["1.50", "-2", "3", None],
    "kind": ["web", "shop", "fax", None],
}


def run(
    base: Path, more: str, *, rows: dict[str, list[Any]] | None = None, signals: str = X
) -> Run:
    """Measure sales that say `more` about themselves."""
    office = Office(base)
    office.write("items", {"sku": ["a", "b"]})
    office.write("sales", ROWS if rows is None else rows)
    sources = """\
items: {from: items.parquet, mode: snapshot}
sales:
  from: sales.parquet
  time: at
  known_at: none
  tz: UTC
  join: {items: sku}
"""
    more = "\n".join("  " + line for line in more.strip().splitlines())
    return office.run(charter_text(sources=sources + more, signals=signals), AS_OF)


def stopped(base: Path, more: str, **named: Any) -> tuple[Diagnostic, ...]:
    """The findings with which a run stops."""
    with pytest.raises(PmpoError) as caught:
        run(base, more, **named)
    return caught.value.findings


TYPED = "columns: {amount: 'decimal(12,2)'}\n"
CHECKS = [
    ("{not_null: [amount]}", "1 row"),
    ("{unique: [sku]}", "2 rows"),
    ("{range: {amount: [0, 2]}}", "2 rows"),
    ("{range: {amount: [0, null]}}", "1 row"),
    ("{values: {kind: [web, shop]}}", "1 row"),
    ("{holds: amount <> 3}", "1 row"),
    ("{rows: [5, null]}", "4 rows; at least 5"),
    ("{rows: [null, 3]}", "4 rows; at most 3"),
]


@pytest.mark.parametrize(("check", "told"), CHECKS, ids=[check for check, _ in CHECKS])
def test_a_broken_check_stops_the_run(tmp_path: Path, check: str, told: str) -> None:
    """Each kind of check is refused with how many rows break it, at its place in the charter."""
    findings = stopped(tmp_path, f"{TYPED}checks: [{check}]")
    assert [(f.code, f.severity, f.path) for f in findings] == [
        ("source/check-failed", "error", "sources.sales.checks.0")
    ]
    assert told in findings[0].message


@pytest.mark.parametrize("check", [check for check, _ in CHECKS])
def test_a_check_that_only_warns_lowers_the_grade(tmp_path: Path, check: str) -> None:
    """The run goes on; the reason stands in the source's grade and so in the table's hash."""
    warning = check[:-1] + ", severity: warn}"
    done = run(tmp_path, f"{TYPED}checks: [{warning}]")
    assert [(f.code, f.severity) for f in done.inspection.findings] == [
        ("source/check-failed", "warning")
    ]
    grade = done.inspection.facts["sales"].grade
    assert grade.grade == "C"
    assert done.inspection.findings[0].message in grade.reasons


def test_checks_that_hold_say_nothing(tmp_path: Path) -> None:
    """A missing value breaks neither a range, nor a list of values, nor a condition."""
    kept = [
        "{not_null: [sku, at]}",
        "{unique: [sku, at]}",
        "{range: {amount: [-2, 3]}}",
        "{values: {kind: [web, shop, fax]}}",
        "{holds: amount < 4}",
        "{rows: [4, 4]}",
    ]
    assert run(tmp_path, f"{TYPED}checks: [{', '.join(kept)}]").codes == []


def test_all_broken_checks_are_reported_at_once(tmp_path: Path) -> None:
    """One run shows everything that is wrong with the rows."""
    findings = stopped(tmp_path, f"{TYPED}checks: [{', '.join(check for check, _ in CHECKS)}]")
    assert len(findings) == len(CHECKS)


def test_text_in_a_number_column_is_shown_with_an_example(tmp_path: Path) -> None:
    """The count and one such text; nothing is read as zero."""
    rows = {**ROWS, "amount": ["1.50", "n/a", "n/a", "2"]}
    findings = stopped(tmp_path, TYPED, rows=rows)
    assert [(f.code, f.severity) for f in findings] == [("source/wrong-type", "error")]
    assert "2 values" in findings[0].message
    assert "n/a" in findings[0].message + findings[0].note


def test_null_texts_are_missing_values(tmp_path: Path) -> None:
    """A text that the charter declares as missing is no wrong type and adds nothing."""
    rows = {**ROWS, "amount": ["1.50", "n/a", "?", "2"]}
    more = "columns: {amount: {type: 'decimal(12,2)', null: ['n/a', '?']}}"
    assert run(tmp_path, more, rows=rows).signal("x") == {"a": 1.5, "b": 2.0}


@pytest.mark.parametrize("value", ["1.5", "1e3", "12x", "99999999999999999999"])
def test_a_fraction_is_no_whole_number(tmp_path: Path, value: str) -> None:
    """Text that is not a whole number is refused, not rounded."""
    rows = {**ROWS, "amount": ["1", value, "2", "3"]}
    assert [f.code for f in stopped(tmp_path, "columns: {amount: integer}", rows=rows)] == [
        "source/wrong-type"
    ]


def test_a_floating_point_column_needs_its_digits(tmp_path: Path) -> None:
    """Without a declared scale a sum of doubles would depend on the order of rows."""
    rows = {**ROWS, "amount": [0.1, 0.2, 0.3, None]}
    assert [f.code for f in stopped(tmp_path, "", rows=rows)] == ["formula/inexact"]
    assert run(tmp_path, TYPED, rows=rows).signal("x") == {"a": 0.3, "b": 0.3}


def test_derived_columns_and_where_shape_the_rows(tmp_path: Path) -> None:
    """A derived column may use another one, and `where` drops rows before anything is counted."""
    more = f"""
{TYPED.strip()}
derive: {{twice: amount * 2, more: twice + 1}}
where: more > -2 AND kind IS NOT NULL
"""
    signals = X.replace("SUM(amount)", "SUM(more)")
    done = run(tmp_path, more, signals=signals)
    assert done.signal("x") == {"a": 4.0, "b": 7.0}
    assert done.inspection.facts["sales"].rows == 2


@pytest.mark.parametrize(
    ("limit", "late"), [("27 days", False), ("26 days", True), ("1 month", False)]
)
def test_a_source_whose_newest_row_is_old_is_late(tmp_path: Path, limit: str, late: bool) -> None:
    """Freshness is measured on the source's clock, counts as a warning and lowers the grade."""
    done = run(tmp_path, f"{TYPED}refresh: {{every: 1 day, late_after: {limit}}}")
    assert done.codes == (["source/late"] if late else [])
    assert done.inspection.facts["sales"].latest == datetime(2024, 1, 5)


@pytest.mark.parametrize(
    ("known", "grade"),
    [("known_at: loaded", "A"), ("lag: 2 days", "B"), ("known_at: none", "C")],
)
def test_the_grade_says_how_well_knowledge_is_known(tmp_path: Path, known: str, grade: str) -> None:
    """Recorded load times beat a stated lag, and a lag beats not knowing."""
    office = Office(tmp_path)
    office.write("items", {"sku": ["a", "b"]})
    office.write("sales", {**ROWS, "loaded": ROWS["at"]})
    sources = f"""\
items: {{from: items.parquet, mode: snapshot}}
sales:
  from: sales.parquet
  time: at
  {known}
  tz: UTC
  join: {{items: sku}}
  {TYPED}"""
    done = office.run(charter_text(sources=sources, signals=X), AS_OF)
    assert done.table.grades["x"].grade == grade
    assert done.result("quality") == {"a": grade, "b": grade}
    assert bool(done.table.grades["x"].reasons) == (grade != "A")


def test_a_text_from_after_the_cuts_stops_nothing(tmp_path: Path) -> None:
    """What is wrong in rows that were not known then is no finding then, and changes no bit."""
    text = charter_text(
        sources="""
            items: {from: items.parquet, mode: snapshot}
            sales:
              from: sales.csv
              time: at
              tz: UTC
              lag: 1 day
              columns: {at: timestamp, n: integer}
              join: {unit: sku}
        """,
        signals="""
            x: {formula: SUM(n), source: sales, better: higher, value: {0: 0, 9: 100},
                missing: {policy: exclude}}
        """,
    )
    office = Office(tmp_path)
    office.write("items", {"sku": ["a"]})
    sales = tmp_path / "sales.csv"
    sales.write_text("sku,at,n\na,2024-01-01,1\n")
    truncated = office.run(text, "2024-02-01")
    sales.write_text("sku,at,n\na,2024-01-01,1\na,2024-06-01,oops\n")
    full = office.run(text, "2024-02-01")
    assert full.identity == truncated.identity
    assert full.codes == truncated.codes
    with pytest.raises(PmpoError) as stopped:
        office.run(text, "2024-07-01")
    assert "source/wrong-type" in [finding.code for finding in stopped.value.findings]
    sales.write_text("sku,at,n\na,2024-01-01,1\na,someday,2\n")
    with pytest.raises(PmpoError, match="source/wrong-type"):
        office.run(text, "2024-02-01")
