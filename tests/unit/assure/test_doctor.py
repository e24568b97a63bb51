"""A corpus of stores, each damaged in one way: every damage has its name."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pmpo import Office
from pmpo.assure.versions import versions
from pmpo.diagnostics import StoreError
from pmpo.office.reviewing import hold
from pmpo.store.ledger.anchors import add_anchor
from pmpo.store.objects import hash_bytes, hash_file
from tests import decided, stored

if TYPE_CHECKING:
    from collections.abc import Callable

_NOBODY = 65534
_HIDDEN = {"doctor/not-readable", "store/not-writable"}
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with two evaluations, one of them pinned."""
    folder: Path = tmp_path_factory.mktemp("sound") / "office"
    office = stored.office(folder)
    office.pin(stored.run(office, 0), "it was decided on")
    stored.run(office, 1)
    return folder


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with an anchored ledger, a recorded evaluation, and minutes of a review."""
    made = decided.trial(tmp_path_factory.mktemp("reviewed"))
    made.office.now = made.clock
    made.office.run("shelves", as_of="2024-01-30", record_as="ben")
    made.desk.propose(decided.wish(), decided.BEN)
    hold(made.desk, made.office.latest(), made.office.folder, decided.BEN, present=(), notes="")
    add_anchor(made.office.folder / "anchors.txt", made.office.ledger().checkpoint())
    return made.office.folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy of it to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "office"))


def latest(folder: Path) -> Path:
    """The folder of the latest evaluation."""
    evaluations = folder / ".pmpo" / "evaluations"
    return evaluations / (evaluations / "latest" / "trial").read_text().strip()


def pinned(folder: Path) -> str:
    """The id of the pinned evaluation."""
    (path,) = (folder / ".pmpo" / "pins").iterdir()
    return path.stem


def copy_of_items(folder: Path) -> Path:
    """The stored copy of the items."""
    (path,) = (path for path in (folder / ".pmpo" / "objects").rglob("*") if path.is_file())
    return path


def write(path: Path, data: bytes | str) -> None:
    """Write a file whether it was read-only or not there."""
    path.unlink(missing_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def manifest_says(of: Path, **fields: Any) -> None:
    """Change fields of a manifest."""
    path = of / "manifest.json"
    write(path, json.dumps(json.loads(path.read_bytes()) | fields))


def replace(path: Path, data: bytes) -> None:
    """Change a file of an evaluation and let its manifest agree, as a forger would."""
    write(path, data)
    files = json.loads((path.parent / "manifest.json").read_bytes())["files"]
    manifest_says(path.parent, files=files | {path.name: hash_bytes(data)})


def forge_results(folder: Path) -> None:
    """Swap two ranks in the results of the latest evaluation."""
    path = latest(folder) / "results.parquet"
    table = pq.read_table(path)
    ranks = [rank and 3 - rank for rank in table["rank"].to_pylist()]
    forged = table.set_column(
        table.column_names.index("rank"), "rank", pa.array(ranks, table["rank"].type)
    )
    sink = pa.BufferOutputStream()
    pq.write_table(forged, sink)
    replace(path, bytes(sink.getvalue()))


def forge_charter(folder: Path, *, recorded: bool) -> None:
    """Change the logic of a stored charter, with or without its recorded hash."""
    path = latest(folder) / "charter.yaml"
    data = path.read_bytes().replace(b"100: 100}", b"50: 100}")
    replace(path, data)
    if recorded:
        manifest_says(path.parent, charter_text=hash_bytes(data))


def forge_record(folder: Path, **fields: Any) -> None:
    """Change fields of evaluation.json and let the manifest's hash agree."""
    path = latest(folder) / "evaluation.json"
    replace(path, json.dumps(json.loads(path.read_bytes()) | fields).encode())


def forge_identity(folder: Path) -> None:
    """Let an evaluation say that it rests on another table."""
    told = json.loads((latest(folder) / "evaluation.json").read_bytes())["identity"]
    forge_record(folder, identity=told | {"table": "sha256:" + "0" * 64})


def damage_snapshot(folder: Path, snapshot: str) -> None:
    """Let the manifest say something else about what was read."""
    manifest_says(latest(folder), snapshot=json.loads(snapshot))


