"""What is asked of the tests of a charter beyond that its cases hold."""

from __future__ import annotations

import pytest

from pmpo.assure.mutants import Survivor
from pmpo.assure.testing import Covered, Report
from pmpo.cli.case_commands import Asked

HALF, FULL = Covered("action", 4, ("A", "B")), Covered("action", 4, ())


def report(cases: Covered, live: tuple[Covered, ...], *survivors: Survivor) -> Report:
    """A report of nothing else."""
    return Report(
        cases=(),
        boundaries=(),
        tried=0,
        coverage=(cases,),
        live=live,
        mutants=2,
        survivors=survivors,
        possible=2,
    )


CASES = "`--min-coverage` asks that 51 % of the rules decide a case, and 50 % of table action do"
LIVE = (
    "`--min-live-coverage` asks that 60 % of the rules decide a unit, and 50 % of table action do"
)
NEVER_RUN = (
    "`--min-live-coverage` asks about the latest evaluation, and none was made under this charter; "
    "type `pmpo run`"
)
MISSED = "`--strict` asks that cases notice every changed threshold, and they missed 1 of 2"
ONE = Survivor("bands.price.edges.0", "1", "2")


@pytest.mark.parametrize(
    ("asked", "found", "unmet"),
    [
        (Asked(), report(HALF, ()), []),
        (Asked(50, 50), report(HALF, (HALF,)), []),
        (Asked(51), report(HALF, (FULL,)), [CASES]),
        (Asked(live=60), report(FULL, (HALF,)), [LIVE]),
        (Asked(live=1), report(FULL, ()), [NEVER_RUN]),
        (Asked(strict=True), report(FULL, (), ONE), [MISSED]),
        (Asked(51, 60, True), report(HALF, (HALF,), ONE), [CASES, LIVE, MISSED]),
    ],
)
def test_what_is_not_met_is_said(asked: Asked, found: Report, unmet: list[str]) -> None:
    """Leaving with 1 without a word would send people through the whole report."""
    assert list(asked.unmet(found)) == unmet
