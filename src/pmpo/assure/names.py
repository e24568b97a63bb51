"""People and calendars that a charter names and its office does not know."""

from __future__ import annotations

from collections.abc import Iterator

from pmpo.charter.suggest import did_you_mean, listing
from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter
from pmpo.model.office import OfficeFile


def unknown_names(charter: Charter, office: OfficeFile) -> Iterator[Diagnostic]:
    """A warning for each name that only the charter knows, where the charter says it.

    What is inherited is judged where it is written, so that one slip gives one warning.
    """
    known = office.known
    for path, name in _people(charter):
        if name not in known and path in charter.places.values:
            yield _unknown(charter, path, f"nobody is called `{name[:60]}`", name, known, _PEOPLE)
    for cadence in charter.cadence.values():
        name, path = cadence.calendar, f"cadence.{cadence.name}.calendar"
        if name and name not in office.calendars:
            fact = f"the office has no calendar `{name[:60]}`"
            yield _unknown(charter, path, fact, name, tuple(office.calendars), _CALENDARS)


_PEOPLE = ("office/unknown-person", "roles and people", "`roles` or `people`")
_CALENDARS = ("office/unknown-calendar", "calendars", "`calendars`")


def _unknown(
    charter: Charter,
    path: str,
    fact: str,
    name: str,
    known: tuple[str, ...],
    block: tuple[str, str, str],
) -> Diagnostic:
    code, what, where = block
    near = did_you_mean(name, known)
    return Diagnostic(
        code,
        "warning",
        fact,
        span=charter.places.value(path),
        path=path,
        label=f"did you mean `{near}`?" if near else "",
        note=f"{what} of office.yaml: {listing(known)}" if known else f"office.yaml has no {what}",
        help=f"write `{near}`" if near else f"add `{name[:60]}` under {where} in office.yaml",
    )


def _people(charter: Charter) -> Iterator[tuple[str, str]]:
    """Everybody whom the charter names, with the path that would name them."""
    yield "owner", charter.owner
    if charter.ratified_by is not None:
        yield from _each("ratified_by.of", charter.ratified_by.of)
    for source in charter.sources.values():
        yield f"sources.{source.name}.owner", source.owner
    for assumption in charter.assumptions.values():
        yield f"assumptions.{assumption.name}.owner", assumption.owner
    for signal in charter.signals.values():
        yield f"signals.{signal.name}.owner", signal.owner
    for trigger in charter.triggers.values():
        yield f"triggers.{trigger.name}.owner", trigger.owner
    for cadence in charter.cadence.values():
        yield f"cadence.{cadence.name}.chair", cadence.chair
        yield from _each(f"cadence.{cadence.name}.attend", cadence.attend)
    for gate in charter.gates.values():
        yield from _each(f"gates.{gate.name}.roles", gate.roles)


def _each(path: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for index, name in enumerate(names):
        yield f"{path}.{index}", name
