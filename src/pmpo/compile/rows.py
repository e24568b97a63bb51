"""One source as formulas see it: typed columns, derived columns, and the rows inside both cuts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.columns import NOTHING_DECLARED, TableColumn, later_columns
from pmpo.compile.context import Context, Step
from pmpo.compile.cuts import Cut, cut_of, zone_of
from pmpo.compile.expressions import Expressions
from pmpo.compile.formula import Formula, did_you_mean, parse
from pmpo.compile.order import dependencies_first
from pmpo.compile.settings import as_text, exact_case, named_setting, varies
from pmpo.compile.size import parts_of
from pmpo.compile.types import ERROR, Type, Typed
from pmpo.compile.unpivot import table_columns, turned, unpivoted
from pmpo.compile.worktime import WORKTIME, is_call, worktime
from pmpo.model.charter import Source
from pmpo.model.settings import by_specificity, constant
from pmpo.sql import exp

_TIMES: Final = ("timestamp", "date")


@dataclass(slots=True)
class Rows:
    """The rows of one source.

    Args:
        schema: the table's columns and their types; None when the table cannot be seen, in which
            case undeclared columns are taken on trust. Afterwards those that `unpivot` leaves, and
            `table_schema` keeps the table's own.
        cuts: one per period of a history, the oldest first; `cut` is the newest.
        dated: where row expressions stand that mean something else in another period.
    """

    context: Context
    source: Source
    schema: Mapping[str, str] | None
    lenient: bool = False
    table_schema: Mapping[str, str] | None = field(init=False)
    cut: Cut = field(init=False)
    cuts: tuple[Cut, ...] = field(init=False)
    dated: dict[str, None] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)
    _derived: dict[str, Typed | None] = field(default_factory=dict)
    _trees: dict[str, exp.Expr | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table_schema = self.schema
        self.schema = unpivoted(self.source, self.schema, self.context.report)
        self.cuts = tuple(cut_of(self.source, moments) for moments in self.context.periods)
        self.cut = self.cuts[-1]
        columns = (self.source.time, self.source.known_at, *self._validity(), *self.source.key)
        for name in columns:
            if name and name != "none":
                self.physical(name)
        for name in (self.source.time, self.source.known_at, *self._validity()):
            if name and name != "none":
                self._must_be_a_time(name)

    @property
    def path(self) -> str:
        return f"sources.{self.source.name}"

    @property
    def known_name(self) -> str:
        return self.step_name("known")

    def step_name(self, suffix: str) -> str:
        """The name of a step about this source."""
        return self.context.step(f"{self.source.name}_{suffix}")

    def _validity(self) -> tuple[str, ...]:
        return (self.source.valid_from, self.source.valid_to) if self.source.mode == "scd2" else ()

    def _must_be_a_time(self, name: str) -> None:
        kind = self.physical(name)
        if kind.kind not in ("timestamp", "date", "error"):
            self.context.report.add(
                "source/time-type",
                f"`{name}` of source `{self.source.name}` says when, but is a {kind}",
                Formula(self.path, name),
                note="both cuts in time compare it with dates and times",
                help=f"declare it under the source's `columns`: `{name}: timestamp`",
            )

    # Columns ------------------------------------------------------------------------------

    def names(self) -> tuple[str, ...]:
        """Every column a formula may use."""
        return (*(self.schema or ()), *self.source.columns, *self.source.derive)

    def has(self, name: str) -> bool:
        if name in self.source.derive or name in self.source.columns:
            return self.schema is None or name in self.source.derive or name in self.schema
        return self.schema is None or name in self.schema

    def type_of(self, name: str) -> Type:
        """The type of a column as formulas see it; `error` after reporting an unknown one."""
        if name in self.source.derive:
            return self._derive(name).type
        return self.physical(name)

    def physical(self, name: str) -> Type:
        """The declared type of a column of the table, else its own."""
        if self.schema is not None and name not in self.schema:
            self._unknown(name)
            return ERROR
        declared = self.source.columns.get(name)
        if name not in self.used:
            self.used[name] = None
            self.table_column(name).check_format(self.source.name, self.context.report)
            if declared is not None and declared.known_at:
                self._must_be_a_time(declared.known_at)
        if declared is not None and declared.type:
            return types.from_name(declared.type)
        return types.from_name(self.schema[name]) if self.schema is not None else ERROR

    def _unknown(self, name: str) -> None:
        at = Formula(self.path, name)
        self.context.report.add(
            "source/unknown-column",
            f"source `{self.source.name}` has no column `{name}`",
            at,
            label=did_you_mean(name, self.schema or ()),
            note=f"its columns are {', '.join(sorted(self.schema or ()))}",
            help="write one of its columns; names are taken letter by letter",
        )

    def _derive(self, name: str) -> Typed:
        """Compile a derived column once, over the table's own columns and other derived ones."""
        if name in self._derived:
            return self._derived[name] or Typed(sql.null(), ERROR)
        for each in dependencies_first(name, self._references, self._derived, self._circle):
            self._derived[each] = None
            tree = self._tree(each)
            if tree is not None:
                at = Formula(f"{self.path}.derive.{each}", self.source.derive[each])
                self._derived[each] = RowExpressions(at, self, inline=True).whole(tree)
        return self._derived[name] or Typed(sql.null(), ERROR)

    def _tree(self, name: str) -> exp.Expr | None:
        if name not in self._trees:
            at = Formula(f"{self.path}.derive.{name}", self.source.derive[name])
            self._trees[name] = parse(at, self.context.report)
        return self._trees[name]

    def _references(self, name: str) -> list[str]:
        """The derived columns that a derived column mentions."""
        tree = self._tree(name)
        nodes = tree.find_all(exp.Column) if tree is not None else ()
        return [node.name for node in nodes if node.name in self.source.derive]

    def _circle(self, names: Sequence[str]) -> None:
        for name in names:
            self._derived[name] = None
        at = Formula(f"{self.path}.derive.{names[-2]}", self.source.derive[names[-2]])
        self.context.report.add(
            "source/cycle",
            f"derived columns refer to each other in a circle: {' → '.join(names)}",
            at,
            help="take one of them out of the circle",
        )

    def condition(self, formula: Formula) -> exp.Expr | None:
        """The SQL of a yes-or-no row expression; None after reporting what is wrong."""
        tree = parse(formula, self.context.report)
        if tree is None:
            return None
        row = RowExpressions(formula, self, inline=True)
        return row.whole_condition(tree)

    def derived(self, name: str) -> Typed:
        """A derived column written out over the table's own columns."""
        found = self._derive(name)
        return Typed(found.sql.copy(), found.type)

    def compile_checks(self) -> list[exp.Expr | None]:
        """The condition of each check that has one; reports unknown columns of all of them."""
        conditions = []
        for i, check in enumerate(self.source.checks):
            for name in check.columns:
                self.type_of(name)
            at = Formula(f"{self.path}.checks.{i}.holds", check.holds)
            conditions.append(self.condition(at) if check.holds else None)
        return conditions

    def check_the_rest(self) -> None:
        """Report what is wrong with derived columns that nothing uses, and read none of them."""
        twin = self.twin()
        for name in self.source.derive:
            if name not in self._derived:
                twin.type_of(name)

    @property
    def derived_used(self) -> tuple[str, ...]:
        """The derived columns that something uses."""
        return tuple(name for name, found in self._derived.items() if found is not None)

    def twin(self, *, lenient: bool = False) -> Rows:
        """The same source of which nothing is used yet."""
        return Rows(self.context, self.source, self.table_schema, lenient=lenient)

    def table(self) -> exp.Expr:
        """The table as formulas know it: its columns turned into rows where the charter says so."""
        return turned(self.source, self.used)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the table itself that are read."""
        return table_columns(self.source, self.used)

    # Times --------------------------------------------------------------------------------

    def moment(self, wall: datetime, column: str = "") -> exp.Expr:
        """A boundary as a literal that compares with this source's times, or with one column.

        Columns that carry an offset are read as UTC, so their boundaries are converted too.
        """
        return sql.moment(self.instant(wall, column))

    def instant(self, wall: datetime, column: str = "") -> datetime:
        """A boundary as the naive time that this source's times, or one column, compare with."""
        if (self.clock(column) if column else self.own_clock) == "UTC":
            aware = wall.replace(tzinfo=zone_of(self.source))
            return aware.astimezone(UTC).replace(tzinfo=None)
        return wall

    @property
    def own_clock(self) -> str:
        """The zone of the clock on which the cuts of this source are."""
        return self.clock(self.source.time or self.source.known_at or self.source.valid_from)

    def clock(self, column: str) -> str:
        """The zone of a time column's clock; columns that carry an offset are read as UTC."""
        carries = (self.schema or {}).get(column) == "timestamptz"
        return "UTC" if carries else self.source.tz or "UTC"

    def read_on(self, node: exp.Expr) -> set[str]:
        """The clocks of the times in a row expression, or that of its literals: the own one."""
        return self.clocks(node) or {self.own_clock}

    def clocks(self, node: exp.Expr) -> set[str]:
        """The clocks of the times that a row expression mentions."""
        found = {self.own_clock for call in node.find_all(exp.Anonymous) if is_call(call, "AS_OF")}
        for column in node.find_all(exp.Column):
            tree = self._tree(column.name) if column.name in self.source.derive else None
            if tree is not None:
                found |= self.clocks(tree)
            elif self.has(column.name) and self.type_of(column.name).kind in _TIMES:
                found.add(self.clock(column.name))
        return found

    # Steps --------------------------------------------------------------------------------

    def steps(self) -> list[Step]:
        """`…_read`: typed columns; `…_visible`: as they stood; `…_known`: rows inside both cuts."""
        where = self.where()
        derived = self.derived_columns()
        own = [sql.column(name) for name in self.used]
        steps = [self.read_step()]
        if later_columns(self.source, self.used):
            steps.append(self._visible_step(steps[-1].name))
        conditions = self._cuts() + ([where] if where is not None else [])
        source: exp.Expr = sql.table(steps[-1].name)
        if self.newest_only:
            source = self._latest_versions(steps[-1].name, own)
        known = Step(
            self.known_name,
            self._cut_comment(),
            sql.select([*own, *derived], source, where=conditions),
            inline=self.cheap_to_read() and not self.newest_only,
        )
        return [*steps, known]

    def where(self) -> exp.Expr | None:
        """The charter's condition on rows; None where there is none or it has faults."""
        at = Formula(f"{self.path}.where", self.source.where)
        return self.condition(at) if self.source.where else None

    def derived_columns(self) -> list[exp.Expr]:
        """The derived columns in use, written out over the table's own columns."""
        return [
            sql.named(self.derived(name).sql, name)
            for name in self.source.derive
            if self._derived.get(name) is not None
        ]

    def read_step(self) -> Step:
        return Step(
            self.step_name("read"),
            f"{self.source.name}: the columns that the charter names, with exact types",
            sql.select(
                [sql.named(self.read(name), name) for name in self.used] or [sql.integer(1)],
                self.table(),
            ),
            inline=self.cheap_to_read(),
        )

    def _visible_step(self, read: str) -> Step:
        """The columns as they stood; formulas, `derive` and `where` see no others."""
        later = later_columns(self.source, self.used)
        return Step(
            self.step_name("visible"),
            f"{self.source.name}: what was not known yet is missing",
            sql.select(
                [
                    sql.named(self._once_known(name, later[name]), name)
                    if name in later
                    else sql.column(name)
                    for name in self.used
                ],
                sql.table(read),
            ),
            inline=self.cheap_to_read(),
        )

    def _once_known(self, name: str, when: str) -> exp.Expr:
        limit = self.moment(self.cut.known_by, when)
        return sql.case([(sql.binary(exp.LTE, sql.column(when), limit), sql.column(name))])

    @property
    def newest_only(self) -> bool:
        """Whether a later row replaces an earlier one of the same key."""
        source = self.source
        return source.mode == "versions" or (source.mode == "plan" and bool(source.key))

    def cheap_to_read(self) -> bool:
        """Whether the table holds more than texts, which have to be parsed on each reading."""
        return any(kind != "text" for kind in (self.schema or {}).values())

    def _cut_comment(self) -> str:
        source, cut = self.source, self.cut
        told = {
            "append": "what had happened and was known",
            "versions": "the latest version of each row that was known",
            "scd2": "the rows that were valid",
            "snapshot": "as it was captured",
            "plan": "what was planned, whenever it is for, and known",
        }.get(source.mode, source.mode)
        return f"{source.name}: {told}, as of {cut.as_of}, known by {cut.known_by}"

    def _cuts(self) -> list[exp.Expr]:
        """Both cuts as conditions on this source's own columns."""
        source, cut = self.source, self.cut
        conditions = []
        if source.mode == "scd2":
            start, end = sql.column(source.valid_from), sql.column(source.valid_to)
            begun = self.moment(cut.as_of, source.valid_from)
            conditions.append(sql.binary(exp.LTE, start, begun))
            later = sql.binary(exp.GT, end.copy(), self.moment(cut.as_of, source.valid_to))
            conditions.append(exp.Paren(this=exp.Or(this=sql.is_null(end), expression=later)))
        elif source.time and source.mode != "plan":
            conditions.append(sql.binary(exp.LT, sql.column(source.time), self.moment(cut.as_of)))
        if not self.newest_only:
            conditions += self._known_cut()
        return conditions

    def inside(self) -> list[exp.Expr]:
        """Both cuts as conditions on the table as it is; a time that cannot be read is inside.

        For counting what is wrong with rows: those that surely lie outside are nobody's concern.
        """
        cuts = self._known_cut() if self.source.mode == "versions" else self._cuts()

        def as_read(node: exp.Expr) -> exp.Expr:
            return self.read(node.name) if isinstance(node, exp.Column) else node

        return [
            exp.Coalesce(this=exp.Paren(this=cut.transform(as_read)), expressions=[exp.true()])
            for cut in cuts
        ]

    def _known_cut(self) -> list[exp.Expr]:
        source, cut = self.source, self.cut
        if source.known_at and not source.known_at_is_none:
            known, limit = source.known_at, cut.known_by
        elif source.lag and source.time:
            known, limit = source.time, source.lag.before(cut.known_by)
        elif source.mode == "scd2":
            known, limit = source.valid_from, cut.known_by
        else:
            return []
        return [sql.binary(exp.LTE, sql.column(known), self.moment(limit, known))]

    def _latest_versions(self, read: str, own: list[exp.Column]) -> exp.Expr:
        """The last version of each key that was known, under a total order of all columns."""
        source = self.source
        number = sql.first_row_number(
            [sql.column(name) for name in source.key], self.newest_version_first()
        )
        numbered = sql.select(
            [*(column.copy() for column in own), sql.named(number, "pmpo_order")],
            sql.table(read),
            where=self._known_cut(),
        )
        newest = sql.binary(exp.EQ, sql.column("pmpo_order"), sql.integer(1))
        return sql.subquery(
            sql.select(
                [column.copy() for column in own],
                sql.subquery(numbered, "numbered"),
                where=[newest],
            ),
            "latest",
        )

    def newest_version_first(self) -> list[exp.Ordered]:
        """A total order of versions: when known, when it happened, then every other column."""
        source = self.source
        first = [name for name in (source.known_at, source.time) if name and name != "none"]
        rest = sorted(name for name in self.used if name not in (*first, *source.key))
        return [sql.ordered(self.comparable(name), descending=True) for name in (*first, *rest)]

    def comparable(self, name: str) -> exp.Expr:
        """A column that orders the same way on every engine."""
        node = sql.column(name)
        return (
            sql.by_code_point(node, self.context.dialect)
            if self.type_of(name) == types.TEXT
            else node
        )

    def read(self, name: str) -> exp.Expr:
        """One column of the table, with its null texts removed and its exact type."""
        wanted = self.physical(name)
        return self.present(name) if wanted == ERROR else self.table_column(name).read(wanted)

    def present(self, name: str) -> exp.Expr:
        """One column of the table, missing where it holds what stands for missing."""
        return self.table_column(name).present()

    def table_column(self, name: str) -> TableColumn:
        """One column of the table and how the charter reads it."""
        raw = types.from_name(self.schema[name]) if self.schema is not None else None
        declared = self.source.columns.get(name, NOTHING_DECLARED)
        return TableColumn(name, declared, raw, self.context.dialect, lenient=self.lenient)


