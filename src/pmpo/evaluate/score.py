"""From measured signals to scope, bands, utilities, points, score and rank: one statement.

Points are weight (millionths) × utility (micro-units of 0 to 100 million): whole numbers of 10⁻¹²
that add up to the score exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from pmpo import sql
from pmpo.compile.context import Step
from pmpo.compile.formula import Report
from pmpo.compile.plan import statement
from pmpo.compile.scope import Names, compile_scope
from pmpo.compile.settings import as_case, as_text
from pmpo.compile.types import Type, Typed
from pmpo.diagnostics import CharterError, has_errors
from pmpo.evaluate.banding import Banding
from pmpo.evaluate.carrying import JOINED, Carrying, joined
from pmpo.evaluate.missing import Policies, Shares, sum_of, utility_under
from pmpo.evaluate.outcomes import Outcomes
from pmpo.evaluate.ratio import Ratios
from pmpo.evaluate.state import NOTHING, Remembered, remembering
from pmpo.model.charter import Charter, Number, ParamRef
from pmpo.model.evaluation import (
    BLOCKED,
    EXCLUDED,
    OUT_OF_SCOPE,
    POINT_DIGITS,
    RANKED,
    RATIO_DIGITS,
    SCORE_DIGITS,
)
from pmpo.model.settings import by_specificity
from pmpo.model.table import ABOUT, HELD, KEY, SIGNAL
from pmpo.model.time import zone
from pmpo.model.waiver import Waiver
from pmpo.rules.values import MICRO, Point, utility_case
from pmpo.rules.weights import leaf_weights
from pmpo.sql import Dialect, exp

MEASURED = "measured"
_HELD = 2
AXIS = "axis_"


@dataclass(frozen=True)
class Scoring:
    """What one scoring statement needs to know besides the charter.

    Args:
        columns: the types of the measured table's columns.
        grades: per signal the grade its sources allow at best, as a number, 0 for A to 3 for D.
        as_of: the moment of the evaluation; dated parameters are read on its day.
        waivers: those in force.
        remembered: of which bands and inputs of tables a table called `prior` says what was before.
        carried: columns of the measured table that the result has too.
    """

    charter: Charter
    columns: Mapping[str, Type]
    grades: Mapping[str, int]
    as_of: datetime
    dialect: Dialect = "duckdb"
    waivers: Sequence[Waiver] = ()
    remembered: Remembered = NOTHING
    carried: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        """The day of the evaluation on the charter's clock."""
        return self.as_of.astimezone(zone(self.charter.zone_name)).date()

    @property
    def banding(self) -> Banding:
        """The charter's bands."""
        return Banding(self.charter, self.as_of, self.remembered.bands, self.number)

    @cached_property
    def outcomes(self) -> Outcomes:
        """The charter's decision tables."""
        carrying = Carrying(self.charter, self.as_of, self.remembered.inputs)
        return Outcomes(self.charter, self.columns, self.day, self.segment, carrying)

    @property
    def policies(self) -> Policies:
        """What missing signals do to their units."""
        return Policies(self.charter, self.waivers)

    @property
    def ratios(self) -> Ratios | None:
        """How the charter scores by a ratio; None where it has axes."""
        if self.charter.score is None:
            return None
        return Ratios(self.charter, self.policies, self.dialect)

    def used_signals(self) -> list[str]:
        """Signals that are scored, banded or in a table, in charter order."""
        return used_signals(self.charter)

    def setting(self, name: str, moved_by: Decimal = Decimal(0)) -> exp.Expr:
        """A parameter as SQL over the unit's attributes, moved by a number."""
        setting = self.charter.parameters[name].setting
        return as_case(setting, self.day, self.segment, lambda value: _moved(value, moved_by))

    def number(self, value: Number, moved_by: Decimal = Decimal(0)) -> exp.Expr:
        """A number of the charter, moved by another before it becomes a double."""
        if isinstance(value, ParamRef):
            return self.setting(value.id, moved_by)
        return _moved(value, moved_by)

    def segment(self, name: str) -> exp.Expr:
        """An attribute as the text that segments are written in."""
        column = self.attribute(name)
        return as_text(Typed(column, self.columns[column.name]))

    def attribute(self, name: str) -> exp.Column:
        return sql.column((KEY if name in self.charter.unit.key else ABOUT) + name)


