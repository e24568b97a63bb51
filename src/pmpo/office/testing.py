"""Testing a charter by its cases, and saying it to other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pmpo.assure.case_runs import Bench
from pmpo.assure.case_values import check_values
from pmpo.assure.testing import Boundary, Covered, Judged, Report, run_tests
from pmpo.charter.case_file import LoadedCases
from pmpo.compile.plan import Plan
from pmpo.diagnostics import CharterError, StoreError, stop
from pmpo.model.charter import Charter

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class CharterTest:
    """What testing a program's charter found, and the file of its cases."""

    program: str
    path: Path
    report: Report

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object."""
        report = self.report
        return {
            "program": self.program,
            "cases": [_case(one) for one in report.cases],
            "failed": report.failed,
            "boundaries": {
                "tried": report.tried,
                "faults": [
                    {"case": b.case, "signal": b.signal, "value": f"{b.value:f}", "fault": b.fault}
                    for b in report.boundaries
                ],
            },
            "coverage": [_covered(one) for one in report.coverage],
            "live_coverage": [_covered(one) for one in report.live],
            "mutation": {
                "tried": report.mutants,
                "possible": report.possible,
                "survivors": [
                    {"where": s.where, "was": s.was, "became": s.became} for s in report.survivors
                ],
            },
        }

    def as_junit(self) -> str:
        """The cases as JUnit XML, which continuous integration reads."""
        from xml.etree import ElementTree as ET

        report, program = self.report, self.program
        tried = [(program, one.case.name, _failure(one)) for one in report.cases]
        tried += [(f"{program}.boundaries", _value(one), one.told) for one in report.boundaries]
        failed = sum(bool(told) for _, _, told in tried)
        suite = ET.Element("testsuite", name=program, tests=str(len(tried)), failures=str(failed))
        for belongs_to, name, told in tried:
            case = ET.SubElement(suite, "testcase", classname=belongs_to, name=name)
            if told:
                ET.SubElement(case, "failure", message=told)
        ET.indent(suite)
        head = '<?xml version="1.0" encoding="utf-8"?>\n'
        return head + ET.tostring(suite, encoding="unicode") + "\n"


def _failure(one: Judged) -> str:
    """What came out otherwise, and why a unit that is not ranked is not; nothing if all held."""
    if not one.differences:
        return ""
    told = [f"{d.what}: {d.expected} expected, {d.found} found" for d in one.differences]
    return "; ".join([*told, *([f"the unit is {one.left_out}"] if one.left_out else [])])


def _value(one: Boundary) -> str:
    """A value beside a threshold with which a table fails."""
    return f"{one.signal} = {one.value:f} in {one.case}"


def _case(one: Judged) -> dict[str, Any]:
    return {
        "name": one.case.name,
        "ok": not one.differences,
        "left_out": one.left_out,
        "differences": [
            {"what": d.what, "expected": d.expected, "found": d.found} for d in one.differences
        ],
    }


def _covered(one: Covered) -> dict[str, Any]:
    return {"table": one.table, "rules": one.rules, "unused": list(one.unused)}


def tested(
    charter: Charter,
    loaded: LoadedCases,
    path: Path,
    live: pa.Table | None,
    plan: Plan,
    *,
    threads: int | None,
) -> CharterTest:
    """Run the cases of a program.

    Args:
        plan: what columns and signals hold, as far as the data can be seen.
    Raises: CharterError: findings about the cases; StoreError `tests/none`: there are none.
    """
    if loaded.cases is None and loaded.findings:
        raise CharterError(loaded.findings)
    if loaded.cases is None:
        raise stop(
            "tests/none",
            f"there is no {path}",
            note="cases say what should become of units that you think up",
            help="write `tests: 1` and `cases:` with `name`, `signals` and `expect`; see "
            "docs/testing.md",
            error=StoreError,
        )
    wrong = list(check_values(charter, loaded.cases, plan))
    if wrong:
        raise CharterError(wrong)
    bench = Bench(loaded.cases, plan.types, threads)
    return CharterTest(charter.program, path, run_tests(charter, bench, live))
