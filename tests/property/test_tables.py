"""Decision tables: the SQL and the interpreter agree on whatever tables and units there are."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.model.charter import DecisionTable, OutputColumn, Rule
from pmpo.rules.decision import read_table
from pmpo.rules.domains import Domain
from pmpo.rules.tables import ACCEPTED, GAP, LACKING, SEVERAL, TableSql
from tests.tabling import (
    HITS,
    PARAMETERS,
    answers,
    decision_of,
    interpreted,
    random_table,
    random_units,
    table_sql,
)


@given(st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_sql_and_interpreter_agree(r: Random) -> None:
    """Any table: all types and hit policies, open and closed ends, missing values, parameters."""
    decision, units = decision_of(random_table(r)), random_units(r, 60)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("units", units)
        rows = connection.execute(table_sql(decision, "duckdb")).fetchall()
    assert answers(rows) == answers(interpreted(decision, units))


def test_the_random_tables_reach_every_verdict() -> None:
    """Enough of the tables above decide, leave gaps, contradict themselves and lack something."""
    r, seen = Random(20240304), Counter[tuple[str, int]]()
    for _ in range(400):
        table = random_table(r)
        decision = decision_of(table)
        for row in interpreted(decision, random_units(r, 20)):
            seen[table.hit, min(max(row[1], LACKING), 1)] += 1
    for hit in HITS:
        for pick in (LACKING, GAP, 1, *((SEVERAL,) if hit in ("UNIQUE", "ANY") else ())):
            assert seen[hit, pick] > 50, (hit, pick)
    assert sum(number for (_, pick), number in seen.items() if pick == ACCEPTED) > 50


def test_carried_values_decide_in_the_random_tables() -> None:
    """Enough of the units above would be decided otherwise without what is carried for them."""
    r, differ = Random(20240311), 0
    for _ in range(200):
        decision, units = decision_of(random_table(r)), random_units(r, 20)
        last = [name for name in units.column_names if name.startswith("last_")]
        bare = units.drop_columns(last)
        for name in last:
            bare = bare.append_column(name, pa.nulls(len(units), units[name].type))
        pairs = zip(interpreted(decision, units), interpreted(decision, bare), strict=True)
        differ += sum(one != other for one, other in pairs)
    assert differ > 100


@pytest.mark.parametrize("rules", [62, 63, 125])
@pytest.mark.parametrize(
    ("hit", "aggregate"), [("UNIQUE", None), ("ANY", None), ("COLLECT", "SUM"), ("COLLECT", "MAX")]
)
def test_more_rules_than_bits_in_a_word(rules: int, hit: Any, aggregate: Any) -> None:
    """Bits go on in further words: each rule alone, none, and two rules of different words."""
    when = [f"{k}" for k in range(rules)]
    when[-1] += ", 0"
    decision = decision_of(
        DecisionTable(
            name="wide",
            hit=hit,
            aggregate=aggregate,
            inputs=("n",),
            outputs=(OutputColumn(name="q"),),
            rules=tuple(
                Rule(id=f"R{k}", when=(cell,), then=(str(k % 7),)) for k, cell in enumerate(when)
            ),
        )
    )
    values = [float(k) for k in range(-1, rules + 1)]
    units = random_units(Random(rules), len(values))
    units = units.set_column(1, "n", [values])
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("units", units)
        rows = connection.execute(table_sql(decision, "duckdb")).fetchall()
    assert answers(rows) == answers(interpreted(decision, units))
    assert [row[1] for row in rows[2:-2]] == (
        list(range(2, rules)) if hit != "COLLECT" else [1] * (rules - 2)
    )


def test_rules_that_never_meet_need_no_bits() -> None:
    """A UNIQUE table that is proved to have no overlap is one CASE; one that is not has bits."""
    apart = {"n": Domain("number", precision=2)}

    def compiled(*when: str, domain: Domain = apart["n"]) -> TableSql:
        rules = tuple(Rule(id=f"R{i}", when=(w,), then=("a",)) for i, w in enumerate(when))
        table = DecisionTable(
            name="t", inputs=("n",), outputs=(OutputColumn(name="do"),), rules=rules
        )
        decision, faults = read_table(table, {"n": domain}, PARAMETERS)
        assert decision is not None, faults
        return TableSql(decision, {}, {}, {})

    assert not compiled("< 1", "[1..2)", ">= 2").needs_bits
    assert compiled("<= 1", "[1..2)").needs_bits
    assert compiled("< 1", '>= PARAM("p")').needs_bits
    assert compiled("< 1", ">= 1", domain=Domain("number")).needs_bits