def _moved(value: Decimal, by: Decimal) -> exp.Expr:
    """A number as a double; the sum is exact, so that 0.90 + 0.01 is the double 0.91."""
    return sql.real(value + by if by else value)


def used_signals(charter: Charter) -> list[str]:
    """Signals on an axis, in the ratio, in a band or in a table, in charter order."""
    in_tables = {name for table in charter.tables.values() for name in table.inputs}
    return [name for name in charter.signals if name in _scored(charter) | in_tables]


def _scored(charter: Charter) -> set[str]:
    """Signals on an axis, in the ratio or in a band."""
    return {*charter.scored, *(band.signal for band in charter.bands.values())}


def judged_signals(charter: Charter) -> list[str]:
    """Signals whose own policy says what their absence does, in charter order.

    Where only tables look at a signal and one says what a missing value means, that holds.
    """
    told = {name for table in charter.tables.values() for name in table.missing}
    return [n for n in used_signals(charter) if n in _scored(charter) or n not in told]


def score_sql(scoring: Scoring, *, sorted_rows: bool = True) -> str:
    """The whole statement over a table called `measured`.

    Args:
        sorted_rows: False leaves the rows as they come, with the score as a whole number in the
            place of `rank`, for a caller that sorts this column faster than an engine whole rows.
    Raises: CharterError: the scope does not compile.
    """
    steps = [
        _scope_step(scoring),
        _filled_step(scoring),
        *joined(scoring.charter, scoring.remembered, "filled"),
        *scoring.banding.steps(_before_bands(scoring)),
        _value_step(scoring),
        *_weight_steps(scoring),
        *scoring.outcomes.steps("weighted" if _shares(scoring) else "valued"),
        _status_step(scoring),
        _points(scoring) if scoring.ratios is None else _ratio(scoring.ratios),
    ]
    whole = "bigint" if scoring.ratios is None else f"decimal({RATIO_DIGITS},0)"
    final = (
        _ranked(scoring) if sorted_rows else _result(scoring, sql.cast(sql.column("total"), whole))
    )
    return statement(steps, final, scoring.dialect) + "\n"


# Scope ------------------------------------------------------------------------------------


def _scope_step(scoring: Scoring) -> Step:
    """Why a unit is out of scope: the path of the rule that says so; null when it is in."""
    charter = scoring.charter
    report = Report(charter.places)

    def attribute(name: str, _path: str) -> Typed | None:
        column = scoring.attribute(name)
        kind = scoring.columns.get(column.name)
        return Typed(column, kind) if kind is not None else None

    signals = {
        name: scoring.columns[SIGNAL + name]
        for name in charter.signals
        if SIGNAL + name in scoring.columns
    }
    names = Names(signals, charter.unit.key, attribute)
    scope = compile_scope(charter, names, scoring.day, scoring.dialect, report)
    if has_errors(report.findings):
        raise CharterError(report.findings)
    branches: list[tuple[exp.Expr, exp.Expr]] = []
    if scope.inside is not None:
        branches.append((exp.Not(this=_sure(scope.inside)), sql.text("scope.in")))
    branches += [(_sure(leave), sql.text(f"scope.out.{i}")) for i, leave in enumerate(scope.exits)]
    left = sql.case(branches, sql.cast(sql.null(), "text"))
    return Step(
        "scoped",
        "which rule of the scope leaves a unit out; none for those the program decides",
        sql.select([exp.Star(), sql.named(left, "scope_rule")], sql.table(MEASURED)),
    )


def _sure(condition: exp.Expr) -> exp.Expr:
    """A condition that counts only when it is known to hold."""
    return exp.Coalesce(this=condition, expressions=[exp.false()])


# Values -----------------------------------------------------------------------------------


def _filled_step(scoring: Scoring) -> Step:
    """The values that bands and value functions see: measured, or the constant of `impute`."""
    filled = [
        sql.named(scoring.policies.filled(name), f"filled_{name}")
        for name in scoring.used_signals()
    ]
    return Step(
        "filled",
        "measured values, and the constants that stand for missing ones",
        sql.select([exp.Star(), *filled], sql.table("scoped")),
    )


