"""Atoms of every period at once: what enters a window is added, what leaves it is taken away.

The rows of a source are summed once, to parts: one for each unit and each set of rows that stands
in the same periods and lies in the same windows. A sum or count of a period is that of the period
before, plus the parts that enter its window, less those that leave it: exact numbers, so that
nothing is lost. Least, greatest and latest values cannot be taken away again; they are chosen among
the parts that are inside. A distinct value counts from when its first row enters until its last
row has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.atoms import Atom, Windows, aggregate
from pmpo.compile.each import counts
from pmpo.compile.rows import BOUNDARY, Rows, Step
from pmpo.compile.standing import FROM, SLICE, UNTIL, Standing
from pmpo.sql import exp

ROWS: Final = "pmpo_rows"
_SPANS: Final = (FROM, UNTIL)


@dataclass(frozen=True, slots=True)
class Way:
    """How parts reach the unit.

    Args:
        columns: the columns of the rows by which parts are made, and their names in the result.
        map: the step that says which unit these belong to in which periods; none where they are
            the unit's key.
    """

    columns: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]
    map: str = ""


@dataclass(slots=True)
class Flow:
    """The atoms of one source, in every period.

    Args:
        atoms: those that are made here.
    """

    standing: Standing
    way: Way
    atoms: Sequence[Atom]
    windows: dict[Windows, int] = field(default_factory=dict)
    bases: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for atom in self.atoms:
            if atom.windows is not None:
                self.windows.setdefault(atom.windows, len(self.windows) + 1)
            if atom.kind not in ("distinct", "latest"):
                self.bases.setdefault(_identity(atom), f"part_{len(self.bases) + 1}")

    # Names --------------------------------------------------------------------------------

    def step_name(self, suffix: str) -> str:
        return self.standing.rows.step_name(suffix)

    @property
    def name(self) -> str:
        """The step that holds the atoms which flow, one row per unit and period."""
        return self.step_name("atoms")

    @property
    def _dialect(self) -> sql.Dialect:
        return self.standing.rows.context.dialect

    @property
    def _spans(self) -> tuple[str, ...]:
        """What parts are joined by: those that are not already said by the slice."""
        return (SLICE,) if self.standing.sliced and not self.way.map else (SLICE, *_SPANS)

    def _window(self, atom: Atom) -> int:
        return 0 if atom.windows is None else self.windows[atom.windows]

    def place_of(self, atom: Atom) -> str:
        """The step that holds an atom."""
        if atom.kind in ("distinct", "latest") and not self._flows(atom):
            return self.step_name(atom.name)
        return self.name if self._flows(atom) else self.step_name("extremes")

    def _flows(self, atom: Atom) -> bool:
        """Whether an atom is known from that of the period before and what changed since."""
        if atom.kind in ("min", "max"):
            return atom.windows is None and self.standing.lasting and not self.way.map
        return atom.kind in ("sum", "count", "distinct")

    # Steps --------------------------------------------------------------------------------

    def steps(self) -> list[Step]:
        """From rows that stand to one row of atoms per unit and period."""
        steps = [self._parts_step(), *self._mapped("parts")]
        steps.append(self._periods_step())
        steps.append(self._inside_step())
        steps.append(self._moves_step())
        distinct = [atom for atom in self.atoms if atom.kind == "distinct"]
        for atom in distinct:
            steps += self._distinct_steps(atom)
        steps += [self._deltas_step(), self._running_step(distinct)]
        extremes = [a for a in self.atoms if a.kind in ("min", "max") and not self._flows(a)]
        if extremes:
            steps.append(self._extremes_step(extremes))
        for atom in self.atoms:
            if atom.kind == "latest":
                steps += self._latest_steps(atom)
        return steps

    @property
    def _source(self) -> str:
        return self.standing.rows.source.name

    def _pruned(self) -> list[exp.Expr]:
        """Leave out rows that no window of any period reaches."""
        windows = [atom.windows for atom in self.atoms]
        if None in windows or any(map(counts, self.atoms)):
            return []
        rows = self.standing.rows
        first = min(window[0][0] for window in windows if window is not None)
        return [sql.binary(exp.GTE, sql.column(rows.source.time), rows.moment(first))]

    def _present(self) -> list[exp.Expr]:
        return [sql.not_null(sql.column(own)) for own, _ in self.way.columns]

    def _grain(self) -> list[exp.Expr]:
        return [sql.named(sql.column(own), name) for own, name in self.way.columns]

    def _parts_step(self) -> Step:
        standing = self.standing
        own: list[exp.Expr] = [sql.column(name) for name, _ in self.way.columns]
        group = [*own, sql.column(SLICE)]
        spans: list[exp.Expr] = [sql.column(SLICE)]
        if standing.sliced:
            spans.append(sql.named(standing.from_slice(), FROM))
            spans.append(sql.named(sql.integer(standing.periods), UNTIL))
        else:
            spans += map(sql.column, _SPANS)
            group += map(sql.column, _SPANS)
        sums = {
            self.bases[_identity(atom)]: aggregate(replace(atom, windows=None))
            for atom in self._plain()
        }
        return Step(
            self.step_name("parts"),
            f"{self._source}: sums and counts of the rows that enter and leave windows together",
            sql.select(
                [
                    *self._grain(),
                    *spans,
                    sql.named(sql.count_rows(), ROWS),
                    *(sql.named(node, name) for name, node in sums.items()),
                ],
                sql.table(standing.name),
                where=[*self._present(), *self._pruned()],
                group=[node.copy() for node in group],
            ),
        )

    def _plain(self) -> list[Atom]:
        return [atom for atom in self.atoms if atom.kind not in ("distinct", "latest")]

    def _mapped(self, suffix: str) -> list[Step]:
        """Parts by unit, in the periods in which their join columns led to it."""
        if not self.way.map:
            return []
        columns = [sql.named(exp.Sum(this=sql.column(ROWS, "r")), ROWS)]
        again = {self.bases[_identity(atom)]: atom for atom in self._plain()}
        columns += [
            sql.named(self._again(atom, sql.column(name, "r")), name)
            for name, atom in again.items()
        ]
        key = [sql.column(name, "m") for name in self.way.keys]
        spans = [*key, sql.column(SLICE, "r"), *_shared("r", "m")]
        return [
            Step(
                self._grained("parts"),
                f"{self._source}: the same by unit, while the rows belonged to it",
                sql.select(
                    [*key, sql.column(SLICE, "r"), *_named_spans(_shared("r", "m")), *columns],
                    sql.table(self.step_name(suffix), "r"),
                    joins=[self._through()],
                    group=[node.copy() for node in spans],
                ),
            )
        ]

    def _through(self) -> exp.Join:
        """The join of rows, or parts of them, to the units they belong to for some periods."""
        on = [
            sql.binary(exp.EQ, sql.column(name, "r"), sql.column(name, "m"))
            for _, name in self.way.columns
        ]
        on.append(sql.binary(exp.LT, sql.column(FROM, "r"), sql.column(UNTIL, "m")))
        on.append(sql.binary(exp.LT, sql.column(FROM, "m"), sql.column(UNTIL, "r")))
        return sql.join(sql.table(self.way.map, "m"), on)

    def _grained(self, suffix: str) -> str:
        """The step in which parts are by unit."""
        return self.step_name(f"unit_{suffix}" if self.way.map else suffix)

    def _again(self, atom: Atom, part: exp.Expr) -> exp.Expr:
        """The atom of several parts, which have it each."""
        if atom.kind in ("min", "max"):
            if atom.type == types.TEXT:
                part = sql.by_code_point(part, self._dialect)
            return exp.Min(this=part) if atom.kind == "min" else exp.Max(this=part)
        return exp.Sum(this=part)

    def _periods_step(self) -> Step:
        """For each period the slices of each window: from `low_i`, and before `high_i`."""
        names = [BOUNDARY]
        rows: list[list[int]] = [[period] for period in range(self.standing.periods)]
        for index, ends in self._ends_of_windows():
            names += [f"low_{index}", f"high_{index}"]
            for row, (low, high) in zip(rows, ends, strict=True):
                row += [low, high]
        tuples = [exp.Tuple(expressions=[sql.integer(n) for n in row]) for row in rows]
        alias = exp.TableAlias(
            this=sql.identifier("w"), columns=[sql.identifier(name) for name in names]
        )
        values = exp.Values(expressions=tuples, alias=alias)
        return Step(
            self.step_name("periods"),
            f"{self._source}: where the windows of each period lie among the slices",
            sql.select([sql.column(name) for name in names], values),
        )

    def _ends_of_windows(self) -> list[tuple[int, list[tuple[int, int]]]]:
        """The ends of each window in each period; 0 is no window at all."""
        standing, found = self.standing, []
        for windows, index in [(None, 0), *self.windows.items()]:
            if windows is None:
                ends = [(0, len(standing.edges) + 1)] * standing.periods
            else:
                at = [[standing.rows.instant(wall) for wall in window] for window in windows]
                ends = [(standing.position(a), standing.position(b)) for a, b in at]
            found.append((index, ends))
        return found

    def _inside_step(self) -> Step:
        """Which parts are inside which window of which period: 1 or 0."""
        flags = [
            sql.named(sql.case([(_within(index), sql.integer(1))], sql.integer(0)), f"in_{index}")
            for index in (0, *self.windows.values())
        ]
        spans = (SLICE, *_SPANS)
        known = sql.select(
            [sql.column(name) for name in spans],
            sql.table(self._grained("parts")),
            distinct=True,
        )
        return Step(
            self.step_name("inside"),
            f"{self._source}: in which periods which parts are inside which window",
            sql.select(
                [*(sql.column(name, "k") for name in spans), sql.column(BOUNDARY, "w"), *flags],
                sql.subquery(known, "k"),
                joins=[sql.cross_join(sql.table(self.step_name("periods"), "w"))],
            ),
        )

    def _moves_step(self) -> Step:
        """The same as changes from the period before: 1 enters, -1 leaves."""
        names = ["in_0", *(f"in_{index}" for index in self.windows.values())]
        moves = []
        for name in names:
            before = exp.Window(
                this=exp.Lag(this=sql.column(name)),
                partition_by=[sql.column(span) for span in (SLICE, *_SPANS)],
                order=exp.Order(expressions=[sql.ordered(sql.column(BOUNDARY))]),
            )
            some = exp.Coalesce(this=before, expressions=[sql.integer(0)])
            moved = sql.binary(exp.Sub, sql.column(name), some)
            moves.append(sql.named(moved, name.replace("in_", "move_")))
        every = [*map(sql.column, (SLICE, *_SPANS, BOUNDARY)), *moves]
        changed = [
            sql.binary(exp.NEQ, sql.column(name.replace("in_", "move_")), sql.integer(0))
            for name in names
        ]
        any_change = changed[0]
        for one in changed[1:]:
            any_change = exp.Or(this=any_change, expression=one)
        return Step(
            self.step_name("moves"),
            f"{self._source}: in which periods which parts enter and leave which window",
            sql.select(
                [exp.Star()],
                sql.subquery(sql.select(every, sql.table(self.step_name("inside"))), "moved"),
                where=[exp.Paren(this=any_change)],
            ),
        )

    def _moving(self, table: str) -> exp.Join:
        on = [sql.binary(exp.EQ, sql.column(n, "a"), sql.column(n, "b")) for n in self._spans]
        return sql.join(sql.table(self.step_name(table), "b"), on)

    def _by_period(self) -> list[exp.Expr]:
        return [*(sql.column(key, "a") for key in self.way.keys), sql.column(BOUNDARY, "b")]

    def _deltas_step(self) -> Step:
        columns = [sql.named(_added(sql.column(ROWS, "a"), 0), ROWS)]
        for atom in self._plain():
            if not self._flows(atom):
                continue
            index, part = self._window(atom), sql.column(self.bases[_identity(atom)], "a")
            if atom.kind in ("min", "max"):
                entered = sql.case([(_moved(index, 1), part)])
                columns.append(sql.named(self._again(atom, entered), atom.name))
                continue
            columns.append(sql.named(_added(part, index), atom.name))
            if atom.kind == "sum":
                some = sql.case([(sql.not_null(part.copy()), sql.integer(1))])
                columns.append(sql.named(_added(some, index), f"{atom.name}_n"))
        return Step(
            self.step_name("changes"),
            f"{self._source}: what the sums and counts of each unit gain and lose in each period",
            sql.select(
                [*self._by_period(), *columns],
                sql.table(self._grained("parts"), "a"),
                joins=[self._moving("moves")],
                group=self._by_period(),
            ),
        )

    def _running_step(self, distinct: Sequence[Atom]) -> Step:
        keys, changes = self.way.keys, self.step_name("changes")
        units = sql.select([sql.column(key) for key in keys], sql.table(changes), distinct=True)
        grid = [*(sql.column(key, "u") for key in keys), sql.column(BOUNDARY, "p")]
        joins = [
            sql.cross_join(sql.numbers(self.standing.periods, "p", BOUNDARY)),
            self._left(changes, "c"),
            *(self._left(self.step_name(atom.name), f"d{i}") for i, atom in enumerate(distinct)),
        ]

        def running(aggregate: exp.Expr) -> exp.Expr:
            return exp.Window(
                this=aggregate,
                partition_by=[sql.column(key, "u") for key in keys],
                order=exp.Order(expressions=[sql.ordered(sql.column(BOUNDARY, "p"))]),
                spec=exp.WindowSpec(
                    kind="ROWS",
                    start="UNBOUNDED",
                    start_side="PRECEDING",
                    end="CURRENT ROW",
                ),
            )

        def total(name: str, table: str = "c") -> exp.Expr:
            some = exp.Coalesce(this=sql.column(name, table), expressions=[sql.integer(0)])
            return running(sql.whole_sum(some, self._dialect))

        columns = [sql.named(total(ROWS), ROWS)]
        for atom in self._plain():
            if not self._flows(atom):
                continue
            if atom.kind == "count":
                node = sql.cast(total(atom.name), "bigint")
            elif atom.kind == "sum":
                there = sql.binary(exp.GT, total(f"{atom.name}_n"), sql.integer(0))
                node = sql.case([(there, running(exp.Sum(this=sql.column(atom.name, "c"))))])
            else:
                node = running(self._again(atom, sql.column(atom.name, "c")))
            columns.append(sql.named(node, atom.name))
        columns += [
            sql.named(sql.cast(total(atom.name, f"d{i}"), "bigint"), atom.name)
            for i, atom in enumerate(distinct)
        ]
        return Step(
            self.name,
            f"{self._source}: exact sums and counts for each unit and period",
            sql.select([*grid, *columns], sql.subquery(units, "u"), joins=joins),
        )

    def _left(self, step: str, alias: str) -> exp.Join:
        on = [sql.binary(exp.EQ, sql.column(k, "u"), sql.column(k, alias)) for k in self.way.keys]
        on.append(sql.binary(exp.EQ, sql.column(BOUNDARY, "p"), sql.column(BOUNDARY, alias)))
        return sql.join(sql.table(step, alias), on, left=True)

    # What cannot be added and taken away ----------------------------------------------------

    def _extremes_step(self, extremes: Sequence[Atom]) -> Step:
        columns = []
        for atom in extremes:
            inside = _flag(self._window(atom))
            part = sql.case([(inside, sql.column(self.bases[_identity(atom)], "a"))])
            columns.append(sql.named(self._again(atom, part), atom.name))
        return Step(
            self.step_name("extremes"),
            f"{self._source}: least and greatest values among the parts inside",
            sql.select(
                [*self._by_period(), *columns],
                sql.table(self._grained("parts"), "a"),
                joins=[self._moving("inside")],
                where=[_flag(0)],
                group=self._by_period(),
            ),
        )

    def _latest_steps(self, atom: Atom) -> list[Step]:
        """The newest row of each part, and among the parts inside the newest of these."""
        assert atom.argument is not None
        rows, source = self.standing.rows, self.standing.rows.source
        names = [n for n in (source.time, source.known_at, *source.key) if n and n != "none"]
        by: list[exp.Expr] = [sql.column(name) for name in dict.fromkeys(names)]
        kinds = [rows.type_of(name) for name in dict.fromkeys(names)]
        by.append(atom.argument.copy())
        kinds.append(atom.type)
        order = [f"order_{i}" for i in range(len(by))]

        def newest() -> list[exp.Ordered]:
            found = []
            for name, kind in zip(order, kinds, strict=True):
                node: exp.Expr = sql.column(name)
                if kind == types.TEXT:
                    node = sql.by_code_point(node, self._dialect)
                found.append(sql.ordered(node, descending=True))
            return found

        spans = (SLICE, *_SPANS)
        inner = sql.select(
            [
                *self._grain(),
                *map(sql.column, spans),
                *(sql.named(node, name) for node, name in zip(by, order, strict=True)),
            ],
            sql.table(self.standing.name),
            where=[*self._present(), *self._reached(atom), *_filter(atom)],
        )
        grain = [sql.column(name) for _, name in self.way.columns]
        place = sql.first_row_number([*grain, *map(sql.column, spans)], newest())
        first = sql.binary(exp.EQ, sql.column("place"), sql.integer(1))
        columns = [*grain, *map(sql.column, spans), *map(sql.column, order)]
        candidates = self.step_name(f"{atom.name}_parts")
        steps = [
            Step(
                candidates,
                f"{self._source}: the latest row of each part",
                sql.select(
                    [node.copy() for node in columns],
                    sql.subquery(
                        sql.select(
                            [*(node.copy() for node in columns), sql.named(place, "place")],
                            sql.subquery(inner, "inside"),
                        ),
                        "numbered",
                    ),
                    where=[first],
                ),
            )
        ]
        steps += self._mapped_rows(f"{atom.name}_parts", order)
        keys = [*map(sql.column, self.way.keys), sql.column(BOUNDARY)]
        within = sql.select(
            [*self._by_period(), *(sql.column(name, "a") for name in order)],
            sql.table(self._grained(f"{atom.name}_parts"), "a"),
            joins=[self._all_moving("inside")],
            where=[_flag(self._window(atom))],
        )
        place_there = sql.first_row_number(keys, newest())
        numbered = sql.select(
            [
                *keys,
                sql.column(order[-1]),
                sql.named(place_there, "place"),
            ],
            sql.subquery(within, "within"),
        )
        steps.append(
            Step(
                self.step_name(atom.name),
                f"{self._source}: the value in the latest row of each unit and period",
                sql.select(
                    [
                        *(key.copy() for key in keys),
                        sql.named(sql.column(order[-1]), atom.name),
                    ],
                    sql.subquery(numbered, "numbered"),
                    where=[first.copy()],
                ),
            )
        )
        return steps

    def _all_moving(self, table: str) -> exp.Join:
        """Like `_moving`, for rows that say themselves in which periods they stand."""
        on = [sql.binary(exp.EQ, sql.column(n, "a"), sql.column(n, "b")) for n in (SLICE, *_SPANS)]
        return sql.join(sql.table(self.step_name(table), "b"), on)

    def _mapped_rows(self, suffix: str, columns: Sequence[str]) -> list[Step]:
        """Rows with the unit they belong to, in the periods in which they do."""
        if not self.way.map:
            return []
        return [
            Step(
                self._grained(suffix),
                f"{self._source}: the same by unit, while the rows belonged to it",
                sql.select(
                    [
                        *(sql.column(name, "m") for name in self.way.keys),
                        sql.column(SLICE, "r"),
                        *_named_spans(_shared("r", "m")),
                        *(sql.column(name, "r") for name in columns),
                    ],
                    sql.table(self.step_name(suffix), "r"),
                    joins=[self._through()],
                ),
            )
        ]

    def _distinct_steps(self, atom: Atom) -> list[Step]:
        """Each value of each unit once in every period: no two of its spans overlap."""
        assert atom.argument is not None
        values = self.step_name(f"{atom.name}_values")
        index = self._window(atom)
        spans = (SLICE, *_SPANS)
        steps = [
            Step(
                values,
                f"{self._source}: the distinct values behind {atom.name}, with their slices",
                sql.select(
                    [
                        *self._grain(),
                        sql.named(atom.argument.copy(), "value"),
                        *map(sql.column, spans),
                    ],
                    sql.table(self.standing.name),
                    where=[
                        *self._present(),
                        *self._reached(atom),
                        *_filter(atom),
                        sql.not_null(atom.argument.copy()),
                    ],
                    distinct=True,
                ),
            ),
            *self._mapped_rows(f"{atom.name}_values", ["value"]),
        ]
        keys = [*map(sql.column, self.way.keys), sql.column("value")]
        last = sql.binary(exp.Add, exp.Max(this=sql.column(BOUNDARY)), sql.integer(1))
        known = sql.select(
            [
                *map(sql.column, spans),
                sql.named(exp.Min(this=sql.column(BOUNDARY)), "enters"),
                sql.named(last, "leaves"),
            ],
            sql.table(self.step_name("inside")),
            where=[sql.binary(exp.EQ, sql.column(f"in_{index}"), sql.integer(1))],
            group=[sql.column(name) for name in spans],
        )
        on = [sql.binary(exp.EQ, sql.column(n, "a"), sql.column(n, "b")) for n in spans]
        placed = sql.select(
            [*(sql.column(key.name, "a") for key in keys), *map(sql.column, ("enters", "leaves"))],
            sql.table(self._grained(f"{atom.name}_values"), "a"),
            joins=[sql.join(sql.subquery(known, "b"), on)],
            distinct=True,
        )
        steps.append(
            disjoint(
                self.step_name(f"{atom.name}_spans"),
                f"{self._source}: in which periods each value is there",
                placed,
                [key.name for key in keys],
                ("enters", "leaves"),
            )
        )
        side = sql.binary(exp.EQ, sql.column("side"), sql.integer(0))
        changes = sql.select(
            [
                *map(sql.column, self.way.keys),
                sql.named(sql.case([(side, sql.column("enters"))], sql.column("leaves")), BOUNDARY),
                sql.named(sql.case([(side.copy(), sql.integer(1))], sql.integer(-1)), "step"),
            ],
            sql.table(self.step_name(f"{atom.name}_spans")),
            joins=[sql.cross_join(sql.numbers(2, "sides", "side"))],
        )
        by = [*map(sql.column, self.way.keys), sql.column(BOUNDARY)]
        steps.append(
            Step(
                self.step_name(atom.name),
                f"{self._source}: how many values each unit gains and loses in each period",
                sql.select(
                    [*by, sql.named(exp.Sum(this=sql.column("step")), atom.name)],
                    sql.subquery(changes, "changes"),
                    group=[node.copy() for node in by],
                ),
            )
        )
        return steps

    def _reached(self, atom: Atom) -> list[exp.Expr]:
        """Leave out rows that the window of an atom reaches in no period."""
        if atom.windows is None:
            return self._pruned()
        rows = self.standing.rows
        time = sql.column(rows.source.time)
        first, last = atom.windows[0][0], atom.windows[-1][1]
        return [
            sql.binary(exp.GTE, time, rows.moment(first)),
            sql.binary(exp.LT, time.copy(), rows.moment(last)),
        ]


def together(rows: Rows, atoms: Sequence[Atom]) -> Standing:
    """The rows of a source, sliced wherever a window of one of its atoms begins or ends."""
    ends = {rows.instant(wall) for a in atoms for window in a.windows or () for wall in window}
    return Standing(rows, tuple(sorted(ends)))


def disjoint(
    name: str, comment: str, spans: exp.Select, keys: Sequence[str], ends: tuple[str, str]
) -> Step:
    """Spans of periods of each key that do not overlap and hold the same periods.

    What an earlier one holds already is cut off at the front of the next.
    """
    start, end = ends
    order = [sql.ordered(sql.column(start)), sql.ordered(sql.column(end))]
    before = exp.Window(
        this=exp.Max(this=sql.column(end)),
        partition_by=[sql.column(key) for key in keys],
        order=exp.Order(expressions=order),
        spec=exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=sql.integer(1),
            end_side="PRECEDING",
        ),
    )  # fmt: skip
    some = exp.Coalesce(this=before, expressions=[sql.integer(0)])
    own: list[exp.Expr] = [sql.column(key) for key in keys]
    later = exp.Greatest(this=sql.column(start), expressions=[some], ignore_nulls=True)
    cut = sql.select([*own, sql.named(later, start), sql.column(end)], sql.subquery(spans, "spans"))
    return Step(
        name,
        comment,
        sql.select(
            [*(node.copy() for node in own), sql.column(start), sql.column(end)],
            sql.subquery(cut, "apart"),
            where=[sql.binary(exp.LT, sql.column(start), sql.column(end))],
        ),
    )


def _identity(atom: Atom) -> tuple[str, str, str]:
    """What atoms of several windows share."""
    argument = atom.argument.sql() if atom.argument is not None else ""
    return atom.kind, argument, atom.condition.sql() if atom.condition is not None else ""


def _filter(atom: Atom) -> list[exp.Expr]:
    return [] if atom.condition is None else [exp.Paren(this=atom.condition.copy())]


def _shared(left: str, right: str) -> list[exp.Expr]:
    """From when and until when both of two things stand."""
    later = [sql.column(FROM, left), sql.column(FROM, right)]
    sooner = [sql.column(UNTIL, left), sql.column(UNTIL, right)]
    return [
        exp.Greatest(this=later[0], expressions=later[1:], ignore_nulls=True),
        exp.Least(this=sooner[0], expressions=sooner[1:], ignore_nulls=True),
    ]


def _named_spans(spans: Sequence[exp.Expr]) -> list[exp.Expr]:
    return [sql.named(node, name) for node, name in zip(spans, _SPANS, strict=True)]


def _within(index: int) -> exp.Expr:
    """Whether a part stands in a period and lies in one of its windows."""
    return sql.every(
        [
            sql.binary(exp.GTE, sql.column(BOUNDARY, "w"), sql.column(FROM, "k")),
            sql.binary(exp.LT, sql.column(BOUNDARY, "w"), sql.column(UNTIL, "k")),
            sql.binary(exp.GTE, sql.column(SLICE, "k"), sql.column(f"low_{index}", "w")),
            sql.binary(exp.LT, sql.column(SLICE, "k"), sql.column(f"high_{index}", "w")),
        ]
    )


def _flag(index: int) -> exp.Expr:
    return sql.binary(exp.EQ, sql.column(f"in_{index}", "b"), sql.integer(1))


def _moved(index: int, by: int) -> exp.Expr:
    return sql.binary(exp.EQ, sql.column(f"move_{index}", "b"), sql.integer(by))


def _added(part: exp.Expr, index: int) -> exp.Expr:
    """The sum of the parts that enter a window, less those that leave it."""
    signed = sql.case(
        [
            (_moved(index, 1), part.copy()),
            (_moved(index, -1), exp.Neg(this=sql.operand(part.copy()))),
        ]
    )
    return exp.Sum(this=signed)
