"""Carried values beside what else can stand for a missing one, and what belongs to an input."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pmpo.evaluate import evaluate
from pmpo.evaluate.evaluate import column_types
from pmpo.evaluate.explain import why
from pmpo.evaluate.state import definitions, uses_prior
from pmpo.model.canonical import hash_table
from pmpo.model.table import SourceGrade, Table
from pmpo.model.waiver import Waiver
from tests.carrying import START, WEEK, Carrying, Seen, evaluated, said
from tests.carrying import table as measured
from tests.offices import charter, charter_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pmpo.model.evaluation import Evaluation

ONE = Carrying(4, 4, 4)
WEEK_1 = datetime(2024, 1, 1)


def chain(text: str, columns: Sequence[dict[str, Any]]) -> list[Evaluation]:
    """One unit `a`, week by week, with these columns beside its key and `signal_n`."""
    read = charter(text)
    found: list[Evaluation] = []
    for week, values in enumerate(columns):
        data = pa.table(
            {"key_sku": ["a"], "signal_n": [1.0], "held_n": pa.array([0], pa.int32()), **values}
        )
        about = tuple(n.removeprefix("about_") for n in values if n.startswith("about_"))
        as_of, grades = START + week * WEEK, {"n": SourceGrade("A")}
        now = Table(("sku",), about, ("n",), data, hash_table(data), as_of, as_of, grades)
        found.append(evaluate(read, now, found[-1] if found else None, threads=1))
    return found


def text_of(tables: str) -> str:
    """A charter with one signal that counts."""
    return charter_text(
        sources="items: {from: items.parquet, mode: snapshot}",
        signals="n: {formula: COUNT(*), source: items, better: higher, value: {0: 0, 9: 90}}",
        axes="main: {weight: 100, signals: {n: 100}}",
        more=tables,
    )


def column(kind: pa.DataType, *values: Any) -> list[dict[str, Any]]:
    """One column of the unit, week by week."""
    return [{"about_x": pa.array([value], kind)} for value in values]


def of_column(cell: str, other: str) -> str:
    """A table that carries a column for two weeks and is blocked without it."""
    return text_of(
        f"""
tables:
  t:
    inputs: [x]
    missing: {{x: {{policy: last, max_age: 2 weeks}}}}
    outputs: [do]
    rules:
      - {{id: R1, when: ['{cell}'], then: [keep]}}
      - {{id: R2, when: ['{other}'], then: [drop]}}
"""
    )


def test_columns_of_every_type_are_carried() -> None:
    """Text, dates, conditions, whole numbers and decimals come out as they went in."""
    cases: list[tuple[pa.DataType, Any, str, str]] = [
        (pa.string(), "it's ä", "\"it''s ä\"", "not(\"it''s ä\")"),
        (pa.date32(), date(2024, 2, 29), 'date("2024-02-29")', 'not(date("2024-02-29"))'),
        (pa.bool_(), False, "false", "true"),
        (pa.int64(), 7, "7", "not(7)"),
        (pa.decimal128(9, 2), Decimal("1.25"), "1.25", "not(1.25)"),
    ]
    for kind, value, cell, other in cases:
        found = chain(of_column(cell, other), column(kind, value, None, None, None))
        outcomes = [one.results["outcome"].to_pylist() for one in found]
        assert outcomes == [["keep"], ["keep"], ["keep"], [None]], kind
        grades = [one.results["quality"].to_pylist() for one in found]
        assert grades == [["A"], ["C"], ["C"], ["A"]], kind
        assert found[3].results["reason"].to_pylist() == ["tables.t.inputs.0"]


def test_a_column_of_another_type_begins_anew() -> None:
    """A number that becomes a text is another input; more digits of it are not."""
    digits = of_column(">= 7", "< 7")
    narrow, wide = column(pa.decimal128(4, 1), 7), column(pa.decimal128(9, 2), None)
    assert chain(digits, [*narrow, *wide])[1].results["outcome"].to_pylist() == ["keep"]
    read = charter(of_column('"7"', 'not("7")'))
    before = chain(digits, narrow)[0]
    data = chain(of_column('"7"', 'not("7")'), column(pa.string(), None))[0].table
    after = evaluate(read, replace(data, as_of=START + WEEK), before, threads=1)
    assert after.results["outcome"].to_pylist() == [None]
    assert after.results["known_x"].to_pylist() == [None]


GIVES = """
outcome: t
tables:
  first:
    inputs: [x]
    outputs: [size]
    rules:
      - {{id: A, when: ['>= {edge}'], then: [some]}}
    accepted_gaps: [{{where: {{x: '< {edge}'}}, because: It is small., owner: lead}}]
  t:
    inputs: [first.size]
    missing: {{first.size: {{policy: last, max_age: 1 week, then: none}}}}
    outputs: [do]
    rules:
      - {{id: R1, when: ['"some"'], then: [keep]}}
      - {{id: R2, when: ['"none"'], then: [drop]}}
