"""`check`: everything that can be said about a charter without running it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from pmpo.assure.approval import check_approval
from pmpo.assure.assumptions import check_assumptions
from pmpo.assure.attention import check_attention
from pmpo.assure.bands import check_bands
from pmpo.assure.cadences import check_cadences
from pmpo.assure.conditions import check_conditions
from pmpo.assure.dates import check_dates
from pmpo.assure.measures import check_measures
from pmpo.assure.names import unknown_names
from pmpo.assure.settling import check_settling
from pmpo.assure.tables import check_tables
from pmpo.assure.taking import check_taking
from pmpo.compile.cuts import Moments
from pmpo.compile.plan import Plan, Schemas, compile_plan
from pmpo.diagnostics import Diagnostic, in_order
from pmpo.evaluate.tables import read_tables
from pmpo.model.charter import Charter, ParamRef
from pmpo.model.office import OfficeFile

_ANY_MOMENT = Moments.at(datetime(2000, 1, 3, tzinfo=UTC))
_PARAM = re.compile(r"""PARAM\(\s*['"]([^'"]*)['"]""")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check(
    charter: Charter,
    schemas: Schemas,
    loaded: Iterable[Diagnostic],
    office: OfficeFile | None = None,
    today: date | None = None,
) -> tuple[Diagnostic, ...]:
    """All findings about a charter that could be read.

    Args:
        schemas: the columns of each source; None for one that cannot be seen.
        loaded: what reading the charter found.
        office: what the office fixes for all programs, where it does.
        today: the day by which dates have passed; none have where it is not known.
    """
    plan = compile_plan(charter, schemas, _ANY_MOMENT)
    tables = read_tables(charter, plan.types)
    found = [
        *loaded,
        *plan.findings,
        *tables.findings,
        *check_tables(charter, tables.decisions),
        *check_conditions(charter, plan, tables.decisions),
        *check_taking(charter),
        *check_bands(charter),
        *check_measures(charter),
        *check_settling(charter, plan),
        *check_cadences(charter, today),
        *check_dates(charter, today),
        *check_approval(charter, office),
        *check_assumptions(charter, schemas, _ANY_MOMENT),
        *check_attention(charter),
        *_unused_signals(charter, plan),
        *_unused(charter),
    ]
    found += _idle_calendar(charter)
    return in_order([*found, *(unknown_names(charter, office) if office is not None else ())])


def _unused_signals(charter: Charter, plan: Plan) -> Iterator[Diagnostic]:
    """A signal without use is a number that nobody may rely on and somebody must maintain."""
    used = set(charter.purpose.measured_by)
    used |= set(charter.scored)
    used |= {band.signal for band in charter.bands.values()}
    used |= {name for table in charter.tables.values() for name in table.inputs}
    used |= {name for lineage in plan.lineage.values() for name in lineage.signals}
    texts = [charter.scope.in_, *(leave.where for leave in charter.scope.out)]
    texts += charter.conditions
    used |= {word for text in texts for word in _NAME.findall(text)}
    for name in charter.signals:
        if name not in used:
            yield Diagnostic(
                "signal/unused",
                "warning",
                f"signal `{name}` serves neither purpose, score, band, table, trigger nor scope",
                span=charter.places.key(f"signals.{name}"),
                path=f"signals.{name}",
                note="a number that nothing rests on still has to be owned and refreshed",
                help="use it, or take it out",
            )


def _idle_calendar(charter: Charter) -> Iterator[Diagnostic]:
    """A calendar for all signals of which none lies on its fiscal periods."""
    fiscal = any(s.align == "fiscal" and not s.calendar for s in charter.signals.values())
    if charter.calendar and not fiscal:
        yield Diagnostic(
            "signal/idle-window",
            "warning",
            "`calendar` changes nothing: no signal lies on its fiscal periods",
            span=charter.places.key("calendar"),
            path="calendar",
            help="add `align: fiscal` to a signal, or take `calendar` out",
        )


def _unused(charter: Charter) -> Iterator[Diagnostic]:
    """Parameters and assumptions that no formula, edge or anchor names."""
    text = " ".join(
        [signal.formula for signal in charter.signals.values()]
        + [formula for source in charter.sources.values() for formula in source.derive.values()]
        + [charter.scope.in_, *(leave.where for leave in charter.scope.out)]
        + list(charter.conditions)
    )
    named = set(re.findall(r"'([^']*)'", text)) | set(_parameters_used(charter))
    for block, names in (
        ("parameters", charter.parameters),
        ("assumptions", {n: a for n, a in charter.assumptions.items() if a.setting is not None}),
    ):
        for name in names:
            if name not in named:
                yield Diagnostic(
                    "charter/unused",
                    "warning",
                    f"nothing uses `{name}` of `{block}`",
                    span=charter.places.key(f"{block}.{name}"),
                    path=f"{block}.{name}",
                    help="name it in a formula, an edge or an anchor, or take it out",
                )


def _parameters_used(charter: Charter) -> Iterator[str]:
    for signal in charter.signals.values():
        yield from (a.at.id for a in signal.value if isinstance(a.at, ParamRef))
    for band in charter.bands.values():
        yield from (edge.id for edge in band.edges if isinstance(edge, ParamRef))
    for table in charter.tables.values():
        texts = (text for rule in table.rules for text in (*rule.when, *rule.then))
        yield from (id for text in texts for id in _PARAM.findall(text))
