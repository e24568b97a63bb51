"""Ratification: enough of the named people sign the bytes of a charter. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from pmpo.assure.approval import drafts
from pmpo.decide.access import allow, roles_of
from pmpo.decide.gate import Unmet
from pmpo.decide.state import Signature, State
from pmpo.diagnostics import Diagnostic, has_errors
from pmpo.model.charter import Charter
from pmpo.model.decision import Mode
from pmpo.model.office import OfficeFile


@dataclass(frozen=True, slots=True)
class Signing:
    """Somebody about to sign a charter.

    Args:
        editor: who wrote it, as far as is known; cannot be the only signer.
        findings: what `check` says of the charter.
    """

    actor: str
    editor: str
    charter: Charter
    office: OfficeFile
    mode: Mode
    findings: Sequence[Diagnostic] = ()


def unmet_for_signature(signing: Signing, state: State, today: date) -> tuple[Unmet, ...]:
    """What keeps somebody from signing this charter today."""
    charter, found = signing.charter, []
    answer = allow(signing.actor, "ratify", charter, signing.office)
    if not answer:
        found.append(Unmet("ratify/not-allowed", answer.because, answer.meets))
    if has_errors(signing.findings):
        count = sum(one.severity == "error" for one in signing.findings)
        found.append(
            Unmet(
                "ratify/errors",
                f"`check` finds {count} error{'' if count == 1 else 's'} in the charter",
                "`pmpo check` says what to type",
            )
        )
    unread = drafts(charter)
    if unread:
        found.append(
            Unmet(
                "ratify/draft-definitions",
                f"not read to the end, still `status: draft`: {', '.join(unread[:3])}",
                "write `status: reviewed`, or take them out",
            )
        )
    if state.is_ratified(charter.logic_hash, today) and _same_bytes(state, charter, today):
        found.append(
            Unmet("ratify/already", "this charter is ratified already", "there is nothing to sign")
        )
    return tuple(found)


def _same_bytes(state: State, charter: Charter, today: date) -> bool:
    now = state.ratified(today)
    return now is not None and now.charter_text == charter.text_hash


def unmet_by_signatures(
    charter: Charter, office: OfficeFile, signatures: Iterable[Signature], mode: Mode
) -> tuple[Unmet, ...]:
    """What the signatures under a charter still lack before it is ratified."""
    own = [one for one in signatures if one.charter_text == charter.text_hash]
    signers = tuple(dict.fromkeys(one.actor.name for one in own))
    quorum = charter.ratified_by
    wanted, of = (quorum.any, quorum.of) if quorum is not None else (1, (charter.owner,))
    placed = seats_filled(signers, of, office)
    found = []
    if placed < wanted:
        left = ", ".join(name for name in of)
        found.append(
            Unmet(
                "ratify/quorum",
                f"{placed} of {wanted} signatures are there (of {left})",
                "`pmpo ratify --as NAME`",
            )
        )
    editors = {one.editor for one in own}
    if mode == "team" and signers and set(signers) <= editors:
        found.append(
            Unmet(
                "ratify/own-work",
                f"only `{signers[0]}`, who edited it, has signed",
                "let somebody else sign too",
            )
        )
    return tuple(found)


def seats_filled(signers: Sequence[str], seats: Sequence[str], office: OfficeFile) -> int:
    """How many seats different people fill, each person one: a largest matching.

    Example:
        >>> seats_filled(["anna"], ["finance", "supply"], OfficeFile(edition=1))
        0
    """
    holder: dict[str, str] = {}

    def seat(person: str, tried: set[str]) -> bool:
        for one in seats:
            if one in roles_of(person, office) and one not in tried:
                tried.add(one)
                if one not in holder or seat(holder[one], tried):
                    holder[one] = person
                    return True
        return False

    return sum(seat(person, set()) for person in signers)
