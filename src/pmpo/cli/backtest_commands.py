"""`pmpo backtest`: how a band or table would have behaved."""

from __future__ import annotations

from pathlib import Path

from pmpo.cli import backtest_views
from pmpo.cli.output import print_csv, print_json, print_markdown, show, width
from pmpo.cli.store_commands import tell


def backtest(
    folder: Path,
    program: str | None,
    name: str,
    *,
    periods: int,
    of: str | None,
    as_of: str | None,
    known_by: str | None,
    hysteresis: str | None,
    dwell: str | None,
    top: int,
    format: str,
) -> None:
    """Replay the past and show how often it fired, on whom, how long, and how restlessly."""
    from pmpo.office import Office

    found = Office(folder, tell=tell).backtest(
        name,
        program,
        periods=periods,
        of=of,
        as_of=as_of,
        known_by=known_by,
        hysteresis=hysteresis,
        dwell=dwell,
    )
    if format == "json":
        print_json(found.as_json())
    elif format == "csv":
        print_csv(found.rows(), ("unit", "as_of", "label", "by_value_alone"))
    elif format == "md":
        print_markdown(backtest_views.summary(found), backtest_views.SUMMARY)
    else:
        show(*backtest_views.backtest(found, top, width()))
