"""Source checks: what the charter says about rows, counted in one statement before measuring.

The statement returns one row; each probe is one column of it. It looks at the same cut rows as the
measurement, except that texts of the wrong type are counted where they would stop it. DuckDB only:
it is the engine that reads files as they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.context import Step
from pmpo.compile.plan import Plan, statement
from pmpo.compile.rows import Rows
from pmpo.compile.units import Route
from pmpo.model.charter import Check
from pmpo.model.table import KEY, UNIT_NUMBER
from pmpo.sql import exp

ProbeKind = Literal[
    "rows",
    "latest",
    "wrong_type",
    "example",
    "check",
    "repeated_key",
    "missing_key",
    "varies",
    "orphans",
    "orphan_keys",
    "ambiguous",
    "alike",
    "alike_example",
]


@dataclass(frozen=True, slots=True)
class Probe:
    """One number that the statement returns about a source.

    `subject` is the column, columns or check that it is about; `step` holds its column where the
    kind alone does not tell.
    """

    name: str
    kind: ProbeKind
    source: str
    subject: str = ""
    check: Check | None = None
    step: str = ""


@dataclass(slots=True)
class Checks:
    """The statement and what each of its columns means."""

    plan: Plan
    probes: list[Probe] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def sql(self, probes: Sequence[Probe] | None = None) -> str:
        """One row with a column per probe; all of them by default."""
        wanted = self.probes if probes is None else probes
        counting = list(dict.fromkeys(map(self.place, wanted)))
        final = sql.select(
            [sql.column(probe.name, self.place(probe)) for probe in wanted],
            sql.table(counting[0]),
            joins=[sql.cross_join(sql.table(name)) for name in counting[1:]],
        )
        return statement(self.steps, final, "duckdb") + "\n"

    def place(self, probe: Probe) -> str:
        """The step that holds a probe's column."""
        return self.named(_place(probe))

    def named(self, step: str) -> str:
        """The name of a step, other than that of any source."""
        return self.plan.units.context.step(step)

    def add(
        self,
        kind: ProbeKind,
        source: str,
        subject: str = "",
        check: Check | None = None,
        *,
        step: str = "",
    ) -> str:
        """Name a new probe."""
        name = f"{source}_p{len(self.probes) + 1}"
        self.probes.append(Probe(name, kind, source, subject, check, step))
        return name

    def step(self, name: str, comment: str, statement: exp.Select) -> None:
        self.steps.append(Step(self.named(name), comment, statement))

    def add_step(self, step: Step) -> None:
        """Take over a step of the plan once, name and all."""
        if all(step.name != done.name for done in self.steps):
            self.steps.append(step)


def _place(probe: Probe) -> str:
    """The step that holds a probe's column."""
    if probe.step:
        return probe.step
    if probe.kind in ("orphans", "orphan_keys"):
        return f"{probe.source}_orphans"
    if probe.kind in ("alike", "alike_example"):
        return "units_alike"
    if probe.kind == "varies":
        return "units_vary"
    if probe.kind == "ambiguous":
        return f"{probe.source}_ambiguous"
    if probe.kind == "repeated_key" or (probe.check and probe.check.kind == "unique"):
        return f"{probe.name}_repeated"
    return f"{probe.source}_counts"


def compile_checks(plan: Plan) -> Checks:
    """Compile every check of the sources that a plan reads."""
    checks = Checks(plan)
    read = {step.name for step in plan.steps}
    lenient = {name: _lenient(rows) for name, rows in plan.rows.items() if rows.known_name in read}
    for rows in lenient.values():
        for step in rows.steps():
            checks.add_step(step)
    _unit_steps(checks, lenient)
    for name, rows in lenient.items():
        _types(checks, rows)
        route = plan.routes.get(name) if name != plan.units.rows.source.name else None
        _counts(checks, rows, route)
        _repeats(checks, rows)
        if route is not None:
            _orphans(checks, rows, route)
    return checks


def _lenient(rows: Rows) -> Rows:
    """The same source, reading texts of the wrong type as missing."""
    twin = rows.twin(lenient=True)
    for name in rows.used:
        twin.physical(name)
    for name in rows.derived_used:
        twin.derived(name)
    return twin


# Types ------------------------------------------------------------------------------------


