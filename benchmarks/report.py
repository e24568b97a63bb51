"""The figures as a Markdown table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def markdown(results: dict[str, Any]) -> str:
    """Tables with aims and ratios, and what they were measured on."""
    figures, scale, machine = results["figures"], results["scale"], results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    parts = [
        (
            f"Measured {results['measured']} on {machine['cores']} cores ({machine['processor']}), "
            f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}; "
            f"load before the start {machine['load_before']}. {versions}."
        ),
        f"Medians of {scale['runs']} runs, each in a process of its own.",
        _signals(figures, scale),
        _scores(figures, scale),
        _compiling(figures),
    ]
    if "analyse_pmpo 500" in figures:
        parts.append(_analysing(figures))
    if "history" in results:
        parts.append(_history(results["history"]))
    if "decided" in results:
        parts.append(_decided(results["decided"]))
    return "\n\n".join(parts) + "\n"


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows)]
    return f"### {title}\n\n" + "\n".join(lines)


def _signals(figures: dict[str, Any], scale: dict[str, int]) -> str:
    base = figures["signals_pmpo"]
    rows = []
    for name, task in (
        ("PMPO", "signals_pmpo"),
        ("Polars, streaming", "signals_polars"),
        ("pandas", "signals_pandas"),
    ):
        one = figures[task]
        rows.append(
            (
                name,
                f"{one['process_cpu_s']:.1f}",
                f"{one['process_wall_s']:.1f}",
                f"{one['peak_mb'] / 1000:.2f}",
                f"{one['process_cpu_s'] / base['process_cpu_s']:.1f} ×",
                f"{one['peak_mb'] / base['peak_mb']:.1f} ×",
            )
        )
    checks, copies = figures["checks_pmpo"], figures["snapshot_pmpo"]
    agreement = figures["agreement"]["signals"]
    told = "; ".join(
        f"{name}: {one['cells']:,} numbers, {one['rounded_apart']:,} rounded to the other side "
        f"of a tie, {one['different']:,} different"
        for name, one in agreement.items()
    )
    title = f"Ten signals over {scale['rows']:,} lines of {scale['units']:,} units"
    head = ("", "CPU s", "wall s", "peak GB", "CPU beside PMPO", "memory beside PMPO")
    return (
        _table(title, head, rows)
        + "\n\nWhole processes, from the start of Python to the end. PMPO's contains reading the "
        "charter, its source checks (wrong types, orphans, latest rows), the statement with the "
        f"spine, and hashing; {base['cpu_s']:.1f} CPU s without the start. The statement answers "
        f"most checks in passing; asked alone they cost {checks['cpu_s']:.1f} CPU s. Apart from "
        "this, hashing the files and copying the unit table for a snapshot: "
        f"{copies['cpu_s']:.1f} CPU s. Results on one and on all threads: "
        f"{figures['agreement']['hashes']} hash(es). "
        f"Agreement with {told}."
    )


def _scores(figures: dict[str, Any], scale: dict[str, int]) -> str:
    base = figures["score_pmpo"]
    rows = [
        (
            name,
            f"{figures[task]['cpu_s']:.2f}",
            f"{figures[task]['wall_s']:.2f}",
            f"{figures[task]['cpu_s'] / base['cpu_s']:.1f} ×",
        )
        for name, task in (
            ("PMPO", "score_pmpo"),
            ("scikit-criteria", "score_skcriteria"),
            ("pymcdm", "score_pymcdm"),
        )
    ]
    told = "; ".join(
        f"{name}: {one['different']:,} differences"
        for name, one in figures["agreement"]["scores"].items()
    )
    title = f"Score and rank of {scale['scored']:,} units by 8 criteria"
    return (
        _table(title, ("", "CPU s", "wall s", "CPU beside PMPO"), rows)
        + "\n\nThe call alone, data in memory. PMPO's also gives utilities, points per criterion, "
        f"status, reason and quality of each unit, and the hash of all that. {told}."
    )


def _compiling(figures: dict[str, Any]) -> str:
    rows = [
        (
            count,
            f"{figures[f'compile_pmpo {count}']['cpu_s'] * 1000:.0f}",
            f"{figures[f'compile_pmpo {count}']['wall_s'] * 1000:.0f}",
        )
        for count in ("10", "500")
    ]
    head = ("signals", "CPU ms", "wall ms")
    return _table("From a charter's text to the statement", head, rows)


def _analysing(figures: dict[str, Any]) -> str:
    rows = [
        (
            rules,
            inputs,
            f"{figures[f'analyse_pmpo {rules}']['cpu_s'] * 1000:.0f}",
            f"{figures[f'analyse_pmpo {rules}']['wall_s'] * 1000:.0f}",
        )
        for rules, inputs in (("500", "4"), ("50", "8"))
    ]
    title = "The gap, overlaps and dead rules of one decision table"
    return _table(title, ("rules", "inputs", "CPU ms", "wall ms"), rows)


def _history(results: dict[str, Any]) -> str:
    """The history, which may have been measured on another day."""
    figures, scale, machine = results["figures"], results["scale"], results["machine"]
    rows = [
        (
            name,
            str(one["periods"]),
            f"{one['cpu_s']:.1f}",
            f"{one['wall_s']:.1f}",
            f"{one['peak_mb'] / 1000:.2f}",
            f"{one['cpu_s'] / one['periods']:.2f}",
        )
        for name, one in (
            ("all periods in one statement", figures["history_pmpo"]),
            ("the plan of each period", figures["history_each"]),
        )
    ]
    title = (
        f"Ten signals at weekly boundaries over {scale['rows']:,} lines of {scale['units']:,} units"
    )
    head = ("", "periods", "CPU s", "wall s", "peak GB", "CPU s a period")
    return (
        _table(title, head, rows)
        + f"\n\nMeasured {results['measured']}, load {machine['load_before']} before the start; "
        f"medians of {scale['runs']} runs. Every period is under its own cuts, so that both give "
        "the same numbers; hashing is included."
    )


def _decided(results: dict[str, Any]) -> str:
    """The decision table, which may have been measured on another day."""
    figures, machine = results["figures"]["tables"], results["machine"]
    rates = {name: one["rows"] / one["cpu_s"] for name, one in figures.items()}
    clock = {name: one["rows"] / one["wall_s"] for name, one in figures.items()}
    base, base_clock = rates["tables_pmpo rule"], clock["tables_pmpo rule"]
    rows = [
        (
            name,
            f"{figures[task]['rows']:,}",
            f"{figures[task]['cpu_s']:.2f}",
            f"{figures[task]['wall_s']:.2f}",
            f"{rates[task] / 1e6:.2f}",
            f"{base / rates[task]:.1f} ×",
            f"{clock[task] / 1e6:.2f}",
            f"{base_clock / clock[task]:.1f} ×",
        )
        for name, task in (
            ("PMPO, outcome and rule", "tables_pmpo rule"),
            ("PMPO, with every hit as a bit", "tables_pmpo hits"),
            ("zen-engine, `evaluate`", "tables_zen one"),
            ("zen-engine, `evaluate_batch`", "tables_zen batch"),
            ("a loop in Python", "tables_python"),
        )
    ]
    different = ", ".join(
        f"{name.replace('_', ' ')} {count:,}"
        for name, count in results["figures"]["tables_different"].items()
    )
    head = (
        "",
        "rows",
        "CPU s",
        "wall s",
        "million rows per CPU s",
        "CPU per row, PMPO = 1",
        "million rows per s",
        "time per row, PMPO = 1",
    )
    count = f"{results['scale']['decided']:,}"
    title = f"A decision table of ten rules and four inputs over {count} rows"
    return (
        _table(title, head, rows)
        + f"\n\nMeasured {results['measured']}, load {machine['load_before']} before the start; "
        f"zen-engine {machine['versions']['zen-engine']}, duckdb {machine['versions']['duckdb']}; "
        f"medians of {results['scale']['runs']} runs. PMPO's goes from Parquet to an Arrow table "
        f"on {machine['cores']} threads, and makes numbers finite and rounds them first; the loop "
        "goes the same way without that. Of zen-engine the calls alone are timed, on rows that are "
        "Python values already. CPU seconds depend less on what else the machine does; PMPO uses "
        "all threads, the others one. Rows decided otherwise than by "
        f"PMPO: {different}."
    )
