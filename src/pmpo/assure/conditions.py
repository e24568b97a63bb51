"""Conditions over units: of triggers, of the purpose's target, of what jumps the queue or is taken.

They are compiled like the scope, so that a name or type that is wrong is found before somebody
waits for a trigger. Then every combination of values that they tell apart is tried: a condition
that holds for none can never hold, whatever is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pmpo import sql
from pmpo.assure.truth import Truth, Variable, compared, literal, name_in, possible
from pmpo.charter.suggest import listing
from pmpo.compile.formula import Formula, Report, did_you_mean, parse
from pmpo.compile.plan import Plan
from pmpo.compile.scope import ConditionExpressions, Names
from pmpo.compile.types import ERROR, REAL, TEXT, Type, Typed
from pmpo.diagnostics import Diagnostic, has_errors
from pmpo.evaluate.conditions import outputs_by_name
from pmpo.model.charter import Charter
from pmpo.model.table import SIGNAL
from pmpo.rules.decision import Decision
from pmpo.rules.orders import Days, Labels, Numbers, Texts
from pmpo.sql import exp


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition of the charter and what it is for.

    Args:
        kept: it is asked of what an evaluation keeps, and of nothing else.
    """

    formula: Formula
    what: str
    never: str
    always: str
    kept: bool = False


_TOGETHER: Final = _Condition(
    Formula("ranking.take.requires", ""),
    "all conditions of `requires` together",
    "can never hold, so that nobody is taken by rank",
    "hold, whatever is measured, and keep nobody out",
)


def check_conditions(
    charter: Charter, plan: Plan, decisions: Mapping[str, Decision]
) -> Iterator[Diagnostic]:
    """Everything wrong with the conditions of a charter.

    Args:
        decisions: the tables that could be read; conditions may name what they give.
    """
    known = _Known(charter, plan, decisions)
    required = []
    for condition in _conditions(charter):
        report = Report(charter.places)
        tree = parse(condition.formula, report)
        if tree is not None:
            known.compile(condition, tree, report)
        yield from report.findings
        if tree is not None and not has_errors(report.findings):
            reached = list(_reach(charter, condition, tree, known))
            yield from reached
            required += [tree] if condition.kept and not reached else []
    if len(required) > 1:
        yield from _reach(charter, _TOGETHER, sql.every(required), known)


def _conditions(charter: Charter) -> Iterator[_Condition]:
    for name, trigger in charter.triggers.items():
        if trigger.when:
            yield _Condition(
                Formula(f"triggers.{name}.when", trigger.when),
                f"trigger `{name}`",
                "can never fire",
                "fires for every unit, whatever is measured",
            )
    if charter.purpose.target:
        yield _Condition(
            Formula("purpose.target", charter.purpose.target),
            "the target of the purpose",
            "can never be reached",
            "is reached, whatever is measured",
        )
    if charter.ranking is not None and charter.ranking.bypass:
        yield _Condition(
            Formula("ranking.bypass", charter.ranking.bypass),
            "the condition of `bypass`",
            "can never hold",
            "holds for every unit, whatever is measured",
        )
    take = charter.ranking.take if charter.ranking is not None else None
    for index, text in enumerate(take.requires if take is not None else ()):
        yield _Condition(
            Formula(f"ranking.take.requires.{index}", text),
            f"condition {index + 1} of `requires`",
            "can never hold, so that nobody is taken by rank",
            "holds, whatever is measured, and keeps nobody out",
            kept=True,
        )


