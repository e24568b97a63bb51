"""Whose key is whose, as the log itself says.

An entry of kind `KeyDeclared` says in its body which `key` signs for a `person` from there on; an
empty one takes the key back. So whoever has the log alone can tell a key that was somebody's when
it signed from one that nobody ever declared, or that had been taken back by then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pmpo.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pmpo.diagnostics import Severity
    from pmpo.model.entry import Entry

KEY_DECLARED: Final = "KeyDeclared"
_ASK: Final = "ask the person whether they wrote it, and find out who could write to the ledger"


@dataclass(slots=True)
class Authors:
    """Which key signs for whom, as far as a log was read, and what was signed with others."""

    keys: dict[str, str] = field(default_factory=dict)
    _since: dict[tuple[str, str], int] = field(default_factory=dict)
    _taken_back: dict[tuple[str, str], int] = field(default_factory=dict)
    _undeclared: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _after: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def read(self, position: int, entry: Entry) -> None:
        """Take in the next entry; one that declares its author's own key is signed with that."""
        if entry.kind == KEY_DECLARED:
            self._declare(position, str(entry.body.get("person")), str(entry.body.get("key")))
        signed = entry.actor.name, entry.actor.key
        if entry.actor.how != "key" or self.keys.get(signed[0]) == signed[1]:
            return
        strange = self._after if signed in self._since else self._undeclared
        strange.setdefault(signed, []).append(position)

    def _declare(self, position: int, person: str, key: str) -> None:
        if person in self.keys:
            self._taken_back[person, self.keys.pop(person)] = position
        if key:
            self.keys[person] = key
            self._since.setdefault((person, key), position)

    def findings(self) -> Iterator[Diagnostic]:
        """What was signed with keys that were not their authors' then."""
        for (person, key), positions in self._after.items():
            yield _found(
                "ledger/key-withdrawn",
                f"{_entries(positions)} signed with {_short(key)}, which was not the key of "
                f"`{person}` any more",
                note=f"entry {self._taken_back[person, key]} says so",
            )
        for (person, key), positions in self._undeclared.items():
            since = self._since.get((person, key))
            early = since is not None and positions[-1] < min(self._since.values())
            yield _found(
                "ledger/key-undeclared",
                f"{_entries(positions)} signed with {_short(key)}, which no entry before says is "
                f"the key of `{person}`",
                "note" if early else "error",
                note=f"it was written before the ledger said whose keys are whose; entry {since} "
                "says it of this one"
                if early
                else "anybody can make a key with that name",
                help="nothing needs to be done" if early else _ASK,
            )


def declared_keys(entries: Iterable[Entry]) -> dict[str, str]:
    """The keys that entries of kind `KeyDeclared`, in their order, leave to people."""
    authors = Authors()
    for position, entry in enumerate(entries):
        authors.read(position, entry)
    return authors.keys


def _entries(positions: list[int]) -> str:
    more = f" and {len(positions) - 1} more are" if len(positions) > 1 else " is"
    return f"entry {positions[0]}{more}"


def _short(key: str) -> str:
    """A key as people compare it: its name and id."""
    return "+".join(key.split("+")[:2])


def _found(
    code: str, fact: str, severity: Severity = "error", *, note: str, help: str = _ASK
) -> Diagnostic:
    return Diagnostic(code, severity, fact, note=note, help=help)
