"""Data contracts: what a source gets from one, what holds, what is said about the rest."""

from __future__ import annotations

import json
from decimal import Decimal
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.charter.load import Loaded, loads
from pmpo.diagnostics import Span
from pmpo.model.charter import Check, Source
from pmpo.model.time import Duration

if TYPE_CHECKING:
    from pmpo.diagnostics import Diagnostic

CHARTER = """\
charter: 1
program: trial
purpose: {statement: Read a contract.}
owner: lead
refresh: {every: 1 week}
unit: {name: shop, source: shops, key: [shop]}
sources:
  shops: {from: shops.csv, mode: snapshot}
  sales: {contract: sales.odcs.yaml, OWN}
signals:
  x: {formula: SUM(amount), source: sales, better: higher, value: {0: 0, 9: 100}, missing: {policy: block}}
axes:
  size: {weight: 100, signals: {x: 100}}
"""  # noqa: E501 - one signal, one line
TIMED = "from: sales.csv, tz: UTC, time: sold_at, join: {unit: shop}"
OWN = TIMED + ", known_at: sold_at"


def contract(properties: str = "", more: str = "", about: str = "") -> str:
    """A contract of one table, from the insides of its blocks."""
    told = f"""\
apiVersion: v3.1.0
kind: DataContract
id: 0b1c
version: 1.0.0
status: active
{dedent(more)}
schema:
  - name: sales
{indent(dedent(about), "    ")}
    properties:
      - {{name: shop, logicalType: string}}
      - {{name: sold_at, logicalType: timestamp}}
{indent(dedent(properties), "      ")}
"""
    return "\n".join(line for line in told.split("\n") if line.strip())


def loaded(text: str, own: str = OWN) -> Loaded:
    """The charter beside a contract."""

    def file(name: str) -> tuple[bytes, str]:
        if name != "sales.odcs.yaml":
            raise FileNotFoundError(2, "No such file", name)
        return text.encode(), name

    return loads(CHARTER.replace("OWN", own), "charter.yaml", file)


def source(text: str, own: str = OWN) -> Source:
    """The source that a contract defines."""
    found = loaded(text, own)
    assert found.charter is not None, found.findings
    return found.charter.sources["sales"]


def said(text: str, own: str = OWN) -> list[Diagnostic]:
    """What is said about contracts."""
    return [f for f in loaded(text, own).findings if f.code.startswith("contract/")]


def test_types_come_from_the_logical_and_the_physical_type() -> None:
    """A number is exact only with its digits; the name in the data is the physical one."""
    text = contract(
        """\
        - {name: amount, logicalType: number, physicalType: 'numeric(12, 2)'}
        - {name: line, physicalName: LINE_NO, physicalType: BIGINT}
        - {name: paid, logicalType: date, physicalType: TIMESTAMP_NTZ}
        - {name: day, logicalType: date, physicalType: date}
        - {name: open, physicalType: boolean}
        - {name: code, physicalType: varchar(18)}
        """
    )
    types = {name: column.type for name, column in source(text).columns.items()}
    assert types == {
        "shop": "text",
        "sold_at": "timestamp",
        "amount": "decimal(12,2)",
        "LINE_NO": "integer",
        "paid": "timestamp",
        "day": "date",
        "open": "boolean",
        "code": "text",
    }
    assert said(text) == []


def test_the_key_is_the_primary_key_in_its_order() -> None:
    """Positions count, not the order of the properties."""
    text = contract(
        """\
        - {name: line, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
        - {name: receipt, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
        """
    )
    assert source(text).key == ("receipt", "line")


def counting(condition: str) -> str:
    """A property with a rule in SQL that counts rows and wants none."""
    query = f"'SELECT COUNT(*) FROM {{object}} WHERE {condition}'"
    return f"{{name: a, quality: [{{type: sql, mustBe: 0, query: {query}}}]}}"