def _types(checks: Checks, rows: Rows) -> None:
    """Count the values inside the cuts that are not of their declared type, with an example."""
    source = rows.source.name
    together: list[exp.Expr] = []
    inside = rows.inside()
    for name in rows.used:
        column, wanted = rows.table_column(name), rows.physical(name)
        if not column.may_fail(wanted):
            continue
        wrong = column.wrong(wanted)
        shown = sql.case([(wrong.copy(), sql.cast(sql.column(name), "text"))])
        count = exp.Count(this=sql.case([(wrong, sql.integer(1))]), big_int=True)
        alone = types.from_name((rows.schema or {})[name]) == types.DOUBLE
        step = f"{source}_types_{name}" if alone else f"{source}_types"
        columns = [
            sql.named(count, checks.add("wrong_type", source, name, step=step)),
            sql.named(exp.Min(this=shown), checks.add("example", source, name, step=step)),
        ]
        if alone:
            checks.step(
                step,
                f"{source}: doubles in {name} that do not fit its declared type",
                sql.select(
                    columns,
                    rows.table(),
                    where=[exp.Paren(this=_large(rows, name)), *(node.copy() for node in inside)],
                ),
            )
        else:
            together += columns
    if together:
        checks.step(
            f"{source}_types",
            f"{source}: values that are not of their declared type",
            sql.select(together, rows.table(), where=inside),
        )


def _large(rows: Rows, name: str) -> exp.Expr:
    """Whether a double may be too large for its declared type.

    All others surely fit, and Parquet's least and greatest values tell it of whole groups of rows.
    """
    wanted = rows.physical(name)
    most = min(10 ** (wanted.precision - wanted.scale) - 1, 2**53 - 1)
    limit, column = sql.real(str(most)), sql.column(name)
    below = sql.binary(exp.LT, column, sql.real(str(-most)))
    return exp.Or(this=below, expression=sql.binary(exp.GT, column.copy(), limit))


# Rows -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tally:
    """Counts over a source's rows: straight, or by way of the groups that are counted anyway.

    Args:
        by: the columns of the groups; none: no groups.
        groups: what the step of groups holds.
    """

    by: list[exp.Expr]
    groups: list[exp.Expr] = field(default_factory=list)

    def __post_init__(self) -> None:
        own = [sql.named(node.copy(), f"own_{i}") for i, node in enumerate(self.by)]
        self.groups = [*own, sql.named(sql.count_rows(), "n")]

    def rows(self) -> exp.Expr:
        """How many rows there are."""
        return _total("n") if self.by else sql.count_rows()

    def count(self, condition: exp.Expr, name: str) -> exp.Expr:
        """How many rows meet a condition."""
        counted = exp.Count(this=sql.case([(condition, sql.integer(1))]), big_int=True)
        if not self.by:
            return sql.named(counted, name)
        self.groups.append(sql.named(counted, name))
        return sql.named(_total(name), name)

    def most(self, node: exp.Expr, name: str) -> exp.Expr:
        """The greatest value of all rows."""
        if not self.by:
            return sql.named(exp.Max(this=node), name)
        self.groups.append(sql.named(exp.Max(this=node), name))
        return sql.named(exp.Max(this=sql.column(name)), name)


def _total(name: str) -> exp.Expr:
    total = exp.Coalesce(this=exp.Sum(this=sql.column(name)), expressions=[sql.integer(0)])
    return sql.cast(total, "bigint")


def _counts(checks: Checks, rows: Rows, route: Route | None) -> None:
    """Count rows; together with the rows of each join value where orphans are looked for."""
    source = rows.source
    tally = _Tally(_meeting(checks.plan, route)[0] if route is not None else [])
    columns = [sql.named(tally.rows(), checks.add("rows", source.name))]
    latest = _latest_column(rows)
    if latest is not None:
        columns.append(tally.most(latest, checks.add("latest", source.name)))
    conditions = rows.compile_checks()
    for check, holds in zip(source.checks, conditions, strict=True):
        if check.kind == "rows":
            probe = checks.add("check", source.name, "rows", check)
            columns.append(sql.named(_unexpected_count(check, tally.rows()), probe))
        for subject, broken in _broken(check, holds):
            columns.append(tally.count(broken, checks.add("check", source.name, subject, check)))
    if source.name == checks.plan.units.rows.source.name:
        empty = [sql.is_null(sql.column(name)) for name in rows.context.charter.unit.key]
        any_empty = empty[0]
        for node in empty[1:]:
            any_empty = exp.Or(this=any_empty, expression=node)
        columns.append(tally.count(any_empty, checks.add("missing_key", source.name)))
    counted = sql.table(rows.known_name)
    if tally.by:
        groups = f"{source.name}_groups"
        checks.step(
            groups,
            f"{source.name}: rows by the value that leads them to their unit",
            sql.select(
                tally.groups,
                sql.table(rows.known_name, "r"),
                group=[node.copy() for node in tally.by],
            ),
        )
        counted = sql.table(checks.named(groups))
    checks.step(
        f"{source.name}_counts",
        f"{source.name}: rows, the latest of them, and those that break a check",
        sql.select(columns, counted),
    )


