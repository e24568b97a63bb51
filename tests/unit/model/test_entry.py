from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from pmpo.model.entry import (
    LEAF_SIZE_MAX,
    Actor,
    Attached,
    Entry,
    moment_text,
    part_of_id,
    read_entry,
)
from tests.unit.store.support import refused

_NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_SALT = bytes(range(32))


def _entry(**other: Any) -> Entry:
    said: dict[str, Any] = {
        "id": "e-1",
        "kind": "Decided",
        "program": "range-review",
        "recorded_at": _NOW,
        "actor": Actor("anna"),
        "body": {"unit": "GROCERY/BROTH", "quantity": 3},
    }
    return Entry(**{**said, **other})


def test_a_leaf_is_canonical_json() -> None:
    """The bytes of a leaf are fixed: names in order, no spaces, the moment in UTC."""
    assert _entry().leaf() == (
        b'{"actor":{"how":"asserted","name":"anna"},"attached":{},'
        b'"body":{"quantity":3,"unit":"GROCERY/BROTH"},"id":"e-1","kind":"Decided",'
        b'"program":"range-review","recorded_at":"2026-03-02T09:30:00.000000Z","schema":1}'
    )


@pytest.mark.parametrize(
    "entry",
    [
        _entry(),
        _entry(program=None),
        _entry(program="在庫"),
        _entry(body={"text": 'a "quoted" line\nand 日本語', "list": [1, None, True, {"a": []}]}),
        _entry(attached={"letter": Attached.of(b"dear", _SALT)}),
        _entry(actor=Actor("anna", "session")),
        _entry(actor=Actor("anna", "key", "anna+0+x", "c2ln")),
    ],
)
def test_a_leaf_reads_back(entry: Entry) -> None:
    """Whatever an entry says is read back from its leaf."""
    assert read_entry(entry.leaf()) == entry


def test_a_moment_is_written_in_utc() -> None:
    """The same moment in two zones makes one leaf."""
    tokyo = _NOW.astimezone(timezone(timedelta(hours=9)))
    assert moment_text(tokyo) == moment_text(_NOW) == "2026-03-02T09:30:00.000000Z"
    assert _entry(recorded_at=tokyo).leaf() == _entry().leaf()


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "a b"},
        {"id": "-a"},
        {"id": "a" * 129},
        {"kind": "decided"},
        {"kind": "To decide"},
        {"program": "a b"},
        {"program": ""},
        {"recorded_at": datetime(2026, 3, 2)},
        {"actor": Actor("")},
        {"actor": Actor("anna", "guessed")},  # type: ignore[arg-type] # what callers may get wrong
        {"actor": Actor("anna", "key")},
        {"actor": Actor("anna", "asserted", "a+b+c")},
        {"actor": Actor("anna", "asserted", "", "c2ln")},
        {"attached": {"letter": Attached("sha256:ab", 1)}},
        {"attached": {"letter": Attached("sha256:" + "a" * 64, -1)}},
    ],
)
def test_what_is_no_entry_is_refused(wrong: dict[str, Any]) -> None:
    """An entry that could not be told apart or attributed cannot be made."""
    with refused("ledger/bad-entry"):
        _entry(**wrong)


@pytest.mark.parametrize(
    "body",
    [
        {"number": 2**60},
        {"number": float("nan")},
        {"when": _NOW},
        {1: "a name that is no text"},
    ],
)
def test_what_cannot_be_a_leaf_is_refused(body: Any) -> None:
    """A body that canonical JSON cannot hold is refused when it is written."""
    with refused("ledger/bad-entry"):
        _entry(body=body).leaf()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"because": "x" * LEAF_SIZE_MAX, "decision": "de-1"}, "because"),
        ({"waiver": {"signal": "sold", "because": "長い" * 20_000}, "more": "x" * 900}, "because"),
        ({"present": ["anna"] * 20_000, "due": [], "none": {}}, "present"),
    ],
)
def test_what_is_too_large_is_named_with_what_would_fit(body: Any, name: str) -> None:
    """Whoever wrote too much reads which part it is; with as much as is said, the entry fits."""
    with refused("ledger/entry-too-large") as found:
        _entry(body=body).leaf()
    assert f"`{name}` has " in found[0].message
    fits = re.search(rf"let `{name}` have at most ([0-9,]+) bytes", found[0].help or "")
    assert fits is not None
    room = int(fits[1].replace(",", "")) - len('""')
    entry = _entry(body=_with(body, name, "x" * room), actor=Actor("anna", "key", "a+b+c"))
    assert LEAF_SIZE_MAX - 500 < len(entry.signed("c2ln" * 22).leaf()) <= LEAF_SIZE_MAX


