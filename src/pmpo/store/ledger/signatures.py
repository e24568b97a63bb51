"""Entries signed with personal keys."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING

from pmpo.model.entry import Actor
from pmpo.store.ledger.note import NoteError, read_verifier

if TYPE_CHECKING:
    from pmpo.model.entry import Entry
    from pmpo.store.ledger.note import SigningKey


def sign_entry(entry: Entry, key: SigningKey) -> Entry:
    """The entry as its actor signs it: known by `key` from then on."""
    known = replace(entry, actor=Actor(entry.actor.name, "key", str(key.verifier)))
    return known.signed(base64.b64encode(key.sign(known.to_sign())).decode())


def signature_fault(entry: Entry) -> str:
    """What is wrong with the personal signature of an entry; empty for none, and for unsigned."""
    if entry.actor.how != "key":
        return ""
    try:
        key = read_verifier(entry.actor.key)
        signature = base64.b64decode(entry.actor.signature, validate=True)
    except (NoteError, binascii.Error) as error:
        return f"entry `{entry.id}` is not signed as it says: {error}"
    if not key.verifies(signature, entry.to_sign()):
        return f"entry `{entry.id}` is not signed by the key `{key.name}` that it names"
    return ""
