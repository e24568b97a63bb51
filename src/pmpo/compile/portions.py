"""Parts: the rows of one source summed once, for every period of a history.

Rows of one unit that stand in the same periods and lie in the same windows are one part: whatever
period is asked for, all of them count or none does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.atoms import Atom, Windows, aggregate
from pmpo.compile.boundaries import BOUNDARY
from pmpo.compile.context import Step
from pmpo.compile.each import counts
from pmpo.compile.rows import Rows
from pmpo.compile.standing import FROM, SLICE, UNTIL, Standing
from pmpo.sql import exp

ROWS: Final = "pmpo_rows"
_SPANS: Final = (FROM, UNTIL)


@dataclass(frozen=True, slots=True)
class Way:
    """How parts reach the unit.

    Args:
        columns: the columns of the rows by which parts are made, with their names in the result.
        keys: the columns that name the unit.
        map: the step that says to which unit the columns lead in which periods; empty where they
            are the unit's key themselves.
    """

    columns: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]
    map: str = ""


@dataclass(slots=True)
class Portions:
    """The parts of one source.

    Args:
        atoms: what is made of them.
        windows: the windows of the atoms by number; 0 is no window.
        bases: the columns of parts by what they hold; atoms of several windows share one.
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
                self.bases.setdefault(identity(atom), f"part_{len(self.bases) + 1}")

    def step_name(self, suffix: str) -> str:
        """The name of a step about the source."""
        return self.standing.rows.step_name(suffix)

    @property
    def dialect(self) -> sql.Dialect:
        """The dialect of the statement."""
        return self.standing.rows.context.dialect

    @property
    def told(self) -> str:
        """The source, in comments."""
        return self.standing.rows.source.name

    @property
    def spans(self) -> tuple[str, ...]:
        """What parts are joined by: those that are not already said by the slice."""
        return (SLICE,) if self.standing.sliced and not self.way.map else (SLICE, *_SPANS)

    def window(self, atom: Atom) -> int:
        """The number of an atom's window."""
        return 0 if atom.windows is None else self.windows[atom.windows]

    def flows(self, atom: Atom) -> bool:
        """Whether an atom is known from that of the period before and what changed since."""
        if atom.kind in ("min", "max"):
            return atom.windows is None and self.standing.lasting and not self.way.map
        return atom.kind in ("sum", "count", "distinct")

    def place_of(self, atom: Atom) -> str:
        """The step that holds an atom."""
        if atom.kind in ("distinct", "latest") and not self.flows(atom):
            return self.step_name(atom.name)
        return self.step_name("atoms" if self.flows(atom) else "extremes")

    def steps(self) -> list[Step]:
        """From rows that stand to parts by unit, and which of them are inside in which period."""
        return [
            self._parts_step(),
            *self._mapped("parts"),
            self._periods_step(),
            self._inside_step(),
        ]

    def base(self, atom: Atom, table: str = "a") -> exp.Column:
        """The column of parts that an atom is made of."""
        return sql.column(self.bases[identity(atom)], table)

    def present(self) -> list[exp.Expr]:
        """Rows without a full key belong to no unit."""
        return [sql.not_null(sql.column(own)) for own, _ in self.way.columns]

    def grain(self) -> list[exp.Expr]:
        """The columns by which parts are made."""
        return [sql.named(sql.column(own), name) for own, name in self.way.columns]

    def _pruned(self) -> list[exp.Expr]:
        """Leave out rows that no window of any period reaches."""
        windows = [atom.windows for atom in self.atoms]
        if None in windows or any(map(counts, self.atoms)):
            return []
        rows = self.standing.rows
        first = min(window[0][0] for window in windows if window is not None)
        return [sql.binary(exp.GTE, sql.column(rows.source.time), rows.moment(first))]

    def reached(self, atom: Atom) -> list[exp.Expr]:
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
            self.bases[identity(atom)]: aggregate(replace(atom, windows=None))
            for atom in self.plain()
        }
        return Step(
            self.step_name("parts"),
            f"{self.told}: sums and counts of the rows that enter and leave windows together",
            sql.select(
                [
                    *self.grain(),
                    *spans,
                    sql.named(sql.count_rows(), ROWS),
                    *(sql.named(node, name) for name, node in sums.items()),
                ],
                sql.table(standing.name),
                where=[*self.present(), *self._pruned()],
                group=[node.copy() for node in group],
            ),
        )

    def plain(self) -> list[Atom]:
        """The atoms that parts have a column for."""
        return [atom for atom in self.atoms if atom.kind not in ("distinct", "latest")]

    def _mapped(self, suffix: str) -> list[Step]:
        """Parts by unit, in the periods in which their join columns led to it."""
        if not self.way.map:
            return []
        columns = [sql.named(exp.Sum(this=sql.column(ROWS, "r")), ROWS)]
        again = {self.bases[identity(atom)]: atom for atom in self.plain()}
        columns += [
            sql.named(self.again(atom, sql.column(name, "r")), name) for name, atom in again.items()
        ]
        key = [sql.column(name, "m") for name in self.way.keys]
        spans = [*key, sql.column(SLICE, "r"), *_shared("r", "m")]
        return [
            Step(
                self.grained("parts"),
                f"{self.told}: the same by unit, while the rows belonged to it",
                sql.select(
                    [*key, sql.column(SLICE, "r"), *_named_spans(_shared("r", "m")), *columns],
                    sql.table(self.step_name(suffix), "r"),
                    joins=[self._through()],
                    group=[node.copy() for node in spans],
                ),
            )
        ]

    def by_unit(self, suffix: str, columns: Sequence[str]) -> list[Step]:
        """Rows with the unit they belong to, in the periods in which they do."""
        if not self.way.map:
            return []
        return [
            Step(
                self.grained(suffix),
                f"{self.told}: the same by unit, while the rows belonged to it",
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

    def _through(self) -> exp.Join:
        """The join of rows, or parts of them, to the units they belong to for some periods."""
        on = [
            sql.binary(exp.EQ, sql.column(name, "r"), sql.column(name, "m"))
            for _, name in self.way.columns
        ]
        on.append(sql.binary(exp.LT, sql.column(FROM, "r"), sql.column(UNTIL, "m")))
        on.append(sql.binary(exp.LT, sql.column(FROM, "m"), sql.column(UNTIL, "r")))
        return sql.join(sql.table(self.way.map, "m"), on)

    def grained(self, suffix: str) -> str:
        """The step in which parts are by unit."""
        return self.step_name(f"unit_{suffix}" if self.way.map else suffix)

    def again(self, atom: Atom, part: exp.Expr) -> exp.Expr:
        """The atom of several parts, which have it each."""
        if atom.kind in ("min", "max"):
            if atom.type == types.TEXT:
                part = sql.by_code_point(part, self.dialect)
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
            f"{self.told}: where the windows of each period lie among the slices",
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
            sql.table(self.grained("parts")),
            distinct=True,
        )
        return Step(
            self.step_name("inside"),
            f"{self.told}: in which periods which parts are inside which window",
            sql.select(
                [*(sql.column(name, "k") for name in spans), sql.column(BOUNDARY, "w"), *flags],
                sql.subquery(known, "k"),
                joins=[sql.cross_join(sql.table(self.step_name("periods"), "w"))],
            ),
        )

    def joined(self, table: str) -> exp.Join:
        """The join of parts, or rows of them, to what a step says of them."""
        on = [sql.binary(exp.EQ, sql.column(n, "a"), sql.column(n, "b")) for n in self.spans]
        return sql.join(sql.table(self.step_name(table), "b"), on)

    def by_period(self) -> list[exp.Expr]:
        """Unit and period, where parts are joined to the latter."""
        return [*(sql.column(key, "a") for key in self.way.keys), sql.column(BOUNDARY, "b")]


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


def identity(atom: Atom) -> tuple[str, str, str]:
    """What atoms of several windows share."""
    argument = atom.argument.sql() if atom.argument is not None else ""
    return atom.kind, argument, atom.condition.sql() if atom.condition is not None else ""


def chosen_by(atom: Atom) -> list[exp.Expr]:
    """What FILTER says."""
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


def inside(index: int) -> exp.Expr:
    """Whether a part is inside a window in a period."""
    return sql.binary(exp.EQ, sql.column(f"in_{index}", "b"), sql.integer(1))
