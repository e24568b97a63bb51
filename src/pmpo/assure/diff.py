"""What differs between two charters, in the words of the people who decide by them.

Both are compared as they are written, so that what is inherited or left out is not told twice.
Definitions are known by their names, rules by their ids: what only moved is no change of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pmpo.assure.diff_words import shown, words
from pmpo.charter.canonical import canonical
from pmpo.charter.language import CHARTER
from pmpo.charter.shapes import Shape
from pmpo.charter.yaml import read
from pmpo.model.charter import Charter

Touches = Literal["numbers", "duties", "wording"]
Path = tuple[str, ...]
ABSENT: Final = object()
"""Stands where a definition or field is not written."""

# By what items of a list are told apart; other lists are compared as a whole.
_NAMED_BY: Final = {
    "rules": "id",
    "out": "where",
    "accepted_gaps": "where",
    "trade_offs": "between",
    "not_decided_here": "what",
}
_DUTIES: Final = {
    "program", "purpose", "owner", "ratified_by", "effective", "not_decided_here", "trade_offs",
    "triggers", "cadence", "gates",
}  # fmt: skip
_DUTIES_ANYWHERE: Final = {
    "owner", "status", "updated", "coi", "review_by", "claim", "cadence", "late_after",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    Args:
        path: where, in charter paths; items of a list by their name.
        touches: `numbers`: it can change what units get; `duties`: who answers, decides or meets,
            and when; `wording`: only what people read.
        words: the change in a sentence.
    """

    path: str
    touches: Touches
    kind: Literal["added", "removed", "changed"]
    words: str

    def as_json(self) -> dict[str, str]:
        """The stable JSON object."""
        return {
            "path": self.path,
            "touches": self.touches,
            "kind": self.kind,
            "words": self.words,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs between two charters, in the order of the newer one."""

    before: Charter
    after: Charter
    changes: tuple[Change, ...]

    @property
    def same_logic(self) -> bool:
        """Whether no number can differ."""
        return self.before.logic_hash == self.after.logic_hash

    @property
    def is_same(self) -> bool:
        """Whether the two are the same text, byte by byte."""
        return self.before.text_hash == self.after.text_hash

    def touching(self, touches: Touches) -> tuple[Change, ...]:
        """The changes of one kind."""
        return tuple(change for change in self.changes if change.touches == touches)

    def as_json(self) -> dict[str, Any]:
        """The stable JSON object."""
        return {
            "program": self.after.program,
            "same_text": self.is_same,
            "same_logic": self.same_logic,
            "logic_before": self.before.logic_hash,
            "logic_after": self.after.logic_hash,
            "changes": [change.as_json() for change in self.changes],
        }


def difference(before: Charter, after: Charter) -> Difference:
    """Compare two charters as they are written."""
    old, new = _written(before), _written(after)
    found = [
        Change(
            ".".join(one.path),
            one.touches,
            "added" if one.old is ABSENT else "removed" if one.new is ABSENT else "changed",
            words(one.path, _or_none(one.old), _or_none(one.new), old, new),
        )
        for one in _differing((), old, new, CHARTER, "numbers")
    ]
    return Difference(before, after, tuple(found))


@dataclass(frozen=True, slots=True)
class _Found:
    """A place at which two charters differ, with what stands there in each."""

    path: Path
    old: Any
    new: Any
    touches: Touches


def _written(charter: Charter) -> Any:
    root = read(charter.places.text, charter.places.file).root
    assert root is not None, "a charter was read from its text"
    return canonical(root, None)


def _or_none(value: Any) -> Any:
    return None if value is ABSENT else value


def _differing(
    path: Path, old: Any, new: Any, shape: Shape | None, touches: Touches
) -> Iterator[_Found]:
    """The places below `path` that differ, each as deep as names lead."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*new, *old]):
            inner = _touches((*path, key), shape, touches)
            below = shape.below(key) if shape is not None else None
            values = old.get(key, ABSENT), new.get(key, ABSENT)
            yield from _differing((*path, key), *values, below, inner)
        return
    named = _NAMED_BY.get(path[-1]) if path else None
    if named and isinstance(old, list) and isinstance(new, list):
        yield from _items(path, _by_name(old, named), _by_name(new, named), shape, touches)
        return
    yield _Found(path, old, new, touches)


def _items(
    path: Path,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    shape: Shape | None,
    touches: Touches,
) -> Iterator[_Found]:
    """Items of a list by their names, then whether those that stayed changed places."""
    below = shape.below("") if shape is not None else None
    for name in dict.fromkeys([*new, *old]):
        values = old.get(name, ABSENT), new.get(name, ABSENT)
        yield from _differing((*path, name), *values, below, touches)
    stayed = [[name for name in one if name in other] for one, other in ((old, new), (new, old))]
    if stayed[0] != stayed[1]:
        yield _Found((*path, "order"), stayed[0], stayed[1], touches)


def _by_name(items: Sequence[Any], field: str) -> dict[str, Any]:
    """Items by the text of one field; the second of one name gets a number."""
    found: dict[str, Any] = {}
    for item in items:
        key = item.get(field) if isinstance(item, dict) else item
        name = " and ".join(map(shown, key)) if isinstance(key, list) else shown(key)
        while name in found:
            name += " again"
        found[name] = item
    return found


def _touches(path: Path, shape: Shape | None, above: Touches) -> Touches:
    """What a change at a path can touch, by what the language says of its last field."""
    if above == "wording" or (shape is not None and path[-1] in shape.documentary):
        return "wording"
    if above == "duties" or path[0] in _DUTIES or (len(path) > 2 and path[-1] in _DUTIES_ANYWHERE):
        return "duties"
    return "numbers"