def pipe_instead(path: Path) -> None:
    """Put a pipe, which would be waited at for ever, where a file was."""
    path.unlink()
    os.mkfifo(path)


def file_instead(folder: Path) -> None:
    """Put a file where a folder was."""
    shutil.rmtree(folder)
    write(folder, "x")


def leave_scratch(folder: Path) -> None:
    """Leave what a killed process leaves."""
    for below in ("", "objects", "evaluations", "pins"):
        left = folder / ".pmpo" / below / "tmp-left"
        left.mkdir()
        (left / "half").write_bytes(b"half")


def other_program(folder: Path) -> None:
    """Let the pointer of another program name an evaluation that is not one of it."""
    (folder / ".pmpo" / "evaluations" / "latest" / "other").write_text(latest(folder).name)


CORPUS: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "newer layout": (
        lambda f: write(f / ".pmpo/layout.json", '{"layout": 9}'),
        {"store/newer-layout"},
    ),
    "damaged layout": (lambda f: write(f / ".pmpo/layout.json", "{"), {"store/damaged"}),
    "missing layout": (lambda f: (f / ".pmpo/layout.json").unlink(), {"store/damaged"}),
    "object changed": (
        lambda f: write(copy_of_items(f), b"other bytes"),
        {"doctor/object-changed"},
    ),
    "object cut short": (
        lambda f: write(copy_of_items(f), copy_of_items(f).read_bytes()[:-1]),
        {"doctor/object-changed"},
    ),
    "object missing": (lambda f: copy_of_items(f).unlink(), {"doctor/object-missing"}),
    "all objects missing": (
        lambda f: shutil.rmtree(f / ".pmpo/objects"),
        {"doctor/object-missing"},
    ),
    "object nobody needs": (
        lambda f: put_object(f, b"spare"),
        {"doctor/unreferenced"},
    ),
    "stray beside objects": (
        lambda f: write(f / ".pmpo/objects/notes.txt", "x"),
        {"doctor/stray-file"},
    ),
    "stray among objects": (
        lambda f: write(copy_of_items(f).parent / "notes.txt", "x"),
        {"doctor/stray-file"},
    ),
    "stray in the store": (lambda f: write(f / ".pmpo/notes.txt", "x"), {"doctor/stray-file"}),
    "stray beside evaluations": (
        lambda f: write(f / ".pmpo/evaluations/ev-notes", "x"),
        {"doctor/stray-file"},
    ),
    "stray in an evaluation": (
        lambda f: write(latest(f) / "notes.txt", "x"),
        {"doctor/stray-file"},
    ),
    "stray among pins": (lambda f: write(f / ".pmpo/pins/notes.txt", "x"), {"doctor/stray-file"}),
    "stray among pointers": (
        lambda f: write(f / ".pmpo/evaluations/latest/.notes", "x"),
        {"doctor/stray-file"},
    ),
    "objects is a file": (
        lambda f: file_instead(f / ".pmpo/objects"),
        {"doctor/stray-file", "doctor/object-missing"},
    ),
    "file missing": (
        lambda f: (latest(f) / "results.parquet").unlink(),
        {"doctor/file-missing"},
    ),
    "file changed": (
        lambda f: write(latest(f) / "table.parquet", b"other"),
        {"doctor/file-changed"},
    ),
    "file is a pipe": (
        lambda f: pipe_instead(latest(f) / "table.parquet"),
        {"doctor/file-changed"},
    ),
    "object is a pipe": (
        lambda f: pipe_instead(copy_of_items(f)),
        {"doctor/stray-file", "doctor/object-missing"},
    ),
    "source is a pipe": (
        lambda f: pipe_instead(f / "sales.parquet"),
        {"doctor/source-changed"},
    ),
    "charter changed": (
        lambda f: write(latest(f) / "charter.yaml", "charter: 1\n"),
        {"doctor/file-changed"},
    ),
    "manifest missing": (
        lambda f: (latest(f) / "manifest.json").unlink(),
        {"doctor/manifest-damaged"},
    ),
    "manifest is not JSON": (
        lambda f: write(latest(f) / "manifest.json", "{"),
        {"doctor/manifest-damaged"},
    ),
    "manifest lists nothing": (
        lambda f: write(latest(f) / "manifest.json", "{}"),
        {"doctor/manifest-damaged"},
    ),
    "manifest lists a path": (
        lambda f: manifest_says(latest(f), files={"../../layout.json": "sha256:00"}),
        {"doctor/manifest-damaged"},
    ),
    "manifest without a moment": (
        lambda f: manifest_says(latest(f), evaluated_at="yesterday"),
        {"doctor/manifest-damaged"},
    ),
    "manifest of no program": (
        lambda f: manifest_says(latest(f), program="../trial"),
        {"doctor/manifest-damaged"},
    ),
    **{
        f"manifest with the snapshot {snapshot}": (
            partial(damage_snapshot, snapshot=snapshot),
            {"doctor/manifest-damaged"},
        )
        for snapshot in (
            "[]",
            '{"sources": []}',
            '{"sources": {"items": 1}}',
            '{"sources": {"items": {"copy": "../x"}}}',
            '{"sources": {"items": {"files": {}}}}',
            '{"sources": {"items": {"files": [{"path": 1, "sha256": ""}]}}}',
        )
    },
    "manifest of a newer version": (
        lambda f: manifest_says(latest(f), schema=9),
        {"store/newer-schema"},
    ),
    "manifest of another": (
        lambda f: manifest_says(latest(f), evaluation=pinned(f)),
        {"doctor/manifest-disagrees"},
    ),
    "manifest with another result": (
        lambda f: manifest_says(latest(f), result="sha256:00"),
        {"doctor/manifest-disagrees"},
    ),
    "manifest with another program": (
        lambda f: manifest_says(latest(f), program="other"),
        {"doctor/manifest-disagrees", "doctor/latest-dangling", "doctor/no-latest"},
    ),
    "results forged": (forge_results, {"doctor/results-changed"}),
    "charter forged": (
        lambda f: forge_charter(f, recorded=False),
        {"doctor/charter-changed"},
    ),
    "charter and its hash forged": (
        lambda f: forge_charter(f, recorded=True),
        {"doctor/charter-changed"},
    ),
    "identity forged": (forge_identity, {"doctor/identity"}),
    "record cannot be read": (lambda f: forge_record(f, table=None), {"doctor/record-damaged"}),
    "record of a newer version": (lambda f: forge_record(f, schema=9), {"store/newer-schema"}),
    "evaluation gone": (
        lambda f: shutil.rmtree(latest(f)),
        {"doctor/latest-dangling"},
    ),
    "pointer names nothing": (
        lambda f: write(f / ".pmpo/evaluations/latest/trial", ""),
        {"doctor/latest-dangling"},
    ),
    "pointer is not text": (
        lambda f: write(f / ".pmpo/evaluations/latest/trial", b"\xff\xfe"),
        {"doctor/latest-dangling"},
    ),
    "pointer names another program's": (other_program, {"doctor/latest-dangling"}),
    "pointer gone": (
        lambda f: (f / ".pmpo/evaluations/latest/trial").unlink(),
        {"doctor/no-latest"},
    ),
    "pinned evaluation gone": (
        lambda f: shutil.rmtree(f / ".pmpo/evaluations" / pinned(f)),
        {"doctor/pin-dangling"},
    ),
    "pin damaged": (
        lambda f: write(f / ".pmpo/pins" / f"{pinned(f)}.json", "{}"),
        {"doctor/pin-damaged"},
    ),
    "scratch folders left": (leave_scratch, {"doctor/stale-temporary"}),
    "source changed": (
        lambda f: write(f / "sales.parquet", (f / "items.parquet").read_bytes()),
        {"doctor/source-changed"},
    ),
    "source gone": (lambda f: (f / "sales.parquet").unlink(), {"doctor/source-gone"}),
}
NOTES = {"doctor/unreferenced", "doctor/stale-temporary", "doctor/no-latest"}