def _with(body: dict[str, Any], name: str, text: str) -> dict[str, Any]:
    """A body with another text in one of its places."""
    if name in body:
        return {**body, name: text}
    inner = {key: _with(one, name, text) for key, one in body.items() if isinstance(one, dict)}
    return {**body, **inner}


def _changed(**other: Any) -> bytes:
    said = json.loads(_entry().leaf())
    return json.dumps({**said, **other}, separators=(",", ":"), sort_keys=True).encode()


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"null",
        _entry().leaf() + b" ",
        _entry().leaf().replace(b'"quantity":3', b'"quantity": 3'),
        _changed(recorded_at="2026-03-02T09:30:00Z"),
        _changed(recorded_at="2026-13-02T09:30:00.000000Z"),
        _changed(actor={"name": "anna", "age": 3}),
        _changed(attached={"letter": {}}),
        _changed(more=1),
        _changed(schema=0),
        _changed(schema="1"),
        b"[" * 100_000,
    ],
)
def test_other_bytes_are_no_entry(leaf: bytes) -> None:
    """Only the exact bytes that an entry makes are read as one."""
    with refused("ledger/bad-entry"):
        read_entry(leaf)


def test_a_newer_entry_is_named() -> None:
    """An entry of a later schema is refused with its number."""
    with refused("ledger/newer-schema") as found:
        read_entry(_changed(schema=7))
    assert "schema 7" in found[0].message


def test_the_time_of_writing_is_no_difference() -> None:
    """Two entries say the same when they differ in their moment or signature only."""
    later = _entry(recorded_at=_NOW + timedelta(days=1))
    assert _entry().same_as(later)
    assert not _entry().same_as(_entry(kind="Waived"))
    assert not _entry().same_as(_entry(body={}))
    keyed = _entry(actor=Actor("anna", "key", "anna+0+x"))
    assert keyed.same_as(keyed.signed("c2ln"))


def test_a_signature_is_over_all_but_itself() -> None:
    """What is signed does not depend on the signature, and cannot be taken for a leaf."""
    keyed = _entry(actor=Actor("anna", "key", "anna+0+x"))
    assert keyed.to_sign() == keyed.signed("c2ln").to_sign()
    assert keyed.to_sign() != replace(keyed, kind="Waived").to_sign()
    assert keyed.to_sign() == b"pmpo ledger entry, schema 1\n" + keyed.leaf()


def test_a_salt_hides_what_is_attached() -> None:
    """The same data under two salts has two hashes; a salt that is too short is refused."""
    assert Attached.of(b"anna", _SALT) == Attached.of(b"anna", _SALT)
    assert Attached.of(b"anna", _SALT).size == 4
    assert Attached.of(b"anna", _SALT).hash != Attached.of(b"anna", bytes(32)).hash
    with pytest.raises(ValueError, match="32 bytes"):
        Attached.of(b"anna", b"salt")


@pytest.mark.parametrize("name", ["anna", "Anna.B-c_9", "a" * 64])
def test_a_name_that_an_id_can_hold_stands_in_it(name: str) -> None:
    """Names of letters, digits and few signs are readable in the ids made of them."""
    assert part_of_id(name) == name


@pytest.mark.parametrize("name", ["花子", "Anna B", "a" * 65, "a:b", ".a", ""])
def test_other_names_stand_in_ids_by_their_hash(name: str) -> None:
    """Any name can be part of an id, and no two names are the same part."""
    part = part_of_id(name)
    assert re.fullmatch("[0-9a-f]{16}", part)
    assert part != part_of_id(f"{name}x:")
