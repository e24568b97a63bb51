"""Conditions over units as they were judged: what they may name, and for which units they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pmpo import sql
from pmpo.compile.formula import Formula, Report, parse
from pmpo.compile.scope import ConditionExpressions, Names
from pmpo.compile.types import REAL, TEXT, Typed
from pmpo.diagnostics import has_errors
from pmpo.evaluate.evaluate import column_types
from pmpo.evaluate.outcomes import OUT
from pmpo.evaluate.tables import attribute_column
from pmpo.model.charter import Charter, DecisionTable, Places
from pmpo.model.evaluation import Evaluation
from pmpo.model.meta import no_items
from pmpo.model.table import SIGNAL
from pmpo.model.time import zone
from pmpo.sql import exp
from pmpo.store.engine.duckdb import DuckDB

if TYPE_CHECKING:
    import pyarrow as pa

_JUDGED: Final = "judged"
_ROW: Final = "rank"


def outputs_by_name(charter: Charter) -> dict[str, tuple[DecisionTable, int]]:
    """What tables give, by `table.output` and, where it is the only one, by its own name.

    Returns: per name the table, and the output's place in it.
    """
    times = Counter(out.name for table in charter.tables.values() for out in table.outputs)
    found = {}
    for table in charter.tables.values():
        for index, output in enumerate(table.outputs):
            found[f"{table.name}.{output.name}"] = (table, index)
            if times[output.name] == 1:
                found[output.name] = (table, index)
    return found


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as SQL over an evaluation's columns.

    Args:
        sql: None where it cannot be read; it is unknown for every unit then, and `fault` says why.
        columns: what it looks at, and the column that holds each.
    """

    text: str
    sql: exp.Expr | None
    fault: str = ""
    columns: Mapping[str, str] = field(default_factory=no_items)


def read_conditions(
    charter: Charter, evaluation: Evaluation, path: str, texts: Sequence[str]
) -> tuple[Condition, ...]:
    """Read conditions against what an evaluation measured and judged.

    `check` reports what is wrong with them; here a wrong one is one that nobody can tell about.

    Args:
        path: of their list in the charter.
    """
    given = dict(_given(charter, evaluation))
    types = column_types(evaluation.table.data)
    lacking: list[str] = []

    def attribute(name: str, _path: str) -> Typed | None:
        column = attribute_column(charter, name)
        if column not in types:
            lacking.append(name)
            return None
        return Typed(sql.column(column), types[column])

    names = Names({}, (*charter.unit.key, *evaluation.table.attributes), attribute, given)
    day = evaluation.as_of.astimezone(zone(charter.zone_name)).date()

    def read(index: int, text: str) -> Condition:
        lacking.clear()
        report = Report(Places())
        formula = Formula(f"{path}.{index}", text)
        tree = parse(formula, report)
        found = None
        if tree is not None:
            condition = ConditionExpressions(formula, report, charter, names, day, "duckdb")
            found = condition.whole_condition(tree)
        if found is None or tree is None or has_errors(report.findings):
            return Condition(text, None, report.findings[0].message)
        if lacking:  # a parameter that varies by it would silently take the value of all others
            return Condition(text, None, f"it rests on `{lacking[0]}`, which was not measured")
        return Condition(text, found, columns=dict(_looked_at(charter, given, tree)))

    return tuple(read(index, text) for index, text in enumerate(texts))


def _given(charter: Charter, evaluation: Evaluation) -> Iterator[tuple[str, Typed]]:
    """Outputs, bands and signals by name, as `check` knows them too."""
    types = column_types(evaluation.results)
    for name, (table, index) in outputs_by_name(charter).items():
        column = f"{OUT}{table.name}_{table.outputs[index].name}"
        kind = types.get(column)
        if kind is not None:
            node = sql.column(column)
            yield name, Typed(sql.to_real(node), REAL) if kind.numeric else Typed(node, TEXT)
    for name in charter.bands:
        yield name, Typed(sql.column(f"band_{name}"), TEXT)
    measured = column_types(evaluation.table.data)
    for name in evaluation.table.signals:
        yield name, Typed(sql.column(SIGNAL + name), measured[SIGNAL + name])


def _looked_at(
    charter: Charter, given: Mapping[str, Typed], tree: exp.Expr
) -> Iterator[tuple[str, str]]:
    """The names in a condition, as they are written, and their columns."""
    for node in tree.find_all(exp.Column):
        name = f"{node.table}.{node.name}" if node.table else node.name
        column = next(given[name].sql.find_all(exp.Column)) if name in given else None
        yield name, column.name if column is not None else attribute_column(charter, name)


def truths(conditions: Sequence[Condition], evaluation: Evaluation) -> list[pa.ChunkedArray]:
    """Whether each condition holds, per row of the results: true, false, or null = unknown."""
    import pyarrow as pa

    rows = len(evaluation.table)
    told = [one for one in conditions if one.sql is not None]
    found = _asked(told, evaluation) if told and rows else {}
    unknown = pa.chunked_array([pa.nulls(rows, pa.bool_())])
    return [found.get(one.text, unknown) for one in conditions]


def _asked(conditions: Sequence[Condition], evaluation: Evaluation) -> dict[str, pa.ChunkedArray]:
    """The engine's answers by the text of each condition, in the order of the results."""
    import pyarrow as pa

    asked = {one.text: one.sql for one in conditions if one.sql is not None}
    names = [f"holds_{i}" for i in range(len(asked))]
    wanted = {node.name for one in asked.values() for node in one.find_all(exp.Column)}
    number = pa.array(range(len(evaluation.table)), pa.int64())
    columns = {name: column_of(evaluation, name) for name in sorted(wanted)}
    select = sql.select(
        [
            sql.column(_ROW),
            *(sql.named(one.copy(), n) for n, one in zip(names, asked.values(), strict=True)),
        ],
        sql.table(_JUDGED),
    )
    with DuckDB({}) as engine:
        engine.register(_JUDGED, pa.table({**columns, _ROW: number}))
        answers = engine.query(sql.render(select, "duckdb"))
    if not answers[_ROW].combine_chunks().equals(number):
        answers = answers.sort_by(_ROW)
    return {text: answers[name] for text, name in zip(asked, names, strict=True)}


def column_of(evaluation: Evaluation, name: str) -> pa.ChunkedArray:
    """A column of the results, or of the measured table: their rows are the same."""
    data = evaluation.results
    return data[name] if name in data.column_names else evaluation.table.data[name]


def values_of(condition: Condition, evaluation: Evaluation, row: int) -> dict[str, Any]:
    """What a condition looks at, for one row of the results, by name; None where unknown."""
    return {
        name: column_of(evaluation, column)[row].as_py()
        for name, column in condition.columns.items()
    }
