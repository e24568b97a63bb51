"""Whether the checks of assumptions can be asked of their sources: found before a review stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pmpo.compile.assumed import as_question, settings_of
from pmpo.compile.cuts import Moments
from pmpo.compile.plan import Schemas, compile_plan
from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Assumption, Charter


def check_assumptions(charter: Charter, schemas: Schemas, moments: Moments) -> Iterator[Diagnostic]:
    """Checks that name what their source does not have, and those that are no formula.

    Args:
        schemas: the columns of each source; None for one that cannot be seen.
    """
    for assumption in charter.assumptions.values():
        if assumption.check is None or assumption.check.source not in charter.sources:
            continue
        absent = list(_absent(charter, assumption, schemas))
        yield from absent
        if not absent:
            yield from _compiled(charter, assumption, schemas, moments)


def _absent(charter: Charter, assumption: Assumption, schemas: Schemas) -> Iterator[Diagnostic]:
    """Numbers that vary by columns which the source of the check does not have."""
    check = assumption.check
    assert check is not None
    schema = schemas.get(check.source)
    if schema is None:
        return
    known = {*schema, *charter.sources[check.source].derive}
    for name, setting in settings_of(charter, check).items():
        for column in setting.by:
            if column not in known:
                yield _unknown_column(
                    charter,
                    assumption,
                    f"uses `{name}`, which varies by `{column}`, and its source `{check.source}` "
                    "has no such column",
                    note="a check looks at all rows of its source, and at nothing else",
                    help=f"derive `{column}` in `{check.source}`, or check with another number",
                )


def _compiled(
    charter: Charter, assumption: Assumption, schemas: Schemas, moments: Moments
) -> Iterator[Diagnostic]:
    """What is wrong with the formula of a check, in the place where it stands."""
    check = assumption.check
    assert check is not None
    only = {check.source: schemas.get(check.source)}
    path = f"assumptions.{assumption.name}.check"
    plan = compile_plan(as_question(charter, assumption), only, moments)
    for column in plan.attributes:
        yield _unknown_column(
            charter,
            assumption,
            f"looks up one number for all rows, and it varies by `{column}`",
            note="all rows of the source together have no one value of it",
            help="look it up for each row, inside the aggregate: `SUM(cost * PARAM('share'))`",
        )
    for finding in plan.findings:
        if finding.severity == "error" and not finding.path.startswith("sources."):
            yield replace(
                finding,
                message=f"the check of assumption `{assumption.name}`: {finding.message}",
                span=charter.places.value(path),
                path=path,
            )


def _unknown_column(
    charter: Charter, assumption: Assumption, fact: str, *, note: str, help: str
) -> Diagnostic:
    """A check that needs a column which its rows do not have."""
    path = f"assumptions.{assumption.name}.check"
    return Diagnostic(
        "assumption/unknown-column",
        "error",
        f"the check of assumption `{assumption.name}` {fact}",
        span=charter.places.value(path),
        path=path,
        note=note,
        help=help,
    )
