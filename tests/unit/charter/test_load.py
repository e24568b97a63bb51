from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from pmpo.charter import load, loads
from pmpo.diagnostics import Span
from pmpo.model.charter import Anchor, Charter, Check, Column, Missing, ParamRef, Refresh
from pmpo.model.time import Duration
from tests.unit.charter.corpus import CHARTERS, COMPLETE, MINIMAL, changed

if TYPE_CHECKING:
    from pathlib import Path


def charter_of(text: str) -> Charter:
    """The charter in `text`, which has no error."""
    loaded = loads(text, "c.yaml")
    assert loaded.charter is not None, loaded.findings
    return loaded.charter


def codes(text: str) -> list[str]:
    """Codes of all errors and warnings about `text`."""
    return [f.code for f in loads(text, "c.yaml").findings if f.severity != "note"]


@pytest.mark.parametrize("path", CHARTERS, ids=lambda path: path.stem)
def test_golden_charters_are_valid(path: Path) -> None:
    """The charters that other tests build on have neither errors nor warnings."""
    loaded = load(path)
    assert [f for f in loaded.findings if f.severity != "note"] == []
    assert loaded.charter is not None


def test_values_are_read_exactly() -> None:
    """Numbers, references, dates and lengths arrive as the model has them."""
    charter = charter_of(COMPLETE)
    assert charter.unit.key == ("department", "product_type")
    assert charter.signals["growth"].value == (
        Anchor(at=Decimal("-0.20"), worth=Decimal(0)),
        Anchor(at=Decimal("0.00"), worth=Decimal(40)),
        Anchor(at=Decimal("0.30"), worth=Decimal(100)),
    )
    assert charter.bands["price"].edges == (ParamRef("thin"), Decimal("0.90"))
    assert charter.parameters["thin"].setting.by == ("department",)
    assert charter.parameters["thin"].setting.values == {
        ("PRODUCE",): ((None, Decimal("0.80")),),
        ("*",): ((None, Decimal("0.75")),),
    }
    assert charter.parameters["full"].setting.values == {
        (): ((date(2017, 1, 1), Decimal("0.90")), (date(2017, 7, 1), Decimal("0.92")))
    }
    assert charter.sources["sales"].columns["retail_disc"] == Column(
        type="decimal(12,2)", null=("?", "n/a")
    )
    assert charter.sources["sales"].columns["quantity"] == Column(type="integer")
    missing = charter.signals["growth"].missing
    assert (missing.policy, missing.max_age, missing.then) == (
        "hold",
        Duration(2, "week"),
        "exclude",
    )
    assert charter.triggers["price-slips"].for_ == Duration(2, "week")
    assert charter.meta.names == {"en": "Weekly range review", "ja": "週次の品揃え見直し"}


def test_every_block_of_the_complete_charter_is_filled() -> None:
    """The complete charter leaves no block of the language out, but the ratio beside its axes."""
    charter = charter_of(COMPLETE)
    empty = {
        name
        for name in Charter.__dataclass_fields__
        if not getattr(charter, name) and name not in ("places", "calendars")
    }
    assert empty == {"score"}


def test_owner_and_refresh_are_inherited() -> None:
    """Definitions without owner or refresh have the program's; their own ones win."""
    charter = charter_of(COMPLETE)
    weekly = Refresh(every=Duration(1, "week"))
    assert charter.sources["products"].owner == "master-data"
    assert charter.sources["products"].refresh == weekly
    assert charter.sources["sales"].refresh == Refresh(
        every=Duration(1, "day"), late_after=Duration(36, "hour")
    )
    assert {signal.owner for signal in charter.signals.values()} == {"category-lead"}
    assert {signal.refresh for signal in charter.signals.values()} == {weekly}
    held = changed(("    owner: finance\n", ""), text=COMPLETE)
    assert charter_of(held).assumptions["cost-share"].owner == "category-lead"


def test_zone_is_inherited_by_sources() -> None:
    """A source without a zone has the program's, and the charter says so without a warning."""
    text = changed(("    tz: UTC\n", ""), ("program:", "tz: Asia/Tokyo\nprogram:"))
    assert charter_of(text).sources["sales"].tz == "Asia/Tokyo"
    assert codes(text) == []
    assert codes(changed(("    tz: UTC\n", ""))) == ["charter/no-zone"]


