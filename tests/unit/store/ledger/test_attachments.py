from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import text

from pmpo.store.ledger.attachments import Attachment
from pmpo.store.ledger.receipt import receipt_findings
from pmpo.store.ledger.verify import verify
from tests.unit.store.ledger.support import entry, new_ledger
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from pathlib import Path

    from pmpo.model.entry import Entry

_LETTER = Attachment(b"Anna Example, 3 March 1980")


def _with_letter(number: int) -> Entry:
    return replace(entry(number), attached={"letter": _LETTER.attached})


def _erased(number: int, hash: str = _LETTER.attached.hash) -> Entry:
    return replace(entry(number, kind="Erased"), body={"hash": hash, "because": "she asked"})


def test_data_is_kept_outside_the_leaf(tmp_path: Path) -> None:
    """The data comes back, and the leaf holds its salted hash only."""
    ledger = new_ledger(tmp_path)
    ledger.append([_with_letter(0)], [_LETTER])
    found = ledger.entry("e-0").entry
    assert ledger.attachment(found.attached["letter"]) == _LETTER.data
    assert _LETTER.data not in found.leaf()
    assert Attachment(_LETTER.data).attached != _LETTER.attached


def test_entries_may_share_data(tmp_path: Path) -> None:
    """Two entries may rest on one letter, in one batch or in two."""
    ledger = new_ledger(tmp_path)
    ledger.append([_with_letter(0), _with_letter(1)], [_LETTER])
    ledger.append([_with_letter(2)])
    assert ledger.size == 3
    assert verify(ledger).findings == ()


def test_a_retry_needs_no_data(tmp_path: Path) -> None:
    """An entry that is there already is not asked for its data again."""
    ledger = new_ledger(tmp_path)
    ledger.append([_with_letter(0)], [_LETTER])
    assert not ledger.append([_with_letter(0)])[0].new


def test_data_that_was_not_given_is_refused(tmp_path: Path) -> None:
    """An entry cannot rest on what nobody keeps."""
    ledger = new_ledger(tmp_path)
    with refused("ledger/bad-entry"):
        ledger.append([_with_letter(0)], [Attachment(b"another")])
    assert ledger.size == 0


def test_erasing_breaks_no_proof(tmp_path: Path) -> None:
    """After erasing, the data is gone from the file, and log and receipts still verify."""
    ledger = new_ledger(tmp_path)
    ledger.append([_with_letter(0)], [_LETTER])
    receipt = ledger.receipt("e-0")
    erased = ledger.erase(_LETTER.attached.hash, _erased(1))
    assert (erased.position, erased.entry, erased.new) == (1, _erased(1), True)
    with refused("ledger/erased"):
        ledger.attachment(_LETTER.attached)
    assert verify(ledger).findings == ()
    assert receipt_findings(receipt) == receipt_findings(ledger.receipt("e-0")) == ()
    stored = (tmp_path / "ledger" / "ledger.db").read_bytes()
    assert _LETTER.data not in stored
    assert _LETTER.salt not in stored


def test_erasing_is_recorded_first(tmp_path: Path) -> None:
    """The database lets data go only when an entry says that it goes; retries finish it."""
    ledger = new_ledger(tmp_path)
    ledger.append([_with_letter(0)], [_LETTER])
    hash = _LETTER.attached.hash
    with refused("ledger/append-only"), ledger.database.writing() as connection:
        connection.execute(text("DELETE FROM attachments"))
    for wrong in (replace(_erased(1), kind="Noted"), _erased(1, "sha256:" + "0" * 64)):
        with refused("ledger/bad-entry"):
            ledger.erase(hash, wrong)
    ledger.append([_erased(1)])
    assert [finding.code for finding in verify(ledger).findings] == ["ledger/attachment-kept"]
    ledger.erase(hash, _erased(1))
    assert verify(ledger).findings == ()


def test_changed_data_is_found(tmp_path: Path) -> None:
    """Data that is not what was recorded is refused when it is read."""
    ledger = new_ledger(tmp_path)
    ledger.append([_with_letter(0)], [_LETTER])
    for column in ("data", "salt"):
        with refused("ledger/attachment-changed"):
            with ledger.database.writing() as connection:
                connection.execute(text("DROP TRIGGER IF EXISTS attachments_no_update"))
                connection.execute(text(f"UPDATE attachments SET {column} = x'00'"))
            ledger.attachment(_LETTER.attached)


def test_what_is_erased_is_found_in_any_body(tmp_path: Path) -> None:
    """A body may say more than the hash, also under names that an entry itself has."""
    ledger = new_ledger(tmp_path)
    ledger.append([_with_letter(0)], [_LETTER])
    body = {"hash": _LETTER.attached.hash, "letter": {"a": 1, "body": "gone"}}
    ledger.erase(_LETTER.attached.hash, replace(_erased(1), body=body))
    assert verify(ledger).findings == ()
