from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pmpo.office import Office
from pmpo.store.ledger.keys import read_key
from pmpo.store.ledger.office_ledger import FILE, FOLDER
from pmpo.store.ledger.signatures import sign_entry
from tests import stored
from tests.unit.cli.test_store_commands import pmpo
from tests.unit.store.ledger.support import entry, tampering


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with one recorded evaluation and two notes."""
    folder = tmp_path_factory.mktemp("cli") / "office"
    office = stored.office(folder)
    office.run(as_of="2024-03-04", record_as="anna")
    office.ledger().append([entry(0, program=None), entry(1)])
    return folder


@pytest.fixture
def office(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(made, tmp_path / "office"))


def test_a_sound_ledger_verifies(office: Path) -> None:
    """What was checked is told, and that nothing outside of the log was compared with it."""
    told = pmpo(office, "verify")
    assert told.splitlines()[-1] == "verified"
    assert "entries  3" in told
    assert "anchors  none" in told
    assert "anchors  compared with 1" in (
        pmpo(office, "export", "anchor") and pmpo(office, "verify")
    )


def test_verify_has_a_stable_shape(office: Path) -> None:
    """The JSON of a log names log, key, size, root and findings."""
    said = json.loads(pmpo(office, "verify", "--format", "json"))
    ledger = Office(office).ledger()
    assert [finding["code"] for finding in said.pop("findings")] == ["ledger/clock"]
    assert said == {
        "verified": "log",
        "sound": True,
        "log": ledger.origin,
        "key": str(ledger.key),
        "keys": [{"key": str(ledger.key), "since": -1, "vouched": True}],
        "entries": 3,
        "root": ledger.root().hex(),
        "checkpoints": 3,
        "anchors": 0,
    }


def test_a_changed_ledger_does_not_verify(office: Path) -> None:
    """What is wrong is named, and the command leaves with 1."""
    with tampering(office / ".pmpo") as database:
        database.execute("UPDATE entries SET kind = 'Decided' WHERE position = 1")
    told = pmpo(office, "verify", status=1)
    assert "error[ledger/columns-changed]: the columns beside entry 1" in told
    assert told.splitlines()[-1] == "NOT verified"
    assert json.loads(pmpo(office, "verify", "--format", "json", status=1))["sound"] is False
    (office / ".pmpo" / FOLDER / FILE).write_bytes(b"no database at all")
    assert "ledger/damaged" in pmpo(office, "verify", status=1)
    assert set(json.loads(pmpo(office, "verify", "-f", "json", status=1))) == {
        "verified", "sound", "findings",
    }  # fmt: skip


def test_a_lost_evaluation_does_not_verify(office: Path) -> None:
    """What the ledger records must be stored, whole and with the recorded result."""
    [folder] = (office / ".pmpo" / "evaluations").glob("ev-*")
    kept = office.parent / "kept"
    shutil.copytree(folder, kept)
    results = folder / "results.parquet"
    results.chmod(0o600)
    results.write_bytes(b"")
    assert "is damaged" in pmpo(office, "verify", status=1)
    manifest = json.loads((kept / "manifest.json").read_text())
    shutil.rmtree(folder)
    shutil.copytree(kept, folder)
    (folder / "manifest.json").chmod(0o600)
    (folder / "manifest.json").write_text(json.dumps({**manifest, "result": "sha256:0"}))
    assert "another result" in pmpo(office, "verify", status=1)
    shutil.rmtree(folder)
    assert "is not stored" in pmpo(office, "verify", status=1)


def test_an_office_without_a_ledger_says_so(tmp_path: Path) -> None:
    """Where nothing was recorded there is nothing to verify or to export."""
    stored.office(tmp_path / "office")
    for words in (["verify"], ["export", "key"], ["export", "backup", str(tmp_path / "x.db")]):
        assert "error[ledger/none]" in pmpo(tmp_path / "office", *words, status=2)


def test_anchors_are_written_and_compared(office: Path, tmp_path: Path) -> None:
    """`anchors.txt` is compared with always, other files when they are named."""
    minutes = tmp_path / "minutes.md"
    minutes.write_text("# Minutes\n")
    assert "checkpoint of 3 entries to" in pmpo(office, "export", "anchor", str(minutes))
    assert "already" in pmpo(office, "export", "anchor", str(minutes))
    assert "compared with 1" in pmpo(office, "verify", "--anchor", str(minutes))
    assert pmpo(office, "export", "checkpoint") in minutes.read_text()
    pmpo(office, "export", "anchor")
    assert "compared with 2" in pmpo(office, "verify", "--anchor", str(minutes))
    minutes.write_text("lost\n")
    told = pmpo(office, "verify", "--anchor", str(minutes), status=2)
    assert "error[ledger/anchor-unreadable]" in told


def test_a_receipt_needs_no_office(office: Path, tmp_path: Path) -> None:
    """A receipt is verified anywhere, and says whose word it is."""
    path = tmp_path / "note.tlog-proof"
    assert pmpo(office, "export", "receipt", "e-1", "--to", str(path)) == f"wrote {path}\n"
    assert path.read_text() == pmpo(office, "export", "receipt", "e-1")
    assert "ledger/file-exists" in pmpo(
        office, "export", "receipt", "e-1", "--to", str(path), status=2
    )
    nowhere = tmp_path / "nowhere"
    told = pmpo(nowhere, "verify", str(path))
    assert "entry 2 of 3" in told
    assert "compare it with another source" in told
    assert told.splitlines()[-1] == "verified"
    key = pmpo(office, "export", "key").strip()
    assert "compare it" not in pmpo(nowhere, "verify", str(path), "--key", key)
    said = json.loads(pmpo(nowhere, "verify", str(path), "--key", key, "--format", "json"))
    assert said.pop("entry")["body"] == {"number": 1}
    assert said.pop("key_trusted") is True
    assert (said["sound"], said["position"], said["entries"]) == (True, 2, 3)


def test_a_receipt_of_another_log_is_refused(office: Path, tmp_path: Path) -> None:
    """A receipt under a key that was not given, and what is no key or receipt, is told apart."""
    path = tmp_path / "note.tlog-proof"
    pmpo(office, "export", "receipt", "e-1", "--to", str(path))
    stored.office(tmp_path / "other")
    Office(tmp_path / "other").ledger(create=True)
    other = pmpo(tmp_path / "other", "export", "key").strip()
    told = pmpo(office, "verify", str(path), "--key", other, status=1)
    assert "error[receipt/other-key]" in told
    assert told.splitlines()[-1] == "NOT verified"
    assert "ledger/key-text" in pmpo(office, "verify", str(path), "--key", "x", status=2)
    path.chmod(0o600)
    path.write_text("once a receipt\n")
    assert "receipt/unreadable" in pmpo(office, "verify", str(path), status=2)
    path.write_bytes(b"\xff\xff")
    assert "receipt/unreadable" in pmpo(office, "verify", str(path), status=2)
    assert "error[store/" in pmpo(office, "verify", str(tmp_path / "gone"), status=2)


def test_a_backup_verifies_alone(office: Path, tmp_path: Path) -> None:
    """A copy of the log is verified without the office, against anchors and a key."""
    path = tmp_path / "backup.db"
    said = pmpo(office, "export", "backup", str(path))
    assert "3 entries, verified" in " ".join(said.split())
    pmpo(office, "export", "anchor")
    key = pmpo(office, "export", "key").strip()
    anchors = ["--anchor", str(office / "anchors.txt"), "--key", key]
    assert "compared with 1" in pmpo(tmp_path, "verify", str(path), *anchors)
    assert "compared with 2" in pmpo(office, "verify", "--anchor", str(path))
    stored.office(tmp_path / "other")
    Office(tmp_path / "other").ledger(create=True)
    other = pmpo(tmp_path / "other", "export", "key").strip()
    assert "receipt/other-key" in pmpo(tmp_path, "verify", str(path), "--key", other, status=1)


def test_entries_are_printed_in_order(office: Path) -> None:
    """Each entry is a line of JSON with its position; kind and program choose."""
    lines = [json.loads(line) for line in pmpo(office, "export", "entries").splitlines()]
    assert [(one["position"], one["kind"]) for one in lines] == [
        (0, "Evaluated"),
        (1, "Noted"),
        (2, "Noted"),
    ]
    told = pmpo(office, "export", "entries", "--kind", "Noted", "--program", "range-review")
    assert [json.loads(line)["id"] for line in told.splitlines()] == ["e-1"]
    assert pmpo(office, "export", "entries", "--kind", "Decided") == ""


def test_another_key_is_given_and_shown(office: Path, tmp_path: Path) -> None:
    """The commands tell old and new key; receipts of before and after verify by the old one."""
    early, late = tmp_path / "early.tlog-proof", tmp_path / "late.tlog-proof"
    pmpo(office, "export", "receipt", "e-1", "--to", str(early))
    old = pmpo(office, "export", "key").strip()
    assert "rotate/because" in pmpo(office, "rotate", "--as", "anna", status=2)
    told = pmpo(office, "rotate", "--as", "anna", "--because", "it was in a mail")
    new = pmpo(office, "export", "key").strip()
    assert told.startswith("entry 3 gives the ledger another key")
    assert new in told.replace("\n", "")
    assert pmpo(office, "export", "key", "--all").splitlines() == [old, new]
    assert "handed over in entry 3" in " ".join(pmpo(office, "verify").split())
    pmpo(office, "export", "receipt", "e-1", "--to", str(late))
    for receipt in (early, late):
        told = " ".join(pmpo(office, "verify", str(receipt), "--key", old).split())
        assert "as given" in told
        assert ("or handed over" in told) == (receipt == late)
    words = ("rotate", "--as", "ben", "--because", "due", "--format", "json")
    said = json.loads(pmpo(office, *words))
    assert (said["before"], said["vouched"], said["entry"]) == (new, True, 4)


def test_a_lost_key_is_told_where_it_matters(office: Path, tmp_path: Path) -> None:
    """Commands say what a key without a voucher means, and when all is well again."""
    (office / ".pmpo" / "ledger" / "ledger.key").unlink()
    words = ("rotate", "--as", "anna", "--because", "laptop dead")
    assert "`pmpo rotate --lost`" in pmpo(office, *words, status=2)
    assert "does not vouch for it" in pmpo(office, *words, "--lost")
    assert "warning[ledger/key-lost]" in pmpo(office, "verify", status=1)
    assert "warns of both" in " ".join(
        pmpo(office, "export", "backup", str(tmp_path / "b.db")).split()
    )
    pmpo(office, "export", "anchor")
    told = pmpo(office, "verify")
    assert "note[ledger/key-lost]" in told
    assert "lost in entry 3" in " ".join(told.split())


def test_a_signed_entry_shows_who_signed(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A personal key is made by one command, and a receipt says that it signed."""
    monkeypatch.setenv("PMPO_KEYS", str(tmp_path / "keys"))
    public = _key("anna", "--new")
    assert _key("anna") == public
    secret = read_key(tmp_path / "keys" / "anna.key")
    assert str(secret.verifier) == public.strip()
    Office(office).ledger().append([sign_entry(entry(7), secret)])
    path = tmp_path / "signed.tlog-proof"
    pmpo(office, "export", "receipt", "e-7", "--to", str(path))
    assert "anna, signed with anna+" in pmpo(office, "verify", str(path))
    assert "ledger/file-exists" in _key("anna", "--new", status=2)
    assert "pmpo key ben --new" in _key("ben", status=2)
    (tmp_path / "keys" / "anna.key").chmod(0o444)
    assert _key("anna") == public


def _key(*words: str, status: int = 0) -> str:
    """What `pmpo key` prints: it is the one command that needs no office."""
    script = "import sys; from pmpo.cli import program; sys.argv[0] = 'pmpo'; program()"
    command = [sys.executable, "-c", script, "key", *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == status, ran.stderr
    return ran.stderr if status else ran.stdout