RULES = [
    ("{name: a, required: true}", Check(kind="not_null", columns=("a",))),
    ("{name: a, unique: true}", Check(kind="unique", columns=("a",))),
    ("{name: a, quality: [{metric: nullValues, mustBe: 0}]}", ("not_null", "error")),
    (
        "{name: a, quality: [{metric: nullValues, mustBeLessThan: 1, severity: warning}]}",
        ("not_null", "warn"),
    ),
    ("{name: a, quality: [{type: library, rule: nullCheck}]}", ("not_null", "error")),
    ("{name: a, quality: [{rule: duplicateCount, mustBe: 0}]}", ("unique", "error")),
    (
        "{name: a, quality: [{rule: validValues, validValues: [x, 2]}]}",
        Check(kind="values", columns=("a",), values=("x", "2")),
    ),
    (
        counting("{property} < 0 OR shop IN (''x'', ''y'')"),
        Check(kind="holds", holds="NOT (\"a\" < 0 OR shop IN ('x', 'y'))"),
    ),
]


@pytest.mark.parametrize(("prop", "expected"), RULES)
def test_a_rule_that_can_be_run_is_a_check(prop: str, expected: Check | tuple[str, str]) -> None:
    """Each kind of rule becomes the check that means the same, and nothing more is said."""
    text = contract(f"- {prop}")
    (check,) = source(text).checks
    if isinstance(expected, Check):
        assert check == expected
    else:
        assert (check.kind, check.severity, check.columns) == (*expected, ("a",))
    assert said(text) == []


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [
        ("mustBe: 5", 5, 5),
        ("mustBeBetween: [100, 120]", 100, 120),
        ("mustBeGreaterThan: 9", 10, None),
        ("mustBeLessOrEqualTo: 9", None, 9),
        ("mustBeLessThan: 9", None, 8),
    ],
)
def test_how_many_rows(rule: str, low: int | None, high: int | None) -> None:
    """Operators become limits that belong to what they allow."""
    text = contract(about=f"quality: [{{metric: rowCount, {rule}}}]")
    (check,) = source(text).checks
    assert (check.kind, check.low, check.high) == ("rows", low, high)


def test_limits_of_a_column_and_a_key_of_several() -> None:
    """`minimum` and `maximum` are a range; duplicates over several columns are one check."""
    text = contract(
        "- {name: a, logicalType: integer, logicalTypeOptions: {minimum: 0}}",
        about="quality: [{metric: duplicateValues, mustBe: 0, arguments: {properties: [a, shop]}}]",
    )
    limits, unique = source(text).checks
    assert limits == Check(kind="range", columns=("a",), low=Decimal(0))
    assert (unique.kind, unique.columns) == ("unique", ("a", "shop"))


def test_texts_that_stand_for_missing() -> None:
    """They are missing in the data from now on; that none may be missing is a check."""
    rule = "{metric: missingValues, mustBe: 0, arguments: {missingValues: [null, '', n/a]}}"
    found = source(contract(f"- {{name: a, logicalType: string, quality: [{rule}]}}"))
    assert found.columns["a"].null == ("", "n/a")
    assert [check.kind for check in found.checks] == ["not_null"]


@pytest.mark.parametrize(
    "prop",
    [
        "{name: a, quality: [{type: text, description: Looks right.}]}",
        "{name: a, quality: [{type: custom, engine: soda, implementation: 'x: y'}]}",
        "{name: a, quality: [{metric: nullValues, mustBeLessThan: 1, unit: percent}]}",
        "{name: a, quality: [{metric: nullValues, mustBeLessThan: 10}]}",
        "{name: a, quality: [{metric: invalidValues, mustBe: 0, arguments: {pattern: '^A'}}]}",
        "{name: a, quality: [{metric: newest, mustBe: 0}]}",
        "{name: a, quality: [{type: sql, mustBe: 0, query: 'SELECT AVG(a) FROM {object}'}]}",
        counting("lower(a) = ''x''"),
        counting("b = 1"),
        counting("a = 1); DROP TABLE x; --"),
        "{name: a, logicalType: number}",
        "{name: a, logicalType: array}",
        "{name: a, physicalType: DOUBLE}",
        "{name: a, logicalType: string, logicalTypeOptions: {maxLength: 3}}",
    ],
)
def test_what_cannot_be_run_is_a_note(prop: str) -> None:
    """It makes no check and no type, and is listed with its place in the contract."""
    text = contract(f"- {prop}")
    assert source(text).checks == ()
    (note,) = said(text)
    assert (note.code, note.severity) == ("contract/not-executed", "note")
    assert note.span is not None
    assert note.span.file == "sales.odcs.yaml"


