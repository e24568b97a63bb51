"""How rows become units: keys, joins, orphans, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pmpo.diagnostics import PmpoError
from tests.offices import Office, Run, charter_text

ITEMS = "items: {from: items.parquet, mode: snapshot}"
SALES = """\
sales:
  from: sales.parquet
  time: at
  known_at: none
  tz: UTC
  columns: {amount: 'decimal(12,2)'}
"""
X = "x: {formula: SUM(amount), source: sales, better: higher, value: {0: 0, 10: 100}}"
DAY = datetime(2024, 1, 2)
AS_OF = "2024-02-01"


def sales(**columns: list[Any]) -> dict[str, Any]:
    """Sales on one day of one each, with further columns."""
    count = len(next(iter(columns.values())))
    return {"at": [DAY] * count, "amount": ["1"] * count, **columns}


def run(
    base: Path,
    items: Any,
    rows: Any,
    join: str = "{items: sku}",
    *,
    key: str = "sku",
    unit: str = "",
    more: str = "",
    sources: str = "",
    signals: str = X,
) -> Run:
    """Measure one signal over items and sales."""
    office = Office(base)
    office.write("items", items)
    office.write("sales", rows)
    text = charter_text(
        sources=f"{ITEMS}\n{SALES}  join: {join}\n{sources}",
        signals=signals,
        unit=f"unit: {{name: item, source: items, key: [{key}]{unit}}}",
        more=more,
    )
    return office.run(text, AS_OF)


def refused(*arguments: Any, **named: Any) -> list[str]:
    """The codes of the errors with which a run stops."""
    with pytest.raises(PmpoError) as stopped:
        run(*arguments, **named)
    return [one.code for one in stopped.value.findings if one.severity == "error"]


def test_a_unit_without_rows_appears_with_missing_signals(tmp_path: Path) -> None:
    """The spine names the units; a unit that sold nothing is not forgotten and not zero."""
    signals = X + "\nn: {formula: COUNT(*), source: sales}"
    done = run(tmp_path, {"sku": ["a", "b"]}, sales(sku=["a"]), signals=signals)
    assert done.signal("x") == {"a": 1.0, "b": None}
    assert done.signal("n") == {"a": 1.0, "b": None}
    assert done.result("status") == {"a": "ranked", "b": "blocked"}
    assert done.result("reason")["b"] == "signals.x.missing"
    assert done.result("quality") == {"a": "C", "b": "D"}


def test_rows_of_no_unit_are_counted(tmp_path: Path) -> None:
    """Orphans are rows whose key is unknown or missing; the rest is measured."""
    done = run(tmp_path, {"sku": ["a"]}, sales(sku=["a", "z", "z", "y", None]))
    facts = done.inspection.facts["sales"]
    assert (facts.rows, facts.orphans, facts.orphan_keys) == (5, 4, 3)
    assert done.signal("x") == {"a": 1.0}


def test_parts_of_a_composite_key_stay_apart(tmp_path: Path) -> None:
    """`1/23` and `12/3` are two units, in code point order of their parts."""
    items = {"store": ["12", "1", "1"], "sku": ["3", "23", "3"]}
    rows = sales(shop=["1", "12", "12"], item=["23", "3", "3"])
    done = run(tmp_path, items, rows, "{unit: {item: sku, shop: store}}", key="store, sku")
    assert list(done.signal("x").items()) == [("1/23", 1.0), ("1/3", None), ("12/3", 2.0)]


def test_a_join_of_two_columns_needs_both(tmp_path: Path) -> None:
    """A row whose one part fits belongs to no unit."""
    items = {"store": ["1", "2"], "sku": ["a", "a"]}
    rows = sales(store=["1", "1", "3", None], sku=["a", "b", "a", "a"])
    done = run(tmp_path, items, rows, "{items: [store, sku]}", key="store, sku")
    assert done.signal("x") == {"1/a": 1.0, "2/a": None}
    assert done.inspection.facts["sales"].orphans == 3


@pytest.mark.parametrize("join", ["{items: sku}", "{unit: sku}"])
def test_keys_are_text(tmp_path: Path, join: str) -> None:
    """Leading zeros, words that look like missing ones and any script survive."""
    keys = ["0000045", "45", "NA", "null", "", " ", "茶", "O'Hare", "1e3", "a/b\\c"]
    sold = sales(sku=["0000045", "NA", "NA", "", "茶", "a/b\\c"])
    done = run(tmp_path, {"sku": keys}, sold, join)
    values = {key: value for key, value in done.signal("x").items() if value}
    assert values == {"0000045": 1.0, "NA": 2.0, "": 1.0, "茶": 1.0, "a/b\\c": 1.0}
    assert list(done.signal("x")) == sorted(keys)
    assert done.inspection.facts["sales"].orphans == 0


@pytest.mark.parametrize("join", ["{items: sku}", "{unit: sku}"])
@pytest.mark.parametrize(
    ("kind", "keys", "texts"),
    [
        (pa.int16(), [7, -3, 45], ["-3", "45", "7"]),
        (pa.date32(), [date(2024, 2, 29), date(1999, 1, 1)], ["1999-01-01", "2024-02-29"]),
        (pa.bool_(), [True, False], ["false", "true"]),
    ],
    ids=["whole number", "date", "boolean"],
)
def test_keys_of_other_types_have_one_text(
    tmp_path: Path, join: str, kind: pa.DataType, keys: list[Any], texts: list[str]
) -> None:
    """Whole numbers, dates and booleans are joined as they are and shown as text."""
    items = pa.table({"sku": pa.array(keys, kind)})
    rows = pa.table(sales(sku=pa.array(keys, kind).to_pylist())).set_column(
        2, "sku", pa.array(keys, kind)
    )
    done = run(tmp_path, items, rows, join)
    assert done.signal("x") == dict.fromkeys(texts, 1.0)


def test_a_join_between_numbers_of_two_widths_finds_its_units(tmp_path: Path) -> None:
    """An int32 key meets the same number stored as int64."""
    items = pa.table({"sku": pa.array([1, 2], pa.int32())})
    rows = pa.table({"at": [DAY], "amount": ["1"], "sku": pa.array([2], pa.int64())})
    assert run(tmp_path, items, rows, "{unit: sku}").signal("x") == {"1": None, "2": 1.0}


def test_keys_that_look_alike_are_warned_about_and_ranked_apart(tmp_path: Path) -> None:
    """Case and composition of characters are reported with an example, never merged."""
    keys = ["Tea", "tea", "caf\u00e9", "cafe\u0301", "milk"]
    done = run(tmp_path, {"sku": keys}, sales(sku=["Tea", "caf\u00e9"]))
    finding = next(f for f in done.inspection.findings if f.code == "unit/keys-alike")
    assert finding.severity == "warning"
    assert "2 groups" in finding.message
    assert len(done.table) == 5
    assert done.signal("x")["tea"] is None


def test_rows_without_a_full_key_belong_to_no_unit(tmp_path: Path) -> None:
    """They are counted and warned about; the others are units."""
    items = {"store": ["1", None, "2"], "sku": ["a", "a", None]}
    done = run(tmp_path, items, sales(store=["1"], sku=["a"]), "{unit: [store, sku]}",
               key="store, sku")  # fmt: skip
    finding = next(f for f in done.inspection.findings if f.code == "unit/missing-key")
    assert (finding.severity, len(done.table)) == ("warning", 1)
    assert "2 rows" in finding.message


def test_a_snapshot_that_repeats_its_key_is_refused(tmp_path: Path) -> None:
    """Each repeated row would be counted again."""
    rows = sales(sku=["a"])
    office = Office(tmp_path)
    office.write("items", {"sku": ["a", "a"]})
    office.write("sales", rows)
    text = charter_text(
        sources=f"items: {{from: items.parquet, mode: snapshot, key: [sku]}}\n{SALES}"
        "  join: {items: sku}",
        signals=X,
    )
    with pytest.raises(PmpoError) as stopped:
        office.run(text, AS_OF)
    assert [one.code for one in stopped.value.findings] == ["source/repeated-key"]
    assert "1 row repeats" in stopped.value.findings[0].message


def test_appended_rows_that_repeat_their_key_are_warned_about(tmp_path: Path) -> None:
    """The sum keeps them, and the source's grade says so."""
    office = Office(tmp_path)
    office.write("items", {"sku": ["a"]})
    office.write("sales", sales(sku=["a", "a", "a"], id=[1, 1, 2]))
    text = charter_text(sources=f"{ITEMS}\n{SALES}  key: [id]\n  join: {{items: sku}}", signals=X)
    done = office.run(text, AS_OF)
    assert done.codes == ["source/repeated-key"]
    assert done.signal("x") == {"a": 3.0}


