"""What the decision tables of an evaluation said about one unit, and which they could not decide.

The results hold what was decided. Here the interpreter applies the same tables again, to say why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from pmpo.diagnostics import Diagnostic
from pmpo.evaluate.carried import CarriedWhy, last_known
from pmpo.evaluate.evaluate import column_types
from pmpo.evaluate.find import unit_of
from pmpo.evaluate.missing import Policies
from pmpo.evaluate.tables import attribute_column, read_tables
from pmpo.model.charter import Charter
from pmpo.model.evaluation import Evaluation
from pmpo.model.meta import no_items
from pmpo.model.rounding import shown
from pmpo.model.settings import for_segment
from pmpo.model.table import SIGNAL
from pmpo.model.time import zone
from pmpo.rules.decision import Decision
from pmpo.rules.interpret import Applied, Met, apply

if TYPE_CHECKING:
    import pyarrow as pa

GAP: Final = "rules"
SEVERAL: Final = "hit"


@dataclass(frozen=True, slots=True)
class CellWhy:
    """One condition of a rule: what was asked of the input, and whether it holds."""

    input: str
    cell: str
    holds: bool


@dataclass(frozen=True, slots=True)
class RuleWhy:
    """One rule of a table and whether it holds; `decides` where its outputs are the result."""

    id: str
    because: str
    holds: bool
    decides: bool
    cells: tuple[CellWhy, ...]


@dataclass(frozen=True, slots=True)
class TableWhy:
    """What one table says about a unit.

    Args:
        verdict: `decided`; `accepted`, no rule holds and none is needed; `gap`, no rule holds;
            `several` hold that may not; `lacking` a value.
        lacks: the input or parameter that is missing.
        values: the inputs as they were measured or carried; None is missing.
        defaults: what stands for those that are missing, where the table says so.
        accepted: why the charter accepts that no rule holds, and `owner`, who answers for that.
        carried: what was known last of inputs that the unit misses and the table carries.
        parameters: the numbers of the charter that the table names, for this unit on the day.
        gives: the outputs, as exact decimal text where they are numbers.
    """

    table: str
    verdict: str
    lacks: str
    values: Mapping[str, Any]
    parameters: Mapping[str, str | None]
    gives: Mapping[str, str] = field(default_factory=no_items)
    rules: tuple[RuleWhy, ...] = ()
    carried: Mapping[str, CarriedWhy] = field(default_factory=no_items)
    defaults: Mapping[str, Any] = field(default_factory=no_items)
    accepted: str = ""
    owner: str = ""

    @property
    def deciding(self) -> tuple[RuleWhy, ...]:
        """The rules whose outputs are the result."""
        return tuple(rule for rule in self.rules if rule.decides)

    @property
    def told(self) -> str:
        """The inputs and their values in one line."""
        return ", ".join(f"{name} {self.met(name)}" for name in self.values)

    def met(self, name: str) -> str:
        """The value of an input as rules see it, and that it is a default where it is one."""
        if name in self.defaults:
            return f"{value_text(self.defaults[name])} (missing)"
        return value_text(self.values[name])


def value_text(value: Met) -> str:
    """A value as people write it in a cell."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Tables:
    """The tables of one evaluation, ready to be applied to its units one by one."""

    charter: Charter
    evaluation: Evaluation

    @cached_property
    def decisions(self) -> Mapping[str, Decision]:
        """The tables in the order in which they are decided."""
        if not self.charter.tables:
            return {}
        return read_tables(self.charter, column_types(self.evaluation.table.data)).decisions

    @cached_property
    def day(self) -> date:
        """The day on which dated parameters are read."""
        return self.evaluation.as_of.astimezone(zone(self.charter.zone_name)).date()

    def applied(self, index: int) -> tuple[TableWhy, ...]:
        """What every table says about the unit in one row of the results.

        A table behind one that decided nothing lacks its output, and says so.
        """
        result = self.evaluation.results.slice(index, 1).to_pylist()[0]
        measured = self.evaluation.table.data.slice(index, 1).to_pylist()[0]
        decided: dict[str, Met] = {}
        found = []
        for decision in self.decisions.values():
            values = {
                one.name: self._value(one.name, result, measured, decided)
                for one in decision.inputs
            }
            amounts = {name: self._amount(name, measured) for name in decision.parameters}
            known = {
                name: last
                for name, value in values.items()
                if value is None and (last := self._last(decision.name, name, result)) is not None
            }
            standing = {name: last.value for name, last in known.items() if last.stands}
            applied = apply(decision, values, amounts, standing)
            names = [out.name for out in decision.outputs]
            gives = dict(zip(names, applied.gives, strict=False))
            decided.update({f"{decision.name}.{name}": gives.get(name) for name in names})
            told = _why(decision, applied, {**values, **standing}, amounts, known)
            if applied.accepted is not None:
                gap = self.charter.tables[decision.name].accepted_gaps[applied.accepted]
                told = replace(told, accepted=gap.because, owner=gap.owner)
            found.append(told)
        return tuple(found)

    def _last(self, table: str, name: str, result: Mapping[str, Any]) -> CarriedWhy | None:
        return last_known(self.charter, self.evaluation.as_of, table, name, result)

    def _value(
        self,
        name: str,
        result: Mapping[str, Any],
        measured: Mapping[str, Any],
        decided: Mapping[str, Met],
    ) -> Met:
        """The value of an input as the statement saw it."""
        charter = self.charter
        if name in charter.signals:
            value = measured[SIGNAL + name]
            if value is not None:
                return value  # type: ignore[no-any-return]  # of the signal's own type
            policies = Policies(charter, self.evaluation.waivers)
            return policies.constant(name, unit_of(charter, measured))
        if name in charter.bands:
            label = result[f"band_{name}"]
            return None if label == charter.bands[name].missing else str(label)
        if name in decided:
            return decided[name]
        value = measured[attribute_column(charter, name)]
        return value if not isinstance(value, float) or value - value == 0 else None

    def _amount(self, name: str, measured: Mapping[str, Any]) -> Decimal | None:
        setting = self.charter.parameters[name].setting
        parts = {by: measured[attribute_column(self.charter, by)] for by in setting.by}
        texts = {by: _segment(value) for by, value in parts.items() if value is not None}
        return for_segment(setting, texts, self.day)

    # Faults -------------------------------------------------------------------------------

    @cached_property
    def fault_count(self) -> int:
        """How many faults there are, without asking each why."""
        return sum(len(rows) for _, _, rows in self._faulty())

    def faults(self) -> Iterator[Diagnostic]:
        """Every unit that no rule, or too many, would decide: the unit, the rules, the values."""
        for name, path, rows in self._faulty():
            for row in rows:
                yield self._fault(name, path, row)

    def _faulty(self) -> Iterator[tuple[str, str, list[int]]]:
        """Tables with the rows that they could not decide, by kind of fault."""
        reasons = self.evaluation.results["reason"]
        for name in self.decisions:
            for kind in (GAP, SEVERAL):
                path = f"tables.{name}.{kind}"
                yield name, path, _rows_with(reasons, path)

    def _fault(self, name: str, path: str, row: int) -> Diagnostic:
        told = next(one for one in self.applied(row) if one.table == name)
        key = self.evaluation.results.slice(row, 1).to_pylist()[0]
        unit = unit_of(self.charter, key)
        if told.verdict == "several":
            ids = [rule.id for rule in told.rules if rule.holds]
            fact = f"rules {listed(ids)} of table `{name}` hold for {unit}: {told.told}"
            note = (
                "`hit: UNIQUE` allows one rule"
                if self.decisions[name].hit == "UNIQUE"
                else "`hit: ANY` allows several rules that give the same"
            )
            return _diagnostic("table/several-rules", fact, path, note)
        fact = f"no rule of table `{name}` holds for {unit}: {told.told}"
        return _diagnostic("table/no-rule", fact, path, "")


