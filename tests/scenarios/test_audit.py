"""The auditor's pack: whole, readable, and proof of itself where nobody knows the office."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from pmpo.decide.waive import waiver_of
from pmpo.diagnostics import StoreError
from pmpo.office.audit_check import verify_pack
from pmpo.office.reviewing import hold
from pmpo.store.ledger.keys import write_key
from pmpo.store.ledger.note import SigningKey
from pmpo.store.objects import hash_bytes
from tests.decided import ANNA, BEN, OFFICE, trial, wish
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of an office with a signed charter and a decision, on a machine without the office."""
    base = tmp_path_factory.mktemp("audit")
    key = SigningKey.new("anna")
    write_key(base / "anna.key", key)
    named = OFFICE.replace("anna: {", f'anna: {{key: "{key.verifier}", ')
    made = trial(base / "office", office=named)
    made.desk.ratify(ANNA)
    made.desk.ratify(BEN)
    desk = made.desk
    anna = desk.actor("anna", base / "anna.key")
    one = desk.propose(wish(because="<b>it sells</b>"), anna).decision
    made.desk.approve(one.id, BEN)
    for because in ("<i>late</i>", "never mind", "fine"):
        until = date(2024, 3, 3)
        asked = made.desk.waive(waiver_of("sold", "worst", because=because, expires=until), ANNA)
        if because == "never mind":
            made.desk.withdraw_waiver(asked.waiver.id, BEN, "no need")
        if because == "fine":
            made.desk.grant(asked.waiver.id, BEN)
    hold(made.desk, made.office.latest(), base / "office", BEN, present=(), notes="")
    said = pmpo("export", "audit", base / "pack", cwd=base / "office")
    assert said.code == 0, said.said
    assert "1 decision, 1 signed charter, 1 evaluation\n" in said.out
    shutil.rmtree(base / "office")
    return base / "pack"


def test_a_stranger_verifies_all_of_it(pack: Path) -> None:
    """The folder and each receipt verify without the office; the page names what was decided."""
    said = pmpo("verify", pack, cwd=pack.parent)
    assert said.code == 0, said.said
    for receipt in (pack / "receipts").iterdir():
        assert pmpo("verify", receipt, cwd=pack.parent).code == 0
    page = (pack / "index.html").read_text(encoding="utf-8")
    assert "accept Apple" in page
    assert "<b>" not in page
    assert "anna (key)" in page
    for told in (
        "&lt;i&gt;late&lt;/i&gt;</td><td>asked for by anna",
        "<td>fine</td><td>granted by ben",
        "<td>no need</td><td>withdrawn by ben",
        "<h3>Decisions</h3>\n<table>",
        "<h3>Reviews</h3>\n<table>",
    ):
        assert told in page
    assert len((pack / "entries.jsonl").read_text(encoding="utf-8").splitlines()) == 14


def test_the_page_tells_whose_keys_are_whose(pack: Path) -> None:
    """Each key of a person stands there with the entry from which it signs for them."""
    page = (pack / "index.html").read_text(encoding="utf-8")
    [row] = re.findall(r"<tr><td>0</td><td>anna</td><td><code>(anna\+.+?)</code></td>", page)
    first = (pack / "entries.jsonl").read_text(encoding="utf-8").partition("\n")[0]
    assert json.loads(first)["body"] == {"person": "anna", "key": row}


WAIVER = (
    b'{"id": "wa-1", "signal": "sold", "policy": "worst", "because": "late", "approver": "ben",'
    b' "expires": "2025-01-01", "units": [], "value": null}'
)
PARTS = [
    "ledger.db", "receipts", "charters", "evaluations", "entries.jsonl", "index.html", "decisions",
    "pack.json",
]  # fmt: skip


def codes(folder: Path) -> list[str]:
    """What `pmpo verify` finds in a folder, without notes; nothing where it is sound."""
    try:
        found = verify_pack(folder)
    except StoreError as error:
        return [one.code for one in error.findings]
    told = [one.code for one in found.findings if one.severity != "note"]
    assert found.sound == (not told)
    return told


@pytest.mark.parametrize("part", PARTS)
def test_every_change_is_found(pack: Path, tmp_path: Path, part: str) -> None:
    """A changed or lost file of any kind is told."""
    copy = shutil.copytree(pack, tmp_path / "copy")
    path = copy / part
    file = path if path.is_file() else next(f for f in sorted(path.rglob("*")) if f.is_file())
    data = bytearray(file.read_bytes())
    place = data.index(b"anna") if part == "ledger.db" else len(data) // 2
    data[place] ^= 1
    file.chmod(0o644)
    file.write_bytes(data)
    assert codes(copy)
    file.unlink()
    assert codes(copy)


