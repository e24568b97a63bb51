"""The auditor's pack: whole, readable, and proof of itself where nobody knows the office."""

from __future__ import annotations

import base64
import hashlib
import html
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
from tests.decided import ANNA, BEN, CHARTER, OFFICE, trial, wish
from tests.scenarios.terminal import pmpo

if TYPE_CHECKING:
    from pathlib import Path


def words(page: str) -> str:
    """What a person reads of a page, in its order."""
    apart = re.sub(r"<(?:/td|/tr|br|/dt|/dd|/strong|/h\d|/li)>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", apart)).split())


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of an office with a signed charter and a decision, on a machine without the office."""
    base = tmp_path_factory.mktemp("audit")
    key = SigningKey.new("anna")
    write_key(base / "anna.key", key)
    named = OFFICE.replace("anna: {", f'anna: {{key: "{key.verifier}", ')
    text = CHARTER.replace("review_by: 2030-01-01", "review_by: 2024-02-01")
    made = trial(base / "office", office=named, charter=text)
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
    answered, waiting = made.desk.due()
    assert waiting.waits
    made.desk.stands(answered.id, ANNA, "<u>as before</u>")
    made.desk.snooze(waiting.id, BEN, date(2024, 2, 9), "<u>not now</u>")
    hold(made.desk, made.office.latest(), base / "office", BEN, present=(), notes="<u>seen</u>")
    said = pmpo("export", "audit", base / "pack", cwd=base / "office")
    assert said.code == 0, said.said
    assert "1 decision, 1 signed charter, 1 evaluation, minutes of 1 review\n" in said.out
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
    told = words(page)
    assert "anna (key)" in told
    for happened in (
        "<i>late</i> asked for by anna (asserted), 2024-02-02 wa-",
        "fine asked for by anna (asserted), 2024-02-02 granted by ben (asserted), 2024-02-02",
        "never mind asked for by anna (asserted), 2024-02-02 withdrawn by ben (asserted)",
        "2024-02-02: no need",
        "because <b>it sells</b> recommended rank 1, score 75.0, quality B",
        "gains growth (+5.0 points), margin (+20.0 points) gives up nothing",
        "expected sold >= 90 by 2024-06-01",
    ):
        assert happened in told
    [minutes] = (pack / "reviews" / "shelves").iterdir()
    assert f'<a href="reviews/shelves/{minutes.name}">' in page
    assert "<h4><bdi>Review of shelves, 2024-02-02</bdi></h4>" in page
    assert "&lt;u&gt;seen&lt;/u&gt;" in page
    assert "<u>" not in page
    assert len((pack / "entries.jsonl").read_text(encoding="utf-8").splitlines()) == 18


def test_the_page_leads_to_all_that_is_there_to_be_read(pack: Path) -> None:
    """Each link of it is a file of the pack, and each file that people read has one."""
    page = (pack / "index.html").read_text(encoding="utf-8")
    links = {html.unescape(one) for one in re.findall(r'href="([^"#][^"]*)"', page)}
    assert [one for one in links if not (pack / one).is_file()] == []
    for folder in ("charters", "decisions", "receipts", "reviews"):
        there = {p.relative_to(pack).as_posix() for p in (pack / folder).rglob("*") if p.is_file()}
        assert there <= links
        assert there


def test_the_page_tells_what_came_back(pack: Path) -> None:
    """What was due is there with whose it was, and with what somebody said to it."""
    page = (pack / "index.html").read_text(encoding="utf-8")
    [came] = re.findall(r'<section id="due-of-shelves">(.+?)</section>', page, re.DOTALL)
    assert "<code>cost-share</code> was to be looked at by 2024-02-01" in came
    assert "finance it stands, by anna (asserted): <u>as before</u>" in words(came)
    assert "ben put aside until 2024-02-09, by ben (asserted): <u>not now</u>" in words(came)


def test_the_page_tells_whose_keys_are_whose(pack: Path) -> None:
    """Each key of a person stands there with the entry from which it signs for them."""
    page = (pack / "index.html").read_text(encoding="utf-8")
    [row] = re.findall(r"<bdi>anna</bdi></td><td[^>]+><code>(anna\+.+?)</code>", page)
    first = (pack / "entries.jsonl").read_text(encoding="utf-8").partition("\n")[0]
    assert json.loads(first)["body"] == {"person": "anna", "key": row}


WAIVER = (
    b'{"id": "wa-1", "signal": "sold", "policy": "worst", "because": "late", "approver": "ben",'
    b' "expires": "2025-01-01", "units": [], "value": null}'
)
PARTS = [
    "ledger.db", "receipts", "charters", "evaluations", "entries.jsonl", "index.html", "decisions",
    "pack.json", "reviews",
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
    telling = {"ledger.db": b"anna", "pack.json": b"pack"}  # a bit of free space says nothing
    place = data.index(telling[part]) if part in telling else len(data) // 2
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
    data = (copy / "ledger.db").read_bytes()
    (copy / "ledger.db").write_bytes(data.replace(b"anna", b"onna", 1))
    said = pmpo("verify", copy, cwd=tmp_path).said
    assert "error[ledger/" in said
    assert "ask whoever made the pack" in said
    assert "restore" not in said
    lost = pmpo("verify", "nothere", cwd=tmp_path)
    assert (lost.code, lost.codes) == (2, ["store/not-found"])
    assert "there is no file nothere" in lost.said
    assert "disk" not in lost.said


def test_a_charter_that_several_signed_is_named_once(pack: Path, tmp_path: Path) -> None:
    """One file that was changed is one finding."""
    copy = shutil.copytree(pack, tmp_path / "copy")
    [charter] = (copy / "charters").iterdir()
    charter.write_text("charter: 2\n")
    assert codes(copy) == ["receipt/pack"]


def test_nothing_is_written_over(pack: Path, tmp_path: Path) -> None:
    """A folder that is there stays as it is, and what is no pack is told."""
    made = trial(tmp_path / "office")
    made.desk.ratify(ANNA)
    said = pmpo("export", "audit", pack, cwd=tmp_path / "office")
    assert said.codes == ["ledger/file-exists"]
    assert pmpo("verify", tmp_path, cwd=tmp_path).codes == ["receipt/unreadable"]


# Minutes ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office in which three reviews were held, with what each said."""
    text = CHARTER.replace("review_by: 2030-01-01", "review_by: 2024-02-01")
    made = trial(tmp_path_factory.mktemp("reviewed") / "office", charter=text)
    [due] = made.desk.due()
    one = made.desk.propose(wish(resolves=(due.id,)), ANNA).decision
    made.desk.approve(one.id, BEN)
    for notes in ("first", "second", "third"):
        hold(made.desk, made.office.latest(), made.office.folder, BEN, present=(), notes=notes)
    return made.office.folder


