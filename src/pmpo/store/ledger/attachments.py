"""Data that entries rest on and that is kept outside their leaves: personal or large.

A leaf holds the hash of a salt and the data. Erasing deletes both: nobody can then tell from the
hash what the data was, and no proof breaks, since no proof was ever over the data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from pmpo.diagnostics import PmpoError, StoreError, stop
from pmpo.model.entry import Attached
from pmpo.store.ledger.tables import attachments
from pmpo.store.ledger.unguessable import new_salt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from pmpo.model.entry import Entry

ERASED = "Erased"
"""The kind of the entries that say what was erased, by whom and why."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Data with the salt that its hash is made of.

    Args:
        data: anything.
        salt: made by chance when none is given.
    """

    data: bytes
    salt: bytes = field(default_factory=new_salt)

    @property
    def attached(self) -> Attached:
        """What an entry's leaf says of it: give it to `Entry(attached={name: …})`."""
        return Attached.of(self.data, self.salt)


def save_attachments(
    connection: Connection, entries: Iterable[Entry], given: Iterable[Attachment]
) -> None:
    """Store what new entries rest on.

    Raises: StoreError `ledger/bad-entry` where an entry rests on data that was not given.
    """
    by_hash = {one.attached.hash: one for one in given}
    needed = {one.hash: entry.id for entry in entries for one in entry.attached.values()}
    kept = select(attachments.c.hash).where(attachments.c.hash.in_(list(needed)))
    for hash in connection.execute(kept).scalars().all():
        del needed[hash]
    for hash, id in needed.items():
        if hash not in by_hash:
            raise stop(
                "ledger/bad-entry",
                f"entry `{id}` rests on data {hash}, which was not given",
                help="append the entry together with its attachments",
                error=StoreError,
            )
    rows = [
        {"hash": hash, "salt": by_hash[hash].salt, "data": by_hash[hash].data} for hash in needed
    ]
    if rows:
        connection.execute(insert(attachments), rows)


def load_attachment(connection: Connection, promised: Attached) -> bytes:
    """The data that an entry rests on, checked against its hash.

    Raises: StoreError `ledger/erased`, `ledger/attachment-changed`.
    """
    query = select(attachments.c.salt, attachments.c.data)
    row = connection.execute(query.where(attachments.c.hash == promised.hash)).one_or_none()
    if row is None:
        raise stop(
            "ledger/erased",
            f"the data {promised.hash} is not kept any more",
            note="data outside the leaves may be erased; the entry that rests on it stays",
            help=f"`pmpo verify` says whether an `{ERASED}` entry accounts for it",
            error=StoreError,
        )
    if not intact(promised.hash, row.salt, row.data):
        raise changed(promised.hash)
    return bytes(row.data)


def erase_attachment(connection: Connection, hash: str) -> None:
    """Delete data that an `Erased` entry names; without one the database refuses."""
    connection.execute(delete(attachments).where(attachments.c.hash == hash))


def intact(hash: str, salt: bytes, data: bytes) -> bool:
    """Whether stored data is what its hash promises."""
    try:
        return Attached.of(data, salt).hash == hash
    except ValueError:
        return False


def changed(hash: str) -> PmpoError:
    """The finding about stored data that is not what its hash promises."""
    return stop(
        "ledger/attachment-changed",
        f"the data kept as {hash} is not what was recorded",
        help="restore it from a backup",
        error=StoreError,
    )
