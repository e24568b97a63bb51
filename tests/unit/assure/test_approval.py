from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pmpo.assure.approval import check_approval, drafts
from pmpo.charter.load import loads
from pmpo.charter.office_file import loads_office
from tests.unit.charter.corpus import MINIMAL, changed

if TYPE_CHECKING:
    from pmpo.model.charter import Charter
    from pmpo.model.office import OfficeFile

PEOPLE = """\
office: 1
people:
  k1: {name: First Last, roles: [stock-lead, finance]}
  k2: {name: Second Last, roles: [supply]}
roles: {stock-lead: Leads., finance: Counts., supply: Delivers., auditor: Audits.}
"""


def charter(more: str) -> Charter:
    """The minimal charter with further blocks."""
    loaded = loads(MINIMAL + more, "charter.yaml")
    assert loaded.charter is not None, loaded.findings
    return loaded.charter


def office(more: str = "") -> OfficeFile:
    """An office in which one person has two roles."""
    loaded = loads_office(PEOPLE + more, "office.yaml")
    assert loaded.office is not None, loaded.findings
    return loaded.office


@pytest.mark.parametrize(
    ("more", "known", "codes"),
    [
        ("ratified_by: {any: 2, of: [stock-lead, finance]}", False, []),
        ("ratified_by: {any: 2, of: [stock-lead, finance]}", True, ["approval/too-few"]),
        ("ratified_by: {any: 2, of: [stock-lead, supply]}", True, []),
        ("ratified_by: {any: 2, of: [stock-lead, nobody-yet]}", True, []),
        ("ratified_by: {any: 1, of: [stock-lead]}", False, ["approval/alone"]),
        ("gates: {approve: {roles: [supply], four_eyes: true}}", True, ["approval/too-few"]),
        ("gates: {approve: {roles: [supply, finance], four_eyes: true}}", True, []),
        ("gates: {approve: {roles: [finance]}}", True, ["approval/alone"]),
        ("gates: {approve: {roles: [finance]}}", False, []),
        ("gates: {approve: {roles: [stock-lead]}}", False, ["approval/alone"]),
        ("gates: {approve: {four_eyes: true}}", True, []),
        ("gates: {approve: {roles: [auditor], four_eyes: true}}", True, ["approval/nobody"]),
        ("gates: {approve: {roles: [auditor]}}", False, []),
        ("ratified_by: {any: 2, of: [auditor]}", True, ["approval/nobody"]),
        ("ratified_by: {any: 1, of: [auditor, k2]}", True, []),
    ],
)
def test_approval_needs_as_many_people_as_it_says(more: str, known: bool, codes: list[str]) -> None:
    """Roles that one person has count once, and an owner alone approves nothing."""
    found = check_approval(charter(more + "\n"), office() if known else None)
    assert [finding.code for finding in found] == codes


def test_gates_of_the_office_are_judged_where_they_stand() -> None:
    """A gate for every program is a finding about office.yaml."""
    shared = office("gates: {approve: {roles: [supply], four_eyes: true}}\n")
    [finding] = check_approval(charter(""), shared)
    assert finding.span is not None
    assert finding.span.file == "office.yaml"


def test_drafts_are_found_wherever_they_are() -> None:
    """Every definition that says `draft` is named by its path, lists by position."""
    text = changed(
        ("    source: sales", "    source: sales\n    status: draft"),
        (
            "refresh: {every",
            "scope: {out: [{where: sku = '1', because: No., status: draft}]}\nrefresh: {every",
        ),
    )
    loaded = loads(text + "status: reviewed\n", "charter.yaml")
    assert loaded.charter is not None, loaded.findings
    assert drafts(loaded.charter) == ("signals.revenue", "scope.out.0")


@pytest.mark.parametrize(
    ("names", "mode"),
    [
        ("", "solo"),
        ("roles: {a: A.}", "solo"),
        ("roles: {a: A., b: B.}", "team"),
        ("people: {k1: {name: One}}\nroles: {a: A., b: B.}", "solo"),
        ("people: {k1: {name: One}, k2: {name: Two}}", "team"),
        ("mode: solo\nroles: {a: A., b: B.}", "solo"),
        ("mode: team", "team"),
    ],
)
def test_roles_act_as_people_where_nobody_is_named(names: str, mode: str) -> None:
    """An office is solo by its word, or where one or nobody is named; `check` warns of it."""
    loaded = loads_office(f"office: 1\n{names}\n", "office.yaml")
    assert loaded.office is not None
    assert loaded.office.works_as == mode
    for wanted, warned in (("four_eyes: true", True), ("any: 2", True), ("any: 1", False)):
        gates = charter(f"gates: {{approve: {{roles: [a, b], {wanted}}}}}\n")
        found = [one.code for one in check_approval(gates, loaded.office)]
        assert ("approval/solo" in found) is (warned and mode == "solo")


def test_a_role_that_nobody_has_owns_nothing() -> None:
    """Where people are named, a role acts through them alone; nobody is told once, with a place."""
    read = charter("")
    owned = replace(read, owner="auditor")
    (found,) = check_approval(owned, office())
    assert (found.code, found.path) == ("approval/nobody", "owner")
    assert "give somebody under `people`" in str(found.help)
    assert not list(check_approval(owned, None))
    roles_alone = replace(office(), people={})
    assert not list(check_approval(owned, roles_alone))
