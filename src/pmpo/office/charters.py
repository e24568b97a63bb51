"""Charters to sign: who signed which bytes, what they change, and from when they count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pmpo.assure.diff import Difference, difference
from pmpo.decide import state as kinds
from pmpo.decide.gate import Unmet
from pmpo.decide.ratify import (
    Signing,
    day_asked,
    signed_so_far,
    unmet_by_signatures,
    unmet_for_signature,
)
from pmpo.decide.state import Signature, State
from pmpo.diagnostics import CharterError, DataError, Diagnostic, PmpoError, stop
from pmpo.model.charter import Charter
from pmpo.model.effect import Effect, effect_of
from pmpo.model.entry import Actor, Entry, moment_text, part_of_id
from pmpo.office.book import Book


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of a signature under a charter, or what would come of it.

    Args:
        effect: from when it counts; as if it were ratified now, before it is.
        signable: nothing keeps this person from signing it; what is unmet is for others to sign.
        replaces: the hash of the charter that was ratified last; empty where none was.
        difference: what changes by it; None where none was ratified, or `lost` says why.
        lost: why the charter that it replaces cannot be read any more.
    """

    charter: Charter
    unmet: tuple[Unmet, ...]
    signers: tuple[str, ...]
    ratified: bool
    effect: Effect
    recorded: int
    signable: bool = True
    replaces: str = ""
    difference: Difference | None = None
    lost: str = ""


class Charters(Book):
    """The part of a desk at which charters are signed."""

    def ratify(
        self,
        actor: Actor,
        *,
        editor: str = "",
        effective: date | None = None,
        because: str = "",
        findings: Sequence[Diagnostic] | None = None,
        shown: str = "",
        dry_run: bool = False,
    ) -> Signed:
        """Sign the charter as it stands; it is ratified when enough people have signed.

        Args:
            editor: who wrote it; by default whoever signs first.
            effective: the first day on which it counts; by default as the charter says.
            because: why it counts before the review that the charter waits for.
            shown: the hash of the bytes that the signer has seen; others are not signed.
            dry_run: say what would come of it, and record nothing.
        Raises: DataError `charter/changed-unseen`.
        """
        loaded = self.office.load(self.program)
        if loaded.charter is None:
            raise CharterError(loaded.findings)
        charter = loaded.charter
        if shown and shown != charter.text_hash:
            raise _changed(charter)
        found = self.office.check(self.program) if findings is None else findings
        signed: Signed | None = None

        def entries(state: State) -> list[Entry]:
            nonlocal signed
            own = signed_so_far(state, charter)
            wrote = editor or (own[0].editor if own else actor.name)
            signing = Signing(
                actor.name,
                actor.how,
                wrote,
                charter,
                self.people,
                self.mode,
                found,
                own,
                effective,
                because,
            )
            signed, made = self._signing(signing, actor, state)
            if made and not dry_run:
                self.office.keep_charter(loaded.data)  # before anything names these bytes
            return [] if dry_run else made

        recorded = self.append(entries)
        assert signed is not None
        return replace(signed, recorded=recorded)

    def _signing(self, signing: Signing, actor: Actor, state: State) -> tuple[Signed, list[Entry]]:
        """What comes of a signature on all that is there, and the entries that say so."""
        charter, own, now = signing.charter, signing.signed, self.now()
        effect = effect_of(charter, now, day_asked(signing))
        signed = self._beside_the_last(Signed(charter, (), (), False, effect, 0), state)
        unmet = unmet_for_signature(signing, state, now)
        known = tuple(dict.fromkeys(one.actor.name for one in own))
        if unmet:
            return replace(signed, unmet=unmet, signers=known, signable=False), []
        reasons = [signing.because, *(one.because for one in own)]
        mine = Signature(
            charter.text_hash, charter.logic_hash, actor, signing.editor, now, signing.day,
            next(filter(None, reasons), ""), state.rounds(charter.text_hash),
        )  # fmt: skip
        before = state.ratifications[-1].quorum if state.ratifications else None
        lacking = unmet_by_signatures(charter, self.people, [*own, mine], self.mode, before)
        names = tuple(dict.fromkeys([*known, actor.name]))
        signed = replace(signed, unmet=lacking, signers=names, ratified=not lacking)
        return signed, self._signed(signed, mine, new=actor.name not in known)

    def _beside_the_last(self, signed: Signed, state: State) -> Signed:
        """The same with what changes against the charter that was ratified last."""
        if not state.ratifications:
            return signed
        last = state.ratifications[-1].charter_text
        try:
            before = self.office.signed(last)
        except PmpoError as error:
            return replace(signed, replaces=last, lost=error.findings[0].message)
        if before.charter is None:
            return replace(signed, replaces=last, lost=before.findings[0].message)
        return replace(signed, replaces=last, difference=difference(before.charter, signed.charter))

    def _signed(self, signed: Signed, mine: Signature, *, new: bool) -> list[Entry]:
        charter = signed.charter
        body = {
            "charter_text": charter.text_hash,
            "charter_logic": charter.logic_hash,
            "editor": mine.editor,
            "day": mine.day.isoformat() if mine.day is not None else "",
            "because": mine.because,
            "replaces": signed.replaces,
            "changes": _counted(signed.difference),
        }
        short = charter.text_hash.removeprefix("sha256:")[:24]
        again = f":{mine.round}" if mine.round else ""
        made = []
        if new:
            id = f"signed:{short}:{part_of_id(mine.actor.name)}{again}"
            made.append(self.entry(id, kinds.SIGNED, mine.actor, body))
        if signed.ratified and signed.effect.at is not None:
            quorum = charter.ratified_by
            more = {
                **body,
                "effective": moment_text(signed.effect.at),
                "rule": signed.effect.rule,
                "signers": list(signed.signers),
                "any": quorum.any if quorum else 1,
                "of": list(quorum.of) if quorum else [charter.owner],
                **({"needs": list(quorum.needs)} if quorum and quorum.needs else {}),
                "mode": self.mode,
            }
            made.append(self.entry(f"ratified:{short}{again}", kinds.RATIFIED, mine.actor, more))
        return made


def _counted(found: Difference | None) -> dict[str, Any]:
    """How many changes a signer was shown, by what they touch; both texts are named beside it."""
    if found is None:
        return {}
    return {kind: len(found.touching(kind)) for kind in ("numbers", "duties", "wording")}


def _changed(charter: Charter) -> PmpoError:
    return stop(
        "charter/changed-unseen",
        f"the charter of `{charter.program}` was changed while it was shown to who signs it",
        note=f"it is {charter.text_hash} now; nothing was signed",
        help="look at it again: `pmpo ratify --dry-run`",
        error=DataError,
    )
