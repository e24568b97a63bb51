"""Whom and what a charter names, against what its office knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pmpo.assure.names import unknown_names
from pmpo.charter.findings import FINDINGS_MAX
from pmpo.charter.load import loads
from pmpo.charter.office_file import loads_office
from pmpo.cli.render_findings import render
from pmpo.office import Office
from tests.unit.charter.corpus import COMPLETE, MINIMAL, changed

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.diagnostics import Diagnostic
    from pmpo.model.charter import Charter
    from pmpo.model.office import OfficeFile

NAMED = """\
ratified_by: {any: 1, of: [finance, board]}
assumptions:
  cost: {claim: Cost is stable., owner: controller}
triggers:
  slips: {when: revenue < 1, then: reopen, owner: planner}
cadence:
  review: {rule: FREQ=WEEKLY, calendar: ofice, chair: chairman, attend: [finance, guests]}
gates:
  approve: {roles: [approver]}
"""
CHARTER = changed(
    ("mode: snapshot", "mode: snapshot, owner: master-dta"),
    ("    formula: TRAILING(SUM(amount)", "    owner: analyst\n    formula: TRAILING(SUM(amount)"),
    text=MINIMAL,
)
OFFICE = """\
office: 1
people: {k1: {name: First Last, roles: [finance]}}
roles: {finance: Counts., master-data: Keeps products right.}
calendars: {office: {working_days: [MO]}}
"""


def charter(text: str) -> Charter:
    """The charter that `text` says."""
    loaded = loads(text, "charter.yaml")
    assert loaded.charter is not None, loaded.findings
    return loaded.charter


def office(text: str) -> OfficeFile:
    """The office that `text` says."""
    loaded = loads_office(text, "office.yaml")
    assert loaded.office is not None, loaded.findings
    return loaded.office


def found(charter_text: str, office_text: str) -> list[Diagnostic]:
    """What the office does not know of the charter."""
    return list(unknown_names(charter(charter_text), office(office_text)))


def test_everybody_who_is_unknown_is_named_once() -> None:
    """Each place where a charter names somebody is looked at; what is inherited is said once."""
    warnings = found(CHARTER + NAMED, OFFICE)
    assert {finding.severity for finding in warnings} == {"warning"}
    assert [(finding.path, finding.code.removeprefix("office/")) for finding in warnings] == [
        ("owner", "unknown-person"),
        ("ratified_by.of.1", "unknown-person"),
        ("sources.items.owner", "unknown-person"),
        ("assumptions.cost.owner", "unknown-person"),
        ("signals.revenue.owner", "unknown-person"),
        ("triggers.slips.owner", "unknown-person"),
        ("cadence.review.chair", "unknown-person"),
        ("cadence.review.attend.1", "unknown-person"),
        ("gates.approve.roles.0", "unknown-person"),
        ("cadence.review.calendar", "unknown-calendar"),
    ]


def test_people_and_roles_are_known() -> None:
    """A charter may name a person by id, or a role."""
    for name in ("k1", "finance"):
        assert found(changed(("stock-lead", name), text=MINIMAL), OFFICE) == []


def test_a_slip_is_explained() -> None:
    """The warning says where, why and what to type, with the nearest name."""
    text = changed(("stock-lead", "k1"), text=CHARTER).replace("    owner: analyst\n", "")
    assert render(found(text, OFFICE), {"charter.yaml": text}) == (
        "warning[office/unknown-person]: nobody is called `master-dta`\n"
        "  --> charter.yaml:10:60 (sources.items.owner)\n"
        "10 |   items: {from: data/items.parquet, mode: snapshot, owner: master-dta}\n"
        "   |                                                            "
        "^^^^^^^^^^ did you mean `master-data`?\n"
        "   = note: roles and people of office.yaml: `finance`, `master-data`, `k1`\n"
        "   = help: write `master-data`"
    )


def test_nothing_near_is_to_be_added() -> None:
    """Without a near name the help says what to add; an empty office says that it is empty."""
    (warning,) = found(MINIMAL, "office: 1\n")
    assert warning.label == ""
    assert warning.note == "office.yaml has no roles and people"
    assert warning.help == "add `stock-lead` under `roles` or `people` in office.yaml"


def test_more_warnings_than_anybody_reads_are_counted() -> None:
    """A charter made to name thousands gets a bounded report, and still only warnings."""
    roles = ", ".join(f"role{n}" for n in range(3_000))
    warnings = found(MINIMAL + f"gates: {{approve: {{roles: [{roles}]}}}}\n", OFFICE)
    assert len(warnings) == FINDINGS_MAX + 1
    assert {finding.severity for finding in warnings} == {"warning"}
    assert warnings[-1].message == "2,001 more findings are not shown"


def an_office(folder: Path, charter_text: str, office_text: str | None) -> Office:
    """A folder with one program."""
    program = folder / "programs" / "stock-review"
    program.mkdir(parents=True)
    (program / "charter.yaml").write_text(charter_text, encoding="utf-8")
    if office_text is not None:
        (folder / "office.yaml").write_text(office_text, encoding="utf-8")
    return Office(folder)


def office_codes(checked: Office) -> list[tuple[str, str]]:
    """Code and place of what `check` warns of, apart from data that is not there."""
    return [
        (finding.code, finding.path)
        for finding in checked.check()
        if finding.severity != "note" and not finding.code.startswith("source/")
    ]


def test_without_office_yaml_nobody_is_unknown(tmp_path: Path) -> None:
    """An office that does not say who there is gets no warning about anybody."""
    assert office_codes(an_office(tmp_path, MINIMAL, None)) == []


def test_check_compares_charter_and_office(tmp_path: Path) -> None:
    """`check` reports what the charter names and the office does not know, and what waits."""
    assert office_codes(an_office(tmp_path, MINIMAL, OFFICE)) == [
        ("office/unknown-person", "owner"),
    ]


def test_check_reports_a_bad_office_file(tmp_path: Path) -> None:
    """Errors of office.yaml stand beside those of the charter; nobody is compared with half."""
    text = OFFICE.replace("finance:", "'':")
    assert office_codes(an_office(tmp_path, MINIMAL.replace("axes:", "axs:"), text)) == [
        ("charter/unknown-name", "people.k1.roles.0"),
        ("charter/empty", "roles."),
        ("charter/missing-field", ""),
        ("charter/unknown-field", "axs"),
    ]


def test_the_complete_charter_names_what_is_there() -> None:
    """An office can know everything that the complete charter names."""
    names = ["category-lead", "finance", "supply", "data-team", "master-data"]
    text = "office: 1\nroles:\n" + "".join(f"  {name}: Somebody.\n" for name in names)
    assert [finding.path for finding in found(COMPLETE, text)] == ["cadence.review.calendar"]
