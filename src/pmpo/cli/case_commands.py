"""`pmpo test`: cases, boundaries, coverage and mutation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.text import Text

from pmpo.cli.exits import FINDINGS
from pmpo.cli.output import print_json, show, write_data, write_file
from pmpo.cli.store_commands import tell
from pmpo.cli.words import ACCENT, DIM, plain

_UNUSED_SHOWN: Final = 12

if TYPE_CHECKING:
    from pmpo.assure.testing import Covered, Report
    from pmpo.office.testing import CharterTest


def run_cases(
    folder: Path,
    program: str | None,
    *,
    junit: Path | None,
    asked: Asked,
    format: str,
) -> None:
    """Run the cases; leave with 1 where one fails, or where what was asked for is not met."""
    from pmpo.office import Office

    tested = Office(folder, tell=tell).test(program)
    report = tested.report
    unmet = list(asked.unmet(report))
    if junit is not None:
        write_file(junit, tested.as_junit())
    if format == "json":
        print_json(tested.as_json())
    elif format == "junit":
        write_data(tested.as_junit())
    else:
        show(*_told(tested), *(Text.assemble(("unmet", "bold"), f": {one}") for one in unmet))
    if report.failed or report.boundaries or unmet:
        raise typer.Exit(FINDINGS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What more is asked for than that the cases hold.

    Args:
        coverage: per cent of a table's rules that decide a case; `live`: that decide a unit of the
            latest evaluation.
        strict: whether every changed threshold has to be noticed.
    """

    coverage: int = 0
    live: int = 0
    strict: bool = False

    def unmet(self, report: Report) -> Iterator[str]:
        """What is not as it was asked for, a sentence each."""
        yield from _thin(report.coverage, self.coverage, "a case", "--min-coverage")
        yield from _thin(report.live, self.live, "a unit", "--min-live-coverage")
        if self.live and report.coverage and not report.live:
            yield (
                "`--min-live-coverage` asks about the latest evaluation, and none was made under "
                "this charter; type `pmpo run`"
            )
        if self.strict and report.survivors:
            yield (
                "`--strict` asks that cases notice every changed threshold, and they missed "
                f"{len(report.survivors):,} of {report.mutants:,}"
            )


def _thin(found: Sequence[Covered], least: int, what: str, option: str) -> Iterator[str]:
    for one in found:
        if one.share < least:
            yield (
                f"`{option}` asks that {least} % of the rules decide {what}, and {one.share:.0f} % "
                f"of table {plain(one.table)} do"
            )


def _told(tested: CharterTest) -> Iterator[Any]:
    report = tested.report
    for one in report.cases:
        if one.differences:
            yield Text.assemble(("failed", "bold"), f": {plain(one.case.name)}")
            for d in one.differences:
                yield Text(f"  {d.what}: {plain(d.expected)} expected, {plain(d.found)} found")
            if one.left_out:
                yield Text(f"  the unit is {plain(one.left_out)}")
            if one.case.because:
                yield Text(f"  = note: {plain(one.case.because)}", style=DIM)
    passed = len(report.cases) - report.failed
    line = Text.assemble((f"{passed} of {len(report.cases)} cases hold", "bold"))
    yield line
    yield from _boundaries(report)
    yield from _coverage("on the cases", report.coverage)
    yield from _coverage("on the latest evaluation", report.live)
    yield from _mutation(report)


def _boundaries(report: Report) -> Iterator[Any]:
    if report.tried:
        yield Text(
            f"{report.tried:,} values at and beside thresholds tried, "
            f"{len(report.boundaries):,} faults",
            style=DIM,
        )
    for one in report.boundaries:
        yield Text(f"  {one.signal} = {one.value:f} in `{plain(one.case)}`: {one.told}")


def _coverage(where: str, found: Sequence[Covered]) -> Iterator[Any]:
    for one in found:
        text = Text(
            f"table {one.table}: {one.rules - len(one.unused)} of {one.rules} rules decide {where}"
        )
        if one.unused:
            more = len(one.unused) - _UNUSED_SHOWN
            named = ", ".join(one.unused[:_UNUSED_SHOWN]) + (
                f" and {more} more" if more > 0 else ""
            )
            text.append(f"; not {named}", style=ACCENT)
        yield text


def _mutation(report: Report) -> Iterator[Any]:
    if not report.mutants:
        return
    caught = report.mutants - len(report.survivors)
    share = Decimal(100 * caught) / report.mutants
    of = f"; {report.mutants:,} of {report.possible:,} changes were tried, spread evenly"
    yield Text(
        f"{caught} of {report.mutants} changed thresholds are noticed ({share:.0f} %)"
        + (of if report.mutants < report.possible else "")
    )
    for one in report.survivors:
        yield Text(f"  no case notices that {one.was} became {one.became} ({one.where})", style=DIM)
