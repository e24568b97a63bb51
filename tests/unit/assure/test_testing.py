"""Cases of a charter: what they find, and what they would have missed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pmpo.assure.case_runs import Bench
from pmpo.assure.testing import Report, run_tests
from pmpo.charter.case_file import load_cases
from pmpo.office.testing import CharterTest
from tests.offices import charter, charter_text

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.model.charter import Charter

MORE = """\
scope: {{in: x >= 0}}
parameters:
  edge: {{by: kind, values: {{new: 2, '*': 5}}}}
bands:
  size: {{signal: x, edges: [PARAM('edge'), 8], labels: [low, middle, high], missing: unknown}}
tables:
  action:
    inputs: [x, size]
    outputs: [action, amount]
    rules:
      - {{id: A, when: ['{first}', '-'], then: [wait, 1]}}
      - {{id: B, when: ['[4..9)', 'not("unknown")'], then: [go, 2]}}
      - {{id: C, when: ['>= 9', '-'], then: [run, 3]}}
"""


def read(first: str = "< 4") -> Charter:
    """A charter with a band, a table, a parameter and a scope."""
    return charter(
        charter_text(
            sources="items: {from: items.parquet, mode: snapshot}",
            signals="x: {formula: SUM(items.n), better: higher, precision: 1, "
            "value: {0: 0, 10: 100}, missing: {policy: exclude}}",
            more=MORE.format(first=first),
        )
    )


def ran(base: Path, cases: str, first: str = "< 4") -> Report:
    """Run cases, written without their head."""
    path = base / "tests.yaml"
    path.write_text("tests: 1\ncases:\n" + cases, encoding="utf-8")
    loaded = load_cases(path, read(first))
    assert loaded.cases is not None, loaded.findings
    return run_tests(read(first), Bench(loaded.cases, {}))


def test_cases_hold_or_say_what_came_instead(tmp_path: Path) -> None:
    """Bands, outcomes, rules, outputs, scores and statuses are compared, each by its name."""
    report = ran(
        tmp_path,
        """\
  - {name: fine, signals: {x: 4.5}, expect: {bands: {size: low}, outcome: go, rules: {action: B},
     outputs: {action.amount: 2}, score: 45.0}}
  - {name: new, unit: {kind: new}, signals: {x: 4.5}, expect: {bands: {size: middle}}}
  - {name: all wrong, signals: {x: 9}, expect: {bands: {size: low}, outcome: go,
     rules: {action: B}, outputs: {action.amount: 2}, score: 45}}
  - {name: missing, expect: {status: out_of_scope}}
  - {name: outside, signals: {x: -1}, expect: {status: out_of_scope}}
  - {name: inside although, signals: {x: -1}, expect: {outcome: wait}}
""",
    )
    found = {one.case.name: one.differences for one in report.cases}
    assert {name for name, differences in found.items() if differences} == {"all wrong"}
    assert [(d.what, d.expected, d.found) for d in found["all wrong"]] == [
        ("outcome", "go", "run"),
        ("band size", "low", "high"),
        ("rule of action", "B", "C"),
        ("action.amount", "2", "3"),
        ("score", "45", "90"),
    ]
    assert report.failed == 1


def test_two_cases_may_be_the_same_unit(tmp_path: Path) -> None:
    """The key of a unit can be given more than once; each case keeps its own result."""
    report = ran(
        tmp_path,
        "".join(
            f"  - {{name: n{x}, unit: {{sku: b}}, signals: {{x: {x}}}, expect: {{score: {x}0}}}}\n"
            for x in (3, 1, 2)
        ),
    )
    assert report.failed == 0


def test_a_gap_beside_a_threshold_is_found(tmp_path: Path) -> None:
    """A table without a rule just below a threshold is told, although all cases hold."""
    cases = "  - {name: a, signals: {x: 6}, expect: {outcome: go}}\n"
    assert ran(tmp_path, cases).boundaries == ()
    [one] = ran(tmp_path, cases, first="< 3.9").boundaries
    assert (one.signal, one.value, one.fault) == ("x", Decimal("3.9"), "tables.action.rules")


def test_rules_that_decide_no_case_are_named(tmp_path: Path) -> None:
    """Coverage counts the rules that decide at least one case."""
    report = ran(tmp_path, "  - {name: a, signals: {x: 6}, expect: {outcome: go}}\n")
    [one] = report.coverage
    assert (one.rules, one.unused, round(one.share)) == (3, ("A", "C"), 33)


COLLECTING = """\
tables:
  points:
    hit: COLLECT
    aggregate: SUM
    inputs: [x]
    outputs: [points]
    rules:
      - {id: A, when: ['>= 2'], then: [1]}
      - {id: B, when: ['>= 4'], then: [2]}
      - {id: C, when: ['>= 6'], then: [4]}
  action:
    inputs: [x]
    outputs: [action]
    rules: [{id: G, when: ['>= 2'], then: [go]}]
    accepted_gaps: [{where: {x: '< 2'}, because: Nobody asks., owner: lead}]