def test_lost_minutes_are_named_by_the_export_the_page_and_verify(
    reviewed: Path, tmp_path: Path
) -> None:
    """Minutes that are gone or changed are not in the pack, and nobody overlooks that."""
    office = shutil.copytree(reviewed, tmp_path / "office")
    first, second, third = sorted((office / "reviews" / "shelves").iterdir())
    first.unlink()
    second.write_text(second.read_text("utf-8").replace("second", "nothing"))
    said = pmpo("export", "audit", tmp_path / "pack", cwd=office)
    assert said.code == 1
    assert said.codes == ["ledger/minutes-missing", "ledger/minutes-changed"]
    assert "minutes of 1 review\n" in said.out
    assert (tmp_path / "pack" / "reviews" / "shelves" / third.name).exists()
    page = (tmp_path / "pack" / "index.html").read_text("utf-8")
    assert f"{first.name}</bdi> was gone from the office" in page
    assert f"{second.name}</bdi> was changed in the office" in page
    assert page.count("<summary>Minutes") == 1
    assert 'decided: <a href="#de-' in page
    assert "2 reviews whose minutes are not in this pack: entry 4, entry 5" in words(page)
    shutil.rmtree(office)
    assert codes(tmp_path / "pack") == ["receipt/pack-minutes"] * 2
    back = tmp_path / "pack" / "reviews" / "shelves" / first.name
    back.write_text("another review")
    assert codes(tmp_path / "pack") == ["receipt/pack-extra", *["receipt/pack-minutes"] * 2]


def test_minutes_without_their_name_are_in_the_pack_all_the_same(
    reviewed: Path, tmp_path: Path
) -> None:
    """A process that was killed before it named them has written them; other line ends are none."""
    office = shutil.copytree(reviewed, tmp_path / "office")
    first, second, _ = sorted((office / "reviews" / "shelves").iterdir())
    held = second.read_bytes()
    first.rename(first.with_suffix(".0badcafe.part"))
    second.write_bytes(held.replace(b"\n", b"\r\n"))
    said = pmpo("export", "audit", tmp_path / "pack", cwd=office)
    assert (said.code, said.codes) == (0, [])
    assert (tmp_path / "pack" / "reviews" / "shelves" / second.name).read_bytes() == held
    assert codes(tmp_path / "pack") == []


@pytest.mark.parametrize("change", ["changed", "gone", "half", "another"])
def test_minutes_of_a_pack_are_what_was_held(reviewed: Path, tmp_path: Path, change: str) -> None:
    """Whoever changes, takes out or swaps minutes is found, and the page is not called wrong."""
    pack = tmp_path / "pack"
    assert pmpo("export", "audit", pack, cwd=reviewed).code == 0
    first, second, _ = sorted((pack / "reviews" / "shelves").iterdir())
    if change == "changed":
        first.write_text(first.read_text("utf-8").replace("first", "worst"))
    elif change == "half":
        first.rename(first.with_suffix(".0badcafe.part"))
    elif change == "another":
        first.write_bytes(second.read_bytes())
    else:
        first.unlink()
    said = pmpo("verify", pack, cwd=tmp_path)
    told = " ".join(said.said.split())
    assert said.code == 1
    assert set(said.codes) == {"receipt/pack"} | (
        {"receipt/pack-extra"} if change == "half" else set()
    )
    assert "minutes" in told
    assert "index.html is not what the log says" not in told


