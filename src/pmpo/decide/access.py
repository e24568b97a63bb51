"""Who may do what: one pure function, without exceptions elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pmpo.model.charter import Charter, Gate
from pmpo.model.office import OfficeFile

Act = Literal["propose", "approve", "ratify", "waive", "reopen", "review", "progress"]

ACTS: Final[tuple[Act, ...]] = (
    "propose", "approve", "ratify", "waive", "reopen", "review", "progress",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Allowed:
    """An answer with its reason; `meets` says what would make it yes."""

    yes: bool
    because: str
    meets: str = ""

    def __bool__(self) -> bool:
        return self.yes


def is_known(actor: str, office: OfficeFile) -> bool:
    """Whether office.yaml lets somebody act; an office that names nobody knows everybody."""
    return not office.actors or actor in office.actors


def roles_of(actor: str, office: OfficeFile) -> frozenset[str]:
    """What somebody may be called in a charter: their own id, and their roles."""
    person = office.people.get(actor)
    return frozenset({actor, *(person.roles if person else ())})


def gate_roles(charter: Charter, office: OfficeFile, gate: str) -> tuple[str, ...]:
    """Who may open a gate: those whom charter and office both name, else the program's owner.

    Nobody, where the two have no name in common: neither can loosen what the other asks for.
    """
    gates = [gates[gate] for gates in (charter.gates, office.gates) if gate in gates]
    named = [set(one.roles) for one in gates if one.roles]
    if not named:
        return (charter.owner,)
    return tuple(sorted(set.intersection(*named)))


def gates_of(charter: Charter, office: OfficeFile, name: str) -> tuple[Gate, ...]:
    """The gates of that name: the charter's own, and the office's for every program."""
    return tuple(gates[name] for gates in (charter.gates, office.gates) if name in gates)


def allow(actor: str, act: Act, charter: Charter, office: OfficeFile) -> Allowed:
    """Whether somebody may do something in a program.

    Everybody whom the office knows may propose, reopen and note progress: a reason is as good as
    it is, whoever has it. Opening a gate, signing a charter and waiving a rule bind others; what
    waits at a gate is withdrawn by who asked, the owner, or who opens it (`may_withdraw`), and what
    is due is answered by those whose it is (`may_answer`).
    """
    if not is_known(actor, office):
        return _unknown(actor, office)
    return _among(actor, act, _wanted(act, charter, office), office)


def may_answer(actor: str, owners: Iterable[str], charter: Charter, office: OfficeFile) -> Allowed:
    """Whether somebody may answer what is due: whose it is, the program's owner, or a chair.

    Args:
        owners: the people and roles whose it is.
    """
    if not is_known(actor, office):
        return _unknown(actor, office)
    wanted = tuple(dict.fromkeys((*owners, *_chairs(charter))))
    return _among(actor, "answer it", wanted, office)


def may_withdraw(
    actor: str, asker: str, gate: Literal["approve", "waive"], charter: Charter, office: OfficeFile
) -> Allowed:
    """Whether somebody may end what waits at a gate: who asked, the owner, or who opens the gate.

    Whoever may say yes may say no: else what they refuse would wait for them for ever.
    """
    if not is_known(actor, office):
        return _unknown(actor, office)
    wanted = (asker, charter.owner, *gate_roles(charter, office, gate))
    return _among(actor, "withdraw it", tuple(dict.fromkeys(wanted)), office)


def may_keep(actor: str, what: str, office: OfficeFile) -> Allowed:
    """Whether somebody may look after the ledger: its keepers, where office.yaml has some.

    Args:
        what: what they want to do, such as `rotate`.
    """
    if not is_known(actor, office):
        return _unknown(actor, office)
    return _among(actor, what, office.keepers or None, office)


def _unknown(actor: str, office: OfficeFile) -> Allowed:
    if actor in office.roles:
        holders = office.holding(actor)
        return Allowed(
            False,
            f"`{actor}` is a role, and office.yaml names the people who act",
            f"act as {' or '.join(holders)}, who {'has' if len(holders) == 1 else 'have'} the role"
            if holders
            else f"give somebody under `people` the role `{actor}`",
        )
    return Allowed(
        False,
        f"office.yaml knows nobody called `{actor}`",
        "add the person under `people` or the role under `roles`, or act as somebody it knows",
    )


def _among(actor: str, act: str, wanted: tuple[str, ...] | None, office: OfficeFile) -> Allowed:
    """Whether somebody is one of those who may, or has one of their roles."""
    if wanted is None:
        return Allowed(True, f"whoever the office knows may {act}")
    mine = roles_of(actor, office) & set(wanted)
    if mine:
        return Allowed(True, f"`{actor}` acts as {min(mine)}")
    if not wanted:
        return Allowed(
            False,
            f"charter and office.yaml name nobody in common who may {act}",
            f"name the same role under `gates` of both for `{act}`",
        )
    return Allowed(
        False,
        f"`{actor}` is not among those who may {act}: {', '.join(wanted)}",
        f"let {' or '.join(wanted)} do it",
    )


def _wanted(act: Act, charter: Charter, office: OfficeFile) -> tuple[str, ...] | None:
    """The names and roles that an act asks for; None where anybody known will do."""
    if act == "approve":
        return gate_roles(charter, office, "approve")
    if act == "waive":
        return gate_roles(charter, office, "waive")
    if act == "ratify":
        return charter.ratified_by.of if charter.ratified_by is not None else (charter.owner,)
    if act == "review":
        return _chairs(charter)
    return None


def _chairs(charter: Charter) -> tuple[str, ...]:
    """Who holds the reviews: the chairs that the charter names, and the program's owner."""
    chairs = {one.chair for one in charter.cadence.values() if one.chair}
    return tuple(sorted({*chairs, charter.owner}))
