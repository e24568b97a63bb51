"""Columns that become rows: one scan of the table, each row once per column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pmpo import sql
from pmpo.compile import types
from pmpo.compile.formula import Formula, Report, did_you_mean
from pmpo.model.charter import Source, Unpivot
from pmpo.sql import exp

_ROW: Final = "pmpo_row"
_LABEL: Final = "pmpo_label"


def unpivoted(
    source: Source, schema: Mapping[str, str] | None, report: Report
) -> Mapping[str, str] | None:
    """The columns that a table has once its columns have become rows; itself without `unpivot`.

    Reports columns that are not there, are of several types, or would be hidden.
    """
    turn = source.unpivot
    if turn is None or schema is None:
        return schema
    _report_unknown(source, turn, schema, report)
    turned = {column for column, _ in turn.columns}
    kept = {name: kind for name, kind in schema.items() if name not in turned}
    for name, role in ((turn.name, "name"), (turn.value, "value")):
        if name in kept:
            report.add(
                "source/unpivot",
                f"source `{source.name}` has a column `{name}` already",
                Formula(f"sources.{source.name}.unpivot.{role}", name),
                note="the new column would hide it",
                help="choose another name",
            )
    kinds = [schema[name] for name in schema if name in turned]
    return kept | {turn.name: "text", turn.value: _common(source, kinds, report)}


def _report_unknown(
    source: Source, turn: Unpivot, schema: Mapping[str, str], report: Report
) -> None:
    for column, _ in turn.columns:
        if column not in schema:
            report.add(
                "source/unknown-column",
                f"source `{source.name}` has no column `{column}`",
                Formula(f"sources.{source.name}.unpivot.columns", column),
                label=did_you_mean(column, schema),
                note=f"its columns are {', '.join(sorted(schema))}",
            )


def _common(source: Source, kinds: list[str], report: Report) -> str:
    """The type that holds the values of all turned columns."""
    distinct = dict.fromkeys(kinds)
    if len(distinct) == 1:
        return kinds[0]
    wide = types.NULL
    for kind in distinct:
        wide = types.widest(wide, types.from_name(kind)) or types.ERROR
    if wide.kind == "exact" and wide.precision <= types.MAX_DIGITS:
        return f"decimal({wide.precision},{wide.scale})"
    if distinct:
        report.add(
            "source/unpivot",
            f"the columns that `{source.name}` turns into rows are of several types: "
            f"{', '.join(distinct)}",
            Formula(f"sources.{source.name}.unpivot.columns", ""),
            note="one column has one type",
            help="turn columns of one type, or make two sources of them",
        )
    return "unsupported"


def turned(source: Source, used: Iterable[str]) -> exp.Expr:
    """The table of a source, or what `unpivot` makes of it, with the columns that are used."""
    turn = source.unpivot
    if turn is None:
        return sql.table(source.name)
    kept = [sql.column(name, _ROW) for name in used if name not in (turn.name, turn.value)]
    label = sql.column(turn.name, _LABEL)
    cells = sql.case(
        [
            (
                sql.binary(exp.EQ, label.copy(), sql.text(text)),
                sql.column(column, _ROW),
            )
            for column, text in turn.columns
        ]
    )
    statement = sql.select(
        [*kept, label, sql.named(cells, turn.value)],
        sql.table(source.name, _ROW),
        joins=[sql.cross_join(sql.texts([text for _, text in turn.columns], _LABEL, turn.name))],
    )
    return sql.subquery(statement, "turned")


def table_columns(source: Source, used: Iterable[str]) -> tuple[str, ...]:
    """The columns of the table itself that are read."""
    turn = source.unpivot
    if turn is None:
        return tuple(used)
    kept = [name for name in used if name not in (turn.name, turn.value)]
    return (*kept, *(column for column, _ in turn.columns))