def _latest_column(rows: Rows) -> exp.Expr | None:
    source = rows.source
    name = source.known_at if source.known_at and not source.known_at_is_none else source.time
    if source.mode == "plan" and name == source.time:
        return None  # when a plan is for says nothing about its age
    return sql.cast(sql.column(name), "timestamp") if name else None


def _broken(check: Check, holds: exp.Expr | None) -> list[tuple[str, exp.Expr]]:
    """What makes a row break a check, per column; `unique` and `rows` are counted elsewhere."""
    if check.kind == "holds":
        return [(check.holds, exp.Not(this=exp.Paren(this=holds)))] if holds is not None else []
    if check.kind in ("unique", "rows"):
        return []
    return [(name, _column_breaks(check, name)) for name in check.columns]


def _column_breaks(check: Check, name: str) -> exp.Expr:
    column = sql.column(name)
    if check.kind == "not_null":
        return sql.is_null(column)
    if check.kind == "values":
        choices = [sql.text(value) for value in check.values]
        return exp.Not(this=exp.In(this=sql.cast(column, "text"), expressions=list(choices)))
    return _outside(check, column)


def _outside(check: Check, value: exp.Expr) -> exp.Expr:
    """Whether a value lies outside the limits of a check, which has one or two."""
    outside: list[exp.Expr] = []
    if check.low is not None:
        outside.append(sql.binary(exp.LT, value.copy(), _limit(check.low)))
    if check.high is not None:
        outside.append(sql.binary(exp.GT, value.copy(), _limit(check.high)))
    return outside[0] if len(outside) == 1 else exp.Or(this=outside[0], expression=outside[1])


def _unexpected_count(check: Check, count: exp.Expr) -> exp.Expr:
    """How many rows there are where that is too few or too many, else zero."""
    return sql.case([(_outside(check, count), count)], sql.integer(0))


def _limit(value: Decimal) -> exp.Expr:
    return sql.exact(value)


def _repeats(checks: Checks, rows: Rows) -> None:
    """Keys that stand in several rows, for the source's own key and for `unique` checks."""
    source = rows.source
    if source.key and source.mode in ("append", "snapshot"):
        _repeated(
            checks, rows, checks.add("repeated_key", source.name, ", ".join(source.key)), source.key
        )
    for check in source.checks:
        if check.kind == "unique":
            subject = ", ".join(check.columns)
            probe = checks.add("check", source.name, subject, check)
            _repeated(checks, rows, probe, check.columns)


def _repeated(checks: Checks, rows: Rows, probe: str, columns: tuple[str, ...]) -> None:
    """How many rows repeat a combination that an earlier row has."""
    keys = [sql.column(name) for name in columns]
    groups = sql.select([sql.named(sql.count_rows(), "n")], sql.table(rows.known_name), group=keys)
    extra = exp.Sum(this=sql.binary(exp.Sub, sql.column("n"), sql.integer(1)))
    total = exp.Coalesce(this=extra, expressions=[sql.integer(0)])
    checks.step(
        f"{probe}_repeated",
        f"{rows.source.name}: rows that repeat {' and '.join(columns)}",
        sql.select([sql.named(total, probe)], sql.subquery(groups, "keys")),
    )


# Units ------------------------------------------------------------------------------------


def _unit_steps(checks: Checks, lenient: Mapping[str, Rows]) -> None:
    plan = checks.plan
    steps = {step.name: step for step in plan.steps}
    checks.add_step(steps[plan.units.name])
    for route in plan.routes.values():
        for step in route.steps:
            checks.add_step(step)
    _alike(checks)
    if plan.attributes:
        _vary(checks, lenient[plan.units.rows.source.name])


def _alike(checks: Checks) -> None:
    """Units whose keys differ only by case or by how characters are composed."""
    parts = [
        sql.call("lower", sql.call("nfc_normalize", sql.column(name)))
        for name in checks.plan.units.key_columns()
    ]
    shown = sql.column(checks.plan.units.key_columns()[-1])
    groups = sql.select(
        [sql.named(sql.count_rows(), "n"), sql.named(exp.Min(this=shown), "example")],
        sql.table(checks.plan.units.name),
        group=parts,
    )
    source = checks.plan.units.rows.source.name
    count, example = checks.add("alike", source), checks.add("alike_example", source)
    checks.step(
        "units_alike",
        "units whose keys differ only by case or composition of characters",
        sql.select(
            [
                sql.named(sql.count_rows(), count),
                sql.named(exp.Min(this=sql.column("example")), example),
            ],
            sql.subquery(groups, "keys"),
            where=[sql.binary(exp.GT, sql.column("n"), sql.integer(1))],
        ),
    )