def test_an_attribute_with_two_values_is_refused(tmp_path: Path) -> None:
    """A label that varies within a unit would depend on the order of rows."""
    items = {"sku": ["a", "a", "b"], "name": ["x", "y", "z"]}
    codes = refused(tmp_path, items, sales(sku=["a"]), "{unit: sku}", unit=", label: name")
    assert codes == ["unit/attribute-varies"]


def test_an_attribute_that_is_missing_in_some_rows_is_one_value(tmp_path: Path) -> None:
    """Missing beside one value is that value."""
    items = {"sku": ["a", "a"], "name": ["x", None]}
    done = run(tmp_path, items, sales(sku=["a"]), "{unit: sku}", unit=", label: name")
    assert done.table.data["about_name"].to_pylist() == ["x"]


def test_a_join_value_of_two_units_is_refused(tmp_path: Path) -> None:
    """A row may not be counted in two units."""
    items = {"sku": ["a", "b"], "ean": ["1", "1"]}
    codes = refused(tmp_path, items, sales(ean=["1"]), "{items: ean}")
    assert codes == ["source/ambiguous-join"]


def test_a_join_value_of_one_unit_in_two_rows_is_counted_once(tmp_path: Path) -> None:
    """Two rows of the unit's source with one key do not double the sums that join to them."""
    items = {"sku": ["a", "a", "b"], "shelf": ["1", "2", "1"]}
    assert run(tmp_path, items, sales(sku=["a", "b"])).signal("x") == {"a": 1.0, "b": 1.0}


