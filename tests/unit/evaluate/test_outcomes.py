"""Outcomes from measured units to results: what tables decide, and where they cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from pmpo.diagnostics import CharterError
from pmpo.evaluate import evaluate
from pmpo.evaluate.applied import Tables
from pmpo.evaluate.explain import board, board_table, why
from pmpo.evaluate.reasons import left_out
from pmpo.evaluate.record import Record, read_record
from pmpo.model.canonical import hash_table
from pmpo.store.evaluations import StoredEvaluation
from tests.offices import Office, charter_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.offices import Run

ITEMS: list[dict[str, Any]] = [
    {"sku": "a", "x": 1.0, "aisle": "food", "since": date(2024, 1, 1), "fresh": True, "size": 2},
    {"sku": "b", "x": 5.0, "aisle": "food", "since": date(2024, 2, 1), "fresh": False, "size": 3},
    {"sku": "c", "x": 9.0, "aisle": "drug", "since": None, "fresh": None, "size": None},
    {"sku": "d", "x": None, "aisle": None, "since": date(2024, 3, 1), "fresh": True, "size": 2},
]
SCHEMA = pa.schema(
    {
        "sku": pa.string(),
        "x": pa.decimal128(6, 2),
        "aisle": pa.string(),
        "since": pa.date32(),
        "fresh": pa.bool_(),
        "size": pa.int64(),
    }
)
PARAMETERS = """
parameters:
  high: {by: aisle, values: {drug: 9.5, '*': 5}}
  later: {values: {'*': {2030-01-01: 4}}, by: aisle}
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Four items, of which each lacks something else."""
    office = Office(tmp_path)
    rows = [{**row, "x": None if row["x"] is None else Decimal(str(row["x"]))} for row in ITEMS]
    office.write("items", pa.Table.from_pylist(rows, SCHEMA))
    return office


def text_of(tables: str, *, missing: str = "exclude", bands: str = "") -> str:
    """A charter with one signal `x`, some parameters, and these tables."""
    policy = f"missing: {{policy: {missing}}}"
    return charter_text(
        sources="items: {from: items.parquet, mode: snapshot}",
        signals="x: {formula: SUM(x), source: items, precision: 2, better: higher, "
        f"value: {{0: 0, 10: 100}}, {policy}}}",
        more="\n".join([dedent(PARAMETERS).strip(), dedent(bands).strip(), dedent(tables).strip()]),
    )


def run(office: Office, tables: str, **more: str) -> Run:
    """Measure and evaluate the items under these tables."""
    return office.run(text_of(tables, **more), "2024-03-04")


def tables(inputs: str, rules: str, more: str = "outputs: [do]") -> str:
    """One table `t`."""
    listed = "\n".join(f"      - {rule}" for rule in dedent(rules).strip().splitlines())
    return f"tables:\n  t:\n    inputs: {inputs}\n    {more}\n    rules:\n{listed}\n"


TWO_RULES = """
{id: R1, when: ['>= PARAM("high")'], then: [buy], because: It is worth it.}
{id: R2, when: ['< PARAM("high")'], then: [keep]}
"""


def test_a_table_decides_by_parameters_of_the_unit(office: Office) -> None:
    """9 is high for food and not for drugs; only ranked units have an outcome and a rule."""
    found = run(office, tables("[x]", TWO_RULES))
    assert found.result("outcome") == {"a": "keep", "b": "buy", "c": "keep", "d": None}
    assert found.result("rule_t") == {"a": "R2", "b": "R1", "c": "R2", "d": None}
    assert found.result("out_t_do") == found.result("outcome")
    told = why(found.charter, found.evaluation, "c").as_json()
    assert told["rules"] == ({"id": "R2", "because": "", "table": "t", "t.do": "keep"},)
    assert told["tables"][0]["parameters"] == {"high": "9.5"}
    assert told["tables"][0]["values"] == {"x": 9.0}


def test_without_tables_nothing_is_added(office: Office) -> None:
    """A charter without tables has no outcome columns, so that its hashes stay what they were."""
    names = run(office, "").evaluation.results.column_names
    assert names == [
        "key_sku", "status", "reason", "rank", "score", "axis_main", "utility_x", "points_x",
        "quality",
    ]  # fmt: skip


def test_a_gap_blocks_the_unit_and_names_its_values(office: Office) -> None:
    """No rule for 5: the unit has no rank and no outcome, and the fault says why."""
    found = run(office, tables("[x]", "{id: R1, when: ['not(5)'], then: [buy]}"))
    assert found.result("status") == {
        "a": "ranked", "b": "blocked", "c": "ranked", "d": "excluded",
    }  # fmt: skip
    assert found.result("reason")["b"] == "tables.t.rules"
    assert found.result("outcome")["b"] is None
    [fault] = Tables(found.charter, found.evaluation).faults()
    assert (fault.code, fault.message) == (
        "table/no-rule",
        "no rule of table `t` holds for b: x 5",
    )
    assert [
        (one.rule, one.because, one.units) for one in left_out(found.charter, found.evaluation)
    ][-1] == ("tables.t.rules", "no rule of table t holds", 1)


def test_an_accepted_gap_is_no_fault(office: Office) -> None:
    """Where somebody answers for a gap, the unit keeps its rank and has no outcome."""
    accepted = "accepted_gaps: [{where: {x: '5'}, because: Nobody asks., owner: lead}]"
    more = f"outputs: [do]\n    {accepted}"
    found = run(office, tables("[x]", "{id: R1, when: ['not(5)'], then: [buy]}", more))
    assert found.result("status")["b"] == "ranked"
    assert found.result("outcome") == {"a": "buy", "b": None, "c": "buy", "d": None}
    assert list(Tables(found.charter, found.evaluation).faults()) == []
    [told] = why(found.charter, found.evaluation, "b").tables
    assert (told.verdict, told.accepted, told.owner) == ("accepted", "Nobody asks.", "lead")


CONTRADICTION = """
{id: R1, when: ['>= 5'], then: [buy]}
{id: R2, when: ['<= 5'], then: [keep]}
"""


@pytest.mark.parametrize("hit", ["UNIQUE", "ANY"])
def test_rules_that_may_not_hold_together_are_named(office: Office, hit: str) -> None:
    """Two rules hold for 5: the unit is blocked, and result, fault and reasons name both."""
    found = run(office, tables("[x]", CONTRADICTION, f"outputs: [do]\n    hit: {hit}"))
    assert found.result("reason")["b"] == "tables.t.hit"
    assert found.result("rule_t") == {"a": "R2", "b": "R1, R2", "c": "R1", "d": None}
    [fault] = Tables(found.charter, found.evaluation).faults()
    assert fault.message == "rules R1 and R2 of table `t` hold for b: x 5"
    assert hit in fault.note
    assert found.result("score")["b"] is None


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ("hit: FIRST", ["R1", "R1", "R1"]),
        ("hit: PRIORITY", ["R2", "R2", "R1"]),
        ("hit: COLLECT\n    aggregate: SUM", ["R1, R2", "R1, R2", "R1"]),
    ],
)
def test_policies_that_allow_several_rules(office: Office, more: str, rules: list[str]) -> None:
    """The first decides, or the one with priority, or all of them together."""
    collects = "COLLECT" in more
    given = ("1", "2.5") if collects else ("keep", "buy")
    outputs = "[do]" if collects else "[{name: do, values: [buy, keep]}]"
    both = f"""
    {{id: R1, when: ['-'], then: [{given[0]}]}}
    {{id: R2, when: ['<= 5'], then: [{given[1]}]}}
    """
    found = run(office, tables("[x]", both, f"outputs: {outputs}\n    {more}"))
    assert list(found.result("rule_t").values())[:3] == rules
    outcome = found.result("outcome")
    wanted = {"FIRST": "keep", "PRIORITY": "buy", "COLLECT": "3.5"}
    assert outcome["a"] == wanted[more.split()[1]]
    if collects:
        assert found.result("out_t_do")["c"] == Decimal("1.0")
        [told] = why(found.charter, found.evaluation, "c").tables
        assert told.gives == {"do": "1.0"} == {"do": outcome["c"]}
        assert [rule["id"] for rule in why(found.charter, found.evaluation, "a").rules] == [
            "R1",
            "R2",
        ]


def test_rules_are_counted_whatever_they_give(office: Office) -> None:
    """`COUNT` gives the number of rules that hold, none included, where rules give texts."""
    rules = CONTRADICTION.replace("<= 5", "< 5").replace(">= 5", "> 5")
    collects = "outputs: [do]\n    hit: COLLECT\n    aggregate: COUNT"
    found = run(office, tables("[x]", rules, collects))
    assert found.result("out_t_do") == {"a": 1, "b": 0, "c": 1, "d": None}


ATTRIBUTES = """
{id: R1, when: ['"food"', '>= "2024-02-01"', 'false', '> 2'], then: [new]}
{id: R2, when: ['"food"', '< date("2024-02-01")', 'true', '[2..3)'], then: [old]}
{id: R3, when: ['not("food")', '"unknown"', 'true', '0'], then: [other]}
"""


def test_columns_of_the_unit_are_inputs(office: Office) -> None:
    """Texts, dates, conditions and numbers of the unit's source, with labels and defaults."""
    missing = "missing: {since: unknown, fresh: {default: true}, size: {default: 0}}"
    found = run(
        office,
        tables("[aisle, since, fresh, size]", ATTRIBUTES, f"outputs: [do]\n    {missing}"),
        missing="worst",
    )
    assert found.result("rule_t") == {"a": "R2", "b": "R1", "c": "R3", "d": None}
    assert found.result("reason")["d"] == "tables.t.inputs.0"
    [*_, last] = left_out(found.charter, found.evaluation)
    assert last.because == "aisle is missing, and table t decides nothing without it"
    assert why(found.charter, found.evaluation, "d").tables[0].lacks == "aisle"


