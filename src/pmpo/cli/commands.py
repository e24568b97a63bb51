"""What each command does: call the facade, hand the result to a view."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pmpo.cli import views
from pmpo.cli.exits import FINDINGS
from pmpo.cli.output import (
    console,
    flat,
    print_csv,
    print_findings,
    print_json,
    print_markdown,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pmpo.office import Office, Run
    from pmpo.sql import Dialect


def demo(folder: Path, top: int) -> None:
    """Build the demo office, check it, run it, show its board and explain the first rank."""
    from pmpo.demo import PROGRAM, build
    from pmpo.office import Office

    out = console()
    written = build(folder)
    out.print(views.demo_built(folder, written))
    office = Office(folder)
    findings = office.check(PROGRAM)
    out.print(views.check_summary(findings, brief=True))
    _tell("measuring 1.47 million sales lines …")
    result = office.run(PROGRAM)
    out.print(views.run_line(result))
    for part in views.board(result, top, out.width):
        out.print(part)
    first = result.rows(1)
    if first:
        for part in views.why(result, result.why(first[0].unit)):
            out.print(part)
    out.print(views.next_steps(folder, first[0].unit if first else ""))


def _tell(text: str) -> None:
    """Progress, on stderr, for a person who waits."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")


def schema() -> None:
    """Print the JSON Schema of the charter language."""
    from pmpo.charter.json_schema import schema as charter_schema

    print_json(charter_schema())


def check(folder: Path, program: str | None, format: str) -> None:
    """Print all findings; leave with 1 when any is an error or a warning."""
    from pmpo.office import Office

    findings = Office(folder).check(program)
    if format == "json":
        print_json([finding.as_json() for finding in findings])
    else:
        if findings:
            print_findings(findings, sys.stdout)
            write("\n")
        console().print(views.check_summary(findings))
    if any(finding.severity != "note" for finding in findings):
        raise typer.Exit(FINDINGS)


def compile(
    folder: Path,
    program: str | None,
    *,
    dialect: Dialect,
    as_of: str | None,
    known_by: str | None,
    lineage: bool,
    format: str,
) -> None:
    """Print the statement of a plan, or what its signals are made of."""
    from pmpo.office import Office

    plan = Office(folder).compile(program, dialect=dialect, as_of=as_of, known_by=known_by)
    if not lineage:
        write(plan.sql())
        return
    rows = [
        {
            "signal": name,
            "columns": ", ".join(found.columns),
            "signals": ", ".join(found.signals),
            "assumptions": ", ".join(found.assumptions),
            "parameters": ", ".join(found.parameters),
            "windows": "; ".join(found.windows),
            "sources": ", ".join(plan.sources_of(name)),
        }
        for name, found in plan.lineage.items()
    ]
    _rows(rows, format, lambda: console().print(views.lineage(rows)))


def run(
    folder: Path, program: str | None, as_of: str | None, known_by: str | None, format: str
) -> None:
    """Run a program and print what was stored."""
    from pmpo.office import Office

    office = Office(folder)
    _tell("measuring …")
    result = office.run(program, as_of=as_of, known_by=known_by)
    if format == "json":
        print_json(result.summary())
        return
    summary = {
        name: value
        for name, value in result.summary().items()
        if name not in ("left_out", "notes", "faults")
    }
    if format == "table":
        for part in views.run(result):
            console().print(part)
    else:
        _rows([summary], format, lambda: None)


def board(
    folder: Path, program: str | None, top: int | None, evaluation: str | None, format: str
) -> None:
    """Show the ranked units of an evaluation."""
    from pmpo.office import Office

    office = Office(folder)
    result = _stored(office, program, evaluation)
    rows = result.rows(top)
    if format == "table":
        out = console()
        for part in views.board(result, top, out.width):
            out.print(part)
        return
    _rows([row.as_json() for row in rows], format, lambda: None)


def why(unit: str, folder: Path, program: str | None, evaluation: str | None, format: str) -> None:
    """Explain one unit."""
    from pmpo.office import Office

    office = Office(folder)
    result = _stored(office, program, evaluation)
    explained = result.why(unit)
    if format == "json":
        print_json(explained.as_json())
        return
    if format == "table":
        out = console()
        for part in views.why(result, explained):
            out.print(part)
        return
    contributions = explained.as_json()["contributions"]
    rows = [{**item, "reasons": "; ".join(item["reasons"])} for item in contributions]
    _rows(rows, format, lambda: None)


def _stored(office: Office, program: str | None, evaluation: str | None) -> Run:
    """The evaluation to show, with a word on stderr when the charter has moved on."""
    if evaluation is not None:
        return office.evaluation(evaluation)
    result = office.latest(program)
    if office.changed_since(result):
        sys.stderr.write(
            f"note: the charter has changed since {result.evaluation.id}; "
            "`pmpo run` measures under the new one\n"
        )
    return result


def _rows(rows: Sequence[dict[str, Any]], format: str, as_table: Any) -> None:
    if format == "json":
        print_json(list(rows))
    elif format == "csv":
        print_csv([flat(row) for row in rows])
    elif format == "md":
        print_markdown([flat(row) for row in rows])
    else:
        as_table()
