"""Entries of the ledger: what happened, in the past tense, and how its author was known.

An entry is made whole by whoever writes it, with its id: so writing it again changes nothing. Its
leaf is its canonical JSON (RFC 8785), the bytes that the ledger's tree is built over. Personal and
large data stay outside of it: the leaf holds their salted hashes, so that they can be erased.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

import rfc8785

from pmpo.diagnostics import StoreError, stop

SURE: Final = ("key", "session")
"""How an author can be known who did not only say so."""
SCHEMA: Final = 1
LEAF_SIZE_MAX: Final = 65_536
SALT_SIZE: Final = 32
_SIGNATURE_ROOM: Final = 256
"""What a signature adds to a leaf, and some more."""
_SIGNED_AS: Final = b"pmpo ledger entry, schema 1\n"
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KIND: Final = re.compile(r"[A-Z][A-Za-z]{0,63}")
_PROGRAM: Final = re.compile(r"\w[\w.-]{0,199}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")

How = Literal["asserted", "key", "session"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted, and how that was known.

    Args:
        name: the person, as office.yaml names them.
        how: `asserted` they said so (`--as`), `key` they signed the entry, `session` they were
            logged in.
        key: the verifier key of the signature (C2SP signed-note); only with `key`.
        signature: base64 of the Ed25519 signature over `Entry.to_sign()`; only with `key`.
    """

    name: str
    how: How = "asserted"
    key: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """Data that an entry rests on and that is kept outside its leaf.

    Args:
        hash: `sha256:…` of the salt followed by the data.
        size: bytes of the data.
    """

    hash: str
    size: int

    @classmethod
    def of(cls, data: bytes, salt: bytes) -> Attached:
        """What the leaf says of `data`; the salt keeps short data from being guessed."""
        if len(salt) != SALT_SIZE:
            raise ValueError(f"a salt has {SALT_SIZE} bytes, not {len(salt)}")
        return cls("sha256:" + hashlib.sha256(salt + data).hexdigest(), len(data))


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Args:
        id: made by whoever writes it: letters, digits and `._:-`. Appending an id again is no
            second entry.
        kind: what happened, in the past tense: `Evaluated`, `Ratified`, `Decided`.
        program: which program it belongs to; None for the office as a whole.
        recorded_at: by the clock of whoever wrote it, in UTC. The ledger's order is its own.
        actor: who did it.
        body: a JSON object; whole numbers, decimals as texts.
        attached: what is kept outside, by name.

    Raises:
        StoreError: `ledger/bad-entry`, when it could not be written as one leaf.

    Example:
        >>> entry = Entry("e-1", "Noted", None, datetime(2026, 3, 2, tzinfo=UTC), Actor("anna"))
        >>> read_entry(entry.leaf()) == entry
        True
    """

    id: str
    kind: str
    program: str | None
    recorded_at: datetime
    actor: Actor
    body: Mapping[str, Any] = field(default_factory=dict)
    attached: Mapping[str, Attached] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for wrong in _faults(self):
            raise _bad(f"entry `{self.id}`: {wrong}")

    def leaf(self) -> bytes:
        """The canonical JSON of the entry.

        Raises: StoreError `ledger/bad-entry`: it is none; `ledger/entry-too-large`.
        """
        return _canonical(self, self.actor.signature)

    def to_sign(self) -> bytes:
        """What a personal key signs: the entry without its signature, under a label of its own."""
        return _SIGNED_AS + _canonical(self, "")

    def signed(self, signature: str) -> Entry:
        """The same entry with its signature."""
        return replace(self, actor=replace(self.actor, signature=signature))

    def same_as(self, other: Entry) -> bool:
        """Whether two entries say the same, whenever they were written down."""
        return _content(self) == _content(other)


def part_of_id(text: str) -> str:
    """A name as ids can hold it: itself, or its hash where it has other letters or many of them.

    Example:
        >>> part_of_id("anna"), part_of_id("花子")
        ('anna', 'ebaec6bca086d4bd')
    """
    return text if _PART.fullmatch(text) else hashlib.sha256(text.encode()).hexdigest()[:16]


def moment_text(moment: datetime) -> str:
    """A moment as leaves write it: UTC with six digits.

    Example:
        >>> moment_text(datetime(2026, 3, 2, 9, tzinfo=UTC))
        '2026-03-02T09:00:00.000000Z'
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def read_entry(leaf: bytes) -> Entry:
    """Read a leaf.

    Raises:
        StoreError: `ledger/newer-schema`: written by a newer version; `ledger/bad-entry`: these
            are not the bytes of any entry.
    """
    try:
        said = json.loads(leaf)
        if isinstance(said, dict) and isinstance(said.get("schema"), int):
            _check_schema(said["schema"])
        entry = _entry(said)
        again = entry.leaf()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _bad(f"a leaf is not an entry: {error}") from error
    if again != leaf:
        raise _bad(f"the leaf of entry `{entry.id}` is not in canonical form")
    return entry


