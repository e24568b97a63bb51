from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmpo.rules.analysis import OVERLAPS_MAX, Analysis
from pmpo.rules.decision_sets import analyse_decision
from pmpo.rules.interpret import apply
from tests.tables import DAY, KINDS, Table, holds, random_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pmpo.rules.decision import Hit
    from tests.tables import Value

TABLES = 800
ORDER = ["low", "middle", "high"]


def analysed(table: Table) -> Analysis:
    """What the program finds."""
    return analyse_decision(table.decision())


def judge(table: Table) -> tuple[bool, bool]:
    """Compare the analyser with a look at every point; whether there are gaps and overlaps."""
    found, points = analysed(table), table.covering(table.rows)
    assert not found.gave_up
    bare = {point for point, bits in points.items() if not bits}
    if table.accepted:
        waived = table.covering(table.accepted)
        for n in range(len(table.accepted)):
            inside = {point for point, bits in waived.items() if bits >> n & 1}
            assert (n in found.closed) == (not inside & bare)
        bare = {point for point in bare if not waived[point]}
    _gaps(table, found, bare)
    pairs = {
        (a, b)
        for bits in set(points.values())
        for a in range(len(table.rows))
        for b in range(a + 1, len(table.rows))
        if bits >> a & 1 and bits >> b & 1
    }
    _overlaps(table, found, pairs)
    _dead(table, found, set(points.values()))
    return bool(bare), bool(pairs)


def _gaps(table: Table, found: Analysis, bare: set[tuple[Value, ...]]) -> None:
    assert bool(found.gaps) == bool(bare)
    told: set[tuple[Value, ...]] = set()
    for gap in found.gaps:
        inside = {point for point, bits in table.covering([gap.cells]).items() if bits}
        assert inside
        assert inside <= bare
        assert not inside & told
        told |= inside
    assert found.more_gaps is (bare != told)


def _overlaps(table: Table, found: Analysis, pairs: set[tuple[int, int]]) -> None:
    if table.hit == "ANY":
        pairs = {(a, b) for a, b in pairs if table.outputs[a] != table.outputs[b]}
    if table.hit not in ("UNIQUE", "ANY"):
        pairs = set()
    assert found.overlapping == len(pairs)
    assert {(o.one, o.other) for o in found.overlaps} <= pairs
    assert len(found.overlaps) == min(len(pairs), OVERLAPS_MAX)


def _dead(table: Table, found: Analysis, combinations: set[int]) -> None:
    """Without the dead rules a table says the same, and without any other rule it does not."""
    gone = {dead.rule for dead in found.dead}
    everything = range(len(table.rows))
    asked = list(everything)
    if table.hit == "PRIORITY":
        asked.sort(key=lambda n: ORDER.index(table.outputs[n]))
    if table.hit in ("FIRST", "PRIORITY"):
        wins = {next((n for n in asked if bits >> n & 1), None) for bits in combinations}
        assert gone == set(everything) - wins
    else:
        said = [_said(table, bits, everything) for bits in combinations]
        rest = [n for n in everything if n not in gone]
        assert said == [_said(table, bits, rest) for bits in combinations]
        for rule in rest:
            without = [n for n in rest if n != rule]
            assert said != [_said(table, bits, without) for bits in combinations]
    for dead in found.dead:
        alone = not any(bits >> dead.rule & 1 for bits in combinations)
        assert alone == (not dead.by)


def _said(table: Table, bits: int, rules: Iterable[int]) -> frozenset[object]:
    """What a table says where some rules hold: with ANY the outputs, else the rules."""
    held = [n for n in rules if bits >> n & 1]
    return frozenset(table.outputs[n] for n in held) if table.hit == "ANY" else frozenset(held)


@pytest.mark.parametrize("hit", ["UNIQUE", "ANY", "FIRST", "PRIORITY"])
def test_the_analyser_agrees_with_brute_force(hit: Hit) -> None:
    """Gaps, overlaps and dead rules are those that looking at every single point finds."""
    rng = Random(f"tables {hit}")
    judged = [judge(random_table(rng, hit)) for _ in range(TABLES)]
    assert sum(gap for gap, _ in judged) >= 0.3 * TABLES
    assert sum(overlap for _, overlap in judged) >= 0.3 * TABLES
    assert sum(not gap and not overlap for gap, overlap in judged) >= 0.1 * TABLES


@given(st.integers(0, 2**64), st.sampled_from(["UNIQUE", "ANY", "FIRST", "PRIORITY"]))
@settings(max_examples=200, deadline=None)
def test_the_analyser_agrees_on_tables_with_accepted_gaps(seed: int, hit: Hit) -> None:
    """An accepted gap is no finding while it is one; it is one when every value has a rule."""
    rng = Random(seed)
    table = random_table(rng, hit)
    others = [random_table(rng, hit) for _ in range(4)]
    table.accepted = [row for one in others if one.kinds == table.kinds for row in one.rows][:2]
    judge(table)


def test_a_complete_table_gives_exactly_one_rule_for_whatever_comes() -> None:
    """What has neither gap nor overlap has one rule for values that no cell and no test names."""
    rng = Random("whatever comes")
    whole = 0
    for _ in range(600):
        table = random_table(rng)
        found, decision = analysed(table), table.decision()
        if found.gaps or found.overlapping:
            continue
        whole += 1
        for _ in range(40):
            point = [anything(rng, kind) for kind in table.kinds]
            held = [
                all(
                    holds(cell, value, KINDS[kind].domain.missing)
                    for cell, value, kind in zip(row, point, table.kinds, strict=True)
                )
                for row in table.rows
            ]
            assert held.count(True) == 1, (table, point)
            values = {one.name: value for one, value in zip(decision.inputs, point, strict=True)}
            assert apply(decision, values, {}).rule == f"R{held.index(True) + 1}"
    assert whole >= 60


def anything(rng: Random, kind: str) -> Value:
    """A value of a kind, however far from what cells name."""
    domain = KINDS[kind].domain
    if domain.missing is not None and rng.random() < 0.1:
        return None
    if domain.numbers:
        return rng.choice(domain.numbers)
    if domain.kind == "number":
        digits = rng.randint(1, 7)
        number = Decimal(rng.randint(-(10**digits), 10**digits))
        return number.scaleb(-(3 if domain.precision is None else domain.precision))
    if domain.kind == "date":
        return DAY + timedelta(days=rng.choice([rng.randint(-5, 12), rng.randint(-90_000, 90_000)]))
    if domain.kind == "text":
        return rng.choice(["A", "B", "C", "D", "", "a", "E", "日本"])
    return rng.choice(domain.labels) if domain.kind == "label" else rng.random() < 0.5