def test_rows_reach_the_unit_through_two_sources(tmp_path: Path) -> None:
    """Sales name a package, packages an item, items are the unit; orphans on each step count."""
    Office(tmp_path).write("packs", {"pack": ["p", "q", "r"], "item": ["a", "b", "gone"]})
    done = run(
        tmp_path,
        {"sku": ["a", "b"]},
        sales(pack=["p", "p", "q", "r", "?"]),
        "{packs: pack}",
        sources="packs: {from: packs.parquet, mode: snapshot, join: {items: {item: sku}}}",
    )
    assert done.signal("x") == {"a": 2.0, "b": 1.0}
    assert done.inspection.facts["sales"].orphans == 2


def test_no_unit_at_all_is_refused(tmp_path: Path) -> None:
    """A source whose rows have no key names no unit."""
    items = pa.table({"sku": pa.array([None, None], pa.string())})
    assert refused(tmp_path, items, sales(sku=["a"])) == ["unit/none"]


@pytest.mark.parametrize("empty", ["items", "sales"])
def test_an_empty_source_is_refused(tmp_path: Path, empty: str) -> None:
    """No rows as of the moment would make every signal missing without anybody knowing why."""
    items, rows = pa.table({"sku": ["a"]}), pa.table(sales(sku=["a"]))
    items = items.slice(0, 0) if empty == "items" else items
    rows = rows.slice(0, 0) if empty == "sales" else rows
    assert refused(tmp_path, items, rows) == ["source/empty"]


