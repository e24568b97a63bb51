from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from pmpo.store.ledger.key_file import KeyFile, next_key
from pmpo.store.ledger.keys import read_key, write_key
from pmpo.store.ledger.note import SigningKey
from tests.unit.store.support import refused

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW, OTHER = (SigningKey.new("pmpo-ledger/00") for _ in range(3))


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    """The file of a log's key, beside a `.gitignore` that names it alone."""
    write_key(tmp_path / "ledger.key", OLD)
    (tmp_path / ".gitignore").write_text("/ledger.key\n")
    return KeyFile(tmp_path / "ledger.key")


def test_the_next_key_waits_beside_the_one_of_now(file: KeyFile) -> None:
    """Each is found when it is the log's; the next one takes its place only then."""
    assert file.find(OLD.verifier) == OLD
    file.write_next(NEW, OLD.verifier)
    assert file.find(OLD.verifier) == file.settled(OLD.verifier) == OLD
    assert file.find(NEW.verifier) == NEW
    assert next_key(file) == NEW
    assert file.settled(NEW.verifier) == NEW
    assert next_key(file) is None
    assert read_key(file.path) == NEW
    assert file.settled(NEW.verifier) == NEW


def test_a_key_that_no_log_named_is_replaced(file: KeyFile) -> None:
    """What a killed process has left, whole or not, does not stand in the way of the next."""
    file.write_next(OTHER, OLD.verifier)
    file.write_next(NEW, OLD.verifier)
    assert next_key(file) == NEW
    file.next.unlink()
    file.next.write_text("PRIVATE+KEY+half")
    assert next_key(file) is None
    assert file.find(OLD.verifier) == OLD
    file.write_next(NEW, OLD.verifier)
    assert next_key(file) == NEW


def test_the_key_of_now_is_never_written_over(file: KeyFile) -> None:
    """Left in the place of the next by a killed process, it is in its own before that is needed."""
    file.write_next(NEW, OLD.verifier)
    file.write_next(OTHER, NEW.verifier)
    assert (read_key(file.path), next_key(file)) == (NEW, OTHER)
    file.path.unlink()
    file.write_next(OLD, OTHER.verifier)
    assert (read_key(file.path), next_key(file)) == (OTHER, OLD)


def test_no_key_is_next_to_one_of_something_else(file: KeyFile) -> None:
    """Where the key of now is in neither file, nothing is written unless it is lost."""
    with refused("ledger/key-wrong"):
        file.write_next(NEW, OTHER.verifier)
    assert not file.next.exists()


def test_whoever_may_read_the_key_may_read_the_next(file: KeyFile) -> None:
    """The new file has the mode of the old one; without an old one its owner alone may read it."""
    file.path.chmod(0o440)
    file.write_next(NEW, OLD.verifier)
    assert stat.S_IMODE(file.next.stat().st_mode) == 0o440
    file.path.unlink()
    file.write_next(NEW, OLD.verifier)
    assert stat.S_IMODE(file.next.stat().st_mode) == 0o400


def test_a_group_that_shares_the_key_shares_the_next(file: KeyFile) -> None:
    """The new file is of the group of the old one, so that all who append can go on."""
    others = {os.getgid() + 1} if os.geteuid() == 0 else set(os.getgroups()) - {os.getgid()}
    if not others:
        pytest.skip("this user has one group only")
    os.chown(file.path, -1, min(others))
    file.write_next(NEW, OLD.verifier)
    there = file.next.stat()
    assert (there.st_uid, there.st_gid) == (os.geteuid(), min(others))


def test_the_next_key_is_kept_out_of_a_repository(file: KeyFile) -> None:
    """A `.gitignore` of before learns of it once; where there is none, none is made."""
    ignore = file.path.with_name(".gitignore")
    for _ in range(2):
        file.write_next(NEW, OLD.verifier)
        assert ignore.read_text() == "/ledger.key\n/ledger.key.next\n"
    ignore.unlink()
    ignore.with_name(".gitignore.next").write_text("left by a crash")
    file.write_next(NEW, OLD.verifier)
    assert not ignore.exists()
    ignore.write_text("/ledger.key\n")
    file.write_next(NEW, OLD.verifier)
    assert ignore.read_text() == "/ledger.key\n/ledger.key.next\n"
    assert not ignore.with_name(".gitignore.next").exists()


def test_a_key_that_is_neither_is_refused(file: KeyFile) -> None:
    """Wrong, missing and garbled keys are told, with the way out where none is left."""
    file.write_next(NEW, OLD.verifier)
    with refused("ledger/key-wrong") as found:
        file.find(OTHER.verifier)
    assert "pmpo rotate --lost" in found[0].help
    said = f"{file.path} is the key {OLD.verifier}, and the log is signed by {OTHER.verifier}"
    assert found[0].message == said
    file.path.unlink()
    with refused("ledger/key-missing"):
        file.settled(OTHER.verifier)
    file.path.write_text("PRIVATE")
    with refused("ledger/key-damaged") as found:
        file.find(OTHER.verifier)
    assert "pmpo rotate --lost" in found[0].help
    assert file.find(NEW.verifier) == NEW


def test_the_names_in_a_gitignore_are_whatever_they_are(file: KeyFile) -> None:
    """Names that are not UTF-8 stay as they are, and stop no rotation."""
    ignore = file.path.with_name(".gitignore")
    ignore.write_bytes(b"caf\xe9\n/ledger.key\n")
    file.write_next(NEW, OLD.verifier)
    assert ignore.read_bytes() == b"caf\xe9\n/ledger.key\n/ledger.key.next\n"


def test_a_next_key_that_cannot_be_read_may_be_the_one(file: KeyFile) -> None:
    """Nobody can tell whether it is the log's, so that it is neither passed over nor replaced."""
    file.next.mkdir()
    assert file.find(OLD.verifier) == OLD
    for _ in range(2):
        with refused("ledger/key-unreadable") as found:
            file.find(NEW.verifier)
        assert str(file.next) in found[0].message
        with refused("ledger/key-unreadable"):
            file.check_lost(NEW.verifier)
        file.path.unlink(missing_ok=True)
    assert file.next.is_dir()


def test_nothing_is_lost_that_is_there(file: KeyFile) -> None:
    """Only where nothing lies in its place may a key be said to be lost."""
    with refused("ledger/key-not-lost") as found:
        file.check_lost(OLD.verifier)
    assert found[0].message == f"{file.path} is the log's key"
    with refused("ledger/file-exists"):
        file.check_lost(NEW.verifier)
    file.write_next(NEW, OLD.verifier)
    file.path.unlink()
    with refused("ledger/key-not-lost") as found:
        file.check_lost(NEW.verifier)
    assert found[0].message == f"{file.next} is the log's key"
    file.check_lost(OLD.verifier)