SLA = """\
slaProperties:
  - {property: frequency, value: 1, unit: d}
  - {property: latency, value: 4, unit: h, element: sales.sold_at}
  - {property: latency, value: 9, unit: h, element: returns.sold_at}
"""


def test_frequency_and_latency() -> None:
    """Rows are known after the latency, and late after both; other tables do not matter."""
    found = source(contract(more=SLA), TIMED)
    assert found.refresh is not None
    assert str(found.refresh.every) == "1 day"
    assert str(found.refresh.late_after) == "28 hours"
    assert found.lag == Duration(4, "hour")


def test_a_column_that_says_when_is_better_than_latency() -> None:
    """With `known_at` no lag is taken from the contract."""
    assert source(contract(more=SLA), OWN).lag is None


def test_other_agreements_are_notes() -> None:
    """Retention, availability and lengths that are no whole number are said."""
    text = contract(
        more="""\
        slaProperties:
          - {property: retention, value: 3, unit: y}
          - {property: latency, value: 1.5, unit: d}
        """
    )
    assert [note.severity for note in said(text)] == ["note", "note"]


SERVERS = """\
servers:
  - {server: prod, type: postgres, host: db.example.org, port: 5432, database: d, schema: s}
  - {server: here, SERVER}
"""
PLACELESS = OWN.replace("from: sales.csv, ", "")


def test_where_the_data_is() -> None:
    """A file, or a table of a DuckDB file; servers that cannot be read here are passed over."""
    local = contract(more=SERVERS.replace("SERVER", "type: local, path: data/*.parquet"))
    assert source(local, PLACELESS).from_ == "data/*.parquet"
    duck = contract(
        more=SERVERS.replace("SERVER", "type: duckdb, database: shop.duckdb"),
        about="physicalName: sales_2",
    )
    found = source(duck, PLACELESS)
    assert (found.database, found.table) == ("shop.duckdb", "sales_2")
    assert [f.code for f in said(contract(), PLACELESS)] == ["contract/no-place"]


def test_the_charter_holds_and_contradictions_are_said() -> None:
    """Type, key and refresh of the charter stand; each difference is a warning with both places."""
    text = contract(
        "- {name: amount, logicalType: integer, primaryKey: true}",
        more=SLA,
    )
    own = OWN + ", key: [shop], refresh: {every: 1 hour}, columns: {amount: 'decimal(12,2)'}"
    found = source(text, own)
    assert (found.key, found.columns["amount"].type) == (("shop",), "decimal(12,2)")
    assert found.columns["shop"].type == "text"
    assert found.refresh is not None
    assert str(found.refresh.every) == "1 hour"
    warnings = said(text, own)
    assert [w.code for w in warnings] == ["contract/contradicts"] * 3
    assert all(w.span is not None and w.span.file == "charter.yaml" for w in warnings)
    assert all("sales.odcs.yaml:" in w.note for w in warnings)


def test_checks_of_both_are_made() -> None:
    """A check of the charter does not replace the contract's."""
    text = contract("- {name: a, required: true}")
    found = source(text, OWN + ", checks: [{unique: [a]}]")
    assert [check.kind for check in found.checks] == ["unique", "not_null"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- a list", "contract/shape"),
        ("apiVersion: v2.2.2\nkind: DataContract", "contract/version"),
        ("apiVersion: v3.0.2\nkind: Other", "contract/version"),
        ("apiVersion: v3.0.2\nkind: DataContract", "contract/object"),
        ("a: [1", "yaml/syntax"),
        ("a: &a {b: 1}\na: 2", "yaml/duplicate-key"),
        (contract("- {name: a, logicalType: string, required: true}\n- *x"), "yaml/alias"),
        (contract("- {name: a, logicalTypeOptions: {minimum: few}}"), "charter/wrong-type"),
        (contract("- {name: a, physicalType: 'decimal(50,2)'}"), "charter/bad-type"),
    ],
)
def test_a_contract_that_is_none_is_an_error(text: str, code: str) -> None:
    """It is reported at its place in the contract, and there is no charter."""
    found = loaded(text)
    assert found.charter is None
    errors = [f for f in found.findings if f.severity == "error"]
    assert code in [f.code for f in errors], errors
    assert all(f.span is None or f.span.file for f in errors)
    assert any(f.span is not None and f.span.file == "sales.odcs.yaml" for f in errors)


