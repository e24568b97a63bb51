from __future__ import annotations

import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmpo.model.charter import Source
from pmpo.store.engine.duckdb import DuckDB, thread_count
from pmpo.store.readers import Relation, resolve
from tests.unit.store.support import everything_below, refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sales(tmp_path: Path) -> Relation:
    """A small Parquet source beside a file that no source names."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret.csv").write_text("a,b\n1,2\n")
    table = pa.table({"sku": ["a", "b", "b"], "units": [1, 2, 3]})
    pq.write_table(table, folder / "sales.parquet")
    return resolve(Source(name="sales", from_="data/sales.parquet"), tmp_path)


def test_a_query_gives_a_complete_arrow_table(sales: Relation) -> None:
    """Views have the names of the sources, and one query after another can be run."""
    with DuckDB({"sales": sales, "other name": sales}, threads=2) as engine:
        first = engine.query("SELECT sku, sum(units) AS units FROM sales GROUP BY ALL ORDER BY ALL")
        second = engine.query('SELECT count(*) AS n FROM "other name"')
    assert first.to_pydict() == {"sku": ["a", "b"], "units": [Decimal(1), Decimal(5)]}
    assert second.to_pydict() == {"n": [3]}


def test_an_arrow_table_can_be_registered(sales: Relation) -> None:
    """Tables that PMPO makes itself are read under the name it gives them."""
    with DuckDB({"sales": sales}, threads=1) as engine:
        engine.register("it's", pa.table({"sku": ["b"]}))
        found = engine.query('SELECT sum(units) AS n FROM sales JOIN "it\'s" USING (sku)')
    assert found.to_pylist() == [{"n": 5}]


def test_instants_are_utc_whatever_the_machine_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone of the machine changes no number."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with DuckDB({}, threads=1) as engine:
        found = engine.query("SELECT TIMESTAMPTZ '2024-01-01 00:00:00' AS t, hour(t) AS h")
    assert found.to_pylist() == [{"t": datetime(2024, 1, 1, tzinfo=UTC), "h": 0}]


READS = [
    "SELECT * FROM read_text('{folder}/secret.csv')",
    "SELECT * FROM read_blob('{folder}/secret.csv')",
    "SELECT * FROM read_csv('{folder}/secret.csv')",
    "SELECT * FROM read_json('{folder}/secret.csv')",
    "SELECT * FROM read_parquet('{folder}/*.parquet')",
    "SELECT * FROM parquet_metadata('{folder}/secret.csv')",
    "SELECT * FROM sniff_csv('{folder}/secret.csv')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM '{folder}/secret.csv'",
    "SELECT * FROM read_text('https://example.com/')",
    "SELECT (SELECT content FROM read_text('/etc/passwd')) AS x FROM sales",
]


@pytest.mark.parametrize("sql", READS)
def test_no_query_reads_another_file(sales: Relation, sql: str) -> None:
    """Only the files of the relations can be reached, however a query tries."""
    with (
        DuckDB({"sales": sales}, threads=1) as engine,
        pytest.raises(Exception, match=r"engine/(forbidden|failed)") as caught,
    ):
        engine.query(sql.format(folder=sales.files[0].parent))
    assert "secret,b" not in str(caught.value)


def test_the_refusal_to_read_is_named(sales: Relation) -> None:
    """A formula that tries to read a file is told what it may read."""
    with DuckDB({"sales": sales}, threads=1) as engine, refused("engine/forbidden") as found:
        engine.query("SELECT * FROM read_text('/etc/passwd')")
    assert "/etc/passwd" in found[0].message
    assert "declared sources" in found[0].note


CHANGES = [
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/sales.parquet'",
    "COPY (SELECT 1) TO '{folder}/sales.parquet' (FORMAT parquet, USE_TMP_FILE false)",
    "ATTACH '{folder}/new.duckdb'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "EXPORT DATABASE '{folder}/export'",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW sales AS SELECT 1",
    "DROP VIEW sales",
    "SET threads = 1",
    "RESET allowed_paths",
    "PRAGMA threads = 1",
    "CALL pragma_version()",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO '{folder}/out.csv'",
    "EXPLAIN ANALYZE SELECT 1",
    "",
]


@pytest.mark.parametrize("sql", CHANGES)
def test_only_one_select_is_run(sales: Relation, sql: str) -> None:
    """Nothing but one SELECT gets as far as being run, and the data stays as it is."""
    folder = sales.files[0].parent
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with DuckDB({"sales": sales}, threads=1) as engine:
        with refused("engine/not-a-query"):
            engine.query(sql.format(folder=folder))
        assert engine.query("SELECT count(*) AS n FROM sales").to_pylist() == [{"n": 3}]
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


SETTINGS = [
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET allowed_paths = ['/etc/passwd']",
    "SET allowed_directories = ['/']",
    "SET temp_directory = '/tmp'",
    "SET threads = 1",
    "SET memory_limit = '99GB'",
    "SET TimeZone = 'Asia/Tokyo'",
    "RESET TimeZone",
    "SET autoinstall_known_extensions = true",
    "SET python_enable_replacements = true",
    "PRAGMA threads = 1",
]


@pytest.mark.parametrize("sql", SETTINGS)
def test_the_lock_holds_below_the_engine(sales: Relation, sql: str) -> None:
    """Even a statement that went around `query` could change no setting."""
    with (
        DuckDB({"sales": sales}, threads=1) as engine,
        pytest.raises(duckdb.Error, match=r"locked|Cannot"),
    ):
        engine._live().execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/new.duckdb'",
        "INSTALL httpfs",
        "EXPORT DATABASE '{folder}/export'",
    ],
)
def test_the_files_are_locked_below_the_engine(sales: Relation, sql: str) -> None:
    """Even a statement that went around `query` could write no new file."""
    folder = sales.files[0].parent
    before = everything_below(folder)
    with DuckDB({"sales": sales}, threads=1) as engine, pytest.raises(duckdb.PermissionException):
        engine._live().execute(sql.format(folder=folder))
    assert everything_below(folder) == before


def test_variables_of_the_program_are_out_of_reach(sales: Relation) -> None:
    """A formula cannot read what happens to have its name in Python."""
    hidden = pa.table({"x": [1]})
    with DuckDB({"sales": sales}, threads=1) as engine, refused("engine/failed"):
        engine.query("SELECT * FROM hidden")
    assert hidden.num_rows == 1


@pytest.mark.parametrize(
    ("sql", "code", "fact"),
    [
        ("SELECT CAST('x' AS INTEGER)", "engine/conversion", "'x'"),
        ("SELECT CAST('2024-13-01' AS DATE)", "engine/conversion", "2024-13-01"),
        ("SELECT CAST(99999 AS DECIMAL(4,2))", "engine/conversion", "DECIMAL(4,2)"),
        ("SELECT 9223372036854775807 + 1", "engine/overflow", "Overflow"),
        ("SELECT nope FROM sales", "engine/failed", "nope"),
        ("SELEC 1", "engine/failed", "SELEC"),
        ("SELECT error('line one\nline two')", "engine/failed", "line one"),
    ],
)
def test_what_the_engine_refuses_is_one_finding(
    sales: Relation, sql: str, code: str, fact: str
) -> None:
    """Every error has a code by its kind and one line of fact, and the engine goes on."""
    with DuckDB({"sales": sales}, threads=1) as engine:
        with refused(code) as found:
            engine.query(sql)
        assert fact in found[0].message
        assert "\n" not in found[0].message
        assert not found[0].message.startswith(("Conversion", "Binder", "Parser"))
        assert engine.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_conversion_says_which_column_it_was(tmp_path: Path) -> None:
    """Text in a number column is reported with the expression that read it."""
    (tmp_path / "a.csv").write_text("k,amount\n1,2.5\n2,n/a\n")
    relation = resolve(Source(name="sales", from_="a.csv"), tmp_path)
    with DuckDB({"sales": relation}, threads=1) as engine, refused("engine/conversion") as found:
        engine.query("SELECT sum(CAST(amount AS DECIMAL(12,2))) FROM sales")
    assert "n/a" in found[0].message
    assert "CAST(amount AS DECIMAL(12,2))" in found[0].note


def test_a_query_that_never_ends_is_stopped(sales: Relation) -> None:
    """The watchdog ends a query, and the engine can be used afterwards."""
    endless = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r"
    with DuckDB({"sales": sales}, threads=1, timeout_s=0.2) as engine:
        with refused("engine/too-long") as found:
            engine.query(endless)
        assert "0.2 seconds" in found[0].message
        assert engine.query("SELECT count(*) AS n FROM sales").to_pylist() == [{"n": 3}]


def test_little_memory_spills_or_is_named() -> None:
    """What does not fit goes to disk with the same result; what can do neither is refused."""
    numbered = "SELECT i, row_number() OVER (ORDER BY i % 1009, i) FROM range(2000000) t(i)"
    sql = f"SELECT count(*) AS n, sum(i) AS s FROM ({numbered})"
    with DuckDB({}, threads=1) as engine:
        expected = engine.query(sql).to_pylist()
    with DuckDB({}, threads=1, memory_limit="60MB") as engine:
        assert engine.query(sql).to_pylist() == expected
    with DuckDB({}, threads=1, memory_limit="1MB") as engine, refused("engine/out-of-memory"):
        engine.query("SELECT list(i || 'padding') FROM range(1000000) t(i)")


def test_what_was_spilled_is_removed() -> None:
    """The private folder for spilled data goes with the engine, also after an error."""
    with DuckDB({}, threads=1) as engine:
        spill = engine._spill
        assert spill is not None
        assert spill.is_dir()
        with refused("engine/failed"):
            engine.query("SELEC")
    assert not spill.exists()


def test_a_file_that_disappears_is_named(sales: Relation) -> None:
    """A source that was deleted after it was found is reported by its name."""
    sales.files[0].unlink()
    with refused("engine/missing-file") as found, DuckDB({"sales": sales}, threads=1):
        pass
    assert "sales.parquet" in found[0].message


def test_names_that_sql_takes_for_one_are_refused(sales: Relation) -> None:
    """Two sources that differ only by case would be one view."""
    with refused("engine/same-name"), DuckDB({"sales": sales, "Sales": sales}, threads=1):
        pass


def test_a_closed_engine_says_so() -> None:
    """Using the engine outside its block is a mistake of the program."""
    engine = DuckDB({}, threads=1)
    with pytest.raises(RuntimeError, match="closed"):
        engine.query("SELECT 1")


def test_threads_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """PMPO_THREADS decides, and without it every core that may be used is."""
    assert thread_count({"PMPO_THREADS": " 3 "}) == 3
    assert thread_count({}) == thread_count({"PMPO_THREADS": ""}) == len(os.sched_getaffinity(0))
    monkeypatch.setenv("PMPO_THREADS", "1")
    with DuckDB({}) as engine:
        found = engine.query("SELECT current_setting('threads') AS n")
    assert found.to_pylist() == [{"n": 1}]


@pytest.mark.parametrize("said", ["0", "-1", "two", "1.5", "1e3", "99999", "２", "all"])
def test_nonsense_for_threads_is_refused(said: str) -> None:
    """A number of threads that cannot be meant is answered with one that can."""
    with refused("engine/threads") as found:
        thread_count({"PMPO_THREADS": said})
    assert said in found[0].message


@pytest.mark.parametrize("limit", ["", "lots", "-1GB", "5", "80%", "1GB; SELECT 1"])
def test_nonsense_for_memory_is_refused(limit: str) -> None:
    """A limit without number and unit is refused before anything is opened."""
    with refused("engine/memory-limit"):
        DuckDB({}, memory_limit=limit)


@pytest.mark.parametrize("threads", [1, 2])
def test_relations_give_the_same_on_any_number_of_threads(sales: Relation, threads: int) -> None:
    """Whole-number totals do not depend on the threads."""
    with DuckDB({"sales": sales}, threads=threads) as engine:
        found = engine.query("SELECT sum(a.units * b.units) AS n FROM sales a, sales b")
    assert found.to_pylist() == [{"n": 36}]


def test_dense_groups_change_no_result(tmp_path: Path) -> None:
    """Knowing how many aggregates there are makes room for dense keys and changes no number."""
    folder = tmp_path / "data"
    folder.mkdir()
    keys = [i * 7919 % 100_000 for i in range(20_000)]
    pq.write_table(pa.table({"k": keys, "n": range(20_000)}), folder / "rows.parquet")
    rows = resolve(Source(name="rows", from_="data/rows.parquet"), tmp_path)
    statement = "SELECT k, sum(n) AS n, count(*) AS c FROM rows GROUP BY k ORDER BY k"
    setting = "SELECT current_setting('perfect_ht_threshold') AS bits"
    found = []
    for aggregates in (None, 2, 500):
        with DuckDB({"rows": rows}, threads=2, aggregates=aggregates) as engine:
            found.append((engine.query(setting)["bits"][0].as_py(), engine.query(statement)))
    assert [bits for bits, _ in found] == [12, 19, 12]
    assert found[0][1] == found[1][1] == found[2][1]
