"""Values of every period that cannot be added and taken away again: they are chosen.

The least, greatest and latest values are chosen among the parts that are inside. A distinct value
counts from when its first row enters until its last row has left.
"""

from __future__ import annotations

from collections.abc import Sequence

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.atoms import Atom
from pmpo.compile.boundaries import BOUNDARY
from pmpo.compile.context import Step
from pmpo.compile.portions import Portions, chosen_by, disjoint, inside
from pmpo.compile.types import Type
from pmpo.sql import exp

_ENTERS, _LEAVES = "enters", "leaves"


def extremes_step(parts: Portions, atoms: Sequence[Atom]) -> Step:
    """The least and greatest values among the parts inside."""
    columns = []
    for atom in atoms:
        part = sql.case([(inside(parts.window(atom)), parts.base(atom))])
        columns.append(sql.named(parts.again(atom, part), atom.name))
    return Step(
        parts.step_name("extremes"),
        f"{parts.told}: least and greatest values among the parts inside",
        sql.select(
            [*parts.by_period(), *columns],
            sql.table(parts.grained("parts"), "a"),
            joins=[parts.joined("inside")],
            where=[inside(0)],
            group=parts.by_period(),
        ),
    )


def latest_steps(parts: Portions, atom: Atom) -> list[Step]:
    """The newest row of each part, and among the parts inside the newest of these."""
    assert atom.argument is not None
    kind_of = parts.standing.rows.type_of
    by: list[tuple[exp.Expr, Type]] = [(sql.column(n), kind_of(n)) for n in _order_of(parts)]
    by.append((atom.argument.copy(), atom.type))
    order = {f"order_{i}": kind for i, (_, kind) in enumerate(by)}
    rows = sql.select(
        [
            *parts.grain(),
            *map(sql.column, parts.spans),
            *(sql.named(node, name) for (node, _), name in zip(by, order, strict=True)),
        ],
        sql.table(parts.standing.name),
        where=[*parts.present(), *parts.reached(atom), *chosen_by(atom)],
    )
    grain = [*(name for _, name in parts.way.columns), *parts.spans]
    candidates = f"{atom.name}_parts"
    within = sql.select(
        [*parts.by_period(), *(sql.column(name, "a") for name in order)],
        sql.table(parts.grained(candidates), "a"),
        joins=[parts.joined("inside")],
        where=[inside(parts.window(atom))],
    )
    keys, value = [*parts.way.keys, BOUNDARY], list(order)[-1]
    return [
        Step(
            parts.step_name(candidates),
            f"{parts.told}: the latest row of each part",
            _newest(parts, rows, grain, order, {name: name for name in order}),
        ),
        *parts.by_unit(candidates, list(order)),
        Step(
            parts.step_name(atom.name),
            f"{parts.told}: the value in the latest row of each unit and period",
            _newest(parts, within, keys, order, {value: atom.name}),
        ),
    ]


def _order_of(parts: Portions) -> list[str]:
    """The columns that say which of two rows is later."""
    source = parts.standing.rows.source
    names = (source.time, source.known_at, *source.key)
    return list(dict.fromkeys(name for name in names if name and name != "none"))


def _newest(
    parts: Portions,
    rows: exp.Select,
    keys: Sequence[str],
    order: dict[str, Type],
    shown: dict[str, str],
) -> exp.Select:
    """The first of the rows of each key, in an order of columns, the newest first."""
    terms = [
        sql.ordered(
            sql.by_code_point(sql.column(name), parts.dialect)
            if kind == types.TEXT
            else sql.column(name),
            descending=True,
        )
        for name, kind in order.items()
    ]
    place = sql.first_row_number([sql.column(key) for key in keys], terms)
    numbered = sql.select(
        [*map(sql.column, keys), *map(sql.column, shown), sql.named(place, "place")],
        sql.subquery(rows, "candidates"),
    )
    return sql.select(
        [
            *map(sql.column, keys),
            *(sql.named(sql.column(name), known_as) for name, known_as in shown.items()),
        ],
        sql.subquery(numbered, "numbered"),
        where=[sql.binary(exp.EQ, sql.column("place"), sql.integer(1))],
    )


def distinct_steps(parts: Portions, atom: Atom) -> list[Step]:
    """Each value of each unit once in every period: no two of its spans overlap."""
    assert atom.argument is not None
    values, spans = f"{atom.name}_values", parts.step_name(f"{atom.name}_spans")
    rows = sql.select(
        [
            *parts.grain(),
            sql.named(atom.argument.copy(), "value"),
            *map(sql.column, parts.spans),
        ],
        sql.table(parts.standing.name),
        where=[
            *parts.present(),
            *parts.reached(atom),
            *chosen_by(atom),
            sql.not_null(atom.argument.copy()),
        ],
        distinct=True,
    )
    return [
        Step(
            parts.step_name(values),
            f"{parts.told}: the distinct values behind {atom.name}, by their parts",
            rows,
        ),
        *parts.by_unit(values, ["value"]),
        disjoint(
            spans,
            f"{parts.told}: from and until when each value of {atom.name} is there",
            _spans(parts, atom, parts.grained(values)),
            [*parts.way.keys, "value"],
            (_ENTERS, _LEAVES),
        ),
        Step(
            parts.step_name(atom.name),
            f"{parts.told}: how many values each unit gains and loses in each period",
            _changes(parts, atom, spans),
        ),
    ]


def _spans(parts: Portions, atom: Atom, values: str) -> exp.Select:
    """In which periods the values of each part are inside the window."""
    last = sql.binary(exp.Add, exp.Max(this=sql.column(BOUNDARY)), sql.integer(1))
    known = sql.select(
        [
            *map(sql.column, parts.spans),
            sql.named(exp.Min(this=sql.column(BOUNDARY)), _ENTERS),
            sql.named(last, _LEAVES),
        ],
        sql.table(parts.step_name("inside"), "b"),
        where=[inside(parts.window(atom))],
        group=[sql.column(name) for name in parts.spans],
    )
    on = [sql.binary(exp.EQ, sql.column(n, "a"), sql.column(n, "b")) for n in parts.spans]
    return sql.select(
        [
            *(sql.column(key, "a") for key in (*parts.way.keys, "value")),
            *map(sql.column, (_ENTERS, _LEAVES)),
        ],
        sql.table(values, "a"),
        joins=[sql.join(sql.subquery(known, "b"), on)],
        distinct=True,
    )


def _changes(parts: Portions, atom: Atom, spans: str) -> exp.Select:
    """One more where a span begins, one fewer where it ends."""
    begins = sql.binary(exp.EQ, sql.column("side"), sql.integer(0))
    both = sql.select(
        [
            *map(sql.column, parts.way.keys),
            sql.named(sql.case([(begins, sql.column(_ENTERS))], sql.column(_LEAVES)), BOUNDARY),
            sql.named(sql.case([(begins.copy(), sql.integer(1))], sql.integer(-1)), "step"),
        ],
        sql.table(spans),
        joins=[sql.cross_join(sql.numbers(2, "sides", "side"))],
    )
    by = [*parts.way.keys, BOUNDARY]
    return sql.select(
        [*map(sql.column, by), sql.named(exp.Sum(this=sql.column("step")), atom.name)],
        sql.subquery(both, "changes"),
        group=[sql.column(name) for name in by],
    )