def test_no_unit_in_scope_gives_a_result_that_says_why(tmp_path: Path) -> None:
    """Every unit is listed with the rule that leaves it out."""
    items = {"sku": ["a", "b"], "grp": ["x", None]}
    more = "scope: {in: grp = 'y'}"
    done = run(tmp_path, items, sales(sku=["a"]), more=more)
    assert done.evaluation.counts() == {
        "ranked": 0, "blocked": 0, "excluded": 0, "out_of_scope": 2,
    }  # fmt: skip
    assert set(done.result("reason").values()) == {"scope.in"}
    assert set(done.result("rank").values()) == {None}


def test_ties_are_ordered_by_key(tmp_path: Path) -> None:
    """Equal scores follow the key's code points, whatever order the rows came in."""
    keys = ["é", "b", "Z", "a", "e\u0301"]
    done = run(tmp_path, {"sku": keys}, sales(sku=[*keys, "b"]))
    ranks = done.result("rank")
    assert sorted(keys, key=lambda key: ranks[key]) == ["b", *sorted({*keys} - {"b"})]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), None], ids=["NaN", "∞", "−∞", "null"]
)
def test_what_is_not_a_finite_number_is_missing(tmp_path: Path, value: float | None) -> None:
    """NaN and infinities add nothing, and a unit that has only them is missing, not at the top."""
    rows = {**sales(sku=["a", "b", "b"]), "amount": pa.array([value, value, 2.5], pa.float64())}
    more = "bands: {level: {signal: x, edges: [1], labels: [low, high], missing: unknown}}"
    done = run(tmp_path, {"sku": ["a", "b"]}, pa.table(rows), more=more)
    assert done.signal("x") == {"a": None, "b": 2.5}
    assert done.result("band_level") == {"a": "unknown", "b": "high"}
    assert done.result("utility_x") == {"a": None, "b": 25_000_000}


def test_arithmetic_that_leaves_the_numbers_is_missing(tmp_path: Path) -> None:
    """Overflow to infinity and its difference are missing above the aggregates too."""
    big = " * ".join(["SUM(amount)", *["100000000000000000000000000000000000"] * 10])
    signals = f"{X}\nhuge: {{formula: {big}, source: sales}}\n"
    signals += f"none: {{formula: {big} - {big}, source: sales}}\n"
    signals += "over: {formula: SUM(amount) / (SUM(amount) - SUM(amount)), source: sales}\n"
    signals += "root: {formula: SQRT(0 - SUM(amount)), source: sales}"
    done = run(tmp_path, {"sku": ["a"]}, sales(sku=["a"]), signals=signals)
    assert {done.signal(name)["a"] for name in ("huge", "none", "over", "root")} == {None}
    assert done.result("score") == {"a": Decimal(10)}


@pytest.mark.parametrize("mode", ["snapshot", "versions"])
def test_a_label_may_be_derived(tmp_path: Path, mode: str) -> None:
    """A name made of codes is one value per unit, and checked like a column that was there."""
    office = Office(tmp_path)
    office.write("items", {"sku": ["a", "b"], "kind": [1, 2], "at": [DAY, DAY]})
    office.write("sales", sales(sku=["a", "b"]))
    timed = ", time: at, known_at: none, tz: UTC" if mode == "versions" else ""
    name = "CASE kind WHEN 1 THEN 'one' WHEN 2 THEN 'two' END"
    text = charter_text(
        sources=f"items: {{from: items.parquet, mode: {mode}, key: [sku]{timed}, "
        f'derive: {{name: "{name}"}}}}\n{SALES}  join: {{items: sku}}\n',
        signals=X,
        unit="unit: {name: item, source: items, key: [sku], label: name}",
    )
    done = office.run(text, AS_OF)
    assert done.table.data["about_name"].to_pylist() == ["one", "two"]