def test_places_are_kept_by_path() -> None:
    """Every field and item can be pointed at; an inherited one points at its definition."""
    places = charter_of(MINIMAL).places
    assert places.value("signals.revenue.source") == Span("c.yaml", 22, 13, 22, 18)
    assert places.key("signals.revenue.source") == Span("c.yaml", 22, 5, 22, 11)
    assert places.value("unit.key.0") == Span("c.yaml", 7, 41, 7, 44)
    assert places.value("signals.revenue.owner") == places.value("signals.revenue")
    assert places.text == MINIMAL


def test_same_content_elsewhere_is_the_same_charter() -> None:
    """Places do not take part in comparison; remarks and blank lines change no meaning."""
    one, other = charter_of(MINIMAL), charter_of("# a remark\n\n" + MINIMAL)
    assert one.places.value("unit") != other.places.value("unit")
    assert one.logic_hash == other.logic_hash
    assert one.text_hash != other.text_hash


def test_text_hash_is_over_the_bytes() -> None:
    """What people sign is the file itself, byte order mark included."""
    data = b"\xef\xbb\xbf" + MINIMAL.encode()
    loaded = loads(data, "c.yaml")
    assert loaded.charter is not None
    assert loaded.charter.text_hash == "sha256:" + hashlib.sha256(data).hexdigest()
    assert loaded.text == MINIMAL


# --- forms -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "pairs"),
    [
        ("{items: sku}", {"items": (("sku", "sku"),)}),
        ("{items: {article: sku}}", {"items": (("article", "sku"),)}),
        ("{items: [sku, store]}", {"items": (("sku", "sku"), ("store", "store"))}),
        ("{unit: article}", {"unit": (("article", "sku"),)}),
        ("{unit: {article: sku}}", {"unit": (("article", "sku"),)}),
        ("{items: sku, unit: sku}", {"items": (("sku", "sku"),), "unit": (("sku", "sku"),)}),
    ],
)
def test_join_forms(written: str, pairs: dict[str, tuple[tuple[str, str], ...]]) -> None:
    """A join is one column, several, or own to theirs; the unit's columns go by position."""
    charter = charter_of(changed(("join: {items: sku}", f"join: {written}")))
    assert charter.sources["sales"].join == pairs


def test_join_to_a_composite_unit_follows_its_key() -> None:
    """Own columns are matched by position, or by name in whatever order they are written."""
    for written in ("[shop, article]", "{article: sku, shop: store}"):
        text = changed(
            ("key: [sku]", "key: [store, sku]"),
            ("join: {items: sku}", f"join: {{unit: {written}}}"),
        )
        assert charter_of(text).sources["sales"].join["unit"] == (
            ("shop", "store"),
            ("article", "sku"),
        )


def test_source_in_a_database() -> None:
    """A source may be a table of a database file."""
    text = changed(("from: data/items.parquet", "from: {database: shop.sqlite, table: items}"))
    source = charter_of(text).sources["items"]
    assert (source.from_, source.database, source.table) == ("", "shop.sqlite", "items")


@pytest.mark.parametrize(
    ("written", "check"),
    [
        ("{not_null: [a, b]}", Check(kind="not_null", columns=("a", "b"))),
        ("{unique: [a]}", Check(kind="unique", columns=("a",))),
        ("{range: {a: [0, 10.5]}}", Check(kind="range", columns=("a",), low=Decimal(0),
                                         high=Decimal("10.5"))),
        ("{range: {a: [null, 1]}}", Check(kind="range", columns=("a",), high=Decimal(1))),
        ("{values: {a: [x, '']}}", Check(kind="values", columns=("a",), values=("x", ""))),
        ("{holds: a > 0, severity: warn}", Check(kind="holds", holds="a > 0", severity="warn")),
        ("{rows: [1, null]}", Check(kind="rows", low=Decimal(1))),
    ],
)  # fmt: skip
def test_check_forms(written: str, check: Check) -> None:
    """Each kind of check is read into the attributes it uses."""
    text = changed(("    join:", f"    checks:\n      - {written}\n    join:"))
    assert charter_of(text).sources["sales"].checks == (check,)


