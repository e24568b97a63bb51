"""What the source checks found: faults that stop a run, and the grade of each source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pmpo.compile.checks import Probe, compile_checks
from pmpo.compile.plan import Plan
from pmpo.compile.rows import Rows
from pmpo.diagnostics import Diagnostic, Severity
from pmpo.model.charter import Check, Column
from pmpo.model.table import SourceGrade
from pmpo.store.engine import Engine

GRADES: Final = "ABCD"
DIGITS_MAX: Final = 38
_EXACT: Final = re.compile(r"decimal\((\d+), ?(\d+)\)")
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}([,' ]\d{3})+(\.\d+)?")
_BEST: Final = SourceGrade("A")


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known about one source as of a moment.

    Args:
        rows: rows inside both cuts.
        latest: the latest time of such a row, on the source's own clock.
        orphans: rows that belong to no unit; `orphan_keys` is how many join values they have.
    """

    rows: int = 0
    latest: datetime | None = None
    orphans: int = 0
    orphan_keys: int = 0
    grade: SourceGrade = _BEST


@dataclass(frozen=True, slots=True)
class Inspection:
    """Facts per source, and all findings; any error among them stops the run."""

    facts: Mapping[str, SourceFacts]
    findings: tuple[Diagnostic, ...] = field(default=())


def inspect(plan: Plan, engine: Engine) -> Inspection:
    """Run every source check of a plan in one statement."""
    checks = compile_checks(plan)
    return judged(plan, checks.probes, engine.query(checks.sql()).to_pylist()[0])


def judged(plan: Plan, probes: Sequence[Probe], row: Mapping[str, Any]) -> Inspection:
    """What the numbers of probes, by their names, say about the sources."""
    findings: list[Diagnostic] = []
    facts = {}
    for name in dict.fromkeys(probe.source for probe in probes):
        own = [probe for probe in probes if probe.source == name]
        found = _findings(plan, own, row)
        late = _late(plan.rows[name], row, own)
        findings += found + late
        facts[name] = _facts(plan.rows[name], own, row, found + late)
    return Inspection(facts, tuple(findings))


def _facts(
    rows: Rows, probes: Sequence[Probe], row: Mapping[str, Any], found: Sequence[Diagnostic]
) -> SourceFacts:
    value = {probe.kind: row[probe.name] for probe in probes}
    return SourceFacts(
        rows=int(value.get("rows", 0)),
        latest=value.get("latest"),
        orphans=int(value.get("orphans", 0)),
        orphan_keys=int(value.get("orphan_keys", 0)),
        grade=_grade(rows, found),
    )


def _grade(rows: Rows, found: Sequence[Diagnostic]) -> SourceGrade:
    """A: load times are recorded. B: they are stated as a lag. C: unknown, late or warned about."""
    source = rows.source
    captured = source.captured
    reasons: list[tuple[str, str]] = []
    if source.mode == "snapshot" and captured is not None and captured <= rows.cut.as_of.date():
        reasons.append(("B", f"as captured on {captured}"))
    elif source.mode == "snapshot":
        reasons.append(("C", "a snapshot shows the table as captured, not as it was then"))
    elif source.lag:
        reasons.append(("B", f"load times are not recorded; a lag of {source.lag} is assumed"))
    elif source.known_at_is_none or (source.mode == "append" and not source.known_at):
        reasons.append(("C", "nobody knows when its rows became known"))
    reasons += [
        ("C", finding.message)
        for finding in found
        if finding.severity == "warning" and finding.code in _LOWERING
    ]
    return SourceGrade(
        max((grade for grade, _ in reasons), default="A"), tuple(text for _, text in reasons)
    )


_LOWERING: Final = ("source/check-failed", "source/late", "source/repeated-key")


