from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from pmpo import Office
from pmpo.store.inventory import copies, item
from pmpo.store.layout import open_store, prepare
from pmpo.store.lock import Holder
from tests import stored

# Dies at the n-th thing it is about to do to the disk: every such moment is one crash to survive.
_COLLECTOR = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from pmpo.store.collect import Retention, carry_out, plan
from pmpo.store.layout import open_store
from pmpo.store.lock import Holder

left = int(sys.argv[2])
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"}

def count(event, arguments):
    global left
    if event in CHANGES:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

store = open_store(Path(sys.argv[1]), tidy=False)
holder = Holder(os.getpid(), "pmpo gc --delete", "now")
sys.addaudithook(count)
with store.lock.exclusive(holder):
    carry_out(store, plan(store, Retention(0, 0), datetime.now(UTC)))
"""


def collect_until(folder: Path, change: int) -> int:
    """Collect in a process that is killed before its n-th change of the disk."""
    command = [sys.executable, "-c", _COLLECTOR, str(folder), str(change)]
    return subprocess.run(command, check=False).returncode


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office in which there is something of each kind to collect, and something to keep."""
    folder: Path = tmp_path_factory.mktemp("crash") / "office"
    office = stored.office(folder)
    ids = [stored.run(office, week) for week in range(4)]
    office.pin(ids[1], "decided")
    store = prepare(folder)
    store.objects.put_bytes(b"nobody needs this")
    left = folder / ".pmpo" / "objects" / "tmp-left"
    left.mkdir()
    (left / "half").write_bytes(b"half")
    return folder


def test_a_collection_killed_at_any_change_harms_nothing(full: Path, tmp_path: Path) -> None:
    """Wherever it dies, doctor is clean, what is kept is whole, and the next one finishes."""
    pinned = {one.id for one in Office(full).evaluations() if one.pinned or one.latest}
    for change in range(1, 1000):
        folder = Path(shutil.copytree(full, tmp_path / str(change)))
        ended = collect_until(folder, change)
        office = Office(folder)
        assert office.doctor().clean, change
        assert pinned <= {one.id for one in office.evaluations()}
        for id in pinned:
            assert office.evaluation(id).evaluation.id == id
        office.collect(keep_days=0, keep_last=0, delete=True, wait_s=0)
        assert {one.id for one in office.evaluations()} == pinned
        assert office.doctor().findings == ()
        shutil.rmtree(folder)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert change > 10


_RUNNER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from pmpo.store.layout import prepare
from pmpo.store.lock import Holder

folder, name = Path(sys.argv[1]), sys.argv[2]
for number in range(20):
    store = prepare(folder)
    with store.lock.shared(Holder(os.getpid(), "pmpo run", "now")):
        copy = store.objects.put_bytes(f"{name} {number // 2}".encode())
        sleep(0.005)
        store.objects.verify(copy)
        id = f"ev-{name}-{number}"
        store.evaluations.save(id, {"a.json": b"{}"}, {
            "schema": 1, "evaluation": id, "program": name, "result": id,
            "evaluated_at": datetime.now(UTC).isoformat(),
            "snapshot": {"sources": {"items": {"copy": copy}}},
        })
        store.evaluations.set_latest(name, id)
        store.evaluations.load(id)
    sleep(0.01)
"""


def test_runs_and_collections_at_the_same_time(tmp_path: Path) -> None:
    """Copies that a run has written and not saved yet survive every collection beside it."""
    (tmp_path / "programs").mkdir()
    office = Office(tmp_path)
    runs = [subprocess.Popen([sys.executable, "-c", _RUNNER, str(tmp_path), name]) for name in "ab"]
    gone = 0
    while any(run.poll() is None for run in runs):
        gone += len(
            office.collect(keep_days=0, keep_last=1, delete=True, wait_s=30).plan.evaluations
        )
    assert [run.returncode for run in runs] == [0, 0]
    assert gone > 0
    store = open_store(tmp_path)
    assert {store.evaluations.latest(name) for name in "ab"} == {"ev-a-19", "ev-b-19"}
    for id in store.evaluations.ids():
        store.evaluations.load(id)
        for name in copies(item(store.evaluations, id).manifest).values():
            store.objects.verify(name)


_KILLED_RUN = """
import sys
from pathlib import Path
from tests import stored
from pmpo import Office
office = Office(Path(sys.argv[1]))
print("ready", flush=True)
for week in range(1000):
    stored.run(office, week % 4)
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_killed_run_leaves_a_clean_store(tmp_path: Path, seed: int) -> None:
    """After kill -9 in the middle of real runs, doctor is clean and collecting is not blocked."""
    folder = tmp_path / "office"
    office = stored.office(folder)
    stored.run(office)
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", _KILLED_RUN, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        sleep(random.Random(seed).uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
    assert office.doctor().clean
    office.collect(keep_days=0, keep_last=1, delete=True, wait_s=0)
    assert office.doctor().findings == ()


def test_a_run_waits_for_a_collection(tmp_path: Path) -> None:
    """A run that begins while a collection is going on says for whom it waits, then goes on."""
    folder = tmp_path / "office"
    stored.run(stored.office(folder))
    lock = prepare(folder).lock
    with lock.exclusive(Holder(1, "pmpo gc --delete", "now")):
        script = "import sys; from pmpo.cli import program; program()"
        run = subprocess.Popen(
            [sys.executable, "-c", script, "run", "--office", str(folder), "-f", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert run.stderr is not None
        told = run.stderr.readline()
    assert "waiting up to 60 s for `pmpo gc --delete` (process 1, since now)" in told
    output, _ = run.communicate()
    assert run.returncode == 0
    assert '"evaluation"' in output


_STARTER = """
import sys
from pathlib import Path
from pmpo.store.layout import prepare
root = Path(sys.argv[1])
for number in range(40):
    (root / str(number)).mkdir(exist_ok=True)
    prepare(root / str(number)).objects.put_bytes(b"first")
"""


def test_stores_are_begun_by_several_processes_at_once(tmp_path: Path) -> None:
    """Whoever finds a store that another has just begun takes it as it is."""
    runs = [subprocess.Popen([sys.executable, "-c", _STARTER, str(tmp_path)]) for _ in range(3)]
    assert [run.wait() for run in runs] == [0, 0, 0]
