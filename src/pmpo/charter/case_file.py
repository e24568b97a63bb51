"""From tests.yaml to cases, or to everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pmpo.charter.building import edition_of
from pmpo.charter.cross import Written
from pmpo.charter.findings import Findings
from pmpo.charter.language import ID, SQL_NAME, TEXT, record
from pmpo.charter.load import unreadable
from pmpo.charter.places import places_of
from pmpo.charter.records import Field, MapOf
from pmpo.charter.scalars import Day, Length, Number, Whole, decimal_of
from pmpo.charter.shapes import BAD, At, Choice, ListOf, Shape, Text, wrong_type
from pmpo.charter.suggest import did_you_mean, listing
from pmpo.charter.yaml import Scalar, read
from pmpo.diagnostics import Diagnostic, has_errors, in_order
from pmpo.model import cases as model
from pmpo.model.evaluation import BLOCKED, EXCLUDED, OUT_OF_SCOPE, RANKED

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.model.charter import Charter


_SOME_DAY: Final = datetime(2000, 1, 3, 12, tzinfo=UTC)


class CaseValue(Shape):
    """A number, a text, true, false, or null for a missing value."""

    wants = "a number, a text, true, false or null"

    def read(self, at: At, to: Findings) -> Any:
        node = at.node
        if not isinstance(node, Scalar):
            return wrong_type(at, to, self.wants)
        if node.kind == "number":
            return decimal_of(at, to, self.wants)
        if node.kind == "null":
            return None
        return node.text == "true" if node.kind == "bool" else _day_or_text(node.text)

    def schema(self) -> dict[str, Any]:
        return {"type": ["number", "string", "boolean", "null"]}


class TextOrNone(Shape):
    """A text, or null for none."""

    wants = "a text, or null for none"

    def read(self, at: At, to: Findings) -> Any:
        if isinstance(at.node, Scalar) and at.node.kind == "null":
            return None
        return Text(self.wants).read(at, to)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [TEXT.schema(), {"type": "null"}]}


def _day_or_text(text: str) -> date | str:
    try:
        return date.fromisoformat(text) if len(text) == len("2024-01-31") else text
    except ValueError:
        return text


# One field, one entry, as in a form.
# fmt: off
EXPECTED: Final = record(
    "expectation of a case",
    "What should follow; what is left out may be anything.",
    model.Expected,
    Field("status", Choice((RANKED, BLOCKED, EXCLUDED, OUT_OF_SCOPE)), "Whether it is ranked."),
    Field("score", Number(Decimal(0)), "Its score, to as many digits as are written."),
    Field("outcome", TextOrNone(), "The outcome; `null` where there should be none."),
    Field("bands", MapOf(SQL_NAME, TEXT), "Its label in bands."),
    Field("rules", MapOf(ID, TextOrNone()), "The rule that decides, by table: of rules that are "
          "collected all, as `'R1, R2'`; `null` where none should hold."),
    Field("outputs", MapOf(TEXT, CaseValue()), "Further outputs, as `table.output: value`."),
)

EARLIER: Final = record(
    "earlier evaluation of a case",
    "What was recorded of the unit before; columns that it leaves out are as in the case.",
    model.Earlier,
    Field("ago", Length(), "How long before the day of the case.",
          why="bands and tables that remember ask how long ago something was", example="1 week"),
    Field("signals", MapOf(SQL_NAME, CaseValue()), "Values of signals then; others were missing."),
    Field("unit", MapOf(TEXT, CaseValue()), "Columns of the unit that were different then."),
)

CASE: Final = record(
    "case",
    "One unit that does not exist, and what should become of it.",
    model.Case,
    Field("name", TEXT, "What it shows.", why="a case that fails is named",
          example="grows and earns"),
    Field("signals", MapOf(SQL_NAME, CaseValue()), "Values of signals; others are missing."),
    Field("unit", MapOf(TEXT, CaseValue()), "Columns of the unit, such as those that numbers vary "
          "by."),
    Field("before", ListOf(EARLIER, at_least=1), "What was recorded of it before."),
    Field("expect", EXPECTED, "What should follow.",
          why="a case without an expectation cannot fail", example="{outcome: display}"),
    Field("as_of", Day(), "The day on which dated numbers are read.", default="the file's"),
    Field("because", TEXT, "Why it should be so."),
)

CASES: Final = record(
    "cases file",
    "Cases of one program's charter.",
    model.CaseFile,
    Field("tests", Whole(1, 10_000), "The edition of the semantics.",
          why="it says by which rules the file is read", example="1", attribute="edition"),
    Field("as_of", Day(), "The day on which dated numbers are read.", default="2000-01-03"),
    Field("cases", ListOf(CASE, at_least=1), "The cases.", why="a file of cases has some",
          example="[{name: a, expect: {status: blocked}}]"),
    begins="tests: 1",
    salvage=MappingProxyType({"tests": 1}),
    finish=edition_of("tests"),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class LoadedCases:
    """The result of loading; `cases` is None where there is no file or any finding is an error."""

    cases: model.CaseFile | None
    findings: tuple[Diagnostic, ...]


def load_cases(path: Path, charter: Charter, *, shown_as: str | None = None) -> LoadedCases:
    """Read the cases of a charter; one may do without any.

    Args:
        shown_as: what findings call the file; its path as given by default.
    """
    name = shown_as if shown_as is not None else str(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return LoadedCases(None, ())
    except (OSError, ValueError) as error:
        return LoadedCases(None, (unreadable(path, name, error),))
    tree = read(data, name, begins=CASES.begins)
    if tree.root is None:
        return LoadedCases(None, in_order(tree.findings))
    to = Findings()
    found = CASES.read(At(tree.root, ""), to)
    if found is not BAD:
        places = places_of(tree.root, name, tree.text)
        found = replace(found, places=places)
        _check_names(found, charter, Written(tree.root, places, to))
    findings = in_order([*tree.findings, *to.all()])
    return LoadedCases(None if has_errors(findings) else found, findings)


def _check_names(found: model.CaseFile, charter: Charter, written: Written) -> None:
    """Report names that the charter does not define, and labels that no band has."""
    outputs = [f"{t.name}.{o.name}" for t in charter.tables.values() for o in t.outputs]
    known = {
        "signals": (list(charter.signals), "signal"),
        "expect.bands": (list(charter.bands), "band"),
        "expect.rules": (list(charter.tables), "table"),
        "expect.outputs": (outputs, "output"),
    }
    for i, case in enumerate(found.cases):
        _check_before(case, i, charter, written)
        said = {
            "signals": case.signals,
            "expect.bands": case.expect.bands,
            "expect.rules": case.expect.rules,
            "expect.outputs": case.expect.outputs,
        }
        for block, names in said.items():
            for name in names:
                if name not in known[block][0]:
                    _unknown(written, f"cases.{i}.{block}.{name}", name, *known[block])
        for name, label in case.expect.bands.items():
            band = charter.bands.get(name)
            if band is not None and label not in (*band.labels, band.missing):
                _unknown(
                    written,
                    f"cases.{i}.expect.bands.{name}",
                    label,
                    [*band.labels, band.missing],
                    f"label of band `{name}`",
                )


def _check_before(case: model.Case, i: int, charter: Charter, written: Written) -> None:
    """Report signals that the charter does not define, and a moment that is said twice."""
    seen = set()
    for place, earlier in enumerate(case.before):
        path = f"cases.{i}.before.{place}"
        for name in earlier.signals:
            if name not in charter.signals:
                _unknown(written, f"{path}.signals.{name}", name, list(charter.signals), "signal")
        for name in earlier.unit:
            if name in charter.unit.key:
                written.at_value(
                    "charter/other-unit",
                    f"`{name}` is part of the unit's key",
                    f"{path}.unit.{name}",
                    note="with another key it would have been another unit",
                    help=f"delete `{name}` here; the case itself says it",
                )
        moment = earlier.ago.before(_SOME_DAY)
        if moment in seen:
            written.at_value(
                "charter/repeated",
                f"two earlier evaluations were {earlier.ago} ago",
                f"{path}.ago",
                note="an evaluation builds on one that is earlier",
                help="say another length, or delete one of them",
            )
        seen.add(moment)


def _unknown(written: Written, path: str, name: str, known: list[str], what: str) -> None:
    near = did_you_mean(name, known)
    written.at_value(
        "charter/unknown-name",
        f"there is no {what} `{name[:60]}`",
        path,
        note=f"there are {listing(known)}" if known else f"the charter has no {what}",
        help=f"write `{near}`" if near else "correct the name, or define it in the charter",
    )