def test_a_label_of_missing_values_beats_the_policy_of_a_signal_that_only_tables_see(
    office: Office,
) -> None:
    """On no axis, the signal's absence is the table's matter; on an axis, its policy goes first."""
    rules = """
    {id: R1, when: ['"needs_data"'], then: [ask]}
    {id: R2, when: ['not(null)'], then: [keep]}
    """
    told = tables("[x]", rules, "outputs: [do]\n    missing: {x: needs_data}")
    assert run(office, told).result("status")["d"] == "excluded"
    text = text_of(told).replace("signals: {x: 100}", "signals: {n: 100}")
    n = "n: {formula: COUNT(*), source: items, better: higher, value: {0: 0, 10: 100}}\n"
    found = office.run(text.replace("signals:\n", f"signals:\n  {n}", 1), "2024-03-04")
    assert found.result("outcome") == {"a": "keep", "b": "keep", "c": "keep", "d": "ask"}
    assert found.result("quality")["d"] == "D"


def test_a_parameter_without_a_number_blocks_the_units_it_is_for(office: Office) -> None:
    """Nothing is compared with a number that begins in 2030."""
    found = run(office, tables("[x]", "{id: R1, when: ['-'], then: ['PARAM(\"later\")']}"))
    assert set(found.result("reason").values()) == {"parameters.later", "signals.x.missing"}
    reasons = {one.rule: one.because for one in left_out(found.charter, found.evaluation)}
    assert "has no number on that day" in reasons["parameters.later"]