class RowExpressions(Expressions):
    """Expressions over the columns of one source, in exact arithmetic.

    Args:
        inline: whether derived columns are written out, as they must be where they are defined.
    """

    def __init__(self, formula: Formula, rows: Rows, *, inline: bool = False) -> None:
        context = rows.context
        super().__init__(formula, context.report, context.dialect, exact=True)
        self.rows = rows
        self.inline = inline

    def column(self, node: exp.Column) -> Typed:
        name, source = node.name, self.rows.source.name
        if isinstance(node.this, exp.Star):
            return self.refused(node.this)
        if node.table and node.table != source:
            return self.fail(
                "formula/two-sources",
                f"one aggregate reads one source; this one reads `{source}` and `{node.table}`",
                node,
                note="sources are summed to the unit before they meet",
                help="aggregate each source on its own and combine the results",
            )
        if not self.rows.has(name):
            there = sorted({one for one in self.rows.names() if self.rows.has(one)})
            return self.fail(
                "source/unknown-column",
                f"source `{source}` has no column `{name}`",
                node,
                label=did_you_mean(name, there),
                note=f"its columns are {', '.join(there)}",
                help=f"signal `{name}` is one number per unit and stands outside aggregates"
                if name in self.rows.context.charter.signals
                else f"write one of its columns, or add `{name}` to its `derive`",
            )
        if self.inline and name in self.rows.source.derive:
            derived = self.rows.derived(name)
            self.spend(parts_of(derived.sql))
            return derived
        found = self.rows.type_of(name)
        return Typed(sql.column(name), found)

    def numeric(self, node: exp.Expr, typed: Typed) -> Typed:
        if typed.type.kind == "double":
            return self._inexact(node)
        return super().numeric(node, typed)

    def special(self, name: str, node: exp.Anonymous) -> Typed:
        if name == "AS_OF":
            self._differs({cut.as_of for cut in self.rows.cuts})
            return Typed(self.rows.moment(self.rows.cut.as_of), types.TIMESTAMP)
        if name == WORKTIME:
            return worktime(self, node, self.rows.context, lambda tree, _: self.rows.read_on(tree))
        return self._setting(name, node)

    def _differs(self, values: Collection[object]) -> None:
        """Note that this expression means something else in another period."""
        if len(values) > 1:
            self.rows.dated[self.formula.path] = None

    def varying(self, values: Sequence[exp.Expr]) -> exp.Expr:
        self._differs({value.sql() for value in values})
        return values[-1]

    def _setting(self, name: str, node: exp.Anonymous) -> Typed:
        """ASSUMED and PARAM inside an aggregate: one number for all units, or one for each row."""
        found = named_setting(self, self.rows.context.charter, name, node)
        if found is None:
            return Typed(sql.null(), ERROR)
        wanted, setting = found
        days = [moments.as_of.date() for moments in self.rows.context.periods]
        values = [constant(setting, day) for day in days]
        self._differs(set(values))
        value = values[-1]
        if value is not None:
            return Typed(sql.exact(value), types.of_decimal(value))
        absent = [column for column in setting.by if not self.rows.has(column)]
        if absent:
            return varies(self, node, wanted, absent[0], self.rows.source.name)
        self.rows.context.by_row.add((name, wanted))
        self._differs({str(by_specificity(setting, day)) for day in days})
        return exact_case(setting, days[-1], lambda one: as_text(self.column(sql.column(one))))