def test_a_contract_that_is_not_there() -> None:
    """The finding stands where the charter names it."""
    found = loads(CHARTER.replace("OWN", OWN), "charter.yaml")
    (error,) = (f for f in found.findings if f.code == "contract/unreadable")
    assert error.span == Span("charter.yaml", 9, 21, 9, 36)


def test_one_table_of_several() -> None:
    """The one called like the source, or the one behind `#`; another name is an error."""
    text = contract("- {name: a, required: true}").replace(
        "schema:\n", "schema:\n  - {name: returns, properties: [{name: b, unique: true}]}\n"
    )
    assert [check.kind for check in source(text).checks] == ["not_null"]

    def named(wanted: str) -> Loaded:
        charter = CHARTER.replace("OWN", OWN).replace(".odcs.yaml", f".odcs.yaml#{wanted}")
        return loads(charter, "charter.yaml", lambda name: (text.encode(), name))

    returns = named("returns").charter
    assert returns is not None
    assert [check.kind for check in returns.sources["sales"].checks] == ["unique"]
    assert "contract/object" in [f.code for f in named("stock").findings]


def test_the_contract_is_part_of_the_logic() -> None:
    """A changed rule is another charter; a changed description is the same one."""

    def logic(text: str) -> str:
        found = loaded(text).charter
        assert found is not None
        return found.logic_hash

    plain = contract("- {name: a, required: true}")
    assert logic(plain) != logic(contract("- {name: a, unique: true}"))
    assert logic(plain) == logic(contract("- {name: a, required: true, description: A letter.}"))


NAMES = [
    "apiVersion",
    "kind",
    "schema",
    "servers",
    "slaProperties",
    "name",
    "physicalName",
    "properties",
    "quality",
    "logicalType",
    "physicalType",
    "primaryKey",
    "primaryKeyPosition",
    "required",
    "unique",
    "logicalTypeOptions",
    "minimum",
    "metric",
    "rule",
    "type",
    "arguments",
    "properties",
    "validValues",
    "missingValues",
    "mustBe",
    "mustBeBetween",
    "mustBeLessThan",
    "severity",
    "query",
    "unit",
    "property",
    "value",
    "element",
    "path",
    "database",
    "tags",
]
WORDS = [
    "v3.1.0",
    "DataContract",
    "sales",
    "true",
    "local",
    "duckdb",
    "library",
    "sql",
    "text",
    "nullValues",
    "rowCount",
    "invalidValues",
    "duplicateValues",
    "missingValues",
    "DECIMAL(99,2)",
    "DECIMAL(12,2)",
    "number",
    "latency",
    "frequency",
    "d",
    "h",
    "warning",
    "a.b",
    "0",
    "1",
    "²",
    "1.5",
    "-3",
]
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(WORDS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=30,
)
OBJECTS = st.lists(st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=8), max_size=3)


@settings(max_examples=150, deadline=None)
@given(OBJECTS, OBJECTS, OBJECTS, OBJECTS)
def test_no_contract_stops_the_reader(table: Any, quality: Any, sla: Any, servers: Any) -> None:
    """Whatever stands in a contract, it is read or reported."""
    told = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "schema": [{"name": "sales", "properties": table, "quality": quality}],
        "slaProperties": sla,
        "servers": servers,
    }
    for own in (OWN, PLACELESS):
        found = loaded(json.dumps(told), own)
        assert found.charter is not None or any(f.severity == "error" for f in found.findings)


def test_a_long_condition_is_read_in_time() -> None:
    """Names and blanks without end do not make the reader try every way to part them."""
    for condition in ("a" * 3_000 + "!", " " * 3_000 + "!", "a = 1 " * 600 + "!", "x" * 10_000):
        assert [note.severity for note in said(contract(f"- {counting(condition)}"))] == ["note"]