@pytest.mark.parametrize("part", ["entries.jsonl", "index.html", "decisions"])
def test_what_people_read_is_what_the_log_says(pack: Path, tmp_path: Path, part: str) -> None:
    """Another name in a part that is read, as an editor would write it, is found and named."""
    copy = shutil.copytree(pack, tmp_path / "copy")
    path = copy / part
    file = path if path.is_file() else next(path.glob("*.md"))
    text = file.read_text(encoding="utf-8")
    assert "anna" in text
    file.write_text(text.replace("anna", "mallory"), encoding="utf-8")
    said = pmpo("verify", copy, cwd=tmp_path)
    assert (said.code, said.codes) == (1, ["receipt/pack"])
    assert file.name in " ".join(said.said.split())


def test_files_that_are_no_part_of_a_pack_are_named(pack: Path, tmp_path: Path) -> None:
    """A record that nobody decided does not pass because it lies beside those that were."""
    copy = shutil.copytree(pack, tmp_path / "copy")
    (copy / "decisions" / "de-000000000000.md").write_text("# Apple: rejected\n")
    (copy / "notes.txt").symlink_to("index.html")
    said = pmpo("verify", copy, cwd=tmp_path)
    assert (said.code, said.codes) == (1, ["receipt/pack-extra"])
    assert "decisions/de-000000000000.md, notes.txt" in said.said


def test_pages_of_another_version_do_not_pass_in_silence(pack: Path, tmp_path: Path) -> None:
    """Where they are what this version writes they are compared; else it is said they were not."""
    copy = shutil.copytree(pack, tmp_path / "copy")
    (copy / "pack.json").write_text('{"pack": 1, "pmpo": "0.0.1"}\n')
    assert codes(copy) == []
    page = copy / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("anna", "mallory"), encoding="utf-8")
    assert codes(copy) == ["receipt/pack-pages"]
    assert "index.html: not compared" in pmpo("verify", copy, cwd=tmp_path).said
    entries = copy / "entries.jsonl"
    entries.write_text(entries.read_text().replace("anna", "mallory"))
    assert sorted(codes(copy)) == ["receipt/pack", "receipt/pack-pages"]


def test_an_evaluation_that_agrees_only_with_itself_is_found(pack: Path, tmp_path: Path) -> None:
    """Who changes a file and its hash in the manifest has another evaluation than recorded."""
    copy = shutil.copytree(pack, tmp_path / "copy")
    [folder] = (copy / "evaluations").glob("ev-*")
    file, manifest = folder / "evaluation.json", folder / "manifest.json"
    old = file.read_bytes()
    listed = manifest.read_text()
    for path in (file, manifest):
        path.chmod(0o644)
    for part in (b'\n "as_of": "2024-01-30', b'\n  "as_of": "2024-01-30', b'"waivers": ['):
        assert part in old
        new = old.replace(part, part.replace(b"30", b"29"))
        if part == b'"waivers": [':
            new = old.replace(b'"waivers": []', b'"waivers": [' + WAIVER + b"]")
        file.write_bytes(new)
        manifest.write_text(listed.replace(hash_bytes(old), hash_bytes(new)))
        assert codes(copy) == ["receipt/pack"], part


def test_an_auditor_is_not_told_to_look_for_a_backup(pack: Path, tmp_path: Path) -> None:
    """Who has only the pack can ask for another one; a name that is nowhere is called that."""
    copy = shutil.copytree(pack, tmp_path / "copy")
    shutil.rmtree(copy / "evaluations")
    said = pmpo("verify", copy, cwd=tmp_path).said
    assert "ask whoever made the pack" in said
    assert "backup" not in said
    lost = pmpo("verify", "nothere", cwd=tmp_path)
    assert (lost.code, lost.codes) == (2, ["store/not-found"])
    assert "there is no file nothere" in lost.said
    assert "disk" not in lost.said


def test_nothing_is_written_over(pack: Path, tmp_path: Path) -> None:
    """A folder that is there stays as it is, and what is no pack is told."""
    made = trial(tmp_path / "office")
    made.desk.ratify(ANNA)
    said = pmpo("export", "audit", pack, cwd=tmp_path / "office")
    assert said.codes == ["ledger/file-exists"]
    assert pmpo("verify", tmp_path, cwd=tmp_path).codes == ["receipt/unreadable"]
