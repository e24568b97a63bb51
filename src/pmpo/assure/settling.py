"""Whether what calms the order may do so: periods that overlap are not several measurements."""

from __future__ import annotations

from collections.abc import Iterator

from pmpo.compile.formula import Formula, Report, parse
from pmpo.compile.plan import Plan
from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter
from pmpo.model.time import Duration
from pmpo.sql import exp


def check_settling(charter: Charter, plan: Plan) -> Iterator[Diagnostic]:
    """Signals whose windows are longer than the periods that the estimator takes apart."""
    estimator = charter.ranking.estimator if charter.ranking is not None else None
    if estimator is None or estimator.method == "latest":
        return
    period = estimator.of or charter.refresh.every
    scored = [name for axis in charter.axes.values() for name in axis.signals]
    for name in scored:
        window = _longest(charter, plan, name)
        if window is not None and window.longest > period.longest:
            path = f"signals.{name}.formula"
            yield Diagnostic(
                "ranking/overlapping-periods",
                "warning",
                f"signal `{name}` looks at {window}, and the estimator takes a period of {period} "
                "for a measurement of its own",
                charter.places.value(path),
                path,
                note="neighbouring periods share most of their rows, so that the order looks "
                "calmer and surer than it is",
                help=f"write `of: {window}` at `ranking.estimator`, or a shorter window here",
            )


def _longest(charter: Charter, plan: Plan, name: str) -> Duration | None:
    """The longest window that a signal opens, itself or through other signals."""
    found: list[Duration] = []
    waiting, seen = [name], {name}
    while waiting:
        one = waiting.pop()
        if one not in charter.signals:
            continue
        found += _windows(charter, one)
        others = plan.lineage[one].signals if one in plan.lineage else ()
        waiting += [other for other in others if other not in seen]
        seen.update(others)
    return max(found, key=lambda window: window.longest, default=None)


def _windows(charter: Charter, name: str) -> Iterator[Duration]:
    """The windows of a formula; what is wrong with it is reported where it is compiled."""
    formula = Formula(f"signals.{name}.formula", charter.signals[name].formula)
    tree = parse(formula, Report(charter.places))
    for node in tree.find_all(exp.Anonymous) if tree is not None else ():
        if str(node.this).upper() == "TRAILING" and len(node.expressions) > 1:
            try:
                yield Duration.parse(str(node.expressions[1].this))
            except ValueError:
                continue
