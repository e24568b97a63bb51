"""The spine of decision units, and how the rows of each source reach it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.atoms import Grain
from pmpo.compile.context import Context, Step
from pmpo.compile.formula import Formula, did_you_mean
from pmpo.compile.rows import Rows
from pmpo.compile.settings import as_text
from pmpo.compile.types import ERROR, Type, Typed
from pmpo.model.table import ABOUT, KEY, UNIT_NUMBER
from pmpo.sql import exp

_KEY_KINDS = ("text", "exact", "date", "boolean", "error")


@dataclass(slots=True)
class Units:
    """The unit's key and attributes.

    Attributes are further columns of the unit's source that scope, label, parents or parameters
    name; each must have one value per unit.
    """

    context: Context
    rows: Rows
    attributes: dict[str, Type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unit = self.context.charter.unit
        for name in unit.key:
            kind = self.rows.type_of(name)
            if kind.kind not in _KEY_KINDS or kind.scale:
                self._bad_key(name, kind)
        for name in (unit.label, *unit.parents):
            if name:
                self.attribute(name, "unit")

    def _bad_key(self, name: str, kind: Type) -> None:
        self.context.report.add(
            "unit/key-type",
            f"the key column `{name}` is a {kind}",
            Formula("unit.key", name),
            note="keys are text; whole numbers, dates and booleans have one text, this has many",
            help=f"declare it under the source's `columns`: `{name}: text`",
        )

    def attribute(self, name: str, path: str) -> exp.Column | None:
        """The column that holds an attribute, registered on first use; None if there is none."""
        if name in self.context.charter.unit.key:
            return sql.column(KEY + name)
        if name not in self.attributes:
            if not self.rows.has(name):
                self.context.report.add(
                    "unit/unknown-column",
                    f"the unit's source `{self.rows.source.name}` has no column `{name}`",
                    Formula(path, name),
                    label=did_you_mean(name, self.rows.names()),
                    note="labels, parents, scope and parameters look at the unit's own source",
                )
                return None
            self.attributes[name] = self.rows.type_of(name)
        return sql.column(ABOUT + name)

    def segment(self, name: str, path: str) -> exp.Expr:
        """An attribute as the text that segments of a setting are compared with."""
        found = self.attribute(name, path)
        return sql.null() if found is None else as_text(Typed(found, self.type_of(name)))

    def type_of(self, name: str) -> Type:
        """The type of a key part (text) or attribute."""
        if name in self.context.charter.unit.key:
            return types.TEXT
        return self.attributes.get(name, ERROR)

    @property
    def name(self) -> str:
        """The step that holds the spine."""
        return self.context.step("units")

    def key_columns(self) -> list[str]:
        return [KEY + name for name in self.context.charter.unit.key]

    def all_columns(self) -> list[str]:
        return [*self.key_columns(), *(ABOUT + name for name in self.attributes)]

    # Steps --------------------------------------------------------------------------------

    def step(self) -> Step:
        """One row per unit, numbered in key order; rows without a full key are left out."""
        key = self.context.charter.unit.key
        parts = [sql.cast(sql.column(name), "text") for name in key]
        inner = sql.select(
            [
                *(sql.named(part, KEY + name) for part, name in zip(parts, key, strict=True)),
                *(sql.named(self._constant(name), ABOUT + name) for name in self.attributes),
            ],
            sql.table(self.rows.known_name),
            where=[sql.not_null(sql.column(name)) for name in key],
            group=[sql.column(name) for name in key],
        )
        order = [
            sql.ordered(sql.by_code_point(sql.column(name), self.context.dialect))
            for name in self.key_columns()
        ]
        number = sql.first_row_number([], order)
        return Step(
            self.name,
            f"one row per {self.context.charter.unit.name}, in key order",
            sql.select(
                [sql.named(number, UNIT_NUMBER), *map(sql.column, self.all_columns())],
                sql.subquery(inner, "keys"),
            ),
        )

    def join(self, route: Route, name: str, period: str = "") -> exp.Join:
        """A left join of one aggregated source to the spine, and to the period `p` if any."""
        keys = self.key_columns() if route.own_key else [UNIT_NUMBER]
        on = []
        for key in keys:
            theirs: exp.Expr = sql.column(key, name)
            if route.own_key:
                theirs = sql.cast(theirs, "text")
            on.append(sql.binary(exp.EQ, sql.column(key, "u"), theirs))
        if period:
            on.append(sql.binary(exp.EQ, sql.column(period, "p"), sql.column(period, name)))
        return sql.join(sql.table(name), on, left=True)

    def _constant(self, name: str) -> exp.Expr:
        """An attribute's one value; the checks report units where it has several."""
        return self.value_of(name, self.least(name, self.comparable(name)))

    def comparable(self, name: str) -> exp.Expr:
        """An attribute of one row, of which there is a least value."""
        node: exp.Expr = sql.column(name)
        if self.attributes[name] != types.BOOLEAN:
            return node
        as_number = sql.case([(node, sql.integer(1))], sql.integer(0))
        return sql.case([(sql.not_null(node.copy()), as_number)])

    def least(self, name: str, node: exp.Expr) -> exp.Expr:
        """The least of comparable values of an attribute."""
        if self.attributes[name] == types.TEXT:
            node = sql.by_code_point(node, self.context.dialect)
        return exp.Min(this=node)

    def value_of(self, name: str, least: exp.Expr) -> exp.Expr:
        """The attribute itself, from its least comparable value."""
        if self.attributes[name] != types.BOOLEAN:
            return least
        return sql.binary(exp.EQ, least, sql.integer(1))


