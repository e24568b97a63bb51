"""Ratification: enough of the named people sign the bytes of a charter. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from pmpo.assure.approval import drafts
from pmpo.decide.access import allow, roles_of
from pmpo.decide.gate import Unmet
from pmpo.decide.state import Signature, State
from pmpo.diagnostics import Diagnostic, has_errors
from pmpo.model.charter import Charter, Quorum
from pmpo.model.decision import Mode
from pmpo.model.effect import effect_of
from pmpo.model.entry import SURE, How
from pmpo.model.office import OfficeFile

_SIGN: Final = "`pmpo ratify --as NAME`"


@dataclass(frozen=True, slots=True)
class Signing:
    """Somebody about to sign a charter.

    Args:
        how: how their name is known.
        editor: who wrote it, as far as is known; cannot be the only signer.
        findings: what `check` says of the charter.
        signed: the signatures that are under it already.
        day: the first day on which it is to count, where the signer says one.
        because: why it is to count before the review that it waits for.
    """

    actor: str
    how: How
    editor: str
    charter: Charter
    office: OfficeFile
    mode: Mode
    findings: Sequence[Diagnostic] = ()
    signed: Sequence[Signature] = ()
    day: date | None = None
    because: str = ""


def signed_so_far(state: State, charter: Charter) -> tuple[Signature, ...]:
    """The signatures under a charter that count: those since it was ratified last, if it was."""
    round = state.rounds(charter.text_hash)
    return tuple(
        one
        for one in state.signatures
        if one.charter_text == charter.text_hash and one.round == round
    )


def day_asked(signing: Signing) -> date | None:
    """The first day that its signers want, the last who said one."""
    said = [one.day for one in signing.signed if one.day is not None]
    return signing.day or (said[-1] if said else None)


def unmet_for_signature(signing: Signing, state: State, now: datetime) -> tuple[Unmet, ...]:
    """What keeps somebody from signing this charter now."""
    charter, found = signing.charter, []
    answer = allow(signing.actor, "ratify", charter, signing.office)
    if not answer and not _had_a_seat(signing, state):
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
    if signing.how not in SURE and _asks_for_keys(charter, state):
        found.append(
            Unmet(
                "ratify/key",
                "signatures are asked for, and this one would only be asserted",
                "sign with a personal key: `pmpo ratify --as NAME --key FILE`",
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
    last = state.ratifications[-1] if state.ratifications else None
    if last is not None and last.charter_text == charter.text_hash:
        since = f"{last.effective:%Y-%m-%d %H:%M} UTC"
        told = "counts since" if last.effective <= now else "counts from"
        fact = f"this charter is ratified already, and {told} {since}"
        found.append(Unmet("ratify/already", fact, "there is nothing to sign"))
        return tuple(found)
    return (*found, *_unmet_by_day(signing, now))


def _asks_for_keys(charter: Charter, state: State) -> bool:
    """Whether the charter, or the one that it replaces, counts only signatures with keys."""
    before = state.ratifications[-1].quorum if state.ratifications else None
    return any(one is not None and one.keyed for one in (charter.ratified_by, before))


def _had_a_seat(signing: Signing, state: State) -> bool:
    """Whether somebody may sign for the charter that this one replaces."""
    seats = state.ratifications[-1].quorum.of if state.ratifications else ()
    return bool(roles_of(signing.actor, signing.office) & set(seats))


def _unmet_by_day(signing: Signing, now: datetime) -> Iterator[Unmet]:
    """What is wrong with when the charter would begin to count."""
    own = effect_of(signing.charter, now)
    day, begins = signing.day, effect_of(signing.charter, now, day_asked(signing))
    if begins.at is None:
        yield Unmet(
            "ratify/no-review",
            f"the charter counts {begins.rule}, and none comes any more",
            "give its cadence a later end, write `effective: at once`, or add `--effective DATE`",
        )
        return
    if day is None:
        return
    if day < now.astimezone(UTC).date():
        yield Unmet("ratify/effective-past", f"{day} has passed", "name today or a later day")
    others = {one.day for one in signing.signed if one.day not in (None, day)}
    if others:
        told = ", ".join(str(one) for one in others)
        yield Unmet(
            "ratify/effective-differs",
            f"who signed before signed for {told}",
            "leave `--effective` out, or name the same day",
        )
    if (own.at is None or begins.at < own.at) and not signing.because:
        when = f"{own.at:%Y-%m-%d %H:%M}" if own.at is not None else "never"
        yield Unmet(
            "ratify/effective-because",
            f"the charter counts {own.rule} ({when}), and {day} is before that",
            "say why it cannot wait: `--because TEXT`",
        )


def unmet_by_signatures(
    charter: Charter,
    office: OfficeFile,
    signatures: Iterable[Signature],
    mode: Mode,
    replaced: Quorum | None = None,
) -> tuple[Unmet, ...]:
    """What the signatures under a charter still lack before it is ratified.

    Args:
        replaced: who had to sign the charter that this one replaces. They have to sign it too:
            else whoever writes a charter could write himself its only signer.
    """
    own = [one for one in signatures if one.charter_text == charter.text_hash]
    signers = tuple(dict.fromkeys(one.actor.name for one in own))
    quorum = charter.ratified_by or Quorum(any=1, of=(charter.owner,))
    found = []
    lacking = _signatures_lacking(quorum, own, office)
    if lacking:
        found.append(Unmet("ratify/quorum", lacking, _SIGN))
    if replaced is not None and replaced != quorum:
        before = _signatures_lacking(replaced, own, office)
        if before:
            fact = f"{before}, as the charter before it asks for"
            found.append(Unmet("ratify/quorum-before", fact, _SIGN))
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


def _signatures_lacking(quorum: Quorum, signatures: Sequence[Signature], office: OfficeFile) -> str:
    """How many signatures there are of those that a quorum asks for; nothing when it is full."""
    counting = [one for one in signatures if one.actor.how in SURE or not quorum.keyed]
    signers = tuple(dict.fromkeys(one.actor.name for one in counting))
    placed = seats_filled(signers, quorum.of, office)
    if placed >= quorum.any:
        return ""
    with_keys = " with keys" if quorum.keyed else ""
    return f"{placed} of {quorum.any} signatures{with_keys} are there (of {', '.join(quorum.of)})"


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
