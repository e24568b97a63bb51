"""Everything that the ledger refuses, word by word, as text to read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from pmpo.diagnostics import StoreError
from pmpo.model.entry import Attached
from pmpo.store.ledger.anchors import read_anchors
from pmpo.store.ledger.attachments import Attachment
from pmpo.store.ledger.backup import back_up
from pmpo.store.ledger.key_file import KeyFile
from pmpo.store.ledger.keys import (
    new_personal_key,
    personal_key,
    personal_key_file,
    read_key,
    write_key,
)
from pmpo.store.ledger.note import SigningKey
from pmpo.store.ledger.office_ledger import KEY_FILE, open_ledger
from tests.unit.store.ledger.support import database_of, entry, in_words, new_ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LETTER = Attachment(b"letter", bytes(32))
_OTHER = SigningKey("other", bytes(32))


def _key(store: Path) -> Path:
    return store / "ledger" / KEY_FILE


def _conflict(store: Path) -> None:
    open_ledger(store).append([entry(2), replace(entry(1), kind="Decided")])


def _grown(store: Path) -> None:
    open_ledger(store).append([entry(9)], expected_size=1)


def _another_key(store: Path) -> None:
    _key(store).unlink()
    write_key(_key(store), _OTHER)
    open_ledger(store).append([entry(9)])


def _garbled_key(store: Path) -> None:
    _key(store).unlink()
    _key(store).write_bytes(b"\xff")
    read_key(_key(store))


def _unreadable_key(store: Path) -> None:
    _key(store).unlink()
    _key(store).mkdir()
    read_key(_key(store))


def _tail(store: Path) -> None:
    ledger = open_ledger(store)
    with ledger.database.writing() as connection:
        connection.execute(text("DROP TRIGGER entries_no_delete"))
        connection.execute(text("DELETE FROM entries WHERE position = 1"))
    ledger.append([entry(9)])


def _not_given(store: Path) -> None:
    resting = replace(entry(9), attached={"letter": _LETTER.attached})
    open_ledger(store).append([resting], [Attachment(b"another")])


def _changed(store: Path) -> None:
    ledger = open_ledger(store)
    resting = replace(entry(9), attached={"letter": _LETTER.attached})
    ledger.append([resting], [_LETTER])
    with ledger.database.writing() as connection:
        connection.execute(text("DROP TRIGGER attachments_no_update"))
        connection.execute(text("UPDATE attachments SET data = x'00'"))
    ledger.attachment(_LETTER.attached)


def _no_erasure(store: Path) -> None:
    open_ledger(store).erase(_LETTER.attached.hash, entry(9))


def _lost(store: Path) -> None:
    KeyFile(_key(store)).check_lost(open_ledger(store).key)


def _not_its_key(store: Path) -> None:
    KeyFile(_key(store)).check_lost(_OTHER.verifier)


def _emptied(store: Path) -> None:
    database_of(store).write_bytes(b"")
    open_ledger(store)


def _gone(store: Path) -> None:
    database_of(store).unlink()
    open_ledger(store)


def _half_an_anchor(store: Path) -> None:
    path = store / "minutes.md"
    path.write_text(f"# Minutes\n\nlog\n3\n{'A' * 43}=\n\n— log AAAA\n")
    read_anchors(path)


def _no_checkpoint(store: Path) -> None:
    with open_ledger(store).database.writing() as connection:
        connection.execute(text("DROP TRIGGER checkpoints_no_delete"))
        connection.execute(text("DELETE FROM checkpoints"))
    open_ledger(store).checkpoint()


def _made_twice(store: Path) -> None:  # noqa: ARG001 # personal keys lie elsewhere
    new_personal_key("anna")
    new_personal_key("anna")


REFUSED: dict[str, Callable[[Path], object]] = {
    "an id that says something else": _conflict,
    "a log that has grown": _grown,
    "another key": _another_key,
    "a key that is no text": _garbled_key,
    "a key that is a folder": _unreadable_key,
    "a changed tail": _tail,
    "data that was not given": _not_given,
    "data that was changed": _changed,
    "data that was erased": lambda store: open_ledger(store).attachment(
        Attached.of(b"gone", bytes(32))
    ),
    "an erasure that erases nothing": _no_erasure,
    "an entry that is not there": lambda store: open_ledger(store).entry("e-9"),
    "a key that is not lost": _lost,
    "a key of something else": _not_its_key,
    "no ledger": lambda store: open_ledger(store / "elsewhere"),
    "an empty file": _emptied,
    "a lost file": _gone,
    "no checkpoint": _no_checkpoint,
    "a backup over something": lambda store: back_up(database_of(store), database_of(store)),
    "no anchor": lambda store: read_anchors(store / "none.txt"),
    "half an anchor": _half_an_anchor,
    "a name that is none": lambda _: personal_key_file("../anna"),
    "no key of one's own": lambda _: personal_key("anna"),
    "a key of one's own twice": _made_twice,
}


def test_all_that_is_refused_is_said(
    tmp_path: Path, root: Path, rewrite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refusal names its place, and says why and what to type."""
    said = ""
    for number, (name, do) in enumerate(REFUSED.items()):
        store = tmp_path / str(number)
        monkeypatch.setenv("PMPO_KEYS", str(store / "keys"))
        new_ledger(store, 2)
        with pytest.raises(StoreError) as caught:
            do(store)
        told = "".join(in_words(finding, store) for finding in caught.value.findings)
        said += f"## {name}\n{told}\n"
    path = root / "tests/golden/ledger/refusals.txt"
    if rewrite:
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8"), f"see pytest {__file__} --rewrite"