CHAIN = """
tables:
  space:
    inputs: [do.what, do.many]
    outputs: [facings]
    rules:
      - {id: S1, when: ['"buy"', '> 1'], then: [8]}
      - {id: S2, when: ['"buy"', '<= 1'], then: [4]}
      - {id: S3, when: ['"keep"', -], then: [2.5]}
  do:
    inputs: [level]
    outputs: [what, many]
    rules:
      - {id: D1, when: ['"high","top"'], then: [buy, 2]}
      - {id: D2, when: ['"low"'], then: [keep, 1]}
outcome: do
"""
BANDS = "bands:\n  level: {signal: x, edges: [5, 9], labels: [low, high, top], missing: unknown}"


def test_a_table_may_rest_on_another(office: Office) -> None:
    """Outputs of a later table are inputs of an earlier one; the charter names the outcome."""
    found = run(office, CHAIN, bands=BANDS)
    assert found.result("outcome") == {"a": "keep", "b": "buy", "c": "buy", "d": None}
    facings = {"a": Decimal("2.5"), "b": Decimal("8.0"), "c": Decimal("8.0"), "d": None}
    assert found.result("out_space_facings") == facings
    first = next(board(found.charter, found.evaluation))
    assert (first.unit, first.outcome) == ("c", "buy")
    assert first.outputs == {"space.facings": "8.0", "do.many": "2"}
    assert board_table(found.charter, [first])["outputs"].to_pylist() == [first.outputs]


def test_a_gap_reaches_the_tables_behind_it_as_one_fault(office: Office) -> None:
    """The unit is blocked by the table with the gap, not by the one that lacks its output."""
    gap = CHAIN.replace("""['"low"']""", """['"lower"']""").replace("low, high", "lower, high")
    gap = gap.replace('"lower"', '"top"').replace('"high","top"', '"high"')
    bands = BANDS.replace("low, high", "lower, high")
    found = run(office, gap, bands=bands)
    assert found.result("reason")["a"] == "tables.do.rules"
    assert len(list(Tables(found.charter, found.evaluation).faults())) == 1


