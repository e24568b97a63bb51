"""People and calendars that a charter names and its office does not know."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from pmpo.charter.findings import FINDINGS_MAX, more
from pmpo.charter.suggest import did_you_mean, listing
from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter
from pmpo.model.office import OfficeFile


class _Unknown(NamedTuple):
    """A name without meaning, with what is known instead and where to add it."""

    code: str
    fact: str
    path: str
    name: str
    known: tuple[str, ...]
    what: str
    blocks: str


def unknown_names(charter: Charter, office: OfficeFile) -> Iterator[Diagnostic]:
    """A warning for each name that only the charter knows, where the charter says it.

    What is inherited is judged where it is written, so that one slip gives one warning. More than
    anybody reads are counted.
    """
    unknown = _unknown(charter, office)
    for one in islice(unknown, FINDINGS_MAX):
        yield _warning(charter, one)
    yield from more(sum(1 for _ in unknown), "warning")


def _unknown(charter: Charter, office: OfficeFile) -> Iterator[_Unknown]:
    known = office.known
    everybody, written = frozenset(known), charter.places.values
    for path, name in _people(charter):
        if name not in everybody and path in written:
            fact = f"nobody is called `{name[:60]}`"
            where = ("roles and people", "`roles` or `people`")
            yield _Unknown("office/unknown-person", fact, path, name, known, *where)
    for cadence in charter.cadence.values():
        name = cadence.calendar
        if name and name not in office.calendars:
            fact = f"the office has no calendar `{name[:60]}`"
            path, calendars = f"cadence.{cadence.name}.calendar", tuple(office.calendars)
            where = ("calendars", "`calendars`")
            yield _Unknown("office/unknown-calendar", fact, path, name, calendars, *where)


def _warning(charter: Charter, one: _Unknown) -> Diagnostic:
    near = did_you_mean(one.name, one.known)
    return Diagnostic(
        one.code,
        "warning",
        one.fact,
        span=charter.places.value(one.path),
        path=one.path,
        label=f"did you mean `{near}`?" if near else "",
        note=f"{one.what} of office.yaml: {listing(one.known)}"
        if one.known
        else f"office.yaml has no {one.what}",
        help=f"write `{near}`"
        if near
        else f"add `{one.name[:60]}` under {one.blocks} in office.yaml",
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
    for table in charter.tables.values():
        for index, gap in enumerate(table.accepted_gaps):
            yield f"tables.{table.name}.accepted_gaps.{index}.owner", gap.owner
    for gate in charter.gates.values():
        yield from _each(f"gates.{gate.name}.roles", gate.roles)


def _each(path: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for index, name in enumerate(names):
        yield f"{path}.{index}", name