def _segment(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rows_with(reasons: pa.ChunkedArray, path: str) -> list[int]:
    import pyarrow as pa
    import pyarrow.compute as pc

    mask = pc.equal(reasons, pa.scalar(path, reasons.type))
    rows: list[int] = pc.indices_nonzero(mask).to_pylist()
    return rows


def _diagnostic(code: str, fact: str, path: str, note: str) -> Diagnostic:
    return Diagnostic(
        code,
        "error",
        fact,
        path=path,
        note=note,
        help="add or change a rule; until then the unit gets no recommendation",
    )


def listed(ids: Sequence[str]) -> str:
    """Names with `and` before the last."""
    return " and ".join([", ".join(ids[:-1]), ids[-1]]) if len(ids) > 1 else "".join(ids)


# Why --------------------------------------------------------------------------------------


def _why(
    decision: Decision,
    applied: Applied,
    values: Mapping[str, Met],
    amounts: Mapping[str, Decimal | None],
    known: Mapping[str, CarriedWhy],
) -> TableWhy:
    return TableWhy(
        table=decision.name,
        verdict=applied.verdict,
        lacks=applied.lacks,
        values={name: _plain(value) for name, value in values.items()},
        parameters={n: f"{one:f}" if one is not None else None for n, one in amounts.items()},
        gives={
            out.name: f"{shown(given, out.scale):f}" if isinstance(given, Decimal) else given
            for out, given in zip(decision.outputs, applied.gives, strict=False)
        },
        rules=tuple(_rules(decision, applied)),
        carried={name: replace(last, value=_plain(last.value)) for name, last in known.items()},
        defaults={
            one.name: _plain(one.default)
            for one in decision.inputs
            if one.default is not None and values[one.name] is None
        },
    )


def _plain(value: Met) -> Any:
    """A value that JSON can hold."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _rules(decision: Decision, applied: Applied) -> Iterator[RuleWhy]:
    collects = decision.hit == "COLLECT"
    for rule in decision.rules:
        holds = rule.id in applied.holding
        told = applied.cells.get(rule.id, ())
        cells = zip(decision.inputs, rule.cells, told, strict=False)
        yield RuleWhy(
            rule.id,
            rule.because,
            holds,
            rule.id == applied.rule or (collects and holds),
            tuple(CellWhy(one.name, cell.text, held) for one, cell, held in cells),
        )