def put_object(folder: Path, data: bytes) -> None:
    """Store bytes that no evaluation names."""
    digest = hash_bytes(data).removeprefix("sha256:")
    place = folder / ".pmpo" / "objects" / digest[:2]
    place.mkdir(exist_ok=True)
    (place / digest[2:]).write_bytes(data)


def state(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hash_file(path)
        for path in folder.rglob("*")
        if path.is_file()
    }


def codes(folder: Path) -> set[str]:
    """What `doctor` finds."""
    return {finding.code for finding in Office(folder).doctor().findings}


def test_a_sound_store_is_clean(folder: Path) -> None:
    """Where nothing is wrong nothing is reported, and the facts are told."""
    examination = Office(folder).doctor()
    assert examination.findings == ()
    assert examination.clean
    facts = examination.facts
    assert (facts["evaluations"], facts["pinned"], facts["copies"]) == (2, 1, 1)
    assert {"pmpo", "duckdb", "sqlite", "python"} <= set(facts["versions"])
    assert facts["free"] > 0
    assert facts["threads"] >= 1
    json.dumps(examination.as_json())


def test_an_office_that_was_never_run_is_clean(tmp_path: Path) -> None:
    """Without a store there is nothing to examine, and none is made."""
    office = stored.office(tmp_path)
    assert office.doctor().clean
    assert not (tmp_path / ".pmpo").exists()


