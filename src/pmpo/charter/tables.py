"""Whether a decision table holds together: cells, names, hit policy, and who decides what.

Cells are read where the types of their inputs are known, in `evaluate.tables`; here a table is
judged by what the charter alone says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pmpo.charter.suggest import did_you_mean, listing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pmpo.charter.cross import Cross
    from pmpo.model.charter import DecisionTable, OutputColumn


def check_tables(cross: Cross) -> None:
    """Report what is wrong with the tables of a charter, one by one and together."""
    for table in cross.charter.tables.values():
        _cells(cross, table)
        _rule_ids(cross, table)
        _outputs(cross, table)
        _hit_policy(cross, table)
        _inputs(cross, table)
        _missing(cross, table)
        _accepted_gaps(cross, table)
    _circles(cross)
    _same_columns(cross)
    _outcome(cross)


def _cells(cross: Cross, table: DecisionTable) -> None:
    widths = {"when": (len(table.inputs), "input"), "then": (len(table.outputs), "output")}
    for index, rule in enumerate(table.rules):
        for field, cells in (("when", rule.when), ("then", rule.then)):
            columns, what = widths[field]
            if len(cells) != columns:
                cross.at_value(
                    "charter/bad-table",
                    f"rule `{rule.id}` has {_count(len(cells), 'cell')} for "
                    f"{_count(columns, what)}",
                    f"tables.{table.name}.rules.{index}.{field}",
                    note=f"cells belong to {what}s by position",
                    help=f"write {_count(columns, 'cell')}"
                    + (", `-` for any" if what == "input" else ""),
                )


def _rule_ids(cross: Cross, table: DecisionTable) -> None:
    seen: set[str] = set()
    for index, rule in enumerate(table.rules):
        if rule.id in seen:
            cross.at_value(
                "charter/repeated",
                f"table `{table.name}` has two rules called `{rule.id}`",
                f"tables.{table.name}.rules.{index}.id",
                note="explanations and tests name rules by their id",
                help="give each rule an id of its own, and keep it when rules move",
            )
        seen.add(rule.id)


def _outputs(cross: Cross, table: DecisionTable) -> None:
    seen: set[str] = set()
    for index, output in enumerate(table.outputs):
        if output.name in seen:
            cross.at_value(
                "charter/repeated",
                f"table `{table.name}` has two outputs called `{output.name}`",
                f"tables.{table.name}.outputs.{index}",
                help="rename one of them",
            )
        seen.add(output.name)


def _hit_policy(cross: Cross, table: DecisionTable) -> None:
    path = f"tables.{table.name}"
    collects = table.hit == "COLLECT"
    said = cross.written("tables", table.name, "aggregate")
    if collects and table.aggregate is None and not said:
        cross.at_value(
            "charter/bad-table",
            f"table `{table.name}` collects and does not say how",
            f"{path}.hit",
            note="a unit has one value per output, not a list",
            help="add `aggregate: SUM`, or `MIN`, `MAX`, `COUNT`",
        )
    if table.aggregate is not None and not collects:
        cross.at_key(
            "charter/bad-table",
            f"`aggregate` has no meaning with `hit: {table.hit}`",
            f"{path}.aggregate",
            note="only `hit: COLLECT` puts the values of several rules together",
            help="delete `aggregate`, or write `hit: COLLECT`",
        )
    if table.aggregate == "COUNT" and len(table.outputs) > 1:
        cross.at_value(
            "charter/bad-table",
            f"table `{table.name}` counts rules for {len(table.outputs)} outputs",
            f"{path}.outputs",
            note="all of them would be the same number",
            help="keep one output",
        )
    if table.hit == "PRIORITY" and not any(output.values for output in table.outputs):
        cross.at_value(
            "charter/bad-table",
            f"table `{table.name}` decides by priority and does not say which value comes first",
            f"{path}.outputs",
            help="write `outputs: [{name: action, values: [recall, keep]}]`, the first value wins",
        )


# Inputs -------------------------------------------------------------------------------------


def _inputs(cross: Cross, table: DecisionTable) -> None:
    """Judge inputs that can only be outputs; columns of the unit are known when it is compiled."""
    for index, name in enumerate(table.inputs):
        other, dot, output = name.partition(".")
        if not dot or (other not in cross.named("tables") and not output):
            continue
        path = f"tables.{table.name}.inputs.{index}"
        cross.known(path, other, "table", "tables")
        found = cross.charter.tables.get(other)
        if found is not None and output not in {one.name for one in found.outputs}:
            names = [one.name for one in found.outputs]
            near = did_you_mean(output, names)
            cross.at_value(
                "charter/unknown-name",
                f"table `{other}` has no output `{output[:60]}`",
                path,
                note=f"its outputs are {listing(names)}",
                help=f"write `{other}.{near or names[0]}`",
            )


def _missing(cross: Cross, table: DecisionTable) -> None:
    path = f"tables.{table.name}.missing"
    for name in table.missing:
        if name not in table.inputs:
            near = did_you_mean(name, table.inputs)
            cross.at_key(
                "charter/unknown-name",
                f"`{name[:60]}` is no input of table `{table.name}`",
                f"{path}.{name}",
                note=f"its inputs are {listing(table.inputs)}",
                help=f"write `{near}`" if near else "name an input, or delete it",
            )
        elif name in cross.named("bands"):
            cross.at_key(
                "charter/bad-table",
                f"band `{name}` has its own label for missing values",
                f"{path}.{name}",
                note="rules name that label, and a band is never missing itself",
                help=f"delete it here; `bands.{name}.missing` says the label, and a `hold` of its "
                "signal keeps earlier values",
            )
        elif "." in name and not _may_give_nothing(cross, name):
            cross.at_key(
                "charter/bad-table",
                f"`{name}` is never missing",
                f"{path}.{name}",
                note="a unit for which the other table decides nothing is blocked",
                help="delete it",
            )


def _may_give_nothing(cross: Cross, name: str) -> bool:
    """Whether an output of another table may be missing on purpose."""
    other = cross.charter.tables.get(name.partition(".")[0])
    return other is None or bool(other.accepted_gaps)


def _accepted_gaps(cross: Cross, table: DecisionTable) -> None:
    for index, gap in enumerate(table.accepted_gaps):
        for name in gap.where:
            if name not in table.inputs:
                near = did_you_mean(name, table.inputs)
                cross.at_key(
                    "charter/unknown-name",
                    f"`{name[:60]}` is no input of table `{table.name}`",
                    f"tables.{table.name}.accepted_gaps.{index}.where.{name}",
                    note=f"its inputs are {listing(table.inputs)}",
                    help=f"write `{near}`" if near else "name an input, or delete it",
                )


def _circles(cross: Cross) -> None:
    """Report each table that rests on itself, once per circle."""
    tables = cross.charter.tables
    reported: set[str] = set()
    for name in tables:
        circle = _circle(name, {n: tuple(_tables_in(t)) for n, t in tables.items()})
        if circle and not reported & set(circle):
            reported |= set(circle)
            cross.at_value(
                "charter/bad-table",
                f"tables rest on each other in a circle: {' → '.join(circle)}",
                f"tables.{name}.inputs",
                help="take one of them out of the circle",
            )


def _tables_in(table: DecisionTable) -> Iterator[str]:
    """The tables whose outputs a table looks at."""
    for name in table.inputs:
        other, dot, _ = name.partition(".")
        if dot:
            yield other


def _circle(start: str, edges: dict[str, tuple[str, ...]]) -> list[str]:
    """A way from `start` back to itself, or nothing."""
    waiting: list[list[str]] = [[start]]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        for other in edges.get(path[-1], ()):
            if other == start:
                return [*path, start]
            if other not in seen:
                seen.add(other)
                waiting.append([*path, other])
    return []


# Together -----------------------------------------------------------------------------------


def _same_columns(cross: Cross) -> None:
    """Two outputs whose columns of the result would have one name."""
    taken: dict[str, str] = {}
    for table in cross.charter.tables.values():
        for output in table.outputs:
            column = _column(table, output)
            other = taken.setdefault(column, table.name)
            if other != table.name:
                cross.at_key(
                    "charter/name-clash",
                    f"outputs of the tables `{other}` and `{table.name}` would share the column "
                    f"`{column}`",
                    f"tables.{table.name}",
                    help="rename one of the tables",
                )


def _column(table: DecisionTable, output: OutputColumn) -> str:
    return f"out_{table.name}_{output.name}"


def _outcome(cross: Cross) -> None:
    tables = cross.named("tables")
    name = cross.charter.outcome
    if name:
        cross.known("outcome", name, "table", "tables")
    elif len(tables) > 1 and cross.block("outcome") is None:
        cross.at_key(
            "charter/no-outcome",
            f"the charter has {len(tables)} tables and does not say which one decides the outcome",
            "tables",
            note="the first output of one table is what is to be done with a unit",
            help=f"add `outcome: {_last(cross.charter.tables.values(), tables)}`",
        )


def _last(read: Iterable[DecisionTable], names: Iterable[str]) -> str:
    """The table that is likely meant to decide: one at which no other looks."""
    looked_at = {name.partition(".")[0] for table in read for name in table.inputs}
    return next((name for name in names if name not in looked_at), next(iter(names)))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
