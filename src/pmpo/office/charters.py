"""Charters to sign: who signed which bytes, and when enough people have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pmpo.decide import state as kinds
from pmpo.decide.gate import Unmet
from pmpo.decide.ratify import Signing, unmet_by_signatures, unmet_for_signature
from pmpo.decide.state import Signature, State
from pmpo.diagnostics import CharterError, Diagnostic
from pmpo.model.charter import Charter
from pmpo.model.entry import Actor, Entry
from pmpo.office.book import Book


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of a signature under a charter."""

    charter: Charter
    unmet: tuple[Unmet, ...]
    signers: tuple[str, ...]
    ratified: bool
    effective: date
    recorded: int


class Charters(Book):
    """The part of a desk at which charters are signed."""

    def ratify(
        self,
        actor: Actor,
        *,
        editor: str = "",
        effective: date | None = None,
        findings: Sequence[Diagnostic] | None = None,
    ) -> Signed:
        """Sign the charter as it stands; it is ratified when enough people have signed.

        Args:
            editor: who wrote it; by default whoever signs first.
            effective: the first day on which it counts; by default today.
        """
        loaded = self.office.load(self.program)
        if loaded.charter is None:
            raise CharterError(loaded.findings)
        charter = loaded.charter
        found = self.office.check(self.program) if findings is None else findings
        self.office.keep_charter(loaded.data)
        signed: Signed | None = None

        def entries(state: State) -> list[Entry]:
            nonlocal signed
            own = [s for s in state.signatures if s.charter_text == charter.text_hash]
            wrote = editor or (own[0].editor if own else actor.name)
            begins = effective or (own[0].effective if own else self.today)
            signing = Signing(actor.name, wrote, charter, self.people, self.mode, found)
            unmet = unmet_for_signature(signing, state, self.today)
            mine = Signature(
                charter.text_hash, charter.logic_hash, actor, wrote, begins, self.now()
            )
            names = tuple(dict.fromkeys([*(one.actor.name for one in own), actor.name]))
            if unmet:
                known = tuple(dict.fromkeys(one.actor.name for one in own))
                signed = Signed(charter, unmet, known, False, begins, 0)
                return []
            lacking = unmet_by_signatures(charter, self.people, [*own, mine], self.mode)
            signed = Signed(charter, lacking, names, not lacking, begins, 0)
            return self._signed(charter, mine, names, state, ratified=not lacking)

        recorded = self.append(entries)
        assert signed is not None
        return replace(signed, recorded=recorded)

    def _signed(
        self,
        charter: Charter,
        mine: Signature,
        names: tuple[str, ...],
        state: State,
        *,
        ratified: bool,
    ) -> list[Entry]:
        body = {
            "charter_text": charter.text_hash,
            "charter_logic": charter.logic_hash,
            "editor": mine.editor,
            "effective": mine.effective.isoformat(),
        }
        short = charter.text_hash.removeprefix("sha256:")[:24]
        made = [self.entry(f"signed:{short}:{mine.actor.name}", kinds.SIGNED, mine.actor, body)]
        if ratified:
            quorum = charter.ratified_by
            more = {
                **body,
                "signers": list(names),
                "any": quorum.any if quorum else 1,
                "of": list(quorum.of) if quorum else [charter.owner],
                "mode": self.mode,
                "replaces": state.ratifications[-1].charter_text if state.ratifications else "",
            }
            made.append(self.entry(f"ratified:{short}", kinds.RATIFIED, mine.actor, more))
        return made