def _late(rows: Rows, row: Mapping[str, Any], probes: Sequence[Probe]) -> list[Diagnostic]:
    """Whether the newest row is older than the charter allows."""
    source = rows.source
    limit = source.refresh.late_after if source.refresh else None
    latest = next((row[p.name] for p in probes if p.kind == "latest"), None)
    told = "its newest row is of"
    if source.captured is not None:
        latest, told = datetime.combine(source.captured, time()), "it was captured on"
    if limit is None or latest is None:
        return []
    oldest = limit.before(rows.cut.as_of)
    if latest >= oldest:
        return []
    return [
        _finding(
            rows,
            "source/late",
            "warning",
            f"source `{source.name}` is late: {told} {latest}, "
            f"and it may be at most {limit} old as of {rows.cut.as_of}",
            path=f"{rows.path}.refresh",
            help="ask its owner, `" + source.owner + "`, or run as of an earlier moment",
        )
    ]


def _finding(
    rows: Rows,
    code: str,
    severity: Severity,
    message: str,
    *,
    path: str = "",
    note: str = "",
    help: str = "",
) -> Diagnostic:
    place = path or rows.path
    span = rows.context.charter.places.value(place)
    return Diagnostic(code, severity, message, span=span, path=place, note=note, help=help)


def _findings(plan: Plan, probes: Sequence[Probe], row: Mapping[str, Any]) -> list[Diagnostic]:
    rows = plan.rows[probes[0].source]
    examples = {p.subject: row[p.name] for p in probes if p.kind in ("example", "alike_example")}
    found: list[Diagnostic] = []
    for probe in probes:
        count = row[probe.name]
        judge = _JUDGES.get(probe.kind)
        if judge is None or (not count and probe.kind != "rows"):
            continue
        finding = judge(rows, probe, count, examples.get(probe.subject))
        if finding is not None:
            found.append(finding)
    return found


def _rows(rows: Rows, _probe: Probe, count: int, _example: Any) -> Diagnostic | None:
    if count:
        return None
    when, later = "", "without the source's `where`"
    if rows.source.mode != "snapshot":
        as_of, known_by = rows.cut.as_of, rows.cut.known_by
        when = f" known as of {as_of}"
        later = "a later `--as-of`"
        if known_by != as_of:
            when = f" that happened before {as_of} and was known by {known_by}"
            later = "a later `--as-of` or `--known-by`"
    return _finding(
        rows,
        "source/empty",
        "error",
        f"source `{rows.source.name}` has no row{when}",
        path=f"{rows.path}.from",
        note="an empty source would make every signal missing, and nobody would see why",
        help=f"look whether the file was written, or try {later}",
    )


def _wrong_type(rows: Rows, probe: Probe, count: int, example: Any) -> Diagnostic:
    declared = rows.source.columns.get(probe.subject)
    wanted = declared.type if declared is not None and declared.type else "its type"
    written = f" written as `{declared.format}`" if declared is not None and declared.format else ""
    return _finding(
        rows,
        "source/wrong-type",
        "error",
        f"{_n(count, 'value')} of `{rows.source.name}.{probe.subject}` "
        f"{'is' if count == 1 else 'are'} not {wanted}{written}, for example {example!r}",
        path=f"{rows.path}.columns.{probe.subject}",
        note="a text that cannot be read as a number is neither zero nor missing until you say so",
        help=_repair(probe.subject, wanted, declared, str(example)),
    )


def _repair(name: str, wanted: str, declared: Column | None, example: str) -> str:
    """What to type, as far as an example tells what is wrong with it."""
    exact = _EXACT.fullmatch(wanted)
    if exact is not None:
        digits, scale = int(exact[1]), int(exact[2])
        needed = _digits_before_point(example) + scale
        if digits < needed <= DIGITS_MAX:
            return f"if it is right: `{name}: decimal({needed},{scale})`; else repair the file"
    if _GROUPED.fullmatch(example):
        plain = example.replace(",", "").replace(" ", "").replace("'", "")
        return f"write numbers without separators of thousands, `{plain}` for `{example}`"
    known = declared.null if declared is not None else ()
    texts = ", ".join(_quoted(text) for text in (*known, example))
    form = f", format: {_quoted(declared.format)}" if declared and declared.format else ""
    return (
        f"if it stands for missing: `{name}: {{type: '{wanted}'{form}, null: [{texts}]}}`; "
        "else repair the file"
    )


def _quoted(text: str) -> str:
    """A text as YAML takes it letter by letter."""
    return "'" + text.replace("'", "''") + "'"