def _vary(checks: Checks, rows: Rows) -> None:
    """Units for which an attribute has several values."""
    plan = checks.plan
    key = [sql.column(name) for name in rows.context.charter.unit.key]
    groups = sql.select(
        [
            sql.named(
                sql.binary(
                    exp.GT,
                    exp.Count(this=exp.Distinct(expressions=[sql.column(name)]), big_int=True),
                    sql.integer(1),
                ),
                name,
            )
            for name in plan.attributes
        ],
        sql.table(rows.known_name),
        group=key,
    )
    columns = []
    for name in plan.attributes:
        probe = checks.add("varies", rows.source.name, name)
        counted = exp.Count(this=sql.case([(sql.column(name), sql.integer(1))]), big_int=True)
        columns.append(sql.named(counted, probe))
    checks.step(
        "units_vary",
        "units for which an attribute has several values",
        sql.select(columns, sql.subquery(groups, "keys")),
    )


def _orphans(checks: Checks, rows: Rows, route: Route) -> None:
    """Rows that match no unit, and join values that match several."""
    source = rows.source.name
    own, on, number = _meeting(checks.plan, route)
    total = exp.Coalesce(this=exp.Sum(this=sql.column("n")), expressions=[sql.integer(0)])
    rows_probe, keys_probe = checks.add("orphans", source), checks.add("orphan_keys", source)
    checks.step(
        f"{source}_orphans",
        f"{source}: rows that belong to no unit",
        sql.select(
            [sql.named(total, rows_probe), sql.named(sql.count_rows(), keys_probe)],
            sql.table(checks.named(f"{source}_groups"), "o"),
            joins=[sql.join(sql.table(number.table, "m"), on, left=True)],
            where=[sql.is_null(sql.column(number.name, "m"))],
        ),
    )
    if not route.own_key:
        _ambiguous(checks, source, number.table, len(own))


def _meeting(plan: Plan, route: Route) -> tuple[list[exp.Expr], list[exp.Expr], exp.Column]:
    """A source's own join columns, how they meet the map or the units, and the unit's number."""
    if route.own_key:
        own = [sql.column(node.name, "r") for node in route.grain.columns]
        on = [
            sql.binary(
                exp.EQ, sql.cast(sql.column(f"own_{i}", "o"), "text"), sql.column(KEY + name, "m")
            )
            for i, name in enumerate(plan.units.context.charter.unit.key)
        ]
        return list(own), on, sql.column(UNIT_NUMBER, plan.units.name)
    join = route.grain.joins[0]
    pairs = list(join.args["on"].find_all(exp.EQ))
    pairs.sort(key=lambda pair: pair.right.name)
    own = [pair.left.copy() for pair in pairs]
    on = [
        sql.binary(exp.EQ, sql.column(f"own_{i}", "o"), sql.column(pair.right.name, "m"))
        for i, pair in enumerate(pairs)
    ]
    return list(own), on, sql.column(UNIT_NUMBER, join.this.name)


def _ambiguous(checks: Checks, source: str, map_name: str, width: int) -> None:
    via = [sql.column(f"pmpo_via_{i + 1}") for i in range(width)]
    groups = sql.select([sql.named(sql.count_rows(), "n")], sql.table(map_name), group=list(via))
    probe = checks.add("ambiguous", source)
    checks.step(
        f"{source}_ambiguous",
        f"{source}: join values that belong to several units",
        sql.select(
            [sql.named(sql.count_rows(), probe)],
            sql.subquery(groups, "g"),
            where=[sql.binary(exp.GT, sql.column("n"), sql.integer(1))],
        ),
    )


def latest_known_sql(rows: Rows) -> str | None:
    """The statement for the last moment at which a row of an append source became known.

    It reads the column before any cut, because the default `as_of` follows from it; the lag, where
    one is declared, is added by the caller. None for a source without times.
    """
    source = rows.source
    twin = Rows(rows.context, source, rows.schema, lenient=True)
    name = source.known_at if source.known_at and not source.known_at_is_none else source.time
    if not name or rows.schema is None or name not in rows.schema:
        return None
    value = exp.Max(this=sql.cast(twin.read(name), "timestamp"))
    select = sql.select([sql.named(value, "latest")], twin.table())
    return sql.render(select, "duckdb")
