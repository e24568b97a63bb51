from __future__ import annotations

from itertools import product
from random import Random

import duckdb

from pmpo import sql
from pmpo.assure.truth import Variable, possible
from pmpo.rules.orders import Labels, Numbers, Texts

VALUES = {
    "n": [f"{n}::DECIMAL(9,1) / 10" for n in range(-3, 8)] + ["NULL"],
    "band": ["'low'", "'high'", "'none'"],
    "t": ["'A'", "'B'", "'anything else'", "NULL"],
}
VARIABLES = {
    "n": Variable(Numbers(1)),
    "band": Variable(Labels(("low", "high", "none")), can_be_missing=False),
    "t": Variable(Texts(["A", "B"])),
}


def test_what_a_condition_can_be_is_what_an_engine_finds() -> None:
    """Tried on every combination of values, DuckDB finds the same truths as the search."""
    rng = Random("conditions")
    conditions = [condition(rng, 3) for _ in range(400)]
    rows = ", ".join(f"({', '.join(row)})" for row in product(*VALUES.values()))
    columns = ", ".join(
        f"bool_or(({text}) IS TRUE), bool_or(NOT ({text})), bool_or(({text}) IS NULL)"
        for text in conditions
    )
    with duckdb.connect() as engine:
        statement = f"SELECT {columns} FROM (VALUES {rows}) v(n, band, t)"
        [found] = engine.execute(statement).fetchall()
    never = 0
    for index, text in enumerate(conditions):
        truths = found[index * 3 : index * 3 + 3]
        expected = {
            truth for truth, is_so in zip((True, False, None), truths, strict=True) if is_so
        }
        assert possible(sql.parse(text), VARIABLES) == expected, text
        never += True not in expected
    assert 20 <= never <= 380


def condition(rng: Random, depth: int) -> str:
    """A condition over the three names."""
    if depth and rng.random() < 0.7:
        left, right = condition(rng, depth - 1), condition(rng, depth - 1)
        return rng.choice([f"({left}) AND ({right})", f"({left}) OR ({right})", f"NOT ({left})"])
    name = rng.choice(list(VALUES))
    if rng.random() < 0.1:
        return f"{name} IS NULL"
    if name == "n":
        low, high = rng.randint(-2, 6), rng.randint(-2, 6)
        sign = rng.choice(["<", "<=", ">", ">=", "=", "<>"])
        return rng.choice(
            [
                f"n {sign} {low / 10}",
                f"{low / 10} {sign} n",
                f"n BETWEEN {low / 10} AND {high / 10}",
            ]
        )
    said = ["'low'", "'high'", "'none'"] if name == "band" else ["'A'", "'B'"]
    some = rng.sample(said, rng.randint(1, 2))
    return rng.choice(
        [f"{name} = {some[0]}", f"{name} <> {some[0]}", f"{name} IN ({', '.join(some)})"]
    )