def _digits_before_point(text: str) -> int:
    """How many digits a number has before its point; 0 when the text is no finite number."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return 0
    return max(number.adjusted() + 1, 1) if number.is_finite() else 0


def _expected(check: Check) -> str:
    """The limits of a check in words."""
    if check.low is None:
        return f"at most {check.high} are expected"
    if check.high is None:
        return f"at least {check.low} are expected"
    return f"{check.low} to {check.high} are expected"


def _check(rows: Rows, probe: Probe, count: int, _example: Any) -> Diagnostic:
    check = probe.check
    assert check is not None
    index = rows.source.checks.index(check)
    what = {
        "not_null": f"`{probe.subject}` is missing in {_n(count, 'row')}",
        "unique": f"{_n(count, 'row')} repeat{'s' if count == 1 else ''} `{probe.subject}`",
        "range": f"`{probe.subject}` is out of range in {_n(count, 'row')}",
        "values": f"`{probe.subject}` has an unlisted value in {_n(count, 'row')}",
        "holds": f"{_n(count, 'row')} break{'s' if count == 1 else ''} `{probe.subject}`",
        "rows": f"{_n(count, 'row')}; {_expected(check)}",
    }[check.kind]
    severity: Severity = "error" if check.severity == "error" else "warning"
    return _finding(
        rows,
        "source/check-failed",
        severity,
        f"source `{rows.source.name}`: {what}",
        path=f"{rows.path}.checks.{index}",
        note=check.meta.because,
        help="repair the rows, or let the check warn: `severity: warn`"
        if severity == "error"
        else "",
    )


def _repeated_key(rows: Rows, probe: Probe, count: int, _example: Any) -> Diagnostic:
    severity: Severity = "error" if rows.source.mode == "snapshot" else "warning"
    return _finding(
        rows,
        "source/repeated-key",
        severity,
        f"source `{rows.source.name}`: {_n(count, 'row')} repeat{'s' if count == 1 else ''} the "
        f"key `{probe.subject}`",
        path=f"{rows.path}.key",
        note="each repeated row is counted again in every sum",
        help="choose a key that names one row, use `mode: versions` if later rows replace earlier "
        "ones, or remove the repeated rows",
    )


def _missing_key(rows: Rows, _probe: Probe, count: int, _example: Any) -> Diagnostic:
    return _finding(
        rows,
        "unit/missing-key",
        "warning",
        f"{_n(count, 'row')} of `{rows.source.name}` {'has' if count == 1 else 'have'} no full "
        f"unit key and belong{'s' if count == 1 else ''} to no unit",
        path="unit.key",
    )


def _varies(rows: Rows, probe: Probe, count: int, _example: Any) -> Diagnostic:
    return _finding(
        rows,
        "unit/attribute-varies",
        "error",
        f"`{probe.subject}` has several values in {_n(count, 'unit')}",
        path="unit",
        note="labels, parents, scope and parameters need one value per unit",
        help=f"add `{probe.subject}` to the unit's key, or use a column with one value per unit",
    )


def _ambiguous(rows: Rows, _probe: Probe, count: int, _example: Any) -> Diagnostic:
    target = next(iter(rows.source.join))
    return _finding(
        rows,
        "source/ambiguous-join",
        "error",
        f"{_n(count, 'join value')} of `{rows.source.name}` lead{'s' if count == 1 else ''} to "
        "several units",
        path=f"{rows.path}.join",
        note="its rows would be counted in each of them",
        help=f"join on columns that name one row of `{target}`",
    )


def _alike(rows: Rows, _probe: Probe, count: int, example: Any) -> Diagnostic:
    return _finding(
        rows,
        "unit/keys-alike",
        "warning",
        f"{_n(count, 'group')} of units differ only by case or by how characters are composed, "
        f"for example {example!r}",
        path="unit.key",
        note="they are ranked apart; often they are one thing written twice",
        help="write them the same way in the source if they are one",
    )


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


_JUDGES: Final = {
    "rows": _rows,
    "wrong_type": _wrong_type,
    "check": _check,
    "repeated_key": _repeated_key,
    "missing_key": _missing_key,
    "varies": _varies,
    "ambiguous": _ambiguous,
    "alike": _alike,
}
