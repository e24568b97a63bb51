"""What is measured, in which order, and which results have to agree."""

from __future__ import annotations

import os
import statistics
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.agreement import compare_decisions
from benchmarks.process import Cost, run_task

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the data is, and how often each is run."""

    rows: int
    units: int
    scored: int
    decided: int
    runs: int

    def as_json(self) -> dict[str, int]:
        """The numbers by name."""
        return asdict(self)


def run_all(scale: Scale, tell: Callable[[str], object]) -> dict[str, Any]:
    """Run everything; the contenders of one task take turns, so that a busy minute hits all."""
    office = str(run_task("generate", str(scale.rows), str(scale.units)).told["office"])
    threads = str(os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as folder:

        def file(name: str) -> str:
            return str(Path(folder) / name)

        tasks = {
            "signals_pmpo": (office, file("pmpo.parquet"), threads),
            "signals_polars": (office, file("polars.parquet")),
            "signals_pandas": (office, file("pandas.parquet")),
            "checks_pmpo": (office, threads),
            "snapshot_pmpo": (office,),
            "score_pmpo": (str(scale.scored), file("pmpo.npz"), threads),
            "score_skcriteria": (str(scale.scored), file("skcriteria.npz")),
            "score_pymcdm": (str(scale.scored), file("pymcdm.npz")),
            "compile_pmpo 10": ("10",),
            "compile_pmpo 500": ("500",),
            "analyse_pmpo 500": ("500", "4"),
            "analyse_pmpo 50": ("50", "8"),
        }
        costs: dict[str, list[Cost]] = {name: [] for name in tasks}
        for turn in range(scale.runs):
            for name, arguments in tasks.items():
                cost = run_task(name.partition(" ")[0], *arguments)
                costs[name].append(cost)
                tell(f"{turn + 1}/{scale.runs} {name}: {cost.cpu_s:.2f} CPU-s\n")
        one_thread = run_task("signals_pmpo", office, file("one.parquet"), "1")
        same = run_task("agreement", folder).told
    hashes = {one_thread.told["hash"], *(cost.told["hash"] for cost in costs["signals_pmpo"])}
    return {
        **{name: _median(found) for name, found in costs.items()},
        "agreement": {**same, "hashes": len(hashes)},
    }


def run_tables(scale: Scale, tell: Callable[[str], object]) -> dict[str, Any]:
    """Run the decision table; peers that take a row at a time get the first rows only."""
    rows, threads = str(scale.decided), str(os.cpu_count() or 1)
    few = str(min(scale.decided, 100_000))
    with tempfile.TemporaryDirectory() as folder:

        def file(name: str) -> str:
            return str(Path(folder) / f"{name}.parquet")

        tasks = {
            "tables_pmpo rule": (rows, file("pmpo"), threads, "rule"),
            "tables_pmpo hits": (rows, file("hits"), threads, "hits"),
            "tables_zen one": (rows, few, file("zen"), "one"),
            "tables_zen batch": (rows, few, file("zen_batch"), "batch"),
            "tables_python": (rows, rows, file("python")),
        }
        run_task("tables_python", rows, "1", file("first"))  # writes the rows unless they are there
        costs: dict[str, list[Cost]] = {name: [] for name in tasks}
        for turn in range(scale.runs):
            for name, arguments in tasks.items():
                cost = run_task(name.partition(" ")[0], *arguments)
                costs[name].append(cost)
                tell(f"{turn + 1}/{scale.runs} {name}: {cost.told['all_cpu_s']:.2f} CPU-s\n")
        different = {
            name: compare_decisions(Path(file("pmpo")), Path(file(name)))
            for name in ("hits", "zen", "zen_batch", "python")
        }
    return {
        "tables": {
            name: {**_median(found), "rows": found[0].told["rows"]} for name, found in costs.items()
        },
        "tables_different": different,
    }


HISTORY: tuple[tuple[str, int], ...] = (("history_pmpo", 52), ("history_each", 4))
"""All periods at once, and the plan of each for a few: each further one costs the same."""


def run_history(scale: Scale, tell: Callable[[str], object]) -> dict[str, Any]:
    """The ten signals in each of many weekly periods, over the lines of the signals."""
    office = str(run_task("generate", str(scale.rows), str(scale.units)).told["office"])
    threads = str(os.cpu_count() or 1)
    found = {}
    for name, periods in HISTORY:
        costs = []
        for turn in range(scale.runs):
            cost = run_task(name, office, str(periods), threads)
            costs.append(cost)
            tell(f"{turn + 1}/{scale.runs} {name}: {cost.cpu_s:.2f} CPU-s\n")
        found[name] = {**_median(costs), "periods": periods, "rows": costs[0].told["rows"]}
    return found


def _median(costs: list[Cost]) -> dict[str, float]:
    """The median of each figure, and the CPU seconds of every run."""
    return {
        "process_cpu_s": statistics.median(cost.cpu_s for cost in costs),
        "process_wall_s": statistics.median(cost.wall_s for cost in costs),
        "peak_mb": statistics.median(cost.peak_bytes for cost in costs) / 1e6,
        "cpu_s": statistics.median(cost.told["all_cpu_s"] for cost in costs),
        "wall_s": statistics.median(cost.told["all_wall_s"] for cost in costs),
        **{f"run_{i + 1}_cpu_s": cost.cpu_s for i, cost in enumerate(costs)},
    }