def _check_schema(schema: int) -> None:
    if schema > SCHEMA:
        raise stop(
            "ledger/newer-schema",
            f"an entry has schema {schema}, and this version knows schemas up to {SCHEMA}",
            help="upgrade: `pip install --upgrade pmpo`",
            error=StoreError,
        )


def _entry(said: Any) -> Entry:
    attached = {name: Attached(**one) for name, one in said["attached"].items()}
    moment = said["recorded_at"]
    if not _MOMENT.fullmatch(moment):
        raise ValueError(f"`{moment}` is not a moment")
    return Entry(
        said["id"],
        said["kind"],
        said["program"],
        datetime.fromisoformat(moment),
        Actor(**said["actor"]),
        said["body"],
        attached,
    )


def _canonical(entry: Entry, signature: str) -> bytes:
    try:
        leaf = rfc8785.dumps(_as_json(entry, signature))
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise _bad(f"entry `{entry.id}` cannot be written: {error}") from error
    if len(leaf) > LEAF_SIZE_MAX:
        raise _too_large(entry, len(leaf))
    return leaf


def _too_large(entry: Entry, size: int) -> Exception:
    """The error about an entry that is too large: what makes it so, and how much would fit."""
    name, part = _largest(entry.body)
    taken = len(rfc8785.dumps(part))
    room = max(LEAF_SIZE_MAX - (size - taken) - _SIGNATURE_ROOM, 0)
    return stop(
        "ledger/entry-too-large",
        f"`{name}` has {taken:,} bytes, and the entry `{entry.kind}` with it {size:,}; an entry "
        f"has at most {LEAF_SIZE_MAX:,}",
        note="entries are kept for ever and proven one by one, so they are small; nothing was "
        "recorded",
        help=f"let `{name}` have at most {room:,} bytes: say the gist, and name the file or page "
        "that holds the rest",
        error=StoreError,
    )


def _largest(body: Mapping[str, Any]) -> tuple[str, Any]:
    """The part of a body that takes the most room, by its name: a text, a number or a list."""
    name, part = max(body.items(), key=lambda item: len(rfc8785.dumps(item[1])))
    return _largest(part) if isinstance(part, Mapping) and part else (name, part)


def _as_json(entry: Entry, signature: str) -> dict[str, Any]:
    actor = {"name": entry.actor.name, "how": entry.actor.how}
    if entry.actor.key:
        actor["key"] = entry.actor.key
    if signature:
        actor["signature"] = signature
    return {
        "schema": SCHEMA,
        "id": entry.id,
        "kind": entry.kind,
        "program": entry.program,
        "recorded_at": moment_text(entry.recorded_at),
        "actor": actor,
        "attached": {
            name: {"hash": one.hash, "size": one.size} for name, one in entry.attached.items()
        },
        "body": dict(entry.body),
    }


def _content(entry: Entry) -> bytes:
    said = _as_json(entry, "")
    del said["recorded_at"]
    return rfc8785.dumps(said)


def _faults(entry: Entry) -> list[str]:
    checks = (
        (_ID.fullmatch(entry.id), "an id has letters, digits and `._:-`, at most 128"),
        (_KIND.fullmatch(entry.kind), f"`{entry.kind}` is not a kind such as `Decided`"),
        (
            entry.program is None or _PROGRAM.fullmatch(entry.program),
            f"`{entry.program}` is not the name of a program",
        ),
        (entry.recorded_at.tzinfo is not None, "its moment has no time zone"),
        (bool(entry.actor.name), "it names nobody who acted"),
        (entry.actor.how in get_args(How), f"`{entry.actor.how}` is no way to know an actor"),
        (
            (entry.actor.how == "key") == bool(entry.actor.key),
            "a key goes with an actor who is known by `key`, and only with that",
        ),
        (
            bool(entry.actor.key) or not entry.actor.signature,
            "it is signed without naming the key",
        ),
        (
            all(_HASH.fullmatch(one.hash) and one.size >= 0 for one in entry.attached.values()),
            "what is attached needs a hash and a size",
        ),
    )
    return [fault for fine, fault in checks if not fine]


def _bad(fact: str) -> Exception:
    return stop(
        "ledger/bad-entry",
        fact,
        note="an entry is one object of canonical JSON (RFC 8785), and small",
        help="attach large or personal data instead of writing it into the body",
        error=StoreError,
    )
