"""Cases of tables that look at texts, dates and conditions of the unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pmpo import Office
from pmpo.diagnostics import CharterError

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.assure.testing import Report

CHARTER = """\
charter: 1
program: trial
purpose: {statement: Order what runs out.}
owner: lead
refresh: {every: 1 week}
unit: {name: item, source: items, key: [item]}
sources:
  items:
    from: items.csv
    mode: snapshot
    captured: 2024-01-01
    columns: {stock: integer, since: date, listed: boolean, grade: text}
signals:
  stock:
    formula: MAX(stock)
    source: items
    precision: 0
    better: lower
    value: {0: 100, 10: 0}
    missing: {policy: exclude}
axes:
  need: {weight: 100, signals: {stock: 100}}
tables:
  action:
    inputs: [since, listed, grade]
    missing: {since: unknown, listed: unclear, grade: none}
    hit: COLLECT
    aggregate: SUM
    outputs: [points]
    rules:
      - {id: A, when: ['< date("1900-01-01")', '-', '-'], then: [1]}
      - {id: B, when: ['>= "2024-01-31"', '-', 'not("size 5 kg","12")'], then: [2]}
      - {id: C, when: ['-', 'true', '-'], then: [4]}
      - {id: D, when: ['"unknown"', '"unclear"', '"none"'], then: [8]}
"""


def ran(folder: Path, cases: str) -> Report:
    """The report of some cases."""
    program = folder / "programs" / "trial"
    program.mkdir(parents=True, exist_ok=True)
    (folder / "items.csv").write_text("item,stock,since,listed,grade\na,1,2024-01-01,true,x\n")
    (program / "charter.yaml").write_text(CHARTER, encoding="utf-8")
    (program / "tests.yaml").write_text(f"tests: 1\ncases:\n{cases}", encoding="utf-8")
    return Office(folder).test().report


def test_columns_have_the_types_of_the_data(tmp_path: Path) -> None:
    """A column of which no case says a value is still a date, a condition or a text."""
    cases = (
        "  - {name: nothing known, signals: {stock: 1}, expect: {outcome: '8'}}\n"
        "  - {name: a number, signals: {stock: 1}, unit: {grade: 12}, expect: {outcome: '0'}}\n"
    )
    assert ran(tmp_path, cases).failed == 0


def test_rules_that_decide_together_are_covered(tmp_path: Path) -> None:
    """Every rule that a case collects counts, not only the first."""
    case = (
        "  - {name: a, signals: {stock: 1}, unit: {since: 2024-02-01, listed: true},"
        " expect: {outcome: '6'}}\n"
    )
    [covered] = ran(tmp_path, case).coverage
    assert covered.unused == ("A", "D")


def test_days_are_thresholds_and_words_are_none(tmp_path: Path) -> None:
    """A day is moved by one, in `date(…)` or in quotes; digits inside a text are a name."""
    case = (
        "  - {name: a, signals: {stock: 1}, unit: {since: 1899-12-31}, expect: {outcome: '1'}}\n"
        "  - {name: b, signals: {stock: 1}, unit: {since: 2024-01-31}, expect: {outcome: '2'}}\n"
    )
    report = ran(tmp_path, case)
    assert (report.failed, report.mutants) == (0, 4)
    assert {(one.was, one.became) for one in report.survivors} == {
        ('< date("1900-01-01")', '< date("1900-01-02")'),
        ('>= "2024-01-31"', '>= date("2024-01-30")'),
    }


@pytest.mark.parametrize(
    ("unit", "code", "path"),
    [
        ("{grad: x}", "charter/unknown-name", "cases.0.unit.grad"),
        ("{since: yesterday}", "charter/wrong-type", "cases.0.unit.since"),
        ("{listed: 1}", "charter/wrong-type", "cases.0.unit.listed"),
    ],
)
def test_a_case_that_does_not_fit_the_data_is_told(
    tmp_path: Path, unit: str, code: str, path: str
) -> None:
    """A misspelt column would leave the case with what holds for all others."""
    with pytest.raises(CharterError) as caught:
        ran(tmp_path, f"  - {{name: a, signals: {{stock: 1}}, unit: {unit}, expect: {{}}}}\n")
    [finding] = caught.value.findings
    assert (finding.code, finding.path) == (code, path)
    assert finding.span is not None
    assert finding.span.line == 3