@pytest.mark.parametrize(("damage", "found"), CORPUS.values(), ids=CORPUS.keys())
def test_every_damage_has_its_name(
    folder: Path, damage: Callable[[Path], object], found: set[str]
) -> None:
    """Each damaged store gets exactly its codes, with what can be done, and is left as it is."""
    damage(folder)
    before = state(folder)
    examination = Office(folder).doctor()
    assert {finding.code for finding in examination.findings} == found
    assert all(finding.help for finding in examination.findings)
    assert examination.clean == (found <= NOTES)
    assert state(folder) == before


def test_several_damages_are_reported_together(folder: Path) -> None:
    """One look shows everything that is wrong."""
    (latest(folder) / "results.parquet").unlink()
    copy_of_items(folder).unlink()
    (folder / "sales.parquet").unlink()
    write(folder / ".pmpo" / "notes.txt", "x")
    assert codes(folder) == {
        "doctor/file-missing",
        "doctor/object-missing",
        "doctor/source-gone",
        "doctor/stray-file",
    }


def test_a_file_in_place_of_the_store_is_named(tmp_path: Path) -> None:
    """A file called `.pmpo` is not a store."""
    stored.office(tmp_path)
    (tmp_path / ".pmpo").write_text("mine")
    assert codes(tmp_path) == {"store/not-a-folder"}


@ROOT_ONLY
@pytest.mark.parametrize(
    ("unreadable", "rights"),
    [
        *((name, 0o000) for name in ("objects", "evaluations", "pins", "evaluations/latest")),
        *((name, 0o444) for name in ("objects", "evaluations", "pins", "evaluations/latest")),
        ("evaluation", 0o000),
        ("pin", 0o000),
    ],
)
def test_what_cannot_be_read_is_named(sound: Path, unreadable: str, rights: int) -> None:
    """Missing rights are told apart from damage, for folders and for files."""
    place = Path(
        shutil.copytree(sound, sound.parent / f"rights-{rights}-{unreadable.replace('/', '-')}")
    )
    root = place / ".pmpo"
    paths = {
        "evaluation": latest(place) / "table.parquet",
        "pin": root / "pins" / f"{pinned(place)}.json",
    }
    for above in (*sound.parents[:-1], place):
        above.chmod(above.stat().st_mode | 0o555)
    path = paths.get(unreadable, root / unreadable)
    path.chmod(rights)
    versions()  # may lie where nobody but root can read
    os.seteuid(_NOBODY)
    try:
        found = Office(place).doctor().findings
    finally:
        os.seteuid(0)
        path.chmod(0o755)
    assert [finding.code for finding in found] == ["doctor/not-readable"]
    assert str(path) in found[0].message


