"""Run the benchmarks: `python -m benchmarks`; `--help` lists what can be chosen."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import described
from benchmarks.plan import Scale, run_all, run_history, run_tables
from benchmarks.report import markdown

README = Path(__file__).parent / "README.md"
KEPT = Path(__file__).with_name("results.json")
MARK = "<!-- results -->"
MADE = "Made by `python -m benchmarks --json benchmarks/results.json --readme`."


def main(arguments: list[str] | None = None) -> None:
    """Measure everything, print the table, and keep it where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rows", type=int, default=50_000_000, help="sales lines (50 million)")
    parser.add_argument("--units", type=int, default=100_000, help="units they belong to (100 000)")
    parser.add_argument("--scored", type=int, default=1_000_000, help="units to rank (1 million)")
    parser.add_argument(
        "--decided", type=int, default=10_000_000, help="rows of the decision table"
    )
    parser.add_argument(
        "--only", choices=["tables", "history"], help="measure this, and keep the rest"
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of each; medians are told (3)")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--readme", action="store_true", help="put the table into the README")
    options = parser.parse_args(arguments)
    scale = Scale(options.rows, options.units, options.scored, options.decided, options.runs)
    about = {
        "measured": datetime.now(UTC).date().isoformat(),
        "scale": scale.as_json(),
        "machine": described(),
    }
    results: dict[str, Any] = {"schema": 1}
    if options.only:
        kept = options.json if options.json and options.json.exists() else KEPT
        results = json.loads(kept.read_text(encoding="utf-8"))
    else:
        results |= {**about, "figures": run_all(scale, sys.stderr.write)}
    if options.only in (None, "tables"):
        results["decided"] = {**about, "figures": run_tables(scale, sys.stderr.write)}
    if options.only in (None, "history"):
        results["history"] = {**about, "figures": run_history(scale, sys.stderr.write)}
    table = markdown(results)
    sys.stdout.write(table)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if options.readme:
        before = README.read_text(encoding="utf-8").partition(MARK)[0]
        README.write_text(f"{before}{MARK}\n\n{MADE}\n\n{table}", encoding="utf-8")


if __name__ == "__main__":
    main()
