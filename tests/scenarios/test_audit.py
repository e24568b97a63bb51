"""The auditor's pack: whole, readable, and proof of itself where nobody knows the office."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from pmpo.store.ledger.keys import write_key
from pmpo.store.ledger.note import SigningKey
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
    said = pmpo("export", "audit", base / "pack", cwd=base / "office")
    assert said.code == 0, said.said
    assert "1 decisions, 1 signed charters, 1 evaluations" in said.out
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
    assert len((pack / "entries.jsonl").read_text(encoding="utf-8").splitlines()) == 8


def test_the_page_tells_whose_keys_are_whose(pack: Path) -> None:
    """Each key of a person stands there with the entry from which it signs for them."""
    page = (pack / "index.html").read_text(encoding="utf-8")
    [row] = re.findall(r"<tr><td>0</td><td>anna</td><td><code>(anna\+.+?)</code></td>", page)
    first = (pack / "entries.jsonl").read_text(encoding="utf-8").partition("\n")[0]
    assert json.loads(first)["body"] == {"person": "anna", "key": row}


@pytest.mark.parametrize("part", ["ledger.db", "receipts", "charters", "evaluations"])
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
    assert pmpo("verify", copy, cwd=tmp_path).code != 0
    file.unlink()
    assert pmpo("verify", copy, cwd=tmp_path).code != 0


def test_nothing_is_written_over(pack: Path, tmp_path: Path) -> None:
    """A folder that is there stays as it is, and what is no pack is told."""
    made = trial(tmp_path / "office")
    made.desk.ratify(ANNA)
    said = pmpo("export", "audit", pack, cwd=tmp_path / "office")
    assert said.codes == ["ledger/file-exists"]
    assert pmpo("verify", tmp_path, cwd=tmp_path).codes == ["receipt/unreadable"]