def _value_step(scoring: Scoring) -> Step:
    charter, policies = scoring.charter, scoring.policies
    source = "reached" if remembering(charter) else _before_bands(scoring)
    columns: list[exp.Expr] = [exp.Star()]
    for axis in charter.axes.values():
        for name in axis.signals:
            points = [
                _point(scoring, anchor.at, anchor.worth) for anchor in charter.signals[name].value
            ]
            case = utility_case(sql.column(f"filled_{name}"), points, scoring.dialect)
            utility = utility_under(policies, name, case)
            columns.append(sql.named(utility.counted, f"utility_{name}"))
            if name in _ranged(scoring):
                columns.append(sql.named(utility.low, f"low_{name}"))
                columns.append(sql.named(utility.high, f"high_{name}"))
    columns += scoring.banding.columns()
    if scoring.ratios is not None:
        columns += scoring.ratios.counted()
    return Step(
        "valued",
        "utilities in micro-units, and bands"
        if scoring.ratios is None
        else "factors in steps of their precision, and bands",
        sql.select(columns, sql.table(source)),
    )


def _before_bands(scoring: Scoring) -> str:
    """The step that bands are worked out from."""
    return JOINED if scoring.remembered.columns else "filled"


def _ranged(scoring: Scoring) -> list[str]:
    """Signals on an axis whose utility may be an interval."""
    return [
        name
        for name in signal_weights(scoring.charter)
        if "range" in scoring.policies.possible(name)
    ]


def _shares(scoring: Scoring) -> dict[str, Shares]:
    """The axes on which the weight of a missing signal may go to the others."""
    weights = signal_weights(scoring.charter)
    return {
        axis.name: Shares(scoring.policies, {name: weights[name] for name in axis.signals})
        for axis in scoring.charter.axes.values()
        if any("redistribute" in scoring.policies.possible(name) for name in axis.signals)
    }


def _weight_steps(scoring: Scoring) -> list[Step]:
    """Weights per unit, where a signal may drop out and leave its weight to its axis."""
    shares = list(_shares(scoring).values())
    if not shares:
        return []
    parts = (
        ("present", "weights of the signals that take part", "valued", Shares.present),
        ("divided", "the axis's weight in proportion", "present", Shares.base_and_rest),
        ("weighted", "largest remainders get what is left", "divided", Shares.weight),
    )
    return [
        Step(
            name,
            told,
            sql.select(
                [exp.Star()]
                + [sql.named(node, column) for share in shares for column, node in part(share)],
                sql.table(source),
            ),
        )
        for name, told, source, part in parts
    ]


def _point(scoring: Scoring, at: Number, worth: Decimal) -> Point:
    utility = int((worth * MICRO).to_integral_value())
    if not isinstance(at, ParamRef):
        return Point(sql.real(at), at, at, utility)
    setting = scoring.charter.parameters[at.id].setting
    values = [value for _, value in by_specificity(setting, scoring.day) if value is not None]
    low, high = min(values, default=Decimal(0)), max(values, default=Decimal(0))
    return Point(scoring.setting(at.id), low, high, utility)


# Status -----------------------------------------------------------------------------------


def _status_step(scoring: Scoring) -> Step:
    """Out of scope beats blocked, blocked beats excluded; the first signal in order is named.

    Tables are asked last: only a unit that nothing else keeps from its rank needs an outcome.
    """
    decided: list[tuple[exp.Expr, str, exp.Expr]] = [
        (sql.not_null(sql.column("scope_rule")), OUT_OF_SCOPE, sql.column("scope_rule"))
    ]
    decided += [(node, BLOCKED, sql.text(rule)) for rule, node in _blocking(scoring)]
    for name in judged_signals(scoring.charter):
        falls = scoring.policies.falls(name, "exclude")
        if falls is not None:
            decided.append((falls, EXCLUDED, sql.text(f"signals.{name}.missing")))
    decided += [(n, BLOCKED, sql.text(rule)) for rule, n in scoring.outcomes.blocking()]
    status: list[tuple[exp.Expr, exp.Expr]] = [(c, sql.text(told)) for c, told, _ in decided]
    reason: list[tuple[exp.Expr, exp.Expr]] = [(c.copy(), rule) for c, _, rule in decided]
    grades = [_grade(scoring, name) for name in scoring.used_signals()]
    grades += [
        sql.case([(sql.not_null(sql.column(column)), sql.integer(_HELD))], sql.integer(0))
        for name, columns in scoring.outcomes.carried_columns().items()
        for column in columns
        if name not in scoring.charter.signals
    ]
    worst: exp.Expr = sql.integer(0)
    if grades:
        worst = exp.Greatest(this=grades[0], expressions=grades[1:], ignore_nulls=True)
    letters = [
        (sql.binary(exp.EQ, sql.column("grade"), sql.integer(i)), sql.text(letter))
        for i, letter in enumerate("ABC")
    ]
    source = scoring.outcomes.last("weighted" if _shares(scoring) else "valued")
    inner = sql.select([exp.Star(), sql.named(worst, "grade")], sql.table(source))
    return Step(
        "judged",
        "the status of each unit, the rule that decided it, and its quality",
        sql.select(
            [
                exp.Star(),
                sql.named(sql.case(status, sql.text(RANKED)), "status"),
                sql.named(sql.case(reason, sql.text("")), "reason"),
                sql.named(sql.case(letters, sql.text("D")), "quality"),
            ],
            sql.subquery(inner, "graded"),
        ),
    )