class _Known:
    """Every name that a condition may use.

    Args:
        plan: types and columns of the charter's signals and units.
        decisions: tables whose outputs have names too; `table.output` where two share one.
    """

    def __init__(self, charter: Charter, plan: Plan, decisions: Mapping[str, Decision]) -> None:
        self.charter, self.plan = charter, plan
        self.types: dict[str, Type] = {}
        self.variables: dict[str, Variable] = {}
        self.labels: dict[str, tuple[str, ...]] = {}
        self._outputs(decisions)
        for name, band in charter.bands.items():
            self._label(name, (*band.labels, band.missing), can_be_missing=False)
        for name in charter.signals:
            self.types[name] = plan.types.get(SIGNAL + name, ERROR)

    def _outputs(self, decisions: Mapping[str, Decision]) -> None:
        """What tables give, by `table.output` and, where it is the only one, by its own name."""
        for name, (table, index) in outputs_by_name(self.charter).items():
            decision = decisions.get(table.name)
            output = decision.outputs[index] if decision else None
            if output is None:
                self.types[name] = ERROR
            elif output.kind == "number":
                self.types[name] = REAL
            else:
                labels = dict.fromkeys(rule.then[index] for rule in table.rules)
                self._label(name, tuple(labels), can_be_missing=True)

    def _label(self, name: str, labels: tuple[str, ...], *, can_be_missing: bool) -> None:
        self.types[name] = TEXT
        self.labels[name] = labels
        self.variables[name] = Variable(Labels(labels), can_be_missing)

    def _attribute(self, name: str, path: str) -> Typed | None:  # noqa: ARG002 - as the scope has it
        """A column of the unit's source, without asking for it in the measured table."""
        units = self.plan.units
        if name in self.charter.unit.key:
            return Typed(sql.column(name), TEXT)
        return Typed(sql.column(name), units.rows.type_of(name)) if units.rows.has(name) else None

    def compile(self, asked: _Condition, tree: exp.Expr, report: Report) -> None:
        """Report every fault of a condition."""
        formula, looked_at = asked.formula, dict.fromkeys(self.charter.unit.key)

        def attribute(name: str, path: str) -> Typed | None:
            looked_at[name] = None
            return self._attribute(name, path)

        given = {name: Typed(sql.column(name), kind) for name, kind in self.types.items()}
        names = Names({}, self.plan.units.rows.names(), attribute, given)
        day, dialect = self.plan.moments.as_of.date(), self.plan.dialect
        condition = ConditionExpressions(formula, report, self.charter, names, day, dialect)
        condition.whole_condition(tree)
        for node in tree.walk():
            self._labels_in(node, formula, report)
        for name in looked_at if asked.kept else ():
            self._not_kept(name, formula, tree, report)

    def _not_kept(self, name: str, formula: Formula, tree: exp.Expr, report: Report) -> None:
        """Report a column of the unit's source that evaluations do not hold."""
        units = self.plan.units
        if name in (*self.charter.unit.key, *units.attributes) or not units.rows.has(name):
            return
        places = [node for node in tree.find_all(exp.Column) if node.name == name]
        report.add(
            "condition/not-kept",
            f"no evaluation keeps the column `{name}` of `{units.rows.source.name}`",
            formula,
            places[0] if places else None,
            note="who is taken follows from an evaluation alone, also years later",
            help="make a signal of it; or name it in `scope`, in a decision table, or under "
            "`parents` of the unit",
        )

    def _labels_in(self, node: exp.Expr, formula: Formula, report: Report) -> None:
        """Report texts that a band or an output is compared with and never is."""
        name, others = compared(node)
        if name not in self.labels:
            return
        for other in others:
            text = literal(other)
            if isinstance(text, str) and text not in self.labels[name]:
                report.add(
                    "condition/unknown-label",
                    f"`{name}` is never `{text[:60]}`",
                    formula,
                    other,
                    label=did_you_mean(text, self.labels[name]),
                    note=f"it is one of {listing(self.labels[name])}",
                    help="write one of these",
                )

    def reach(self, tree: exp.Expr) -> Truth:
        """All that a condition can be."""
        variables = {
            name: known
            for name in {name_in(node) for node in tree.walk()}
            if (known := self._variable(name, tree)) is not None
        }
        with sql.recursing():
            return possible(tree, variables)

    def _variable(self, name: str, tree: exp.Expr) -> Variable | None:
        """What a name can be; None where nothing is known about it."""
        if name in self.variables:
            return self.variables[name]
        values = [
            literal(other)
            for node in tree.walk()
            for compared_name, others in [compared(node)]
            if compared_name == name
            for other in others
        ]
        kind = self.types.get(name)
        signal = self.charter.signals.get(name)
        if kind is None:
            found = self._attribute(name, "") if name else None
            kind = found.type if found is not None else None
        if kind is None:
            return None
        if kind.kind == "text":
            return Variable(Texts(value for value in values if isinstance(value, str)))
        if kind.kind == "date":
            return Variable(Days())
        if not kind.numeric:
            return None
        digits = [-int(v.as_tuple().exponent) for v in values if isinstance(v, Decimal)]
        return Variable(Numbers(signal.precision if signal else max(digits, default=0) + 1))


def _reach(
    charter: Charter, condition: _Condition, tree: exp.Expr, known: _Known
) -> Iterator[Diagnostic]:
    """A condition that holds never, or always."""
    can_be = known.reach(tree)
    if True not in can_be:
        code, fact = "condition/never", condition.never
        note = "no combination of values makes it true"
    elif can_be == {True}:
        code, fact = "condition/always", condition.always
        note = "every combination of values makes it true"
    else:
        return
    path = condition.formula.path
    yield Diagnostic(
        code,
        "warning",
        f"{condition.what} {fact}",
        span=charter.places.value(path),
        path=path,
        note=note,
        help="change the condition, or delete it",
    )
