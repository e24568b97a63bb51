"""What each command does: call the facade, hand the result to a view."""

from __future__ import annotations

import getpass
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pmpo.cli import views
from pmpo.cli.exits import FINDINGS
from pmpo.cli.outcome_views import fault_lines
from pmpo.cli.output import (
    print_json,
    print_rows,
    show,
    show_findings,
    width,
    write,
    write_data,
)
from pmpo.cli.store_commands import tell

if TYPE_CHECKING:
    from pmpo.office import Office, Run
    from pmpo.sql import Dialect


def demo(folder: Path, top: int) -> None:
    """Build the demo office, check it, run it, show its board and explain the first rank."""
    from pmpo.demo import PROGRAM, build
    from pmpo.office import Office

    written = build(folder)
    show(views.demo_built(folder, written))
    office = Office(folder, tell=tell)
    findings = office.check(PROGRAM)
    show(views.check_summary(findings, brief=True))
    _tell("measuring 1.47 million sales lines …")
    result = office.run(PROGRAM)
    show(views.run_line(result), *views.board(result, top, width()))
    first = result.rows(1)
    if first:
        show(*views.why(result, result.why(first[0].unit)))
    show(views.next_steps(folder, first[0].unit if first else ""))


def _tell(text: str) -> None:
    """Progress, on stderr, for a person who waits."""
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(f"{text}\n")


def schema(office: bool) -> None:
    """Print the JSON Schema of charters, or of office.yaml."""
    from pmpo.charter.json_schema import schema_text
    from pmpo.charter.language import CHARTER
    from pmpo.charter.office_language import OFFICE

    write_data(schema_text(OFFICE if office else CHARTER))


def check(folder: Path, program: str | None, format: str) -> None:
    """Print all findings; leave with 1 when any is an error or a warning."""
    from pmpo.office import Office

    findings = Office(folder).check(program)
    if format == "json":
        print_json([finding.as_json() for finding in findings])
    else:
        if findings:
            show_findings(findings)
            write("\n")
        show(views.check_summary(findings))
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
        write_data(plan.sql())
        return
    rows = [
        {
            "signal": name,
            "columns": ", ".join(found.columns),
            "signals": ", ".join(found.signals),
            "assumptions": ", ".join(found.assumptions),
            "parameters": ", ".join(found.parameters),
            "windows": "; ".join(found.windows),
            "across": ", ".join(found.across),
            "sources": ", ".join(plan.sources_of(name)),
        }
        for name, found in plan.lineage.items()
    ]
    if format == "table":
        show(views.lineage(rows))
    else:
        print_rows(rows, list(rows[0]), format)


@dataclass(frozen=True, slots=True)
class Recording:
    """Whether a run is written into the ledger, by whom, and with which key they sign."""

    wanted: bool
    who: str | None
    key: Path | None


def run(
    folder: Path,
    program: str | None,
    as_of: str | None,
    known_by: str | None,
    *,
    recording: Recording,
    format: str,
) -> None:
    """Run a program, record it if asked to, and print what was stored.

    Units that a table cannot decide are named on stderr, and the command leaves with 1: the
    evaluation is complete, and somebody has to look at the rules.
    """
    from pmpo.office import Office

    office = Office(folder, tell=tell)
    by = (recording.who or login_name()) if recording.wanted else None
    if recording.key is not None and by is None:
        raise typer.BadParameter("--key signs what is recorded: add --record")
    _tell("measuring …")
    result = office.run(program, as_of=as_of, known_by=known_by, record_as=by, key=recording.key)
    if format == "table":
        show(*views.run(result))
    elif format == "json":
        print_json(result.summary())
    else:
        row = {n: v for n, v in result.summary().items() if not isinstance(v, list | dict)}
        print_rows([row], list(row), format)
    if result.fault_count:
        if sys.stderr is not None:
            sys.stderr.writelines(f"{line}\n" for line in fault_lines(result))
        raise typer.Exit(FINDINGS)


def login_name() -> str:
    """Who acts where nobody is named: the name under which this process runs."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a container whose user has no name
        raise typer.BadParameter("this user has no login name: add --as NAME") from error


def board(
    folder: Path, program: str | None, top: int | None, evaluation: str | None, format: str
) -> None:
    """Show the ranked units of an evaluation."""
    from pmpo.office import Office

    office = Office(folder, tell=tell)
    result = _stored(office, program, evaluation)
    if format == "table":
        result = office.marked(result)
        show(*views.board(result, top or views.TABLE_ROWS, width()))
        return
    rows = (row.as_json() for row in result.each_row(top))
    print_rows(rows, result.columns(), format)


def why(unit: str, folder: Path, program: str | None, evaluation: str | None, format: str) -> None:
    """Explain one unit."""
    from pmpo.office import Office

    office = Office(folder, tell=tell)
    result = _stored(office, program, evaluation)
    explained = result.why(unit)
    if format == "table":
        show(*views.why(office.marked(result), explained))
    elif format == "json":
        print_json(explained.as_json())
    else:
        told = explained.as_json()
        rows = told["ratio"]["factors"] if told["ratio"] is not None else told["contributions"]
        if format == "md":
            rows = [views.as_declared(result.charter, row) for row in rows]
        print_rows(rows, list(rows[0]), format)


def _stored(office: Office, program: str | None, evaluation: str | None) -> Run:
    """The evaluation to show, with a word on stderr when the charter has moved on."""
    if evaluation is not None:
        return office.evaluation(evaluation)
    result = office.latest(program)
    if office.changed_since(result) and sys.stderr is not None:
        sys.stderr.write(
            f"note: the charter has changed since {result.evaluation.id}; "
            "`pmpo run` measures under the new one\n"
        )
    return result
