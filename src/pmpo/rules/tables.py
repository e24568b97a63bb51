"""Decision tables as SQL: one CASE that says which rule decides, and which rules hold as bits.

Every CASE begins with what is missing. What it gives is a whole number, the *pick*: from 1 the
place of the deciding rule, 0 where no rule holds, -1 where several hold that may not, -2 where no
rule is needed, and from -3 downwards what the unit lacks, in the order of `lacking`. Texts and
numbers are looked up from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Final

from pmpo import sql
from pmpo.model.charter import ParamRef
from pmpo.model.meta import no_items
from pmpo.rules.cells import Cell, Compare, Constant, IsMissing, Operand, Param, Range, Test, Value
from pmpo.rules.decision import DIGITS_MAX, Decision, Given, Output
from pmpo.rules.decision_sets import analyse_decision
from pmpo.rules.domains import Domain
from pmpo.sql import exp

GAP: Final = 0
SEVERAL: Final = -1
ACCEPTED: Final = -2
LACKING: Final = -3
CARRIED: Final = "carried_"
WORD_BITS: Final = 62
"""Rules per word of bits: a 64-bit whole number has a sign, and one bit is left."""

_ANALYSED_MAX: Final = 100
_BETWEEN_IDS: Final = ", "
_COMPARE: Final[dict[str, type[exp.Binary]]] = {
    "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE, "=": exp.EQ,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something without which a unit gets no outcome: an input's value, or a parameter's number."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Carried:
    """The value that stands in for a missing one, and of which moment it is; null without one."""

    value: exp.Expr
    of: exp.Expr


@dataclass(frozen=True, slots=True)
class TableSql:
    """One decision table as SQL.

    Args:
        inputs: the value of each input, null where it is missing, over the columns of the source.
        numbers: the number of each parameter as a double, null where it has none.
        amounts: the same as an exact decimal, for outputs.
        carried: of each input with a `max_age`, what is young enough to stand in for it.
    """

    decision: Decision
    inputs: Mapping[str, exp.Expr]
    numbers: Mapping[str, exp.Expr]
    amounts: Mapping[str, exp.Expr]
    carried: Mapping[str, Carried] = field(default_factory=no_items)

    @property
    def prefix(self) -> str:
        """What the names of columns begin with that one step hands to the next."""
        return f"table_{self.decision.name}_"

    @property
    def needs_bits(self) -> bool:
        """Whether it has to be known of every rule whether it holds."""
        hit = self.decision.hit
        return hit in ("ANY", "COLLECT") or (hit == "UNIQUE" and not never_two(self.decision))

    @property
    def lacking(self) -> tuple[Lacking, ...]:
        """What a unit may lack: -3, -4 and so on are their picks."""
        decision = self.decision
        blocking = [Lacking("inputs", one.name) for one in decision.inputs if one.blocks]
        return (*blocking, *(Lacking("parameters", name) for name in decision.parameters))

    # Steps --------------------------------------------------------------------------------

    def steps(self, source: str) -> Iterator[tuple[str, str, exp.Select]]:
        """Name, comment and statement of each step; the first reads the step `source`.

        The last adds `rule_<table>` and `out_<table>_<output>` to the columns of the source.
        """
        name = self.decision.name
        steps = [("asked", "its inputs and parameters, for each unit", self._asked())]
        if self.needs_bits:
            steps.append(("hits", "one bit for each rule that holds", list(self._bits())))
        steps.append(("picked", "which rule decides, or why none does", [self._named_pick()]))
        steps.append(("ruled", "the rule by its name, and what it gives", list(self.results())))
        for part, told, columns in steps:
            step = f"{self.prefix}{part}"
            every = [exp.Star(), *columns]
            yield step, f"table {name}: {told}", sql.select(every, sql.table(source))
            source = step

    def _asked(self) -> list[exp.Expr]:
        decision = self.decision
        columns = []
        for one in decision.inputs:
            value, stand_in = self.inputs[one.name].copy(), []
            if one.max_age is not None:
                carried = self.carried[one.name]
                stand_in.append(carried.value.copy())
                of = sql.case([(sql.is_null(value.copy()), carried.of.copy())])
                columns.append(sql.named(of, self.carried_column(one.name)))
            if one.default is not None:
                stand_in.append(_constant(one.default))
            if stand_in:
                value = exp.Coalesce(this=value, expressions=stand_in)
            columns.append(sql.named(value, self._input(one.name).name))
        columns += [
            sql.named(self.numbers[name].copy(), self._number(name).name)
            for name in decision.parameters
        ]
        columns += [
            sql.named(self.amounts[name].copy(), self._amount(name).name)
            for name in decision.amounts
        ]
        return columns

    def carried_column(self, name: str) -> str:
        """The column that says of which moment the value is that stands in for a missing one."""
        return carried_column(self.decision.name, name)

    def _input(self, name: str) -> exp.Column:
        index = [one.name for one in self.decision.inputs].index(name)
        return sql.column(f"{self.prefix}in_{index + 1}")

    def _number(self, name: str) -> exp.Column:
        return sql.column(f"{self.prefix}number_{name}")

    def _amount(self, name: str) -> exp.Column:
        return sql.column(f"{self.prefix}amount_{name}")

    def _named_pick(self) -> exp.Expr:
        return sql.named(self.pick(), self.picked.name)

    def results(self) -> Iterator[exp.Expr]:
        """The columns of the result: the rule, and each output."""
        name = self.decision.name
        yield sql.named(self.rule(), f"rule_{name}")
        for output, node in self.outputs():
            yield sql.named(node, f"out_{name}_{output.name}")

    # Conditions ---------------------------------------------------------------------------

    def condition(self, index: int) -> exp.Expr:
        """Whether rule `index` holds; true only where it does, else false or null."""
        return self._all_hold(self.decision.rules[index].cells)

    def _all_hold(self, cells: Sequence[Cell]) -> exp.Expr:
        parts = [
            self._cell(cell, self._input(one.name), one.domain)
            for cell, one in zip(cells, self.decision.inputs, strict=True)
            if not cell.any
        ]
        return sql.every(parts) if parts else exp.true()

    def _cell(self, cell: Cell, value: exp.Expr, domain: Domain) -> exp.Expr:
        asks = any(isinstance(test, IsMissing) for test in cell.tests)
        tests = [self._test(t, value) for t in cell.tests if not isinstance(t, IsMissing)]
        tests = _listed(cell, value, domain.labels) or tests
        missing, present = sql.is_null(value.copy()), sql.not_null(value.copy())
        if not cell.negated:
            return sql.either([*tests, *([missing] if asks else [])])
        # A missing value that rules may meet is one value more: it is not what is listed.
        if asks:
            return sql.every([present, *([_negation(tests)] if tests else [])])
        is_met = domain.missing is not None
        return sql.either([missing, _negation(tests)]) if is_met else _negation(tests)

    def _test(self, test: Test, value: exp.Expr) -> exp.Expr:
        if isinstance(test, Compare):
            if isinstance(test.operand, Param) or not isinstance(test.operand.value, bool):
                kind = _COMPARE[test.operator]
                return sql.binary(kind, value.copy(), self._operand(test.operand))
            return value.copy() if test.operand.value else exp.Not(this=sql.operand(value.copy()))
        assert isinstance(test, Range)
        low = sql.binary(
            exp.GTE if test.low_closed else exp.GT, value.copy(), self._operand(test.low)
        )
        high = sql.binary(
            exp.LTE if test.high_closed else exp.LT, value.copy(), self._operand(test.high)
        )
        return sql.every([low, high])

    def _operand(self, operand: Operand) -> exp.Expr:
        if isinstance(operand, Param):
            return self._number(operand.id)
        return _constant(operand.value)

    # Bits ---------------------------------------------------------------------------------

    def _bits(self) -> Iterator[exp.Expr]:
        """Words of bits; bit i of word w is 1 where rule 62·w + i holds."""
        for word in range(self._words):
            first = word * WORD_BITS
            parts = [
                sql.case(
                    [(self.condition(index), sql.integer(1 << (index - first)))], sql.integer(0)
                )
                for index in range(first, min(first + WORD_BITS, len(self.decision.rules)))
            ]
            parts[0] = sql.cast(parts[0], "bigint")
            total = parts[0]
            for part in parts[1:]:
                total = exp.Add(this=total, expression=part)
            yield sql.named(total, self._word(word))

    @property
    def _words(self) -> int:
        return -(-len(self.decision.rules) // WORD_BITS)

    def _word(self, word: int) -> str:
        return f"{self.prefix}hits_{word + 1}"

    def _holds(self, index: int) -> exp.Expr:
        """Whether rule `index` holds, from its bit."""
        word, bit = divmod(index, WORD_BITS)
        masked = exp.BitwiseAnd(this=sql.column(self._word(word)), expression=sql.integer(1 << bit))
        return sql.binary(exp.NEQ, exp.Paren(this=masked), sql.integer(0))

    def _only(self, rules: Sequence[int]) -> exp.Expr:
        """Whether no other rule than these holds."""
        parts = []
        for word in range(self._words):
            mask = sum(1 << (i % WORD_BITS) for i in rules if i // WORD_BITS == word)
            column = sql.column(self._word(word))
            if mask:
                inside = exp.BitwiseAnd(this=column.copy(), expression=sql.integer(mask))
                parts.append(sql.binary(exp.EQ, column, exp.Paren(this=inside)))
            else:
                parts.append(sql.binary(exp.EQ, column, sql.integer(0)))
        return sql.every(parts)

    def _none_holds(self) -> exp.Expr:
        """Whether no rule holds, from the bits."""
        words = [
            sql.binary(exp.EQ, sql.column(self._word(word)), sql.integer(0))
            for word in range(self._words)
        ]
        return sql.every(words)

    # Pick ---------------------------------------------------------------------------------

    def pick(self) -> exp.Expr:
        """Which rule decides, or why none does."""
        branches: list[tuple[exp.Expr, exp.Expr]] = [
            (sql.is_null(self._lacked(one)), sql.integer(LACKING - i))
            for i, one in enumerate(self.lacking)
        ]
        decision = self.decision
        accepted = [(self._all_hold(cells), sql.integer(ACCEPTED)) for cells in decision.accepted]
        if not self.needs_bits:
            branches += [(self.condition(i), sql.integer(i + 1)) for i in decision.asked()]
            return sql.case([*branches, *accepted], sql.integer(GAP))
        if not decision.needs_a_rule:
            return sql.case(branches, sql.integer(1))
        branches += [(sql.every([self._none_holds(), where]), to) for where, to in accepted]
        branches.append((self._none_holds(), sql.integer(GAP)))
        if decision.hit == "COLLECT":
            return sql.case(branches, sql.integer(1))
        if decision.hit == "UNIQUE":
            branches += [
                (self._only([index]), sql.integer(index + 1))
                for index in range(len(decision.rules))
            ]
        else:
            for rules in self._agreeing():
                agreed = self._only(rules)
                branches += [
                    (sql.every([agreed.copy(), self._holds(i)]), sql.integer(i + 1)) for i in rules
                ]
        return sql.case(branches, sql.integer(SEVERAL))

    def _lacked(self, one: Lacking) -> exp.Expr:
        return self._input(one.name) if one.kind == "inputs" else self._number(one.name)

    def _agreeing(self) -> list[list[int]]:
        """Rules that give the same, as they are written, in order of the first of each group."""
        groups: dict[tuple[Given, ...], list[int]] = {}
        for index, rule in enumerate(self.decision.rules):
            groups.setdefault(rule.gives, []).append(index)
        return list(groups.values())

    @property
    def picked(self) -> exp.Column:
        """The column that holds the pick."""
        return sql.column(f"{self.prefix}pick")

    # Results ------------------------------------------------------------------------------

    def rule(self) -> exp.Expr:
        """The id of the deciding rule; of all that hold where they are collected, or disagree."""
        ids = [rule.id for rule in self.decision.rules]
        nothing = sql.cast(sql.null(), "text")
        if self.decision.hit == "COLLECT":
            decided = sql.binary(exp.GT, self.picked, sql.integer(0))
            return sql.case([(decided, self._all_ids())], nothing)
        branches = self._by_pick([sql.text(id) for id in ids])
        if self.needs_bits:
            several = sql.binary(exp.EQ, self.picked, sql.integer(SEVERAL))
            branches.append((several, self._all_ids()))
        return sql.case(branches, nothing)

    def _by_pick(self, values: Sequence[exp.Expr]) -> list[tuple[exp.Expr, exp.Expr]]:
        return [
            (sql.binary(exp.EQ, self.picked, sql.integer(i + 1)), value)
            for i, value in enumerate(values)
        ]

    def _all_ids(self) -> exp.Expr:
        """The ids of all rules that hold, as `rule_ids` reads them."""
        parts = [
            sql.case([(self._holds(i), sql.text(f"{_BETWEEN_IDS}{rule.id}"))], sql.text(""))
            for i, rule in enumerate(self.decision.rules)
        ]
        joined = parts[0]
        for part in parts[1:]:
            joined = exp.DPipe(this=joined, expression=part)
        return sql.call("SUBSTR", joined, sql.integer(len(_BETWEEN_IDS) + 1))

    def outputs(self) -> Iterator[tuple[Output, exp.Expr]]:
        """Each output and its value, null where the table decides nothing."""
        for position, output in enumerate(self.decision.outputs):
            values = [rule.gives[position] for rule in self.decision.rules]
            if self.decision.hit == "COLLECT":
                yield output, self._collected(output, values)
                continue
            given = [self._given(output, value) for value in values]
            yield output, sql.case(self._by_pick(given), _nothing(output))

    def _given(self, output: Output, value: Given) -> exp.Expr:
        if isinstance(value, str):
            return sql.text(value)
        amount = self._amount(value.id) if isinstance(value, ParamRef) else sql.exact(value)
        return sql.cast(amount, _type(output))

    def _collected(self, output: Output, values: Sequence[Given]) -> exp.Expr:
        decision = self.decision
        decided = sql.binary(exp.GT, self.picked, sql.integer(0))
        if decision.aggregate == "COUNT":
            given: list[exp.Expr] = [sql.integer(1) for _ in values]
        else:
            given = [self._given(output, value) for value in values]
        adds = decision.aggregate in ("SUM", "COUNT")
        zero = sql.cast(sql.integer(0), _type(output))
        parts = [
            sql.case([(self._holds(i), value)], zero.copy() if adds else _nothing(output))
            for i, value in enumerate(given)
        ]
        if adds:
            total = parts[0]
            for part in parts[1:]:
                total = exp.Add(this=total, expression=part)
        elif len(parts) == 1:
            total = parts[0]
        else:
            kind = exp.Least if decision.aggregate == "MIN" else exp.Greatest
            total = kind(this=parts[0], expressions=parts[1:], ignore_nulls=True)
        return sql.case([(decided, sql.cast(total, _type(output)))], _nothing(output))


def rule_ids(told: str | None) -> tuple[str, ...]:
    """The ids in a column `rule_<table>`: several where rules are collected, or disagree."""
    return tuple(told.split(_BETWEEN_IDS)) if told else ()


def carried_column(table: str, name: str) -> str:
    """The column that says of which moment a carried value is, null where none is carried."""
    return f"{CARRIED}{table}.{name}"


@lru_cache(maxsize=64)
def never_two(decision: Decision) -> bool:
    """Whether it is certain that no two rules hold for the same values.

    That is asked of tables of a usual size without parameters, on numbers that are rounded.
    """
    rounded = all(
        one.domain.kind != "number" or one.domain.precision is not None for one in decision.inputs
    )
    if decision.parameters or not rounded or len(decision.rules) > _ANALYSED_MAX:
        return False
    found = analyse_decision(decision)
    return not found.overlapping and not found.gave_up


def _type(output: Output) -> str:
    return f"decimal({DIGITS_MAX},{output.scale})" if output.scale else "bigint"


def _nothing(output: Output) -> exp.Expr:
    return sql.cast(sql.null(), "text" if output.kind == "text" else _type(output))


def _constant(value: Value) -> exp.Expr:
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, Decimal):
        return sql.real(value)
    return sql.text(value) if isinstance(value, str) else sql.day(value)


def _negation(tests: Sequence[exp.Expr]) -> exp.Expr:
    return exp.Not(this=exp.Paren(this=sql.either(tests)))


def _listed(cell: Cell, value: exp.Expr, labels: Sequence[str]) -> list[exp.Expr]:
    """`value IN (…)` for a cell of several values; nothing for any other.

    Where labels are all that there is and fewer are left out than listed, those are compared: one
    comparison in place of two is a fifth less work for a table of ten rules. A missing value makes
    both of them unknown.
    """
    constants = [
        test.operand.value
        for test in cell.tests
        if isinstance(test, Compare) and test.operator == "=" and isinstance(test.operand, Constant)
    ]
    if len(constants) < 2 or len(constants) < len(cell.tests) or isinstance(constants[0], bool):
        return []
    others = [label for label in labels if label not in constants]
    if len(others) == 1:
        return [sql.binary(exp.NEQ, value.copy(), sql.text(others[0]))]
    if 0 < len(others) < len(set(constants)):
        left_out = [sql.text(label) for label in others]
        return [exp.Not(this=exp.In(this=value.copy(), expressions=left_out))]
    return [exp.In(this=value.copy(), expressions=[_constant(one) for one in constants])]