@dataclass(frozen=True, slots=True)
class Route:
    """How one source reaches the unit: steps that prepare the way, and the grain of its rows.

    `own_key` tells that the grain is the key itself rather than the unit's number.
    """

    grain: Grain
    steps: tuple[Step, ...] = ()
    own_key: bool = False


class Routes:
    """Finds for each source the way to the unit, once."""

    def __init__(self, units: Units, all_rows: dict[str, Rows]) -> None:
        self.units = units
        self.all_rows = all_rows
        self.key = units.context.charter.unit.key
        self._maps: dict[tuple[str, tuple[str, ...]], Step] = {}
        self._going: list[str] = []

    def of(self, name: str) -> Route | None:
        """The route of a source; None after reporting that there is none."""
        if name in self._going:
            self._none(name, f"its joins go round in a circle: {' → '.join(self._going)}")
            return None
        self._going.append(name)
        try:
            return self._find(name)
        finally:
            self._going.pop()

    def _find(self, name: str) -> Route | None:
        rows = self.all_rows[name]
        if name == self.units.rows.source.name and not rows.source.join:
            return self._direct(rows, self.key)
        if "unit" in rows.source.join:
            return self._direct(rows, tuple(own for own, _ in rows.source.join["unit"]))
        for target, pairs in rows.source.join.items():
            if target in self.all_rows:
                return self._through(rows, target, pairs)
        self._none(name, "it has no `join`")
        return None

    def _none(self, name: str, reason: str) -> None:
        unit = self.units.context.charter.unit
        key = ", ".join(unit.key)
        self.units.context.report.add(
            "source/no-way-to-unit",
            f"the rows of `{name}` do not reach the unit: {reason}",
            Formula(f"sources.{name}.join", name),
            note=f"every row must belong to one {unit.name}, named by {key}",
            help=f"add `join: {{unit: [{key}]}}` with its own columns, "
            "or join it to another source",
        )

    def _bad_join(self, rows: Rows, name: str, reason: str) -> None:
        self.units.context.report.add(
            "source/join-type",
            f"source `{rows.source.name}` cannot be joined by `{name}`: it {reason}",
            Formula(f"{rows.path}.join", name),
            note="rows meet where two columns say the same; types that differ, or that are not "
            "exact, say it differently on every engine",
            help=f"declare the type under the source's `columns`: `{name}: integer`",
        )

    def _direct(self, rows: Rows, columns: tuple[str, ...]) -> Route | None:
        """Rows that carry the key: group by it as it is, and make text of it once per unit."""
        if len(columns) != len(self.key):
            reason = f"`unit` names {len(columns)} columns; the key has {len(self.key)}"
            self._none(rows.source.name, reason)
            return None
        for name in columns:
            kind = rows.type_of(name)
            if kind.kind not in _KEY_KINDS or kind.scale:
                self._bad_join(rows, name, f"is a {kind}, which has no single text")
        nodes = tuple(sql.column(name) for name in columns)
        return Route(Grain(nodes, tuple(KEY + name for name in self.key)), own_key=True)

    def _through(self, rows: Rows, target: str, pairs: tuple[tuple[str, str], ...]) -> Route | None:
        """Rows that reach the unit by way of another source."""
        there = self.all_rows[target]
        for own, theirs in pairs:
            mine, other = rows.type_of(own), there.type_of(theirs)
            if ERROR not in (mine, other) and (mine.kind != other.kind or mine.kind == "double"):
                self._bad_join(rows, own, f"is a {mine}, and `{target}.{theirs}` is a {other}")
        onward = self.of(target)
        if onward is None:
            return None
        theirs_all = tuple(theirs for _, theirs in pairs)
        steps = onward.steps
        step = self._maps.get((target, theirs_all))
        if step is None:
            step = self._map_step(there, onward, theirs_all)
            self._maps[(target, theirs_all)] = step
        on = [
            sql.binary(exp.EQ, sql.column(own, "r"), sql.column(_via(i), "m"))
            for i, (own, _) in enumerate(pairs)
        ]
        grain = Grain(
            (sql.column(UNIT_NUMBER, "m"),),
            (UNIT_NUMBER,),
            (sql.join(sql.table(step.name, "m"), on),),
        )
        return Route(grain, (*steps, step) if step not in steps else steps)

    def _map_step(self, there: Rows, onward: Route, columns: tuple[str, ...]) -> Step:
        """Which unit each value of the join columns belongs to."""
        via = [sql.named(sql.column(name, "r"), _via(i)) for i, name in enumerate(columns)]
        present = [sql.not_null(sql.column(name, "r")) for name in columns]
        if onward.own_key:
            on = [
                sql.binary(exp.EQ, sql.cast(_of_r(node), "text"), sql.column(KEY + name, "u"))
                for node, name in zip(onward.grain.columns, self.key, strict=True)
            ]
            number, joins = (
                sql.column(UNIT_NUMBER, "u"),
                [sql.join(sql.table(self.units.name, "u"), on)],
            )
        else:
            number, joins = sql.column(UNIT_NUMBER, "m"), onward.grain.joined()
        suffix = "" if not any(k[0] == there.source.name for k in self._maps) else len(self._maps)
        return Step(
            there.step_name(f"unit{suffix}"),
            f"{there.source.name}: the unit of each {' and '.join(columns)}",
            sql.select(
                [*via, number],
                sql.table(there.known_name, "r"),
                joins=joins,
                where=present,
                distinct=True,
            ),
        )


def _via(index: int) -> str:
    return f"pmpo_via_{index + 1}"


def _of_r(node: exp.Expr) -> exp.Expr:
    return sql.column(node.name, "r")