@ROOT_ONLY
@pytest.mark.parametrize("rights", [0o000, 0o444])
@pytest.mark.parametrize(
    "name",
    [
        ".pmpo", ".pmpo/ledger", ".pmpo/ledger/ledger.db", ".pmpo/evaluations", ".pmpo/objects",
        "reviews", "reviews/shelves", "reviews/shelves/2024-02-02-1.md", "anchors.txt",
    ],
)  # fmt: skip
def test_what_a_ledger_tells_of_and_cannot_be_read_is_named(
    reviewed: Path, tmp_path: Path, name: str, rights: int
) -> None:
    """Whatever this user may not read, `doctor` and `verify` go on and name it; none is a bug."""
    place = Path(shutil.copytree(reviewed, tmp_path / "office"))
    for above in (*tmp_path.parents[:-1], tmp_path, place):
        above.chmod(above.stat().st_mode | 0o555)
    assert Office(place).verify().sound  # what it reads of PMPO may lie where root alone can read
    (place / ".pmpo/ledger/ledger.key").chmod(0o444)
    path = place / name
    readable = rights and path.is_file()
    versions()
    path.chmod(rights)
    os.seteuid(_NOBODY)
    try:
        found = Office(place).doctor().findings
        with suppress(StoreError):  # without a layout that can be read, nothing can be verified
            assert readable or not Office(place).verify().sound
    finally:
        os.seteuid(0)
        path.chmod(0o755)
    told = [one.message for one in found if one.code in _HIDDEN]
    assert told == [] if readable else any(str(path) in one for one in told)


def test_a_user_who_may_only_read_is_told(folder: Path) -> None:
    """A store that nobody may write to is whole; that nothing can be added is a note."""
    if os.geteuid() == 0:
        for above in (*folder.parents[:-1], folder):
            above.chmod(above.stat().st_mode | 0o555)
        versions()
        os.seteuid(_NOBODY)
    else:
        (folder / ".pmpo").chmod(0o555)
    try:
        examined = Office(folder).doctor()
    finally:
        os.seteuid(os.getuid())
        (folder / ".pmpo").chmod(0o755)
    assert [one.code for one in examined.findings] == ["doctor/read-only"]
    assert examined.clean


def test_a_wrong_number_of_threads_is_a_finding(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting that would stop a run is reported with the rest."""
    monkeypatch.setenv("PMPO_THREADS", "many")
    assert codes(folder) == {"engine/threads"}


def test_an_office_in_a_repository_is_told(folder: Path) -> None:
    """Whether the folder's history is kept by git is a fact, not a finding."""
    assert Office(folder).doctor().facts["git"] is None
    (folder.parent / ".git").mkdir()
    assert Office(folder).doctor().facts["git"] == str(folder.parent)


# Repair -----------------------------------------------------------------------------------


def test_repair_says_what_it_did(folder: Path) -> None:
    """Left-overs go, and a pointer that leads nowhere names the newest evaluation."""
    leave_scratch(folder)
    shutil.rmtree(latest(folder))
    examination = Office(folder).doctor(fix=True)
    assert examination.findings == ()
    assert len(examination.repaired) == 5
    assert examination.repaired[-1].endswith(f"is now {pinned(folder)}")
    assert Office(folder).latest().evaluation.id == pinned(folder)
    assert Office(folder).doctor(fix=True).repaired == ()


@pytest.mark.parametrize("name", ["pointer names nothing", "pointer is not text", "pointer gone"])
def test_a_lost_pointer_is_found_again(folder: Path, name: str) -> None:
    """The newest evaluation of a program is its latest."""
    newest = latest(folder).name
    CORPUS[name][0](folder)
    examination = Office(folder).doctor(fix=True)
    assert examination.repaired == (f"the latest evaluation of trial is now {newest}",)
    assert examination.findings == ()


def test_a_pointer_without_any_evaluation_is_removed(folder: Path) -> None:
    """When nothing is left to name, the program counts as not run yet."""
    other_program(folder)
    examination = Office(folder).doctor(fix=True)
    assert examination.repaired == ("other has no evaluation left; its pointer was removed",)
    assert examination.findings == ()


@pytest.mark.parametrize(
    "name",
    [name for name, (_, found) in CORPUS.items() if found & {
        "doctor/object-changed", "doctor/object-missing", "doctor/file-missing",
        "doctor/file-changed", "doctor/manifest-damaged", "doctor/results-changed",
        "doctor/stray-file", "doctor/pin-damaged", "doctor/pin-dangling", "doctor/source-gone",
    }],
)  # fmt: skip
def test_repair_leaves_alone_what_it_cannot_know(folder: Path, name: str) -> None:
    """Where something is lost nothing is guessed: every file stays as it was."""
    CORPUS[name][0](folder)
    before = state(folder)
    examination = Office(folder).doctor(fix=True)
    assert examination.repaired == ()
    assert {finding.code for finding in examination.findings} == CORPUS[name][1]
    assert state(folder) == before
