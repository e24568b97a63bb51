"""Who acts: as they say or as their key proves, and what the ledger is told of people's keys."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from shlex import quote as shell
from typing import TYPE_CHECKING

from pmpo.charter.office_file import LoadedOffice
from pmpo.diagnostics import CharterError, DataError, PmpoError, stop
from pmpo.model.entry import Actor, Entry
from pmpo.model.office import OfficeFile

if TYPE_CHECKING:
    from pmpo.store.ledger.log import Ledger
    from pmpo.store.ledger.note import SigningKey


def people_of(said: LoadedOffice) -> OfficeFile:
    """What office.yaml says of people; an office without one knows everybody.

    Raises: CharterError: it has errors.
    """
    if said.office is None and said.findings:
        raise CharterError(said.findings)
    return said.office or OfficeFile(edition=1)


def actor_of(name: str, key: Path | None, people: OfficeFile) -> tuple[Actor, SigningKey | None]:
    """Who acts, with the key that signs what they write where they have named one.

    Args:
        key: the file of the person's secret key.
    Raises: DataError `actor/…`, StoreError `ledger/key-…`.
    """
    if not name:
        raise stop(
            "actor/nobody",
            "nobody said who acts",
            help="add `--as NAME`, or set PMPO_AS",
            error=DataError,
        )
    if key is None:
        return Actor(name), None
    from pmpo.store.ledger.keys import read_key

    if not key.exists():
        raise stop(
            "actor/no-key-file",
            f"there is no file {key} with a key of `{name}`",
            help=f"name the file of your secret key; `pmpo key {shell(name)} --new` makes one",
            error=DataError,
        )
    signing = read_key(key, personal=True)
    actor = Actor(name, "key", str(signing.verifier))
    if not is_theirs(actor, people):
        raise not_theirs(actor, str(key), people)
    return actor, signing


def is_theirs(actor: Actor, people: OfficeFile) -> bool:
    """Whether office.yaml names the key with which somebody acts; without one there is none."""
    person = people.people.get(actor.name)
    return not actor.key or (person is not None and person.key == actor.key)


def not_theirs(actor: Actor, what: str, people: OfficeFile) -> PmpoError:
    """The error about a key that office.yaml does not give to whoever acts: `actor/key`."""
    whose = [name for name, person in people.people.items() if person.key == actor.key]
    if whose:
        return stop(
            "actor/key",
            f"{what} is the key of `{whose[0]}`, and not of `{actor.name}`",
            help=f"let `{whose[0]}` do it, or name the file of your own key with `--key`",
            error=DataError,
        )
    return stop(
        "actor/key",
        f"{what} is not the key of `{actor.name}` in office.yaml",
        note=f"its public half is {actor.key}",
        help=f"write that under `people.{actor.name}.key`, or name the right file",
        error=DataError,
    )


def key_changes(
    ledger: Ledger, people: OfficeFile, actor: Actor, now: datetime, size: int
) -> list[Entry]:
    """Entries that tell which keys office.yaml gives to people, where that has changed.

    They come before what is appended next, so that the log itself says whose keys are whose when
    something is signed. The actor's own come first: they may be signed with the key they declare.

    Args:
        size: how many entries the ledger has.
    """
    from pmpo.store.ledger.authors import KEY_DECLARED, declared_keys
    from pmpo.store.ledger.unguessable import new_id

    known = ledger.entries(kind=KEY_DECLARED, upto=size)
    said = declared_keys(one.entry for one in known)
    named = {name: person.key for name, person in people.people.items() if person.key}
    changed = [name for name in said | named if said.get(name) != named.get(name)]
    changed.sort(key=lambda name: (name != actor.name, name))
    return [
        Entry(
            new_id(),
            KEY_DECLARED,
            None,
            now,
            actor,
            {"person": name, "key": named.get(name, "")},
        )
        for name in changed
    ]
