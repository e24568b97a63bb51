"""From office.yaml to what holds for all programs, or to everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pmpo.charter.cross import Written
from pmpo.charter.findings import Findings
from pmpo.charter.load import unreadable
from pmpo.charter.office_language import OFFICE
from pmpo.charter.places import places_of
from pmpo.charter.shapes import BAD, At
from pmpo.charter.yaml import Node, read
from pmpo.diagnostics import Diagnostic, has_errors, in_order

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.model.office import OfficeFile

_WHO: Final = ("roles", "people")


@dataclass(frozen=True, slots=True)
class LoadedOffice:
    """The result of loading.

    Args:
        office: None when there is no file, or when any finding is an error.
        findings: everything found, sorted by place.
        text: the file's text, from which findings quote.
    """

    office: OfficeFile | None
    findings: tuple[Diagnostic, ...]
    text: str


def load_office(path: Path, *, shown_as: str | None = None) -> LoadedOffice:
    """Read and validate an office's file; an office may do without one.

    Args:
        path: the file.
        shown_as: what findings call the file; its path as given by default.
    """
    name = shown_as if shown_as is not None else str(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return LoadedOffice(None, (), "")
    except (OSError, ValueError) as error:
        return LoadedOffice(None, (unreadable(path, name, error),), "")
    return loads_office(data, name)


def loads_office(text: str | bytes, file: str) -> LoadedOffice:
    """Read and validate the text of an office's file, which findings call `file`."""
    tree = read(text, file, begins=OFFICE.begins)
    if tree.root is None:
        return LoadedOffice(None, in_order(tree.findings), tree.text)
    office, found = _validate(tree.root, file, tree.text)
    findings = in_order([*tree.findings, *found])
    return LoadedOffice(None if has_errors(findings) else office, findings, tree.text)


def _validate(root: Node, file: str, text: str) -> tuple[OfficeFile | None, tuple[Diagnostic, ...]]:
    to = Findings()
    read_office = OFFICE.read(At(root, ""), to)
    if read_office is BAD:
        return None, to.all()
    office: OfficeFile = replace(read_office, places=places_of(root, file, text))
    _check_names(office, Written(root, office.places, to))
    return office, to.all()


def _check_names(office: OfficeFile, written: Written) -> None:
    """Report everybody who is named and not defined, and names that mean two things."""
    roles = written.named("roles")
    for id, person in office.people.items():
        if id in roles:
            written.at_key(
                "charter/name-clash",
                f"`{id[:60]}` is a person and a role",
                f"people.{id}",
                note="where the name is used, nobody could tell which one is meant",
                help="rename one of the two",
            )
        written.known_all(f"people.{id}.roles", person.roles, "role", "roles")
    _check_keys(office, written)
    for gate in office.gates.values():
        written.known_all(f"gates.{gate.name}.roles", gate.roles, "role or person", *_WHO)
    written.known_all("keepers", office.keepers, "role or person", *_WHO)
    for index, notice in enumerate(office.notify):
        written.known(f"notify.{index}.to", notice.to, "role or person", *_WHO)


def _check_keys(office: OfficeFile, written: Written) -> None:
    """Report keys that several people have: one of them could sign for the others."""
    owner: dict[str, str] = {}
    for id, person in office.people.items():
        first = owner.setdefault(person.key, id) if person.key else id
        if first != id:
            written.at_value(
                "office/same-key",
                f"`{id[:60]}` has the same key as `{first[:60]}`",
                f"people.{id}.key",
                note="either of them could sign for the other, and two pairs of eyes would be one",
                help="let each make a key of their own with `pmpo key NAME --new`",
            )