outcome: action
"""


def collected(base: Path, cases: str) -> Report:
    """Run cases against a table that adds up, and one with an accepted gap."""
    found = charter(
        charter_text(
            sources="items: {from: items.parquet, mode: snapshot}",
            signals="x: {formula: SUM(items.n), better: higher, precision: 1, "
            "value: {0: 0, 10: 100}, missing: {policy: exclude}}",
            more=COLLECTING,
        )
    )
    path = base / "tests.yaml"
    path.write_text("tests: 1\ncases:\n" + cases, encoding="utf-8")
    loaded = load_cases(path, found)
    assert loaded.cases is not None, loaded.findings
    return run_tests(found, Bench(loaded.cases, {}))


def test_every_rule_that_is_collected_decides(tmp_path: Path) -> None:
    """Of several rules that hold together none counts as unused."""
    report = collected(
        tmp_path,
        "  - {name: two, signals: {x: 4}, expect: {rules: {points: 'A, B'},"
        " outputs: {points.points: 3}}}\n",
    )
    assert report.failed == 0
    assert [(one.table, one.unused) for one in report.coverage] == [
        ("points", ("C",)),
        ("action", ()),
    ]


def test_a_case_can_expect_that_nothing_is_decided(tmp_path: Path) -> None:
    """In an accepted gap there is no outcome and no rule; `null` says so, and can fail."""
    nothing = "expect: {outcome: null, rules: {action: null}}"
    assert collected(tmp_path, f"  - {{name: n, signals: {{x: 1}}, {nothing}}}\n").failed == 0
    [one] = collected(tmp_path, f"  - {{name: n, signals: {{x: 2}}, {nothing}}}\n").cases
    assert [(d.what, d.expected, d.found) for d in one.differences] == [
        ("outcome", "nothing", "go"),
        ("rule of action", "nothing", "G"),
    ]


def test_a_threshold_that_nobody_watches_survives(tmp_path: Path) -> None:
    """With a case on each side of every threshold no change goes unnoticed; without, it does."""
    thin = ran(tmp_path, "  - {name: a, signals: {x: 6}, expect: {outcome: go}}\n")
    assert ("tables.action.A", "< 4", "< 3") in {(s.where, s.was, s.became) for s in thin.survivors}
    sides = "".join(
        f"  - {{name: n{i}, signals: {{x: {x}}}, expect: {{outcome: {o}, bands: {{size: {b}}}}}}}\n"
        for i, (x, o, b) in enumerate(
            [(3.9, "wait", "low"), (4, "go", "low"), (7.9, "go", "middle"), (8, "go", "high"),
             (8.9, "go", "high"), (9, "run", "high"), (3, "wait", "low"), (4.9, "go", "low"),
             (9.9, "run", "high"), (8.5, "go", "high"), (5, "go", "middle")]
        )
    )  # fmt: skip
    full = ran(tmp_path, sides)
    assert full.failed == 0
    assert full.mutants == thin.mutants == 14
    unwatched = {(s.where, s.was, s.became) for s in full.survivors}
    assert unwatched == {("parameters.edge.new", "2", "3"), ("parameters.edge.new", "2", "1")}
    news = "".join(
        f"  - {{name: new {x}, unit: {{kind: new}}, signals: {{x: {x}}},"
        f" expect: {{bands: {{size: {label}}}}}}}\n"
        for x, label in ((1.9, "low"), (2, "middle"))
    )
    assert ran(tmp_path, sides + news).survivors == ()


def test_a_change_after_which_nothing_can_be_read_is_noticed(tmp_path: Path) -> None:
    """`[4..4)` holds for nothing and is refused, so that nobody could ratify it unseen."""
    case = "  - {name: a, signals: {x: 6}, expect: {outcome: go}}\n"
    report = ran(tmp_path, case, first="< 4, [9..10)")
    assert "< 4, [10..10)" not in {one.became for one in report.survivors}
    assert "< 4, [8..10)" in {one.became for one in report.survivors}


def test_of_many_changes_some_are_tried_from_all_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A charter with very many rules is tested while somebody waits, and it is said."""
    monkeypatch.setattr("pmpo.assure.testing.RULES_COMPILED_MAX", 15)
    case = "  - {name: a, signals: {x: 6}, expect: {outcome: go}}\n"
    report = ran(tmp_path, case)
    assert (report.mutants, report.possible) == (5, 14)
    assert {one.where.split(".")[0] for one in report.survivors} == {
        "parameters",
        "bands",
        "tables",
    }


def test_a_case_that_is_not_ranked_says_why(tmp_path: Path) -> None:
    """`nothing found` alone would send people to look for the reason in the charter."""
    report = ran(tmp_path, "  - {name: a, signals: {}, expect: {outcome: go}}\n")
    assert report.cases[0].left_out == "excluded: x not measured: exclude"
    text = CharterTest("trial", tmp_path, report).as_junit()
    assert "; the unit is excluded: x not measured: exclude" in text


