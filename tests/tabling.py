"""Random decision tables and units for them: the same ones for SQL, the interpreter and engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from pmpo import sql
from pmpo.compile.context import Step
from pmpo.compile.plan import statement
from pmpo.compile.settings import as_case
from pmpo.model.charter import (
    AcceptedGap,
    DecisionTable,
    MissingInput,
    OutputColumn,
    Parameter,
    Rule,
    Setting,
)
from pmpo.model.settings import for_segment
from pmpo.model.time import Duration
from pmpo.rules.decision import Decision, read_table
from pmpo.rules.domains import Domain
from pmpo.rules.interpret import Applied, Met, apply
from pmpo.rules.tables import ACCEPTED, GAP, LACKING, SEVERAL, Carried, TableSql
from pmpo.sql import Dialect, exp

DAY = date(2024, 3, 4)
FIRST = date(2024, 1, 1)
AGE = Duration.parse("4 weeks")
DOMAINS = {
    "n": Domain("number", precision=2),
    "t": Domain("text"),
    "d": Domain("date"),
    "b": Domain("boolean"),
    "l": Domain("label", labels=("low", "mid", "top"), missing="none"),
}
DEFAULTS = {"n": "0.5", "t": "a", "d": "2024-01-03", "b": "true"}
SEGMENTS = ("x", "y", "z")
HITS = ("UNIQUE", "ANY", "FIRST", "PRIORITY", "COLLECT")


def _setting(**values: tuple[tuple[date | None, Decimal], ...]) -> Setting:
    named: dict[tuple[str, ...], tuple[tuple[date | None, Decimal], ...]] = {
        ("*" if name == "any" else name,): dated for name, dated in values.items()
    }
    return Setting(by=("segment",), values=MappingProxyType(named))


PARAMETERS: Mapping[str, Parameter] = {
    "p": Parameter(
        name="p",
        setting=_setting(any=((None, Decimal("0.50")),), x=((None, Decimal(1)),)),
    ),
    # y had no number on the day; z had two, of which the later holds
    "q": Parameter(
        name="q",
        setting=_setting(
            any=((None, Decimal(1)),),
            y=((date(2024, 6, 1), Decimal(2)),),
            z=((None, Decimal(9)), (date(2024, 2, 1), Decimal("1.5"))),
        ),
    ),
}


def random_cell(r: Random, name: str, *, labelled: bool) -> str:
    """A cell for one of the inputs above, most often one that holds for some values."""
    if r.random() < 0.25:
        return "-"
    constants: dict[str, Callable[[], str]] = {
        "n": lambda: r.choice(
            ("-0.01", "0", "0.5", "0.50", "1", "1.01", "2", 'PARAM("p")', "PARAM('q')")
        ),
        "t": lambda: r.choice(('"a"', '"b"', '"ä b"', '"it\'s"')),
        "d": lambda: f'date("{FIRST + timedelta(r.randrange(5))}")',
        "b": lambda: r.choice(("true", "false")),
        "l": lambda: r.choice(('"low"', '"mid"', '"top"', '"none"')),
    }
    one = constants[name]
    tests = [_test(r, one, ordered=name in "nd") for _ in range(r.choice((1, 1, 1, 2, 3)))]
    if labelled and r.random() < 0.3:
        tests.append("null")
    listed = ", ".join(tests)
    return f"not({listed})" if r.random() < 0.2 else listed


def _test(r: Random, one: Callable[[], str], *, ordered: bool) -> str:
    if not ordered or r.random() < 0.2:
        return one()
    if r.random() < 0.6:
        return f"{r.choice(('<', '<=', '>', '>='))} {one()}"
    ends = [one(), one()]
    if not any("PARAM" in end for end in ends):
        ends.sort(key=lambda end: end if "date" in end else float(end))
    if ends[0] == ends[1] or (ends[0][0] in "-0123456789" and float(ends[0]) == _float(ends[1])):
        return f"[{ends[0]}..{ends[1]}]"
    return f"{r.choice('[(]')}{ends[0]}..{ends[1]}{r.choice('])[')}"


def _float(text: str) -> float | None:
    return None if "PARAM" in text else float(text)


def random_table(r: Random, rules_max: int = 6) -> DecisionTable:
    """A table of one to four inputs with any hit policy, and how each input's absence is met."""
    inputs = r.sample(list(DOMAINS), r.randint(1, 4))
    hit = r.choice(HITS)
    aggregate = r.choice(("SUM", "MIN", "MAX", "COUNT")) if hit == "COLLECT" else None
    missing = {name: how for name in inputs if name != "l" and (how := _missing(r, name))}
    numbers = [OutputColumn(name="q")]
    if hit == "COLLECT":
        outputs = numbers
    elif hit == "PRIORITY":
        outputs = [OutputColumn(name="do", values=("drop", "keep", "grow")), *numbers]
    else:
        outputs = [OutputColumn(name="do"), *numbers]
    accepted = (_accepted_gap(r, inputs, missing),) if r.random() < 0.3 else ()
    rules = []
    for index in range(r.randint(1, rules_max)):
        when = tuple(
            random_cell(r, n, labelled=n == "l" or _labels(missing.get(n))) for n in inputs
        )
        then = [r.choice(("drop", "keep", "grow")), _amount(r)][-len(outputs) :]
        rules.append(Rule(id=f"R{index + 1}", when=when, then=tuple(then)))
    return DecisionTable(
        name="t-1",
        hit=hit,  # type: ignore[arg-type]  # one of them
        aggregate=aggregate,  # type: ignore[arg-type]  # one of them
        inputs=tuple(inputs),
        missing=missing,
        outputs=tuple(outputs),
        rules=tuple(rules),
        accepted_gaps=accepted,
    )


