"""Who may approve what: quorums nobody can meet, approvers who are alone, texts still in draft."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from pmpo.charter.suggest import listing
from pmpo.diagnostics import Diagnostic
from pmpo.model.charter import Charter, Gate, Places
from pmpo.model.meta import Meta
from pmpo.model.office import OfficeFile


def check_approval(charter: Charter, office: OfficeFile | None) -> Iterator[Diagnostic]:
    """Gates and signatures that one person could pass alone, or nobody."""
    if people([charter.owner], office) == frozenset():
        yield _nobody(charter.places, "owner", [charter.owner], "answers for the program")
    yield from _quorum(charter, office)
    yield from _gates(charter.gates, charter.places, charter.owner, office)
    yield from _alone_in_office(charter.gates, charter.places, office)
    if office is not None:
        yield from _gates(office.gates, office.places, charter.owner, office)
        yield from _alone_in_office(office.gates, office.places, office)
    yield from _drafts(charter)


def drafts(charter: Charter) -> tuple[str, ...]:
    """The paths of all definitions whose text is still `draft`."""
    return tuple(_in_draft("", charter))


def people(names: Iterable[str], office: OfficeFile | None) -> frozenset[str] | None:
    """The persons behind roles and ids; None where office.yaml names no people, or not these."""
    if office is None or not office.people:
        return None
    found: set[str] = set()
    for name in names:
        if name not in office.known:
            return None
        found.update((name,) if name in office.people else office.holding(name))
    return frozenset(found)


def _quorum(charter: Charter, office: OfficeFile | None) -> Iterator[Diagnostic]:
    quorum = charter.ratified_by
    if quorum is None:
        return
    path = "ratified_by"
    signers = people(quorum.of, office)
    available = len(quorum.of) if signers is None else min(len(quorum.of), len(signers))
    if signers == frozenset():
        yield _nobody(charter.places, f"{path}.of", quorum.of, "signs the charter")
    elif quorum.any > available:
        yield Diagnostic(
            "approval/too-few",
            "error",
            f"{quorum.any} people have to sign the charter, and only {available} may",
            charter.places.value(path),
            path,
            note="nobody signs twice, so the charter could never be ratified",
            help=f"write `any: {available}`, or name more people",
        )
    elif quorum.any == 1 and set(quorum.of) == {charter.owner}:
        yield _alone(charter.places, f"{path}.of", f"`{charter.owner}` alone ratifies the charter")


def _gates(
    gates: Mapping[str, Gate], places: Places, owner: str, office: OfficeFile | None
) -> Iterator[Diagnostic]:
    for name, gate in gates.items():
        if not gate.roles:
            continue
        path = f"gates.{name}.roles"
        approvers, owners = people(gate.roles, office), people([owner], office)
        if approvers == frozenset():
            yield _nobody(places, path, gate.roles, f"opens gate `{name}`")
        elif approvers is not None and gate.any > 1 and gate.any >= len(approvers):
            yield _too_few(gate, len(approvers), places)
        elif gate.four_eyes and approvers is not None and len(approvers) < 2:
            yield Diagnostic(
                "approval/too-few",
                "warning",
                f"gate `{name}` needs four eyes, and only `{next(iter(approvers))}` may open it",
                places.value(path),
                path,
                note="who proposes cannot approve, so that person's own proposals could never pass",
                help="name another role, or give somebody else this one in office.yaml",
            )
        elif (
            not gate.four_eyes
            and gate.any == 1
            and (set(gate.roles) == {owner} or (approvers is not None and approvers == owners))
        ):
            yield _alone(places, path, f"only `{owner}`, who owns the program, opens gate `{name}`")


def _alone_in_office(
    gates: Mapping[str, Gate], places: Places, office: OfficeFile | None
) -> Iterator[Diagnostic]:
    """Gates that ask for somebody else in an office in which one person decides alone."""
    if office is None or office.works_as == "team":
        return
    for name, gate in gates.items():
        if gate.four_eyes or gate.any > 1:
            field = "four_eyes" if gate.four_eyes else "any"
            asked = "four eyes" if gate.four_eyes else f"{gate.any} approvals"
            path = f"gates.{name}.{field}"
            said = "says `mode: solo`" if office.mode else "names nobody, or one alone"
            yield Diagnostic(
                "approval/solo",
                "warning",
                f"gate `{name}` asks for {asked}, and in solo mode whoever proposes decides alone",
                places.value(path),
                path,
                note=f"office.yaml {said}",
                help="write `mode: team`, or name the others under `people` in office.yaml",
            )


def _nobody(places: Places, path: str, roles: Iterable[str], does: str) -> Diagnostic:
    """Roles that no person has, in an office that names people."""
    named = " or ".join(f"`{role}`" for role in roles)
    return Diagnostic(
        "approval/nobody",
        "warning",
        f"nobody has the role {named}, so nobody {does}",
        places.value(path),
        path,
        note="where office.yaml names people, they act, and roles say what they may do",
        help=f"give somebody under `people` in office.yaml the role {named}",
    )


def _too_few(gate: Gate, available: int, places: Places) -> Diagnostic:
    """More approvals than there are people; or as many, so that none of them may propose."""
    path = f"gates.{gate.name}.any"
    never = gate.any > available
    return Diagnostic(
        "approval/too-few",
        "error" if never else "warning",
        f"gate `{gate.name}` asks for {gate.any} approvals, and only {available} people may "
        f"give one",
        places.value(path),
        path,
        note="nothing could ever be decided"
        if never
        else "who proposes does not count, so nothing that one of them proposes could ever pass",
        help=f"write `any: {max(1, available - 1)}`, or give more people the role in office.yaml",
    )


def _alone(places: Places, path: str, fact: str) -> Diagnostic:
    return Diagnostic(
        "approval/alone",
        "warning",
        f"{fact}, and so approves what is their own",
        places.value(path),
        path,
        note="an approval by the one who asks for it checks nothing",
        help="name somebody else besides, or write `four_eyes: true` at a gate",
    )


def _drafts(charter: Charter) -> Iterator[Diagnostic]:
    found = drafts(charter)
    if charter.ratified_by is None or not found:
        return
    first = found[0]
    yield Diagnostic(
        "approval/draft",
        "note",
        f"{len(found)} definition{'s are' if len(found) > 1 else ' is'} still `draft`: "
        f"{listing(path or 'the charter' for path in found)}",
        charter.places.value(f"{first}.status" if first else "status"),
        f"{first}.status" if first else "status",
        note="who signs the charter signs a text that its author has not finished",
        help="read it once more, and write `status: reviewed`",
    )


def _in_draft(path: str, value: object) -> Iterator[str]:
    """The paths below a value whose meta says draft."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _in_draft(f"{path}.{key}" if path else str(key), one)
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from _in_draft(f"{path}.{index}" if path else str(index), one)
    elif is_dataclass(value) and not isinstance(value, type | Places):
        for field in fields(value):
            one = getattr(value, field.name)
            if isinstance(one, Meta):
                if one.status == "draft":
                    yield path
            elif field.compare:
                name = field.name.rstrip("_")
                yield from _in_draft(f"{path}.{name}" if path else name, one)