def test_junit_has_the_faults_beside_thresholds(tmp_path: Path) -> None:
    """What makes `pmpo test` leave with 1 is a failure for CI as well."""
    report = ran(tmp_path, "  - {name: a, signals: {x: 6}, expect: {outcome: go}}\n", "< 3.9")
    root = ET.fromstring(CharterTest("trial", tmp_path, report).as_junit())  # noqa: S314 - our own text
    assert root.attrib == {"name": "trial", "tests": "2", "failures": "1"}
    assert root[1].attrib["name"] == "x = 3.9 in a"


MEMORY = """\
bands:
  size: {signal: x, edges: [5], labels: [low, high], missing: unknown, hysteresis: 0.5}
  pace: {signal: x, edges: [5], labels: [slow, fast], missing: unknown, dwell: 2 weeks}
tables:
  action:
    inputs: [x]
    missing: {x: {policy: last, max_age: 2 weeks, then: nothing}}
    outputs: [action]
    rules:
      - {id: A, when: ['< 5'], then: [wait]}
      - {id: B, when: ['>= 5'], then: [go]}
      - {id: N, when: ['"nothing"'], then: [ask]}
"""


def test_a_case_can_say_what_was_recorded_before(tmp_path: Path) -> None:
    """Bands that remember and values that a table carries go by what the case says of its past."""
    remembering = charter(
        charter_text(
            sources="items: {from: items.parquet, mode: snapshot}",
            signals="x: {formula: SUM(items.n), better: higher, precision: 1, "
            "value: {0: 0, 10: 100}, missing: {policy: worst}}",
            more=MEMORY,
        )
    )
    path = tmp_path / "tests.yaml"
    path.write_text(
        """\
tests: 1
cases:
  - {name: new, signals: {x: 4.6}, expect: {bands: {size: low, pace: slow}}}
  - {name: stays high, before: [{ago: 1 week, signals: {x: 6}}], signals: {x: 4.5},
     expect: {bands: {size: high, pace: fast}}}
  - {name: low again, before: [{ago: 1 week, signals: {x: 6}}], signals: {x: 4.4},
     expect: {bands: {size: low}}}
  - {name: long enough, before: [{ago: 1 week, signals: {x: 4}}, {ago: 3 weeks, signals: {x: 6}}],
     signals: {x: 4}, expect: {bands: {pace: slow}}}
  - {name: carried, before: [{ago: 1 week, signals: {x: 6}}], expect: {outcome: go}}
  - {name: too old, before: [{ago: 3 weeks, signals: {x: 6}}], expect: {outcome: ask}}
  - {name: never known, expect: {outcome: ask}}
""",
        encoding="utf-8",
    )
    loaded = load_cases(path, remembering)
    assert loaded.cases is not None, loaded.findings
    report = run_tests(remembering, Bench(loaded.cases, {}))
    assert [one.case.name for one in report.cases if one.differences] == []
    widths = {(one.was, one.became) for one in report.survivors if "hysteresis" in one.where}
    assert widths == set()


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("{name: a, before: [{ago: 1 week, signals: {y: 1}}], expect: {}}", "charter/unknown-name"),
        ("{name: a, before: [{ago: 7 days}, {ago: 1 week}], expect: {}}", "charter/repeated"),
        ("{name: a, before: [{ago: 1 week, unit: {sku: b}}], expect: {}}", "charter/other-unit"),
        ("{name: a, before: [{ago: soon}], expect: {}}", "charter/bad-duration"),
        ("{name: a, before: [{signals: {x: 1}}], expect: {}}", "charter/missing-field"),
        ("{name: a, signals: {y: 1}, expect: {}}", "charter/unknown-name"),
        ("{name: a, expect: {bands: {size: tiny}}}", "charter/unknown-name"),
        ("{name: a, expect: {rules: {actions: A}}}", "charter/unknown-name"),
        ("{name: a, expect: {outputs: {action.sum: 1}}}", "charter/unknown-name"),
        ("{name: a, expects: {}}", "charter/unknown-field"),
        ("{name: a, signals: {x: [1]}, expect: {}}", "charter/wrong-type"),
        ("{signals: {x: 1}, expect: {}}", "charter/missing-field"),
    ],
)
def test_mistakes_in_cases_are_found(tmp_path: Path, case: str, code: str) -> None:
    """A misspelt name would make a case that can never fail, or never hold."""
    path = tmp_path / "tests.yaml"
    path.write_text(f"tests: 1\ncases:\n  - {case}\n", encoding="utf-8")
    loaded = load_cases(path, read())
    assert loaded.cases is None
    assert code in [finding.code for finding in loaded.findings]


def test_junit_names_what_failed(tmp_path: Path) -> None:
    """The XML can be parsed whatever a case is called, and holds each failure."""
    case = "{name: '<a> & \"b\"', signals: {x: 6}, expect: {outcome: run}}"
    text = CharterTest("trial", tmp_path, ran(tmp_path, f"  - {case}\n")).as_junit()
    root = ET.fromstring(text)  # noqa: S314 - our own text
    assert root.attrib == {"name": "trial", "tests": "1", "failures": "1"}
    [failure] = root.iter("failure")
    assert failure.attrib["message"] == "outcome: run expected, go found"
    assert root[0].attrib["name"] == '<a> & "b"'