def _blocking(scoring: Scoring) -> Iterator[tuple[str, exp.Expr]]:
    """What leaves a unit without a recommendation, by the rule that says so.

    A measured signal has no utility where a parameter among its anchors has no number on the day:
    such a unit is blocked, with the value function as the reason.
    """
    ratios = scoring.ratios
    for name in judged_signals(scoring.charter):
        falls = scoring.policies.falls(name, "block")
        if ratios is not None and name in ratios.score.ratio.names:
            falls = ratios.missing(name)
        if falls is not None:
            yield f"signals.{name}.missing", falls
    for name in _on_parameters(scoring.charter):
        yield f"signals.{name}.value", _without_utility(name)
    for axis, shares in _shares(scoring).items():
        yield f"axes.{axis}", shares.nobody_left()
    if ratios is not None:
        yield from ratios.blocking()


def _on_parameters(charter: Charter) -> list[str]:
    """Signals on an axis whose anchors name parameters."""
    return [
        name
        for axis in charter.axes.values()
        for name in axis.signals
        if any(isinstance(anchor.at, ParamRef) for anchor in charter.signals[name].value)
    ]


def _without_utility(name: str) -> exp.Expr:
    """Whether a signal was measured and yet has no utility."""
    measured = sql.not_null(sql.column(SIGNAL + name))
    return sql.every([measured, sql.is_null(sql.column(f"utility_{name}"))])


def _grade(scoring: Scoring, name: str) -> exp.Expr:
    """0 for A to 3 for D: missing is D, held is at best C, else what the sources allow.

    Carried by every table that looks at it, and asked for by nothing else, is as good as held.
    """
    held = sql.column(HELD + name)
    best = scoring.grades.get(name, 0)
    earlier = sql.integer(max(best, _HELD))
    branches = [
        (sql.is_null(held), sql.integer(3)),
        (sql.binary(exp.GT, held.copy(), sql.integer(0)), earlier),
    ]
    columns = scoring.outcomes.carried_columns().get(name, ())
    looking = [table for table in scoring.charter.tables.values() if name in table.inputs]
    if name not in _scored(scoring.charter) and columns and len(columns) == len(looking):
        carried = sql.every([sql.not_null(sql.column(column)) for column in columns])
        branches.insert(0, (carried, earlier.copy()))
    return sql.case(branches, sql.integer(best))


# Points -----------------------------------------------------------------------------------


def _points(scoring: Scoring) -> Step:
    """Points per signal, their sum, and where a policy widens it the ends of the interval.

    A signal that drops out has a weight of zero, and so no points rather than none known.
    """
    weights = _weights(scoring)
    ranged = _ranged(scoring)
    columns: list[exp.Expr] = []
    for kind in ("utility", *(("low", "high") if ranged else ())):
        for name, weight in weights.items():
            origin = kind if name in ranged else "utility"
            points = sql.binary(exp.Mul, weight.copy(), sql.column(f"{origin}_{name}"))
            if not isinstance(weight, exp.Literal):
                dropped = sql.binary(exp.EQ, weight.copy(), sql.integer(0))
                points = sql.case([(dropped, sql.integer(0))], points)
            prefix = "points" if kind == "utility" else f"points_{kind}"
            columns.append(sql.named(points, f"{prefix}_{name}"))
    inner = sql.select([exp.Star(), *columns], sql.table("judged"))
    totals = []
    for prefix, total in _totals(scoring):
        ranked = sql.binary(exp.EQ, sql.column("status"), sql.text(RANKED))
        points = _sum([sql.column(f"{prefix}_{name}") for name in weights])
        totals.append(sql.named(sql.case([(ranked, points)]), total))
    return Step(
        "scored",
        "points: weight in millionths × utility in micro-units; they add up to the score",
        sql.select([exp.Star(), *totals], sql.subquery(inner, "weighed")),
    )


