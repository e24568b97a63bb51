from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="the benchmarks need the extra `bench`")
pytest.importorskip("pandas", reason="the benchmarks need the extra `bench`")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.agreement import PRECISIONS, compare_scores, compare_signals
from benchmarks.data import office_of
from benchmarks.plan import Scale, run_tables
from benchmarks.process import run_task
from benchmarks.report import markdown
from benchmarks.tasks.compile_pmpo import statement_of, text_with

ROWS, UNITS = 20_000, 500


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set of sales lines."""
    return office_of(ROWS, UNITS, tmp_path_factory.mktemp("bench"))


def sales(office: Path) -> pa.Table:
    """The lines of an office."""
    return pq.read_table(office / "data" / "sales.parquet")


def test_all_periods_at_once_are_the_plan_of_each(office: Path) -> None:
    """What the history is timed against gives the same numbers, to the last bit."""
    once, apart = (run_task(f"history_{way}", str(office), "3", "1") for way in ("pmpo", "each"))
    assert once.told["hash"] == apart.told["hash"]
    assert once.told["rows"] == apart.told["rows"] == 3 * UNITS


def test_the_data_is_the_same_every_time(office: Path, tmp_path: Path) -> None:
    """One seed gives one set of lines, with two decimals, in the order of time."""
    again = sales(office_of(ROWS, UNITS, tmp_path))
    lines = sales(office)
    assert lines.num_rows == ROWS
    assert lines == again
    assert all(
        abs(amount * 100 - round(amount * 100)) < 1e-6 for amount in lines["amount"].to_pylist()
    )
    assert lines["time"].to_pylist() == sorted(lines["time"].to_pylist())


@pytest.mark.parametrize("peer", ["pandas", "polars"])
def test_contenders_agree(peer: str, office: Path, tmp_path: Path) -> None:
    """The ten signals are the same numbers, but for sums of doubles that lie on a tie."""
    pytest.importorskip(peer)
    own, other = tmp_path / "pmpo.parquet", tmp_path / "other.parquet"
    cost = run_task("signals_pmpo", str(office), str(own), "2")
    run_task(f"signals_{peer}", str(office), str(other))
    found = compare_signals(own, other)
    assert found.cells == UNITS * len(PRECISIONS)
    assert found.different == 0
    assert found.rounded_apart < found.cells / 100
    assert cost.cpu_s > 0 < cost.peak_bytes
    assert cost.told["orphans"] == 0


@pytest.mark.parametrize(
    "change",
    [lambda values: [values[0] + 1, *values[1:]], lambda values: [None, *values[1:]]],
    ids=["another number", "a missing one"],
)
def test_a_difference_is_found(change, office: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """One number that differs or is missing on one side is counted."""
    own, other = tmp_path / "pmpo.parquet", tmp_path / "other.parquet"
    run_task("signals_pmpo", str(office), str(own), "1")
    run_task("signals_pandas", str(office), str(other))
    table = pq.read_table(other)
    place = table.schema.get_field_index("revenue")
    changed = pa.array(change(table["revenue"].to_pylist()))
    pq.write_table(table.set_column(place, "revenue", changed), other)
    assert compare_signals(own, other).different == 1


def test_scores_agree_when_order_and_numbers_do(tmp_path: Path) -> None:
    """Ties may stand in any order; anything else that is out of order is counted."""
    np.savez(tmp_path / "a.npz", score=np.array([0.5, 0.5, 0.9]), rank=np.array([2, 3, 1]))
    np.savez(tmp_path / "b.npz", score=np.array([0.5, 0.5, 0.9]), rank=np.array([3, 2, 1]))
    np.savez(tmp_path / "c.npz", score=np.array([0.5, 0.5, 0.9]), rank=np.array([1, 2, 3]))
    assert compare_scores(tmp_path / "a.npz", tmp_path / "b.npz").different == 0
    assert compare_scores(tmp_path / "a.npz", tmp_path / "c.npz").different > 0


def test_score_and_rank_can_be_compared(tmp_path: Path) -> None:
    """PMPO's scores are the weighted sums, and its ranks follow them."""
    run_task("score_pmpo", "300", str(tmp_path / "pmpo.npz"), "1")
    found = np.load(tmp_path / "pmpo.npz")
    assert found["score"].shape == found["rank"].shape == (300,)
    assert list(np.argsort(found["rank"])) == list(np.argsort(-found["score"], kind="stable"))


def test_contenders_decide_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision table gives the same rule and outcome in PMPO, zen-engine and plain Python."""
    pytest.importorskip("zen")
    monkeypatch.setenv("PMPO_BENCH_DIR", str(tmp_path))
    figures = run_tables(Scale(0, 0, 0, decided=2_000, runs=1), lambda _told: None)
    assert figures["tables_different"] == {"hits": 0, "zen": 0, "zen_batch": 0, "python": 0}
    assert {one["rows"] for one in figures["tables"].values()} == {2_000}


def test_a_charter_of_many_signals_compiles() -> None:
    """Each signal of the generated charter stands in the statement."""
    statement = statement_of(text_with(12))
    assert all(f"signal_s{number}" in statement for number in range(12))


def test_the_table_that_is_analysed_lacks_one_box() -> None:
    """The search is timed on a table with exactly one gap and no overlap."""
    told = run_task("analyse_pmpo", "60", "3").told
    assert (told["gaps"], told["overlapping"], told["gave_up"]) == (1, 0, False)


def test_a_task_that_fails_is_told(tmp_path: Path) -> None:
    """A contender that cannot run has no figure."""
    with pytest.raises(RuntimeError, match="signals_pmpo"):
        run_task("signals_pmpo", str(tmp_path), str(tmp_path / "none.parquet"), "1")


def test_the_report_has_a_row_for_each_contender() -> None:
    """Ratios are told beside PMPO."""
    one = {
        "process_cpu_s": 2.0,
        "process_wall_s": 1.0,
        "peak_mb": 500.0,
        "cpu_s": 1.0,
        "wall_s": 1.0,
    }
    tasks = [
        "signals_pmpo", "signals_polars", "signals_pandas", "checks_pmpo", "snapshot_pmpo",
        "score_pmpo", "score_skcriteria", "score_pymcdm", "compile_pmpo 10", "compile_pmpo 500",
        "analyse_pmpo 500", "analyse_pmpo 50",
    ]  # fmt: skip
    same = {"cells": 10, "rounded_apart": 0, "different": 0}
    figures = {name: dict(one) for name in tasks}
    figures["signals_pandas"]["process_cpu_s"] = 9.0
    agreement = {"signals": {"polars": same}, "scores": {"pymcdm": same}, "hashes": 1}
    results = {
        "measured": "2026-01-05",
        "scale": {"rows": 1_000, "units": 10, "scored": 100, "runs": 1},
        "machine": {
            "processor": "one", "cores": 2, "memory_gb": 8, "system": "Linux", "python": "3.11",
            "load_before": 0.1, "versions": {"pmpo": "0.1.0"},
        },
        "figures": {**figures, "agreement": agreement},
    }  # fmt: skip
    told = markdown(json.loads(json.dumps(results)))
    assert "| pandas | 9.0 | 1.0 | 0.50 | 4.5 × | 1.0 × |" in told
    assert "scikit-criteria" in told