def _accepted_gap(
    r: Random, inputs: Sequence[str], missing: Mapping[str, MissingInput]
) -> AcceptedGap:
    named = r.sample(list(inputs), r.randint(1, len(inputs)))
    cells = {n: random_cell(r, n, labelled=n == "l" or _labels(missing.get(n))) for n in named}
    return AcceptedGap(where=cells, because="Nobody asks.", owner="lead")


def _amount(r: Random) -> str:
    return r.choice(("0", "1", "1", "2.5", "-3.25", 'PARAM("p")'))


def _missing(r: Random, name: str) -> MissingInput | None:
    how = r.choice(("", "block", "label", "default"))
    max_age = AGE if how and r.random() < 0.5 else None
    if how == "label":
        return MissingInput(policy="label", value="none", max_age=max_age)
    if how == "default":
        return MissingInput(policy="default", value=DEFAULTS[name], max_age=max_age)
    return MissingInput(policy="block", max_age=max_age) if how else None


def _labels(missing: MissingInput | None) -> bool:
    return missing is not None and missing.policy == "label"


def decision_of(table: DecisionTable) -> Decision:
    """The table, which has no faults."""
    decision, faults = read_table(table, DOMAINS, PARAMETERS)
    assert decision is not None, (faults, table)
    return decision


# Units ------------------------------------------------------------------------------------


def random_units(r: Random, count: int) -> pa.Table:
    """Units whose values stand on the edges of cells, between them, or nowhere.

    `last_…` is the value that is carried into a table for a missing one, where there is any.
    """
    rows: list[dict[str, Any]] = [
        {
            "i": i,
            **_values(r),
            **{f"last_{name}": value for name, value in _values(r).items()},
            "segment": r.choice(SEGMENTS),
        }
        for i in range(count)
    ]
    types = {
        "n": pa.float64(),
        "t": pa.string(),
        "d": pa.date32(),
        "b": pa.bool_(),
        "l": pa.string(),
    }
    last = {f"last_{name}": kind for name, kind in types.items()}
    schema = pa.schema({"i": pa.int64(), **types, **last, "segment": pa.string()})
    return pa.Table.from_pylist(rows, schema)


def _values(r: Random) -> dict[str, Any]:
    """One value for each input."""
    return {
        "n": r.choice((None, -0.01, 0.0, -0.0, 0.25, 0.5, 1.0, 1.01, 1.5, 2.0, 1e300)),
        "t": r.choice((None, "a", "b", "ä b", "it's", "A")),
        "d": r.choice((None, *(FIRST + timedelta(k) for k in range(6)))),
        "b": r.choice((None, True, False)),
        "l": r.choice(("low", "mid", "top", None)),
    }


def table_sql(decision: Decision, dialect: Dialect) -> str:
    """A statement over a table called `units`: their number, the rule, and what it gives."""

    def segment(name: str) -> exp.Expr:
        return sql.column(name)

    settings = {name: one.setting for name, one in PARAMETERS.items()}
    compiled = TableSql(
        decision,
        inputs={name: sql.column(name) for name in DOMAINS},
        numbers={name: as_case(one, DAY, segment) for name, one in settings.items()},
        amounts={name: as_case(one, DAY, segment, sql.exact) for name, one in settings.items()},
        carried={n: Carried(sql.column(f"last_{n}"), sql.integer(1)) for n in DOMAINS},
    )
    steps = [Step(*step) for step in compiled.steps("units")]
    columns = [sql.column("i"), compiled.picked, sql.column(f"rule_{decision.name}")]
    columns += [sql.column(f"out_{decision.name}_{out.name}") for out in decision.outputs]
    order = [sql.ordered(sql.column("i"))]
    final = sql.select(columns, sql.table(steps[-1].name), order=order)
    return statement(steps, final, dialect)


def interpreted(decision: Decision, units: pa.Table) -> list[tuple[Any, ...]]:
    """What the interpreter says about each unit, as the rows of `table_sql`."""
    return [_row(decision, unit) for unit in units.to_pylist()]


def amounts_of(unit: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """The parameters of one unit on the day."""
    parts = {"segment": unit["segment"]}
    return {name: for_segment(one.setting, parts, DAY) for name, one in PARAMETERS.items()}


def _row(decision: Decision, unit: Mapping[str, Met]) -> tuple[Any, ...]:
    applied = apply(decision, unit, amounts_of(unit), {n: unit[f"last_{n}"] for n in DOMAINS})
    nothing = (None,) * len(decision.outputs)
    rule = applied.rule
    if decision.hit == "COLLECT" or applied.verdict == "several":
        rule = ", ".join(applied.holding)
    if applied.verdict in ("lacking", "gap", "accepted"):
        rule = None  # type: ignore[assignment]  # as the result has it
    return (unit["i"], _pick(decision, applied), rule, *(applied.gives or nothing))


def _pick(decision: Decision, applied: Applied) -> int:
    if applied.verdict == "lacking":
        blocking = [one.name for one in decision.inputs if one.blocks]
        lacking = [*blocking, *(f'PARAM("{name}")' for name in decision.parameters)]
        return LACKING - lacking.index(applied.lacks)
    if applied.verdict == "decided":
        ids = [rule.id for rule in decision.rules]
        return ids.index(applied.rule) + 1 if applied.rule else 1
    return {"gap": GAP, "several": SEVERAL, "accepted": ACCEPTED}[applied.verdict]


def answers(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Rows of any engine, with whole numbers and decimals as one type."""
    return [
        tuple(Decimal(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in row)
        for row in rows
    ]
