"""Many large files of one source are read in a memory that is far smaller than they are."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILES = 30
LINES = 400_000
_READ = """
import sys
from pathlib import Path
from pmpo.model.charter import Source
from pmpo.store.engine.duckdb import DuckDB
from pmpo.store.readers import resolve

relation = resolve(Source(name="sales", from_="sales-*.csv"), Path(sys.argv[1]))
with DuckDB({"sales": relation}, threads=1, memory_limit="200MB") as engine:
    query = (
        "SELECT COUNT(*) AS n, SUM(CAST(amount AS DECIMAL(9,2))) AS total, "
        "COUNT(DISTINCT sku) AS skus FROM sales"
    )
    [row] = engine.query(query).to_pylist()
# Not ru_maxrss: it begins with what the process that started this one had.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(row["n"], row["total"], row["skus"], peak.split()[1])
"""


def test_a_glob_larger_than_memory_is_read_in_pieces(tmp_path: Path) -> None:
    """The sums are right, nothing else is printed, and only a part of the files is ever held."""
    first = tmp_path / "sales-00.csv"
    note = "x" * 24
    with first.open("w", encoding="utf-8") as file:
        file.write("sku,amount,note\n")
        file.writelines(f"s{line % 1000},{line % 7}.25,{note}\n" for line in range(LINES))
    for number in range(1, FILES):
        os.link(first, tmp_path / f"sales-{number:02d}.csv")
    whole = first.stat().st_size * FILES
    ran = subprocess.run(
        [sys.executable, "-c", _READ, str(tmp_path)], capture_output=True, text=True, check=True
    )
    rows, total, skus, peak_kb = ran.stdout.split()
    one = sum(line % 7 for line in range(LINES)) + LINES // 4
    assert (int(rows), total, int(skus)) == (LINES * FILES, f"{one * FILES}.00", 1000)
    assert int(peak_kb) * 1024 < whole
