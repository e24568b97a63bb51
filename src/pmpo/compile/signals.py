"""Signals: arithmetic above the atoms, in doubles, one operation per operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.aggregates import AGGREGATES, Aggregate, is_aggregate
from pmpo.compile.atoms import Atom, Atoms, Windows
from pmpo.compile.boundaries import by_period
from pmpo.compile.clocks import argument_clocks, check_clocks
from pmpo.compile.context import Context
from pmpo.compile.each import STATISTICS, USAGE, Each, Registry, each_of
from pmpo.compile.expressions import Expressions
from pmpo.compile.formula import Formula, did_you_mean, parse
from pmpo.compile.lineage import Compiled, Lineage
from pmpo.compile.order import dependencies_first
from pmpo.compile.rows import Rows
from pmpo.compile.settings import as_case, named_setting
from pmpo.compile.shares import SHARES, share
from pmpo.compile.types import ERROR, REAL, Type, Typed
from pmpo.compile.units import Units
from pmpo.compile.windows import LEADING, Opened, grid_of, idle_alignment, opened_by
from pmpo.compile.worktime import WORKTIME, worktime
from pmpo.model.charter import Signal
from pmpo.model.table import SIGNAL
from pmpo.sql import exp

MAX_LEVELS: Final = 40


@dataclass(slots=True)
class Signals:
    """Compiles signals in the order their references need."""

    context: Context
    units: Units
    all_rows: Mapping[str, Rows]
    atoms: Atoms = field(default_factory=Atoms)
    each: Registry = field(default_factory=dict)
    done: dict[str, Compiled] = field(default_factory=dict)
    _trees: dict[str, exp.Expr | None] = field(default_factory=dict)

    def compile(self, name: str) -> None:
        """Compile one signal and those it refers to; each circle among them is reported once."""
        if name not in self.done:
            for each in dependencies_first(name, self._references, self.done, self._circle):
                self.done[each] = self._compiled(each)

    def _formula(self, name: str) -> Formula:
        return Formula(f"signals.{name}.formula", self.context.charter.signals[name].formula)

    def _tree(self, name: str) -> exp.Expr | None:
        if name not in self._trees:
            self._trees[name] = parse(self._formula(name), self.context.report)
        return self._trees[name]

    def _references(self, name: str) -> list[str]:
        """The signals that a formula mentions; names inside aggregates are columns."""
        tree = self._tree(name)
        nodes = tree.walk(prune=is_aggregate) if tree is not None else ()
        return [
            node.name
            for node in nodes
            if isinstance(node, exp.Column)
            and not node.table
            and node.name in self.context.charter.signals
        ]

    def _circle(self, names: Sequence[str]) -> None:
        self.context.report.add(
            "signal/cycle",
            f"signals refer to each other in a circle: {' → '.join(names)}",
            self._formula(names[-2]),
            help="take one of them out of the circle",
        )

    def _compiled(self, name: str) -> Compiled:
        tree = self._tree(name)
        compiler = SignalExpressions(self, self.context.charter.signals[name], self._formula(name))
        value = compiler.whole(tree) if tree is not None else Typed(sql.null(), ERROR)
        if tree is not None:
            own = self.all_rows.get(compiler.signal.source)
            check_clocks(value.sql, tree, self.atoms, own, compiler.formula, self.context.report)
        if tree is not None and value.type == types.DURATION:
            compiler.fail(
                "signal/duration",
                f"signal `{name}` is a length of time without a unit",
                tree,
                help="divide it: `(…) / DURATION('1 day')`",
            )
        if tree is not None and compiler.level == MAX_LEVELS + 1:
            compiler.fail(
                "formula/too-deep",
                f"signal `{name}` rests on signals more than {MAX_LEVELS} levels deep",
                tree,
                note="nobody can question a number that is made of so many others in turn",
            )
        if tree is not None and value.type.kind not in ("real", "error", "duration"):
            self._must_be_a_number(name, value.type, compiler, tree)
        level = min(compiler.level, MAX_LEVELS + 1)
        lineage = compiler.lineage()
        if value.type != ERROR:
            idle_alignment(self.context, compiler.signal, bool(lineage.windows))
            self._set_dependent(name, lineage)
        atoms = tuple(compiler.own_atoms)
        return Compiled(compiler.signal, value, level, lineage, atoms, compiler.has_each)

    def _must_be_a_number(
        self, name: str, kind: Type, compiler: SignalExpressions, tree: exp.Expr
    ) -> None:
        """Report a signal that is no number where one is scored or banded."""
        charter = self.context.charter
        places = [charter.scored[name]] if name in charter.scored else []
        places += [f"band `{band.name}`" for band in charter.bands.values() if band.signal == name]
        if places:
            compiler.fail(
                "signal/not-a-number",
                f"signal `{name}` is {kind.told}; {places[0]} needs a number",
                tree,
                help=f"make it a number, such as `CASE WHEN {name} = 'open' THEN 1 ELSE 0 END`",
            )

    def _set_dependent(self, name: str, lineage: Lineage) -> None:
        if lineage.across:
            self.context.report.add(
                "signal/set-dependent",
                f"signal `{name}` depends on the {' and '.join(lineage.across)} of all units",
                self._formula(name),
                severity="note",
                note="it can change although nothing about the unit did: when another unit "
                "changes, enters or leaves",
            )


class SignalExpressions(Expressions):
    """The expression of one signal: aggregates below, doubles above."""

    functions: ClassVar[tuple[str, ...]] = (
        "TRAILING",
        LEADING,
        "EACH",
        *STATISTICS,
        *SHARES,
        "LATEST",
        *Expressions.functions,
    )

    def __init__(self, signals: Signals, signal: Signal, formula: Formula) -> None:
        context = signals.context
        super().__init__(formula, context.report, context.dialect, exact=False)
        self.signals = signals
        self.atoms = signals.atoms
        self.signal = signal
        self.level = 1
        self.grid = grid_of(context, signal)
        self._window: Opened | None = None
        self._each: Each | None = None
        self._aggregates = 0
        self._seen: dict[str, dict[str, None]] = {}
        self.own_atoms: dict[str, None] = {}
        self.has_each = False

    def lineage(self) -> Lineage:
        return Lineage(**{kind: tuple(names) for kind, names in self._seen.items()})

    def _note(self, kind: str, *names: str) -> None:
        self._seen.setdefault(kind, {}).update(dict.fromkeys(names))

    # Names --------------------------------------------------------------------------------

    def column(self, node: exp.Column) -> Typed:
        """Above the aggregates a name is another signal."""
        name = node.name
        charter = self.signals.context.charter
        if isinstance(node.this, exp.Star):
            return self.refused(node.this)
        if node.table or name not in charter.signals:
            return self._not_a_signal(node)
        if self._window is not None:
            return self.fail(
                "formula/nested-window",
                f"signal `{name}` stands inside `{self._window.name}`",
                node,
                note="a signal is one number per unit; the window belongs in its own formula",
                help=f"write the aggregate itself inside `{self._window.name}`, "
                f"or take `{name}` outside",
            )
        other = self.signals.done.get(name)
        if other is None:
            return Typed(sql.null(), ERROR)
        self.level = max(self.level, other.level + 1)
        self._note("signals", name)
        self._note("across", *other.lineage.across)
        return Typed(sql.column(SIGNAL + name), other.value.type)

    def _not_a_signal(self, node: exp.Column) -> Typed:
        name = node.name
        holders = [s for s, rows in self.signals.all_rows.items() if rows.has(name) and rows.schema]
        if holders:
            return self.fail(
                "formula/bare-column",
                f"`{node.sql()}` is a column of `{holders[0]}`; it stands outside an aggregate",
                node,
                note="a unit has many rows, so a column alone has no single value",
                help=f"write `SUM({name})`, `LATEST({name})` or another aggregate",
            )
        known = self.signals.context.charter.signals
        return self.fail(
            "formula/unknown-name",
            f"there is no signal `{name}`",
            node,
            label=did_you_mean(name, known),
        )

    # Functions ----------------------------------------------------------------------------

    def special(self, name: str, node: exp.Anonymous) -> Typed:
        if name in ("TRAILING", LEADING):
            return self._opening(name, node)
        if name in STATISTICS:
            return self._over_periods(name, node)
        if name == "EACH":
            return self.fail(
                "formula/argument",
                "`EACH` has many values, one for each period",
                node,
                note="a signal is one value per unit",
                help=USAGE,
            )
        if name in SHARES:
            return self._share(name, node)
        if name == "LATEST":
            return self._latest(node, None)
        if name == "AS_OF":
            rows = self._default_rows(node)
            if rows is None:
                return Typed(sql.null(), ERROR)
            moments = [rows.moment(cut.as_of) for cut in rows.cuts]
            return Typed(by_period(moments), types.TIMESTAMP)
        if name == WORKTIME:
            return worktime(self, node, self.signals.context, self._clocks)
        return self._setting(name, node)

    def varying(self, values: Sequence[exp.Expr]) -> exp.Expr:
        return by_period(values)

    def _clocks(self, node: exp.Expr, compiled: Typed) -> set[str]:
        own, done = self.signals.all_rows.get(self.signal.source), self.signals.done
        return argument_clocks(node, compiled.sql, own, (self.atoms, self.signals.atoms), done)

    def _setting(self, name: str, node: exp.Anonymous) -> Typed:
        found = named_setting(self, self.signals.context.charter, name, node)
        if found is None:
            return Typed(sql.null(), ERROR)
        wanted, setting = found
        self._note("assumptions" if name == "ASSUMED" else "parameters", wanted)
        block = "assumptions" if name == "ASSUMED" else "parameters"

        def attribute(column: str) -> exp.Expr:
            return self.signals.units.segment(column, f"{block}.{wanted}.by")

        context = self.signals.context
        days = [moments.as_of.date() for moments in context.periods]
        return Typed(by_period([as_case(setting, day, attribute) for day in days]), REAL)

    def _opening(self, name: str, node: exp.Anonymous) -> Typed:
        """A window around aggregates."""
        if self._window is not None:
            inner = self._window.name
            told = f"`{name}` stands inside {'another ' if inner == name else ''}`{inner}`"
            return self.fail("formula/nested-window", told, node)
        opened = opened_by(self, name, node, self.grid)
        if opened is None:
            return Typed(sql.null(), ERROR)
        self._window = opened
        self._aggregates = 0
        self._note("windows", opened.told(self.grid))
        result = self.compile(node.expressions[0])
        self._window = None
        if not self._aggregates and result.type != ERROR:
            return self.fail(
                "formula/argument",
                f"`{name}` holds no aggregate, so its window has no rows to choose",
                node,
                help=f"write `{name}(SUM(x), '4 weeks')`",
            )
        return result

    def _share(self, name: str, node: exp.Anonymous) -> Typed:
        """Where the unit stands among all units that have another signal."""
        of = node.expressions[0] if len(node.expressions) == 1 else None
        if not isinstance(of, exp.Column):
            return self.fail(
                "formula/argument",
                f"`{name}` needs the name of one signal",
                node,
                note="it compares units by a number that has a name, so that `why` can show it",
                help=f"make the argument a signal of its own, and write `{name}(that_signal)`",
            )
        typed = self.column(of)
        if typed.type == ERROR or not typed.type.numeric:
            return self.numeric(of, typed)
        self._note("across", of.name)
        digits = self.signals.context.charter.signals[of.name].precision
        return share(
            name, typed.sql, digits, self.signals.units.key_columns(), self.signals.context
        )

    def _over_periods(self, name: str, node: exp.Anonymous) -> Typed:
        """A statistic of a formula over consecutive periods."""
        of = node.expressions[0] if len(node.expressions) == 1 else None
        if not isinstance(of, exp.Anonymous) or str(of.this).upper() != "EACH":
            fact = f"`{name}` is taken over the periods of an `EACH`"
            return self.fail("formula/argument", fact, node, help=USAGE)
        if self._window is not None:
            fact = f"`EACH` stands inside `{self._window.name}`"
            return self.fail("formula/nested-window", fact, node)
        each = each_of(self, of, self.signal, self.grid, self.signals.each)
        if each is None:
            return Typed(sql.null(), ERROR)
        self.has_each = True
        own, self.atoms, self._aggregates = self.atoms, each.atoms, 0
        self._window, self._each = Opened("EACH", each.length, None), each
        told = f"each of {each.count} × {self._window.told(self.grid)}"
        self._note("windows", told)
        value = self.compile(of.expressions[0])
        self.atoms, self._window, self._each = own, None, None
        if value.type == ERROR:
            return value
        if not value.type.numeric:
            return self.mismatch(of.expressions[0], value.type, "a number for each period")
        if not self._aggregates:
            fact = "`EACH` holds no aggregate, so its periods have no rows to choose"
            return self.fail("formula/argument", fact, of, help=USAGE)
        each.value = value.sql
        return each.statistic(name, self.dialect)

    # Aggregates ---------------------------------------------------------------------------

    def aggregate(self, node: exp.Expr) -> Typed:
        condition = None
        if isinstance(node, exp.Filter):
            condition = node.expression.this
            node = node.this
        if isinstance(node, exp.Anonymous) and str(node.this).upper() == "LATEST":
            return self._latest(node, condition)
        if type(node) not in AGGREGATES:
            return self.fail("formula/not-allowed", "FILTER belongs to an aggregate", node)
        surplus = self.surplus(node)
        if surplus is not None:
            return surplus
        rows = self._rows_of(node)
        if rows is None:
            return Typed(sql.null(), ERROR)
        inner = Aggregate(self, rows, condition)
        return inner.compile(node)

    def _latest(self, node: exp.Anonymous, condition: exp.Expr | None) -> Typed:
        rows = self._rows_of(node)
        if rows is None:
            return Typed(sql.null(), ERROR)
        if len(node.expressions) != 1 or not rows.source.time:
            return self.fail(
                "formula/argument",
                "`LATEST` needs one column of a source that has a `time`",
                node,
                help="write `LATEST(status)`, and give the source a `time` column",
            )
        return Aggregate(self, rows, condition).one("latest", node.expressions[0])

    def _default_rows(self, node: exp.Expr) -> Rows | None:
        if self.signal.source in self.signals.all_rows:
            return self.signals.all_rows[self.signal.source]
        if not self.signal.source:
            self.fail(
                "signal/no-source",
                f"signal `{self.signal.name}` aggregates rows but names no source",
                node,
                note="the source says which rows, known when, and who answers for them",
                help="add `source:` with the name of one of the charter's sources",
            )
        return None

    def _rows_of(self, node: exp.Expr) -> Rows | None:
        """The one source that an aggregate's columns name, else the signal's own."""
        named = {column.table: column for column in node.find_all(exp.Column) if column.table}
        if len(named) > 1:
            first, second = sorted(named)[:2]
            self.fail(
                "formula/two-sources",
                f"one aggregate reads one source; this one reads `{first}` and `{second}`",
                node,
                note="sources are summed to the unit before they meet",
                help="aggregate each source on its own and combine the results",
            )
            return None
        for name, column in named.items():
            if name in self.signals.all_rows:
                return self.signals.all_rows[name]
            self.fail(
                "formula/unknown-name",
                f"there is no source `{name}`",
                column,
                label=did_you_mean(name, self.signals.all_rows),
            )
            return None
        return self._default_rows(node)

    def windows_of(self, rows: Rows, node: exp.Expr) -> Windows | None:
        """The boundaries of the current window on the clock of `rows`, in each period."""
        if self._window is None:
            return None
        if not rows.source.time:
            self.fail(
                "formula/no-time",
                f"source `{rows.source.name}` has no `time`, so it has no windows",
                node,
                help="name its time column with `time:`, or aggregate without a window",
            )
            return None
        if self._window.name == LEADING and rows.source.mode != "plan":
            self.fail(
                "formula/no-plan",
                f"source `{rows.source.name}` is no plan, so nothing lies ahead in it",
                node,
                note="rows from `as_of` on are cut away, except in sources of `mode: plan`",
                help="take a source of forecasts or open orders, with `mode: plan`",
            )
            return None
        try:
            if self._each is not None:
                self._each.boundaries(rows)
                return None
            return tuple(self._window.boundaries(cut, self.grid) for cut in rows.cuts)
        except (OverflowError, ValueError):
            self.fail(
                "formula/argument",
                "this window ends after the year 9999"
                if self._window.name == LEADING
                else "this window begins before the year 1",
                node,
                help="take a shorter window, or leave it away to take everything that had happened",
            )
            return None

    def saw(self, atom: Atom) -> None:
        """Note the columns of an atom, and that the current window has something to choose."""
        self._aggregates += 1
        self.own_atoms[atom.name] = None
        source = atom.rows.source.name
        self._note("columns", *(f"{source}.{column}" for column in atom.columns or ("*",)))