def test_settings_by_several_columns() -> None:
    """A segment of several columns joins its values by `/`."""
    text = MINIMAL + (
        "parameters:\n  low:\n    by: [region, brand]\n"
        "    values: {'*/*': 1, 'north/*': {2018-01-01: 3, 2017-01-01: 2}}\n"
    )
    setting = charter_of(text).parameters["low"].setting
    assert setting.by == ("region", "brand")
    assert setting.values == {
        ("*", "*"): ((None, Decimal(1)),),
        ("north", "*"): ((date(2017, 1, 1), Decimal(2)), (date(2018, 1, 1), Decimal(3))),
    }


def test_a_segment_of_one_column_may_contain_a_slash() -> None:
    """With one column the whole key is the value, whatever it looks like."""
    text = MINIMAL + "parameters:\n  low: {by: kind, values: {a/b: 1, 367: 2, '*': 3}}\n"
    assert set(charter_of(text).parameters["low"].setting.values) == {("a/b",), ("367",), ("*",)}


def test_a_signal_without_policy_blocks_and_warns() -> None:
    """Without a missing-data policy the strictest one holds, and the charter is told so."""
    text = changed(("    missing: {policy: block}\n", ""))
    assert charter_of(text).signals["revenue"].missing == Missing(policy="block")
    assert codes(text) == ["charter/no-policy"]


TABLE_OF_COUNT = """
tables:
  order:
    inputs: [count]
    missing: {count: uncounted}
    outputs: [action]
    rules: [{id: R1, when: ['-'], then: [wait]}]
"""


BAND_OF_COUNT = "bands:\n  b: {signal: count, edges: [1], labels: [l, h], missing: m}\n"


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (("", ""), []),
        (("    missing: {count: uncounted}\n", ""), ["charter/no-policy"]),
        (("tables:", f"{BAND_OF_COUNT}tables:"), ["charter/no-policy"]),
    ],
)  # fmt: skip
def test_a_table_can_say_what_a_missing_signal_does(
    change: tuple[str, str], wanted: list[str]
) -> None:
    """Where only tables look at a signal, and all of them say it, the signal need not."""
    signal = "signals:\n  count: {formula: COUNT(*), source: items, precision: 0}\n"
    text = MINIMAL.replace("signals:\n", signal, 1) + TABLE_OF_COUNT.replace(*change)
    assert [code for code in codes(text) if code == "charter/no-policy"] == wanted


# --- findings ----------------------------------------------------------------------------------


def test_all_findings_come_at_once() -> None:
    """Faults of syntax that leave a tree, of fields, types and references are in one report."""
    text = changed(
        ("owner: stock-lead", "owner: stock-lead\nowner: other\nfoo: 1"),
        ("lag: 1 day", "lag: soon"),
        ("source: items,", "source: itms,"),
    )
    assert codes(text) == [
        "yaml/duplicate-key",
        "charter/unknown-field",
        "charter/unknown-name",
        "charter/bad-duration",
    ]


def test_broken_definitions_are_still_defined() -> None:
    """A signal that cannot be read is not reported as unknown where it is used."""
    text = changed(("    formula: TRAILING(SUM(amount), '4 weeks')\n", ""))
    assert codes(text) == ["charter/missing-field"]


def test_what_is_not_acted_on_is_noted_once() -> None:
    """A field that is only validated gives one note however often it is used."""
    text = changed(
        ("    better: higher\n", "    better: higher\n    error: {method: poisson}\n"),
        ("    better: lower\n", "    better: lower\n    error: {method: poisson}\n"),
    )
    (note,) = loads(text, "c.yaml").findings
    assert (note.code, note.severity) == ("charter/not-acted-on", "note")
    assert note.path == "signals.revenue.error"
    assert "also in line 31" in note.note


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """A path without a readable charter gives a finding that names it."""
    for path, code in (
        (tmp_path / "none.yaml", "charter/not-found"),
        (tmp_path, "charter/unreadable"),
        (tmp_path / "nul\0.yaml", "charter/unreadable"),
    ):
        loaded = load(path, shown_as="shown")
        assert loaded.charter is None
        assert [f.code for f in loaded.findings] == [code]
        assert "`shown`" in loaded.findings[0].message
