"""A decision table as it is meant: typed inputs, rules of conditions, outputs with exact digits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from pmpo.model.charter import DecisionTable, Parameter, ParamRef
from pmpo.model.time import Duration
from pmpo.rules.cells import (
    ANY,
    Cell,
    CellError,
    CellFault,
    Param,
    Value,
    numbers_of,
    parse_cell,
)
from pmpo.rules.domains import Domain, fit, fit_value

Hit = Literal["UNIQUE", "ANY", "FIRST", "PRIORITY", "COLLECT"]
Aggregate = Literal["SUM", "MIN", "MAX", "COUNT"]
Given = Decimal | str | ParamRef
"""What a rule gives for one output."""

DIGITS_MAX: Final = 18
_NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
_DEFAULTS: Final = {
    "number": "write a number, such as `0`",
    "date": "write a day, such as `2024-01-31`",
    "boolean": "write `true` or `false`",
}
_PARAM: Final = re.compile(r"""PARAM\(\s*(['"])([a-z0-9][a-z0-9_-]*)\1\s*\)""")


@dataclass(frozen=True, slots=True)
class Input:
    """One column of conditions.

    With a `max_age` the value last known stands in for a missing one while it is not older. What
    is missing then is replaced by the default, or met by the rules under `domain.missing`; without
    either it blocks the unit before any rule is asked.
    """

    name: str
    domain: Domain
    default: Value | None = None
    max_age: Duration | None = None

    @property
    def blocks(self) -> bool:
        """Whether a missing value leaves the unit without an outcome."""
        return self.default is None and self.domain.missing is None


@dataclass(frozen=True, slots=True)
class Output:
    """One column of results: texts or exact numbers.

    Args:
        scale: of a number, the digits behind the point.
        values: of a text, all it can be, the one with the highest priority first.
    """

    name: str
    kind: Literal["text", "number"]
    scale: int = 0
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """One row: all its cells must hold."""

    id: str
    cells: tuple[Cell, ...]
    gives: tuple[Given, ...]
    because: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision table that has been read without faults.

    `accepted` are the gaps that somebody answers for, a cell per input.
    """

    name: str
    hit: Hit
    aggregate: Aggregate | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[DecisionRule, ...]
    accepted: tuple[tuple[Cell, ...], ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that cells and outputs name, in order of first use."""
        found: dict[str, None] = {}
        for gap in self.accepted:
            found.update(dict.fromkeys(p.id for cell in gap for p in numbers_of(cell)))
        for rule in self.rules:
            found.update(dict.fromkeys(p.id for cell in rule.cells for p in numbers_of(cell)))
        return tuple(dict.fromkeys((*found, *self.amounts)))

    @property
    def amounts(self) -> tuple[str, ...]:
        """The parameters that outputs name, in order of first use."""
        given = (one for rule in self.rules for one in rule.gives)
        return tuple(dict.fromkeys(one.id for one in given if isinstance(one, ParamRef)))

    @property
    def needs_a_rule(self) -> bool:
        """Whether a value for which no rule holds is a fault: a sum or count of nothing is 0."""
        return self.aggregate not in ("SUM", "COUNT")

    def asked(self) -> tuple[int, ...]:
        """The positions of the rules in the order in which the first that holds wins."""
        return tuple(sorted(range(len(self.rules)), key=self._rank))

    def _rank(self, index: int) -> tuple[int, ...]:
        if self.hit != "PRIORITY":
            return ()
        given = zip(self.rules[index].gives, self.outputs, strict=True)
        return tuple(out.values.index(one) for one, out in given if one in out.values)


@dataclass(frozen=True, slots=True)
class TableFault:
    """A fault with its place: the path below the table, and the text that stands there."""

    path: str
    text: str
    fault: CellFault


Faults = list[TableFault]


def read_table(
    table: DecisionTable,
    domains: Mapping[str, Domain | None],
    parameters: Mapping[str, Parameter],
) -> tuple[Decision | None, tuple[TableFault, ...]]:
    """Read a table's texts.

    Args:
        domains: what each input can be; None where that is not known, because it has faults of
            its own: its cells are then only parsed.
    Returns: the table unless something is wrong or unknown, and every fault.
    """
    faults: Faults = []
    inputs = [_input(table, name, domains.get(name), faults) for name in table.inputs]
    outputs = _outputs(table, parameters, faults)
    rules = []
    for index, rule in enumerate(table.rules):
        path = f"rules.{index}"
        cells = tuple(
            _cell(text, one.domain if one is not None else None, f"{path}.when.{i}", faults)
            for i, (text, one) in enumerate(zip(rule.when, inputs, strict=False))
        )
        for i, cell in enumerate(cells):
            faults += _unknown_parameters(cell, f"{path}.when.{i}", parameters)
        gives = tuple(_given(text) for text in rule.then)
        rules.append(DecisionRule(rule.id, cells, gives, rule.because))
    accepted = _accepted(table, inputs, parameters, faults)
    known = [one for one in inputs if one is not None]
    if faults or len(known) < len(inputs):
        return None, tuple(faults)
    decision = Decision(
        table.name,
        table.hit,
        table.aggregate,
        tuple(known),
        tuple(outputs),
        tuple(rules),
        accepted,
    )
    return decision, ()


def _accepted(
    table: DecisionTable,
    inputs: Sequence[Input | None],
    parameters: Mapping[str, Parameter],
    faults: Faults,
) -> tuple[tuple[Cell, ...], ...]:
    """The accepted gaps, each with a cell per input; what is not named may be anything."""
    found = []
    for index, gap in enumerate(table.accepted_gaps):
        cells = []
        for name, one in zip(table.inputs, inputs, strict=True):
            path = f"accepted_gaps.{index}.where.{name}"
            domain = one.domain if one is not None else None
            cell = _cell(gap.where[name], domain, path, faults) if name in gap.where else ANY
            faults += _unknown_parameters(cell, path, parameters)
            cells.append(cell)
        found.append(tuple(cells))
    return tuple(found)


def output_domain(table: DecisionTable, output: Output) -> Domain:
    """What an output can be where it is the input of another table."""
    index = [one.name for one in table.outputs].index(output.name)
    given = dict.fromkeys(rule.then[index] for rule in table.rules)
    if output.kind == "number":
        numbers = _possible(table, [_given(text) for text in given])
        return Domain("number", precision=output.scale, numbers=numbers)
    return Domain("label", labels=output.values or tuple(given))


def _possible(table: DecisionTable, given: Sequence[Given]) -> tuple[Decimal, ...]:
    """Every number a table can give; empty where parameters or a sum leave that open."""
    if table.aggregate == "COUNT":
        return tuple(Decimal(count) for count in range(len(table.rules) + 1))
    numbers = tuple(one for one in given if isinstance(one, Decimal))
    return () if table.aggregate == "SUM" or len(numbers) < len(given) else numbers


# Inputs -------------------------------------------------------------------------------------


def _input(table: DecisionTable, name: str, domain: Domain | None, faults: Faults) -> Input | None:
    missing = table.missing.get(name)
    if domain is None:
        return None
    if missing is None:
        return Input(name, domain)
    if missing.policy == "block":
        return Input(name, domain, max_age=missing.max_age)
    if missing.policy == "label":
        labelled = replace(domain, missing=missing.value)
        return Input(name, labelled, max_age=missing.max_age)
    try:
        value = _default(missing.value, domain)
    except CellError as error:
        fault = replace(error.fault, help=_DEFAULTS.get(domain.kind, error.fault.help))
        faults.append(TableFault(f"missing.{name}.default", missing.value, fault))
        return Input(name, domain)
    return Input(name, domain, value, missing.max_age)


def _default(text: str, domain: Domain) -> Value:
    value: Value = text
    if domain.kind == "number" and _NUMBER.fullmatch(text):
        value = Decimal(text)
    elif domain.kind == "boolean" and text in ("true", "false"):
        value = text == "true"
    return fit_value(value, domain, (0, len(text)))


def _cell(text: str, domain: Domain | None, path: str, faults: Faults) -> Cell:
    try:
        cell = parse_cell(text)
    except CellError as error:
        faults.append(TableFault(path, text, error.fault))
        return ANY
    if domain is None:
        return cell
    fitted, found = fit(cell, domain)
    faults += [TableFault(path, text, fault) for fault in found]
    return fitted


def _unknown_parameters(
    cell: Cell, path: str, parameters: Mapping[str, Parameter]
) -> Iterator[TableFault]:
    for one in numbers_of(cell):
        if one.id not in parameters:
            yield TableFault(path, cell.text, _unknown_parameter(one, parameters))


def _unknown_parameter(one: Param, parameters: Mapping[str, Parameter]) -> CellFault:
    known = ", ".join(parameters)
    return CellFault(
        "charter/unknown-name",
        f"there is no parameter `{one.id[:60]}`",
        one.extent,
        note=f"parameters: {known}" if known else "",
        help=f"define `{one.id[:60]}` under `parameters`",
    )


# Outputs ------------------------------------------------------------------------------------


def _given(text: str) -> Given:
    match = _PARAM.fullmatch(text)
    if match is not None:
        return ParamRef(match[2])
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def _outputs(
    table: DecisionTable, parameters: Mapping[str, Parameter], faults: Faults
) -> list[Output]:
    found = []
    for index, column in enumerate(table.outputs):
        texts = [
            (f"rules.{r}.then.{index}", rule.then[index])
            for r, rule in enumerate(table.rules)
            if index < len(rule.then)
        ]
        if table.aggregate == "COUNT":
            found.append(Output(column.name, "number"))
            continue
        if column.values:
            faults += _outside(column.name, column.values, texts)
            found.append(Output(column.name, "text", values=column.values))
            continue
        found.append(_by_kind(table, column.name, texts, parameters, faults))
    if table.aggregate in ("SUM", "MIN", "MAX"):
        faults += (_not_collected(table, one) for one in found if one.kind == "text")
    return found


def _not_collected(table: DecisionTable, output: Output) -> TableFault:
    """What to say about texts that are to be added, or of which the least is asked for."""
    index = [one.name for one in table.outputs].index(output.name)
    fault = CellFault(
        "table/type",
        f"output `{output.name}` is a text, and `aggregate: {table.aggregate}` takes numbers",
        (0, len(output.name)),
        note="`COUNT` counts the rules that hold, whatever they give",
        help="give numbers, or write `hit: PRIORITY` and say in `values` which text comes first",
    )
    return TableFault(f"outputs.{index}", output.name, fault)


def _outside(
    name: str, values: Sequence[str], texts: Sequence[tuple[str, str]]
) -> Iterator[TableFault]:
    for path, text in texts:
        if text not in values:
            yield TableFault(
                path,
                text,
                CellFault(
                    "table/unknown-label",
                    f"`{text[:60]}` is not among the values of output `{name}`",
                    (0, len(text)),
                    note="`values`: " + ", ".join(values),
                    help="write one of these, or add it",
                ),
            )


def _by_kind(
    table: DecisionTable,
    name: str,
    texts: Sequence[tuple[str, str]],
    parameters: Mapping[str, Parameter],
    faults: Faults,
) -> Output:
    """An output whose kind its rules show: numbers if the first rule gives one."""
    given = [(path, text, _given(text)) for path, text in texts]
    is_text = bool(given) and isinstance(given[0][2], str)
    numbers: list[Decimal] = []
    for path, text, value in given:
        extent = (0, len(text))
        if isinstance(value, ParamRef):
            if value.id not in parameters:
                fault = _unknown_parameter(Param(value.id, extent), parameters)
                faults.append(TableFault(path, text, fault))
                continue
            setting = parameters[value.id].setting
            numbers += [n for dated in setting.values.values() for _, n in dated]
        elif isinstance(value, Decimal):
            numbers.append(value)
        if value == "-":
            faults.append(TableFault(path, text, _no_value(name, extent)))
        elif is_text != isinstance(value, str):
            faults.append(TableFault(path, text, _mixed(name, is_text, extent)))
    if is_text:
        return Output(name, "text")
    return _number_output(table, name, numbers, faults)


def _no_value(name: str, extent: tuple[int, int]) -> CellFault:
    return CellFault(
        "table/type",
        f"`-` gives output `{name}` no value",
        extent,
        note="`-` means any value in `when`; a rule gives one value for each output",
        help="write 0, or a word such as `none`",
    )


def _mixed(name: str, is_text: bool, extent: tuple[int, int]) -> CellFault:
    first, here = ("a text", "a number") if is_text else ("a number", "a text")
    return CellFault(
        "table/type",
        f"output `{name}` is {first} in the first rule and {here} here",
        extent,
        note="one output is one column of the result, of one type",
        help="write the same kind in every rule; a text that looks like a number needs `values`",
    )


def _number_output(
    table: DecisionTable, name: str, numbers: Sequence[Decimal], faults: Faults
) -> Output:
    scale = max((_places(number) for number in numbers), default=0)
    whole = max((len(str(int(abs(number)))) for number in numbers), default=1)
    if table.aggregate == "SUM":
        whole += len(str(len(table.rules)))
    if whole + scale > DIGITS_MAX:
        fault = CellFault(
            "table/type",
            f"output `{name}` needs {whole + scale} digits; {DIGITS_MAX} are possible",
            (0, len(name)),
            note=f"its numbers have up to {scale} digits behind the point",
            help="count in a larger unit, or write fewer digits",
        )
        index = [one.name for one in table.outputs].index(name)
        faults.append(TableFault(f"outputs.{index}", name, fault))
    return Output(name, "number", scale=scale)


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(-exponent, 0)