def test_the_explanation_is_what_was_decided(office: Office) -> None:
    """For every ranked unit the interpreter names the rules and outputs of the results."""
    found = run(office, CHAIN, bands=BANDS)
    results = found.evaluation.results.to_pylist()
    applied = Tables(found.charter, found.evaluation)
    for row, result in enumerate(results):
        if result["status"] != "ranked":
            continue
        for table in applied.applied(row):
            assert [rule.id for rule in table.deciding] == [result[f"rule_{table.table}"]]
            out = f"out_{table.table}_"
            given = {name: result[out + name] for name in table.gives}
            assert {n: Decimal(str(v)) if n != "what" else v for n, v in given.items()} == {
                n: Decimal(v) if n != "what" else v for n, v in table.gives.items()
            }


def test_what_was_decided_is_read_back(office: Office) -> None:
    """A stored evaluation has its outcomes, and tells the same faults."""
    found = run(office, tables("[x]", CONTRADICTION))
    record = Record(found.evaluation, text_of(tables("[x]", CONTRADICTION)).encode(), {})
    stored = StoredEvaluation(found.evaluation.id, {}, record.files())
    again = read_record(stored).evaluation
    assert again.results.equals(found.evaluation.results)
    assert hash_table(again.results) == found.evaluation.result_hash
    faults = list(Tables(found.charter, again).faults())
    assert faults == list(Tables(found.charter, found.evaluation).faults())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_missing_to_a_table(office: Office, value: float) -> None:
    """NaN and the infinities compare with nothing, wherever a measured table came from."""
    found = run(office, tables("[x]", "{id: R1, when: ['-'], then: [buy]}"))
    column = found.table.data.schema.get_field_index("signal_x")
    data = found.table.data.set_column(column, "signal_x", pa.array([1.0, value, 9.0, None]))
    results = evaluate(found.charter, replace(found.table, data=data)).results
    assert results["reason"].to_pylist()[1] == "tables.t.inputs.0"


def test_a_value_is_rounded_before_it_is_compared(office: Office) -> None:
    """With a precision of two digits, 4.996 is 5.00 to a table, whoever measured it."""
    found = run(office, tables("[x]", CONTRADICTION.replace("<= 5", "< 5")))
    column = found.table.data.schema.get_field_index("signal_x")
    data = found.table.data.set_column(column, "signal_x", pa.array([4.994, 4.996, 9.0, None]))
    results = evaluate(found.charter, replace(found.table, data=data)).results
    assert results["rule_t"].to_pylist() == ["R2", "R1", "R1", None]


@pytest.mark.parametrize(
    ("told", "code", "where"),
    [
        (tables("[xx]", "{id: R1, when: ['-'], then: [a]}"), "table/unknown-input", "xx"),
        (tables("[x]", "{id: R1, when: ['>= \"5\"'], then: [a]}"), "table/type", '"5"'),
        (tables("[x]", "{id: R1, when: ['>= 5 %'], then: [a]}"), "table/cell", "%"),
        (
            tables("[x]", "{id: R1, when: ['> PARAM(\"hih\")'], then: [a]}"),
            "charter/unknown-name",
            'PARAM("hih")',
        ),
        (
            tables("[x]", "{id: A, when: ['> 5'], then: [a]}\n{id: B, when: ['< 5'], then: [4]}"),
            "table/type",
            "4",
        ),
        (
            tables(
                "[x]",
                "{id: R1, when: ['-'], then: [a]}",
                "outputs: [{name: do, values: [b, c]}]",
            ),
            "table/unknown-label",
            "a",
        ),
        (
            tables(
                "[x]",
                "{id: R1, when: ['-'], then: [a]}",
                "outputs: [do]\n    missing: {x: {default: b}}",
            ),
            "table/type",
            "b",
        ),
        (tables("[x]", "{id: R1, when: ['-'], then: [-]}"), "table/type", "-"),
        (
            tables(
                "[x]",
                "{id: R1, when: ['-'], then: [a]}",
                "outputs: [{name: do, values: [a]}]\n    hit: COLLECT\n    aggregate: MAX",
            ),
            "table/type",
            "do",
        ),
        (tables("[x]", f"{{id: R1, when: ['-'], then: [{'9' * 19}]}}"), "table/type", "do"),
    ],
)
def test_a_mistake_in_a_table_stops_the_run_where_it_stands(
    office: Office, told: str, code: str, where: str
) -> None:
    """Cells, outputs, inputs and defaults that cannot be meant are shown in their place."""
    text = text_of(told)
    with pytest.raises(CharterError) as caught:
        office.run(text, "2024-03-04")
    [finding] = caught.value.findings
    assert finding.code == code
    assert finding.span is not None
    line = text.splitlines()[finding.span.line - 1]
    assert line[finding.span.column - 1 : finding.span.end_column - 1] == where