def test_a_pack_does_not_hide_minutes_that_were_there(reviewed: Path, tmp_path: Path) -> None:
    """Who takes minutes out, and lets pack.json say that they were lost before, hides nothing."""
    pack = tmp_path / "pack"
    assert pmpo("export", "audit", pack, cwd=reviewed).code == 0
    first, *_ = sorted((pack / "reviews" / "shelves").iterdir())
    first.unlink()
    about = json.loads((pack / "pack.json").read_text())
    position = next(
        one["position"]
        for one in map(json.loads, (pack / "entries.jsonl").read_text("utf-8").splitlines())
        if one["body"].get("file", "").endswith(first.name)
    )
    about["minutes_lost"] = {str(position): "gone"}
    (pack / "pack.json").write_text(json.dumps(about))
    assert codes(pack) == ["receipt/pack", "receipt/pack-minutes"]
    wrongs: list[object] = [{"0": "eaten"}, {"0": []}, {"x": "gone"}, []]
    for wrong in wrongs:
        (pack / "pack.json").write_text(json.dumps({**about, "minutes_lost": wrong}))
        assert codes(pack) == ["receipt/pack"] * 3


# What a reader is told ----------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>", "x" * 500, "מחסן רחובות", "one\ntwo", "\u202eevil\u202c", "'\"&<",
]  # fmt: skip


def test_the_list_tells_which_units_were_decided_anew(tmp_path: Path) -> None:
    """A batch, one unit of which another decision took over, says so with a link to that one."""
    made = trial(tmp_path / "office")
    sides = {"gains": ("margin",), "gives_up": ("growth",)}
    first = made.desk.propose(
        wish(units=("a", "b", "c", "d"), basis="judgement", because="x", **sides), ANNA
    ).decision
    made.desk.approve(first.id, BEN)
    anew = wish(verdict="hold", because="late", basis="judgement", supersedes=first.id)
    second = made.desk.propose(anew, ANNA).decision
    made.desk.approve(second.id, BEN)
    assert pmpo("export", "audit", tmp_path / "pack", cwd=tmp_path / "office").code == 0
    page = (tmp_path / "pack" / "index.html").read_text(encoding="utf-8")
    assert f'<br>1 of 4 superseded by <a href="#{second.id}">' in page
    assert f"1 decision: superseded, all or in part: {first.id}" in words(page)
    assert re.search(f"<li><bdi>Apple</bdi>.+?superseded by <a href=.#{second.id}.>", page)
    assert "2 decisions: by judgement, without a recommendation" in words(page)


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    """Names and reasons make no markup, turn nothing around them, and lead to no dead place."""
    bad = "".join(HOSTILE)
    made = trial(tmp_path / "office")
    for verdict, text in zip(("hold", "reject", "hold") * 2, HOSTILE, strict=True):
        one = wish(
            units=("a",), verdict=verdict, because=text, conflict=bad, options=(text,),
            basis="judgement", gains=("growth",), gives_up=("margin",),
        )  # fmt: skip
        made.desk.withdraw(made.desk.propose(one, ANNA).decision.id, ANNA, because=bad)
    notes = f"# {bad}\n- `{bad}`\n```\n{bad}"
    hold(made.desk, made.office.latest(), made.office.folder, BEN, present=(bad,), notes=notes)
    assert pmpo("export", "audit", tmp_path / "pack", cwd=tmp_path / "office").code == 0
    page = (tmp_path / "pack" / "index.html").read_text(encoding="utf-8")
    tags = set(re.findall(r"<([a-z0-9]+)", page.split("</style>")[1]))
    assert not tags & {"script", "img", "iframe", "style", "link", "form", "svg", "object"}
    assert "<bdi>מחסן רחובות</bdi>" in page
    assert "\u202e" not in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    led = {html.unescape(one) for one in re.findall(r'href="#([^"]+)"', page)}
    assert led <= set(ids)
    assert codes(tmp_path / "pack") == []


def test_the_page_loads_and_runs_nothing(pack: Path) -> None:
    """Its policy allows the style that is in it, and nothing else, from nowhere."""
    page = (pack / "index.html").read_text(encoding="utf-8")
    [style] = re.findall("<style>(.+?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'sha256-{digest}';" in page
    assert not re.search(r"\b(?:src|style|on\w+)=", page)
    assert not re.search(r"url\(|@import|https?:", page)