def _ratio(ratios: Ratios) -> Step:
    """The score of a charter that ranks by a ratio."""
    ranked = sql.binary(exp.EQ, sql.column("status"), sql.text(RANKED))
    total = sql.named(sql.case([(ranked, ratios.total())]), "total")
    return Step(
        "scored",
        f"{ratios.score.title} = {ratios.score.ratio.written()}, in whole 10⁻¹², halves up",
        sql.select([exp.Star(), total], sql.table("judged")),
    )


def _totals(scoring: Scoring) -> list[tuple[str, str]]:
    """Which points are summed to which total."""
    ends = [("points_low", "total_low"), ("points_high", "total_high")]
    return [("points", "total"), *(ends if _ranged(scoring) else [])]


def _weights(scoring: Scoring) -> dict[str, exp.Expr]:
    """The weight of each signal on an axis: a number, or a column where it varies by unit."""
    shared = {name for shares in _shares(scoring).values() for name in shares.weights}
    return {
        name: sql.column(f"weight_{name}") if name in shared else sql.integer(weight)
        for name, weight in signal_weights(scoring.charter).items()
    }


def signal_weights(charter: Charter) -> dict[str, int]:
    """The weight of each signal on an axis, in millionths of the whole score."""
    return leaf_weights({name: (a.weight, a.signals) for name, a in charter.axes.items()})


def _sum(nodes: list[exp.Expr]) -> exp.Expr:
    return sum_of(nodes) if nodes else sql.integer(0)


def _ranked(scoring: Scoring) -> exp.Select:
    """The result: key order, with ranks by score and then key among the ranked units."""
    keys = [KEY + name for name in scoring.charter.unit.key]
    by_key = [sql.ordered(sql.by_code_point(sql.column(k), scoring.dialect)) for k in keys]
    order = [sql.ordered(sql.column("total"), descending=True), *by_key]
    number = sql.first_row_number([], order)
    # Units without a score come last in this order, so the ranks of the others are not disturbed.
    rank = sql.case([(sql.not_null(sql.column("total")), number)])
    result = _result(scoring, rank)
    result.set("order", exp.Order(expressions=[node.copy() for node in by_key]))
    return result


def _result(scoring: Scoring, rank: exp.Expr) -> exp.Select:
    """The columns of the result."""
    charter = scoring.charter
    digits = POINT_DIGITS if scoring.ratios is None else RATIO_DIGITS
    columns: list[exp.Expr] = [
        *(sql.column(KEY + name) for name in charter.unit.key),
        sql.column("status"),
        sql.column("reason"),
        sql.named(rank, "rank"),
        *(
            sql.named(_decimal(sql.column(total), digits), total.replace("total", "score"))
            for _, total in _totals(scoring)
        ),
    ]
    columns += scoring.ratios.results() if scoring.ratios is not None else ()
    for name, axis in charter.axes.items():
        points = _sum([sql.column(f"points_{signal}") for signal in axis.signals])
        columns.append(sql.named(_decimal(points), AXIS + name))
    for name, weight in _weights(scoring).items():
        columns.append(sql.column(f"utility_{name}"))
        if not isinstance(weight, exp.Literal):
            columns.append(sql.column(f"weight_{name}"))
        columns.append(sql.named(_decimal(sql.column(f"points_{name}")), f"points_{name}"))
        if name in _ranged(scoring):
            columns += [sql.column(f"low_{name}"), sql.column(f"high_{name}")]
    columns += map(sql.column, scoring.banding.results())
    columns += [*scoring.outcomes.results(), sql.column("quality")]
    columns += map(sql.column, scoring.carried)
    return sql.select(columns, sql.table("scored"))


def _decimal(node: exp.Expr, digits: int = POINT_DIGITS) -> exp.Expr:
    """Whole 10⁻¹² as an exact decimal of so many digits."""
    small = sql.cast(sql.text("0." + "0" * (SCORE_DIGITS - 1) + "1"), f"decimal(12,{SCORE_DIGITS})")
    wide = sql.binary(exp.Mul, sql.cast(node, f"decimal({digits},0)"), small)
    return sql.cast(wide, f"decimal({digits},{SCORE_DIGITS})")