"""


def test_the_output_of_another_table_is_carried() -> None:
    """Where the first table gives nothing on purpose, the second sees what it gave a week ago."""
    weeks = column(pa.float64(), 5.0, 1.0, 1.0)
    found = chain(text_of(GIVES.format(edge=5)), weeks)
    assert [one.results["outcome"].to_pylist() for one in found] == [["keep"], ["keep"], ["drop"]]
    [_, told] = why(charter(text_of(GIVES.format(edge=5))), found[1], "a").tables
    assert (told.values, told.carried["first.size"].value) == ({"first.size": "some"}, "some")


def test_the_definition_of_an_output_is_its_whole_table() -> None:
    """Another edge in the first table is another output; a reason in words is not."""
    weeks = column(pa.float64(), 5.0, 1.0)
    before, now = chain(text_of(GIVES.format(edge=5)), weeks)
    for text, outcome in (
        (GIVES.format(edge=4), "drop"),
        (GIVES.format(edge=5).replace("It is small.", "Small."), "keep"),
    ):
        again = evaluate(charter(text_of(text)), now.table, before, threads=1)
        assert again.results["outcome"].to_pylist() == [outcome]


def test_a_waived_constant_comes_before_and_is_not_remembered() -> None:
    """A waiver puts a number in place; when it ends, what was measured last is carried again."""
    first = evaluated([ONE], [{"a": Seen(Decimal("0.25"))}])[0]
    read = charter(ONE.text())
    waiver = Waiver(
        id="wa-1", signal="x", policy="impute", value=Decimal(3), because="late", approver="ben",
        expires=(START + WEEK + timedelta(days=1)).date(),
    )  # fmt: skip
    found = [first]
    for week in (1, 2):
        now = measured({"a": Seen()}, week)
        found.append(evaluate(read, now, found[-1], [waiver], threads=1))
    told = [said(one)["a"] for one in found]
    assert [one.rule_a for one in told] == ["R1", "R2", "R1"]
    assert [one.carried[0] for one in told] == [None, None, WEEK_1]
    assert [one.x for one in told] == [(0.25, WEEK_1)] * 3


def test_a_charter_without_carrying_has_no_memory_of_inputs() -> None:
    """Its columns, ids and hashes are what they were before values could be carried."""
    text = ONE.text().replace("policy: last, max_age: 4 weeks, then: none", "default: 1")
    for name in ("since", "x"):
        text = text.replace(f"{name}: {{policy: last, max_age: 4 weeks", f"{name}: {{default: 1")
    text = text.replace(f"default: 1, default: '{date(2020, 1, 1)}'", "default: '2020-01-01'")
    text = text.replace("      - {id: R0, when: ['\"none\"'], then: [count]}\n", "")
    read = charter(text)
    assert not uses_prior(read)
    alone = evaluate(read, measured({"a": Seen()}, 1), threads=1)
    after = evaluate(read, measured({"a": Seen()}, 1), alone_before(), threads=1)
    assert (alone.id, alone.result_hash) == (after.id, after.result_hash)
    assert not [n for n in alone.results.column_names if n.startswith(("known_", "carried_"))]
    assert alone.states == {}


def alone_before() -> Evaluation:
    """An evaluation of the week before."""
    return evaluated([ONE], [{"a": Seen(Decimal(1))}])[0]


def test_definitions_of_inputs_keep_their_hash() -> None:
    """What was known under an earlier version is still found by a later one."""
    assert definitions(charter(ONE.text()), column_types(measured({"a": Seen()}, 0).data)) == {
        "inputs.x": "sha256:ce47c9ec3db597b5cd2a04280af9959d5a69b1a04270e324181c212c83646db7",
        "inputs.since": "sha256:8dbff8bbe0169270ba8d3125c3d47d091f444f94cffe0b144d49e79724ec1221",
    }
